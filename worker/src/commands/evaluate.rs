//! `vouch evaluate`: how well a folder of labelled documents is read.
//! What is counted, and how, is left to `evaluate`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read as _, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use crate::documents::Shelf;
use crate::evaluate::{Counts, FileResult, Label, Summary, judge};
use crate::exit::Exit;
use crate::settings::Settings;
use crate::{documents, rule_files};

/// Reads every document named in DIR/labels.jsonl and says how much of what is labelled was read right.
///
/// A labelled type without a rule file counts as right when the document is taken for `unknown`. A wrong value counts
/// as a false positive and a false negative; values that are not labelled are not judged.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A folder of documents with their labels.jsonl
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Keep what is read in this folder, and read nothing again that is there
    #[arg(long, value_name = "DIR")]
    readings: Option<PathBuf>,

    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,

    /// End with status 4 if fewer types are right
    #[arg(long, value_name = "COUNT")]
    least_types: Option<usize>,

    /// End with status 4 if the F1 over all fields is lower
    #[arg(long, value_name = "F1")]
    least_f1: Option<f64>,
}

/// The labels have no more bytes than this.
const MAX_LABELS: u64 = 256 << 20;

/// Reads, compares, prints.
pub fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let reader = documents::reader(settings, documents::processors())?;
    let labels = labels(&args.folder.join("labels.jsonl"))?;
    let rules = rule_files::load(settings.rules()?)?;
    let reader = reader.ready()?;
    let shelf = args.readings.as_deref().map(Shelf::open).transpose()?;
    let mut summary = Summary::default();
    let mut results = Vec::new();
    let work = |label: &Label| {
        let path = args.folder.join(&label.file);
        let reading = match &shelf {
            Some(shelf) => shelf.read(&reader, &path)?,
            None => documents::read(&reader, &path)?,
        };
        anyhow::Ok(judge(label, &reading, &rules))
    };
    documents::in_order(&labels, work, |index, result| {
        let result = result?;
        if let Some(label) = labels.get(index) {
            summary.add(label, &result);
        }
        results.push(result);
        Ok(())
    })?;
    if args.json {
        writeln!(out, "{}", json!({"summary": summary, "f1": summary.fields.f1(), "files": results}))?;
    } else {
        print(&summary, &results, out)?;
    }
    let enough_types = args.least_types.is_none_or(|least| summary.types_right >= least);
    let enough_fields = args.least_f1.is_none_or(|least| summary.fields.f1() >= least);
    Ok(if enough_types && enough_fields { Exit::Done } else { Exit::Unmet })
}

fn labels(path: &Path) -> anyhow::Result<Vec<Label>> {
    let unreadable = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(unreadable).context(Exit::Usage)?;
    let mut text = String::new();
    BufReader::new(file).take(MAX_LABELS).read_to_string(&mut text).with_context(unreadable)?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let label = |(number, line): (usize, &str)| {
        serde_json::from_str(line)
            .with_context(|| format!("{}:{number}", path.display()))
            .context(Exit::Invalid)
    };
    lines.map(label).collect()
}

fn print(summary: &Summary, results: &[FileResult], out: &mut dyn Write) -> anyhow::Result<()> {
    for result in results {
        let mark = if result.expected_type == result.found_type { "  " } else { "! " };
        let labelled = result.right + result.misses.len();
        writeln!(out, "{mark}{}: {}, {} of {labelled} fields", result.file, result.found_type, result.right)?;
        if result.expected_type != result.found_type {
            writeln!(out, "      type should be {}", result.expected_type)?;
        }
        for miss in &result.misses {
            let found = miss.found.as_deref().unwrap_or("nothing");
            writeln!(out, "      {}: {found}, should be {}", miss.field, miss.expected.replace('\n', " / "))?;
        }
    }
    writeln!(out)?;
    heading("type and field", out)?;
    for (name, counts) in &summary.by_type {
        row(name, counts, out)?;
        for (field, counts) in summary.by_field.get(name).into_iter().flatten() {
            row(&format!("  {field}"), counts, out)?;
        }
    }
    group("capture", &summary.by_capture, out)?;
    writeln!(out)?;
    row("all fields", &summary.fields, out)?;
    writeln!(out, "types right: {} of {}", summary.types_right, summary.files)?;
    writeln!(out, "field F1: {:.3}", summary.fields.f1())?;
    Ok(())
}

fn group(name: &str, rows: &BTreeMap<String, Counts>, out: &mut dyn Write) -> anyhow::Result<()> {
    if !rows.is_empty() {
        writeln!(out)?;
        heading(name, out)?;
    }
    for (name, counts) in rows {
        row(name, counts, out)?;
    }
    Ok(())
}

fn heading(name: &str, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{name:36}  precision  recall     F1  labelled")
}

fn row(name: &str, counts: &Counts, out: &mut dyn Write) -> std::io::Result<()> {
    let labelled = counts.true_positives + counts.false_negatives;
    let (precision, recall, f1) = (counts.precision(), counts.recall(), counts.f1());
    writeln!(out, "{name:36}  {precision:9.3}  {recall:6.3}  {f1:5.3}  {labelled:8}")
}
