//! The reader of documents: bytes in, a reading out, pages in parallel.
//! Deciding what to read, and keeping what was read, is left to `pipeline`.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use document::{
    Capture, Digest, DocumentFault, Page, PageFault, PageText, Reader, Reading, TextSource, Word,
};
use rayon::prelude::*;
use tesseract_rs::TesseractError;

use crate::decode::{self, DecodeError, Picture, tiff_pages};
use crate::engine;
use crate::kind::Kind;
use crate::limits::{Deadline, Limits};
use crate::pdf::{PdfFile, PdfPage};
use crate::recognise::{RecogniseError, Recogniser, Sources};
use crate::{barcode, capture};

/// Raised whenever the same bytes may give other words: stored readings of another revision are not used.
const REVISION: u32 = 4;
/// Deeply nested content is walked recursively.
const STACK_BYTES: usize = 16 << 20;

/// What a reader needs to know.
#[derive(Debug, Clone)]
pub struct ReaderSettings {
    /// The most that one document may use.
    pub limits: Limits,
    /// The folder of Tesseract's trained data for text and orientation.
    pub trained_data: PathBuf,
    /// The folder that holds `mrz.traineddata`; without it machine readable zones are not read.
    pub tessdata: Option<PathBuf>,
    /// Languages of the text, best first, as Tesseract names them (`eng`). Each costs its own time.
    pub languages: Vec<String>,
    /// How many pages are read at a time.
    pub threads: NonZeroUsize,
}

impl Default for ReaderSettings {
    /// English, with the data of Debian's packages, on every core.
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            trained_data: engine::default_folder(),
            tessdata: None,
            languages: vec!["eng".to_owned()],
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
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
    /// The threads could not be started.
    #[error("the threads that read pages could not be started")]
    Threads(#[source] rayon::ThreadPoolBuildError),
    /// Tesseract refused a call that cannot fail on a sound machine.
    #[error("tesseract failed")]
    Engine(#[source] TesseractError),
}

/// How long the steps took; they are summed over the pages, which are read side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadTimings {
    /// Making pages of bytes: decompression, drawing, text layers.
    pub decode: Duration,
    /// Preparing and recognising pictures.
    pub recognise: Duration,
    /// From the first byte to the reading, by the clock.
    pub wall: Duration,
}

/// Reads documents. Shared by reference or by `Arc`; each of its threads keeps its own warm engine.
pub struct DocumentReader {
    settings: ReaderSettings,
    sources: Sources,
    pool: rayon::ThreadPool,
    /// One for each thread of the pool.
    recognisers: Vec<Mutex<Option<Recogniser>>>,
    identity: Vec<Reader>,
}

/// A page and what it cost.
type Timed = (Page, ReadTimings);

impl DocumentReader {
    /// A reader that is ready: trained data is loaded once here, so that what is missing is known at once.
    pub fn new(settings: ReaderSettings) -> Result<Self, ReaderError> {
        let sources = Sources {
            folder: settings.trained_data.clone(),
            languages: settings.languages.join("+"),
            mrz: settings.tessdata.clone(),
        };
        let first = Recogniser::new(&sources)?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(settings.threads.get())
            .stack_size(STACK_BYTES)
            .thread_name(|index| format!("reader-{index}"))
            .build()
            .map_err(ReaderError::Threads)?;
        let mut recognisers: Vec<_> = (0..settings.threads.get()).map(|_| Mutex::new(None)).collect();
        if let Some(slot) = recognisers.first_mut() {
            *slot = Mutex::new(Some(first));
        }
        let identity = identity(&sources);
        Ok(Self { settings, sources, pool, recognisers, identity })
    }

