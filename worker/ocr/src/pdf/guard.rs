//! Refuses PDFs whose compressed streams and pictures would become more than the machine can hold.
//! The streams themselves are decoded elsewhere, without a limit of their own, which is why this comes first.

use std::borrow::Cow;
use std::io::{self, Read, Write};

use flate2::read::{DeflateDecoder, ZlibDecoder};
use hayro::hayro_syntax::object::{Array, Dict, Object, Stream};
use hayro::hayro_syntax::{Filter, Pdf};

use crate::decode::jpeg2000;
use crate::limits::{Excess, Limits};

/// The most that deflate can make of a byte (zlib technical details: 1032 to 1).
const DEFLATE_RATIO: u64 = 1032;
/// The most that LZW with codes of 12 bits can make of a byte.
const LZW_RATIO: u64 = 2731;
/// The most that digits to the base 85 can make of a byte, where one stands for four.
const ASCII85_RATIO: u64 = 4;
/// The most that run lengths can make of a byte.
const RUN_LENGTH_RATIO: u64 = 64;

/// Checks the streams that can be found in the bytes as they are: opening a PDF decodes some of them.
pub(crate) fn check_raw(bytes: &[u8], limits: &Limits) -> Result<(), Excess> {
    if (bytes.len() as u64).saturating_mul(DEFLATE_RATIO) <= limits.decoded_bytes {
        return Ok(());
    }
    let mut rest = bytes;
    while let Some(at) = find(rest, b"stream") {
        let after = rest.get(at + b"stream".len()..).unwrap_or_default();
        let data = after.strip_prefix(b"\r").unwrap_or(after);
        let data = data.strip_prefix(b"\n").unwrap_or(data);
        let end = find(data, b"endstream").unwrap_or(data.len());
        let (data, beyond) = data.split_at(end);
        check_deflated(data, limits)?;
        rest = beyond.strip_prefix(b"endstream").unwrap_or(beyond);
    }
    Ok(())
}

/// Checks every stream of an opened PDF, deciphered and with its filters known.
pub(crate) fn check_streams(pdf: &Pdf, limits: &Limits) -> Result<(), Excess> {
    for object in pdf.objects() {
        let Object::Stream(stream) = object else { continue };
        check_picture(&stream, limits)?;
        check_packed(&stream.raw_data(), &stream.filters(), limits)?;
    }
    Ok(())
}

/// Checks data on which these filters will be used one after the other.
fn check_packed(data: &[u8], filters: &[Filter], limits: &Limits) -> Result<(), Excess> {
    let excess = Excess::DecodedBytes { most: limits.decoded_bytes };
    let ratios = filters.iter().map(|filter| ratio(*filter));
    if ratios.fold(data.len() as u64, u64::saturating_mul) <= limits.decoded_bytes {
        return Ok(());
    }
    let mut packed = Cow::Borrowed(data);
    let mut filters = filters.iter();
    let size = loop {
        match filters.next() {
            Some(Filter::AsciiHexDecode) => packed = from_hex(&packed).into(),
            Some(Filter::Ascii85Decode) => packed = from_ascii85(&packed).into(),
            Some(Filter::FlateDecode) => break inflated(&packed, limits.decoded_bytes),
            Some(Filter::LzwDecode) => break unpacked_lzw(&packed, limits.decoded_bytes),
            Some(Filter::RunLengthDecode) => break unpacked_runs(&packed),
            // A picture, measured by its pixels; or nothing more.
            Some(_) | None => break packed.len() as u64,
        }
    };
    // One compression after another, or after a picture, serves no document of this world.
    let several = filters.any(|filter| ratio(*filter) > 1);
    if size > limits.decoded_bytes || several { Err(excess) } else { Ok(()) }
}

/// Checks a picture whose coding has a size of its own, which need not be the one that its dictionary states. What a
/// JPEG says of itself its decoder does not believe, and JBIG2 can claim memory in too many ways to be looked through.
fn check_picture(stream: &Stream<'_>, limits: &Limits) -> Result<(), Excess> {
    let side =
        |long: &[u8], short: &[u8]| stream.dict().get::<u32>(long).or_else(|| stream.dict().get(short));
    let (width, height) = (side(b"Width", b"W").unwrap_or(0), side(b"Height", b"H").unwrap_or(0));
    // What is large by its dictionary is refused with its page, not with the whole document.
    if limits.check_pixels(width, height).is_err() {
        return Ok(());
    }
    match stream.filters().as_slice() {
        [before @ .., Filter::JpxDecode] => {
            jpeg2000::check_size(&undone(&stream.raw_data(), before, limits)?, limits)
        }
        [.., Filter::CcittFaxDecode] => check_fax(stream.dict(), height, limits),
        _ => Ok(()),
    }
}

