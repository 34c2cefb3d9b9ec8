//! The second reader: finds lines anywhere on a picture, at any lean, and reads each by itself.
//! Its networks are PP-OCR's; running them is left to `rten`, when to use them to `recognise`.

mod detect;
mod line;
mod spaces;
mod transcribe;

use std::path::{Path, PathBuf};

use document::{Confidence, Point, Quad, Word};
use image::GrayImage;
use rten::Model;

use detect::Detector;
use line::LineBox;
use transcribe::Transcriber;

/// The files of the networks, in the folder of models.
const DETECTOR: &str = "ppocr-det.onnx";
const RECOGNISER: &str = "ppocr-rec.onnx";
const ALPHABET: &str = "ppocr-alphabet.txt";

/// All files that the reader needs, in the order in which they are named in its identity.
pub(crate) const FILES: [&str; 3] = [DETECTOR, RECOGNISER, ALPHABET];

/// Why the networks cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NeuralError {
    /// A file is missing or cannot be read.
    #[error("the neural reader needs {path}: run scripts/setup run, or name the folder of models")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file is not the network it should be.
    #[error("{path} is not a network that can be run")]
    Model {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A network failed on a picture, or gave something else than it should.
    #[error("the neural reader failed: {0}")]
    Run(String),
}

impl NeuralError {
    fn run(error: impl std::fmt::Display) -> Self {
        Self::Run(error.to_string())
    }
}

/// The loaded networks. Runs on the calling thread and on `rten`'s own pool; never call it from another rayon pool.
pub(crate) struct NeuralReader {
    detector: Detector,
    transcriber: Transcriber,
}

impl NeuralReader {
    /// Loads the networks from `folder`.
    pub(crate) fn load(folder: &Path) -> Result<Self, NeuralError> {
        let alphabet = String::from_utf8_lossy(&bytes(&folder.join(ALPHABET))?).into_owned();
        Ok(Self {
            detector: Detector::new(model(&folder.join(DETECTOR))?),
            transcriber: Transcriber::new(model(&folder.join(RECOGNISER))?, &alphabet),
        })
    }

    /// The words of `picture`, in fractions of it, line by line from top to bottom.
    pub(crate) fn words(&self, picture: &GrayImage) -> Result<Vec<Word>, NeuralError> {
        let mut words = Vec::new();
        for (number, line) in (0..).zip(self.detector.lines(picture)?) {
            words.extend(self.line_words(picture, &line, number)?);
        }
        Ok(words)
    }

    /// What stands at `place`, the quad of a single word in fractions of `picture`, and how sure that is.
    pub(crate) fn read_again(
        &self,
        picture: &GrayImage,
        place: &Quad,
    ) -> Result<Option<(String, Confidence)>, NeuralError> {
        let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
        let corners = place.corners().map(|at| ((at.x * width) as f32, (at.y * height) as f32));
        let words = self.transcriber.read(&LineBox(corners).with_margin().cut(picture))?;
        let sure = words.iter().map(|word| word.confidence).fold(1.0, f64::min);
        let text: String = words.into_iter().map(|word| word.text).collect();
        Ok((!text.is_empty()).then(|| (text, Confidence::clamped(sure))))
    }

    /// The words of one line of `picture`.
    fn line_words(
        &self,
        picture: &GrayImage,
        line: &LineBox,
        number: u32,
    ) -> Result<impl Iterator<Item = Word> + use<>, NeuralError> {
        let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
        let line = *line;
        let words = self.transcriber.read(&line.cut(picture))?;
        Ok(words.into_iter().map(move |word| {
            let corners = line.between(word.start, word.end);
            let corners = corners.map(|(x, y)| Point { x: f64::from(x) / width, y: f64::from(y) / height });
            let confidence = Some(Confidence::clamped(word.confidence));
            Word { text: word.text, quad: Quad::new(corners), confidence, line: number }
        }))
    }
}

fn model(path: &Path) -> Result<Model, NeuralError> {
    let failed = |error: rten::LoadError| NeuralError::Model { path: path.to_owned(), source: error.into() };
    Model::load(bytes(path)?).map_err(failed)
}

fn bytes(path: &Path) -> Result<Vec<u8>, NeuralError> {
    #[expect(clippy::disallowed_methods, reason = "networks are the operator's own")]
    std::fs::read(path).map_err(|source| NeuralError::File { path: path.to_owned(), source })
}
