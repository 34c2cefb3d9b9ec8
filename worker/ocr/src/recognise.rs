//! Reads a picture into words: one look where that is enough, more looks where it is not.
//! Preparing the picture is left to `prepare`, joining the looks to `merge`, the engine itself to `engine`.

use std::path::PathBuf;

use document::{Confidence, MrzLine, PageText, Rect, TextSource, Word};

use crate::decode::Picture;
use crate::engine::{Engine, Layout};
use crate::limits::{Deadline, Excess};
use crate::neural::NeuralReader;
use crate::prepare::{self, Prepared, WANTED_LETTERS};
use crate::turn::Turn;
use crate::{ReaderError, merge, mrz, zone};

/// The resolution Tesseract is told; it serves only to tell letters from specks.
const DPI: i32 = 300;
/// Below this mean confidence a page is looked at again.
const POOR: f64 = 0.80;
/// Below this mean confidence it may lie on its side.
const VERY_POOR: f64 = 0.60;
/// With fewer words than this a page is looked at again.
const FEW_WORDS: usize = 20;
/// A word that is read with less confidence is read again by the other reader, alone.
const DOUBTFUL: f64 = 0.75;
/// At most so many words of a page are, the least sure first.
const MOST_DOUBTFUL: usize = 6;
/// How sure the orientation must be, as Tesseract counts it.
const SURE_OF_TURN: f32 = 1.0;
/// Papers with a machine readable zone have fewer words than this.
const MOST_WORDS_BESIDE_MRZ: usize = 150;

/// Which readers have a part in reading pictures. Fewer than both is for measuring each alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readers {
    /// Tesseract, and the neural reader where Tesseract is unsure.
    #[default]
    Both,
    /// Tesseract alone.
    Tesseract,
    /// The neural reader alone.
    Neural,
}

/// Where engines find what they need.
#[derive(Debug, Clone)]
pub(crate) struct Sources {
    /// The folder of Tesseract's trained data for text and orientation.
    pub(crate) folder: PathBuf,
    pub(crate) languages: String,
    /// The folder that holds `mrz.traineddata` and the networks.
    pub(crate) models: Option<PathBuf>,
    pub(crate) readers: Readers,
}

/// The warm engines of one thread.
pub(crate) struct Recogniser {
    text: Engine,
    orientation: Engine,
    mrz: Option<Engine>,
    neural: Option<NeuralReader>,
    readers: Readers,
}

