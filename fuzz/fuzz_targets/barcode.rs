//! The search for barcodes on a picture: a byte for its width, one for how often each pixel is repeated across and
//! down, then its grey pixels.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

/// Large pictures are searched for regions first, which takes more pixels than an input should have.
const MOST_REPEATED: usize = 12;
const MOST_PIXELS: usize = 500_000;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let [width, repeated, pixels @ ..] = bytes else { return Corpus::Reject };
    let (width, repeated) = (usize::from(*width) + 1, usize::from(*repeated) % MOST_REPEATED + 1);
    if pixels.len() < width || pixels.len() * repeated * repeated > MOST_PIXELS {
        return Corpus::Reject;
    }
    fuzz::begin(bytes);
    let wide = |line: &[u8]| line.iter().flat_map(|pixel| vec![*pixel; repeated]).collect::<Vec<_>>();
    let picture: Vec<u8> = pixels.chunks_exact(width).flat_map(|line| wide(line).repeat(repeated)).collect();
    ocr::fuzzing::barcodes((width * repeated) as u32, picture);
    Corpus::Keep
});
