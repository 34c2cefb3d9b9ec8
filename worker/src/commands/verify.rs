//! `vouch verify`: judges files on the spot, without queue or store: one upload for a person to read, or many
//! submissions for a script. What a verdict says is left to `verify`.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use document::{Applicant, FileRef, Language, Program, Proof, Reading, Submission};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;
use verify::rules::Rules;
use verify::verdict::Verdict;

use crate::exit::Exit;
use crate::isolation::Pool;
use crate::settings::Settings;
use crate::{documents, report, rule_files};

/// Judges files on the spot. Without a submission nobody is compared with the document, so nothing is verified: the
/// fields and the findings are shown.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The files of one upload, in order: pages or sides, or several documents
    #[arg(value_name = "FILE", required_unless_present_any = ["submission", "submissions"])]
    files: Vec<PathBuf>,

    /// Who sent them, to prove what [default: nobody, to prove what the first document is commonly sent for]
    ///
    /// Its own files, relative to its folder, are read where no FILE is named.
    #[arg(long, value_name = "FILE")]
    submission: Option<PathBuf>,

    /// Many submissions, one a line, their files relative to this file's folder
    ///
    /// Prints a verdict a line, in the same order. A line that is no submission gets `{"line": N, "error": "..."}`.
    #[arg(long, value_name = "FILE", requires = "json", conflicts_with_all = ["files", "submission"])]
    submissions: Option<PathBuf>,

    /// Print the verdict as JSON
    #[arg(long)]
    json: bool,
}

/// Judges one upload, or many submissions.
pub fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let reader = documents::reader(settings, documents::processors())?;
    let (_, rules) = rule_files::load(settings.rules()?)?;
    let reader = reader.ready()?;
    match &args.submissions {
        Some(many) => each(many, &reader, &rules, out),
        None => one(args, &reader, &rules, out),
    }
}

fn one(args: &Args, reader: &Pool, rules: &Rules, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let submission = args.submission.as_deref().map(submission).transpose()?;
    let files = match (&submission, args.files.as_slice()) {
        (Some(submission), []) => documents::located(submission, folder_of(args.submission.as_deref()))?,
        (_, files) => files.to_vec(),
    };
    let mut readings = Vec::new();
    documents::in_order(
        &files,
        |file| documents::read(reader, file),
        |_, reading| {
            readings.push(reading?);
            Ok(())
        },
    )?;
    let submission = submission.unwrap_or_else(|| nobodys(&files, &readings, rules));
    let verdict = verify::verify(&submission, &readings, rules);
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&verdict)?)?;
    } else {
        report::verdict(&verdict, submission.language, out)?;
    }
    Ok(verdict.disposition.into())
}

fn each(many: &Path, reader: &Pool, rules: &Rules, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let unreadable = || format!("cannot read {}", many.display());
    let lines = BufReader::new(File::open(many).with_context(unreadable).context(Exit::Usage)?).lines();
    let lines: Vec<String> =
        lines.collect::<Result<_, _>>().with_context(unreadable).context(Exit::Invalid)?;
    let numbered: Vec<_> = (1..).zip(&lines).filter(|(_, line)| !line.trim().is_empty()).collect();
    let folder = folder_of(Some(many));
    let mut refused = 0;
    let judge = |(_, line): &(usize, &String)| judged(line, folder, reader, rules);
    documents::in_order(&numbered, judge, |index, verdict| {
        let line = numbered.get(index).map_or(0, |(number, _)| *number);
        match verdict {
            Ok(verdict) => writeln!(out, "{}", serde_json::to_string(&verdict)?)?,
            Err(error) => {
                refused += 1;
                writeln!(out, "{}", json!({"line": line, "error": format!("{error:#}")}))?;
            }
        }
        Ok(())
    })?;
    Ok(if refused == 0 { Exit::Done } else { Exit::Invalid })
}

fn judged(line: &str, folder: &Path, reader: &Pool, rules: &Rules) -> anyhow::Result<Verdict> {
    let submission: Submission = serde_json::from_str(line)?;
    let files = documents::located(&submission, folder)?;
    let readings: Vec<_> =
        files.iter().map(|file| documents::read(reader, file)).collect::<Result<_, _>>()?;
    Ok(verify::verify(&submission, &readings, rules))
}

fn submission(path: &Path) -> anyhow::Result<Submission> {
    let unreadable = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(unreadable).context(Exit::Usage)?;
    serde_json::from_reader(BufReader::new(file))
        .with_context(|| format!("{} is no submission", path.display()))
        .context(Exit::Invalid)
}

fn folder_of(path: Option<&Path>) -> &Path {
    path.and_then(Path::parent).unwrap_or(Path::new(""))
}

/// Whose rules apply to files without a submission: those that ask for the least.
const PROGRAM: Program = Program::MediCal;

/// A submission by nobody, as of today, to prove what the first document counts for.
fn nobodys(files: &[PathBuf], readings: &[Reading], rules: &Rules) -> Submission {
    let documents = verify::arrange::documents(readings, rules);
    let today = today();
    let counts = |proof: &Proof| {
        let first = rules.proof(*proof).zip(documents.first());
        first.is_some_and(|(rules, document)| rules.accept(&document.document_type, PROGRAM, today).is_some())
    };
    let proof_of =
        [Proof::Income, Proof::Identity, Proof::Residency, Proof::Citizenship, Proof::LawfulPresence]
            .into_iter()
            .find(counts);
    Submission {
        submission_id: "none".to_owned(),
        case_id: "none".to_owned(),
        program: PROGRAM,
        proof_of: proof_of.unwrap_or(Proof::Income),
        received_date: today,
        language: Language::En,
        files: files.iter().map(|file| FileRef(file.display().to_string())).collect(),
        declared_type: None,
        applicant: Applicant {
            first_name: String::new(),
            last_name: String::new(),
            date_of_birth: None,
            address: None,
            ssn_last4: None,
        },
        attested_income: None,
        household: None,
        inconsistencies: Vec::new(),
    }
}

fn today() -> Date {
    #[expect(clippy::disallowed_methods, reason = "files without a submission are judged as of today")]
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}
