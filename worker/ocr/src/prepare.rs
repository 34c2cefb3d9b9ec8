//! Makes a picture easier to read: larger, evenly lit, straight, black on white.
//! Whether a picture needs any of it is left to `recognise`.

use document::{Point, Quad};
use image::imageops;
use image::{GrayImage, Luma};
use imageproc::contrast::adaptive_threshold;
use imageproc::geometric_transformations::{Border, Interpolation, rotate_about_center};

use crate::engine::RawWord;
use crate::parts::parts;
use crate::resize::resize;

/// The height of small letters that Tesseract reads best, in pixels.
pub(crate) const WANTED_LETTERS: f64 = 22.0;
/// The same where patterns lie behind the text: thin strokes survive the loss of pale pixels.
const LARGE_LETTERS: f64 = 30.0;
/// Levels of full ink and of paper, on a picture whose background is white.
const INK: (usize, usize) = (45, 195);
/// Enlarging further only blurs.
const MOST_ENLARGED: f64 = 4.0;
/// The longest side of what Tesseract is shown, in pixels.
const MOST_SIDE: f64 = 5000.0;
/// Pictures with a longest side below this are screen captures and cards: their letters are small.
const SMALL_SIDE: u32 = 1400;
/// How far a page may lean and still be straightened, in degrees.
const MOST_LEAN: f64 = 10.0;
/// A lean that Tesseract copes with by itself, in degrees.
const HARMLESS_LEAN: f64 = 0.4;

/// With fewer things than this that could be letters, there are none.
pub(crate) const FEWEST_LETTERS: usize = 10;
/// A picture whose paper is darker is drawn out before it is read.
const DARKEST_PAPER: usize = 100;

/// A picture made ready, and how its pixels lie on the page.
pub(crate) struct Prepared {
    pub(crate) picture: GrayImage,
    /// By how much it was turned clockwise to lie straight, in radians.
    lean: f64,
}

impl Prepared {
    /// The picture, enlarged where it is small and reduced where it is very large.
    pub(crate) fn plain(grey: &GrayImage) -> Self {
        let longest = grey.width().max(grey.height());
        let factor = if longest < SMALL_SIDE { 2.0 } else { (MOST_SIDE / f64::from(longest)).min(1.0) };
        Self { picture: scaled(grey, factor), lean: 0.0 }
    }

    /// The picture with letters `wanted` pixels high, even light, and straight lines.
    pub(crate) fn even(grey: &GrayImage, wanted: f64) -> Self {
        Self::straight(even_light(&sized(grey, wanted)))
    }

    /// The same with nothing left but ink: patterns and seals behind the text become paper, and pale text is lost.
    pub(crate) fn ink(grey: &GrayImage) -> Self {
        Self::straight(squeeze(flatten(&sized(grey, LARGE_LETTERS)), INK))
    }

    fn straight(even: GrayImage) -> Self {
        let lean = lean_of(&even);
        if lean.abs() < HARMLESS_LEAN {
            return Self { picture: even, lean: 0.0 };
        }
        let lean = -lean.to_radians();
        let picture =
            rotate_about_center(&even, lean as f32, Interpolation::Bilinear, Border::Constant(Luma([255])));
        Self { picture, lean }
    }

    /// Where `word` stands, in fractions of the picture as it was before it was prepared.
    pub(crate) fn place(&self, word: &RawWord) -> Quad {
        let (width, height) = (f64::from(self.picture.width()), f64::from(self.picture.height()));
        let (sin, cos) = self.lean.sin_cos();
        let corner = |x: f64, y: f64| {
            let (x, y) = (x - width / 2.0, y - height / 2.0);
            let (x, y) = (x * cos + y * sin + width / 2.0, y * cos - x * sin + height / 2.0);
            Point { x: x / width, y: y / height }
        };
        Quad::new([
            corner(word.left, word.top),
            corner(word.right, word.top),
            corner(word.right, word.bottom),
            corner(word.left, word.bottom),
        ])
    }
}

