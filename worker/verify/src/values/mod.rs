//! Reads a value of a given kind from the words that begin at a place. Which place to look at is left to `extract`.

mod address;
mod code;
mod date;
mod money;
mod name;
mod name_words;
mod ssn;
mod text;

use std::ops::Range;

use crate::field::Value;
use crate::layout::Layout;
use crate::rules::document::{FieldRule, Kind, RangePart};
use crate::text::tokens;

pub(crate) use address::tidy as tidy_address;
pub use address::{AddressLine, address_line, is_street, is_unit};
pub use code::state_code;
pub use date::parse_date;
pub use name::{is_caption, is_no_whole_name, is_organisation, is_person, is_title, tidy_name, title_in};

/// A value and the words it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// In normal form.
    pub value: Value,
    /// Its words in the layout.
    pub words: Range<usize>,
    /// How well the print fits the kind, in `0.0..=1.0`: 1 where it is of exactly that form.
    pub quality: f64,
}

/// The value that `field` asks for, if one begins at word `at` and ends before word `end`.
pub fn read(field: &FieldRule, layout: &Layout, at: usize, end: usize) -> Option<Parsed> {
    read_part(field, field.part, layout, at, end)
}

/// As [`read`], for a given end of a range of dates.
pub fn read_part(
    field: &FieldRule,
    part: Option<RangePart>,
    layout: &Layout,
    at: usize,
    end: usize,
) -> Option<Parsed> {
    let text = Text::new(layout, at, end);
    let (value, length, quality) = match field.kind {
        Kind::Money if !field.choices.is_empty() => {
            money::in_words(&text, &field.choices).or_else(|| money::money(&text))?
        }
        Kind::Money if field.whole_dollars => money::dollars(&text)?,
        Kind::Money if field.per_unit => money::per_unit(&text)?,
        Kind::Money if field.unsigned => money::unsigned(&text)?,
        Kind::Money => money::money(&text)?,
        Kind::Number => money::number(&text)?,
        Kind::Year => code::year(&text)?,
        Kind::Date if field.days_first => date::days_first(&text).or_else(|| date::date(&text, part))?,
        Kind::Date => date::date(&text, part)?,
        Kind::Month => date::month(&text)?,
        Kind::Person => name::person(&text, part)?,
        Kind::Organisation => name::organisation(&text)?,
        Kind::Address => address::one_line(&text)?,
        Kind::Ssn => ssn::ssn(&text)?,
        Kind::Code => code::code(&text)?,
        Kind::Digits => code::digits(&text)?,
        Kind::Tin => code::tin(&text).or_else(|| ssn::ssn(&text))?,
        Kind::Phone => code::phone(&text)?,
        Kind::State => code::state(&text)?,
        Kind::Choice => code::choice(&text, &field.choices)?,
        // It is seen, not read.
        Kind::Signature => return None,
        Kind::Period => text::period(&text)?,
        Kind::Text => text::text(&text)?,
    };
    let words = at..text.word_at(length);
    let timed = matches!(value, Value::Money(_)) && is_followed_by_hours(layout, words.end);
    let other = field.not_before.iter().any(|phrase| is_followed_by(layout, &words, phrase));
    (!timed && !other).then_some(Parsed { value, words, quality })
}

/// Whether a phrase comes right after a value, or ends its last word: `$20.30 per hour`, `$20.30/hour`.
fn is_followed_by(layout: &Layout, words: &Range<usize>, phrase: &str) -> bool {
    let phrase = tokens(phrase);
    let (first, last) = (words.end.saturating_sub(1), words.end + phrase.len());
    let glued = layout.word(first).split_once('/').map_or(Vec::new(), |(_, rest)| tokens(rest));
    let after = (words.end..last.min(layout.words.len())).flat_map(|word| tokens(layout.word(word)));
    let after: Vec<_> = glued.into_iter().chain(after).collect();
    !phrase.is_empty() && after.starts_with(&phrase)
}

/// Whether a word says that the figure before it is time: `51.00 hrs`.
fn is_followed_by_hours(layout: &Layout, word: usize) -> bool {
    let unit = layout.word(word).trim_end_matches(['.', ',']);
    let hours = ["hrs", "hr", "hours", "hour", "horas"];
    hours.iter().any(|hour| hour.eq_ignore_ascii_case(unit)) && layout.gap_before(word) < 1.5
}

/// What a reader of one kind returns: the value, the bytes of the text that it took, and how well they fit.
type Read = Option<(Value, usize, f64)>;

/// The words from a place to the end of its cell, as one text that remembers where each word begins.
pub(crate) struct Text<'a> {
    /// The words, one space between them.
    pub text: &'a str,
    first: usize,
    /// Where they begin, counted from where the first does.
    starts: &'a [usize],
}

/// No value is longer than this many words.
const MOST_WORDS: usize = 14;

impl<'a> Text<'a> {
    pub(crate) fn new(layout: &'a Layout, at: usize, end: usize) -> Self {
        let words = at..end.min(at + MOST_WORDS).min(layout.words.len()).max(at);
        Self { text: layout.text(words.clone()), first: at, starts: layout.starts(words) }
    }

    /// The index of the word after the first `length` bytes.
    fn word_at(&self, length: usize) -> usize {
        let first = self.starts.first().copied().unwrap_or_default();
        self.first + self.starts.iter().filter(|&&start| start - first < length).count().max(1)
    }

    /// The text of the first word.
    pub(crate) fn first_word(&self) -> &'a str {
        let length = self.text.bytes().position(|byte| byte == b' ').unwrap_or(self.text.len());
        self.text.get(..length).unwrap_or_default()
    }
}
