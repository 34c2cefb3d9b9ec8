//! Decodes JPEG 2000, in its container or bare, to grey.
//! JPEG 2000 inside a PDF is left to the PDF's own decoder, once its size is known to be within limits.

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};
use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer};

use super::codestream::Codestream;
use super::grey::{Greys, from_cmyk};
use super::{DecodeError, Picture};
use crate::kind::PictureKind;
use crate::limits::{Excess, Limits};

/// Pixels beyond which a picture is decoded at half its size or less, where the file holds such a size: each takes
/// four bytes a channel, and a letter page at 600 dpi is no better to read than at 300.
const ENOUGH_PIXELS: f64 = 24_000_000.0;

/// Cyan, magenta, yellow and black, or red, green, blue and opacity.
const MOST_CHANNELS: usize = 4;
/// A picture of the most pixels may have so many samples for each, at four bytes and more, and leave room for the rest.
const SAMPLES_A_PIXEL: u64 = 3;
/// Parts of a coded picture that the decoder may keep records of: with blocks of 64 by 64 samples, a picture of the most
/// pixels in colour and in twenty layers has a million. They cost some 200 ns each, and up to 100 bytes.
const MOST_PARTS: u64 = 4_000_000;

/// The picture of a JPEG 2000 file.
pub(crate) fn picture(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    let codestream = codestream(bytes).unwrap_or_default();
    if !has_its_end(codestream) {
        // The decoder would make a blurred picture of what is there and say nothing.
        return Err(DecodeError::corrupt("the JPEG 2000 file ends before its picture does"));
    }
    let headers = Codestream::of(codestream)
        .ok_or_else(|| DecodeError::corrupt("the headers of the JPEG 2000 file contradict themselves"))?;
    if headers.channels() > MOST_CHANNELS {
        return Err(DecodeError::Unsupported(PictureKind::Jpeg2000.media_type()));
    }
    let whole = Image::new(bytes, &DecodeSettings::default()).map_err(DecodeError::corrupt)?;
    check_work(&whole, &headers, limits)?;
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

/// Refuses a picture that is beyond a limit; what cannot be opened takes no memory.
pub(crate) fn check_size(bytes: &[u8], limits: &Limits) -> Result<(), Excess> {
    let Ok(image) = Image::new(bytes, &DecodeSettings::default()) else { return Ok(()) };
    match Codestream::of(codestream(bytes).unwrap_or_default()) {
        Some(headers) => check_work(&image, &headers, limits),
        // What it would ask for cannot be known.
        None => Err(Excess::Parts { most: MOST_PARTS }),
    }
}

/// The decoder holds every sample of every channel at once, of which there may be 16384, and a record of every part.
fn check_work(image: &Image<'_>, headers: &Codestream, limits: &Limits) -> Result<(), Excess> {
    limits.check_pixels(image.width(), image.height())?;
    let pixels = u64::from(image.width()) * u64::from(image.height());
    let found = pixels.saturating_mul(headers.channels() as u64);
    let most = limits.pixels.saturating_mul(SAMPLES_A_PIXEL);
    if found > most {
        return Err(Excess::Samples { found, most });
    }
    if headers.parts() > MOST_PARTS { Err(Excess::Parts { most: MOST_PARTS }) } else { Ok(()) }
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

/// The picture's own bytes: in a container the last ones, as its decoder has it, or all of those that are in none.
fn codestream(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.starts_with(b"\xff\x4f") {
        return Some(bytes);
    }
    boxes(bytes).filter(|(kind, _)| kind == b"jp2c").map(|(_, data)| data).last()
}

/// Box after box of a container, kinds and contents; one that is longer than what is left is all of it, as its decoder
/// has it.
fn boxes(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (head, after) = rest.split_first_chunk::<8>()?;
        let [a, b, c, d, kind @ ..] = *head;
        let (data, size) = match (u32::from_be_bytes([a, b, c, d]), after.split_first_chunk::<8>()) {
            (0, _) => (after, Some(after.len())),
            (1, Some((long, data))) => {
                (data, usize::try_from(u64::from_be_bytes(*long)).ok().and_then(|size| size.checked_sub(16)))
            }
            (size, _) => (after, usize::try_from(size).ok().and_then(|size| size.checked_sub(8))),
        };
        let (data, next) = data.split_at_checked(size?).unwrap_or((data, &[]));
        rest = next;
        Some((kind, data))
    })
}

/// Whether the codestream ends with its end mark (ISO 15444-1, A.4.4). Some programs fill up to a round number of bytes.
fn has_its_end(codestream: &[u8]) -> bool {
    const FILL: usize = 16;
    let tail = codestream.get(codestream.len().saturating_sub(FILL)..).unwrap_or(codestream);
    tail.windows(2).any(|mark| mark == b"\xff\xd9")
}
