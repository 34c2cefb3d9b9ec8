//! A verdict as a person reads it in a terminal.
//! What it says is left to `verify`.

use std::io::{self, Write};

use document::Language;
use verify::verdict::{Disposition, DocumentReport, Finding, Outcome, Verdict};

/// Writes the verdict: what happens next, what each document says, what was found, what the applicant is told.
pub fn verdict(verdict: &Verdict, language: Language, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}, score {:.2}", disposition(verdict.disposition), verdict.score.get())?;
    for document in &verdict.documents {
        self::document(document, out)?;
    }
    if !verdict.findings.is_empty() {
        writeln!(out, "\nfindings")?;
    }
    for finding in &verdict.findings {
        self::finding(finding, out)?;
    }
    if let Some(income) = &verdict.income {
        writeln!(out, "\nincome\n  {} a month, {} a year: {}", income.monthly, income.annual, income.method)?;
    }
    let message = match language {
        Language::En => &verdict.messages.en,
        Language::Es => &verdict.messages.es,
    };
    writeln!(out, "\nto the applicant\n  {message}")
}

/// The word for a disposition.
pub fn disposition(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Verified => "verified",
        Disposition::Review => "review",
        Disposition::Resubmit => "resubmit",
    }
}

/// The finding that says most about why a verdict is what it is: the first that is not met, failures first.
pub fn main_reason(verdict: &Verdict) -> Option<&Finding> {
    let first = |outcome| verdict.findings.iter().find(|finding| finding.outcome == outcome);
    first(Outcome::Fail).or_else(|| first(Outcome::Inconclusive))
}

fn document(document: &DocumentReport, out: &mut dyn Write) -> io::Result<()> {
    let pages: Vec<_> = document.pages.iter().map(ToString::to_string).collect();
    let several = if pages.len() == 1 { "page" } else { "pages" };
    let (name, confidence) = (&document.document_type, document.type_confidence.get());
    writeln!(out, "\n{name} ({confidence:.2}), {several} {}", pages.join(", "))?;
    let width = document.fields.keys().map(String::len).max().unwrap_or(0);
    for (name, field) in &document.fields {
        let confidence =
            field.confidence.map_or(String::new(), |confidence| format!("  ({:.2})", confidence.get()));
        let value = field.value.as_deref().unwrap_or("cannot be read").replace('\n', " / ");
        writeln!(out, "  {name:width$}  {value}{confidence}")?;
    }
    Ok(())
}

fn finding(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let outcome = match finding.outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "FAIL",
        Outcome::Inconclusive => "open",
        Outcome::NotApplicable => return Ok(()),
    };
    writeln!(out, "  {outcome}  {}: {}", finding.rule, finding.reason)
}
