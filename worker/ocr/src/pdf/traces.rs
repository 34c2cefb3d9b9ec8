//! Looks for words of a page that lie under other ones: covered by a plain box or a picture that was drawn later, or
//! printed in the colour of paper; and for words on a plain box that lies on a scan.
//! Facts alone: whether they are a reason for doubt is left to rules.

use document::{Change, ChangeKind, Quad, Rect, Word};

use super::layer::{Cover, Glyph, Ink, Layer};
use super::words;

/// How many changes of a page are noted.
pub(super) const MOST_CHANGES: usize = 32;
/// How much of what stood somewhere is noted, in characters.
const LONGEST_LINE: usize = 80;
/// A box over more of the page than this is the page itself.
const PAGE_FILLING: f64 = 0.5;
/// Words printed in the colour of paper beyond which a page is not looked at.
const MOST_WORDS: usize = 2000;

/// What shows on the page of `layer` that it was changed.
pub(crate) fn of(layer: &Layer) -> Vec<Change> {
    let mut changes = boxed(layer);
    changes.extend(whitened(layer));
    changes.truncate(MOST_CHANGES);
    changes
}

/// As much of `text` as is noted; `None` where it has no letter and no digit.
pub(super) fn line(text: &str) -> Option<String> {
    let text = text.trim();
    text.contains(char::is_alphanumeric).then(|| text.chars().take(LONGEST_LINE).collect())
}

/// Words under boxes, and words on boxes that lie on a scan.
fn boxed(layer: &Layer) -> Vec<Change> {
    let area = layer.width * layer.height;
    let is_scan = layer.images.iter().map(|image| image.share).sum::<f64>() >= PAGE_FILLING;
    let mut seen: Vec<bool> = layer.glyphs.iter().map(|glyph| glyph.ink == Ink::Seen).collect();
    let mut changes = Vec::new();
    for cover in &layer.covers {
        let mut under = Vec::new();
        for (glyph, seen) in layer.glyphs.iter().zip(&mut seen).take(cover.after_glyphs) {
            if *seen && cover.bounds.contains(glyph.centre()) {
                *seen = false;
                under.push(glyph);
            }
        }
        // The parts of a scan hide what somebody's OCR wrote beneath them.
        if cover.bounds.area() > PAGE_FILLING * area || (cover.picture && is_scan) {
            continue;
        }
        let over = layer.glyphs.iter().skip(cover.after_glyphs);
        let over = over.filter(|glyph| glyph.visible && cover.bounds.contains(glyph.centre()));
        changes.extend(change(layer, cover, &under, &over.collect::<Vec<_>>()));
        if changes.len() >= MOST_CHANGES {
            break;
        }
    }
    changes
}

/// What a box with glyphs `under` and `over` it came to change.
fn change(layer: &Layer, cover: &Cover, under: &[&Glyph], over: &[&Glyph]) -> Option<Change> {
    let (was, now) = (text_of(layer, under), text_of(layer, over));
    let kind = match (&was, &now) {
        (Some(was), now) if now.as_deref().map(plain) != Some(plain(was)) => ChangeKind::Covered,
        (None, Some(_)) if cover.on_scan && cover.light => ChangeKind::Patched,
        _ => return None,
    };
    let detail = match (cover.picture, cover.light) {
        (true, _) => "a picture",
        (false, true) => "a light box",
        (false, false) => "a dark box",
    };
    let bounds = cover.bounds;
    let (x, y) = (|x: f64| x / layer.width, |y: f64| y / layer.height);
    let quad = Rect::new(x(bounds.x0), y(bounds.y0), x(bounds.x1), y(bounds.y1)).into();
    Some(Change { page: 0, kind, quad, was, now, detail: Some(detail.to_owned()) })
}

/// Words in the colour of paper where other words are seen.
fn whitened(layer: &Layer) -> Vec<Change> {
    let paper = layer.glyphs.iter().filter(|glyph| glyph.ink == Ink::Paper);
    let hidden = words::of_glyphs(paper, layer);
    if hidden.is_empty() || hidden.len() > MOST_WORDS {
        return Vec::new();
    }
    let seen = words::of(layer);
    let changed = hidden.iter().filter_map(|word| {
        let place = word.quad.bounds();
        let here = |other: &&Word| {
            let other = other.quad.bounds();
            other.overlap_x(&place) > 0.5 && other.overlap_y(&place) > 0.5
        };
        let here: Vec<&str> = seen.iter().filter(here).map(|other| other.text.as_str()).collect();
        let (was, now) = (line(&word.text)?, line(&here.join(" "))?);
        let quad: Quad = place.into();
        let differs = !plain(&now).contains(&plain(&was));
        differs.then_some(Change {
            page: 0,
            kind: ChangeKind::Whitened,
            quad,
            was: Some(was),
            now: Some(now),
            detail: None,
        })
    });
    changed.take(MOST_CHANGES).collect()
}

fn text_of(layer: &Layer, glyphs: &[&Glyph]) -> Option<String> {
    let words = words::of_glyphs(glyphs.iter().copied(), layer);
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    line(&texts.join(" "))
}

/// The letters and digits of a text: what a person would call the same words.
fn plain(text: &str) -> String {
    text.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
