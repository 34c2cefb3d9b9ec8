//! The people and organisations that a document names: by a label, by an address block, or by the letterhead.

use std::ops::Range;

use super::assign::assigned;
use super::block::{self, Block};
use super::candidate::Candidate;
use super::page::{Label, PageView};
use crate::field::Value;
use crate::rules::document::{Kind, PartyRule};
use crate::rules::document_type::Owner;
use crate::text::tokens;
use crate::values::{
    address_line, is_caption, is_no_whole_name, is_organisation, is_person, is_street, tidy_name,
};

const LABELLED: f64 = 0.96;
const BLOCK: f64 = 0.85;
const LETTERHEAD: f64 = 0.76;
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
    found
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
            Some(next) if is_rest(party, next) => format!("{own} {next}"),
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

/// Whether a line of letters begins with the number of its field.
fn shows_markers(view: &PageView<'_>) -> bool {
    view.layout.runs().any(|run| {
        let text = view.layout.text(run);
        let rest = text.strip_prefix(['1', '2']).map(|rest| rest.trim_start_matches(['.', ' ']));
        rest.is_some_and(|rest| {
            letters_in(rest) >= 3 && !rest.contains(|letter: char| letter.is_ascii_digit())
        })
    })
}

/// Whether the number of the address's field stands by itself.
fn marks_address(view: &PageView<'_>) -> bool {
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
fn without_glued_marker(value: Value) -> Value {
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
fn marked<'a>(view: &PageView<'_>, party: &'a PartyRule) -> Vec<(&'a str, Candidate)> {
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

/// Whether a name is of the form that many firms give themselves: `Ruiz & Sons Dairy`, `Nonna Bea's Kitchen`.
fn is_firm(text: &str) -> bool {
    let owned = |word: &str| word.ends_with("'s") || word.ends_with("’s");
    let words = || text.split(' ');
    words().count() >= 3
        && !words().any(|word| word == "since")
        && (words().any(|word| word == "&") || words().take(2).any(owned))
}

/// The organisation at the head of the page: the largest print, or the first that calls itself one.
fn letterhead(view: &PageView<'_>, party: &PartyRule) -> Option<Candidate> {
    let height = view.layout.text_height();
    let runs: Vec<_> = view.layout.runs().map(|run| without_logo(view, run)).collect();
    let head = runs.iter().take(14).filter(|run| {
        let rect = view.layout.rect((*run).clone());
        let text = view.layout.text((*run).clone());
        let free = (*run).clone().all(|word| !view.is_label(word));
        free && rect.is_some_and(|rect| rect.top < 0.3)
            && is_name(party, text)
            && text.chars().filter(|letter| letter.is_alphabetic()).count() >= 3
            && address_line(text).is_none()
            && !is_street(text)
    });
    let scored = head.enumerate().filter_map(|(at, run)| {
        let text = view.layout.text(run.clone());
        let rect = view.layout.rect(run.clone())?;
        let large = (rect.height() / height - 1.0).clamp(0.0, 1.0) * 0.3;
        let named = if is_organisation(text) || is_firm(text) { 0.45 } else { 0.0 };
        let person = if is_person(text) && named == 0.0 { 0.15 } else { 0.0 };
        let sentence =
            text.split(' ').count() > 7 || text.ends_with('.') || text.starts_with(char::is_lowercase);
        let body = if is_government(text) && !text.to_lowercase().starts_with("county") { 0.2 } else { 0.0 };
        let against = person + body + if sentence { 0.4 } else { 0.0 };
        let address = if at == 0 && heads_address(view, run) { 0.4 } else { 0.0 };
        Some((run.clone(), text, 0.45 + large + named + address - against - 0.03 * at as f64))
    });
    let (run, text, score) = scored.max_by(|one, two| one.2.total_cmp(&two.2))?;
    Candidate::new(view.layout, Value::Name(tidy_name(named(text))), &[run], 1.0, LETTERHEAD * score.min(1.0))
}

/// Whether a street stands right under a line, as under the name at the head of a letter.
fn heads_address(view: &PageView<'_>, run: &Range<usize>) -> bool {
    let under = block::downwards(view, run.clone(), 2, 1.5).into_iter().nth(1);
    under.is_some_and(|under| is_street(view.layout.text(under)))
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
    let name = after(": ").or_else(|| after(" is "));
    let text = name.filter(|name| is_person(name) || is_organisation(name)).unwrap_or(text);
    // `H7Q Harbor Foods Inc.`: the number that a payroll office knows it by.
    let numbered = text.split_once(' ').filter(|(first, rest)| {
        first.len() <= 4
            && first.contains(|letter: char| letter.is_ascii_digit())
            && first.contains(|letter: char| letter.is_ascii_uppercase())
            && is_organisation(rest)
    });
    numbered.map_or(text, |(_, rest)| rest)
}

/// The words of an organisation's name without what a reader made of the logo before it.
fn without_logo(view: &PageView<'_>, run: Range<usize>) -> Range<usize> {
    /// Readers are less sure of a logo than of any letter.
    const UNSURE: f64 = 0.85;
    let unsure = view.layout.words.get(run.start).and_then(|word| word.confidence);
    let logo = view.layout.word(run.start).chars().count() <= 3
        && unsure.is_some_and(|confidence| confidence.get() < UNSURE);
    let rest = run.start + 1..run.end;
    if logo && rest.len() > 1 && is_organisation(view.layout.text(rest.clone())) { rest } else { run }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a party that is no organisation is a person")]
fn is_name(party: &PartyRule, text: &str) -> bool {
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

/// Whether a line is but the last word of an organisation's name that did not fit: `Department`, `Co-op`, `LLC`.
fn is_rest(party: &PartyRule, text: &str) -> bool {
    const LAST: [&str; 18] = [
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
        "department",
        "district",
        "inc",
        "llc",
        "llp",
        "lp",
        "ltd",
    ];
    party.kind == Kind::Organisation && !text.contains(' ') && LAST.contains(&tokens(text).concat().as_str())
}

fn is_office(text: &str) -> bool {
    let text = text.to_lowercase();
    ["department", "office", "agency", "division", "board", "commission"]
        .iter()
        .any(|office| text.contains(office))
}

/// Whether a line names a state or a county and no office of it.
fn is_government(text: &str) -> bool {
    let words: Vec<_> = text.split(' ').map(str::to_lowercase).collect();
    matches!(words.as_slice(), [body, of, ..] if matches!(body.as_str(), "state" | "county" | "commonwealth") && of == "of")
        && words.len() <= 5
}

fn letters_in(text: &str) -> usize {
    text.chars().filter(|letter| letter.is_alphabetic()).count()
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
