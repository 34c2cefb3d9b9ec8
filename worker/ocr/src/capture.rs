//! Tells from measurable signs how a page came to be a file.
//! Reading it is left to `recognise`.

use document::Capture;
use image::{GrayImage, imageops};

use crate::decode::Picture;

/// How far the light on the paper may differ from place to place on a scan, in levels of 256.
const EVEN_LIGHT: u8 = 70;

/// How `picture` was captured.
pub(crate) fn of(picture: &Picture) -> Capture {
    match () {
        () if picture.camera => Capture::Photo,
        () if picture.bilevel => Capture::Fax,
        () if unevenness(&picture.grey) > EVEN_LIGHT => Capture::Photo,
        () => Capture::Scan,
    }
}

/// How much darker the paper is in the darker fields of the page than in the lighter ones, in levels of 256.
///
/// The page is looked at in fields of a tenth of its side; the paper of a field is its lightest part. Pictures and
/// bars that fill a field are dark too, so a tenth of the fields at either end is left out.
fn unevenness(grey: &GrayImage) -> u8 {
    const FIELDS: u32 = 10;
    const FINE: u32 = 8;
    let small = imageops::thumbnail(grey, FIELDS * FINE, FIELDS * FINE);
    let mut papers: Vec<u8> = (0..FIELDS * FIELDS)
        .map(|field| {
            let (left, top) = (field % FIELDS * FINE, field / FIELDS * FINE);
            let view = imageops::crop_imm(&small, left, top, FINE, FINE).to_image();
            view.iter().copied().max().unwrap_or(u8::MAX)
        })
        .collect();
    papers.sort_unstable();
    let at = |share: usize| papers.get(papers.len() * share / 10).copied().unwrap_or(u8::MAX);
    at(9).saturating_sub(at(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    fn picture(light: impl Fn(u32, u32) -> u8) -> Picture {
        let grey = GrayImage::from_fn(400, 500, |x, y| {
            let ink = y % 25 < 6 && x % 9 < 4;
            Luma([if ink { 20 } else { light(x, y) }])
        });
        Picture { grey, lightest: None, bilevel: false, camera: false }
    }

    #[test]
    fn the_capture_is_told_from_its_signs() {
        let paper = |_, _| 245;
        let bar = |_, y| if y < 40 { 30 } else { 245 };
        let shadow = |x: u32, _| (100 + x / 3) as u8;
        let desk = |x: u32, y: u32| if (60..340).contains(&x) && (80..420).contains(&y) { 230 } else { 90 };
        let cases = [
            ("even paper", picture(paper), Capture::Scan),
            ("a dark bar", picture(bar), Capture::Scan),
            ("a shadow", picture(shadow), Capture::Photo),
            ("paper on a desk", picture(desk), Capture::Photo),
            ("two colours", Picture { bilevel: true, ..picture(paper) }, Capture::Fax),
            ("an exposure", Picture { camera: true, ..picture(paper) }, Capture::Photo),
        ];
        for (name, picture, expected) in cases {
            assert_eq!(of(&picture), expected, "{name}");
        }
    }
}
