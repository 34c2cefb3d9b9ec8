//! A document that has been opened: what it is, how many pages it has, and what each of them holds.
//! Recognising pictures is left to `reader`; the formats themselves to `decode` and `pdf`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use document::{Change, DocumentFault, Origin, PageFault, Quad, Word};
use image::GrayImage;
use serde::{Deserialize, Serialize};

use crate::decode::{self, Picture, tiff_pages};
use crate::kind::{Kind, PictureKind};
use crate::limits::{Deadline, Limits};
use crate::pdf::{PdfFile, PdfPage};

/// What opening a document tells before any page is read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct About {
    /// What the bytes are, as a MIME type; `None` where they are of no known kind.
    pub media_type: Option<String>,
    /// How many pages can be read; none where there is a fault.
    pub page_count: usize,
    /// What the file tells of how it was made, its pages apart.
    pub origin: Option<Origin>,
    /// Why the document cannot be read.
    pub fault: Option<DocumentFault>,
}

/// A document whose pages can be read in any order.
pub struct Opened {
    about: About,
    /// `None` where there is a fault.
    file: Option<File>,
}

enum File {
    Picture(PictureKind, Arc<Vec<u8>>),
    Tiff { bytes: Arc<Vec<u8>>, pages: usize },
    Pdf(Box<PdfFile>),
}

/// What a page holds before it is recognised.
pub(crate) enum Content {
    Words { aspect: f64, words: Vec<Word>, strokes: Vec<Quad>, changes: Vec<Change> },
    Picture { aspect: f64, picture: Picture, changes: Vec<Change> },
}

impl Opened {
    /// Opens `bytes`, which are kept and not copied.
    pub(crate) fn open(bytes: Arc<Vec<u8>>, limits: &Limits) -> Self {
        let mut about = About::default();
        match File::open(bytes, limits, &mut about.media_type) {
            Ok(file) => {
                about.page_count = file.page_count();
                about.origin = file.origin();
                Self { about, file: Some(file) }
            }
            Err(fault) => Self { about: About { fault: Some(fault), ..about }, file: None },
        }
    }

    /// What opening the document told.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// What page `index`, counted from 0, holds; or its shape and its fault; or, in a picture file, the fault of the
    /// document.
    pub(crate) fn page(
        &self,
        index: usize,
        limits: &Limits,
        deadline: Deadline,
    ) -> Result<Result<Content, (f64, PageFault)>, DocumentFault> {
        let single =
            |picture: Result<Picture, DocumentFault>| picture.map(|picture| Ok(Content::picture(picture)));
        match &self.file {
            Some(File::Picture(kind, bytes)) => {
                single(guarded(|| Ok(decode::picture(*kind, bytes, limits)?)))
            }
            Some(File::Tiff { bytes, .. }) => Ok(one_of_many(deadline, || {
                let picture = tiff_pages::page(bytes, index, limits);
                picture.map(Content::picture).map_err(|error| (1.0, error.into()))
            })),
            Some(File::Pdf(file)) => Ok(one_of_many(deadline, || {
                let (aspect, page, changes) = file.page(index, limits)?;
                Ok(match page {
                    PdfPage::Words { words, strokes } => Content::Words { aspect, words, strokes, changes },
                    PdfPage::Picture(picture) => Content::Picture { aspect, picture, changes },
                })
            })),
            None => Err(self.about.fault.clone().unwrap_or(DocumentFault::Empty)),
        }
    }
}

impl Opened {
    /// What page `index`, counted from 0, looks like; `None` where it cannot be decoded. A page of a PDF is drawn, be its
    /// words in the file or not.
    pub(crate) fn picture(&self, index: usize, limits: &Limits, deadline: Deadline) -> Option<GrayImage> {
        if let Some(File::Pdf(file)) = &self.file {
            deadline.check().ok()?;
            let drawn = catch_unwind(AssertUnwindSafe(|| file.picture(index, limits)));
            return drawn.ok().flatten().map(|picture| picture.grey);
        }
        match self.page(index, limits, deadline) {
            Ok(Ok(Content::Picture { picture, .. })) => Some(picture.grey),
            Ok(Ok(Content::Words { .. }) | Err(_)) | Err(_) => None,
        }
    }
}

impl File {
    fn open(
        bytes: Arc<Vec<u8>>,
        limits: &Limits,
        media_type: &mut Option<String>,
    ) -> Result<Self, DocumentFault> {
        limits.check_bytes(bytes.len())?;
        let kind = Kind::of(&bytes);
        *media_type = match &kind {
            Ok(kind) => Some(kind.media_type().to_owned()),
            Err(DocumentFault::Unsupported { found }) => found.clone(),
            Err(_) => None,
        };
        Ok(match kind? {
            Kind::Picture(kind) => Self::Picture(kind, bytes),
            Kind::Tiff => {
                let pages = guarded(|| tiff_pages::count(&bytes, limits).map_err(DocumentFault::from))?;
                limits.check_pages(pages)?;
                Self::Tiff { bytes, pages }
            }
            Kind::Pdf => Self::Pdf(Box::new(guarded(|| PdfFile::open(&bytes, limits))?)),
        })
    }

    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Picture(..) | Self::Tiff { .. } => None,
            Self::Pdf(file) => Some(file.origin().clone()).filter(|origin| !origin.is_silent()),
        }
    }

    fn page_count(&self) -> usize {
        match self {
            Self::Picture(..) => 1,
            Self::Tiff { pages, .. } => *pages,
            Self::Pdf(file) => file.page_count(),
        }
    }
}

impl Content {
    fn picture(picture: Picture) -> Self {
        let aspect = f64::from(picture.grey.width()) / f64::from(picture.grey.height().max(1));
        Self::Picture { aspect, picture, changes: Vec::new() }
    }

    /// Takes out what shows on page `number` that it was changed.
    pub(crate) fn take_changes(&mut self, number: u32) -> Vec<Change> {
        let (Self::Words { changes, .. } | Self::Picture { changes, .. }) = self;
        let numbered = |change| Change { page: number, ..change };
        std::mem::take(changes).into_iter().map(numbered).collect()
    }
}

/// One page of several, whose faults are its own.
fn one_of_many(
    deadline: Deadline,
    decode: impl FnOnce() -> Result<Content, (f64, PageFault)>,
) -> Result<Content, (f64, PageFault)> {
    deadline.check().map_err(|excess| (1.0, excess.into()))?;
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| {
        Err((1.0, PageFault::Corrupt { detail: "the decoder gave up on the page".to_owned() }))
    })
}

/// The last line against decoders that give up by panicking.
fn guarded<T>(decode: impl FnOnce() -> Result<T, DocumentFault>) -> Result<T, DocumentFault> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(DocumentFault::Corrupt { detail: "the decoder gave up on it".to_owned() }))
}
