//! Judges the picture of a page before it is read: what about it costs words, how bad that is, and where; and what is
//! drawn on it by hand.
//! The figures are measured: `benches/quality.py` spoils pictures step by step and counts the words that are lost.
//! What follows for the applicant is left to `verify`.

mod blocks;
mod boxes;
mod edge;
mod moire;
mod strokes;

use document::{Confidence, Flaw, FlawKind, Quad, Rect};
use image::GrayImage;

use crate::prepare::{self, FEWEST_LETTERS, Letter};
use crate::resize::resize;
use blocks::Blocks;

pub(crate) use boxes::{TickBox, among_words};
pub(crate) use strokes::beside_words;

/// The longest side of the picture that is judged, in pixels: about what the networks are shown.
const MOST_SIDE: f64 = 1600.0;
/// Pictures with a longest side below this are enlarged so much, so that small letters can be measured.
const SMALL_SIDE: f64 = 1000.0;
const ENLARGED: f64 = 2.0;
/// Flaws below this severity are not worth a word.
const LEAST_SEVERITY: f64 = 0.3;

/// The share of busy blocks below which a picture without letters is blank, and says nothing of its edges.
const HARDLY_BUSY: f64 = 0.03;
/// The width in pixels over which an edge goes from dark to light, where it costs nothing, and where nearly everything.
const SHARP: f64 = 2.0;
const SMEARED: f64 = 5.2;
/// The level of the lightest tenth of the blocks at which darkness begins to matter: until then it is drawn out.
const DIM: f64 = 30.0;
/// The level of the paper around a shine: on scans the paper itself is as light as one.
const PAPER_OF_PHOTOS: std::ops::RangeInclusive<u8> = 120..=236;
/// The share of the picture that shines where nearly everything is lost.
const MOST_GLARE: f64 = 0.3;
/// The height of letters, in pixels of the file, where it costs nothing, and where nearly everything.
const TALL: f64 = 9.0;
const TINY: f64 = 2.5;

/// What is looked at: a picture at a size that is judged fast, and what was found on it.
pub(crate) struct Seen {
    picture: GrayImage,
    /// The same, evenly lit.
    even: GrayImage,
    /// In pixels of `picture`.
    letters: Vec<Letter>,
    blocks: Blocks,
    /// How many pixels of the file one of `picture` stands for.
    scale: f64,
}

impl Seen {
    /// What is seen of `picture`; `None` where it is too small for anything to be seen.
    pub(crate) fn of(picture: &GrayImage) -> Option<Self> {
        let longest = f64::from(picture.width().max(picture.height()));
        let factor = (MOST_SIDE / longest).min(1.0);
        let sized = |factor: f64| {
            let side = |length: u32| ((f64::from(length) * factor).round() as u32).max(1);
            resize(picture, side(picture.width()), side(picture.height()))
        };
        let shown = if factor < 1.0 { sized(factor) } else { picture.clone() };
        let even = prepare::flatten(&shown);
        let letters = if longest < SMALL_SIDE {
            let enlarged = prepare::letters(&prepare::flatten(&sized(ENLARGED)));
            enlarged.into_iter().map(|letter| letter.scaled(1.0 / ENLARGED as f32)).collect()
        } else {
            prepare::letters(&even)
        };
        Some(Self { blocks: Blocks::of(&shown)?, picture: shown, even, letters, scale: 1.0 / factor })
    }

    /// The flaws of the picture, the worst first.
    pub(crate) fn flaws(&self) -> Vec<Flaw> {
        let found = [
            self.blank(),
            self.blur(),
            self.dark(),
            self.glare(),
            edge::cropped(&self.picture, &self.letters),
            self.small(),
            moire::pattern(&self.picture, &self.letters),
        ];
        let mut flaws: Vec<Flaw> =
            found.into_iter().flatten().filter(|flaw| flaw.severity.get() >= LEAST_SEVERITY).collect();
        flaws.sort_by(|one, two| {
            two.severity.get().total_cmp(&one.severity.get()).then(one.kind.cmp(&two.kind))
        });
        flaws
    }

    /// Where something is drawn that is neither print nor a rule, from the top down.
    pub(crate) fn strokes(&self) -> Vec<Quad> {
        self.letter_height().map_or_else(Vec::new, |height| strokes::find(&self.even, height))
    }

    /// The small square boxes on it.
    pub(crate) fn boxes(&self) -> Vec<TickBox> {
        self.letter_height().map_or_else(Vec::new, |height| boxes::find(&self.even, height))
    }

    /// The height of most letters, in pixels of what is looked at; `None` where there are hardly any.
    fn letter_height(&self) -> Option<f32> {
        let mut heights: Vec<f32> = self.letters.iter().map(Letter::height).collect();
        heights.sort_by(f32::total_cmp);
        heights.get(heights.len() / 2).copied().filter(|_| heights.len() >= FEWEST_LETTERS)
    }

    fn blank(&self) -> Option<Flaw> {
        let is_blank = self.letters.len() < FEWEST_LETTERS && self.blocks.busy_share() < HARDLY_BUSY;
        is_blank.then(|| flaw(FlawKind::Blank, 1.0, WHOLE))
    }

