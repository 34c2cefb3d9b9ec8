//! `vouch verdicts`: what became of the submissions in the data folder, a row each.
//! Making verdicts is left to `vouch work`; this only reads what it published.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use document::{FileRef, Submission};
use local::LocalStore;
use pipeline::Key;
use serde::Deserialize;
use verify::verdict::Verdict;

use crate::edges::DataFolder;
use crate::exit::Exit;
use crate::settings::Settings;
use crate::{published, report};

/// Shows the verdicts in the data folder: file, type, disposition, score, main reason and time.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the verdicts themselves, one a line
    #[arg(long)]
    json: bool,
}

/// What the worker noted beside a verdict: how long each step worked on it. Time spent waiting for a free reader is not
/// in it, since it says nothing of the document.
#[derive(Debug, Deserialize)]
struct Noted {
    fetch_ms: f64,
    reader_ms: BTreeMap<String, f64>,
    judge_ms: f64,
    publish_ms: f64,
}

impl Noted {
    fn total_ms(&self) -> f64 {
        self.fetch_ms + self.reader_ms.values().sum::<f64>() + self.judge_ms + self.publish_ms
    }
}

/// Prints all verdicts, by submission and then by the name of the verdict.
pub fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let data = DataFolder::open(settings.data()?)?;
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["file", "type", "disposition", "score", "main reason", "ms"]);
    for column in [3, 5] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for path in published::paths(&data.store)? {
        let verdict: Verdict = published::parse(&path)?;
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&verdict)?)?;
        } else {
            table.add_row(row(&verdict, &data.store, &path));
        }
    }
    if !args.json {
        writeln!(out, "{table}")?;
    }
    Ok(Exit::Done)
}

fn row(verdict: &Verdict, store: &LocalStore, path: &Path) -> [String; 6] {
    let types: Vec<_> = verdict.documents.iter().map(|document| document.document_type.as_str()).collect();
    let reason = report::main_reason(verdict).map_or_else(String::new, |finding| finding.reason.clone());
    let noted: Option<Noted> = published::parse(&path.with_extension("timings.json")).ok();
    let time = noted.map(|noted| noted.total_ms());
    [
        files(verdict, store),
        types.join(", "),
        report::disposition(verdict.disposition).to_owned(),
        format!("{:.2}", verdict.score.get()),
        reason,
        time.map_or_else(String::new, |time| format!("{time:.0}")),
    ]
}

/// The submission and the names that its files had where they came from.
fn files(verdict: &Verdict, store: &LocalStore) -> String {
    let sent: Option<Submission> =
        published::parse(&store.path(&Key::submission(&verdict.submission_id))).ok();
    let names = sent.into_iter().flat_map(|submission| submission.files);
    let names: Vec<_> = names.map(|FileRef(name)| name).collect();
    format!("{}/{}", verdict.submission_id, names.join(" "))
}
