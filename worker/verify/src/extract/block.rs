//! Address blocks: lines set under each other, the last with a ZIP code.

use std::cell::LazyCell;
use std::ops::Range;

use document::Rect;

use super::page::PageView;
use crate::field::Value;
use crate::values::{
    AddressLine, address_line, is_organisation, is_person, is_street, is_unit, tidy_address,
};

/// A value that stands on several lines.
pub(super) struct Lines {
    pub value: Value,
    pub lines: Vec<Range<usize>>,
    /// How well they fit, in `0.0..=1.0`.
    pub quality: f64,
}

/// The lines of a block, top to bottom.
pub(super) struct Block {
    /// The lines above the address: names, and what stands with them.
    pub names: Vec<Range<usize>>,
    /// The lines of the address.
    pub address: Vec<Range<usize>>,
}

/// The most lines of an address and of what stands above it.
const MOST_LINES: usize = 5;

/// A run of words as a line of a block.
struct Line {
    run: Range<usize>,
    rect: Rect,
    /// What it is as the last line of an address.
    address: Option<AddressLine>,
}

/// Every address block of the page, top to bottom.
pub(super) fn blocks(view: &PageView<'_>) -> Vec<Block> {
    let line = |run: Range<usize>| {
        let address = address_line(view.layout.text(run.clone()));
        Some(Line { rect: view.layout.rect(run.clone())?, run, address })
    };
    let lines: Vec<_> = view.layout.runs().filter_map(line).collect();
    let ends = lines.iter().filter_map(|line| Some((line, line.address?)));
    ends.map(|(end, address)| upwards(view, &lines, end, address)).collect()
}

/// The block that ends with the line `end`.
fn upwards(view: &PageView<'_>, all: &[Line], end: &Line, address: AddressLine) -> Block {
    let mut lines = vec![end.run.clone()];
    let mut lowest = end;
    while lines.len() < MOST_LINES + 1 {
        match line_over(view, all, lowest) {
            // Another address ends where this one begins.
            Some(over) if over.address.is_none() => lowest = over,
            Some(_) | None => break,
        }
        lines.push(lowest.run.clone());
    }
    lines.reverse();
    let street = if address.with_street {
        lines.len() - 1
    } else {
        // The street is the last line that looks like one: what stands above may begin with a number too.
        let above = lines.get(..lines.len() - 1).unwrap_or_default();
        let streets = above.iter().rposition(|run| {
            let text = view.layout.text(run.clone());
            is_street(text) && !is_unit(text)
        });
        // Without a line that looks like a street, the line before the last is the likeliest to be one.
        streets.unwrap_or(lines.len().saturating_sub(2).max(usize::from(lines.len() > 2)))
    };
    let mut address = lines.split_off(street.min(lines.len() - 1));
    if let Some(first) = address.first_mut()
        && let Some(street) = street_after_name(view, first)
    {
        lines.push(first.start..street);
        first.start = street;
    }
    Block { names: lines, address }
}

/// The line over `line` that is set as the one before it: same left or right edge or same middle, no gap, no label.
fn line_over<'a>(view: &PageView<'_>, all: &'a [Line], line: &Line) -> Option<&'a Line> {
    let rect = &line.rect;
    let height = rect.height().max(view.layout.text_height());
    let edge = LazyCell::new(|| left_edge(view, &line.run));
    let candidates = all.iter().filter_map(|over| {
        let gap = rect.top - over.rect.bottom;
        let near = gap > -0.5 * height && gap < 1.6 * height;
        if !near || over.run.start == line.run.start {
            return None;
        }
        let middle = (over.rect.centre().x - rect.centre().x).abs() < 1.0 * height;
        let right = (over.rect.right - rect.right).abs() < 0.6 * height;
        let left = || Some((left_edge(view, &over.run)? - (*edge)?).abs() < 2.2 * height);
        let plain = || {
            over.run.clone().all(|word| !view.is_label(word))
                && !is_value(view, &over.run)
                && !is_sentence(view, &over.run)
        };
        ((middle || right || left() == Some(true)) && plain()).then_some((over, gap))
    });
    candidates.min_by(|one, two| one.1.total_cmp(&two.1)).map(|(line, _)| line)
}

/// Whether a line is the value of a label before it in its row.
fn is_value(view: &PageView<'_>, line: &Range<usize>) -> bool {
    let row = view.layout.words.get(line.start).map_or(0..0, |word| view.layout.row(word.row));
    let before = line.start.checked_sub(1).filter(|before| row.contains(before));
    before.is_some_and(|before| view.is_label(before)) && view.layout.gap_before(line.start) < 25.0
}