    /// What stands in `bytes`. What is wrong with the document is in the reading; an error is the machine's trouble.
    /// Blocks until all pages are read. The same bytes always give the same reading, unless time runs out.
    pub fn read(&self, bytes: &[u8]) -> Result<(Reading, ReadTimings), ReaderError> {
        self.pool.install(|| {
            let start = Instant::now();
            let deadline = Deadline::after(self.settings.limits.time);
            let mut reading = Reading {
                document: Digest::of(bytes),
                media_type: None,
                pages: Vec::new(),
                fault: None,
                readers: Vec::new(),
            };
            let mut timings = ReadTimings::default();
            match self.pages(bytes, deadline, &mut reading.media_type) {
                Ok(pages) => {
                    for page in pages {
                        let (page, cost) = page?;
                        reading.pages.push(page);
                        timings.decode += cost.decode;
                        timings.recognise += cost.recognise;
                    }
                }
                Err(fault) => reading.fault = Some(fault),
            }
            reading.readers = self.readers_of(&reading);
            timings.wall = start.elapsed();
            Ok((reading, timings))
        })
    }

    /// Names and versions of everything that may have a part in a reading, trained data included.
    pub fn identity(&self) -> Vec<Reader> {
        self.identity.clone()
    }

    fn readers_of(&self, reading: &Reading) -> Vec<Reader> {
        let texts = || reading.pages.iter().filter_map(|page| page.text.as_ref().ok());
        let used = |source: TextSource| texts().any(|text| text.source == source);
        let had_a_part = |reader: &&Reader| match reader.name.as_str() {
            TEXT_LAYER => used(TextSource::TextLayer),
            _ => used(TextSource::Ocr),
        };
        self.identity.iter().filter(had_a_part).cloned().collect()
    }

    fn pages(
        &self,
        bytes: &[u8],
        deadline: Deadline,
        media_type: &mut Option<String>,
    ) -> Result<Vec<Result<Timed, ReaderError>>, DocumentFault> {
        let limits = &self.settings.limits;
        limits.check_bytes(bytes.len())?;
        let kind = Kind::of(bytes);
        *media_type = match &kind {
            Ok(kind) => Some(kind.media_type().to_owned()),
            Err(DocumentFault::Unsupported { found }) => found.clone(),
            Err(_) => None,
        };
        match kind? {
            Kind::Picture(kind) => self.single(deadline, || decode::picture(kind, bytes, limits)),
            Kind::Tiff => {
                let count = guarded(|| tiff_pages::count(bytes, limits).map_err(DocumentFault::from))?;
                limits.check_pages(count)?;
                Ok(self.each(count, deadline, |index| {
                    let picture = tiff_pages::page(bytes, index, limits);
                    picture
                        .map(|picture| Content::picture(picture, None))
                        .map_err(|error| (1.0, error.into()))
                }))
            }
            Kind::Pdf => {
                let file = guarded(|| PdfFile::open(bytes, limits))?;
                Ok(self.each(file.page_count(), deadline, |index| {
                    let (aspect, page) = file.page(index, limits)?;
                    Ok(match page {
                        PdfPage::Words(words) => Content::Words { aspect, words },
                        PdfPage::Picture(picture) => Content::picture(picture, Some(aspect)),
                    })
                }))
            }
        }
    }

    /// The one page of a picture file, whose faults are those of the document.
    fn single(
        &self,
        deadline: Deadline,
        decode: impl Fn() -> Result<Picture, DecodeError>,
    ) -> Result<Vec<Result<Timed, ReaderError>>, DocumentFault> {
        let start = Instant::now();
        let picture = guarded(|| decode().map_err(DocumentFault::from))?;
        let spent = start.elapsed();
        Ok(vec![self.page(1, spent, deadline, Ok(Content::picture(picture, None)))])
    }

    fn each(
        &self,
        count: usize,
        deadline: Deadline,
        decode: impl Fn(usize) -> Result<Content, (f64, PageFault)> + Sync,
    ) -> Vec<Result<Timed, ReaderError>> {
        let read = |index: usize| {
            let start = Instant::now();
            let content = match deadline.check() {
                Ok(()) => catch_unwind(AssertUnwindSafe(|| decode(index))).unwrap_or_else(|_| {
                    Err((1.0, PageFault::Corrupt { detail: "the decoder gave up on the page".to_owned() }))
                }),
                Err(excess) => Err((1.0, excess.into())),
            };
            let number = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
            self.page(number, start.elapsed(), deadline, content)
        };
        (0..count).into_par_iter().with_max_len(1).map(read).collect()
    }

