//! Values that running text tells: right after or right before a part of a sentence, over the ends of lines.

use std::collections::BTreeMap;
use std::ops::Range;

use super::PageInput;
use super::candidate::Candidate;
use crate::layout::Layout;
use crate::lexicon::Occurrence;
use crate::rules::document::{FieldRule, Kind};
use crate::rules::document_type::{DocumentType, Told};
use crate::values::{self, Parsed};

/// How well standing next to its words speaks for a value, and what each word between them takes from it.
const TOLD: f64 = 0.95;
const WORD_BETWEEN: f64 = 0.97;

/// How well filling the line next to them does.
const ALONE: f64 = 0.9;

/// What the second and each further sentence that tells a value counts for less.
const LATER: f64 = 0.85;

/// How well being the one name in a text speaks for one: not well enough to be believed for what the application says.
const ANYONE: f64 = 0.45;

/// At most so many words may stand between.
const MOST_BETWEEN: usize = 8;

/// No value told before its words is longer.
const LONGEST: usize = 8;

/// The candidates that the page's running text gives for each field, by the field's index.
pub(super) fn candidates(page: &PageInput<'_>, document_type: &DocumentType) -> Vec<(usize, Candidate)> {
    let Some(lexicon) = document_type.prose() else { return Vec::new() };
    let (text, words) = page.layout.flowed();
    let pieces = page.pieces.rearranged(&text, &words);
    let mut told_of: BTreeMap<usize, Vec<Range<usize>>> = BTreeMap::new();
    let phrases = lexicon.find(&text, &pieces);
    let told = phrases.iter().filter_map(|phrase| {
        let row = text.words.get(phrase.range.start).map(|word| text.row(word.row))?;
        let (index, told) = match phrase.owner {
            Told::After(index) => {
                let field = document_type.fields().get(index).map(|(_, field)| field)?;
                (index, after(&text, field, phrase.range.end..row.end)?)
            }
            Told::Before(index) => {
                let field = document_type.fields().get(index).map(|(_, field)| field)?;
                (index, before(&text, field, row.start..phrase.range.start)?)
            }
        };
        // A letter comes to its point first.
        let before = told_of.entry(index).or_default();
        if !before.contains(&told.0.words) {
            before.push(told.0.words.clone());
        }
        let place =
            before.iter().position(|words| *words == told.0.words).and_then(|at| i32::try_from(at).ok())?;
        let relation =
            told.1 * phrase.likeness * LATER.powi(place) * if phrase.length == 1 { 0.9 } else { 1.0 };
        let Parsed { value, words, quality } = told.0;
        Some((index, Candidate::new(&text, value, &[words], quality, relation)?))
    });
    let mut found: Vec<(usize, Candidate)> = told.collect();
    found.extend(alone(page.layout, document_type, &phrases, (&text, &words)));
    for (index, (_, field)) in
        document_type.fields().iter().enumerate().filter(|(_, (_, field))| field.prose.anyone)
    {
        found.extend(anyone(&text, field).map(|one| (index, one)));
    }
    for (index, (_, field)) in document_type.fields().iter().enumerate() {
        let Some(first) = field.prose.following.as_ref() else { continue };
        let first = document_type.field(first).map(|(index, _)| index);
        let values: Vec<_> =
            found.iter().filter(|(at, _)| Some(*at) == first).map(|(_, told)| told.words.clone()).collect();
        found.extend(values.into_iter().filter_map(|value| Some((index, following(&text, field, value)?))));
    }
    found
}

/// Names and dates that fill a line by themselves, as forms leave it blank for them, over the line that a part of a
/// sentence begins or under the one that it ends: `having found that` over `ANA RUIZ` over `then residing at`.
fn alone(
    layout: &Layout,
    document_type: &DocumentType,
    phrases: &[Occurrence<Told>],
    (text, words): (&Layout, &[usize]),
) -> Vec<(usize, Candidate)> {
    let found = phrases.iter().filter_map(|phrase| {
        let place = |word: usize| words.get(word).copied();
        let row = text.words.get(phrase.range.start).map(|word| text.row(word.row))?;
        let (index, line) = match phrase.owner {
            Told::Before(index) if phrase.range.start == row.start => {
                (index, layout.line_beyond(place(phrase.range.start)?, true)?)
            }
            Told::After(index) if phrase.range.end == row.end => {
                (index, layout.line_beyond(place(phrase.range.end - 1)?, false)?)
            }
            Told::Before(_) | Told::After(_) => return None,
        };
        let (_, field) = document_type.fields().get(index)?;
        let Parsed { value, words, quality } = values::read(field, layout, line.start, line.end)?;
        let fills = words == line && matches!(field.kind, Kind::Person | Kind::Date);
        let firm = layout.text(line.clone()).contains("'s");
        let whole = field.kind != Kind::Person || (words.len() > 1 && !firm);
        let relation = ALONE * phrase.likeness;
        (fills && whole)
            .then(|| Some((index, Candidate::new(layout, value, &[words], quality, relation)?)))?
    });
    found.collect()
}

/// The one name within the sentences of a text, if there is just one.
fn anyone(text: &Layout, field: &FieldRule) -> Option<Candidate> {
    let small = |at: usize| text.word(at).starts_with(char::is_lowercase);
    let mut names: Vec<Parsed> = Vec::new();
    for row in text.rows() {
        let mut at = row.start + 1;
        while at < row.end {
            // Within a sentence: after a word that begins small, or at its beginning and before one.
            let end = end_of(text, field.kind, at, row.end);
            let within = small(at - 1) || (ends_sentence(text, at - 1) && end < row.end && small(end));
            let name = values::read(field, text, at, end).filter(|name| {
                within && begins_large(text, at) && name.words.len() > 1 && name.quality >= 0.5
            });
            at = name.as_ref().map_or(at + 1, |name| name.words.end);
            names.extend(name);
        }
    }
    let Parsed { value, words, quality } = names.first()?.clone();
    let same = names.iter().all(|name| name.value == value);
    same.then(|| Candidate::new(text, value, &[words], quality, ANYONE)).flatten()
}

