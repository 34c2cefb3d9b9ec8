//! Finds lines of text on a picture: a network says how likely each pixel is text, and what hangs together is a line.
//! Reading the lines is left to `transcribe`.

use std::ops::Range;

use image::{GenericImage as _, GrayImage, ImageBuffer, Luma, imageops};
use imageproc::geometry::min_area_rect;
use imageproc::point::Point;
use imageproc::region_labelling::{Connectivity, connected_components};

use super::network::Network;
use super::{NeuralError, active};
use crate::line::LineBox;
use crate::resize::resize;

/// The longest side that the network is shown, in pixels: its cost grows with the square.
const MOST_SIDE: f32 = 1600.0;
/// The shortest, so that the letters of a small picture are large enough.
const LEAST_SIDE: f32 = 960.0;
/// The sides of what it is shown are multiples of this.
pub(super) const STEP: u32 = 32;
/// About so many pixels are shown at once: the network takes some 100 bytes for each.
const BAND_PIXELS: u32 = 1 << 19;
/// So many pixels of its neighbours are shown with each band.
const BAND_MARGIN: u32 = 64;
/// What the network was trained with: mean and standard deviation of red, green and blue (PP-OCR's inference.yml).
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];
/// From this likelihood on a pixel is text, and from this mean likelihood on a box is a line (the same).
const PIXEL: f32 = 0.25;
const LINE: f32 = 0.45;
/// The network marks the core of a line; its box is larger by this ratio of area to outline (the same).
const GROWTH: f32 = 1.5;
/// The least height and width of a core, in pixels of the map.
const LEAST_CORE: f32 = 3.0;
/// More lines than this are no document.
const MOST_LINES: usize = 1500;

/// How likely each pixel is text.
type Map = ImageBuffer<Luma<f32>, Vec<f32>>;

/// The network that finds lines.
pub(super) struct Detector {
    network: Network,
}

impl Detector {
    pub(super) fn new(network: Network) -> Self {
        Self { network }
    }

    /// The lines on `picture`, from top to bottom.
    pub(super) fn lines(&self, picture: &GrayImage) -> Result<Vec<LineBox>, NeuralError> {
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        let longest = width.max(height);
        let factor =
            if longest > MOST_SIDE { MOST_SIDE / longest } else { (LEAST_SIDE / longest).clamp(1.0, 2.0) };
        let side = |length: f32| ((length * factor / STEP as f32).round() as u32).max(1) * STEP;
        let shown = resize(picture, side(width), side(height));
        let mut found = Vec::new();
        for (columns, rows) in active::parts(&shown) {
            let (left, top) = (columns.start, rows.start);
            let part = imageops::crop_imm(&shown, left, top, columns.end - left, rows.end - top).to_image();
            let placed = |(x, y): (f32, f32)| (x + left as f32, y + top as f32);
            found.extend(boxes(&self.map(&part)?).into_iter().map(|corners| corners.map(placed)));
        }
        found.truncate(MOST_LINES);
        let scale = (width / shown.width() as f32, height / shown.height() as f32);
        let mut lines: Vec<LineBox> = found
            .into_iter()
            .map(|corners| LineBox::ordered(corners.map(|(x, y)| (x * scale.0, y * scale.1))))
            .collect();
        lines.sort_by(|one, two| one.0[0].1.total_cmp(&two.0[0].1).then(one.0[0].0.total_cmp(&two.0[0].0)));
        Ok(lines)
    }

    /// How likely each pixel of `shown` is text.
    fn map(&self, shown: &GrayImage) -> Result<Map, NeuralError> {
        let (width, height) = shown.dimensions();
        let is_wide = width > height;
        let (along, across) = if is_wide { (width, height) } else { (height, width) };
        let mut map = Map::new(width, height);
        for band in bands(along, across) {
            let seen = band.start.saturating_sub(BAND_MARGIN)..(band.end + BAND_MARGIN).min(along);
            let (at, length) = (seen.start, seen.end - seen.start);
            let (x, y, width, height) =
                if is_wide { (at, 0, length, across) } else { (0, at, across, length) };
            let part = self.map_at_once(&imageops::crop_imm(shown, x, y, width, height).to_image())?;
            // Of its neighbours' pixels each says the better what is there.
            let (skip, length) = (band.start - at, band.end - band.start);
            let (x, y, width, height) =
                if is_wide { (skip, 0, length, across) } else { (0, skip, across, length) };
            let own = imageops::crop_imm(&part, x, y, width, height);
            let (left, top) = if is_wide { (band.start, 0) } else { (0, band.start) };
            map.copy_from(&*own, left, top).map_err(|error| NeuralError::Run(error.to_string()))?;
        }
        Ok(map)
    }