    /// Reads what a page holds. `decode` is the time it took to get there.
    fn page(
        &self,
        number: u32,
        decode: Duration,
        deadline: Deadline,
        content: Result<Content, (f64, PageFault)>,
    ) -> Result<Timed, ReaderError> {
        let start = Instant::now();
        let page = match content {
            Ok(Content::Words { aspect, words }) => {
                let text =
                    PageText { source: TextSource::TextLayer, words, mrz: Vec::new(), barcodes: Vec::new() };
                Page { number, aspect, capture: Capture::Pdf, text: Ok(text) }
            }
            Ok(Content::Picture { aspect, picture }) => {
                let capture = capture::of(&picture);
                let text = match self.recognise(&picture, deadline) {
                    Ok(text) => Ok(PageText { barcodes: barcode::find(&picture.grey), ..text }),
                    Err(RecogniseError::Excess(excess)) => Err(excess.into()),
                    Err(RecogniseError::Reader(error)) => return Err(error),
                };
                Page { number, aspect, capture, text }
            }
            Err((aspect, fault)) => Page { number, aspect, capture: Capture::Scan, text: Err(fault) },
        };
        Ok((page, ReadTimings { decode, recognise: start.elapsed(), wall: Duration::ZERO }))
    }

    fn recognise(&self, picture: &Picture, deadline: Deadline) -> Result<PageText, RecogniseError> {
        deadline.check()?;
        let slot = rayon::current_thread_index().and_then(|index| self.recognisers.get(index));
        let Some(slot) = slot else {
            // Only threads of the pool come here; one that is not still reads, if slowly.
            return Recogniser::new(&self.sources)?.read(picture, deadline);
        };
        // An engine in whose hands a thread broke down is not used again.
        let mut held = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let mut recogniser = match held.take() {
            Some(warm) => warm,
            None => Recogniser::new(&self.sources)?,
        };
        let text = recogniser.read(picture, deadline);
        *held = Some(recogniser);
        text
    }
}

/// What a page holds before it is recognised.
enum Content {
    Words { aspect: f64, words: Vec<Word> },
    Picture { aspect: f64, picture: Picture },
}

impl Content {
    fn picture(picture: Picture, aspect: Option<f64>) -> Self {
        let own = f64::from(picture.grey.width()) / f64::from(picture.grey.height().max(1));
        Self::Picture { aspect: aspect.unwrap_or(own), picture }
    }
}

/// The last line against decoders that give up by panicking.
fn guarded<T>(decode: impl FnOnce() -> Result<T, DocumentFault>) -> Result<T, DocumentFault> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(DocumentFault::Corrupt { detail: "the decoder gave up on it".to_owned() }))
}

const TEXT_LAYER: &str = "text-layer";
const TESSERACT: &str = "tesseract";

fn identity(sources: &Sources) -> Vec<Reader> {
    let program = format!("{}/{REVISION}", env!("CARGO_PKG_VERSION"));
    let text = sources.languages.split('+').chain(["osd"]).map(|name| (name, &sources.folder));
    let data = text.chain(sources.mrz.iter().map(|folder| ("mrz", folder))).map(|(language, folder)| {
        let path = folder.join(format!("{language}.traineddata"));
        #[expect(clippy::disallowed_methods, reason = "trained data is the operator's own")]
        let digest = std::fs::read(path).map(|bytes| Digest::of(&bytes).hex()).unwrap_or_default();
        format!(" {language}={}", digest.get(..12).unwrap_or("none"))
    });
    let data: String = data.collect();
    vec![
        Reader { name: TESSERACT.to_owned(), version: format!("{}{data} ocr={program}", engine::version()) },
        Reader { name: TEXT_LAYER.to_owned(), version: format!("hayro ocr={program}") },
    ]
}
