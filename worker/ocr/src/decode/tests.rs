//! One picture in every format: 48 by 32 pixels, white, its upper left quarter black. What the `image` crate does not
//! write is kept in `tiny/`.

use std::io::Cursor;

use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage, codecs};
use tiff::encoder::{TiffEncoder, colortype};
use tiff::tags::Tag;

use super::*;

const HEIC: &[u8] = include_bytes!("tiny/quarter.heic");
const HEIC_TURNED: &[u8] = include_bytes!("tiny/quarter-turned.heic");
const JP2: &[u8] = include_bytes!("tiny/quarter.jp2");
const J2K: &[u8] = include_bytes!("tiny/quarter.j2k");
const WEBP_LOSSY: &[u8] = include_bytes!("tiny/quarter.webp");

fn quarter() -> RgbImage {
    RgbImage::from_fn(48, 32, |x, y| if x < 24 && y < 16 { Rgb([0; 3]) } else { Rgb([255; 3]) })
}

fn encoded(write: impl FnOnce(&mut Cursor<Vec<u8>>, &[u8])) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    write(&mut bytes, quarter().as_raw());
    bytes.into_inner()
}

/// Every kind with its name and a file of it.
fn files() -> Vec<(&'static str, PictureKind, Vec<u8>)> {
    const RGB: ExtendedColorType = ExtendedColorType::Rgb8;
    vec![
        (
            "webp",
            PictureKind::Webp,
            encoded(|out, raw| {
                codecs::webp::WebPEncoder::new_lossless(out).write_image(raw, 48, 32, RGB).unwrap();
            }),
        ),
        ("lossy webp", PictureKind::Webp, WEBP_LOSSY.to_vec()),
        (
            "gif",
            PictureKind::Gif,
            encoded(|out, raw| codecs::gif::GifEncoder::new(out).encode(raw, 48, 32, RGB).unwrap()),
        ),
        (
            "bmp",
            PictureKind::Bmp,
            encoded(|out, raw| codecs::bmp::BmpEncoder::new(out).encode(raw, 48, 32, RGB).unwrap()),
        ),
        (
            "ppm",
            PictureKind::Pnm,
            encoded(|out, raw| {
                let binary = codecs::pnm::PnmSubtype::Pixmap(codecs::pnm::SampleEncoding::Binary);
                codecs::pnm::PnmEncoder::new(out).with_subtype(binary).write_image(raw, 48, 32, RGB).unwrap();
            }),
        ),
        ("heic", PictureKind::Heif, HEIC.to_vec()),
        ("jp2", PictureKind::Jpeg2000, JP2.to_vec()),
        ("j2k", PictureKind::Jpeg2000, J2K.to_vec()),
    ]
}

/// The corners of a picture, clockwise from the upper left, as true for dark.
fn dark_corners(picture: &Picture) -> [bool; 4] {
    let (right, bottom) = (picture.grey.width() - 5, picture.grey.height() - 5);
    [(4, 4), (right, 4), (right, bottom), (4, bottom)].map(|(x, y)| picture.grey.get_pixel(x, y).0[0] < 128)
}

#[test]
fn every_format_gives_the_same_picture() {
    for (name, kind, bytes) in files() {
        assert_eq!(crate::kind::Kind::of(&bytes), Ok(crate::kind::Kind::Picture(kind)), "{name}");
        let read = picture(kind, &bytes, &Limits::default()).unwrap();
        assert_eq!(read.grey.dimensions(), (48, 32), "{name}");
        assert_eq!(dark_corners(&read), [true, false, false, false], "{name}");
    }
}

#[test]
fn half_a_file_is_corrupt_and_never_filled_up() {
    for (name, kind, bytes) in files() {
        for keep in [bytes.len() - 4, bytes.len() * 3 / 4, bytes.len() / 2, bytes.len() / 4] {
            let outcome = picture(kind, &bytes[..keep], &Limits::default());
            assert!(matches!(outcome, Err(DecodeError::Corrupt(_))), "{name}, {keep} bytes: {outcome:?}");
        }
    }
}