/// Whether a line is running text: several words that begin small, as few names have.
fn is_sentence(view: &PageView<'_>, line: &Range<usize>) -> bool {
    let words = line.clone().map(|word| view.layout.word(word));
    words.filter(|word| word.starts_with(char::is_lowercase) && word.len() > 2).count() > 2
}

/// Where a line begins, its marker apart.
fn left_edge(view: &PageView<'_>, run: &Range<usize>) -> Option<f64> {
    let text = view.layout.text(run.clone());
    let markers = text.split(' ').count() - after_marker(text).split(' ').count();
    view.rect(run.start + markers).map(|rect| rect.left)
}

/// The line without the number of its field before it, as licences print it: `8 1881 PIERCE ST`, `LN SAMPLE`. A reader
/// may take the small figure for a letter.
pub(super) fn after_marker(text: &str) -> &str {
    // `8.6863 SYCAMORE`: the number of the field, run into the house number.
    if let [b'1'..=b'9', b'.', b'0'..=b'9', b'0'..=b'9', ..] = text.as_bytes() {
        return text.get(2..).unwrap_or(text);
    }
    let Some((first, rest)) = text.split_once(' ') else { return text };
    let figure = is_figure(first);
    // `8 ADD 3924 NINTH AVE`: the number of the field and what it is.
    if figure
        && let Some((caption, house)) = rest.split_once(' ')
        && matches!(caption.to_uppercase().as_str(), "ADD" | "ADDR" | "ADDRESS")
        && house.starts_with(|letter: char| letter.is_ascii_digit())
    {
        return house;
    }
    let letter = first.chars().count() == 1
        && first.starts_with(|letter: char| letter.is_lowercase() || !letter.is_alphanumeric());
    let marked = matches!(first, "LN" | "FN" | "MN");
    let street = figure && rest.starts_with(|letter: char| letter.is_alphabetic()) && is_street(text);
    let is_marker = (figure && !street) || letter || marked;
    if is_marker && rest.starts_with(char::is_alphanumeric) { rest } else { text }
}

/// The word at which the street begins behind a name on one line with it: `HARBOR FOODS INC 12 DOCK ST`, `Ana Ruiz, 12 Dock
/// St`.
pub(super) fn street_after_name(view: &PageView<'_>, line: &Range<usize>) -> Option<usize> {
    let text = |words: Range<usize>| view.layout.text(words);
    let begins = |at: &usize| {
        let rest = text(*at..line.end);
        rest.starts_with(|letter: char| letter.is_ascii_digit()) && is_street(rest) && !is_unit(rest)
    };
    let named = |at: &usize| {
        let name = text(line.start..*at);
        let person = name.strip_suffix(',').is_some_and(|name| name.contains(' ') && is_person(name));
        (is_organisation(name) || person) && !is_street(name)
    };
    (line.start + 1..line.end).find(|at| begins(at) && named(at))
}

/// Whether a word could be the number of a field, or of two: `8`, `4d`, `1,2`.
pub(super) fn is_figure(word: &str) -> bool {
    let both = matches!(word, "1,2" | "1/2" | "1&2" | "1-2");
    both || (word.len() <= 2 && word.starts_with(|letter: char| letter.is_ascii_digit()))
}

/// The address that begins with the words `start`: on one line, or going on in the lines under it.
pub(super) fn address_from(view: &PageView<'_>, start: Range<usize>) -> Option<Lines> {
    let lines = downwards(view, start, MOST_LINES, 2.2);
    let mut lines = up_to_zip(view, lines)?;
    // A name may stand between the label and the street.
    let above_last = lines.get(..lines.len().saturating_sub(1)).unwrap_or_default();
    let street = above_last.iter().rposition(|line| {
        let text = view.layout.text(line.clone());
        is_street(text) && !is_unit(text)
    });
    lines.drain(..street.unwrap_or(0));
    let street = lines.first().map(|first| view.layout.text(first.clone()))?;
    let plausible = is_street(street) || lines.len() > 1;
    plausible.then(|| joined(view, lines))
}

