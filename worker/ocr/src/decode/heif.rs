//! Decodes HEIC and HEIF, as phones write them, to grey, upright as the container says.
//! The EXIF orientation is not asked: the format leaves the turning to its own properties (ISO 23008-12).

use heic_decoder::HeifError;
use image::metadata::Orientation;
use image::{DynamicImage, RgbaImage};

use super::grey::Greys;
use super::{DecodeError, Picture, exif};
use crate::kind::PictureKind;
use crate::limits::Limits;

/// The primary picture of a HEIF file.
pub(crate) fn picture(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    let shape = heic_decoder::probe(bytes).map_err(fault)?;
    check_pixels(limits, shape.coded_width, shape.coded_height)?;
    check_pixels(limits, shape.width, shape.height)?;
    let mut decoded = heic_decoder::decode(bytes).map_err(fault)?;
    let camera = decoded.metadata.exif.take().is_some_and(|block| exif::is_of_camera(&block));
    let Greys { grey, lightest } = if decoded.alpha.is_some() {
        let pixels = decoded.to_rgba8().map_err(fault)?;
        let image = u32::try_from(pixels.width)
            .ok()
            .zip(u32::try_from(pixels.height).ok())
            .and_then(|(width, height)| RgbaImage::from_raw(width, height, pixels.data))
            .ok_or_else(short)?;
        Greys::of(DynamicImage::ImageRgba8(image), Orientation::NoTransforms)
    } else {
        let pixels = decoded.to_rgb8().map_err(fault)?;
        // The planes take four bytes a sample.
        drop(decoded);
        let (triples, _) = pixels.data.as_chunks::<3>();
        let size = u32::try_from(pixels.width).ok().zip(u32::try_from(pixels.height).ok());
        size.and_then(|(width, height)| Greys::of_pixels(width, height, triples.iter().copied()))
            .ok_or_else(short)?
    };
    Ok(Picture { grey, lightest, bilevel: false, camera })
}

fn check_pixels(limits: &Limits, width: usize, height: usize) -> Result<(), DecodeError> {
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    Ok(limits.check_pixels(side(width), side(height))?)
}

fn short() -> DecodeError {
    DecodeError::corrupt("the picture holds fewer pixels than its header says")
}

/// What is sound but of another codec is not read; everything else is broken.
fn fault(error: HeifError) -> DecodeError {
    match error {
        HeifError::Unsupported(_) => DecodeError::Unsupported(PictureKind::Heif.media_type()),
        HeifError::Truncated { .. }
        | HeifError::NotHeif(_)
        | HeifError::MalformedBox(_)
        | HeifError::MalformedHevc(_)
        | HeifError::CabacDesync(_)
        | HeifError::LimitExceeded(_) => DecodeError::corrupt(error),
    }
}
