//! The people and organisations that a document names: by a label, by an address block, or by the letterhead.

use std::ops::Range;

use super::assign::assigned;
use super::block::{self, Block};
use super::candidate::Candidate;
use super::letterhead::{is_within_a_firm, letterhead};
use super::marker::{marked, marks_address, shows_markers, without_glued_marker, without_marker};
use super::page::{Label, PageView};
use crate::field::Value;
use crate::rules::document::{Kind, PartyRule};
use crate::rules::document_type::Owner;
use crate::text::tokens;
use crate::values::{
    address_line, is_caption, is_no_whole_name, is_organisation, is_person, is_street, tidy_name,
};

pub(super) const LABELLED: f64 = 0.96;
const BLOCK: f64 = 0.85;
const OVER_ADDRESS: f64 = 0.8;
const ALONE: f64 = 0.95;

/// The candidates for the fields of all parties, each with its field's name.
pub(super) fn parties<'a>(view: &PageView<'a>) -> Vec<(&'a str, Candidate)> {
    let rules = view.document_type.parties();
    let mut found = Vec::new();
    let mut used = Vec::new();
    for (index, party) in rules.iter().enumerate() {
        for label in view.labels(Owner::Party(index)) {
            if let Some(block) = labelled(view, label, party, Owner::PartySpan(index)) {
                found.extend(candidates(view, party, &block, LABELLED * view.weight(label)));
                used.extend(block.names.iter().chain(&block.address).map(|line| line.start));
            }
        }
    }
    let has_address = |party: &PartyRule, found: &[(&str, Candidate)]| {
        party.address.as_ref().is_some_and(|address| found.iter().any(|(name, _)| *name == address))
    };
    let open: Vec<_> = rules.iter().filter(|party| party.unlabelled && !has_address(party, &found)).collect();
    let mut free = if open.is_empty() { Vec::new() } else { block::blocks(view) };
    free.retain(|block| !block.names.iter().chain(&block.address).any(|line| used.contains(&line.start)));
    let said: Vec<_> = found.iter().map(|(name, candidate)| (*name, candidate.value.to_string())).collect();
    let alone = free.len() == 1 && open.iter().filter(|party| party.address.is_some()).count() == 1;
    for (party, block, score) in assigned(view, open, free, &said) {
        // Of one address and one party to have it there is no doubt.
        let score = if alone && block.names.is_empty() { score.max(ALONE) } else { score };
        found.extend(candidates(view, party, &block, BLOCK * score));
    }
    for party in rules.iter().filter(|party| !party.markers.is_empty()) {
        found.extend(marked(view, party));
    }
    for party in rules.iter().filter(|party| party.letterhead) {
        found.extend(letterhead(view, party).into_iter().map(|name| (field(party, 0), name)));
    }
    for party in rules.iter().filter(|party| party.kind == Kind::Person && party.names.len() == 1) {
        if !found.iter().any(|(name, _)| *name == field(party, 0)) {
            found.extend(over_address(view, party).map(|name| (field(party, 0), name)));
        }
    }
    part_columns(view, &mut found);
    found
}

/// The name in the line over the label of a party's address: `Ana Ruiz` over `Gas delivered to: 12 Oak St`.
fn over_address(view: &PageView<'_>, party: &PartyRule) -> Option<Candidate> {
    let (index, _) = view.document_type.field(party.address.as_deref()?)?;
    let mut named = view.labels(Owner::Field(index)).filter_map(|label| {
        let line = view.layout.line_beyond(label.range.start, true)?;
        let text = view.layout.text(line.clone());
        let aligned =
            (view.layout.rect(line.clone())?.left - label.rect.left).abs() < view.layout.text_height();
        let plain = !line.clone().any(|word| view.is_label(word));
        let whole = text.contains(' ') && is_name(party, text) && !is_organisation(text);
        if !aligned || !plain || !whole {
            return None;
        }
        Candidate::new(view.layout, Value::Name(tidy_name(text)), &[line], 1.0, OVER_ADDRESS)
    });
    named.next()
}

