//! Decodes JPEG 2000, in its container or bare, to grey.
//! JPEG 2000 inside a PDF is left to the PDF's own decoder.

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};
use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer};

use super::grey::{Greys, from_cmyk};
use super::{DecodeError, Picture};
use crate::kind::PictureKind;
use crate::limits::Limits;

/// Pixels beyond which a picture is decoded at half its size or less, where the file holds such a size: each takes
/// four bytes a channel, and a letter page at 600 dpi is no better to read than at 300.
const ENOUGH_PIXELS: f64 = 24_000_000.0;

/// The picture of a JPEG 2000 file.
pub(crate) fn picture(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    if !has_its_end(bytes) {
        // The decoder would make a blurred picture of what is there and say nothing.
        return Err(DecodeError::corrupt("the JPEG 2000 file ends before its picture does"));
    }
    let whole = Image::new(bytes, &DecodeSettings::default()).map_err(DecodeError::corrupt)?;
    limits.check_pixels(whole.width(), whole.height())?;
    let area = f64::from(whole.width()) * f64::from(whole.height());
    if area <= ENOUGH_PIXELS {
        return grey(&whole);
    }
    let scale = (ENOUGH_PIXELS / area).sqrt();
    let part = |side: u32| ((f64::from(side) * scale) as u32).max(1);
    let target_resolution = Some((part(whole.width()), part(whole.height())));
    let settings = DecodeSettings { target_resolution, ..DecodeSettings::default() };
    grey(&Image::new(bytes, &settings).map_err(DecodeError::corrupt)?)
}

fn grey(image: &Image<'_>) -> Result<Picture, DecodeError> {
    let (width, height) = (image.width(), image.height());
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(DecodeError::corrupt)?;
    let channels = decoded.components().len();
    let samples = decoded.data_u8();
    let image = match (channels, image.has_alpha()) {
        (1, _) => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma8),
        (2, true) => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA8),
        (3, false) => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb8),
        (4, true) => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba8),
        (4, false) => ImageBuffer::from_raw(width, height, from_cmyk(&samples)).map(DynamicImage::ImageRgb8),
        _ => return Err(DecodeError::Unsupported(PictureKind::Jpeg2000.media_type())),
    };
    let image =
        image.ok_or_else(|| DecodeError::corrupt("the picture holds fewer pixels than its header says"))?;
    let Greys { grey, lightest } = Greys::of(image, Orientation::NoTransforms);
    Ok(Picture { grey, lightest, bilevel: false, camera: false })
}

/// Whether the codestream ends with its end mark (ISO 15444-1, A.4.4) within the file.
fn has_its_end(bytes: &[u8]) -> bool {
    const END: [u8; 2] = *b"\xff\xd9";
    if bytes.starts_with(b"\xff\x4f") {
        return ends_with(bytes, END);
    }
    let mut rest = bytes;
    while let Some((head, after)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, kind @ ..] = *head;
        let (data, size) = match (u32::from_be_bytes([a, b, c, d]), after.split_first_chunk::<8>()) {
            (0, _) => (after, Some(after.len())),
            (1, Some((long, data))) => {
                (data, usize::try_from(u64::from_be_bytes(*long)).ok().and_then(|size| size.checked_sub(16)))
            }
            (size, _) => (after, usize::try_from(size).ok().and_then(|size| size.checked_sub(8))),
        };
        let Some((data, next)) = size.and_then(|size| data.split_at_checked(size)) else { return false };
        if kind == *b"jp2c" {
            return ends_with(data, END);
        }
        rest = next;
    }
    false
}

/// Some programs fill up to a round number of bytes.
fn ends_with(data: &[u8], end: [u8; 2]) -> bool {
    const FILL: usize = 16;
    let tail = data.get(data.len().saturating_sub(FILL)..).unwrap_or(data);
    tail.windows(2).any(|mark| mark == end)
}