/// The picture with its own background taken away, from black to white.
pub(crate) fn even_light(grey: &GrayImage) -> GrayImage {
    stretch(flatten(grey))
}

/// The picture with its letters `wanted` pixels high, as far as that can be told.
pub(crate) fn sized(grey: &GrayImage, wanted: f64) -> GrayImage {
    let factor = letter_height(grey).map_or(2.0, |height| wanted / height);
    let longest = f64::from(grey.width().max(grey.height()));
    scaled(grey, factor.clamp(0.5, MOST_ENLARGED).min(MOST_SIDE / longest))
}

/// The picture at `factor` of its size.
fn scaled(grey: &GrayImage, factor: f64) -> GrayImage {
    if (factor - 1.0).abs() < 0.05 {
        return grey.clone();
    }
    let side = |length: u32| ((f64::from(length) * factor).round() as u32).max(1);
    resize(grey, side(grey.width()), side(grey.height()))
}

/// The height of most things that could be letters, in pixels; `None` where there are hardly any.
pub(crate) fn letter_height(grey: &GrayImage) -> Option<f64> {
    let heights = heights_of_letters(&adaptive_threshold(grey, 15, 12));
    if heights.len() < FEWEST_LETTERS {
        None
    } else {
        heights.get(heights.len() / 2).map(|height| f64::from(*height))
    }
}

/// Letters are at least so many pixels high.
const LEAST_HEIGHT: u32 = 6;

/// The box of something that could be a letter, in pixels; right and bottom are the first outside it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Letter {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) right: f32,
    pub(crate) bottom: f32,
}

impl Letter {
    pub(crate) fn height(&self) -> f32 {
        self.bottom - self.top
    }

    /// The same on a picture `factor` times as large.
    pub(crate) fn scaled(self, factor: f32) -> Self {
        let Self { left, top, right, bottom } = self;
        Self { left: left * factor, top: top * factor, right: right * factor, bottom: bottom * factor }
    }
}

/// Whether anything on the picture is dark enough, and of a shape, to be letters: paper alone has grain and dust.
pub(crate) fn has_letters(grey: &GrayImage) -> bool {
    letters(&flatten(grey)).len() >= FEWEST_LETTERS
}

/// The things on a picture that are dark enough, and of a shape, to be letters; `even` is what [`flatten`] made of it.
pub(crate) fn letters(even: &GrayImage) -> Vec<Letter> {
    /// Ink is darker than this share of the paper around it, in levels.
    const PALEST_INK: u8 = 204;
    let ink = GrayImage::from_fn(even.width(), even.height(), |x, y| {
        Luma([if even.get_pixel(x, y).0[0] < PALEST_INK { 0 } else { 255 }])
    });
    black_letters(&ink)
}

/// The heights in pixels, in order, of the black things on a picture in black and white that could be letters.
fn heights_of_letters(ink: &GrayImage) -> Vec<u32> {
    let mut heights: Vec<u32> = black_letters(ink).iter().map(|letter| letter.height() as u32).collect();
    heights.sort_unstable();
    heights
}

/// The black things on a picture in black and white that could be letters.
fn black_letters(ink: &GrayImage) -> Vec<Letter> {
    let black: Vec<bool> = ink.iter().map(|level| *level == 0).collect();
    let letters = parts(&black, ink.width() as usize).into_iter().filter_map(|part| {
        let (width, height) = (part.right - part.left, part.bottom - part.top);
        let is_letter = (LEAST_HEIGHT as usize..120).contains(&height)
            && width < 3 * height
            && 5 * width >= height
            && (0.15..0.9).contains(&part.filled());
        let [left, top, right, bottom] = [part.left, part.top, part.right, part.bottom].map(|at| at as f32);
        is_letter.then_some(Letter { left, top, right, bottom })
    });
    letters.collect()
}

