//! The pattern that a camera sees on a screen: waves of one length and direction all over the picture.

use std::sync::Arc;

use document::{Flaw, FlawKind};
use image::{GrayImage, imageops};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use super::{WHOLE, flaw};
use crate::prepare::Letter;

/// The side of the tiles whose waves are measured, in pixels, and how many are looked at: those with fewest letters.
const TILE: u32 = 128;
const MOST_TILES: usize = 12;
/// The waves that are looked for, in waves a tile: longer ones are shadows, shorter ones grain.
const WAVES: std::ops::Range<f32> = 5.0..60.0;
/// A wave is so many times as high as most others of its tile.
const OUTSTANDING: f32 = 12.0;
/// Waves of tiles are the same if they differ by so many a tile. Patterns printed on cards change from place to place.
const SAME: i32 = 1;
/// The height of the wave, in levels, at which the pattern stands over everything.
const MOST: f64 = 36.0;

/// A wave of a tile: how often it goes up and down across and down the tile, and how high it is, in levels.
struct Wave {
    across: i32,
    down: i32,
    height: f32,
}

/// The pattern of a screen on `picture`, where most of its tiles show the same.
pub(super) fn pattern(picture: &GrayImage, letters: &[Letter]) -> Option<Flaw> {
    let fft = FftPlanner::new().plan_fft_forward(TILE as usize);
    let tiles = tiles(picture, letters);
    let waves: Vec<Wave> = tiles.iter().filter_map(|(x, y)| wave(picture, (*x, *y), &fft)).collect();
    let alike = |one: &Wave| -> Vec<f32> {
        let same =
            |two: &&Wave| (one.across - two.across).abs() <= SAME && (one.down - two.down).abs() <= SAME;
        waves.iter().filter(same).map(|wave| wave.height).collect()
    };
    let mut heights = waves.iter().map(alike).max_by_key(Vec::len)?;
    if heights.len() * 2 <= tiles.len() {
        return None;
    }
    heights.sort_by(f32::total_cmp);
    let height = heights.get(heights.len() / 2).copied()?;
    Some(flaw(FlawKind::Moire, f64::from(height) / MOST, WHOLE))
}

/// The corners of the tiles with fewest letters.
fn tiles(picture: &GrayImage, letters: &[Letter]) -> Vec<(u32, u32)> {
    let starts = |length: u32| (0..length / TILE).map(|tile| tile * TILE);
    let corners = starts(picture.height()).flat_map(|y| starts(picture.width()).map(move |x| (x, y)));
    let on = |letter: &&Letter, (x, y): (u32, u32)| {
        let (left, top, side) = (x as f32, y as f32, TILE as f32);
        letter.left < left + side && letter.right > left && letter.top < top + side && letter.bottom > top
    };
    let mut tiles: Vec<(usize, (u32, u32))> = corners
        .filter(|corner| !is_ruled(picture, *corner))
        .map(|corner| (letters.iter().filter(|letter| on(letter, corner)).count(), corner))
        .collect();
    tiles.sort_unstable();
    tiles.into_iter().take(MOST_TILES).map(|(_, corner)| corner).collect()
}

/// Whether a rule or a frame runs through a tile: rules repeat like waves do.
fn is_ruled(picture: &GrayImage, (x, y): (u32, u32)) -> bool {
    /// A row or column of a tile is so many levels darker than the others; no pattern of a screen is.
    const DARKER: u32 = 50;
    let (mut rows, mut columns) = ([0_u32; TILE as usize], [0_u32; TILE as usize]);
    for (row, across) in rows.iter_mut().zip(y..) {
        for (column, down) in columns.iter_mut().zip(x..) {
            let level = picture.get_pixel(down, across).0[0];
            *row += u32::from(level);
            *column += u32::from(level);
        }
    }
    let mean = rows.iter().sum::<u32>() / TILE;
    rows.iter().chain(&columns).any(|line| line + DARKER * TILE < mean)
}

/// The wave that stands out of a tile, if one does.
fn wave(picture: &GrayImage, (x, y): (u32, u32), fft: &Arc<dyn Fft<f32>>) -> Option<Wave> {
    let side = TILE as usize;
    let tile = imageops::crop_imm(picture, x, y, TILE, TILE).to_image();
    let mean = tile.iter().map(|level| f32::from(*level)).sum::<f32>() / (side * side) as f32;
    // Hann's window, so that the ends of the tile are no edges.
    let window = |at: usize| 0.5 - 0.5 * (std::f32::consts::TAU * at as f32 / side as f32).cos();
    let pixels = tile.iter().enumerate();
    let mut rows: Vec<Complex<f32>> = pixels
        .map(|(at, level)| Complex::from((f32::from(*level) - mean) * window(at % side) * window(at / side)))
        .collect();
    fft.process(&mut rows);
    let mut columns: Vec<Complex<f32>> =
        (0..side * side).filter_map(|at| rows.get(at % side * side + at / side).copied()).collect();
    fft.process(&mut columns);
    // Of the window, half is left in each direction; of a wave, one half goes each way.
    let scale = 2.0 / (side * side) as f32 * 4.0;
    let signed = |at: usize| if at > side / 2 { at as i32 - side as i32 } else { at as i32 };
    let of_interest = columns.iter().enumerate().map(|(at, value)| Wave {
        across: signed(at / side),
        down: signed(at % side),
        height: value.norm() * scale,
    });
    let half = |wave: &Wave| wave.across > 0 || (wave.across == 0 && wave.down > 0);
    let mut waves: Vec<Wave> = of_interest
        .filter(|wave| half(wave) && WAVES.contains(&(wave.across as f32).hypot(wave.down as f32)))
        .collect();
    waves.sort_by(|one, two| one.height.total_cmp(&two.height));
    let usual = waves.get(waves.len() / 2)?.height;
    waves.pop().filter(|highest| highest.height > OUTSTANDING * usual)
}