    fn map_at_once(&self, shown: &GrayImage) -> Result<Map, NeuralError> {
        let (width, height) = (shown.width() as usize, shown.height() as usize);
        let channels = MEAN.iter().zip(DEVIATION).flat_map(|(mean, deviation)| {
            shown.as_raw().iter().map(move |pixel| (f32::from(*pixel) / 255.0 - mean) / deviation)
        });
        let output = self.network.run([1, 3, height, width], &channels.collect::<Vec<f32>>())?;
        let trouble = || NeuralError::Run(format!("a map of {:?} for {width} x {height}", output.shape));
        if output.shape != [1, 1, height, width] {
            return Err(trouble());
        }
        Map::from_raw(shown.width(), shown.height(), output.values).ok_or_else(trouble)
    }
}

/// The bands, in multiples of [`STEP`], that a part so long and so wide is shown in, one after the other.
fn bands(along: u32, across: u32) -> impl Iterator<Item = Range<u32>> {
    let count = (along * across).div_ceil(BAND_PIXELS).max(1);
    let length = along.div_ceil(count).next_multiple_of(STEP).max(STEP);
    (0..along.div_ceil(length)).map(move |band| band * length..((band + 1) * length).min(along))
}

/// What belongs to one core of a line.
#[derive(Default, Clone)]
struct Core {
    sum: f64,
    pixels: u32,
    /// For each row of it, its first and last pixel.
    ends: Vec<Point<f32>>,
    last_row: Option<u32>,
}

/// The corners of the lines on a map, in its pixels.
fn boxes(map: &Map) -> Vec<[(f32, f32); 4]> {
    let likelihood = |x: u32, y: u32| map.get_pixel(x, y).0[0];
    let mask = GrayImage::from_fn(map.width(), map.height(), |x, y| {
        Luma([if likelihood(x, y) > PIXEL { 255 } else { 0 }])
    });
    let labels = connected_components(&mask, Connectivity::Eight, Luma([0]));
    let mut cores: Vec<Core> = Vec::new();
    for (x, y, label) in labels.enumerate_pixels() {
        let Some(index) = (label.0[0] as usize).checked_sub(1) else { continue };
        if cores.len() <= index {
            cores.resize(index + 1, Core::default());
        }
        let Some(core) = cores.get_mut(index) else { continue };
        core.sum += f64::from(likelihood(x, y));
        core.pixels += 1;
        // A pixel's own extent counts: its left and right edges on the row's first and last pixel.
        let (left, right, top) = (x as f32, x as f32 + 1.0, y as f32);
        if core.last_row == Some(y) {
            core.ends.truncate(core.ends.len() - 2);
        } else {
            core.last_row = Some(y);
            core.ends.extend([Point::new(left, top), Point::new(left, top + 1.0)]);
        }
        core.ends.extend([Point::new(right, top), Point::new(right, top + 1.0)]);
    }
    let lines = cores.into_iter().filter(|core| core.sum / f64::from(core.pixels.max(1)) >= f64::from(LINE));
    lines.filter_map(|core| grown(&core.ends)).collect()
}

/// The least box around a core, grown to the line that it is the core of.
fn grown(ends: &[Point<f32>]) -> Option<[(f32, f32); 4]> {
    let corners = min_area_rect(ends).map(|corner| (corner.x, corner.y));
    let [a, b, c, _] = corners;
    let (width, height) = ((b.0 - a.0).hypot(b.1 - a.1), (c.0 - b.0).hypot(c.1 - b.1));
    if width.min(height) < LEAST_CORE {
        return None;
    }
    let growth = width * height * GROWTH / (2.0 * (width + height));
    let centre = ((a.0 + c.0) / 2.0, (a.1 + c.1) / 2.0);
    let along = ((b.0 - a.0) / width, (b.1 - a.1) / width);
    let across = ((c.0 - b.0) / height, (c.1 - b.1) / height);
    let (half_width, half_height) = (width / 2.0 + growth, height / 2.0 + growth);
    let corner = |right: f32, down: f32| {
        (
            centre.0 + along.0 * half_width * right + across.0 * half_height * down,
            centre.1 + along.1 * half_width * right + across.1 * half_height * down,
        )
    };
    Some([corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_grow_into_lines() {
        // One likely core of 40 by 10, one unlikely one, and a speck.
        let map = Map::from_fn(200, 100, |x, y| match (x, y) {
            (50..90, 30..40) => Luma([0.9]),
            (50..90, 60..70) => Luma([0.3]),
            (150..152, 80..82) => Luma([0.9]),
            _ => Luma([0.0]),
        });
        let found = boxes(&map);
        assert_eq!(found.len(), 1, "{found:?}");
        let line = LineBox::ordered(found[0]);
        // 40 x 10 x 1.5 / 100 = 6 pixels on each side.
        assert_eq!(line.0, [(44.0, 24.0), (96.0, 24.0), (96.0, 46.0), (44.0, 46.0)]);
    }

    #[test]
    fn bands_cover_a_picture() {
        assert!(bands(640, 480).eq(std::iter::once(0..640)));
        assert_eq!(bands(1600, 1248).collect::<Vec<_>>(), [0..416, 416..832, 832..1248, 1248..1600]);
        assert_eq!(bands(1216, 800).collect::<Vec<_>>(), [0..608, 608..1216]);
        assert!(bands(32, 32).eq(std::iter::once(0..32)));
    }
}
