//! Finds the parts of a picture that could be barcodes: where dark and light change often over a solid area.
//! Text changes as often, but leaves most of its area white. Whether it is a barcode is left to the decoder.

use image::GrayImage;

use crate::resize::resize;

/// The side of a block, in pixels: blocks are judged together with those around them.
const BLOCK: u32 = 16;
/// Barcodes with modules up to about half a block are seen at full size, larger ones in a picture reduced by this.
const REDUCED: u32 = 4;
/// How far the lightest and the darkest pixel of a block and its neighbours must lie apart.
const CONTRAST: u8 = 50;
/// The share of dark pixels in a barcode, with its white margin in part.
const DARK: std::ops::RangeInclusive<f64> = 0.27..=0.72;
/// How often dark and light change along a row or a column, at least, per pixel of the busier direction.
const CHANGES: f64 = 0.05;
/// The least blocks that make a region.
const LEAST_BLOCKS: usize = 6;
/// The most regions that are worth a look.
const MOST_REGIONS: usize = 8;
/// A picture of fewer pixels is a region as a whole: a barcode cut out by somebody.
const SMALL: u32 = 300_000;

/// An upright part of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Region {
    fn area(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    fn holds(&self, other: &Self) -> bool {
        self.left <= other.left
            && self.top <= other.top
            && self.left + self.width >= other.left + other.width
            && self.top + self.height >= other.top + other.height
    }
}

/// Parts of `grey` that could be barcodes, the largest first.
pub(crate) fn find(grey: &GrayImage) -> Vec<Region> {
    let (width, height) = grey.dimensions();
    if width * height < SMALL {
        return vec![Region { left: 0, top: 0, width, height }];
    }
    let reduced = resize(grey, width.div_ceil(REDUCED), height.div_ceil(REDUCED));
    let mut regions = within(grey, 1, (width, height));
    regions.extend(within(&reduced, REDUCED, (width, height)));
    regions.sort_by_key(|region| std::cmp::Reverse(region.area()));
    let mut kept: Vec<Region> = Vec::new();
    for region in regions {
        if kept.len() < MOST_REGIONS && !kept.iter().any(|larger| larger.holds(&region)) {
            kept.push(region);
        }
    }
    kept
}

/// The regions of `grey`, which is `scale` times smaller than the picture of the size `whole`.
fn within(grey: &GrayImage, scale: u32, whole: (u32, u32)) -> Vec<Region> {
    let blocks = Blocks::of(grey);
    let mut busy: Vec<bool> = (0..blocks.rows)
        .flat_map(|row| (0..blocks.columns).map(move |column| (column, row)))
        .map(|(column, row)| blocks.could_be_code(column, row))
        .collect();
    let mut regions = Vec::new();
    for start in 0..busy.len() {
        let found = blocks.flood(&mut busy, start);
        let (Some(left), Some(right)) =
            (found.iter().map(|at| at.0).min(), found.iter().map(|at| at.0).max())
        else {
            continue;
        };
        let (Some(top), Some(bottom)) =
            (found.iter().map(|at| at.1).min(), found.iter().map(|at| at.1).max())
        else {
            continue;
        };
        if found.len() < LEAST_BLOCKS {
            continue;
        }
        // With a margin of two blocks, which the search needs to see white around a code.
        let from = |block: usize| (block as u32).saturating_sub(2) * BLOCK * scale;
        let to = |block: usize, most: u32| ((block as u32 + 3) * BLOCK * scale).min(most);
        let (left, top) = (from(left), from(top));
        regions.push(Region {
            left,
            top,
            width: to(right, whole.0).saturating_sub(left),
            height: to(bottom, whole.1).saturating_sub(top),
        });
    }
    regions
}

/// What the pixels of a block are like.
#[derive(Debug, Clone, Copy)]
struct Block {
    least: u8,
    most: u8,
    sum: u32,
}

struct Blocks<'a> {
    grey: &'a GrayImage,
    columns: usize,
    rows: usize,
    blocks: Vec<Block>,
}

