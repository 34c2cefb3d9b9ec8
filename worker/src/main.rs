//! The `vouch` program: reads the command line and hands over to one file per command.
//! What a command does is left to that file, how the program ends to `exit`, what can be set to `settings`.

mod commands;
mod documents;
mod edges;
mod evaluate;
mod exit;
mod isolation;
mod logging;
mod notify;
mod operate;
mod output;
mod process;
mod published;
mod reload;
mod report;
mod rule_files;
mod settings;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{CommandFactory as _, Parser, Subcommand};

use exit::Exit;
use output::Output;
use settings::{GlobalArgs, OperateOptions, Settings};

/// Reads documents that people upload as proof and says, with reasons and evidence, whether each proves it.
#[derive(Debug, Parser)]
#[command(version, after_help = exit::TABLE, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: GlobalArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge files on the spot
    Verify(commands::verify::Args),
    /// Measure how well labelled documents are read
    Evaluate(commands::evaluate::Args),
    /// Check the rule files and run their examples
    Rules(commands::rules::Args),
    /// Print the JSON Schemas of what vouch reads and writes
    Schema(commands::schema::Args),
    /// Send submissions to the queue, with copies of their files
    Submit(commands::submit::Args),
    /// Take submissions from the queue and publish verdicts
    Work(commands::work::Args),
    /// Deliver announcements of verdicts to a webhook
    Notify(commands::notify::Args),
    /// Show what became of the submissions
    Verdicts(commands::verdicts::Args),
    /// Report what the verified pay stubs of a case say, in the form of CMS
    IncomeReport(commands::income_report::Args),
    /// Show the messages that were given up
    DeadLetters(commands::dead_letters::Args),
    /// Ask whether the program that runs beside this one goes on
    Health(commands::health::Args),
    /// Print the settings in force
    Config(commands::config::Args),
    /// Read documents for the process that started this one
    #[command(hide = true)]
    ReadChild(isolation::child::Args),
}

impl Command {
    /// How the command is watched, if it runs on and on.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all others end by themselves")]
    fn operate(&self) -> Option<&OperateOptions> {
        match self {
            Self::Work(args) => Some(&args.operate),
            Self::Notify(args) => Some(&args.operate),
            _ => None,
        }
    }
}

fn main() -> ExitCode {
    #[cfg(feature = "fail-points")]
    pipeline::arm_fail_points();
    let cli = Cli::parse();
    match run(&cli) {
        Ok(exit) => exit.into(),
        Err(error) => output::closed(&error).unwrap_or_else(|| complain(&error)).into(),
    }
}

fn run(cli: &Cli) -> anyhow::Result<Exit> {
    if let Command::ReadChild(args) = &cli.command {
        // It is told what it needs, and has no output but its answers.
        return isolation::child::run(args);
    }
    let known = settings::known_variables(&Cli::command());
    let settings = Settings::gather(&cli.global, &process::surroundings(), &known).context(Exit::Usage)?;
    let operate = cli.command.operate().map(|asked| settings.operate(asked)).unwrap_or_default();
    let _logging = logging::start(&settings, operate.traces.as_deref())?;
    tracing::debug!(version = env!("CARGO_PKG_VERSION"), "started");
    dispatch(&cli.command, &settings, &mut Output::lock())
}

/// Every command takes of its arguments, the settings and standard output what it needs.
fn dispatch(command: &Command, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    match command {
        Command::DeadLetters(args) => commands::dead_letters::run(args, settings, out),
        Command::Verdicts(args) => commands::verdicts::run(args, settings, out),
        Command::IncomeReport(args) => commands::income_report::run(args, settings, out),
        Command::Verify(args) => commands::verify::run(args, settings, out),
        Command::Evaluate(args) => commands::evaluate::run(args, settings, out),
        Command::Rules(args) => commands::rules::run(args, settings, out),
        Command::Schema(args) => commands::schema::run(args, out),
        Command::Submit(args) => commands::submit::run(args, settings, out),
        Command::Work(args) => commands::work::run(args, settings, out),
        Command::Notify(args) => commands::notify::run(args, settings, out),
        Command::Health(args) => commands::health::run(args, settings, out),
        Command::Config(args) => commands::config::run(args, settings, out),
        Command::ReadChild(args) => isolation::child::run(args),
    }
}

/// Says on standard error what went wrong; a closed standard error is nobody's loss.
fn complain(error: &anyhow::Error) -> Exit {
    let _ = writeln!(std::io::stderr(), "vouch: {error:#}");
    Exit::of_error(error)
}
