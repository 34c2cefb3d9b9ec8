//! Decodes the strips of a TIFF that fax machines and scanners of two colours write: CCITT Group 3, Group 4 and
//! modified Huffman. Everything else about the TIFF is left to `tiff_pages`.

use std::io::Cursor;

use hayro_ccitt::{DecodeSettings, Decoder as Sink, DecoderContext, EncodingMode};
use image::GrayImage;
use tiff::decoder::Decoder;
use tiff::tags::Tag;

use super::DecodeError;

/// The codings of TIFF 6.0, sections 10 and 11, by the number of their `Compression`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    ModifiedHuffman,
    Group3,
    Group4,
}

impl Coding {
    /// The coding of a `Compression`, if it is one of these.
    pub(crate) fn of(compression: u16) -> Option<Self> {
        match compression {
            2 => Some(Self::ModifiedHuffman),
            3 => Some(Self::Group3),
            4 => Some(Self::Group4),
            _ => None,
        }
    }
}

/// The bit of `T4Options` that says that lines are coded by the line above.
const TWO_DIMENSIONAL: u32 = 1;
const T4_OPTIONS: u16 = 292;
const FILL_ORDER: u16 = 266;
const LOWEST_BIT_FIRST: u16 = 2;
const BLACK_IS_ZERO: u16 = 1;

/// The picture of the page at which `decoder` stands.
pub(crate) fn picture(
    bytes: &[u8],
    decoder: &mut Decoder<Cursor<&[u8]>>,
    coding: Coding,
    (width, height): (u32, u32),
) -> Result<GrayImage, DecodeError> {
    let offsets = decoder.get_tag_u64_vec(Tag::StripOffsets).map_err(DecodeError::corrupt)?;
    let sizes = decoder.get_tag_u64_vec(Tag::StripByteCounts).map_err(DecodeError::corrupt)?;
    let strip_rows = number(decoder, Tag::RowsPerStrip, height)?.clamp(1, height);
    let options = number(decoder, Tag::from_u16_exhaustive(T4_OPTIONS), 0)?;
    let reversed = number(decoder, Tag::from_u16_exhaustive(FILL_ORDER), 1)? == LOWEST_BIT_FIRST;
    let photometric: u16 = number(decoder, Tag::PhotometricInterpretation, 0)?;
    let mut rows = Rows {
        width: width as usize,
        most: 0,
        // The codes call what is set black, whatever the file says it looks like.
        black: if photometric == BLACK_IS_ZERO { 255 } else { 0 },
        pixels: Vec::with_capacity(width as usize * height as usize),
    };
    let first_rows = (0..height).step_by(strip_rows as usize);
    for ((first, offset), size) in first_rows.zip(offsets).zip(sizes) {
        let strip = slice(bytes, offset, size)
            .ok_or_else(|| DecodeError::corrupt("the TIFF ends before its picture does"))?;
        let strip_rows = strip_rows.min(height - first);
        let turned;
        let strip = if reversed {
            turned = strip.iter().map(|byte| byte.reverse_bits()).collect::<Vec<_>>();
            &turned
        } else {
            strip
        };
        rows.most += rows.width * strip_rows as usize;
        let mut context = DecoderContext::new(settings(coding, options, width, strip_rows));
        // What breaks off is told by the rows that are missing; noise after the last row does no harm.
        let outcome = hayro_ccitt::decode(strip, &mut rows, &mut context);
        if rows.pixels.len() < rows.most {
            let row = rows.pixels.len() / rows.width.max(1);
            let why = outcome.err().map_or_else(|| "the strip ends".to_owned(), |error| error.to_string());
            return Err(DecodeError::corrupt(format!("the fax breaks off at row {row} of {height}: {why}")));
        }
    }
    GrayImage::from_raw(width, height, rows.pixels)
        .ok_or_else(|| DecodeError::corrupt("the TIFF has fewer strips than its header says"))
}

fn settings(coding: Coding, options: u32, columns: u32, rows: u32) -> DecodeSettings {
    let encoding = match coding {
        Coding::Group4 => EncodingMode::Group4,
        Coding::Group3 if options & TWO_DIMENSIONAL != 0 => EncodingMode::Group3_2D,
        Coding::Group3 | Coding::ModifiedHuffman => EncodingMode::Group3_1D,
    };
    DecodeSettings {
        columns,
        rows,
        end_of_block: coding != Coding::ModifiedHuffman,
        end_of_line: false,
        rows_are_byte_aligned: coding == Coding::ModifiedHuffman,
        encoding,
        strict: false,
    }
}

fn number<T: TryFrom<u64>>(
    decoder: &mut Decoder<Cursor<&[u8]>>,
    tag: Tag,
    without: T,
) -> Result<T, DecodeError> {
    Ok(decoder.find_tag_unsigned(tag).map_err(DecodeError::corrupt)?.unwrap_or(without))
}

fn slice(bytes: &[u8], offset: u64, size: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    bytes.get(start..start.checked_add(usize::try_from(size).ok()?)?)
}

/// Rows of pixels as they come, white at first.
struct Rows {
    width: usize,
    /// How many pixels the strips so far may have.
    most: usize,
    black: u8,
    pixels: Vec<u8>,
}

impl Sink for Rows {
    fn push_row(&mut self, changes: &[u32]) {
        let start = self.pixels.len();
        if start + self.width > self.most {
            return;
        }
        let mut colour = !self.black;
        for change in changes {
            self.pixels.resize(start + (*change as usize).min(self.width), colour);
            colour = !colour;
        }
        self.pixels.resize(start + self.width, colour);
    }
}