/// What is left of `data` when these filters are undone, each of them no more than the limit.
fn undone<'a>(data: &'a [u8], filters: &[Filter], limits: &Limits) -> Result<Cow<'a, [u8]>, Excess> {
    check_packed(data, filters, limits)?;
    let mut data = Cow::Borrowed(data);
    for filter in filters {
        data = match filter {
            Filter::AsciiHexDecode => from_hex(&data).into(),
            Filter::Ascii85Decode => from_ascii85(&data).into(),
            Filter::FlateDecode => {
                let mut inflated = Vec::new();
                // What breaks off is the decoder's to judge.
                let _ = ZlibDecoder::new(&*data).take(limits.decoded_bytes).read_to_end(&mut inflated);
                inflated.into()
            }
            // No program packs a picture so.
            Filter::LzwDecode
            | Filter::RunLengthDecode
            | Filter::CcittFaxDecode
            | Filter::Jbig2Decode
            | Filter::DctDecode
            | Filter::JpxDecode
            | Filter::Crypt => return Err(Excess::DecodedBytes { most: limits.decoded_bytes }),
        }
    }
    Ok(data)
}

/// The height of the picture counts before the rows of its coding; where neither is stated, the data decide.
fn check_fax(picture: &Dict<'_>, height: u32, limits: &Limits) -> Result<(), Excess> {
    [b"DP".as_slice(), b"DecodeParms"].into_iter().try_for_each(|key| {
        let several = picture.get::<Array<'_>>(key);
        let several = several.iter().flat_map(Array::iter::<Dict<'_>>);
        picture.get::<Dict<'_>>(key).into_iter().chain(several).try_for_each(|coding| {
            // Its decoder takes the lowest 32 bits too.
            let columns = coding.get::<usize>(b"Columns").unwrap_or(0) as u32;
            let rows = if height > 0 { height } else { coding.get::<u32>(b"Rows").unwrap_or(1) };
            limits.check_pixels(columns, rows)
        })
    })
}

/// The most that a filter can make of a byte.
fn ratio(filter: Filter) -> u64 {
    match filter {
        Filter::FlateDecode => DEFLATE_RATIO,
        Filter::LzwDecode => LZW_RATIO,
        Filter::RunLengthDecode => RUN_LENGTH_RATIO,
        // Text forms of bytes only shrink, but for the `z` of ASCII85; pictures are measured by their pixels.
        Filter::Ascii85Decode => ASCII85_RATIO,
        Filter::AsciiHexDecode
        | Filter::Crypt
        | Filter::CcittFaxDecode
        | Filter::Jbig2Decode
        | Filter::DctDecode
        | Filter::JpxDecode => 1,
    }
}

/// Inflates `data` into nothing and stops beyond the limit.
fn check_deflated(data: &[u8], limits: &Limits) -> Result<(), Excess> {
    let most = limits.decoded_bytes;
    if (data.len() as u64).saturating_mul(DEFLATE_RATIO) <= most {
        return Ok(());
    }
    if inflated(data, most) > most { Err(Excess::DecodedBytes { most }) } else { Ok(()) }
}

/// How many bytes deflate makes of `data`, with or without the header of zlib, counted to just beyond `most`. What
/// breaks off is the decoder's to judge.
fn inflated(data: &[u8], most: u64) -> u64 {
    let count = |from: &mut dyn Read| {
        let mut counted = Counted { bytes: 0, most };
        let _ = io::copy(from, &mut counted);
        counted.bytes
    };
    match count(&mut ZlibDecoder::new(data)) {
        0 => count(&mut DeflateDecoder::new(data)),
        bytes => bytes,
    }
}

/// The same for LZW, whose codes may grow longer early or late.
fn unpacked_lzw(data: &[u8], most: u64) -> u64 {
    let early = weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
    let late = weezl::decode::Decoder::new(weezl::BitOrder::Msb, 8);
    let count = |mut decoder: weezl::decode::Decoder| {
        let mut counted = Counted { bytes: 0, most };
        let _ = decoder.into_stream(&mut counted).decode_all(data);
        counted.bytes
    };
    count(early).max(count(late))
}

/// How many bytes run lengths make of `data`.
fn unpacked_runs(mut data: &[u8]) -> u64 {
    let mut bytes = 0;
    while let [length, rest @ ..] = data
        && *length != 128
    {
        let length = usize::from(*length);
        let (run, taken) = if length < 128 { (length + 1, length + 1) } else { (257 - length, 1) };
        bytes += run as u64;
        data = rest.get(taken..).unwrap_or_default();
    }
    bytes
}

/// The bytes that pairs of hexadecimal digits stand for; what is no digit is passed over.
fn from_hex(text: &[u8]) -> Vec<u8> {
    let digits =
        text.iter().take_while(|sign| **sign != b'>').filter_map(|sign| char::from(*sign).to_digit(16));
    let digits: Vec<u8> = digits.map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
}

