//! The reader of documents: opens bytes, then reads one page after the other.
//! What is in a file is left to `opened`; reading pages side by side to the caller, who has several readers; keeping
//! what was read to `pipeline`.

use std::io;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use document::{
    Barcode, Capture, Change, Digest, DocumentFault, Flaw, Page, PageFault, PageText, Quad, Reader, Reading,
    TextSource,
};
use serde::{Deserialize, Serialize};
use tesseract_rs::TesseractError;

use crate::decode::Picture;
use crate::engine;
use crate::limits::{Deadline, Limits};
use crate::neural::{self, NeuralError};
use crate::opened::{About, Content, Opened};
use crate::quality::{self, TickBox};
use crate::recognise::{Readers, RecogniseError, Recognised, Recogniser, Sources};
use crate::show::PagePicture;
use crate::timings::{ReadTimings, Stage, Stopwatch};
use crate::{barcode, capture, prepare};

/// Raised whenever the same bytes may give other words: stored readings of another revision are not used.
const REVISION: u32 = 14;
/// Deeply nested content is walked recursively.
const STACK_BYTES: usize = 16 << 20;

/// What a reader needs to know.
#[derive(Debug, Clone)]
pub struct ReaderSettings {
    /// The most that one document may use.
    pub limits: Limits,
    /// The folder of Tesseract's trained data for text and orientation.
    pub trained_data: PathBuf,
    /// The folder that holds `mrz.traineddata` and the networks of the neural reader; without it Tesseract reads
    /// alone, and machine readable zones are not read.
    pub models: Option<PathBuf>,
    /// Which readers have a part.
    pub readers: Readers,
    /// Languages of the text, best first, as Tesseract names them (`eng`). Each costs its own time.
    pub languages: Vec<String>,
}

impl Default for ReaderSettings {
    /// English, with the data of Debian's packages.
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            trained_data: engine::default_folder(),
            models: None,
            readers: Readers::default(),
            languages: vec!["eng".to_owned()],
        }
    }
}

/// Trouble of the machine: the document is not to blame, and may be read by another worker or later.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// Tesseract could not load its data.
    #[error(
        "tesseract cannot load '{languages}' from {folder}: install the Debian packages tesseract-ocr-eng and \
         tesseract-ocr-osd, or name the folder that holds {languages}.traineddata"
    )]
    TrainedData {
        /// The languages asked for, joined by `+`.
        languages: String,
        /// Where they were looked for.
        folder: PathBuf,
    },
    /// The networks could not be loaded, or failed on a picture that they should take.
    #[error(transparent)]
    Neural(NeuralError),
    /// A thread could not be started.
    #[error("the thread that reads a page could not be started")]
    Thread(#[source] io::Error),
    /// Tesseract refused a call that cannot fail on a sound machine.
    #[error("tesseract failed")]
    Engine(#[source] TesseractError),
}

/// What came of reading one page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadPage {
    /// The page. A picture file that cannot be decoded has none, and the fault is the document's.
    pub page: Result<Page, DocumentFault>,
    /// What shows on it that it was changed.
    pub changes: Vec<Change>,
    /// Who had a part in it.
    pub readers: Vec<Reader>,
    /// What it cost.
    pub timings: ReadTimings,
}

/// Reads documents, one page at a time.
pub struct DocumentReader {
    settings: ReaderSettings,
    sources: Sources,
    /// Warm, and taken out while it reads: an engine in whose hands a thread broke down is not used again.
    recogniser: Mutex<Option<Recogniser>>,
    identity: Vec<Reader>,
}

