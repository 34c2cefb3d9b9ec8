//! A picture as square blocks: how light and how dark each is, and how steep its steepest edge.
//! What that says of the picture is left to the module above.

use std::collections::VecDeque;

use document::Rect;
use image::GrayImage;

/// The side of a block, in pixels.
const SIDE: u32 = 32;
/// Levels between light and dark from which on something stands in a block.
const CONTRAST: u8 = 40;
/// A block is at least so light where it shines all over.
const SHINING: u8 = 249;

#[derive(Clone, Copy)]
struct Block {
    /// The levels that one pixel in fifty is below, and one in fifty above.
    dark: u8,
    light: u8,
    /// The greatest step between neighbours.
    steepest: u8,
}

impl Block {
    fn is_busy(self) -> bool {
        self.light - self.dark >= CONTRAST
    }
}

/// The whole blocks of a picture, row by row; what is left at its right and bottom is not seen.
pub(super) struct Blocks {
    blocks: Vec<Block>,
    across: usize,
    /// The width and height of a block, in fractions of the picture.
    size: (f64, f64),
}

impl Blocks {
    /// `None` for a picture smaller than a block.
    pub(super) fn of(picture: &GrayImage) -> Option<Self> {
        let (across, down) = (picture.width() / SIDE, picture.height() / SIDE);
        if across == 0 || down == 0 {
            return None;
        }
        let places = (0..down).flat_map(|row| (0..across).map(move |column| (column * SIDE, row * SIDE)));
        let blocks = places.map(|(left, top)| block(picture, left, top)).collect();
        let size = |length: u32| f64::from(SIDE) / f64::from(length);
        Some(Self { blocks, across: across as usize, size: (size(picture.width()), size(picture.height())) })
    }

    /// The share of blocks in which something stands.
    pub(super) fn busy_share(&self) -> f64 {
        self.blocks.iter().filter(|block| block.is_busy()).count() as f64 / self.blocks.len() as f64
    }

    /// Over how many pixels edges go from dark to light in the sharper blocks, and where the busy blocks are.
    pub(super) fn edge_width(&self) -> Option<(f64, Rect)> {
        let busy: Vec<(usize, &Block)> =
            self.blocks.iter().enumerate().filter(|(_, block)| block.is_busy()).collect();
        let width = |block: &Block| f64::from(block.light - block.dark) / f64::from(block.steepest.max(1));
        let mut widths: Vec<f64> = busy.iter().map(|(_, block)| width(block)).collect();
        widths.sort_by(f64::total_cmp);
        let sharper = widths.get(widths.len() / 4).copied()?;
        Some((sharper, self.around(busy.into_iter().map(|(index, _)| index))?))
    }

    /// How light the lightest tenth of the blocks is.
    pub(super) fn light(&self) -> u8 {
        part(self.blocks.iter().map(|block| block.light).collect(), 9, 10)
    }

    /// The largest part of the picture that shines: its share of the picture, and where it is.
    pub(super) fn shine(&self) -> Option<(f64, Rect)> {
        let mut shining: Vec<bool> = self.blocks.iter().map(|block| block.dark >= SHINING).collect();
        let mut largest = Vec::new();
        for start in 0..shining.len() {
            let together = self.take_together(&mut shining, start);
            if together.len() > largest.len() {
                largest = together;
            }
        }
        Some((largest.len() as f64 / self.blocks.len() as f64, self.around(largest.into_iter())?))
    }

    /// How light most blocks are that do not shine.
    pub(super) fn paper_beside_shine(&self) -> u8 {
        let others = self.blocks.iter().filter(|block| block.dark < SHINING);
        part(others.map(|block| block.light).collect(), 1, 2)
    }

    /// The blocks that hang together with that at `start`, no longer marked.
    fn take_together(&self, marked: &mut [bool], start: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut next = VecDeque::from([start]);
        while let Some(index) = next.pop_front() {
            let Some(mark) = marked.get_mut(index).filter(|mark| **mark) else { continue };
            *mark = false;
            found.push(index);
            next.extend([index + self.across, index.wrapping_sub(self.across)]);
            if index % self.across > 0 {
                next.push_back(index - 1);
            }
            if (index + 1) % self.across > 0 {
                next.push_back(index + 1);
            }
        }
        found
    }

    /// The box around blocks.
    fn around(&self, indices: impl Iterator<Item = usize>) -> Option<Rect> {
        let place = |index: usize| {
            let (column, row) = ((index % self.across) as f64, (index / self.across) as f64);
            let (width, height) = self.size;
            Rect::new(column * width, row * height, (column + 1.0) * width, (row + 1.0) * height)
        };
        indices.map(place).reduce(|all, one| all.union(&one))
    }
}

fn block(picture: &GrayImage, left: u32, top: u32) -> Block {
    let (mut counts, mut steepest) = ([0_u32; 256], 0);
    let mut above = [None; SIDE as usize];
    for y in top..top + SIDE {
        let mut before = None;
        for (x, above) in (left..left + SIDE).zip(&mut above) {
            let level = picture.get_pixel(x, y).0[0];
            if let Some(count) = counts.get_mut(usize::from(level)) {
                *count += 1;
            }
            for neighbour in [before, *above].into_iter().flatten() {
                steepest = steepest.max(level.abs_diff(neighbour));
            }
            (before, *above) = (Some(level), Some(level));
        }
    }
    let counted = || counts.iter().zip(0_u8..=u8::MAX).map(|(count, level)| (*count, level));
    Block { dark: outermost(counted()), light: outermost(counted().rev()), steepest }
}

/// The first level that the outermost fiftieth of a block's pixels does not reach.
fn outermost(mut levels: impl Iterator<Item = (u32, u8)>) -> u8 {
    let mut seen = 0;
    let found = levels.find(|(count, _)| {
        seen += count;
        seen > SIDE * SIDE / 50
    });
    found.map_or(0, |(_, level)| level)
}

/// The level that `share` of `of` of the levels are below.
fn part(mut levels: Vec<u8>, share: usize, of: usize) -> u8 {
    levels.sort_unstable();
    levels.get(levels.len() * share / of).copied().unwrap_or(u8::MAX)
}