/// The lines set under `start`, itself included; `gap` is the widest white space between two, in heights of text.
pub(super) fn downwards(
    view: &PageView<'_>,
    start: Range<usize>,
    most: usize,
    gap: f64,
) -> Vec<Range<usize>> {
    let mut lines = vec![start];
    while lines.len() < most {
        let Some(next) = lines.last().and_then(|line| line_under(view, line, gap)) else { break };
        lines.push(next);
    }
    lines
}

fn line_under(view: &PageView<'_>, line: &Range<usize>, most: f64) -> Option<Range<usize>> {
    let run = run_under(view, line, most)?;
    let run = view.until_label(run.start, run.end);
    (!run.is_empty()).then_some(run)
}

/// The run that begins under a line, no farther below it than so many heights of text, be it of labels or not.
pub(super) fn run_under(view: &PageView<'_>, line: &Range<usize>, most: f64) -> Option<Range<usize>> {
    let rect = view.layout.rect(line.clone())?;
    let height = rect.height().max(view.layout.text_height());
    let row = view.layout.words.get(line.start)?.row;
    for under in view.layout.rows().iter().skip(row + 1).take(6) {
        let first = under.clone().find(|&word| {
            let near = view.rect(word).map(|next| (next.left - rect.left).abs() < 2.5 * height);
            near.unwrap_or(false) && view.layout.run(word).start == word
        });
        let Some(first) = first else { continue };
        let run = view.layout.run(first);
        return (view.rect(first)?.top - rect.bottom < most * height).then_some(run);
    }
    None
}

/// The lines up to the first with a ZIP code, cut behind it.
pub(super) fn up_to_zip(view: &PageView<'_>, lines: Vec<Range<usize>>) -> Option<Vec<Range<usize>>> {
    let last = lines.iter().position(|line| address_line(view.layout.text(line.clone())).is_some());
    let Some(last) = last else { return with_zip_below(view, lines) };
    Some(lines.into_iter().take(last + 1).collect())
}

/// The lines up to a state and the ZIP code that found no room beside it.
fn with_zip_below(view: &PageView<'_>, lines: Vec<Range<usize>>) -> Option<Vec<Range<usize>>> {
    let ends_in_zip = |one: &Range<usize>, two: &Range<usize>| {
        let (city, zip) = (view.layout.text(one.clone()), view.layout.word(two.start));
        address_line(&format!("{city} {zip}")).is_some_and(|line| line.length == city.len() + 1 + zip.len())
    };
    let last = lines.windows(2).position(|pair| matches!(pair, [one, two] if ends_in_zip(one, two)))?;
    let mut lines: Vec<_> = lines.into_iter().take(last + 2).collect();
    let zip = lines.last_mut()?;
    zip.end = zip.start + 1;
    Some(lines)
}

/// The words of a line up to its ZIP code.
fn without_tail(view: &PageView<'_>, line: &Range<usize>) -> Range<usize> {
    let text = view.layout.text(line.clone());
    let words =
        address_line(text).and_then(|line| text.get(..line.length)).map(|text| text.split(' ').count());
    line.start..words.map_or(line.end, |words| line.start + words)
}

/// What an address counts for that has neither a house number nor a box: its street was not read.
const NO_STREET: f64 = 0.6;

/// Whether something of an address has a number beside its ZIP code.
fn has_number(address: &str) -> bool {
    let before_zip = address.rsplit_once(' ').map_or("", |(before, _)| before);
    before_zip.contains(|letter: char| letter.is_ascii_digit())
}

/// The address on these lines.
#[expect(clippy::needless_pass_by_value, reason = "the lines are cut to size and kept")]
pub(super) fn joined(view: &PageView<'_>, lines: Vec<Range<usize>>) -> Lines {
    let parts = lines.iter().map(|line| {
        let text = view.layout.text(line.clone());
        let length = address_line(text).map_or(text.len(), |line| line.length);
        tidy_address(after_marker(text.get(..length).unwrap_or(text)))
    });
    let text = parts.filter(|part| !part.is_empty()).fold(String::new(), |text, part| {
        let is_zip = part.len() >= 5 && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let between = match (text.is_empty(), is_zip) {
            (true, _) => "",
            (false, true) => " ",
            (false, false) => ", ",
        };
        text + between + &part
    });
    let lines: Vec<_> = lines.iter().map(|line| without_tail(view, line)).collect();
    let quality = if lines.len() > 1 || text.contains(',') { 1.0 } else { 0.9 };
    let quality = if has_number(&text) { quality } else { NO_STREET * quality };
    Lines { value: Value::Address(text), lines, quality }
}
