//! Whether somebody signed: by what is drawn under, beside or over the words that ask for a signature, or over a name.

use std::ops::Range;

use document::{Quad, Rect};

use super::candidate::Candidate;
use super::page::{Label, PageView};
use crate::field::{Provenance, Value};
use crate::layout::Stroke;
use crate::rules::document::{FieldRule, Kind, Look};
use crate::values;

/// How surely something drawn at its place is a signature.
const DRAWN: f64 = 0.97;
/// How surely an empty place says that nobody signed: a pale pen may be lost, and some sign elsewhere.
const EMPTY: f64 = 0.8;
/// A signature measures so many heights of text, from left to right and from top to bottom.
const WIDE: std::ops::RangeInclusive<f64> = 3.0..=40.0;
const HIGH: std::ops::RangeInclusive<f64> = 0.9..=8.0;
/// How far from its words it stands, in heights of text: after them, over them, and beyond their ends.
const AFTER: f64 = 25.0;
const OVER: f64 = 2.5;
const BEYOND: f64 = 12.0;

/// How surely something drawn over a person's name is a signature, where no words ask for one.
const OVER_A_NAME: f64 = 0.92;
/// How far under it the name stands, in heights of text.
const UNDER: f64 = 2.5;

/// Whether there is a signature at any of the labels or, where none asks for one, over a person's name; nothing where
/// neither is there.
pub(super) fn candidates(view: &PageView<'_>, labels: &[&Label], field: &FieldRule) -> Vec<Candidate> {
    let strokes = view.layout.strokes();
    let signed = labels.iter().find_map(|label| {
        let place = strokes
            .iter()
            .find(|stroke| field.look.iter().any(|look| is_at(view, label, field, stroke, *look)))?;
        Some(candidate(view, "yes", place.quad, DRAWN))
    });
    let empty = || {
        let first = labels.iter().find(|label| !view.is_in_prose(label))?;
        Some(candidate(view, "no", view.layout.quad(first.range.clone())?, EMPTY))
    };
    let over_a_name = || {
        let mut named =
            strokes.iter().filter(|stroke| is_sized(view, stroke) && names_somebody(view, stroke));
        Some(candidate(view, "yes", named.next_back()?.quad, OVER_A_NAME))
    };
    signed.or_else(empty).or_else(over_a_name).into_iter().collect()
}

/// The line of print right under what is drawn at `quad`.
pub(super) fn line_under(view: &PageView<'_>, quad: &Quad) -> Option<Range<usize>> {
    let stroke = view.layout.strokes().iter().find(|stroke| stroke.quad == *quad)?;
    let (own, height) = (&stroke.rect, view.layout.text_height());
    let mut under = view.layout.runs().filter(|run| {
        view.layout.rect(run.clone()).is_some_and(|rect| {
            let below = (-0.5 * height..=UNDER * height).contains(&(rect.top - own.bottom));
            below && spans(own, &rect, height)
        })
    });
    under.next()
}

fn names_somebody(view: &PageView<'_>, stroke: &Stroke) -> bool {
    let Some(line) = line_under(view, &stroke.quad) else { return false };
    let person = values::read(&FieldRule::of(Kind::Person), view.layout, line.start, line.end);
    person.is_some_and(|person| {
        person.words.start == line.start && person.words.len() > 1 && person.quality > 0.8
    })
}

fn is_sized(view: &PageView<'_>, stroke: &Stroke) -> bool {
    let (own, height) = (&stroke.rect, view.layout.text_height());
    WIDE.contains(&(own.width() / height)) && HIGH.contains(&(own.height() / height))
}

fn candidate(view: &PageView<'_>, said: &str, quad: Quad, sure: f64) -> Candidate {
    let provenance = Provenance { page: view.layout.page, quad };
    Candidate::seen(Value::Choice(said.to_owned()), sure, provenance)
}

/// Whether something is drawn where a signature belongs, seen from the words that ask for it.
fn is_at(view: &PageView<'_>, label: &Label, field: &FieldRule, stroke: &Stroke, look: Look) -> bool {
    let (own, asked) = (&stroke.rect, &label.rect);
    let height = view.layout.text_height();
    is_sized(view, stroke)
        && match look {
            Look::Below => {
                let far = (own.centre().y - asked.bottom) / height;
                spans(own, asked, height) && (0.0..=field.reach).contains(&far)
            }
            Look::Right => {
                let gap = (own.left - asked.right) / height;
                (-1.0..=AFTER).contains(&gap)
                    && (own.top - height..=own.bottom + height).contains(&asked.centre().y)
            }
            Look::Above => {
                let far = (asked.top - own.bottom) / height;
                spans(own, asked, height) && (-1.0..=OVER).contains(&far)
            }
            Look::Anywhere | Look::Ticked | Look::Titled => false,
        }
}

/// Whether something drawn begins near the words, or over or under them.
fn spans(own: &Rect, asked: &Rect, height: f64) -> bool {
    own.right > asked.left - height
        && own.left < asked.right + BEYOND * height
        && own.left > asked.left - BEYOND * height
}