#[test]
fn pixels_are_counted_before_any_format_is_decoded() {
    let limits = Limits { pixels: 48 * 32 - 1, ..Limits::default() };
    for (name, kind, bytes) in files() {
        let outcome = picture(kind, &bytes, &limits);
        assert!(matches!(outcome, Err(DecodeError::Excess(_))), "{name}: {outcome:?}");
    }
}

#[test]
fn a_heic_is_turned_by_its_container_once() {
    let read = picture(PictureKind::Heif, HEIC_TURNED, &Limits::default()).unwrap();
    assert_eq!(read.grey.dimensions(), (32, 48));
    assert_eq!(dark_corners(&read), [false, true, false, false]);
}

/// The header of a JPEG 2000 picture without one.
pub(crate) fn jpeg_2000_header(side: u32, channels: u16) -> Vec<u8> {
    let mut bytes = J2K[..40].to_vec();
    bytes[4..6].copy_from_slice(&(38 + 3 * channels).to_be_bytes());
    for at in [8, 12, 24, 28] {
        bytes[at..at + 4].copy_from_slice(&side.to_be_bytes());
    }
    bytes.extend(channels.to_be_bytes());
    bytes.extend([7, 1, 1].repeat(channels.into()));
    // One level of nothing, not quantised.
    bytes.extend(b"\xff\x52\0\x0c\0\0\0\x01\0\x01\x04\x04\0\x01\xff\x5c\0\x07\x40\x40\x48\x48\x50");
    bytes.extend(b"\xff\x90\0\x0a\0\0\0\0\0\0\0\x01\xff\x93\xff\xd9");
    bytes
}

#[test]
fn a_jpeg_2000_is_measured_before_it_takes_memory() {
    let picture = |side, channels| {
        let outcome = picture(PictureKind::Jpeg2000, &jpeg_2000_header(side, channels), &Limits::default());
        outcome.map(|picture| picture.grey.dimensions()).map_err(|error| error.to_string())
    };
    let refused = |message: &str| Err(message.to_owned());
    assert_eq!(picture(40, 4), Ok((40, 40)));
    assert_eq!(picture(40, 5), refused("a part of image/jp2 is not read"));
    assert_eq!(picture(40, 16384), refused("a part of image/jp2 is not read"));
    assert_eq!(picture(8000, 4), refused("samples: 256000000, at most 192000000"));
    assert_eq!(picture(9000, 1), refused("pixels: 81000000, at most 64000000"));
}

/// Puts `bytes` in the place of as many at `at`.
fn with(mut picture: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    picture[at..at + bytes.len()].copy_from_slice(bytes);
    picture
}

#[test]
fn a_jpeg_2000_of_too_many_parts_is_refused_before_they_are_built() {
    const TILE_SIDES: usize = 24;
    // The segment of the coding style: its marker, its length, then ten bytes.
    const CODING: std::ops::Range<usize> = 45..59;
    let whole = jpeg_2000_header(4096, 1);
    let coding = |length: u8, style: &[u8]| [b"\xff\x52\0", &[length][..], style].concat();
    let coded = |segment: &[u8]| [&whole[..CODING.start], segment, &whole[CODING.end..]].concat();
    let tiled = |sides: [u32; 2]| with(whole.clone(), TILE_SIDES, &sides.map(u32::to_be_bytes).concat());
    let precincts = [1, 0, 0, 1, 0, 1, 4, 4, 0, 1, 0x11, 0x11];
    let mut late = whole.clone();
    let data = late.len() - 4;
    late.splice(data..data, coding(14, &precincts));
    let too_many = "parts of a coded picture: over 4000000, at most 4000000";
    let cases = [
        ("as it was", whole.clone(), Ok((4096, 4096))),
        ("64 by 64 tiles", tiled([64, 64]), Ok((4096, 4096))),
        ("256 by 257 tiles", tiled([16, 15]), Err(too_many)),
        ("precincts of two samples", coded(&coding(14, &precincts)), Err(too_many)),
        ("the same in the header of a tile", late, Err(too_many)),
        ("32 layers of small blocks", coded(&coding(12, &[0, 0, 0, 32, 0, 1, 0, 0, 0, 1])), Err(too_many)),
        (
            "a segment that says less than it holds",
            coded(&coding(12, &precincts)),
            Err("the headers of the JPEG 2000 file contradict themselves"),
        ),
    ];
    for (name, bytes, expected) in cases {
        let outcome = picture(PictureKind::Jpeg2000, &bytes, &Limits::default());
        let outcome = outcome.map(|picture| picture.grey.dimensions()).map_err(|error| error.to_string());
        assert_eq!(outcome, expected.map_err(str::to_owned), "{name}");
    }
}

