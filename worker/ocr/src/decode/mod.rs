//! Turns bytes of one kind into pages: pictures in grey, or words that a program wrote.
//! Recognising what stands on a picture is left to `recognise`.

mod codestream;
pub(crate) mod exif;
pub(crate) mod grey;
mod heif;
pub(crate) mod jpeg2000;
mod raster;
mod tiff_fax;
pub(crate) mod tiff_pages;
mod tiff_palette;

use image::GrayImage;

use crate::kind::PictureKind;
use crate::limits::{Excess, Limits};

/// A page as grey pixels, upright as its file says, with the signs of how it was captured.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    pub(crate) grey: GrayImage,
    /// The lightest of red, green and blue, where the page is coloured: tints vanish in it and black stays.
    pub(crate) lightest: Option<GrayImage>,
    /// Two colours alone, as a fax or a bilevel scan stores them.
    pub(crate) bilevel: bool,
    /// The metadata of a camera: exposure, aperture, focal length.
    pub(crate) camera: bool,
}

/// The picture of a file that holds one, or the first of several.
pub(crate) fn picture(kind: PictureKind, bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    match kind {
        PictureKind::Jpeg => raster::jpeg(bytes, limits),
        PictureKind::Png => raster::png(bytes, limits),
        PictureKind::Webp => raster::webp(bytes, limits),
        PictureKind::Gif => raster::gif(bytes, limits),
        PictureKind::Bmp => raster::bmp(bytes, limits),
        PictureKind::Pnm => raster::pnm(bytes, limits),
        PictureKind::Heif => heif::picture(bytes, limits),
        PictureKind::Jpeg2000 => jpeg2000::picture(bytes, limits),
    }
}

/// Why a page gives no picture.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodeError {
    #[error("{0}")]
    Corrupt(String),
    /// Sound, but written in a way that is not read; names the MIME type.
    #[error("a part of {0} is not read")]
    Unsupported(&'static str),
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
            DecodeError::Unsupported(found) => Self::Unsupported { found: Some(found.to_owned()) },
            DecodeError::Excess(excess) => excess.into(),
        }
    }
}

impl From<DecodeError> for document::PageFault {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Corrupt(detail) => Self::Corrupt { detail },
            DecodeError::Unsupported(_) => Self::Corrupt { detail: error.to_string() },
            DecodeError::Excess(excess) => excess.into(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
