//! Finds the parts of a picture where anything stands: blank paper would cost the network as much as print.
//! Whether it is text that stands there is left to `detect`.

use std::ops::Range;

use image::GrayImage;

use super::detect::STEP;
use crate::resize::resize;

/// The picture is looked at with so many pixels on a side as one, so that the grain of paper and cameras is averaged.
const FINE: u32 = 4;
/// Levels of 256 between the lightest and the darkest of a block that is not blank.
const CONTRAST: u8 = 24;

/// Upright parts of `picture` that hold all that stands on it, with a block of room around, in pixels, in multiples of
/// [`STEP`]; the sides of the picture must be such multiples too.
pub(super) fn parts(picture: &GrayImage) -> Vec<(Range<u32>, Range<u32>)> {
    let (across, down) = ((picture.width() / STEP) as usize, (picture.height() / STEP) as usize);
    let small = resize(picture, picture.width() / FINE, picture.height() / FINE);
    let side = (STEP / FINE) as usize;
    let mut lightest = vec![0_u8; across * down];
    let mut darkest = vec![u8::MAX; across * down];
    for (y, row) in small.as_raw().chunks_exact(small.width().max(1) as usize).enumerate() {
        for (x, pixels) in row.chunks(side).enumerate() {
            let block = y / side * across + x;
            let (Some(lightest), Some(darkest)) = (lightest.get_mut(block), darkest.get_mut(block)) else {
                continue;
            };
            for pixel in pixels {
                (*lightest, *darkest) = ((*lightest).max(*pixel), (*darkest).min(*pixel));
            }
        }
    }
    let is_busy = |x: usize, y: usize| {
        let at = y * across + x;
        let pair = lightest.get(at).zip(darkest.get(at));
        pair.is_some_and(|(light, dark)| light.saturating_sub(*dark) >= CONTRAST)
    };
    let mut found = Vec::new();
    for rows in runs(down, |y| (0..across).any(|x| is_busy(x, y))) {
        for columns in runs(across, |x| rows.clone().any(|y| is_busy(x, y))) {
            let busy = runs(down, |y| rows.contains(&y) && columns.clone().any(|x| is_busy(x, y)));
            found.extend(busy.into_iter().map(|rows| (pixels(&columns), pixels(&rows))));
        }
    }
    found
}

/// The runs of `count` blocks that are busy, each with one more block on either side; runs that touch are one.
fn runs(count: usize, is_busy: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for at in (0..count).filter(|at| is_busy(*at)) {
        let (start, end) = (at.saturating_sub(1), (at + 2).min(count));
        match found.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => found.push(start..end),
        }
    }
    found
}

fn pixels(blocks: &Range<usize>) -> Range<u32> {
    blocks.start as u32 * STEP..blocks.end as u32 * STEP
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    #[test]
    fn blank_paper_is_left_out() {
        // Two columns of print with a wide gap at the top, one line lower down, grain everywhere.
        let page = GrayImage::from_fn(640, 640, |x, y| {
            let print = match (x, y) {
                (40..200 | 450..600, 40..90) | (100..500, 400..410) => x % 7 < 3,
                _ => false,
            };
            Luma([if print { 40 } else { 240 - ((x * 7 + y * 13) % 11) as u8 }])
        });
        let found = parts(&page);
        assert_eq!(found, [(0..256, 0..128), (416..640, 0..128), (64..544, 352..448)]);
        assert_eq!(parts(&GrayImage::from_pixel(64, 64, Luma([200]))), []);
    }
}