impl ReaderSettings {
    /// Loads the libraries that `readers` need. [`DocumentReader::new`] does so too; a process that locks itself in must
    /// have done it before, since a library looks around on the machine when it starts.
    pub fn load_libraries(&self) -> Result<(), ReaderError> {
        match &self.models {
            Some(folder) if self.readers != Readers::Tesseract => {
                neural::load_runtime(folder).map_err(ReaderError::Neural)
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl DocumentReader {
    /// A reader that is ready: trained data is loaded here, so that what is missing is known at once, and no file is
    /// opened later.
    pub fn new(settings: ReaderSettings) -> Result<Self, ReaderError> {
        let sources = Sources {
            folder: settings.trained_data.clone(),
            languages: settings.languages.join("+"),
            models: settings.models.clone(),
            readers: settings.readers,
        };
        let recogniser = Mutex::new(Some(Recogniser::new(&sources)?));
        let identity = identity(&sources);
        Ok(Self { settings, sources, recogniser, identity })
    }

    /// What stands in `bytes`. What is wrong with the document is in the reading; an error is the machine's trouble.
    /// Blocks until all pages are read. The same bytes always give the same reading, unless time runs out.
    pub fn read(&self, bytes: &[u8]) -> Result<(Reading, ReadTimings), ReaderError> {
        let start = Instant::now();
        let opened = self.open(Arc::new(bytes.to_vec()))?;
        let numbers = 0..opened.about().page_count;
        let pages = numbers.map(|index| self.read_page(&opened, index, start.elapsed()));
        let pages: Vec<ReadPage> = pages.collect::<Result<_, _>>()?;
        let (reading, timings) = joined(Digest::of(bytes), opened.about().clone(), pages, &self.identity);
        Ok((reading, ReadTimings { wall: start.elapsed(), ..timings }))
    }

    /// Opens a document; what is wrong with it as a whole is in [`Opened::about`].
    pub fn open(&self, bytes: Arc<Vec<u8>>) -> Result<Opened, ReaderError> {
        deep(|| Opened::open(bytes, &self.settings.limits))
    }

    /// Reads page `index`, counted from 0, of a document that has had `spent` of its time.
    pub fn read_page(&self, opened: &Opened, index: usize, spent: Duration) -> Result<ReadPage, ReaderError> {
        deep(|| {
            let deadline = Deadline::begun(spent, self.settings.limits.time_for(opened.about().page_count));
            let mut watch = Stopwatch::start();
            let mut content = opened.page(index, &self.settings.limits, deadline);
            watch.lap(Stage::Decode);
            let changes = match &mut content {
                Ok(Ok(content)) => content.take_changes(number_of(index)),
                Ok(Err(_)) | Err(_) => Vec::new(),
            };
            let page = content.map(|content| self.page(index, content, deadline, &mut watch));
            let page = page.map_or_else(|fault| Ok(Err(fault)), |page| page.map(Ok))?;
            let readers = page.as_ref().map_or_else(|_| Vec::new(), |page| self.readers_of(page));
            Ok(ReadPage { page, changes, readers, timings: watch.read() })
        })?
    }

    /// What page `index`, counted from 0, of a document looks like that has had `spent` of its time, with no side longer
    /// than `longest` pixels; `None` where it cannot be decoded.
    pub fn show_page(
        &self,
        opened: &Opened,
        index: usize,
        longest: u32,
        spent: Duration,
    ) -> Result<Option<PagePicture>, ReaderError> {
        deep(|| {
            let limits = &self.settings.limits;
            let deadline = Deadline::begun(spent, limits.time_for(opened.about().page_count));
            opened.picture(index, limits, deadline).map(|picture| PagePicture::of(picture, longest))
        })
    }

    /// Names and versions of everything that may have a part in a reading, trained data included.
    pub fn identity(&self) -> Vec<Reader> {
        self.identity.clone()
    }

    fn readers_of(&self, page: &Page) -> Vec<Reader> {
        let Ok(text) = &page.text else { return Vec::new() };
        let had_a_part = |reader: &&Reader| match reader.name.as_str() {
            TEXT_LAYER => text.source == TextSource::TextLayer,
            _ => text.source == TextSource::Ocr,
        };
        self.identity.iter().filter(had_a_part).cloned().collect()
    }

    /// Reads what a page holds.
    fn page(
        &self,
        index: usize,
        content: Result<Content, (f64, PageFault)>,
        deadline: Deadline,
        watch: &mut Stopwatch,
    ) -> Result<Page, ReaderError> {
        let number = number_of(index);
        Ok(match content {
            Ok(Content::Words { aspect, words, strokes, .. }) => {
                let (mrz, barcodes) = (Vec::new(), Vec::new());
                let text = PageText { source: TextSource::TextLayer, words, mrz, barcodes, strokes };
                Page { number, aspect, capture: Capture::Pdf, flaws: Vec::new(), text: Ok(text) }
            }
            Ok(Content::Picture { aspect, picture, .. }) => {
                let capture = capture::of(&picture);
                let lit = prepare::lit(&picture.grey).map(|grey| Picture { grey, ..picture.clone() });
                let shown = lit.as_ref().unwrap_or(&picture);
                watch.lap(Stage::Prepare);
                // What needs no words is found while the words are read.
                let (recognised, aside) = thread::scope(|scope| {
                    let aside = on_a_thread(scope, || Aside::of(&picture, shown))?;
                    let recognised = self.recognise(shown, deadline, watch);
                    Ok((recognised, finished(aside)))
                })?;
                watch.add(&aside.watch);
                let text = match recognised {
                    Ok(Recognised { words, mrz }) => {
                        let strokes = quality::beside_words(aside.strokes, &words);
                        let words = quality::among_words(&aside.boxes, words);
                        let barcodes = aside.barcodes;
                        Ok(PageText { source: TextSource::Ocr, words, mrz, barcodes, strokes })
                    }
                    Err(RecogniseError::Excess(excess)) => Err(excess.into()),
                    Err(RecogniseError::Reader(error)) => return Err(error),
                };
                Page { number, aspect, capture, flaws: aside.flaws, text }
            }
            Err((aspect, fault)) => {
                Page { number, aspect, capture: Capture::Scan, flaws: Vec::new(), text: Err(fault) }
            }
        })
    }

    fn recognise(
        &self,
        picture: &Picture,
        deadline: Deadline,
        watch: &mut Stopwatch,
    ) -> Result<Recognised, RecogniseError> {
        deadline.check()?;
        let mut held = self.recogniser.lock().unwrap_or_else(PoisonError::into_inner);
        let recogniser = match held.take() {
            Some(warm) => warm,
            None => Recogniser::new(&self.sources)?,
        };
        let text = recogniser.read(picture, deadline, watch);
        *held = Some(recogniser);
        text
    }
}

/// The reading of a document from its pages, in order and all of them, and what they cost together. `identity` is that
/// of the reader; the wall time is left to the caller.
pub fn joined(
    document: Digest,
    about: About,
    pages: Vec<ReadPage>,
    identity: &[Reader],
) -> (Reading, ReadTimings) {
    let had_a_part = |reader: &&Reader| pages.iter().any(|page| page.readers.contains(reader));
    let readers = identity.iter().filter(had_a_part).cloned().collect();
    let media_type = about.media_type;
    let mut origin = about.origin;
    let mut reading =
        Reading { document, media_type, pages: Vec::new(), fault: about.fault, origin: None, readers };
    let mut timings = ReadTimings::default();
    for ReadPage { page, changes, timings: cost, .. } in pages {
        timings.add(&cost);
        if !changes.is_empty() {
            origin.get_or_insert_default().changes.extend(changes);
        }
        match page {
            Ok(page) => reading.pages.push(page),
            Err(fault) => reading.fault = Some(fault),
        }
    }
    reading.origin = origin;
    (reading, timings)
}

/// The number of page `index`.
fn number_of(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1)
}

/// What a picture tells beside its words.
struct Aside {
    flaws: Vec<Flaw>,
    strokes: Vec<Quad>,
    boxes: Vec<TickBox>,
    barcodes: Vec<Barcode>,
    watch: Stopwatch,
}

impl Aside {
    /// The flaws of a picture as it was sent, what is drawn on it, and the barcodes on it as it is shown to the readers.
    fn of(sent: &Picture, shown: &Picture) -> Self {
        let mut watch = Stopwatch::start();
        let seen = quality::Seen::of(&sent.grey);
        let seen = seen.map(|seen| (seen.flaws(), seen.strokes(), seen.boxes()));
        let (flaws, strokes, boxes) = seen.unwrap_or_default();
        watch.lap(Stage::Quality);
        let barcodes = barcode::find(&shown.grey);
        watch.lap(Stage::Barcode);
        Self { flaws, strokes, boxes, barcodes, watch }
    }
}

/// Works on a thread of its own with a stack for deeply nested content. A panic goes on in the caller.
fn deep<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, ReaderError> {
    thread::scope(|scope| on_a_thread(scope, work).map(finished))
}

fn on_a_thread<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>, ReaderError> {
    let builder = thread::Builder::new().name("reader".to_owned()).stack_size(STACK_BYTES);
    builder.spawn_scoped(scope, work).map_err(ReaderError::Thread)
}

/// What the thread made, once it has. A panic goes on here.
fn finished<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

const TEXT_LAYER: &str = "text-layer";
const TESSERACT: &str = "tesseract";
const NEURAL: &str = "pp-ocr";

/// Everything that may have a part in a reading, down to the digests of what it was trained to.
fn identity(sources: &Sources) -> Vec<Reader> {
    let program = format!("ocr={}/{REVISION}", env!("CARGO_PKG_VERSION"));
    let data = |name: &str, path: PathBuf| {
        #[expect(clippy::disallowed_methods, reason = "trained data is the operator's own")]
        let digest = std::fs::read(path).map(|bytes| Digest::of(&bytes).hex()).unwrap_or_default();
        format!(" {name}={}", digest.get(..12).unwrap_or("none"))
    };
    let trained = |folder: &Path, name: &str| data(name, folder.join(format!("{name}.traineddata")));
    let networks = sources.networks();
    // Which way up a page is, the networks tell by reading.
    let orientation = networks.is_none().then_some("osd");
    let text = sources.languages.split('+').chain(orientation).map(|name| trained(&sources.folder, name));
    let text: String = text.chain(sources.models.iter().map(|folder| trained(folder, "mrz"))).collect();
    let networks = networks.map(|folder| {
        let networks: String = neural::FILES.iter().map(|name| data(name, folder.join(name))).collect();
        (NEURAL, format!("{networks} {program}").trim_start().to_owned())
    });
    let alone = if sources.readers == Readers::Neural { " zones-only" } else { "" };
    let tesseract = (TESSERACT, format!("{}{text}{alone} {program}", engine::version()));
    let readers = [tesseract].into_iter().chain(networks).chain([(TEXT_LAYER, format!("hayro {program}"))]);
    readers.map(|(name, version)| Reader { name: name.to_owned(), version }).collect()
}
