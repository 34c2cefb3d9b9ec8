//! A comparison with a saved evaluation as a person reads it in a terminal.
//! What it holds is left to `evaluate::comparison`.

use std::io::{self, Write};

use crate::evaluate::Comparison;
use crate::evaluate::comparison::{Change, Figure, FileChange, Trend};
use crate::report;

/// Writes what changed, the figures last.
pub fn print(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nagainst the baseline, over {} files", comparison.files)?;
    if !comparison.not_compared.is_empty() {
        let apart = comparison.not_compared.len();
        writeln!(out, "  not compared, because only one has them or a rule file for them: {apart}")?;
    }
    for change in &comparison.changed {
        file(change, out)?;
    }
    writeln!(out, "\n{:48}  baseline      now", "what changed")?;
    for change in comparison.figures.iter().filter(|change| change.outcome != Trend::Same) {
        figure(change, out)?;
    }
    let (regressed, tolerance) = (comparison.regressions().count(), comparison.tolerance);
    writeln!(
        out,
        "worse than is tolerated ({tolerance}, four times that in one type or capture): {regressed}"
    )
}

fn file(change: &FileChange, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  {}", change.id)?;
    if let Some([before, now]) = &change.found_type {
        writeln!(out, "      type: {before}, now {now}")?;
    }
    if let Some([before, now]) = change.disposition {
        writeln!(out, "      {}, now {}", report::disposition(before), report::disposition(now))?;
    }
    for (what, fields) in [("newly right", &change.newly_right), ("newly wrong", &change.newly_wrong)] {
        if !fields.is_empty() {
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            writeln!(out, "      {what}: {}", fields.join(", "))?;
        }
    }
    Ok(())
}

fn figure(change: &Change, out: &mut dyn Write) -> io::Result<()> {
    let trend = match change.outcome {
        Trend::Better => "better",
        Trend::Same => "",
        Trend::Worse => "worse",
        Trend::Regressed => "WORSE than is tolerated",
    };
    writeln!(out, "  {:46}  {:8.4}  {:7.4}  {trend}", name(change), change.before, change.now)
}

fn name(change: &Change) -> String {
    let figure = match change.figure {
        Figure::TypesRight => "types right",
        Figure::FieldF1 => "field F1",
        Figure::StraightThrough => "straight-through",
        Figure::FalseAccepts => "false accepts",
    };
    let of = &change.of;
    let parts = [Some(figure), of.document_type.as_deref(), of.field.as_deref(), of.capture.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
