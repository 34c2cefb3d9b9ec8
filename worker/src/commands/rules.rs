//! `vouch rules`: for the people who keep the rule files. Checks them and runs their examples.
//! What can be wrong with them is left to `verify::rules`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Subcommand;
use verify::rules::Rules;

use crate::exit::Exit;
use crate::rule_files;
use crate::settings::Settings;

/// Checks the rule files and runs their examples.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say what is wrong with the rule files, by file, line and column
    Check {
        /// The folder of rule files [default: as --rules]
        folder: Option<PathBuf>,
    },
    /// Run the examples that the rule files give
    Test {
        /// The folder of rule files [default: as --rules]
        folder: Option<PathBuf>,
    },
}

/// Checks or tests the rule files.
pub fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let (Action::Check { folder } | Action::Test { folder }) = &args.action;
    let folder = match folder {
        Some(folder) => folder.as_path(),
        None => settings.rules()?,
    };
    let files = rule_files::read(folder)
        .with_context(|| format!("cannot read the rule files in {}", folder.display()))
        .context(Exit::Usage)?;
    let rules = match Rules::load(files) {
        Ok(rules) => rules,
        Err(errors) => {
            writeln!(out, "{}", rule_files::list(folder, &errors))?;
            return Ok(Exit::Invalid);
        }
    };
    match &args.action {
        Action::Check { .. } => check(&rules, out),
        Action::Test { .. } => test(&rules, folder, out),
    }
}

fn check(rules: &Rules, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let checks = rules.proofs().iter().flat_map(|proof| proof.checks());
    let (checks, examples) =
        checks.fold((0, 0), |(checks, examples), check| (checks + 1, examples + check.examples.len()));
    writeln!(out, "{} files, {checks} checks, {examples} examples: ok", rules.files())?;
    writeln!(out, "version {}, {}", rules.version(), rules.digest())?;
    Ok(Exit::Done)
}

fn test(rules: &Rules, folder: &Path, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let report = rules.run_examples();
    if !report.failures.is_empty() {
        writeln!(out, "{}", rule_files::list(folder, &report.failures))?;
    }
    let failed = report.failures.len();
    writeln!(out, "{} checks, {} examples, {failed} failed", report.checks, report.examples)?;
    Ok(if failed == 0 { Exit::Done } else { Exit::Unmet })
}