/// Ends the names of people where an organisation's begins in the next column, close by: `SOFIA P RAMIREZ PACIFIC`.
fn part_columns(view: &PageView<'_>, found: &mut [(&str, Candidate)]) {
    let of_kind = |kind: Kind, name: &str| {
        let mut parties = view.document_type.parties().iter();
        parties.any(|party| party.kind == kind && party.names.iter().any(|own| own == name))
    };
    let organisations = found.iter().filter(|(name, _)| of_kind(Kind::Organisation, name));
    let organisations: Vec<_> =
        organisations.map(|(_, other)| (other.words.clone(), tokens(&other.value.to_string()))).collect();
    for (_, person) in found.iter_mut().filter(|(name, _)| of_kind(Kind::Person, name)) {
        let words = person.words.clone();
        // It is named elsewhere too, as at the head of the page.
        let begins_one = |at: &usize| {
            let rest = tokens(view.layout.text(*at..words.end));
            let apart = |other: &Range<usize>| other.end <= words.start || words.end <= other.start;
            organisations.iter().any(|(place, name)| apart(place) && name.starts_with(&rest))
        };
        let own = (words.start + 2..words.end).find(begins_one).map(|next| words.start..next);
        let Some(own) = own.filter(|own| is_person(view.layout.text(own.clone()))) else { continue };
        let name = Value::Name(tidy_name(view.layout.text(own.clone())));
        *person = Candidate::new(view.layout, name, &[own], 1.0, person.relation).unwrap_or(person.clone());
    }
}

fn field(party: &PartyRule, index: usize) -> &str {
    party.names.get(index).map(String::as_str).unwrap_or_default()
}

/// The block that a label introduces: after it in its row, or under it.
fn labelled(view: &PageView<'_>, label: &Label, party: &PartyRule, spans: Owner) -> Option<Block> {
    // A caption that asks for an address has room for it under it, and another cell beside it.
    let first = if label.length >= LONG_CAPTION {
        under(view, label, party, spans).or_else(|| beside(view, label, party))?
    } else {
        beside(view, label, party).or_else(|| under(view, label, party, spans))?
    };
    let mut lines = block::downwards(view, first.clone(), 6, 3.2);
    // The address may stand under the label, and the name beside it.
    if party.address.is_some() && lines.len() == 1 && label.range.start < first.start {
        let below = block::downwards(view, label.range.start..first.end, 4, 3.2).split_off(1);
        let text = below.first().map(|line| view.layout.text(line.clone())).unwrap_or_default();
        if is_street(text) || address_line(text).is_some() {
            lines.extend(below);
        }
    }
    let lines = match block::up_to_zip(view, lines.clone()) {
        Some(lines) => lines,
        None => {
            let plain = |line: &Range<usize>| {
                let text = view.layout.text(line.clone());
                line.clone().all(|word| !view.is_label(word)) && is_name(party, text) && is_whole(text)
            };
            let named = lines.iter().take(party.lines).take_while(|line| plain(line)).count().max(1);
            let rest = lines.get(named).is_some_and(|line| is_rest(party, view.layout.text(line.clone())));
            lines.truncate(named + usize::from(rest));
            lines
        }
    };
    let street = lines.iter().skip(1).position(|line| {
        let text = view.layout.text(line.clone());
        is_street(text) || address_line(text).is_some()
    });
    let mut names = lines;
    let address = match street {
        Some(at) => names.split_off(at + 1),
        None => Vec::new(),
    };
    Some(Block { names, address })
}

/// Captions of so many words name all that is to be written under them: `Employer's name, address, and ZIP code`.
const LONG_CAPTION: usize = 4;

/// The name after a label in its row; of a label in two rows after the lower one, or else after the upper one.
fn beside(view: &PageView<'_>, label: &Label, party: &PartyRule) -> Option<Range<usize>> {
    let rows = [&label.below, &label.range].into_iter().filter(|words| !words.is_empty());
    rows.filter_map(|words| name_after(view, words, party)).next()
}

fn name_after(view: &PageView<'_>, words: &Range<usize>, party: &PartyRule) -> Option<Range<usize>> {
    let row = view.layout.row(view.layout.words.get(words.start)?.row);
    let cell = view.until_label(words.end, row.end);
    let start = cell.clone().find(|&word| view.layout.word(word).chars().any(char::is_alphabetic))?;
    let near = view.layout.gap_before(start) < 25.0;
    let run = without_brackets(view, view.until_label(start, view.layout.run(start).end), party);
    (near && is_name(party, view.layout.text(run.clone()))).then_some(run)
}

/// The words before what stands in brackets behind a person's name: `Ana Ruiz (ID 4471)`.
fn without_brackets(view: &PageView<'_>, run: Range<usize>, party: &PartyRule) -> Range<usize> {
    let bracket = run.clone().find(|&word| view.layout.word(word).starts_with('('));
    let named = |end: &usize| {
        let text = view.layout.text(run.start..*end);
        *end > run.start + 1 && is_person(text) && !is_organisation(text)
    };
    let end = bracket.filter(|_| party.kind == Kind::Person).filter(named);
    run.start..end.unwrap_or(run.end)
}

