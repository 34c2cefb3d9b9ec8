//! The organisation that a document is from, by what is printed at its head.

use std::ops::Range;

use super::block;
use super::candidate::Candidate;
use super::page::PageView;
use super::party::{self, is_government, is_name, is_office};
use crate::field::Value;
use crate::rules::document::PartyRule;
use crate::values::{address_line, is_organisation, is_person, is_street, tidy_name};

/// How well a name at the head of a page is related to the field, at most: nothing says that it is its value.
const LETTERHEAD: f64 = 0.76;

/// More words than this are a sentence.
const MOST_WORDS: usize = 7;

/// What the name of a state counts for less than that of an office of it.
const STATE: f64 = 0.4;

/// The organisation at the head of the page: the largest print, or the first that calls itself one.
pub(super) fn letterhead(view: &PageView<'_>, party: &PartyRule) -> Option<Candidate> {
    let height = view.layout.text_height();
    let named = |run: Range<usize>| {
        let street = block::street_after_name(view, &run);
        let street = street.filter(|street| street - run.start <= MOST_WORDS);
        without_logo(view, run.start..street.unwrap_or(run.end))
    };
    let runs: Vec<_> = view.layout.runs().map(named).collect();
    let head = runs.iter().take(14).filter(|run| {
        let rect = view.layout.rect((*run).clone());
        let text = view.layout.text((*run).clone());
        // `Kaldera Health Plan, Inc.`: a caption elsewhere is a part of a firm's name here.
        let free = (*run).clone().all(|word| !view.is_label(word))
            || (is_incorporated(text) && !view.is_label(run.start));
        free && rect.is_some_and(|rect| rect.top < 0.3)
            && is_name(party, text)
            && text.chars().filter(|letter| letter.is_alphabetic()).count() >= 3
            && address_line(text).is_none()
            && !is_street(text)
            && !names_the_type(view, text)
    });
    let scored = head.enumerate().filter_map(|(at, run)| {
        let text = view.layout.text(run.clone());
        let rect = view.layout.rect(run.clone())?;
        let large = (rect.height() / height - 1.0).clamp(0.0, 1.0) * 0.3;
        let named = match is_organisation(text) || is_firm(text) {
            true if is_incorporated(text) => 0.6,
            true => 0.45,
            false => 0.0,
        };
        let person = if is_person(text) && named == 0.0 { 0.15 } else { 0.0 };
        let sentence = (text.split(' ').count() > MOST_WORDS && !(is_office(text) && is_titled(text)))
            || (text.ends_with('.') && !is_incorporated(text))
            || text.starts_with(char::is_lowercase)
            || text.starts_with("Your ");
        let body =
            if is_government(text) && !text.to_lowercase().starts_with("county") { STATE } else { 0.0 };
        let within = if is_within_a_firm(text) { 0.8 } else { 0.0 };
        let against = person + body + within + if sentence { 0.4 } else { 0.0 };
        let address = if at == 0 && heads_address(view, run) { 0.4 } else { 0.0 };
        Some((run.clone(), text, 0.45 + large + named + address - against - 0.03 * at as f64))
    });
    let (run, text, score) = scored.max_by(|one, two| one.2.total_cmp(&two.2))?;
    Candidate::new(
        view.layout,
        Value::Name(tidy_name(party::named(text))),
        &[run],
        1.0,
        LETTERHEAD * score.min(1.0),
    )
}

/// Whether a name ends with what firms are by law: `Kaldera Health Plan, Inc.`
fn is_incorporated(text: &str) -> bool {
    let last = text.rsplit(' ').next().unwrap_or_default().to_lowercase().replace(['.', ','], "");
    matches!(
        last.as_str(),
        "inc" | "llc" | "llp" | "lp" | "corp" | "corporation" | "co" | "ltd" | "na" | "jv" | "pc"
    )
}

/// Whether a name is of the form that many firms give themselves: `Ruiz & Sons Dairy`, `Nonna Bea's Kitchen`.
fn is_firm(text: &str) -> bool {
    let owned = |word: &str| word.ends_with("'s") || word.ends_with("’s");
    let words = || text.split(' ');
    words().count() >= 3
        && !words().any(|word| word == "since")
        && (words().any(|word| word == "&") || words().take(2).any(owned))
}

/// Whether a name is that of a part of a firm: `HR Service Center`, `US Payroll`.
pub(super) fn is_within_a_firm(text: &str) -> bool {
    let parts = ["HR ", "Human Resources", "HUMAN RESOURCES", "Payroll ", "PAYROLL "];
    let own = parts.iter().any(|part| text.starts_with(part)) || text.ends_with(" Payroll");
    own && !is_incorporated(text) && !text.ends_with("Administration") && !text.ends_with("Agency")
}

/// Whether all words of some length begin large, as in a name.
fn is_titled(text: &str) -> bool {
    text.split(' ').filter(|word| word.chars().count() > 3).all(|word| word.starts_with(char::is_uppercase))
}

/// Whether the text is no name but what such documents are called: `CERTIFICATION OF BIRTH`.
fn names_the_type(view: &PageView<'_>, text: &str) -> bool {
    let signs = view.document_type.rule.recognise.signs.iter().filter(|sign| sign.weight > 0.0);
    let lower = text.to_lowercase();
    let named = signs.flat_map(|sign| &sign.phrases).any(|phrase| *phrase == lower);
    named && !is_organisation(text) && !is_office(text)
}

/// Whether a street stands right under a line, as under the name at the head of a letter.
fn heads_address(view: &PageView<'_>, run: &Range<usize>) -> bool {
    let under = block::downwards(view, run.clone(), 2, 1.5).into_iter().nth(1);
    under.is_some_and(|under| is_street(view.layout.text(under)))
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
