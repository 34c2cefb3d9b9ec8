//! TIFF, with our own decoding of faxes and palettes.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|bytes: &[u8]| -> Corpus { fuzz::decode(bytes, &["image/tiff"]) });
