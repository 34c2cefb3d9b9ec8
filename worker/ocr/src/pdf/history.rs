//! A PDF that is saved again may keep what it was: changed objects are written behind its end (ISO 32000-1, 7.5.6).
//! Opens the states before the last one and tells which words of a page are others now. Only what the page itself draws
//! is compared: signing, notes and the filling of forms lie upon it.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use document::{Change, ChangeKind, Rect, Word};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use memchr::memmem;

use super::layer::{self, Drawn};
use super::{guard, traces, words};
use crate::limits::Limits;

/// How many states are looked at: the first, and the last before the present one.
const MOST_STATES: usize = 4;
/// How often a file may have been saved; later states are not told apart.
const MOST_SAVES: usize = 1000;
/// Pages with more words are not compared.
const MOST_WORDS: usize = 5000;
/// How far a word may stand from where it stood, in shares of the page.
const SAME_PLACE: f64 = 0.004;

/// What is known of the states of a file before the last one.
#[derive(Default)]
pub(crate) struct History {
    /// The states that can be opened, the first of them first.
    pub(crate) earlier: Vec<Earlier>,
    /// How often it was saved behind its first end.
    pub(crate) saves: u32,
}

/// A state of a file before the last one.
pub(crate) struct Earlier {
    pub(crate) pdf: Pdf,
}

/// The first bytes of a file.
struct Beginning {
    bytes: Arc<Vec<u8>>,
    end: usize,
}

impl AsRef<[u8]> for Beginning {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.end).unwrap_or(&self.bytes)
    }
}

/// The states of the file with these bytes before the last one.
pub(crate) fn of(bytes: &Arc<Vec<u8>>, limits: &Limits) -> History {
    let ends = ends(bytes);
    let saves = u32::try_from(ends.len()).unwrap_or(u32::MAX);
    let recent = ends.len().saturating_sub(MOST_STATES - 1).max(1);
    let chosen = ends.first().into_iter().chain(ends.get(recent..).unwrap_or_default());
    let open = |end: &usize| {
        // A state that no decoder can stand says nothing; the file itself may be sound.
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let pdf = Pdf::new(Arc::new(Beginning { bytes: Arc::clone(bytes), end: *end })).ok()?;
            limits.check_pages(pdf.pages().len()).ok()?;
            guard::check_streams(&pdf, limits).ok()?;
            Some(Earlier { pdf })
        }));
        opened.ok().flatten()
    };
    History { earlier: chosen.filter_map(open).collect(), saves }
}

/// Where states before the last one end. A file made for slow lines (annex F) has an end behind its first page, which is
/// none.
fn ends(bytes: &[u8]) -> Vec<usize> {
    const END: &[u8] = b"%%EOF";
    let slow = memmem::find(bytes.get(..1024).unwrap_or(bytes), b"/Linearized").is_some();
    let first = usize::from(slow);
    // Behind the end of a state comes the table of the next one.
    let last_table = memmem::rfind(bytes, b"startxref").unwrap_or(0);
    let ends = memmem::find_iter(bytes, END).map(|at| at + END.len()).skip(first);
    ends.take_while(|end| *end < last_table).take(MOST_SAVES).collect()
}

/// The words of `page`, the one at `index`, that stand where other words stood in an earlier state.
pub(crate) fn rewritten(page: &Page<'_>, index: usize, earlier: &[Earlier]) -> Vec<Change> {
    if earlier.is_empty() {
        return Vec::new();
    }
    catch_unwind(AssertUnwindSafe(|| compared(page, index, earlier))).unwrap_or_default()
}

fn compared(page: &Page<'_>, index: usize, earlier: &[Earlier]) -> Vec<Change> {
    let now = words_of(page);
    let mut changes: Vec<Change> = Vec::new();
    for state in earlier {
        let pages = state.pdf.pages();
        let same = pages.iter().find(|old| old.raw().obj_id() == page.raw().obj_id());
        let Some(old) = same.filter(|old| old.raw().obj_id().is_some()).or_else(|| pages.get(index)) else {
            continue;
        };
        for change in differences(&words_of(old), &now) {
            if changes.len() < traces::MOST_CHANGES && !changes.contains(&change) {
                changes.push(change);
            }
        }
    }
    changes
}

fn words_of(page: &Page<'_>) -> Vec<Word> {
    words::of(&layer::read(page, Drawn::PageAlone))
}

/// Where words of `old` stood and stand no more, and what stands there now. Words that only came to stand elsewhere, and
/// those added where nothing stood, are no differences.
fn differences(old: &[Word], now: &[Word]) -> Vec<Change> {
    if old.len().max(now.len()) > MOST_WORDS {
        return Vec::new();
    }
    let mut gone: Vec<&Word> = lacking(old, now);
    let mut new: Vec<&Word> = lacking(now, old);
    // A page that was shifted, turned or cut has the same words elsewhere.
    gone.retain(|word| match new.iter().position(|other| other.text == word.text) {
        Some(at) => {
            new.swap_remove(at);
            false
        }
        None => true,
    });
    let changed = gone.into_iter().map(|word| {
        let instead: Vec<&&Word> = new.iter().filter(|other| overlaps(other, word)).collect();
        let texts: Vec<&str> = instead.iter().map(|other| other.text.as_str()).collect();
        let place = instead.iter().map(|other| other.quad.bounds()).reduce(|one, two| one.union(&two));
        Change {
            page: 0,
            kind: ChangeKind::Rewritten,
            quad: place.unwrap_or_else(|| word.quad.bounds()).into(),
            was: traces::line(&word.text),
            now: traces::line(&texts.join(" ")),
            detail: None,
        }
    });
    changed.filter(|change| change.was.is_some()).collect()
}

/// The words of `words` that do not stand at the same place among `others`.
fn lacking<'a>(words: &'a [Word], others: &[Word]) -> Vec<&'a Word> {
    let mut by_text: HashMap<&str, Vec<Rect>> = HashMap::new();
    for other in others {
        by_text.entry(&other.text).or_default().push(other.quad.bounds());
    }
    let stands = |word: &&Word| {
        let own = word.quad.bounds().centre();
        by_text.get(word.text.as_str()).is_some_and(|places| {
            places.iter().any(|place| {
                let centre = place.centre();
                (centre.x - own.x).abs().max((centre.y - own.y).abs()) < SAME_PLACE
            })
        })
    };
    words.iter().filter(|word| !stands(word)).collect()
}

fn overlaps(one: &Word, two: &Word) -> bool {
    let (one, two) = (one.quad.bounds(), two.quad.bounds());
    one.overlap_x(&two) > 0.25 && one.overlap_y(&two) > 0.4
}
