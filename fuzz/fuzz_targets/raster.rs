//! The kinds of picture that the crate `image` decodes, TIFF apart.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

const KINDS: [&str; 6] =
    ["image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/x-portable-anymap"];

fuzz_target!(|bytes: &[u8]| -> Corpus { fuzz::decode(bytes, &KINDS) });