fn under(view: &PageView<'_>, label: &Label, party: &PartyRule, spans: Owner) -> Option<Range<usize>> {
    let column = view.column(label, Some(spans));
    let last = if label.below.is_empty() { &label.range } else { &label.below };
    let row = view.layout.words.get(last.start)?.row;
    for under in view.layout.rows().iter().skip(row + 1).take(4) {
        let words = view.within(under.clone(), column);
        if words.is_empty()
            || words.clone().all(|word| view.labels(spans).any(|span| span.range.contains(&word)))
        {
            continue;
        }
        let rect = view.layout.rect(words.clone())?;
        let height = view.layout.text_height();
        let far = (rect.top - label.rect.bottom) / height > 5.0;
        // What begins behind the label's end may stand beside what is under it.
        if !far && rect.left > label.rect.right + height {
            continue;
        }
        if far || view.barred(words.clone(), &label.rect) {
            return None;
        }
        let Some(words) = view.between_labels(words).into_iter().next() else { continue };
        // A number may stand between: on some cards over the name that it was given to.
        let between = view.layout.text(words.clone());
        if letters_in(between) == 0 && between.bytes().filter(u8::is_ascii_digit).count() > 3 {
            continue;
        }
        let words = if party.spans.is_empty() { first_cell(view, words) } else { words };
        return is_name(party, view.layout.text(words.clone())).then_some(words);
    }
    None
}

/// The words up to a space that is wider than the others by far: two columns whose values nearly touch.
fn first_cell(view: &PageView<'_>, words: Range<usize>) -> Range<usize> {
    const WIDE: f64 = 1.0;
    let gaps = || words.clone().skip(1).map(|word| (word, view.layout.gap_before(word)));
    let usual = gaps().map(|(_, gap)| gap).fold(f64::INFINITY, f64::min);
    let wide = gaps().find(|(_, gap)| *gap > WIDE && *gap > 2.0 * usual).map(|(word, _)| word);
    words.start..wide.unwrap_or(words.end)
}

/// The candidates for the fields of one party from its block: the names nearest the address, the lowest last.
#[expect(clippy::wildcard_enum_match_arm, reason = "a party that is no organisation is a person")]
fn candidates<'a>(
    view: &PageView<'_>,
    party: &'a PartyRule,
    block: &Block,
    relation: f64,
) -> Vec<(&'a str, Candidate)> {
    let mut found = Vec::new();
    let text = |line: &Range<usize>| named(view.layout.text(line.clone()));
    let mut names: Vec<_> = Vec::with_capacity(block.names.len());
    for line in &block.names {
        if party.kind == Kind::Organisation && is_within_a_firm(text(line)) {
            continue;
        }
        if is_name(party, text(line)) || (!names.is_empty() && is_rest(party, text(line))) {
            names.push(line);
        }
    }
    // What stands over the name of an organisation is none of it.
    if let Some(first) =
        names.iter().position(|line| is_organisation(text(line)) && !is_government(text(line)))
        && party.kind == Kind::Organisation
        && !names.iter().take(first).any(|line| is_government(text(line)))
    {
        names.drain(..first);
    }
    // The line next to the address names a person; an organisation's name comes first, its departments after it.
    let skipped = match party.kind {
        Kind::Organisation => 0,
        _ if party.lines > 1 => 0,
        _ => names.len().saturating_sub(party.names.len()),
    };
    let complete = names.len() >= party.names.len();
    // Some cards print the second line first: `2 MARY ANN` over `1 SAMPLE`.
    let marker = |line: &&Range<usize>| {
        let first = text(line).split(' ').next().unwrap_or_default();
        party.markers.iter().position(|marker| marker == first.trim_end_matches('.'))
    };
    if names.iter().skip(skipped).all(|line| marker(line).is_some()) && !party.markers.is_empty() {
        names.sort_by_key(marker);
    }
    let texts: Vec<_> = names.iter().map(|line| text(line)).collect();
    for (name, line) in party.names.iter().zip(names.into_iter().skip(skipped)).filter(|_| complete) {
        let own = text(line);
        let text = tidy_name(&match texts.get(skipped + 1) {
            // `STATE OF CALIFORNIA` over the name of its department.
            Some(next) if party.kind == Kind::Organisation && is_government(own) && is_office(next) => {
                format!("{own} {next}")
            }
            Some(next) if is_rest(party, next) || (party.kind == Kind::Organisation && is_open(own)) => {
                format!("{own} {next}")
            }
            Some(next) if party.lines > 1 => format!("{own} {next}"),
            _ => without_marker(own),
        });
        {
            // One word is seldom a person's whole name: another line may hold the rest.
            let part = party.kind == Kind::Person && party.names.len() == 1 && !text.contains(' ');
            let relation = if part { relation * 0.5 } else { relation };
            let candidate =
                Candidate::new(view.layout, Value::Name(text), std::slice::from_ref(line), 1.0, relation);
            found.extend(candidate.map(|candidate| (name.as_str(), candidate)));
        }
    }
    if let Some(name) = party.address.as_ref().filter(|_| !block.address.is_empty()) {
        let marked = !party.markers.is_empty() && shows_markers(view) && !marks_address(view);
        let block::Lines { value, lines, quality } = block::joined(view, block.address.clone());
        let value = if marked { without_glued_marker(value) } else { value };
        let candidate = Candidate::new(view.layout, value, &lines, quality, relation);
        found.extend(candidate.map(|candidate| (name.as_str(), candidate)));
    }
    found
}

