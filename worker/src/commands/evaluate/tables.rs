//! An evaluation as a person reads it in a terminal.
//! What it holds is left to `evaluate`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::evaluate::{
    Counts, Curve, Dispositions, Evaluation, FileResult, Matrix, Miss, Summary, Tally, Why,
};
use crate::report;

/// Writes each file, then all figures, the most important last: that is what stays on the screen.
pub fn print(evaluation: &Evaluation, out: &mut dyn Write) -> io::Result<()> {
    for result in &evaluation.files {
        file(result, out)?;
    }
    let summary = &evaluation.summary;
    fields(summary, out)?;
    calibration(summary, out)?;
    types(summary, out)?;
    if let Some(dispositions) = &summary.dispositions {
        self::dispositions(dispositions, out)?;
    }
    ending(summary, out)
}

fn file(result: &FileResult, out: &mut dyn Write) -> io::Result<()> {
    let mark = if result.type_is_right() { "  " } else { "! " };
    let (file, found, right) = (&result.file, &result.found_type, result.right.len());
    let labelled = right + result.misses.len();
    let verdict = result.verdict.as_ref();
    let verdict = verdict.map_or(String::new(), |own| format!(", {}", report::disposition(own.found)));
    writeln!(out, "{mark}{file}: {found}, {right} of {labelled} fields{verdict}")?;
    if !result.type_is_right() {
        writeln!(out, "      type should be {}", result.expected_type)?;
    }
    misses(&result.misses, out)?;
    for extra in &result.extras {
        writeln!(out, "      {}: {}, is not there", extra.field, line(&extra.found.value))?;
    }
    Ok(())
}

fn misses(misses: &[Miss], out: &mut dyn Write) -> io::Result<()> {
    for miss in misses {
        let found = miss.found.as_ref().map_or("nothing".to_owned(), |found| line(&found.value));
        writeln!(out, "      {}: {found}, should be {}", miss.field, line(&miss.expected))?;
    }
    Ok(())
}

fn line(text: &str) -> String {
    text.replace('\n', " / ")
}

fn fields(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let fields = &summary.fields;
    let captures = summary.tiers();
    heading("type and field", &captures, out)?;
    for (name, own) in &fields.by_type {
        row(name, &own.all, &captures, out)?;
        for (field, tally) in &own.by_field {
            row(&format!("  {field}"), tally, &captures, out)?;
        }
    }
    row("all fields", &fields.all, &captures, out)?;
    if !fields.all.by_capture.is_empty() {
        heading("capture", &[], out)?;
    }
    for (name, counts) in &fields.all.by_capture {
        row(name, &Tally { all: *counts, by_capture: BTreeMap::new() }, &[], out)?;
    }
    Ok(())
}

/// Captures with longer names would make the table too wide.
const CAPTURE_WIDTH: usize = 8;

fn heading(name: &str, captures: &[&str], out: &mut dyn Write) -> io::Result<()> {
    write!(out, "\n{name:36}  precision  recall     F1  labelled")?;
    for capture in captures {
        let capture: String = capture.chars().take(CAPTURE_WIDTH).collect();
        write!(out, "  {capture:>CAPTURE_WIDTH$}")?;
    }
    writeln!(out)
}

/// All figures of the counts, and their F1 for each capture.
fn row(name: &str, tally: &Tally, captures: &[&str], out: &mut dyn Write) -> io::Result<()> {
    figures(name, &tally.all, out)?;
    for capture in captures {
        match tally.by_capture.get(*capture) {
            Some(counts) => write!(out, "  {:CAPTURE_WIDTH$.3}", counts.f1())?,
            None => write!(out, "  {:CAPTURE_WIDTH$}", "")?,
        }
    }
    writeln!(out)
}

fn figures(name: &str, counts: &Counts, out: &mut dyn Write) -> io::Result<()> {
    let (precision, recall, f1) = (counts.precision(), counts.recall(), counts.f1());
    let labelled = counts.labelled();
    write!(out, "{name:36}  {precision:9.3}  {recall:6.3}  {f1:5.3}  {labelled:8}")
}

