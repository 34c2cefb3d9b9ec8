//! `vouch evaluate`: how well a folder of labelled documents is read and judged.
//! What is counted, and how, is left to `evaluate`.

mod comparison;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use document::Reading;
use verify::rules::Rules;
use verify::verdict::RulesStamp;

use crate::documents::Shelf;
use crate::evaluate::report::{self, Album, Source};
use crate::evaluate::set::Case;
use crate::evaluate::{Comparison, Evaluation, FileResult, Summary, judge, set};
use crate::exit::Exit;
use crate::isolation::Pool;
use crate::settings::Settings;
use crate::{documents, rule_files};

/// Reads every document named in DIR/labels.jsonl and says how much of what is labelled was read right. Where there is
/// a DIR/submissions.jsonl, its submissions are judged too.
///
/// A labelled type without a rule file counts as right when the document is taken for `unknown`. A wrong value counts
/// as a false positive and a false negative; a value that is not labelled is not judged, unless its label says
/// `"complete": true`: then it is a false positive. A submission belongs to the label whose `id` is its
/// `submission_id`. It is honest, and must be verified, unless the label says what is expected: `"expected": "review"`,
/// or a list.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A folder of documents with their labels.jsonl
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Keep what is read in this folder, and read nothing again that is there
    #[arg(long, value_name = "DIR")]
    readings: Option<PathBuf>,

    /// Print one JSON object instead of tables, and with --baseline a second one on the next line
    #[arg(long)]
    json: bool,

    /// Write all of it to an HTML page that needs nothing beside it, with pictures of what was missed
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// Compare with what --save-baseline saved, and end with status 4 if it was better
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// How much a share over all files may fall below the baseline's, of 1; F1 of one type or capture may fall by four
    /// times that. A submission that is wrongly verified and was not is never tolerated
    #[arg(long, value_name = "SHARE", default_value_t = 0.005, requires = "baseline")]
    tolerance: f64,

    /// Save what was measured, to be compared with later
    #[arg(long, value_name = "FILE")]
    save_baseline: Option<PathBuf>,

    /// End with status 4 if fewer types are right
    #[arg(long, value_name = "COUNT")]
    least_types: Option<usize>,

    /// End with status 4 if the F1 over all fields is lower
    #[arg(long, value_name = "F1")]
    least_f1: Option<f64>,

    /// End with status 4 if a smaller share of the honest submissions is verified
    #[arg(long, value_name = "RATE")]
    least_straight_through: Option<f64>,

    /// End with status 4 if more submissions are verified that should not be
    #[arg(long, value_name = "COUNT")]
    most_false_accepts: Option<usize>,
}

/// Reads, judges, compares, prints.
pub fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    // What is wrong with the command line is said before an hour is spent on reading.
    check_places(args)?;
    let baseline = args.baseline.as_deref().map(Evaluation::load).transpose()?;
    let cases = set::load(&args.folder)?;
    let reader = documents::reader(settings, documents::processors())?;
    let (_, rules) = rule_files::load(settings.rules()?)?;
    let reader = reader.ready()?;
    let evaluation = evaluated(args, &cases, &reader, &rules)?;
    let comparison = baseline.map(|baseline| compared(&baseline, &evaluation, args)).transpose()?;
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&evaluation)?)?;
        if let Some(comparison) = &comparison {
            writeln!(out, "{}", serde_json::to_string(comparison)?)?;
        }
    } else {
        tables::print(&evaluation, out)?;
        if let Some(comparison) = &comparison {
            comparison::print(comparison, out)?;
        }
    }
    if let Some(path) = &args.save_baseline {
        evaluation.save(path)?;
    }
    if let Some(path) = &args.report {
        let source = Source { folder: &args.folder, reader: &reader };
        let album = Album::of(&evaluation.files, &source)?;
        let page = report::html(&title(&args.folder), &evaluation, comparison.as_ref(), &album)?;
        std::fs::write(path, page).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let unmet = unmet(args, &evaluation.summary);
    for unmet in &unmet {
        tracing::warn!("{unmet}");
    }
    let regressed = comparison.is_some_and(|comparison| comparison.regressions().next().is_some());
    Ok(if unmet.is_empty() && !regressed { Exit::Done } else { Exit::Unmet })
}