/// Whether no word of a line is a letter alone, but for an initial at its end.
fn is_whole(text: &str) -> bool {
    let initial = text.rsplit_once(' ').filter(|(_, last)| last.starts_with(char::is_uppercase));
    let words = initial.map_or(text, |(before, _)| before);
    words.split(' ').all(|word| word.chars().count() > 1)
}

/// The name in a line that says what it is: `Mail to: Ana Ruiz`, `Your employer of record is Harbor Staffing`.
pub(super) fn named(text: &str) -> &str {
    let after = |mark: &str| text.rsplit_once(mark).map(|(_, name)| name.trim());
    let name = after(": ").or_else(|| after(" is ")).or_else(|| after(" prepared for "));
    let text = name.filter(|name| is_person(name) || is_organisation(name)).unwrap_or(text);
    const FEWEST_FIGURES: usize = 3;
    // `H7Q Harbor Foods Inc.`, `QX2969 - HARBOR FOODS`: the number that a payroll office knows it by.
    let numbered = text.split_once(' ').and_then(|(first, rest)| {
        let parted = rest.strip_prefix("- ").or(first.ends_with('-').then_some(rest));
        let code = first.contains(|letter: char| letter.is_ascii_digit())
            && first.contains(|letter: char| letter.is_ascii_uppercase());
        let short = first.len() <= 4 && is_organisation(rest);
        let figures = first.bytes().filter(u8::is_ascii_digit).count();
        parted.filter(|_| code && figures >= FEWEST_FIGURES).or((code && short).then_some(rest))
    });
    numbered.unwrap_or(text)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a party that is no organisation is a person")]
pub(super) fn is_name(party: &PartyRule, text: &str) -> bool {
    let letters = letters_in(text);
    let figures = text.chars().filter(char::is_ascii_digit).count();
    match party.kind {
        Kind::Organisation if is_caption(text) || address_line(text).is_some() || is_no_whole_name(text) => {
            false
        }
        Kind::Organisation => {
            letters >= 2 && letters > figures && !is_street(text)
                || text.split(' ').count() > 1 && letters > 2 && !is_street(text)
        }
        // Lines of their own, as on licences, hold nothing but the name.
        _ if party.names.len() > 1 => {
            let letters =
                |letter: char| letter.is_alphabetic() || matches!(letter, ' ' | '-' | '\'' | '.' | ',');
            tidy_name(&without_marker(text)).chars().all(letters) && letters_in(text) >= 2
        }
        _ => is_person(&without_marker(text)),
    }
}

/// Whether a line is but the last words of an organisation's name that did not fit: `Department`, `Credit Union`, `LLC`.
fn is_rest(party: &PartyRule, text: &str) -> bool {
    const LAST: [&str; 20] = [
        "agency",
        "association",
        "authority",
        "bank",
        "co",
        "commission",
        "company",
        "coop",
        "cooperative",
        "corp",
        "corporation",
        "creditunion",
        "department",
        "district",
        "federalcreditunion",
        "inc",
        "llc",
        "llp",
        "lp",
        "ltd",
    ];
    party.kind == Kind::Organisation && LAST.contains(&tokens(text).concat().as_str())
}

/// Whether a name must go on in the next line: `MASSACHUSETTS DEPT OF`.
fn is_open(text: &str) -> bool {
    let last = text.rsplit(' ').next().unwrap_or_default().to_lowercase();
    matches!(last.as_str(), "of" | "and" | "&" | "for" | "the")
}

pub(super) fn is_office(text: &str) -> bool {
    let text = text.to_lowercase();
    ["department", "office", "agency", "division", "board", "commission"]
        .iter()
        .any(|office| text.contains(office))
}

/// Whether a line names a state or a county and no office of it.
pub(super) fn is_government(text: &str) -> bool {
    let words: Vec<_> = text.split(' ').map(str::to_lowercase).collect();
    matches!(words.as_slice(), [body, of, ..] if matches!(body.as_str(), "state" | "county" | "commonwealth") && of == "of")
        && words.len() <= 5
}

pub(super) fn letters_in(text: &str) -> usize {
    text.chars().filter(|letter| letter.is_alphabetic()).count()
}
