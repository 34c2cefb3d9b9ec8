//! Turns bytes of one kind into pages: pictures in grey, or words that a program wrote.
//! Recognising what stands on a picture is left to `recognise`.

pub(crate) mod exif;
pub(crate) mod grey;
pub(crate) mod raster;
pub(crate) mod tiff_pages;

use image::GrayImage;

use crate::limits::Excess;

/// A page as grey pixels, upright as its file says, with the signs of how it was captured.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    pub(crate) grey: GrayImage,
    /// The lightest of red, green and blue, where the page is coloured: tints vanish in it and black stays.
    pub(crate) lightest: Option<GrayImage>,
    /// Dots an inch, where the file states them.
    pub(crate) dpi: Option<f64>,
    /// Two colours alone, as a fax or a bilevel scan stores them.
    pub(crate) bilevel: bool,
    /// The metadata of a camera: exposure, aperture, focal length.
    pub(crate) camera: bool,
}

/// Why a page gives no picture.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodeError {
    #[error("{0}")]
    Corrupt(String),
    #[error(transparent)]
    Excess(#[from] Excess),
}

impl DecodeError {
    /// A broken file, in the decoder's own words.
    pub(crate) fn corrupt(said: impl std::fmt::Display) -> Self {
        Self::Corrupt(said.to_string())
    }
}

impl From<DecodeError> for document::DocumentFault {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Corrupt(detail) => Self::Corrupt { detail },
            DecodeError::Excess(excess) => excess.into(),
        }
    }
}

impl From<DecodeError> for document::PageFault {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Corrupt(detail) => Self::Corrupt { detail },
            DecodeError::Excess(excess) => excess.into(),
        }
    }
}