/// What the set is called: the name of its folder.
fn title(folder: &Path) -> String {
    let full = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    full.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Files can be written where they are wanted: else hours of reading would be lost.
fn check_places(args: &Args) -> anyhow::Result<()> {
    for path in [&args.report, &args.save_baseline].into_iter().flatten() {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if folder.is_some_and(|folder| !folder.is_dir()) {
            let message = anyhow::anyhow!("cannot write {}: there is no such folder", path.display());
            return Err(message.context(Exit::Usage));
        }
    }
    Ok(())
}

/// Reads each document once, and judges.
fn evaluated(args: &Args, cases: &[Case], reader: &Pool, rules: &Rules) -> anyhow::Result<Evaluation> {
    let files: Vec<Vec<PathBuf>> =
        cases.iter().map(|case| case.files(&args.folder)).collect::<Result<_, _>>()?;
    let readings = readings(&files, reader, args.readings.as_deref())?;
    let numbered: Vec<(&Case, &Vec<PathBuf>)> = cases.iter().zip(&files).collect();
    let judge = |(case, files): &(&Case, &Vec<PathBuf>)| {
        let readings: Vec<&Reading> = files.iter().filter_map(|file| readings.get(file)).collect();
        judge(case, &readings, rules)
    };
    let mut results: Vec<FileResult> = Vec::new();
    documents::in_order(&numbered, judge, |_, result| {
        results.extend(result);
        Ok(())
    })?;
    let rules = RulesStamp { version: rules.version().to_owned(), digest: rules.digest() };
    Ok(Evaluation::of(results, Some(rules), reader.identity().to_vec()))
}

/// What stands in the files, each read once whoever names it.
fn readings(
    files: &[Vec<PathBuf>],
    reader: &Pool,
    kept: Option<&Path>,
) -> anyhow::Result<BTreeMap<PathBuf, Reading>> {
    let shelf = kept.map(Shelf::open).transpose()?;
    let mut seen = BTreeSet::new();
    let paths: Vec<&PathBuf> = files.iter().flatten().filter(|path| seen.insert(*path)).collect();
    let read = |path: &&PathBuf| match &shelf {
        Some(shelf) => shelf.read(reader, path),
        None => documents::read(reader, path),
    };
    let mut readings = BTreeMap::new();
    documents::in_order(&paths, read, |index, reading| {
        let reading = reading?;
        readings.extend(paths.get(index).map(|path| ((*path).clone(), reading)));
        Ok(())
    })?;
    Ok(readings)
}

fn compared(baseline: &Evaluation, now: &Evaluation, args: &Args) -> anyhow::Result<Comparison> {
    Comparison::of(baseline, now, args.tolerance).ok_or_else(|| {
        anyhow::anyhow!("the baseline is of another set: no file of it is here").context(Exit::Invalid)
    })
}

/// What was asked for and is not so.
fn unmet(args: &Args, summary: &Summary) -> Vec<String> {
    let (types, f1) = (summary.types.right, summary.fields.all.all.f1());
    let few_types = args.least_types.filter(|least| types < *least);
    let low_f1 = args.least_f1.filter(|least| f1 < *least);
    let read = [
        few_types.map(|least| format!("types right: {types}, at least {least} are asked for")),
        low_f1.map(|least| format!("field F1: {f1:.4}, at least {least} is asked for")),
    ];
    read.into_iter().flatten().chain(unmet_dispositions(args, summary)).collect()
}

fn unmet_dispositions(args: &Args, summary: &Summary) -> Vec<String> {
    let Some(judged) = &summary.dispositions else {
        let asked = args.least_straight_through.is_some() || args.most_false_accepts.is_some();
        return asked.then(|| "there are no submissions to judge".to_owned()).into_iter().collect();
    };
    let (straight, accepts) = (judged.straight_through.share, judged.false_accepts.len());
    let low = args.least_straight_through.filter(|least| straight < *least);
    let many = args.most_false_accepts.filter(|most| accepts > *most);
    let unmet = [
        low.map(|least| format!("straight-through rate: {straight:.4}, at least {least} is asked for")),
        many.map(|most| format!("false accepts: {accepts}, at most {most} are asked for")),
    ];
    unmet.into_iter().flatten().collect()
}