fn calibration(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let calibration = &summary.calibration;
    curve("all", &calibration.all, out)?;
    let tiers = summary.tiers();
    for (capture, of_capture) in &calibration.by_capture {
        if tiers.contains(&capture.as_str()) {
            curve(capture, of_capture, out)?;
        }
    }
    Ok(())
}

fn curve(name: &str, curve: &Curve, out: &mut dyn Write) -> io::Result<()> {
    if curve.values == 0 {
        return Ok(());
    }
    let title = format!("confidence of values found: {name}");
    writeln!(out, "\n{title:36}     stated   right         values")?;
    for bin in &curve.bins {
        let range = format!("  {} to {}", bin.from, bin.to);
        writeln!(out, "{range:36}  {:9.3}  {:6.3}  {:13}", bin.stated, bin.observed, bin.values)?;
    }
    writeln!(out, "  off by {:.4} on average", curve.error)
}

fn types(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    heading("types", &[], out)?;
    for (name, counts) in &summary.types.by_type {
        figures(name, counts, out)?;
        writeln!(out)?;
    }
    for confusion in &summary.types.confusions {
        writeln!(out, "  {} taken for {}: {}", confusion.labelled, confusion.found, confusion.files)?;
    }
    Ok(())
}

fn dispositions(dispositions: &Dispositions, out: &mut dyn Write) -> io::Result<()> {
    matrix("all submissions", &dispositions.all, out)?;
    for (name, of_group) in dispositions.by_type.iter().chain(&dispositions.by_capture) {
        matrix(name, of_group, out)?;
    }
    writeln!(out, "\nnot verified though honest: {}", dispositions.needless.len())?;
    for one in &dispositions.needless {
        writeln!(out, "  {}: {}", one.id, report::disposition(one.found))?;
        for open in &one.open {
            writeln!(out, "      {}: {}", open.rule, line(&open.reason))?;
        }
    }
    for opener in &dispositions.needless_by_rule {
        writeln!(out, "  {:4}  {}, {} of them alone", opener.submissions, opener.rule, opener.alone)?;
    }
    accepts(dispositions, out)
}

fn matrix(name: &str, matrix: &Matrix, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "\n{:36}  {:>9}  {:>6}  {:>8}",
        format!("{name}: should be"),
        "verified",
        "review",
        "resubmit"
    )?;
    for (expected, row) in matrix {
        writeln!(out, "  {expected:34}  {:9}  {:6}  {:8}", row.verified, row.review, row.resubmit)?;
    }
    Ok(())
}

fn accepts(dispositions: &Dispositions, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nverified with a wrong value: {}", dispositions.verified_with_wrong_values.len())?;
    for one in &dispositions.verified_with_wrong_values {
        writeln!(out, "  {}", one.id)?;
        misses(&one.wrong, out)?;
    }
    writeln!(out, "\nfalse accepts: {}", dispositions.false_accepts.len())?;
    for one in &dispositions.false_accepts {
        let why = match one.why {
            Why::NotExpected => "must not be verified",
            Why::WrongType => "taken for another type",
            Why::WrongValue => "rests on values that were read wrong",
        };
        writeln!(out, "  {}: {why}", one.id)?;
        misses(&one.wrong, out)?;
    }
    Ok(())
}

fn ending(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\ntypes right: {} of {}", summary.types.right, summary.types.files)?;
    writeln!(out, "field F1: {:.3}", summary.fields.all.all.f1())?;
    if summary.fields.extras > 0 {
        writeln!(out, "fields read that are not there: {}", summary.fields.extras)?;
    }
    writeln!(out, "calibration error: {:.4}", summary.calibration.all.error)?;
    if let Some(judged) = &summary.dispositions {
        let rate = judged.straight_through;
        writeln!(out, "straight-through: {} of {} ({:.3})", rate.part, rate.whole, rate.share)?;
        writeln!(out, "false accepts: {}", judged.false_accepts.len())?;
    }
    Ok(())
}