/// Why a page gave no words.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecogniseError {
    #[error(transparent)]
    Reader(#[from] ReaderError),
    #[error(transparent)]
    Excess(#[from] Excess),
}

impl Recogniser {
    /// Loads the trained data.
    pub(crate) fn new(sources: &Sources) -> Result<Self, ReaderError> {
        let models = sources.models.as_deref();
        let mrz = models.map(|folder| Engine::text(folder, "mrz")).transpose()?;
        let networks = models.filter(|_| sources.readers != Readers::Tesseract);
        Ok(Self {
            text: Engine::text(&sources.folder, &sources.languages)?,
            orientation: Engine::orientation(&sources.folder)?,
            mrz,
            neural: networks.map(NeuralReader::load).transpose().map_err(ReaderError::Neural)?,
            readers: sources.readers,
        })
    }

    /// What stands on `picture`.
    pub(crate) fn read(&mut self, picture: &Picture, deadline: Deadline) -> Result<PageText, RecogniseError> {
        if let (Readers::Neural, Some(neural)) = (self.readers, &self.neural) {
            let words = neural.words(&picture.grey).map_err(ReaderError::Neural)?;
            return self.with_mrz(picture, words, deadline);
        }
        let first = self.look(&Prepared::plain(&picture.grey), Layout::Page)?;
        if is_good(&first) {
            let words = self.read_doubtful_again(picture, first)?;
            return self.with_mrz(picture, words, deadline);
        }
        if first.len() < FEW_WORDS && !prepare::has_letters(&picture.grey) {
            return Ok(PageText {
                source: TextSource::Ocr,
                words: first,
                mrz: Vec::new(),
                barcodes: Vec::new(),
            });
        }
        deadline.check()?;
        if mean_confidence(&first) < VERY_POOR || first.len() < FEW_WORDS {
            let shown = Prepared::even(&picture.grey, WANTED_LETTERS);
            let found = self.orientation.turned(&shown.picture)?;
            let turn = found
                .filter(|(_, sure)| *sure >= SURE_OF_TURN)
                .and_then(|(degrees, _)| Turn::undoing(degrees));
            if let Some(turn) = turn {
                return self.read_turned(picture, turn, &first, deadline);
            }
        }
        let words = self.look_again(picture, first, deadline)?;
        self.with_mrz(picture, words, deadline)
    }

    /// The words of a page that reads well, the doubtful ones among them read once more by the other reader: one that
    /// it agrees with gains, one that it is surer of changes.
    fn read_doubtful_again(&self, picture: &Picture, mut words: Vec<Word>) -> Result<Vec<Word>, ReaderError> {
        let Some(neural) = &self.neural else { return Ok(words) };
        let is_doubtful =
            |word: &&mut Word| merge::sure(word) < DOUBTFUL && word.text.chars().any(char::is_alphanumeric);
        let mut doubtful: Vec<&mut Word> = words.iter_mut().filter(is_doubtful).collect();
        doubtful.sort_by(|one, two| merge::sure(one).total_cmp(&merge::sure(two)));
        for word in doubtful.into_iter().take(MOST_DOUBTFUL) {
            let again = neural.read_again(&picture.grey, &word.quad).map_err(ReaderError::Neural)?;
            if let Some((text, sure)) = again {
                merge::second_opinion(word, text, sure);
            }
        }
        Ok(words)
    }

    /// Reads the page turned, and keeps what is better: orientation is judged from few letters.
    fn read_turned(
        &mut self,
        picture: &Picture,
        turn: Turn,
        first: &[Word],
        deadline: Deadline,
    ) -> Result<PageText, RecogniseError> {
        let turned = Picture {
            grey: turn.apply(&picture.grey),
            lightest: picture.lightest.as_ref().map(|lightest| turn.apply(lightest)),
            ..*picture
        };
        let words = self.look(&Prepared::plain(&turned.grey), Layout::Page)?;
        deadline.check()?;
        if worth(&words) <= worth(first) {
            let words = self.look_again(picture, first.to_vec(), deadline)?;
            return self.with_mrz(picture, words, deadline);
        }
        let words = if is_good(&words) { words } else { self.look_again(&turned, words, deadline)? };
        let text = self.with_mrz(&turned, words, deadline)?;
        let words = text.words.into_iter().map(|word| Word { quad: turn.undo(&word.quad), ..word });
        let mrz = text.mrz.into_iter().map(|line| MrzLine { quad: turn.undo(&line.quad), ..line });
        Ok(PageText { source: text.source, words: words.collect(), mrz: mrz.collect(), barcodes: Vec::new() })
    }

    /// Completes `words` by looks at the picture prepared in other ways, until they are good.
    fn look_again(
        &mut self,
        picture: &Picture,
        words: Vec<Word>,
        deadline: Deadline,
    ) -> Result<Vec<Word>, RecogniseError> {
        if let Some(neural) = &self.neural {
            return Ok(merge::merge(neural.words(&picture.grey).map_err(ReaderError::Neural)?, words));
        }
        let even = Prepared::even(&picture.grey, WANTED_LETTERS);
        let mut words = merge::merge(words, self.look(&even, Layout::Page)?);
        deadline.check()?;
        if is_good(&words) {
            return Ok(words);
        }
        words = merge::merge(words, self.look(&even, Layout::Sparse)?);
        deadline.check()?;
        let ink = Prepared::ink(picture.lightest.as_ref().unwrap_or(&picture.grey));
        words = merge::merge(words, self.look(&ink, Layout::Sparse)?);
        Ok(words)
    }

    fn look(&self, prepared: &Prepared, layout: Layout) -> Result<Vec<Word>, ReaderError> {
        let words = self.text.words(&prepared.picture, layout, DPI)?;
        let placed = words.into_iter().map(|word| Word {
            quad: prepared.place(&word),
            confidence: Some(Confidence::clamped(word.confidence)),
            line: word.line,
            text: word.text,
        });
        Ok(placed.collect())
    }

    fn with_mrz(
        &self,
        picture: &Picture,
        words: Vec<Word>,
        deadline: Deadline,
    ) -> Result<PageText, RecogniseError> {
        deadline.check()?;
        let Some(engine) = &self.mrz else {
            return Ok(PageText { source: TextSource::Ocr, words, mrz: Vec::new(), barcodes: Vec::new() });
        };
        let mut found = match mrz::band(&words) {
            Some(band) => zone::read(engine, picture, &band)?,
            None => None,
        };
        // A zone that was read as nothing like one still stands at the foot of a paper with few words.
        if found.is_none() && words.len() < MOST_WORDS_BESIDE_MRZ && !is_good(&words) {
            found = zone::read(engine, picture, &Rect::new(0.0, zone::FOOT, 1.0, 1.0))?;
        }
        let mrz = found.unwrap_or_default();
        Ok(PageText { source: TextSource::Ocr, words, mrz, barcodes: Vec::new() })
    }
}

fn is_good(words: &[Word]) -> bool {
    words.len() >= FEW_WORDS && mean_confidence(words) >= POOR
}

/// Weighted by characters, so that specks read as dots do not count as words do.
fn mean_confidence(words: &[Word]) -> f64 {
    let letters: usize = words.iter().map(|word| word.text.len()).sum();
    if letters == 0 { 0.0 } else { sum(words, |sure| sure) / letters as f64 }
}

/// How much was read, and how surely.
fn worth(words: &[Word]) -> f64 {
    sum(words, |sure| (sure - 0.5).max(0.0))
}

fn sum(words: &[Word], of: impl Fn(f64) -> f64) -> f64 {
    words.iter().map(|word| of(word.confidence.map_or(0.0, Confidence::get)) * word.text.len() as f64).sum()
}
