//! Decodes a TIFF whose samples are numbers of colours: the samples are read as if they were grey, and then looked
//! up. Everything else about the TIFF is left to `tiff_pages`.

use std::io::Cursor;

use image::RgbImage;
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult};
use tiff::tags::Tag;

use super::DecodeError;
use super::tiff_pages::{tiff_limits, unpack};
use crate::limits::Limits;

/// The `PhotometricInterpretation` of a palette, TIFF 6.0, section 5.
pub(crate) const PALETTE: u16 = 3;
const PHOTOMETRIC: u16 = 262;
const BLACK_IS_ZERO: u16 = 1;

/// The picture of page `index`, at which `decoder` stands.
pub(crate) fn picture(
    bytes: &[u8],
    decoder: &mut Decoder<Cursor<&[u8]>>,
    index: usize,
    limits: &Limits,
) -> Result<RgbImage, DecodeError> {
    let colours = decoder.get_tag_u16_vec(Tag::ColorMap).map_err(DecodeError::corrupt)?;
    let directory = decoder.ifd_pointer().and_then(|pointer| usize::try_from(pointer.0).ok());
    let grey = directory
        .and_then(|at| called_grey(bytes, at))
        .ok_or_else(|| DecodeError::corrupt("the TIFF does not say what its samples mean"))?;
    let mut decoder =
        Decoder::new(Cursor::new(&grey)).map_err(DecodeError::corrupt)?.with_limits(tiff_limits(limits));
    decoder.seek_to_image(index).map_err(DecodeError::corrupt)?;
    let (width, height) = decoder.dimensions().map_err(DecodeError::corrupt)?;
    let colour = decoder.colortype().map_err(DecodeError::corrupt)?;
    let samples = decoder.read_image().map_err(DecodeError::corrupt)?;
    let numbers = match (samples, colour) {
        (DecodingResult::U8(samples), ColorType::Gray(8)) => samples,
        (DecodingResult::U8(samples), ColorType::Gray(bits @ (1 | 2 | 4))) => {
            unpack(&samples, bits, width, height)
        }
        _ => return Err(DecodeError::corrupt("a palette of such samples is not read")),
    };
    RgbImage::from_raw(width, height, looked_up(&numbers, &colours))
        .ok_or_else(|| DecodeError::corrupt("the TIFF holds fewer samples than its header says"))
}

/// The colours of `numbers`: `colours` holds all reds, then all greens, then all blues. A number beyond is black.
fn looked_up(numbers: &[u8], colours: &[u16]) -> Vec<u8> {
    let count = colours.len() / 3;
    // Some programs write bytes where the standard asks for words.
    let shift = if colours.iter().all(|part| *part < 256) { 0 } else { 8 };
    let part = |number: u8, channel: usize| {
        let within = usize::from(number) < count;
        let found = colours.get(channel * count + usize::from(number)).filter(|_| within);
        found.map_or(0, |part| (part >> shift) as u8)
    };
    numbers.iter().flat_map(|number| [0, 1, 2].map(|channel| part(*number, channel))).collect()
}

/// A copy of the file in which the samples of the page whose directory stands at `directory` are called grey.
fn called_grey(bytes: &[u8], directory: usize) -> Option<Vec<u8>> {
    let little = bytes.starts_with(b"II");
    let big = bytes.get(2..4).is_some_and(|version| version.contains(&43));
    let short = |at: usize| {
        let word = bytes.get(at..)?.first_chunk::<2>()?;
        Some(if little { u16::from_le_bytes(*word) } else { u16::from_be_bytes(*word) })
    };
    let (first, size, value) = if big { (8, 20, 12) } else { (2, 12, 8) };
    let mut entry = directory.checked_add(first)?;
    while short(entry)? != PHOTOMETRIC {
        // Tags stand in ascending order, so that beyond it there is no more.
        if short(entry)? > PHOTOMETRIC {
            return None;
        }
        entry = entry.checked_add(size)?;
    }
    let mut copy = bytes.to_vec();
    let grey = if little { BLACK_IS_ZERO.to_le_bytes() } else { BLACK_IS_ZERO.to_be_bytes() };
    copy.get_mut(entry + value..)?.get_mut(..2)?.copy_from_slice(&grey);
    Some(copy)
}
