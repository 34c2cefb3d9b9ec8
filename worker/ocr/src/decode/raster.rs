//! Decodes the pictures of the `image` crate, the first of each file, to upright grey.
//! TIFF has pages and is left to `tiff_pages`.

use std::io::Cursor;

use image::codecs::{
    bmp::BmpDecoder, gif::GifDecoder, jpeg::JpegDecoder, png::PngDecoder, pnm::PnmDecoder, webp::WebPDecoder,
};
use image::{DynamicImage, ImageDecoder};

use super::grey::Greys;
use super::{DecodeError, Picture, exif};
use crate::limits::Limits;

/// The picture of a JPEG file.
pub(crate) fn jpeg(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    if !jpeg_has_its_end(bytes) {
        // The decoder would fill what is missing with grey and say nothing.
        return Err(DecodeError::corrupt("the JPEG ends before its picture does"));
    }
    picture(JpegDecoder::new(Cursor::new(bytes)).map_err(DecodeError::corrupt)?, limits)
}

/// The picture of a PNG file.
pub(crate) fn png(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    picture(PngDecoder::new(Cursor::new(bytes)).map_err(DecodeError::corrupt)?, limits)
}

/// The picture of a WebP file, or its first.
pub(crate) fn webp(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    if !webp_holds_its_metadata(bytes) {
        // The decoder would take as much memory as is claimed, which may be 4 GB.
        return Err(DecodeError::corrupt("the WebP ends before its metadata do"));
    }
    picture(WebPDecoder::new(Cursor::new(bytes)).map_err(DecodeError::corrupt)?, limits)
}

/// The first picture of a GIF file.
pub(crate) fn gif(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    picture(GifDecoder::new(Cursor::new(bytes)).map_err(DecodeError::corrupt)?, limits)
}

/// The picture of a BMP file.
pub(crate) fn bmp(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    picture(BmpDecoder::new(Cursor::new(bytes)).map_err(DecodeError::corrupt)?, limits)
}

/// The picture of a PBM, PGM or PPM file.
pub(crate) fn pnm(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    picture(PnmDecoder::new(Cursor::new(bytes)).map_err(DecodeError::corrupt)?, limits)
}

fn picture(mut decoder: impl ImageDecoder, limits: &Limits) -> Result<Picture, DecodeError> {
    let (width, height) = decoder.dimensions();
    limits.check_pixels(width, height)?;
    decoder.set_limits(own_limits(limits)).map_err(DecodeError::corrupt)?;
    let orientation = decoder.orientation().map_err(DecodeError::corrupt)?;
    let metadata = decoder.exif_metadata().ok().flatten();
    let bilevel = decoder.original_color_type() == image::ExtendedColorType::L1;
    let image = DynamicImage::from_decoder(decoder).map_err(DecodeError::corrupt)?;
    let Greys { grey, lightest } = Greys::of(image, orientation);
    let camera = metadata.is_some_and(|block| exif::is_of_camera(&block));
    Ok(Picture { grey, lightest, bilevel, camera })
}

/// A frame of a GIF may be larger than the picture that it is shown in.
fn own_limits(limits: &Limits) -> image::Limits {
    const BYTES_A_PIXEL: u64 = 8;
    let mut own = image::Limits::default();
    own.max_alloc = Some(limits.pixels.saturating_mul(BYTES_A_PIXEL));
    own
}

/// Whether an end-of-image mark follows the start of the last scan.
fn jpeg_has_its_end(bytes: &[u8]) -> bool {
    let after_scan = bytes.windows(2).rposition(|mark| mark == b"\xff\xda");
    after_scan
        .and_then(|at| bytes.get(at..))
        .is_some_and(|scan| scan.windows(2).any(|mark| mark == b"\xff\xd9"))
}

