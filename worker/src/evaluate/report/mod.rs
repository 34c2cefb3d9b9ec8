//! An evaluation as one HTML page that needs nothing beside it: figures first, then every miss with its picture.
//! What it holds is left to the evaluation, making pictures to `pictures`, the calibration plots to `plot`, how it looks
//! to `page.html` and `page.css`.

mod pictures;
mod plot;

use std::collections::BTreeMap;

use anyhow::Context as _;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

use super::comparison::{Change, Comparison, Trend};
use super::result::{Found, Miss};
use super::{Evaluation, FileResult};

pub use pictures::{Album, Source};
use pictures::{Picture, Subject};
use plot::{Plot, Tick};

/// What the templates are given.
#[derive(Debug, Serialize)]
struct Page<'a> {
    title: &'a str,
    evaluation: &'a Evaluation,
    f1: f64,
    captures: Vec<&'a str>,
    plots: Vec<Plot<'a>>,
    axis: Vec<Tick>,
    misses: Vec<TypeMisses<'a>>,
    /// How many pictures there is no room for.
    left_out: usize,
    comparison: Option<&'a Comparison>,
    /// The figures of the comparison that changed.
    changes: Vec<&'a Change>,
}

/// What was missed on the documents of one type.
#[derive(Debug, Serialize)]
struct TypeMisses<'a> {
    document_type: &'a str,
    misses: usize,
    files: Vec<FileMisses<'a>>,
}

/// What was missed on one document.
#[derive(Debug, Serialize)]
struct FileMisses<'a> {
    result: &'a FileResult,
    /// The whole page, where something was not found on it.
    page: Option<&'a Picture>,
    wrong: Vec<Wrong<'a>>,
    /// What is labelled and was not found at all.
    missing: Vec<&'a Miss>,
}

/// A value that was read and is not right, or a label without its value.
#[derive(Debug, Serialize)]
struct Wrong<'a> {
    field: &'a str,
    /// `None` where the document does not show the field.
    expected: Option<&'a str>,
    /// `None` where only the label was found.
    found: Option<&'a Found>,
    picture: Option<&'a Picture>,
}

/// The page. `title` names the set.
///
/// # Errors
/// If a template is broken.
pub fn html(
    title: &str,
    evaluation: &Evaluation,
    comparison: Option<&Comparison>,
    album: &Album,
) -> anyhow::Result<String> {
    let calibration = &evaluation.summary.calibration;
    let tiers = evaluation.summary.tiers();
    let of_tiers = calibration.by_capture.iter().filter(|(name, _)| tiers.contains(&name.as_str()));
    let plots = std::iter::once(Plot::of("all", &calibration.all))
        .chain(of_tiers.map(|(name, curve)| Plot::of(name, curve)));
    let changed = comparison.map_or(&[][..], |comparison| comparison.figures.as_slice());
    let page = Page {
        title,
        evaluation,
        f1: evaluation.summary.fields.all.all.f1(),
        captures: tiers.clone(),
        plots: plots.filter(|plot| !plot.dots.is_empty()).collect(),
        axis: plot::axis(),
        misses: by_type(&evaluation.files, album),
        left_out: album.left_out(),
        comparison,
        changes: changed.iter().filter(|change| change.outcome != Trend::Same).collect(),
    };
    let environment = environment()?;
    let template = environment.get_template("page.html")?;
    template.render(Serde(&page)).context("the report's template is broken")
}

fn environment() -> anyhow::Result<Environment<'static>> {
    let mut environment = Environment::new();
    // A name that the template writes and the evaluation has not is a mistake; to ask for what may be left out is none.
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_auto_escape_callback(|name| match name {
        "page.css" => AutoEscape::None,
        _ => AutoEscape::Html,
    });
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("figure", |value: f64| format!("{value:.3}"));
    environment.add_filter("percent", |value: f64| format!("{:.1} %", value * 100.0));
    environment.add_filter("words", |name: &str| name.replace('_', " "));
    environment.add_filter("grade", grade);
    environment.add_template("page.css", include_str!("page.css"))?;
    environment.add_template("parts.html", include_str!("parts.html"))?;
    environment.add_template("page.html", include_str!("page.html"))?;
    Ok(environment)
}

/// The class of a share: how a reader should take it at a glance.
fn grade(value: &Value) -> &'static str {
    match f64::try_from(value.clone()) {
        Ok(0.95..) => "good",
        Ok(0.85..) => "fair",
        Ok(_) | Err(_) => "poor",
    }
}

fn by_type<'a>(results: &'a [FileResult], album: &'a Album) -> Vec<TypeMisses<'a>> {
    let mut by_type: BTreeMap<&str, Vec<FileMisses<'a>>> = BTreeMap::new();
    for (at, result) in results.iter().enumerate() {
        if !result.misses.is_empty() || !result.extras.is_empty() || !result.type_is_right() {
            by_type.entry(&result.labelled_type).or_default().push(of_file(at, result, album));
        }
    }
    let of_type = |(document_type, files): (&'a str, Vec<FileMisses<'a>>)| {
        let count = |file: &FileMisses<'_>| file.wrong.len() + file.missing.len();
        TypeMisses { document_type, misses: files.iter().map(count).sum(), files }
    };
    by_type.into_iter().map(of_type).collect()
}

fn of_file<'a>(at: usize, result: &'a FileResult, album: &'a Album) -> FileMisses<'a> {
    let missed = result.misses.iter().enumerate();
    let (placed, missing): (Vec<_>, Vec<_>) =
        missed.partition(|(_, miss)| miss.found.is_some() || miss.label.is_some());
    let wrong = placed.into_iter().map(|(nth, miss)| Wrong {
        field: &miss.field,
        expected: Some(&miss.expected),
        found: miss.found.as_ref(),
        picture: album.get(at, Subject::Miss(nth)),
    });
    let extras = result.extras.iter().enumerate().map(|(nth, extra)| Wrong {
        field: &extra.field,
        expected: None,
        found: Some(&extra.found),
        picture: album.get(at, Subject::Extra(nth)),
    });
    FileMisses {
        result,
        page: album.get(at, Subject::Page),
        wrong: wrong.chain(extras).collect(),
        missing: missing.into_iter().map(|(_, miss)| miss).collect(),
    }
}

#[cfg(test)]
mod tests {
    use verify::verdict::Disposition::{Review, Verified};

    use super::super::samples::{Sample, found};
    use super::*;

    #[test]
    fn a_report_shows_everything_and_nothing_as_markup() {
        let forged = Sample::new("forged").verdict(&[Review], Verified).capture("fax");
        let slow = Sample::new("slow<b>").verdict(&[Verified], Review).open(&["income/recent"]);
        let slow = slow.right("hours", 0.99).miss("pay_date", found("<script>alert(1)</script>"));
        let samples = [forged, slow.miss("net", None).extra("gross"), Sample::new("c").taken_for("w2")];
        let evaluation = Evaluation::of(samples.iter().map(Sample::result).collect(), None, Vec::new());
        let comparison = Comparison::of(&evaluation, &evaluation, 0.005);
        for comparison in [None, comparison.as_ref()] {
            let page = html("a set", &evaluation, comparison, &Album::default()).unwrap();
            for text in
                ["a set", "forged", "income&#x2f;recent", "pay date", "not there", "<svg", "color-scheme"]
            {
                assert!(page.contains(text), "{text}");
            }
            assert!(!page.contains("<script") && !page.contains("slow<b>"));
            assert_eq!(page.contains("id=\"baseline\""), comparison.is_some());
        }
        html("none", &Evaluation::of(Vec::new(), None, Vec::new()), None, &Album::default()).unwrap();
    }
}