/// The value right after another field's.
fn following(text: &Layout, field: &FieldRule, value: Range<usize>) -> Option<Candidate> {
    let row = text.words.get(value.start).map(|word| text.row(word.row))?;
    let (Parsed { value, words, quality }, relation) = after(text, field, value.end..row.end)?;
    Candidate::new(text, value, &[words], quality, relation)
}

/// The first value within the words after a part of a sentence.
fn after(text: &Layout, field: &FieldRule, words: Range<usize>) -> Option<(Parsed, f64)> {
    let most = if is_name(field.kind) { 1 } else { MOST_BETWEEN };
    let ended = |at: usize| at > words.start && ends_sentence(text, at - 1);
    let starts = words.clone().take(most + 1).take_while(|at| !ended(*at));
    let mut found = starts.enumerate().filter_map(|(between, at)| {
        let told = values::read(field, text, at, end_of(text, field.kind, at, words.end))?;
        let named = !(is_name(field.kind) || matches!(field.kind, Kind::Address | Kind::Text))
            || begins_large(text, at);
        let relation = TOLD * WORD_BETWEEN.powi(i32::try_from(between).ok()?);
        (named && told.quality >= 0.5).then_some((told, relation))
    });
    found.next()
}

/// The longest value that ends where a part of a sentence begins.
fn before(text: &Layout, field: &FieldRule, words: Range<usize>) -> Option<(Parsed, f64)> {
    let first = words.start.max(words.end.saturating_sub(LONGEST));
    let ends_here = |at: usize| {
        let end = end_of(text, field.kind, at, words.end);
        let told = values::read(field, text, at, end)?;
        let named = !is_name(field.kind) || begins_large(text, at);
        // One word before a part of a sentence is seldom a person's whole name: `Park manager`.
        let whole = field.kind != Kind::Person || told.words.len() > 1;
        (named && whole && told.words.end == words.end).then_some((told, TOLD))
    };
    (first..words.end).find_map(ends_here)
}

fn begins_large(text: &Layout, at: usize) -> bool {
    text.word(at).starts_with(|letter: char| letter.is_uppercase() || letter.is_ascii_digit())
}

/// Whether a sentence ends with this word.
fn ends_sentence(text: &Layout, at: usize) -> bool {
    let word = text.word(at);
    let short = word.chars().filter(|letter| letter.is_alphabetic()).count() <= 3;
    word.ends_with('.') && !short && !ABBREVIATED.contains(&word) && begins_large(text, at + 1)
}

/// Where a name that begins at `at` ends at the latest: names of people and organisations have no end of their own.
fn end_of(text: &Layout, kind: Kind, at: usize, end: usize) -> usize {
    if !is_name(kind) && kind != Kind::Text {
        return end;
    }
    let word = |index: usize| text.word(index);
    let begins = |index: usize| {
        word(index).starts_with(|letter: char| letter.is_uppercase() || letter.is_ascii_digit())
    };
    // `A` is an initial before a surname: `Linh A Fitzgerald`.
    let is_initial = |index: usize| word(index) == "A" && begins(index + 1);
    // `Two thousand one hundred`: the line under the name is an amount in words.
    let counts = |index: usize| matches!(word(index + 1), "thousand" | "hundred");
    // `born at FRESNO, CALIFORNIA On May 3`.
    let dated = |index: usize| kind == Kind::Text && word(index).eq_ignore_ascii_case("on");
    let ends = |index: usize| {
        (AFTER_NAMES.contains(&word(index)) && !is_initial(index)) || counts(index) || dated(index)
    };
    let goes_on = |index: usize| {
        (begins(index) && !ends(index))
            || (JOINING.contains(&word(index)) && begins(index + 1) && word(index + 1) != "I")
    };
    let closed = |index: usize| {
        let text = word(index);
        let comma = text.ends_with(',') && !SUFFIXES.contains(&word(index + 1).trim_end_matches([',', '.']));
        let stop = text.ends_with('.') && text.len() > 4 && !ABBREVIATED.contains(&text);
        (comma && kind != Kind::Text) || stop || text.ends_with([';', ':', ')'])
    };
    let mut last = at;
    while last + 1 < end && !closed(last) && goes_on(last + 1) {
        last += 1;
    }
    last + 1
}

fn is_name(kind: Kind) -> bool {
    matches!(kind, Kind::Person | Kind::Organisation)
}

/// Small words within a name.
const JOINING: [&str; 17] = [
    "of", "and", "the", "for", "de", "del", "la", "las", "los", "y", "&", "van", "der", "den", "von", "da",
    "di",
];

/// What may follow a name after a comma.
const SUFFIXES: [&str; 10] = ["Inc", "LLC", "Ltd", "Co", "Corp", "LP", "LLP", "Jr", "Sr", "III"];

/// What begins the line after a name and is none of it.
const AFTER_NAMES: [&str; 10] =
    ["To", "Dear", "Re", "RE", "A", "Estimado", "Estimada", "Hello", "Hola", "Hi"];

/// Abbreviations within a name that are longer than an initial.
const ABBREVIATED: [&str; 4] = ["Corp.", "Bros.", "Dept.", "Assn."];