#[test]
fn a_heic_of_another_codec_is_named_and_not_called_broken() {
    let mut bytes = HEIC.to_vec();
    let codec = memchr::memmem::find_iter(&bytes, b"hvc1").collect::<Vec<_>>();
    for at in codec {
        bytes[at..at + 4].copy_from_slice(b"av01");
    }
    let fault =
        document::DocumentFault::from(picture(PictureKind::Heif, &bytes, &Limits::default()).unwrap_err());
    assert_eq!(fault, document::DocumentFault::Unsupported { found: Some("image/heif".to_owned()) });
}

/// The row that the faxes below repeat: 4 white, 3 black, 9 white.
const ROW: &str = "1011 10 10100";
const END_OF_LINE: &str = "000000000001";

fn bits(text: &str) -> Vec<u8> {
    let bits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    let byte = |eight: &[u8]| (0..8).fold(0, |byte, at| (byte << 1) | eight.get(at).copied().unwrap_or(0));
    bits.chunks(8).map(byte).collect()
}

/// A TIFF of one strip with 16 by 4 pixels, and the tags that tell how it is coded.
fn fax(strip: &[u8], tags: &[(u16, u16)]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
    let mut page = encoder.image_directory().unwrap();
    let offset = page.write_data(strip).unwrap();
    page.write_tag(Tag::StripOffsets, u32::try_from(offset).unwrap()).unwrap();
    page.write_tag(Tag::StripByteCounts, u32::try_from(strip.len()).unwrap()).unwrap();
    page.write_tag(Tag::ImageWidth, 16_u32).unwrap();
    page.write_tag(Tag::ImageLength, 4_u32).unwrap();
    for (tag, value) in tags {
        page.write_tag(Tag::from_u16_exhaustive(*tag), *value).unwrap();
    }
    page.finish().unwrap();
    bytes.into_inner()
}

const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const FILL_ORDER: u16 = 266;
const T4_OPTIONS: u16 = 292;

