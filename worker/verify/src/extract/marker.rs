//! The numbers that licences and other cards print before their fields: `1 SAMPLE` over `2 MARY ANN`, `8 14 OAK ST`.

use std::ops::Range;

use super::block;
use super::candidate::Candidate;
use super::page::PageView;
use super::party::{LABELLED, is_name, letters_in};
use crate::field::Value;
use crate::rules::document::PartyRule;
use crate::text::tokens;
use crate::values::{is_caption, tidy_name};

/// Whether a line of letters begins with the number of its field.
pub(super) fn shows_markers(view: &PageView<'_>) -> bool {
    view.layout.runs().any(|run| {
        let text = view.layout.text(run);
        let rest = text.strip_prefix(['1', '2']).map(|rest| rest.trim_start_matches(['.', ' ']));
        rest.is_some_and(|rest| {
            letters_in(rest) >= 3 && !rest.contains(|letter: char| letter.is_ascii_digit())
        })
    })
}

/// Whether the number of the address's field stands by itself.
pub(super) fn marks_address(view: &PageView<'_>) -> bool {
    view.layout.runs().any(|run| {
        let mut words = view.layout.text(run).split(' ');
        words.next().is_some_and(|first| first.trim_end_matches('.') == "8")
            && words.next().is_some_and(|next| {
                next.starts_with(|letter: char| letter.is_ascii_digit())
                    || tokens(next).iter().any(|word| matches!(word.as_str(), "address" | "dirección"))
            })
    })
}

/// The address without the `8` of its field where a reader ran it into the house number: on a licence that numbers its
/// lines, the address has its number too.
pub(super) fn without_glued_marker(value: Value) -> Value {
    let Value::Address(address) = value else { return value };
    let house = address.split(' ').next().unwrap_or_default();
    let digits = house.bytes().all(|byte| byte.is_ascii_digit() || byte == b'O');
    if house.len() < 4 || !house.starts_with('8') || !digits {
        return Value::Address(address);
    }
    let rest = address.get(house.len()..).unwrap_or_default();
    Value::Address(format!("{}{rest}", house.get(1..).unwrap_or_default().replace('O', "0")))
}

/// The names on lines that begin with the numbers of their fields: `1 SAMPLE` over `2 MARY ANN`.
pub(super) fn marked<'a>(view: &PageView<'_>, party: &'a PartyRule) -> Vec<(&'a str, Candidate)> {
    let runs: Vec<_> = view.layout.runs().collect();
    let text = |run: &Range<usize>| view.layout.text(run.clone());
    let begins = |run: &Range<usize>, marker: &str| {
        let text = text(run);
        text.split_once(' ').is_some_and(|(first, rest)| first == marker && is_name(party, rest))
    };
    let lines = party.markers.iter().scan(None, |last: &mut Option<Range<usize>>, marker| {
        let under = |run: &&Range<usize>| match last.as_ref().and_then(|last| view.layout.rect(last.clone()))
        {
            None => true,
            // Under it, or on some cards over it.
            Some(other) => view.layout.rect((*run).clone()).is_some_and(|rect| {
                let apart = (rect.top - other.bottom).max(other.top - rect.bottom);
                (rect.top - other.top).abs() > 0.5 * other.height()
                    && apart < 3.0 * other.height()
                    && rect.overlap_x(&other) > 0.3
            }),
        };
        let line = runs.iter().filter(|run| begins(run, marker)).find(under)?.clone();
        // `1 LAST NAME` over the name.
        let caption =
            line.clone().skip(1).all(|word| view.is_label(word)) || is_caption(&without_marker(text(&line)));
        // What begins with a figure there is no name but the house number of an address.
        let names = |line: &Range<usize>| text(line).starts_with(char::is_alphabetic);
        let under = |line| block::downwards(view, line, 2, 1.5).into_iter().nth(1).filter(names);
        *last = if caption { under(line) } else { Some(line) };
        last.clone()
    });
    let lines: Vec<_> = lines.collect();
    if lines.len() < party.markers.len() {
        return Vec::new();
    }
    let named = party.names.iter().zip(&lines).filter_map(|(name, line)| {
        let text = tidy_name(&without_marker(text(line)));
        let candidate =
            Candidate::new(view.layout, Value::Name(text), std::slice::from_ref(line), 1.0, LABELLED)?;
        Some((name.as_str(), candidate))
    });
    named.collect()
}

/// The line without the number of its field, which licences print before it: `2 LIAM R.`, `2LIAM`.
pub(super) fn without_marker(text: &str) -> String {
    let once = without_one_marker(text);
    if once == text { once } else { without_one_marker(&once) }
}

fn without_one_marker(text: &str) -> String {
    let rest = text
        .split_once(' ')
        .filter(|(first, rest)| block::is_figure(first.trim_end_matches('.')) || misread_marker(first, rest))
        .map_or_else(|| block::after_marker(text), |(_, rest)| rest);
    let glued = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let marker = rest.len() - glued.len() == 1 && glued.starts_with(char::is_uppercase);
    // `1 LN SAMPLE`: a number and its meaning.
    block::after_marker(if marker { glued } else { rest }).to_owned()
}

/// Whether a short word in small letters before a name in capitals is a marker that was misread: `tn OKAFOR`.
fn misread_marker(first: &str, rest: &str) -> bool {
    let small = first.chars().count() == 2 && first.chars().any(char::is_lowercase) && !first.ends_with('.');
    let capitals = rest.chars().all(|letter| !letter.is_lowercase()) && rest.chars().any(char::is_alphabetic);
    small && capitals
}
