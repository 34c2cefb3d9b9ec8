//! Finds out how far a code reaches: its decoder tells landmarks alone, and not always all of them.
//! What stands in the code is left to the decoder.

use image::GrayImage;
use rxing::{BarcodeFormat, RXingResult, RXingResultMetadataType, RXingResultMetadataValue};

/// The landmarks of a PDF417 of which both ends were seen.
const BOTH_ENDS: usize = 8;
/// The share of a line that is dark wherever there is code.
const DARK: f32 = 0.03;

/// An upright box in the picture as the decoder turned it.
#[derive(Debug, Clone, Copy)]
struct Extent {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

/// The corners of a code on `picture`, clockwise from the code's own top left.
pub(crate) fn corners(result: &RXingResult, picture: &GrayImage) -> Option<[(f32, f32); 4]> {
    let points = result.getPoints();
    let least = |of: fn(&rxing::Point) -> f32| points.iter().map(of).reduce(f32::min);
    let most = |of: fn(&rxing::Point) -> f32| points.iter().map(of).reduce(f32::max);
    let seen = Extent {
        left: least(|point| point.x)?,
        top: least(|point| point.y)?,
        right: most(|point| point.x)?,
        bottom: most(|point| point.y)?,
    };
    let (width, height) = (seen.right - seen.left, seen.bottom - seen.top);
    if width < 1.0 || height < 1.0 {
        return None;
    }
    let is_pdf417 = result.getBarcodeFormat() == &BarcodeFormat::PDF_417;
    let view = View { picture, turned: if is_pdf417 { turned(result) } else { 0 } };
    let whole = if is_pdf417 && points.len() < BOTH_ENDS {
        // One end of it, 17 or 18 modules wide. White that is three modules wide stands in no code.
        view.grown(seen, [f32::INFINITY, 0.0], width / 6.0)
    } else if is_pdf417 {
        seen
    } else {
        // The middles of its finder patterns, which reach a quarter of the smallest code beyond.
        view.grown(seen, [width * 0.3, height * 0.3], width / 20.0)
    };
    let Extent { left, top, right, bottom } = whole;
    Some([(left, top), (right, top), (right, bottom), (left, bottom)].map(|corner| view.back(corner)))
}

/// By how many degrees, anticlockwise, the decoder turned the picture before it found a PDF417.
fn turned(result: &RXingResult) -> i32 {
    match result.getRXingResultMetadata().get(&RXingResultMetadataType::ORIENTATION) {
        Some(RXingResultMetadataValue::Orientation(degrees)) => *degrees,
        _ => 0,
    }
}

/// The picture as the decoder turned it.
struct View<'a> {
    picture: &'a GrayImage,
    turned: i32,
}

impl View<'_> {
    /// A place on the picture as it is.
    fn back(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let (width, height) = (self.picture.width() as f32, self.picture.height() as f32);
        match self.turned {
            90 => (width - y, x),
            180 => (width - x, height - y),
            270 => (y, height - x),
            _ => (x, y),
        }
    }

    fn shade(&self, x: f32, y: f32) -> Option<u8> {
        let (x, y) = self.back((x + 0.5, y + 0.5));
        let within = x >= 0.0 && y >= 0.0;
        self.picture.get_pixel_checked(x as u32, y as u32).filter(|_| within).map(|pixel| pixel.0[0])
    }

    /// `seen` with each side moved out, by at most so much across and down, until what lies beyond is white for `gap`
    /// pixels.
    fn grown(&self, seen: Extent, [across, down]: [f32; 2], gap: f32) -> Extent {
        let shades = || {
            steps(seen.left, seen.right).filter_map(|x| self.shade(x, f32::midpoint(seen.top, seen.bottom)))
        };
        let middle = shades().min().unwrap_or(0) / 2 + shades().max().unwrap_or(u8::MAX) / 2;
        let share = |shades: &mut dyn Iterator<Item = u8>| {
            let (mut dark, mut all) = (0.0, 0.0);
            for shade in shades {
                dark += f32::from(u8::from(shade < middle));
                all += 1.0;
            }
            if all > 0.0 { dark / all } else { 0.0 }
        };
        let column = |x: f32| share(&mut steps(seen.top, seen.bottom).filter_map(|y| self.shade(x, y)));
        let row = |y: f32| share(&mut steps(seen.left, seen.right).filter_map(|x| self.shade(x, y)));
        let most = (self.picture.width().max(self.picture.height())) as f32;
        let reach = |start: f32, step: f32, limit: f32, dark: &dyn Fn(f32) -> f32| {
            let (mut end, mut at) = (start, 0.0);
            while at < limit.min(most) && at - (end - start).abs() <= gap {
                at += 1.0;
                if dark(start + step * at) >= DARK {
                    end = start + step * at;
                }
            }
            end
        };
        Extent {
            left: reach(seen.left, -1.0, across, &column),
            top: reach(seen.top, -1.0, down, &row),
            right: reach(seen.right, 1.0, across, &column),
            bottom: reach(seen.bottom, 1.0, down, &row),
        }
    }
}

fn steps(from: f32, to: f32) -> impl Iterator<Item = f32> {
    (from as i32..=to as i32).map(|at| at as f32)
}
