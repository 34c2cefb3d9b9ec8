//! The reader that leads: finds lines anywhere on a picture, at any lean, and reads each by itself.
//! Its networks are PP-OCR's; running them is left to ONNX Runtime, when to use them to `recognise`.

mod active;
mod detect;
mod network;
mod spaces;
mod transcribe;

use std::path::{Path, PathBuf};

use document::{Confidence, Point, Quad, Word};
use image::GrayImage;

use detect::Detector;
use network::Network;
use transcribe::Transcriber;

use crate::ReaderError;
use crate::line::{Levels, LineBox};

/// The files of the networks, in the folder of models.
const DETECTOR: &str = "ppocr-det.onnx";
const RECOGNISER: &str = "ppocr-rec.onnx";
const ALPHABET: &str = "ppocr-alphabet.txt";
/// The library that runs them.
const RUNTIME: &str = "libonnxruntime.so";

/// All files that the reader needs, in the order in which they are named in its identity.
pub(crate) const FILES: [&str; 4] = [DETECTOR, RECOGNISER, ALPHABET, RUNTIME];

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
    /// The library that runs networks cannot be loaded.
    #[error("the neural reader needs {path}: run scripts/setup run, or name the folder of models")]
    Runtime {
        /// The library.
        path: PathBuf,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A network failed on a picture, or gave something else than it should.
    #[error("the neural reader failed: {0}")]
    Run(String),
}

/// Loads the library that runs networks from the folder of models. A process loads it once.
pub(crate) fn load_runtime(folder: &Path) -> Result<(), NeuralError> {
    network::environment(&folder.join(RUNTIME)).map(|_| ())
}

/// The loaded networks.
pub(crate) struct NeuralReader {
    detector: Detector,
    transcriber: Transcriber,
}

impl NeuralReader {
    /// Loads the networks from `folder`.
    pub(crate) fn load(folder: &Path) -> Result<Self, NeuralError> {
        let alphabet = String::from_utf8_lossy(&bytes(&folder.join(ALPHABET))?).into_owned();
        let environment = network::environment(&folder.join(RUNTIME))?;
        let network = |file: &str| Network::load(&environment, &folder.join(file));
        Ok(Self {
            detector: Detector::new(network(DETECTOR)?),
            transcriber: Transcriber::new(network(RECOGNISER)?, &alphabet),
        })
    }

    /// The lines of `picture`, from top to bottom.
    pub(crate) fn lines(&self, picture: &Levels) -> Result<Vec<LineBox>, ReaderError> {
        self.detector.lines(picture.whole()).map_err(ReaderError::Neural)
    }

    /// What stands on `place`, a line of `picture`.
    pub(crate) fn read(&self, picture: &Levels, place: LineBox) -> Result<ReadLine, ReaderError> {
        let cut = place.cut(picture);
        let read = self.transcriber.read(&cut).map_err(ReaderError::Neural)?;
        let mut line = ReadLine { place, cut, page: picture.whole().dimensions(), words: Vec::new() };
        line.words = read
            .into_iter()
            .map(|word| Word {
                quad: line.between(word.start, word.end),
                text: word.text,
                confidence: Some(Confidence::clamped(word.confidence)),
                line: 0,
            })
            .collect();
        Ok(line)
    }
}

/// A line that was read.
pub(crate) struct ReadLine {
    pub(crate) place: LineBox,
    /// The line, cut out straight.
    pub(crate) cut: GrayImage,
    /// The width and height of the page, in pixels.
    page: (u32, u32),
    pub(crate) words: Vec<Word>,
}

impl ReadLine {
    /// The place of the part from `start` to `end`, fractions of the line's length, in fractions of the page.
    pub(crate) fn between(&self, start: f32, end: f32) -> Quad {
        let (width, height) = (f64::from(self.page.0), f64::from(self.page.1));
        let corners = self.place.between(start, end);
        Quad::new(corners.map(|(x, y)| Point { x: f64::from(x) / width, y: f64::from(y) / height }))
    }

    /// The mean confidence of its letters, about; nothing where there are none.
    pub(crate) fn certainty(&self) -> f64 {
        let letters: usize = self.words.iter().map(|word| word.text.len()).sum();
        let sure = |word: &Word| word.confidence.map_or(0.0, Confidence::get) * word.text.len() as f64;
        self.words.iter().map(sure).sum::<f64>() / letters.max(1) as f64
    }

    /// The confidence of the least sure word that has letters or digits.
    pub(crate) fn least_sure(&self) -> f64 {
        let words = self.words.iter().filter(|word| word.text.chars().any(char::is_alphanumeric));
        words.filter_map(|word| Some(word.confidence?.get())).fold(1.0, f64::min)
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, NeuralError> {
    #[expect(clippy::disallowed_methods, reason = "networks are the operator's own")]
    std::fs::read(path).map_err(|source| NeuralError::File { path: path.to_owned(), source })
}