/// Whether no metadata of a WebP, in the file or in its first level of frames, claim more bytes than are left
/// (RFC 9649, 2.7).
fn webp_holds_its_metadata(bytes: &[u8]) -> bool {
    const FILE_HEADER: usize = 12;
    const FRAME_HEADER: usize = 16;
    let claims_too_much =
        |chunk: &WebpChunk<'_>| chunk.data.is_none() && matches!(&chunk.kind, b"EXIF" | b"ICCP" | b"XMP ");
    webp_chunks(bytes.get(FILE_HEADER..)).all(|chunk| {
        let frame = chunk.data.filter(|_| chunk.kind == *b"ANMF");
        let inner = webp_chunks(frame.and_then(|data| data.get(FRAME_HEADER..)));
        !inner.chain([chunk]).any(|chunk| claims_too_much(&chunk))
    })
}

struct WebpChunk<'a> {
    kind: [u8; 4],
    /// `None` where it is longer than what is left.
    data: Option<&'a [u8]>,
}

/// Chunk after chunk, up to one that is longer than what is left.
fn webp_chunks(bytes: Option<&[u8]>) -> impl Iterator<Item = WebpChunk<'_>> {
    let mut rest = bytes.unwrap_or_default();
    std::iter::from_fn(move || {
        let (kind, after) = rest.split_first_chunk::<4>()?;
        let (size, after) = after.split_first_chunk::<4>()?;
        let size = usize::try_from(u32::from_le_bytes(*size)).unwrap_or(usize::MAX);
        let (data, next) = after.split_at_checked(size).unzip();
        // They begin at even places.
        rest = next.and_then(|next| next.get(size % 2..)).unwrap_or_default();
        Some(WebpChunk { kind: *kind, data })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ExtendedColorType, GrayImage, ImageEncoder, codecs::png::PngEncoder};

    fn encoded_jpeg() -> Vec<u8> {
        let mut bytes = Vec::new();
        let picture = GrayImage::from_fn(64, 32, |x, _| image::Luma([(x * 4) as u8]));
        image::codecs::jpeg::JpegEncoder::new(&mut bytes).encode_image(&picture).unwrap();
        bytes
    }

    #[test]
    fn a_jpeg_is_read_whole_or_not_at_all() {
        let whole = encoded_jpeg();
        let limits = Limits::default();
        assert_eq!(jpeg(&whole, &limits).unwrap().grey.dimensions(), (64, 32));
        for keep in [whole.len() - 2, whole.len() / 2, 20] {
            let outcome = jpeg(&whole[..keep], &limits);
            assert!(matches!(outcome, Err(DecodeError::Corrupt(_))), "{keep} bytes: {outcome:?}");
        }
    }

    #[test]
    fn pixels_are_counted_before_they_are_decoded() {
        let limits = Limits { pixels: 2047, ..Limits::default() };
        let message = jpeg(&encoded_jpeg(), &limits).unwrap_err().to_string();
        assert_eq!(message, "pixels: 2048, at most 2047");
    }

    #[test]
    fn metadata_of_a_webp_take_no_more_memory_than_there_are_bytes() {
        let chunk = |kind: &[u8; 4], size: u32, data: &[u8]| [kind, &size.to_le_bytes()[..], data].concat();
        let canvas = chunk(b"VP8X", 10, &[8, 0, 0, 0, 23, 0, 0, 15, 0, 0]);
        let claim = chunk(b"EXIF", 0xd9d9_d9d4, b"II*\0");
        let frame = chunk(b"ANMF", 28, &[&[0; 16], &claim[..]].concat());
        for (name, last) in [("in the file", claim), ("in a frame", frame)] {
            let chunks = [b"WEBP", &canvas[..], &last].concat();
            let bytes = chunk(b"RIFF", chunks.len() as u32, &chunks);
            let message = webp(&bytes, &Limits::default()).unwrap_err().to_string();
            assert_eq!(message, "the WebP ends before its metadata do", "{name}");
        }
    }

    #[test]
    fn what_is_transparent_is_paper() {
        let mut bytes = Vec::new();
        let pixels = [0, 0, 0, 0, 0, 0, 0, 255];
        PngEncoder::new(&mut bytes).write_image(&pixels, 2, 1, ExtendedColorType::Rgba8).unwrap();
        assert_eq!(png(&bytes, &Limits::default()).unwrap().grey.into_raw(), [255, 0]);
    }
}
