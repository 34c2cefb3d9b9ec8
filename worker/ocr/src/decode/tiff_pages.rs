//! Decodes TIFF, page by page, to upright grey.
//! Which pages are wanted, and in which order, is left to the caller.

use std::io::Cursor;

use image::{DynamicImage, ImageBuffer, metadata::Orientation};
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits as TiffLimits};
use tiff::tags::Tag;

use super::grey::{Greys, from_cmyk};
use super::tiff_fax::{self, Coding};
use super::{DecodeError, Picture, tiff_palette};
use crate::limits::Limits;

/// How many pages there are; counting stops one beyond the limit.
pub(crate) fn count(bytes: &[u8], limits: &Limits) -> Result<usize, DecodeError> {
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(DecodeError::corrupt)?;
    let mut pages = 1;
    while decoder.more_images() && pages <= limits.pages as usize {
        if decoder.next_image().is_err() {
            // The page is there, but broken: it is counted here and named when it is decoded.
            return Ok(pages + 1);
        }
        pages += 1;
    }
    Ok(pages)
}

/// Page `index`, counted from 0.
pub(crate) fn page(bytes: &[u8], index: usize, limits: &Limits) -> Result<Picture, DecodeError> {
    let mut decoder =
        Decoder::new(Cursor::new(bytes)).map_err(DecodeError::corrupt)?.with_limits(tiff_limits(limits));
    decoder.seek_to_image(index).map_err(DecodeError::corrupt)?;
    let (width, height) = decoder.dimensions().map_err(DecodeError::corrupt)?;
    limits.check_pixels(width, height)?;
    let orientation = decoder.find_tag_unsigned::<u8>(Tag::Orientation).ok().flatten().unwrap_or(1);
    let camera = decoder.find_tag(Tag::ExifDirectory).ok().flatten().is_some()
        && decoder.find_tag(Tag::Model).ok().flatten().is_some();
    let coding = decoder.find_tag_unsigned(Tag::Compression).ok().flatten().and_then(Coding::of);
    let photometric = decoder.find_tag_unsigned(Tag::PhotometricInterpretation).ok().flatten();
    let (image, bilevel) = if let Some(coding) = coding {
        let picture = tiff_fax::picture(bytes, &mut decoder, coding, (width, height))?;
        (DynamicImage::ImageLuma8(picture), true)
    } else if photometric == Some(tiff_palette::PALETTE) {
        let picture = tiff_palette::picture(bytes, &mut decoder, index, limits)?;
        (DynamicImage::ImageRgb8(picture), false)
    } else {
        let colour = decoder.colortype().map_err(DecodeError::corrupt)?;
        let samples = decoder.read_image().map_err(DecodeError::corrupt)?;
        (image_of(samples, colour, width, height)?, matches!(colour, ColorType::Gray(1)))
    };
    let orientation = Orientation::from_exif(orientation).unwrap_or(Orientation::NoTransforms);
    let Greys { grey, lightest } = Greys::of(image, orientation);
    Ok(Picture { grey, lightest, bilevel, camera })
}

pub(crate) fn tiff_limits(limits: &Limits) -> TiffLimits {
    let mut own = TiffLimits::default();
    let bytes = usize::try_from(limits.pixels.saturating_mul(4)).unwrap_or(usize::MAX);
    own.decoding_buffer_size = bytes;
    own.intermediate_buffer_size = bytes;
    own
}

/// A picture from the samples of any colour model that scanners write.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "both enums grow with the crate; what is not named is not read"
)]
fn image_of(
    samples: DecodingResult,
    colour: ColorType,
    width: u32,
    height: u32,
) -> Result<DynamicImage, DecodeError> {
    let wrong = || DecodeError::corrupt("the TIFF holds fewer samples than its header says");
    let samples = match samples {
        DecodingResult::U8(samples) => samples,
        DecodingResult::U16(samples) => samples.into_iter().map(|sample| (sample >> 8) as u8).collect(),
        _ => return Err(DecodeError::corrupt(format!("samples of {colour:?} are not read"))),
    };
    let image = match colour {
        ColorType::Gray(bits @ (1 | 2 | 4)) => {
            let most = (1_u16 << bits) - 1;
            let mut unpacked = unpack(&samples, bits, width, height);
            unpacked.iter_mut().for_each(|sample| *sample = (u16::from(*sample) * 255 / most) as u8);
            ImageBuffer::from_raw(width, height, unpacked).map(DynamicImage::ImageLuma8)
        }
        ColorType::Gray(8 | 16) => {
            ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma8)
        }
        ColorType::GrayA(8 | 16) => {
            ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA8)
        }
        ColorType::RGB(8 | 16) | ColorType::YCbCr(8) => {
            ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb8)
        }
        ColorType::RGBA(8 | 16) => {
            ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba8)
        }
        ColorType::CMYK(8 | 16) => {
            ImageBuffer::from_raw(width, height, from_cmyk(&samples)).map(DynamicImage::ImageRgb8)
        }
        other => return Err(DecodeError::corrupt(format!("the colour model {other:?} is not read"))),
    };
    image.ok_or_else(wrong)
}

/// Samples of less than a byte, a byte each; every row begins on a new byte.
pub(crate) fn unpack(packed: &[u8], bits: u8, width: u32, height: u32) -> Vec<u8> {
    let per_byte = usize::from(8 / bits);
    let row_bytes = (width as usize).div_ceil(per_byte);
    let most = (1_u16 << bits) - 1;
    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    for row in packed.chunks_exact(row_bytes).take(height as usize) {
        let samples = row.iter().flat_map(|byte| {
            (0..per_byte).map(move |at| (u16::from(*byte) >> (8 - usize::from(bits) * (at + 1))) & most)
        });
        pixels.extend(samples.take(width as usize).map(|sample| sample as u8));
    }
    pixels
}