    /// Letters have sharp edges; of a page that is in focus anywhere, a quarter of the blocks shows it.
    fn blur(&self) -> Option<Flaw> {
        if self.blocks.busy_share() < HARDLY_BUSY {
            return None;
        }
        let (width, quad) = self.blocks.edge_width()?;
        Some(flaw(FlawKind::Blur, (width - SHARP) / (SMEARED - SHARP), quad))
    }

    fn dark(&self) -> Option<Flaw> {
        let light = f64::from(self.blocks.light());
        Some(flaw(FlawKind::Dark, (DIM - light) / DIM, WHOLE))
    }

    fn glare(&self) -> Option<Flaw> {
        let (share, quad) = self.blocks.shine()?;
        let paper = self.blocks.paper_beside_shine();
        let shines = PAPER_OF_PHOTOS.contains(&paper);
        shines.then(|| flaw(FlawKind::Glare, (share / MOST_GLARE).sqrt(), quad))
    }

    fn small(&self) -> Option<Flaw> {
        let height = f64::from(self.letter_height()?) * self.scale;
        Some(flaw(FlawKind::Small, (TALL - height) / (TALL - TINY), WHOLE))
    }
}

const WHOLE: Rect = Rect { left: 0.0, top: 0.0, right: 1.0, bottom: 1.0 };

fn flaw(kind: FlawKind, severity: f64, place: Rect) -> Flaw {
    Flaw { kind, severity: Confidence::clamped(severity), quad: Quad::from(place) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;
    use imageproc::filter::gaussian_blur_f32;

    /// Lines of letters on paper with grain, as a camera sees them: paper of 210, ink of 40.
    fn page() -> GrayImage {
        GrayImage::from_fn(1200, 1500, |x, y| {
            let line = y % 45 < 14 && x % 17 < 11 && (100..1100).contains(&x) && (100..1400).contains(&y);
            let hollow = (4..10).contains(&(y % 45)) && (3..8).contains(&(x % 17));
            let grain = ((x * 7919 + y * 104_729) % 7) as u8;
            Luma([if line && !hollow { 40 } else { 210 } + grain])
        })
    }

    fn flaws(picture: &GrayImage) -> Vec<Flaw> {
        Seen::of(picture).map_or_else(Vec::new, |seen| seen.flaws())
    }

    fn each(page: &GrayImage, change: impl Fn(u32, u32, u8) -> u8) -> GrayImage {
        GrayImage::from_fn(page.width(), page.height(), |x, y| {
            Luma([change(x, y, page.get_pixel(x, y).0[0])])
        })
    }

    fn severe(picture: &GrayImage) -> Vec<FlawKind> {
        let severe = flaws(picture).into_iter().filter(|flaw| flaw.severity.get() >= 0.5);
        severe.map(|flaw| flaw.kind).collect()
    }

    #[test]
    fn a_clear_picture_has_no_flaws() {
        assert_eq!(flaws(&page()), []);
    }

    #[test]
    fn each_flaw_is_told() {
        let page = page();
        let screen = |x: u32, y: u32| {
            let wave = (f64::from(x) * 0.9 + f64::from(y) * 0.7).sin();
            (wave * 28.0) as i32
        };
        let cases = [
            (FlawKind::Blank, each(&page, |x, y, _| 205 + ((x * 7919 + y * 104_729) % 7) as u8)),
            (FlawKind::Blur, gaussian_blur_f32(&page, 3.5)),
            (FlawKind::Dark, each(&page, |_, _, level| level / 18)),
            (
                FlawKind::Glare,
                each(&page, |x, y, level| {
                    let near = (f64::from(x) - 600.0).hypot(f64::from(y) - 700.0) < 300.0;
                    if near { 255 } else { level }
                }),
            ),
            (FlawKind::Cropped, image::imageops::crop_imm(&page, 109, 0, 1000, 1500).to_image()),
            (FlawKind::Small, resize(&page, 320, 400)),
            (
                FlawKind::Moire,
                each(&page, |x, y, level| (i32::from(level) * 9 / 10 + screen(x, y)).clamp(0, 255) as u8),
            ),
        ];
        for (kind, picture) in cases {
            assert!(severe(&picture).contains(&kind), "{kind:?}: {:?}", flaws(&picture));
        }
    }

    #[test]
    fn glare_is_shown_where_it_is() {
        let lit = each(&page(), |x, y, level| if x > 800 && y > 1000 { 255 } else { level });
        let found = flaws(&lit);
        let place = found.iter().find(|flaw| flaw.kind == FlawKind::Glare).map(|flaw| flaw.quad.bounds());
        let place = place.unwrap();
        assert!(place.left > 0.6 && place.top > 0.6 && place.right > 0.95, "{place:?}");
    }

    #[test]
    fn white_paper_is_no_glare() {
        let scan = each(&page(), |_, _, level| if level > 100 { 255 } else { 10 });
        assert_eq!(flaws(&scan), []);
    }

    #[test]
    fn pictures_of_hardly_any_pixels_are_judged() {
        for (width, height) in [(1, 1), (1, 700), (20, 20), (40, 2000)] {
            flaws(&GrayImage::from_pixel(width, height, Luma([90])));
        }
    }
}
