//! Letters that the edge of a picture cuts off: a page or card that is not all in it.

use document::{Flaw, FlawKind, Rect};
use image::GrayImage;

use super::flaw;
use crate::prepare::Letter;

/// Levels between ink and paper: the grain of a desk is cut off too, but it is pale.
const CONTRAST: u8 = 80;
/// So many letters must be cut at a side edge, each with another beside it, and so many at the top or bottom.
const FEWEST_AT_SIDE: usize = 3;
const FEWEST_AT_END: usize = 4;
/// So much worse is each further letter.
const STEP: f64 = 0.05;

/// The worst cut edge.
pub(super) fn cropped(picture: &GrayImage, letters: &[Letter]) -> Option<Flaw> {
    let letters: Vec<&Letter> =
        letters.iter().filter(|letter| contrast(picture, letter) >= CONTRAST).collect();
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let at_edges: [(&dyn Fn(&Letter) -> bool, usize); 4] = [
        (&|letter| letter.left <= 1.0, FEWEST_AT_SIDE),
        (&|letter| letter.right >= width - 1.0, FEWEST_AT_SIDE),
        (&|letter| letter.top <= 1.0, FEWEST_AT_END),
        (&|letter| letter.bottom >= height - 1.0, FEWEST_AT_END),
    ];
    let cuts = at_edges.into_iter().filter_map(|(is_at_edge, fewest)| {
        let is_end = fewest == FEWEST_AT_END;
        let others = |other: &&&Letter| !is_end || is_at_edge(other);
        let cut: Vec<&&Letter> = letters
            .iter()
            .filter(|letter| is_at_edge(letter))
            .filter(|letter| letters.iter().filter(others).any(|other| goes_on(letter, other)))
            .collect();
        cut.len().checked_sub(fewest).map(|more| (more, cut))
    });
    let (more, cut) = cuts.max_by_key(|(more, _)| *more)?;
    let place = |letter: &&Letter| {
        Rect::new(
            f64::from(letter.left / width),
            f64::from(letter.top / height),
            f64::from(letter.right / width),
            f64::from(letter.bottom / height),
        )
    };
    let place = cut.into_iter().map(place).reduce(|all, one| all.union(&one))?;
    Some(flaw(FlawKind::Cropped, 0.5 + STEP * more as f64, place))
}

/// Whether two are letters of one line, next to each other.
fn goes_on(one: &Letter, other: &Letter) -> bool {
    let height = one.height();
    let gap = (other.left - one.right).max(one.left - other.right);
    one != other
        && (one.top - other.top).abs() < 0.6 * height
        && (height - other.height()).abs() < 0.5 * height
        && (-2.0..1.2 * height).contains(&gap)
}

/// Levels between the lightest and the darkest pixel of a letter and its surroundings.
fn contrast(picture: &GrayImage, letter: &Letter) -> u8 {
    let clamped = |at: f32, most: u32| (at.max(0.0) as u32).min(most);
    let (left, top) =
        (clamped(letter.left - 1.0, picture.width()), clamped(letter.top - 1.0, picture.height()));
    let right = clamped(letter.right + 1.0, picture.width());
    let bottom = clamped(letter.bottom + 1.0, picture.height());
    let levels = (top..bottom).flat_map(|y| (left..right).map(move |x| picture.get_pixel(x, y).0[0]));
    let (dark, light) = levels.fold((u8::MAX, 0), |(dark, light), level| (dark.min(level), light.max(level)));
    light.saturating_sub(dark)
}
