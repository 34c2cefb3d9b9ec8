//! Letters that the edge of a picture cuts off: a page or card that is not all in it.

use document::{Flaw, FlawKind, Rect};
use image::GrayImage;

use super::flaw;
use crate::prepare::Letter;

/// Levels between ink and paper: the grain of a desk is cut off too, but it is pale.
const CONTRAST: u8 = 80;
/// So many letters, each with another beside it, must be cut at the left or right, and so many at the top or bottom.
const FEWEST_AT_FLANK: usize = 3;
const FEWEST_AT_END: usize = 4;
/// So much worse is each further letter.
const STEP: f64 = 0.05;

#[derive(Clone, Copy, PartialEq)]
enum Side {
    /// Left or right.
    Flank,
    /// Top or bottom.
    End,
}

/// Whether a letter touches an edge.
type AtEdge<'a> = &'a dyn Fn(&Letter) -> bool;

/// The worst cut edge.
pub(super) fn cropped(picture: &GrayImage, letters: &[Letter]) -> Option<Flaw> {
    let letters: Vec<&Letter> =
        letters.iter().filter(|letter| contrast(picture, letter) >= CONTRAST).collect();
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let edges: [(AtEdge<'_>, Side); 4] = [
        (&|letter| letter.left <= 1.0, Side::Flank),
        (&|letter| letter.right >= width - 1.0, Side::Flank),
        (&|letter| letter.top <= 1.0, Side::End),
        (&|letter| letter.bottom >= height - 1.0, Side::End),
    ];
    let cuts = edges.into_iter().filter_map(|(is_at_edge, side)| {
        // A line that runs into a flank has one letter cut, a line along an end has all of them cut.
        let is_neighbour = |other: &&&Letter| side == Side::Flank || is_at_edge(other);
        let cut: Vec<&&Letter> = letters
            .iter()
            .filter(|letter| is_at_edge(letter))
            .filter(|letter| letters.iter().filter(is_neighbour).any(|other| goes_on(letter, other)))
            .collect();
        let fewest = if side == Side::Flank { FEWEST_AT_FLANK } else { FEWEST_AT_END };
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
