//! PDFs: the guard, the text layer, forms, trust, words, and drawing.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|bytes: &[u8]| -> Corpus { fuzz::decode(bytes, &["application/pdf"]) });