/// A name, a strip and the tags that tell how it is coded.
type Fax = (&'static str, Vec<u8>, Vec<(u16, u16)>);

fn faxes() -> Vec<Fax> {
    let line = format!("{END_OF_LINE} {ROW}");
    let group3 = bits(&format!("{}{}", line.repeat(4), END_OF_LINE.repeat(6)));
    let same_as_above = "111";
    let two_dimensional =
        bits(&format!("{END_OF_LINE} 1 {ROW} {}", format!("{END_OF_LINE} 0 {same_as_above}").repeat(3)));
    let group4 = bits(&format!("001 1011 10 1 {} {}", same_as_above.repeat(3), END_OF_LINE.repeat(2)));
    vec![
        ("modified huffman", bits(ROW).repeat(4), vec![(COMPRESSION, 2), (PHOTOMETRIC, 0)]),
        ("group 3", group3, vec![(COMPRESSION, 3), (PHOTOMETRIC, 0)]),
        (
            "group 3, by the line above",
            two_dimensional,
            vec![(COMPRESSION, 3), (PHOTOMETRIC, 0), (T4_OPTIONS, 1)],
        ),
        ("group 4", group4.clone(), vec![(COMPRESSION, 4), (PHOTOMETRIC, 0)]),
        (
            "group 4, lowest bit first",
            group4.iter().map(|byte| byte.reverse_bits()).collect(),
            vec![(COMPRESSION, 4), (PHOTOMETRIC, 0), (FILL_ORDER, 2)],
        ),
    ]
}

#[test]
fn every_fax_coding_is_read() {
    let expected: Vec<u8> = (0..16).map(|x| if (4..7).contains(&x) { 0 } else { 255 }).collect();
    for (name, strip, tags) in faxes() {
        let read = tiff_pages::page(&fax(&strip, &tags), 0, &Limits::default()).unwrap();
        assert!(read.bilevel, "{name}");
        assert_eq!(read.grey.as_raw(), &expected.repeat(4), "{name}");
    }
}

#[test]
fn a_fax_of_white_on_black_is_read_as_it_looks() {
    let (_, strip, _) = faxes().remove(3);
    let read =
        tiff_pages::page(&fax(&strip, &[(COMPRESSION, 4), (PHOTOMETRIC, 1)]), 0, &Limits::default()).unwrap();
    assert_eq!(read.grey.get_pixel(0, 0).0, [0]);
    assert_eq!(read.grey.get_pixel(4, 0).0, [255]);
}

#[test]
fn a_fax_that_breaks_off_says_where() {
    for (name, strip, tags) in faxes() {
        let half = &strip[..strip.len() / 2 - 1];
        let error = tiff_pages::page(&fax(half, &tags), 0, &Limits::default()).unwrap_err().to_string();
        assert!(error.starts_with("the fax breaks off at row") && error.contains(" of 4"), "{name}: {error}");
    }
    let (_, strip, tags) = faxes().remove(0);
    let whole = fax(&strip, &tags);
    let mut beyond = whole.clone();
    let size = u32::try_from(strip.len()).unwrap().to_le_bytes();
    let at = memchr::memmem::rfind(&beyond, &size).unwrap();
    beyond[at..at + 4].copy_from_slice(&u32::try_from(whole.len()).unwrap().to_le_bytes());
    let error = tiff_pages::page(&beyond, 0, &Limits::default()).unwrap_err().to_string();
    assert_eq!(error, "the TIFF ends before its picture does");
}

#[test]
fn a_palette_is_looked_up() {
    // Red, blue, white, black, each twice; as words, and as the bytes that some programs write.
    for most in [65535_u16, 255] {
        let map: [u16; 12] = [[1, 0, 1, 0], [0, 0, 1, 0], [0, 1, 1, 0]].concat().try_into().unwrap();
        let map = map.map(|part| part * most);
        let mut bytes = Cursor::new(Vec::new());
        let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
        let mut page = encoder.image_directory().unwrap();
        let offset = page.write_data(&[0b0001_1011_u8, 0b0001_1011][..]).unwrap();
        page.write_tag(Tag::StripOffsets, u32::try_from(offset).unwrap()).unwrap();
        page.write_tag(Tag::StripByteCounts, 2_u32).unwrap();
        page.write_tag(Tag::ImageWidth, 4_u32).unwrap();
        page.write_tag(Tag::ImageLength, 2_u32).unwrap();
        page.write_tag(Tag::BitsPerSample, 2_u16).unwrap();
        page.write_tag(Tag::PhotometricInterpretation, 3_u16).unwrap();
        page.write_tag(Tag::ColorMap, &map[..]).unwrap();
        page.finish().unwrap();
        let bytes = bytes.into_inner();
        let read = tiff_pages::page(&bytes, 0, &Limits::default()).unwrap();
        assert_eq!(read.grey.as_raw(), &[53, 18, 255, 0].repeat(2), "most {most}");
        assert_eq!(read.lightest.unwrap().as_raw(), &[255, 255, 255, 0].repeat(2), "most {most}");
        let limits = Limits { pixels: 7, ..Limits::default() };
        assert!(matches!(tiff_pages::page(&bytes, 0, &limits), Err(DecodeError::Excess(_))));
    }
}

#[test]
fn a_plain_tiff_is_still_read() {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
    encoder.write_image::<colortype::RGB8>(48, 32, quarter().as_raw()).unwrap();
    let read = tiff_pages::page(&bytes.into_inner(), 0, &Limits::default()).unwrap();
    assert_eq!(dark_corners(&read), [true, false, false, false]);
}
