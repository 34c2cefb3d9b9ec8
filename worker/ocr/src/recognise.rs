//! Reads a picture into words. The neural reader finds and reads the lines; Tesseract reads those again that it is
//! unsure of. Without the networks Tesseract reads alone (`looks`).

use std::path::{Path, PathBuf};

use document::{Confidence, MrzLine, Word};

use crate::decode::Picture;
use crate::engine::{Engine, Layout};
use crate::limits::{Deadline, Excess};
use crate::line::{Levels, LineBox};
use crate::neural::{NeuralReader, ReadLine};
use crate::timings::{Stage, Stopwatch};
use crate::{ReaderError, looks, merge, mrz, zone};

/// The resolution Tesseract is told for the cut of a line; it serves only to tell letters from specks.
const DPI: i32 = 300;
/// So many lines, the longest in proportion to their height, tell which way up a page is.
const SAMPLE: usize = 6;
/// If they read as surely as this, the other way up is not tried.
const SURE_OF_SIDE: f64 = 0.7;
/// A line with a word that is read with less confidence is read again by Tesseract.
const DOUBTFUL: f64 = 0.8;
/// At most so many lines of a page are, the least sure first: each costs as much as reading it the first time.
const MOST_DOUBTFUL: usize = 16;

/// Which readers have a part in reading pictures. Fewer than both is for measuring each alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readers {
    /// The neural reader, and Tesseract where that is unsure.
    #[default]
    Both,
    /// Tesseract alone.
    Tesseract,
    /// The neural reader alone, but for machine readable zones.
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

impl Sources {
    /// The folder of the networks, where they have a part.
    pub(crate) fn networks(&self) -> Option<&Path> {
        self.models.as_deref().filter(|_| self.readers != Readers::Tesseract)
    }
}

/// The warm engines of one thread.
pub(crate) struct Recogniser {
    text: Engine,
    mrz: Option<Engine>,
    lead: Lead,
    readers: Readers,
}

/// Who reads a picture first.
enum Lead {
    /// The networks, at any lean and from either end.
    Neural(NeuralReader),
    /// Tesseract, which must be told which way up a page is.
    Tesseract { orientation: Engine },
}

/// What was read on a picture.
#[derive(Debug, Default)]
pub(crate) struct Recognised {
    pub(crate) words: Vec<Word>,
    pub(crate) mrz: Vec<MrzLine>,
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
        let lead = match sources.networks() {
            Some(folder) => Lead::Neural(NeuralReader::load(folder).map_err(ReaderError::Neural)?),
            None => Lead::Tesseract { orientation: Engine::orientation(&sources.folder)? },
        };
        Ok(Self {
            text: Engine::text(&sources.folder, &sources.languages)?,
            mrz: models.map(|folder| Engine::text(folder, "mrz")).transpose()?,
            lead,
            readers: sources.readers,
        })
    }

    /// What stands on `picture`.
    pub(crate) fn read(
        &self,
        picture: &Picture,
        deadline: Deadline,
        watch: &mut Stopwatch,
    ) -> Result<Recognised, RecogniseError> {
        let words = match &self.lead {
            Lead::Neural(neural) => self.line_by_line(neural, picture, deadline, watch)?,
            Lead::Tesseract { orientation } => {
                let words = looks::words(&self.text, orientation, picture, deadline)?;
                watch.lap(Stage::Transcribe);
                words
            }
        };
        deadline.check()?;
        let mrz = match &self.mrz {
            Some(engine) => zone::read(engine, &picture.grey, &words)?,
            None => Vec::new(),
        };
        watch.lap(Stage::Zone);
        let words = match &self.lead {
            // Cells of a table are lines to the network.
            Lead::Neural(_) => {
                merge::in_lines(words.chunk_by(|one, two| one.line == two.line).map(<[Word]>::to_vec))
            }
            Lead::Tesseract { .. } => words,
        };
        Ok(Recognised { words, mrz })
    }

    fn line_by_line(
        &self,
        neural: &NeuralReader,
        picture: &Picture,
        deadline: Deadline,
        watch: &mut Stopwatch,
    ) -> Result<Vec<Word>, RecogniseError> {
        let levels = Levels::of(&picture.grey);
        let read = |place: LineBox| -> Result<ReadLine, RecogniseError> {
            deadline.check()?;
            Ok(neural.read(&levels, place)?)
        };
        let places = neural.lines(&levels)?;
        watch.lap(Stage::Find);
        let lines = places.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let mut lines = right_way_up(lines, read)?;
        watch.lap(Stage::Transcribe);
        if self.readers == Readers::Both {
            // Zones are read by data of their own.
            let is_doubtful =
                |line: &&mut ReadLine| line.least_sure() < DOUBTFUL && !mrz::looks_like_one(&line.words);
            let mut doubtful: Vec<&mut ReadLine> = lines.iter_mut().filter(is_doubtful).collect();
            doubtful.sort_by(|one, two| one.least_sure().total_cmp(&two.least_sure()));
            for line in doubtful.into_iter().take(MOST_DOUBTFUL) {
                deadline.check()?;
                let again = self.read_again(line)?;
                line.words = merge::merge(std::mem::take(&mut line.words), again);
            }
        }
        watch.lap(Stage::Reread);
        let numbered = (0..).zip(lines);
        Ok(numbered
            .flat_map(|(number, line)| line.words.into_iter().map(move |word| Word { line: number, ..word }))
            .collect())
    }

    /// The words that Tesseract reads on the cut of a line.
    fn read_again(&self, line: &ReadLine) -> Result<Vec<Word>, ReaderError> {
        let words = self.text.words(&line.cut, Layout::Line, DPI)?;
        let width = f64::from(line.cut.width());
        let placed = words.into_iter().map(|word| Word {
            quad: line.between((word.left / width) as f32, (word.right / width) as f32),
            confidence: Some(Confidence::clamped(word.confidence)),
            line: 0,
            text: word.text,
        });
        Ok(placed.collect())
    }
}

/// `lines`, all read from their other end if the longest of them read better so: pages are put in upside down and on
/// either side.
fn right_way_up(
    lines: Vec<ReadLine>,
    read: impl Fn(LineBox) -> Result<ReadLine, RecogniseError>,
) -> Result<Vec<ReadLine>, RecogniseError> {
    let mut longest: Vec<&ReadLine> = lines.iter().collect();
    longest.sort_by(|one, two| two.place.proportion().total_cmp(&one.place.proportion()));
    longest.truncate(SAMPLE);
    let as_found = longest.iter().map(|line| line.certainty()).sum::<f64>();
    if longest.is_empty() || as_found >= SURE_OF_SIDE * longest.len() as f64 {
        return Ok(lines);
    }
    let over = |line: &ReadLine| read(line.place.turned_over());
    let sample: Vec<ReadLine> = longest.into_iter().map(over).collect::<Result<_, _>>()?;
    if sample.iter().map(ReadLine::certainty).sum::<f64>() <= as_found {
        return Ok(lines);
    }
    lines.iter().map(over).collect()
}