/// The bytes that groups of five digits to the base 85 stand for; what is no digit is passed over.
fn from_ascii85(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut group: Vec<u8> = Vec::with_capacity(5);
    let whole = |group: &[u8]| {
        group.iter().fold(0_u32, |value, digit| value.wrapping_mul(85).wrapping_add(u32::from(*digit)))
    };
    for sign in text.iter().take_while(|sign| **sign != b'~') {
        match sign {
            b'z' if group.is_empty() => bytes.extend([0; 4]),
            b'!'..=b'u' => group.push(sign - b'!'),
            _ => {}
        }
        if group.len() == 5 {
            bytes.extend(whole(&group).to_be_bytes());
            group.clear();
        }
    }
    if let missing @ 1..4 = 5_usize.saturating_sub(group.len()) {
        let kept = group.len() - 1;
        group.extend(std::iter::repeat_n(84, missing));
        bytes.extend(whole(&group).to_be_bytes().into_iter().take(kept));
    }
    bytes
}

/// Takes bytes, keeps none, and refuses those beyond a limit.
struct Counted {
    bytes: u64,
    most: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.most { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, wanted)
}

#[cfg(test)]
pub(super) mod tests {
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, ZlibEncoder};

    use super::*;

    const LIMIT: u64 = 100_000;

    fn check(data: &[u8], filters: &[Filter]) -> bool {
        check_packed(data, filters, &Limits { decoded_bytes: LIMIT, ..Limits::default() }).is_ok()
    }

    pub(in crate::pdf) fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn lzw(bytes: &[u8], early: bool) -> Vec<u8> {
        let msb = weezl::BitOrder::Msb;
        let mut encoder = match early {
            true => weezl::encode::Encoder::with_tiff_size_switch(msb, 8),
            false => weezl::encode::Encoder::new(msb, 8),
        };
        encoder.encode(bytes).unwrap()
    }

    fn runs(bytes: &[u8]) -> Vec<u8> {
        let run = |run: &[u8]| match run {
            [one] => [0, *one],
            [first, ..] => [(257 - run.len()) as u8, *first],
            [] => unreachable!(),
        };
        bytes.chunks(128).flat_map(run).chain([128]).collect()
    }

    pub(in crate::pdf) fn hex(bytes: &[u8]) -> Vec<u8> {
        bytes.iter().flat_map(|byte| format!("{byte:02x}\n").into_bytes()).chain(*b">").collect()
    }

    fn ascii85(bytes: &[u8]) -> Vec<u8> {
        let group = |group: &[u8]| {
            let mut whole = [0; 4];
            whole[..group.len()].copy_from_slice(group);
            let whole = u32::from_be_bytes(whole);
            let digits = [4, 3, 2, 1, 0].map(|place| b'!' + (whole / 85_u32.pow(place) % 85) as u8);
            if whole == 0 && group.len() == 4 { vec![b'z'] } else { digits[..=group.len()].to_vec() }
        };
        bytes.chunks(4).flat_map(group).chain(*b"~>").collect()
    }

    #[test]
    fn what_becomes_too_much_is_told_under_every_compression_and_text_form() {
        use Filter::{Ascii85Decode as A85, AsciiHexDecode as Hex, FlateDecode, LzwDecode, RunLengthDecode};
        let right = vec![7; LIMIT as usize];
        let much = vec![7; LIMIT as usize + 1];
        type Packing = fn(&[u8]) -> Vec<u8>;
        let packings: [(Filter, Packing); 5] = [
            (FlateDecode, zlib),
            (FlateDecode, deflate),
            (LzwDecode, |bytes| lzw(bytes, true)),
            (LzwDecode, |bytes| lzw(bytes, false)),
            (RunLengthDecode, runs),
        ];
        for (number, (filter, pack)) in packings.into_iter().enumerate() {
            let (right, much) = (pack(&right), pack(&much));
            assert!(check(&right, &[filter]), "{number}");
            assert!(!check(&much, &[filter]), "{number}");
            assert!(check(&hex(&right), &[Hex, filter]), "{number}");
            assert!(!check(&hex(&much), &[Hex, filter]), "{number}");
            assert!(check(&ascii85(&right), &[A85, filter]), "{number}");
            assert!(!check(&ascii85(&much), &[A85, filter]), "{number}");
        }
    }

    #[test]
    fn a_picture_written_as_text_is_left_to_its_pixels() {
        let picture = ascii85(&[7; LIMIT as usize / 2]);
        assert!(check(&picture, &[Filter::Ascii85Decode, Filter::DctDecode]));
        assert!(!check(&picture, &[Filter::DctDecode, Filter::FlateDecode]));
    }

    #[test]
    fn two_compressions_are_refused_only_where_they_could_become_too_much() {
        let twice = [Filter::FlateDecode, Filter::FlateDecode];
        assert!(check(&[0; 0], &twice));
        assert!(!check(&zlib(&zlib(&[7; 1000])), &twice));
    }

    #[test]
    fn text_forms_are_read_as_they_are_written() {
        let bytes: Vec<u8> = (0..=255).chain([0; 9]).collect();
        for length in 0..bytes.len() {
            assert_eq!(from_hex(&hex(&bytes[..length])), &bytes[..length]);
            assert_eq!(from_ascii85(&ascii85(&bytes[..length])), &bytes[..length]);
        }
    }
}
