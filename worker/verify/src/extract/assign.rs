//! Gives the address blocks without a label to the parties of a document. Finding the blocks is left to `block`, reading
//! names and addresses from them to `party`.

use super::block::Block;
use super::marker::without_marker;
use super::page::PageView;
use super::party::{is_office, named};
use crate::rules::document::{Kind, PartyRule};
use crate::text::tokens;
use crate::values::{is_organisation, is_person, is_title};

/// The address blocks without a label, given to the parties so that they suit best all together.
pub(super) fn assigned<'a>(
    view: &PageView<'_>,
    open: Vec<&'a PartyRule>,
    free: Vec<Block>,
    said: &[(&str, String)],
) -> Vec<(&'a PartyRule, Block, f64)> {
    let suiting = |party: &PartyRule| {
        let scores = free.iter().take(MOST_BLOCKS).enumerate().map(|(at, block)| {
            // The address under the name that a label gives elsewhere.
            let again = names_again(view, party, block, said)
                || (party.kind == Kind::Organisation && heads_page(view, block));
            let named = if again { 0.3 } else { 0.0 };
            suits(view, party, block, at) + named
        });
        scores.collect::<Vec<f64>>()
    };
    let scores: Vec<_> = open.iter().map(|party| suiting(party)).collect();
    let mut given = best_together(&scores, &mut vec![false; free.len()]).1;
    let mut free: Vec<_> = free.into_iter().map(Some).collect();
    let parties = open.into_iter().zip(given.drain(..)).zip(scores);
    let given = parties.filter_map(|((party, block), scores)| {
        let block = block?;
        Some((party, free.get_mut(block)?.take()?, scores.get(block)?.min(1.0)))
    });
    given.collect()
}

/// A block for each party, none of them twice and none that does not suit, so that the sum of their scores is highest.
fn best_together(scores: &[Vec<f64>], taken: &mut [bool]) -> (f64, Vec<Option<usize>>) {
    const LEAST: f64 = 0.3;
    let [own, others @ ..] = scores else { return (0.0, Vec::new()) };
    let (sum, rest) = best_together(others, taken);
    let mut best = (sum, [vec![None], rest].concat());
    for (block, &score) in own.iter().enumerate().filter(|(_, score)| **score > LEAST) {
        if taken.get(block) != Some(&false) {
            continue;
        }
        if let Some(taken) = taken.get_mut(block) {
            *taken = true;
        }
        let (sum, rest) = best_together(others, taken);
        if let Some(taken) = taken.get_mut(block) {
            *taken = false;
        }
        if sum + score > best.0 + 1e-9 {
            best = (sum + score, [vec![Some(block)], rest].concat());
        }
    }
    best
}

/// So many address blocks of a page are tried for each party.
const MOST_BLOCKS: usize = 8;

/// Whether the block names whom a label of the page names as this party.
fn names_again(view: &PageView<'_>, party: &PartyRule, block: &Block, said: &[(&str, String)]) -> bool {
    let own = said
        .iter()
        .filter(|(name, _)| party.names.iter().any(|own| own == name))
        .map(|(_, value)| tokens(value));
    let own: Vec<_> = own.collect();
    block.names.iter().any(|line| own.contains(&tokens(view.layout.text(line.clone()))))
}

/// Whether the name over the address stands at the head of the page as well.
fn heads_page(view: &PageView<'_>, block: &Block) -> bool {
    const HEAD: f64 = 0.15;
    let names: Vec<_> = block.names.iter().map(|line| tokens(view.layout.text(line.clone()))).collect();
    view.layout.runs().any(|run| {
        let high = view.layout.rect(run.clone()).is_some_and(|rect| rect.top < HEAD);
        high && !block.names.contains(&run) && names.contains(&tokens(view.layout.text(run)))
    })
}

/// What an address at a post office counts for less for a person: offices and firms get their mail there.
const PO_BOX: f64 = 0.15;

fn is_po_box(line: &str) -> bool {
    let line = line.to_lowercase().replace('.', "");
    line.starts_with("po box") || line.starts_with("p o box") || line.contains(", po box")
}

/// How well a block suits a party, about `0.0..=1.0`.
#[expect(clippy::wildcard_enum_match_arm, reason = "a party that is no organisation is a person")]
fn suits(view: &PageView<'_>, party: &PartyRule, block: &Block, at: usize) -> f64 {
    let names: Vec<_> = block.names.iter().map(|line| named(view.layout.text(line.clone()))).collect();
    let organisation = names.iter().any(|name| is_organisation(name));
    let person = names.last().is_some_and(|name| is_person(&without_marker(name)));
    let address = || block.address.iter().map(|line| view.layout.text(line.clone()));
    // `Division of Unemployment Insurance, P.O. Box 400`.
    let office = address().any(is_office);
    let boxed = if address().any(is_po_box) { PO_BOX } else { 0.0 };
    match party.kind {
        // An address with nobody's name over it: low on a page that of a person to whom it is sent.
        Kind::Organisation if names.is_empty() && party.address.is_some() && is_low(view, block) => 0.5,
        _ if names.is_empty() => 0.6 - 0.02 * at as f64,
        // On a card there is one address, and it is the holder's.
        _ if party.names.len() > 1 => 0.98 - 0.02 * at as f64,
        // `Ana Ruiz (Owner)` signs for an organisation, and is none.
        Kind::Organisation if signs(&names) => 0.0,
        Kind::Organisation if organisation => 0.95 - 0.05 * at as f64,
        Kind::Organisation => 0.6 - 0.1 * at as f64 - if person { 0.1 } else { 0.0 },
        _ if office || names.last().is_some_and(|name| is_organisation(name)) => 0.1,
        _ if person => 0.9 - 0.02 * at as f64 - boxed - if organisation { 0.2 } else { 0.0 },
        _ if organisation => 0.1,
        _ => 0.25,
    }
}

/// Whether the address stands in the lower half of the page.
fn is_low(view: &PageView<'_>, block: &Block) -> bool {
    let rect = block.address.first().and_then(|line| view.layout.quad(line.clone()));
    rect.is_some_and(|quad| quad.bounds().top > 0.5)
}

/// Whether the name nearest the address is a person's, with a title at work in brackets behind it, and no other is a firm's.
fn signs(names: &[&str]) -> bool {
    let Some((last, others)) = names.split_last() else { return false };
    let parts = last.strip_suffix(')').and_then(|line| line.split_once(" ("));
    let titled = |title: &str| tokens(title).last().is_some_and(|last| is_title(last));
    parts.is_some_and(|(name, title)| is_person(name) && titled(title))
        && !others.iter().any(|other| is_organisation(other))
}
