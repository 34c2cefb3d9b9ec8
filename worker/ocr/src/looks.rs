//! Reads a whole picture with Tesseract alone: one look where that is enough, more looks where it is not.
//! Preparing the picture is left to `prepare`, joining the looks to `merge`, the engine itself to `engine`.

use document::{Confidence, Word};

use crate::decode::Picture;
use crate::engine::{Engine, Layout};
use crate::limits::Deadline;
use crate::prepare::{self, Prepared, WANTED_LETTERS};
use crate::recognise::RecogniseError;
use crate::turn::Turn;
use crate::{ReaderError, merge};

/// The resolution Tesseract is told; it serves only to tell letters from specks.
const DPI: i32 = 300;
/// Below this mean confidence a page is looked at again.
const POOR: f64 = 0.80;
/// Below this mean confidence it may lie on its side.
const VERY_POOR: f64 = 0.60;
/// With fewer words than this a page is looked at again.
const FEW_WORDS: usize = 20;
/// How sure the orientation must be, as Tesseract counts it.
const SURE_OF_TURN: f32 = 1.0;

/// The words of `picture`, as `text` reads them; `orientation` says which way up it is where that is in doubt.
pub(crate) fn words(
    text: &Engine,
    orientation: &Engine,
    picture: &Picture,
    deadline: Deadline,
) -> Result<Vec<Word>, RecogniseError> {
    let first = look(text, &Prepared::plain(&picture.grey), Layout::Page)?;
    if is_good(&first) || (first.len() < FEW_WORDS && !prepare::has_letters(&picture.grey)) {
        return Ok(first);
    }
    deadline.check()?;
    if mean_confidence(&first) < VERY_POOR || first.len() < FEW_WORDS {
        let shown = Prepared::even(&picture.grey, WANTED_LETTERS);
        let found = orientation.turned(&shown.picture)?;
        let turn =
            found.filter(|(_, sure)| *sure >= SURE_OF_TURN).and_then(|(degrees, _)| Turn::undoing(degrees));
        if let Some(turn) = turn {
            return turned(text, picture, turn, first, deadline);
        }
    }
    look_again(text, picture, first, deadline)
}

/// Reads the page turned, and keeps what is better: orientation is judged from few letters.
fn turned(
    text: &Engine,
    picture: &Picture,
    turn: Turn,
    first: Vec<Word>,
    deadline: Deadline,
) -> Result<Vec<Word>, RecogniseError> {
    let turned = Picture {
        grey: turn.apply(&picture.grey),
        lightest: picture.lightest.as_ref().map(|lightest| turn.apply(lightest)),
        ..*picture
    };
    let words = look(text, &Prepared::plain(&turned.grey), Layout::Page)?;
    deadline.check()?;
    if worth(&words) <= worth(&first) {
        return look_again(text, picture, first, deadline);
    }
    let words = if is_good(&words) { words } else { look_again(text, &turned, words, deadline)? };
    Ok(words.into_iter().map(|word| Word { quad: turn.undo(&word.quad), ..word }).collect())
}

/// Completes `words` by looks at the picture prepared in other ways, until they are good.
fn look_again(
    text: &Engine,
    picture: &Picture,
    words: Vec<Word>,
    deadline: Deadline,
) -> Result<Vec<Word>, RecogniseError> {
    let even = Prepared::even(&picture.grey, WANTED_LETTERS);
    let mut words = merge::merge(words, look(text, &even, Layout::Page)?);
    deadline.check()?;
    if is_good(&words) {
        return Ok(words);
    }
    words = merge::merge(words, look(text, &even, Layout::Sparse)?);
    deadline.check()?;
    let ink = Prepared::ink(picture.lightest.as_ref().unwrap_or(&picture.grey));
    Ok(merge::merge(words, look(text, &ink, Layout::Sparse)?))
}

fn look(text: &Engine, prepared: &Prepared, layout: Layout) -> Result<Vec<Word>, ReaderError> {
    let words = text.words(&prepared.picture, layout, DPI)?;
    let placed = words.into_iter().map(|word| Word {
        quad: prepared.place(&word),
        confidence: Some(Confidence::clamped(word.confidence)),
        line: word.line,
        text: word.text,
    });
    Ok(placed.collect())
}

fn is_good(words: &[Word]) -> bool {
    words.len() >= FEW_WORDS && mean_confidence(words) >= POOR
}

/// Weighted by characters, so that specks read as dots do not count as words do.
fn mean_confidence(words: &[Word]) -> f64 {
    let letters: usize = words.iter().map(|word| word.text.len()).sum();
    if letters == 0 { 0.0 } else { sum(words, |sure| sure) / letters as f64 }
}

/// How much was read, and how surely.
fn worth(words: &[Word]) -> f64 {
    sum(words, |sure| (sure - 0.5).max(0.0))
}

fn sum(words: &[Word], of: impl Fn(f64) -> f64) -> f64 {
    words.iter().map(|word| of(merge::sure(word)) * word.text.len() as f64).sum()
}