/// The picture from black to white where it is too dark for the readers; `None` where it is light enough.
pub(crate) fn lit(grey: &GrayImage) -> Option<GrayImage> {
    let (dark, light) = (level(grey, 1), level(grey, 98));
    (light < DARKEST_PAPER).then(|| squeeze(grey.clone(), (dark, light)))
}

/// The picture divided by its own background, so that shadows and tints become paper.
pub(crate) fn flatten(grey: &GrayImage) -> GrayImage {
    const COARSE: u32 = 8;
    let (width, height) = grey.dimensions();
    let small = imageops::thumbnail(grey, (width / COARSE).max(1), (height / COARSE).max(1));
    // Letters must vanish, shadows must stay: a twentieth of the shorter side.
    let reach = (width.min(height) / 20 / COARSE / 2).clamp(1, 20) as u8;
    let mask = imageproc::morphology::Mask::square(reach);
    let paper = imageproc::morphology::grayscale_dilate(&small, &mask);
    let paper = imageproc::filter::gaussian_blur_f32(&paper, f32::from(reach));
    let paper = resize(&paper, width, height);
    let mut even = grey.clone();
    for (pixel, paper) in even.iter_mut().zip(paper.iter()) {
        *pixel = (u16::from(*pixel) * 255 / u16::from(*paper).max(1)).min(255) as u8;
    }
    even
}

/// The picture from black to white, whatever it was.
fn stretch(grey: GrayImage) -> GrayImage {
    let ends = (level(&grey, 1), level(&grey, 60));
    squeeze(grey, ends)
}

/// The level that at least `percent` of the pixels do not exceed.
fn level(grey: &GrayImage, percent: u64) -> usize {
    let mut counts = [0_u64; 256];
    for pixel in grey.iter() {
        if let Some(count) = counts.get_mut(usize::from(*pixel)) {
            *count += 1;
        }
    }
    let all: u64 = counts.iter().sum();
    let mut seen = 0;
    let found = counts.iter().position(|count| {
        seen += count;
        seen * 100 >= all * percent
    });
    found.unwrap_or(0)
}

/// The levels from `dark` to `light` drawn out to black and white.
fn squeeze(mut grey: GrayImage, (dark, light): (usize, usize)) -> GrayImage {
    let span = light.saturating_sub(dark).max(10);
    for pixel in grey.iter_mut() {
        *pixel = (usize::from(*pixel).saturating_sub(dark) * 255 / span).min(255) as u8;
    }
    grey
}

