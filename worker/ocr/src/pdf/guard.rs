//! Refuses PDFs whose compressed streams and pictures would become more than the machine can hold.
//! The streams themselves are decoded elsewhere, without a limit of their own, which is why this comes first.

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use hayro::hayro_syntax::object::{Array, Dict, Object, Stream};
use hayro::hayro_syntax::{Filter, Pdf};

use crate::decode::jpeg2000;
use crate::limits::{Excess, Limits};

/// The most that deflate can make of a byte (zlib technical details: 1032 to 1).
const DEFLATE_RATIO: u64 = 1032;
/// The most that LZW with codes of 12 bits can make of a byte.
const LZW_RATIO: u64 = 2731;
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
        let ratios = ratios(&stream);
        let ratio = ratios.iter().fold(1_u64, |all, one| all.saturating_mul(*one));
        let data = stream.raw_data();
        if (data.len() as u64).saturating_mul(ratio) <= limits.decoded_bytes {
            continue;
        }
        match ratios.as_slice() {
            [DEFLATE_RATIO, rest @ ..] if rest.iter().all(|ratio| *ratio == 1) => {
                check_deflated(&data, limits)?;
            }
            // Several compressions on top of each other serve no document of this world.
            _ if ratio > LZW_RATIO => return Err(Excess::DecodedBytes { most: limits.decoded_bytes }),
            _ => {}
        }
    }
    Ok(())
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
        [Filter::JpxDecode] => jpeg2000::check_size(&stream.raw_data(), limits),
        [.., Filter::CcittFaxDecode] => check_fax(stream.dict(), height, limits),
        _ => Ok(()),
    }
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

/// For each filter of a stream that its decoder will apply, the most that it can make of a byte.
fn ratios(stream: &Stream<'_>) -> Vec<u64> {
    let most_per_byte = |filter: &Filter| match filter {
        Filter::FlateDecode => DEFLATE_RATIO,
        Filter::LzwDecode => LZW_RATIO,
        Filter::RunLengthDecode => RUN_LENGTH_RATIO,
        // Text forms of bytes only shrink, and pictures are measured by their pixels.
        Filter::AsciiHexDecode
        | Filter::Ascii85Decode
        | Filter::Crypt
        | Filter::CcittFaxDecode
        | Filter::Jbig2Decode
        | Filter::DctDecode
        | Filter::JpxDecode => 1,
    };
    stream.filters().iter().map(most_per_byte).collect()
}

/// Inflates `data` into nothing and stops beyond the limit.
fn check_deflated(data: &[u8], limits: &Limits) -> Result<(), Excess> {
    let most = limits.decoded_bytes;
    if (data.len() as u64).saturating_mul(DEFLATE_RATIO) <= most {
        return Ok(());
    }
    let mut inflated = ZlibDecoder::new(data).take(most.saturating_add(1));
    // What breaks off is the decoder's to judge.
    let size = std::io::copy(&mut inflated, &mut std::io::sink()).unwrap_or(0);
    if size > most { Err(Excess::DecodedBytes { most }) } else { Ok(()) }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, wanted)
}
