//! The rule file `calibration.yaml`: how often words are right that a reader is so and so sure of. Readers overrate
//! themselves, each in its own way on each kind of capture; what their confidences mean is measured, and kept here, so
//! that a new measurement needs no new reading.

use std::collections::BTreeMap;

use ::document::{Capture, Confidence, Page, Reading};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::file::{Problems, Sited};

/// The schema of [`CalibrationFile`].
pub const CALIBRATION_SCHEMA: &str = "vouch/calibration/1";

/// What was measured.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalibrationFile {
    /// [`CALIBRATION_SCHEMA`].
    #[schemars(with = "String", extend("const" = CALIBRATION_SCHEMA))]
    pub schema: Sited,
    /// On what, with which command.
    pub description: String,
    /// The reader whose confidences these are, by its name in readings.
    pub reader: String,
    /// For each capture, points of a curve: a confidence as the reader gives it, and the share of words right at it.
    /// Both rise from point to point; between points the curve is straight. A capture without a curve stays as it is.
    #[schemars(with = "BTreeMap<Capture, Vec<[f64; 2]>>")]
    pub curves: BTreeMap<Capture, Spanned<Vec<[f64; 2]>>>,
}

/// The curves, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    reader: String,
    curves: BTreeMap<Capture, Vec<[f64; 2]>>,
}

impl Calibration {
    pub(super) fn compile(file: CalibrationFile, problems: &mut Problems<'_>) -> Self {
        problems.require_schema(&file.schema, CALIBRATION_SCHEMA);
        for (capture, curve) in &file.curves {
            let points = &curve.value;
            let within = points.iter().flatten().all(|share| (0.0..=1.0).contains(share));
            let pairs = || points.iter().zip(points.iter().skip(1));
            let rises = pairs().all(|([from, low], [to, high])| from < to && low <= high);
            if points.len() < 2 || !within || !rises {
                let capture = format!("{capture:?}").to_lowercase();
                problems.add(
                    curve.defined,
                    format!("the curve for {capture} needs at least two points between 0 and 1 that rise"),
                );
            }
        }
        let curves = file.curves.into_iter().map(|(capture, curve)| (capture, curve.value)).collect();
        Self { reader: file.reader, curves }
    }

    /// What the confidences on a page of the reading mean.
    pub fn curve(&self, reading: &Reading, page: &Page) -> Curve<'_> {
        let own = reading.readers.iter().any(|reader| reader.name == self.reader);
        Curve(self.curves.get(&page.capture).filter(|_| own).map(Vec::as_slice))
    }
}

/// What the confidences on one page mean; without a curve, what they say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Curve<'a>(Option<&'a [[f64; 2]]>);

impl Curve<'_> {
    /// How often words are right that the reader is so sure of.
    pub fn at(&self, confidence: Confidence) -> Confidence {
        self.0.map_or(confidence, |curve| Confidence::clamped(at(curve, confidence.get())))
    }
}

/// The height of the curve at `place`; before its first point and after its last it is level.
fn at(curve: &[[f64; 2]], place: f64) -> f64 {
    let pairs = curve.iter().zip(curve.iter().skip(1));
    let mut between = pairs.filter(|([from, _], [to, _])| (*from..=*to).contains(&place));
    match (between.next(), curve.first(), curve.last()) {
        (Some(([from, low], [to, high])), ..) => low + (high - low) * (place - from) / (to - from),
        (None, Some([from, low]), _) if place < *from => *low,
        (None, _, Some([_, high])) => *high,
        (None, _, None) => place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::document::{Digest, PageText, Reader, Rect, TextSource, Word};

    use crate::rules::{RuleError, RuleFile};

    fn compiled(curve: &str) -> Result<Calibration, Vec<RuleError>> {
        let text = format!(
            "schema: vouch/calibration/1\ndescription: made up\nreader: pp-ocr\ncurves:\n  photo: {curve}\n"
        );
        let file = RuleFile { path: "calibration.yaml".to_owned(), text };
        let mut errors = Vec::new();
        let mut problems = Problems::new(&file, &mut errors);
        let parsed = problems.parse::<CalibrationFile>();
        let calibration = parsed.map(|parsed| Calibration::compile(parsed, &mut problems));
        if errors.is_empty() { Ok(calibration.unwrap()) } else { Err(errors) }
    }

    fn reading(reader: &str, capture: Capture, confidence: Option<f64>) -> Reading {
        let word = Word {
            text: "Gross".to_owned(),
            quad: Rect::new(0.0, 0.0, 0.1, 0.1).into(),
            confidence: confidence.map(Confidence::clamped),
            line: 0,
        };
        let text = PageText {
            source: TextSource::Ocr,
            words: vec![word],
            mrz: Vec::new(),
            barcodes: Vec::new(),
            strokes: Vec::new(),
        };
        let page = Page { number: 1, aspect: 0.75, capture, flaws: Vec::new(), text: Ok(text) };
        let readers = vec![Reader { name: reader.to_owned(), version: "1".to_owned() }];
        Reading {
            document: Digest::of(b"a"),
            media_type: None,
            pages: vec![page],
            fault: None,
            origin: None,
            readers,
        }
    }

    #[test]
    fn confidences_follow_the_curve() {
        let calibration = compiled("[[0.2, 0.1], [0.6, 0.5], [1.0, 0.98]]").unwrap();
        let of = |reading: Reading| {
            let page = &reading.pages[0];
            let confidence = page.text.as_ref().unwrap().words[0].confidence?;
            let meant = calibration.curve(&reading, page).at(confidence);
            Some((meant.get() * 1000.0).round() / 1000.0)
        };
        let cases = [(0.0, 0.1), (0.2, 0.1), (0.4, 0.3), (0.6, 0.5), (0.8, 0.74), (1.0, 0.98)];
        for (read, expected) in cases {
            assert_eq!(of(reading("pp-ocr", Capture::Photo, Some(read))), Some(expected), "{read}");
        }
        assert_eq!(of(reading("pp-ocr", Capture::Photo, None)), None);
        assert_eq!(of(reading("pp-ocr", Capture::Fax, Some(0.4))), Some(0.4), "no curve");
        assert_eq!(of(reading("tesseract", Capture::Photo, Some(0.4))), Some(0.4), "another reader");
    }

    #[test]
    fn curves_that_mean_nothing_are_refused() {
        for curve in
            ["[[0.2, 0.1]]", "[[0.2, 0.5], [0.6, 0.4]]", "[[0.6, 0.1], [0.2, 0.4]]", "[[0, 0], [1, 1.2]]"]
        {
            let errors = compiled(curve).unwrap_err();
            assert!(errors[0].problem.contains("photo needs at least two points"), "{curve}: {errors:?}");
        }
        assert!(compiled("[]").is_err());
    }
}