/// By how many degrees clockwise the lines of `grey` lean: where its dark pixels gather most sharply into rows.
fn lean_of(grey: &GrayImage) -> f64 {
    const COARSE_SIDE: u32 = 1000;
    let longest = grey.width().max(grey.height());
    let small = scaled(grey, (f64::from(COARSE_SIDE) / f64::from(longest)).min(1.0));
    let dark: Vec<(f64, f64)> = small
        .enumerate_pixels()
        .filter(|(_, _, pixel)| pixel.0[0] < 128)
        .map(|(x, y, _)| (f64::from(x), f64::from(y)))
        .collect();
    // A picture that is mostly dark has no lines to go by.
    let area = (small.width() * small.height()) as usize;
    if dark.len() < 200 || dark.len() * 2 > area {
        return 0.0;
    }
    let rows = (small.width() + 2 * small.height()) as usize;
    let sharpness = |degrees: f64| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let mut counts = vec![0.0_f64; rows];
        for (x, y) in &dark {
            let row = y * cos - x * sin + f64::from(small.width()) / 2.0;
            if let Some(count) = counts.get_mut(row.max(0.0) as usize) {
                *count += 1.0;
            }
        }
        counts
            .windows(2)
            .map(|pair| pair.iter().copied().fold(0.0, |last: f64, now| now - last).powi(2))
            .sum::<f64>()
    };
    let best = |angles: &mut dyn Iterator<Item = f64>| {
        angles
            .map(|angle| (angle, sharpness(angle)))
            .fold((0.0, f64::MIN), |best, tried| if tried.1 > best.1 { tried } else { best })
    };
    let steps = MOST_LEAN as i32 * 2;
    let (coarse, _) = best(&mut (-steps..=steps).map(|step| f64::from(step) / 2.0));
    let (fine, sharp) = best(&mut (-5..=5).map(|step| coarse + f64::from(step) / 10.0));
    if sharp > 1.1 * sharpness(0.0) { fine } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of small blocks, as lines of letters.
    fn lines() -> GrayImage {
        GrayImage::from_fn(800, 600, |x, y| {
            let ink = y % 40 < 12 && x % 14 < 9 && (60..740).contains(&x) && (60..540).contains(&y);
            let hollow = (3..9).contains(&(y % 40)) && (3..6).contains(&(x % 14));
            Luma([if ink && !hollow { 20 } else { 235 }])
        })
    }

    #[test]
    fn a_picture_of_hardly_any_pixels_has_no_letters() {
        for side in [1, 2, 5] {
            assert!(!has_letters(&GrayImage::from_pixel(side, side, Luma([0]))), "{side}");
        }
    }

    #[test]
    fn letters_are_measured_however_large_the_picture() {
        let mut large = GrayImage::from_pixel(3400, 3400, Luma([235]));
        imageops::replace(&mut large, &lines(), 1300, 1300);
        for picture in [lines(), large] {
            let height = letter_height(&picture).unwrap();
            assert!((height - 12.0).abs() < 2.0, "{height}");
        }
    }

    #[test]
    fn a_lean_is_measured_and_undone() {
        for degrees in [-7.0_f64, -2.0, 1.0, 5.0] {
            let turn = degrees.to_radians() as f32;
            let leaning =
                rotate_about_center(&lines(), turn, Interpolation::Bilinear, Border::Constant(Luma([235])));
            let found = lean_of(&leaning);
            assert!((found - degrees).abs() < 0.3, "{degrees}: {found}");
        }
        assert_eq!(lean_of(&lines()), 0.0);
    }

    #[test]
    fn words_on_a_straightened_picture_are_placed_where_they_were() {
        let prepared = Prepared { picture: GrayImage::new(200, 100), lean: std::f64::consts::FRAC_PI_2 };
        let word = RawWord {
            text: "x".to_owned(),
            confidence: 1.0,
            left: 100.0,
            top: 50.0,
            right: 110.0,
            bottom: 50.0,
            line: 0,
        };
        let [start, end, ..] = prepared.place(&word).rounded().corners();
        assert_eq!((start.x, start.y), (0.5, 0.5));
        // Turned clockwise to lie straight, it ran upwards before.
        assert_eq!((end.x, end.y), (0.5, 0.4));
    }

    #[test]
    fn letters_are_measured() {
        let height = letter_height(&lines()).unwrap();
        assert!((10.0..=14.0).contains(&height), "{height}");
        assert_eq!(letter_height(&GrayImage::from_pixel(100, 100, Luma([255]))), None);
    }

    #[test]
    fn paper_with_grain_and_dust_has_no_letters() {
        let grain = |x: u32, y: u32| 236 + (x * 7919 + y * 104_729) % 19;
        let dust = |x: u32, y: u32| x % 97 < 2 && y % 89 < 2;
        let paper =
            GrayImage::from_fn(800, 600, |x, y| Luma([if dust(x, y) { 90 } else { grain(x, y) } as u8]));
        assert!(!has_letters(&paper));
        assert!(has_letters(&lines()));
    }

    #[test]
    fn shadows_become_paper() {
        let shaded = GrayImage::from_fn(400, 400, |x, y| {
            let light = 120 + x / 4;
            Luma([if y % 40 < 4 && x % 10 < 5 { light / 3 } else { light } as u8])
        });
        let even = stretch(flatten(&shaded));
        for x in [57, 207, 357] {
            assert!(even.get_pixel(x, 20).0[0] > 240, "paper at {x}");
            assert!(even.get_pixel(x / 10 * 10 + 2, 41).0[0] < 90, "ink at {x}");
        }
    }
}