impl<'a> Blocks<'a> {
    fn of(grey: &'a GrayImage) -> Self {
        let (columns, rows) = ((grey.width() / BLOCK) as usize, (grey.height() / BLOCK) as usize);
        let mut blocks = vec![Block { least: u8::MAX, most: 0, sum: 0 }; columns * rows];
        let lines = grey.as_raw().chunks_exact(grey.width().max(1) as usize);
        for (y, line) in lines.enumerate().take(rows * BLOCK as usize) {
            let row = y / BLOCK as usize;
            let places = blocks.get_mut(row * columns..).unwrap_or_default();
            for (block, pixels) in places.iter_mut().zip(line.chunks_exact(BLOCK as usize)) {
                for pixel in pixels {
                    block.least = block.least.min(*pixel);
                    block.most = block.most.max(*pixel);
                    block.sum += u32::from(*pixel);
                }
            }
        }
        Self { grey, columns, rows, blocks }
    }

    fn around(&self, column: usize, row: usize) -> impl Iterator<Item = &Block> {
        let columns = column.saturating_sub(1)..(column + 2).min(self.columns);
        (row.saturating_sub(1)..(row + 2).min(self.rows)).flat_map(move |row| {
            self.blocks
                .get(row * self.columns + columns.start..row * self.columns + columns.end)
                .unwrap_or_default()
        })
    }

    fn could_be_code(&self, column: usize, row: usize) -> bool {
        let least = self.around(column, row).map(|block| block.least).min().unwrap_or(0);
        let most = self.around(column, row).map(|block| block.most).max().unwrap_or(0);
        if most - least < CONTRAST {
            return false;
        }
        let middle = least / 2 + most / 2;
        // Cheap, and most of a page is too light.
        let pixels = self.around(column, row).count() as u32 * BLOCK * BLOCK;
        let mean =
            f64::from(self.around(column, row).map(|block| block.sum).sum::<u32>()) / f64::from(pixels);
        let shade = (f64::from(most) - mean) / f64::from(most - least);
        if !DARK.contains(&shade) {
            return false;
        }
        let (dark, across, down) = self.changes(column, row, middle);
        let area = f64::from(BLOCK * BLOCK);
        DARK.contains(&(f64::from(dark) / area)) && f64::from(across.max(down)) / area >= CHANGES
    }

    /// How many pixels of a block are darker than `middle`, and how often that changes from column to column and from
    /// row to row.
    fn changes(&self, column: usize, row: usize, middle: u8) -> (u32, u32, u32) {
        let side = BLOCK as usize;
        let width = self.grey.width() as usize;
        let (mut dark, mut across, mut down) = (0, 0, 0);
        let mut above: Option<&[u8]> = None;
        for y in row * side..(row + 1) * side {
            let start = y * width + column * side;
            let Some(line) = self.grey.as_raw().get(start..start + side) else { break };
            dark += line.iter().filter(|pixel| **pixel < middle).count() as u32;
            across += line
                .windows(2)
                .filter(|pair| matches!(pair, [one, two] if (*one < middle) != (*two < middle)))
                .count() as u32;
            if let Some(above) = above {
                down +=
                    line.iter().zip(above).filter(|(one, two)| (**one < middle) != (**two < middle)).count()
                        as u32;
            }
            above = Some(line);
        }
        (dark, across, down)
    }

    /// The blocks that hang together with `start`, which are no longer `busy` afterwards. A gap of one block is bridged.
    fn flood(&self, busy: &mut [bool], start: usize) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut waiting = vec![start];
        while let Some(at) = waiting.pop() {
            match busy.get_mut(at) {
                Some(busy) if *busy => *busy = false,
                _ => continue,
            }
            let (column, row) = (at % self.columns, at / self.columns);
            found.push((column, row));
            for row in row.saturating_sub(2)..(row + 3).min(self.rows) {
                let columns = column.saturating_sub(2)..(column + 3).min(self.columns);
                waiting.extend(columns.map(|column| row * self.columns + column));
            }
        }
        found
    }
}
