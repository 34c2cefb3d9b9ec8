//! Refuses PDFs whose compressed streams would become more than the machine can hold.
//! The streams themselves are decoded elsewhere, without a limit of their own, which is why this comes first.

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object};

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
        let ratios = ratios(stream.dict());
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

/// For each filter of a stream, the most that it can make of a byte.
fn ratios(stream: &Dict<'_>) -> Vec<u64> {
    let several = || stream.get::<Array<'_>>(b"Filter").or_else(|| stream.get::<Array<'_>>(b"F"));
    let one = || stream.get::<Name<'_>>(b"Filter").or_else(|| stream.get::<Name<'_>>(b"F"));
    match (one(), several()) {
        (Some(name), _) => vec![most_per_byte(&name)],
        (None, Some(names)) => names.iter::<Name<'_>>().map(|name| most_per_byte(&name)).collect(),
        (None, None) => Vec::new(),
    }
}

fn most_per_byte(filter: &[u8]) -> u64 {
    match filter {
        b"FlateDecode" | b"Fl" => DEFLATE_RATIO,
        b"LZWDecode" | b"LZW" => LZW_RATIO,
        b"RunLengthDecode" | b"RL" => RUN_LENGTH_RATIO,
        // Pictures are measured by their pixels, and text forms of bytes only shrink.
        _ => 1,
    }
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
