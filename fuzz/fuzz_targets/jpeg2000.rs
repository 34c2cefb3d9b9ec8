//! JPEG 2000, in its container and bare.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|bytes: &[u8]| -> Corpus { fuzz::decode(bytes, &["image/jp2"]) });
