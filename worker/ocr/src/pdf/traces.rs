//! Looks for words of a page that lie under other ones: covered by a plain box or a picture that was drawn later, or
//! printed in the colour of paper; for words on a plain box that lies on a scan; and for figures whose digits are not set
//! alike.
//! Facts alone: whether they are a reason for doubt is left to rules.

use document::{Change, ChangeKind, Quad, Word};
use hayro::kurbo::Point;

use super::layer::{Cover, Glyph, Ink, Layer};
use super::{on_page, words};

/// How many changes of a page are noted.
pub(super) const MOST_CHANGES: usize = 32;
/// How much of what stood somewhere is noted, in characters.
const LONGEST_LINE: usize = 80;
/// A box over more of the page than this is the page itself.
const PAGE_FILLING: f64 = 0.5;
/// How many boxes of a page are looked at.
const MOST_BOXES: usize = 200;
/// How many figures of a page are looked at.
const MOST_FIGURES: usize = 300;
/// Words printed in the colour of paper beyond which a page is not looked at.
const MOST_WORDS: usize = 2000;

/// What shows on the page of `layer` that it was changed.
pub(crate) fn of(layer: &Layer) -> Vec<Change> {
    let mut changes = boxed(layer);
    changes.extend(whitened(layer));
    changes.extend(uneven(layer));
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
    let (mut changes, mut looked) = (Vec::new(), 0);
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
        if under.is_empty() && !(cover.on_scan && cover.light) {
            continue;
        }
        looked += 1;
        changes.extend(change(layer, cover, &under));
        if changes.len() >= MOST_CHANGES || looked >= MOST_BOXES {
            break;
        }
    }
    changes
}

/// What a box with glyphs `under` it came to change.
fn change(layer: &Layer, cover: &Cover, under: &[&Glyph]) -> Option<Change> {
    let (was, now) = (text_under(layer, under), text_on(layer, cover));
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
    let quad = on_page(layer, &cover.bounds);
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
        let differs = here.iter().all(|word| plain(word) != plain(&was));
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

/// Figures with cents whose digits differ in font, size or height.
fn uneven(layer: &Layer) -> Vec<Change> {
    let figures = words::of(layer).into_iter().filter(|word| is_figure(&word.text)).take(MOST_FIGURES);
    let changed = figures.filter_map(|word| {
        let place = word.quad.bounds();
        let inside = |glyph: &&Glyph| {
            let centre = glyph.centre();
            let (x, y) = (centre.x / layer.width, centre.y / layer.height);
            glyph.visible
                && (place.left..=place.right).contains(&x)
                && (place.top..=place.bottom).contains(&y)
        };
        let is_digit = |glyph: &&Glyph| {
            glyph.text.as_deref().is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let digits: Vec<&Glyph> = layer.glyphs.iter().filter(is_digit).filter(inside).collect();
        let settings = settings(layer, &digits)?;
        Some(Change {
            page: 0,
            kind: ChangeKind::Uneven,
            quad: word.quad,
            was: None,
            now: line(&word.text),
            detail: Some(settings),
        })
    });
    changed.take(MOST_CHANGES).collect()
}

/// In what ways `digits` of one figure are set, where they are set in more than one.
fn settings(layer: &Layer, digits: &[&Glyph]) -> Option<String> {
    /// Shares of the size: rounding makes less.
    const SIZE: f64 = 0.06;
    const HEIGHT: f64 = 0.08;
    let first = digits.first()?;
    // Only upright text is held against a line.
    if digits.iter().any(|glyph| glyph.advance.y.abs() > 0.01 * glyph.advance.x.abs()) {
        return None;
    }
    let name = |glyph: &Glyph| {
        let name = layer.fonts.get(usize::from(glyph.font?))?;
        // A font of which only some letters are in the file has a mark before its name.
        Some(name.split_once('+').map_or(name.as_str(), |(_, name)| name))
    };
    let size = |glyph: &Glyph| glyph.up.hypot();
    let differs = |glyph: &&&Glyph| {
        let fonts = name(first).zip(name(glyph)).is_some_and(|(one, two)| one != two);
        fonts
            || (size(first) - size(glyph)).abs() > SIZE * size(first)
            || (first.origin.y - glyph.origin.y).abs() > HEIGHT * size(first)
    };
    let other = digits.iter().find(differs)?;
    let shown = |glyph: &Glyph| format!("{} {:.1}", name(glyph).unwrap_or("a font"), size(glyph));
    let lower = other.origin.y - first.origin.y;
    Some(format!(
        "{} beside {}, {:.1} points {}",
        shown(other),
        shown(first),
        lower.abs(),
        if lower < 0.0 { "higher" } else { "lower" }
    ))
}

/// Whether `text` is a figure with cents: `2,002.50`.
fn is_figure(text: &str) -> bool {
    let text = text.trim_matches(['$', '*', '-', '(', ')']);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.rsplit_once('.')
        .is_some_and(|(whole, cents)| cents.len() == 2 && digits(cents) && whole.split(',').all(digits))
}

fn text_under(layer: &Layer, glyphs: &[&Glyph]) -> Option<String> {
    let words = words::of_glyphs(glyphs.iter().copied(), layer);
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    line(&texts.join(" "))
}

/// The words that were printed later and stand on a box, though they may reach beyond it.
fn text_on(layer: &Layer, cover: &Cover) -> Option<String> {
    let later = layer.glyphs.iter().skip(cover.after_glyphs).filter(|glyph| glyph.visible);
    let words = words::of_glyphs(later, layer);
    let stands = |word: &&Word| {
        let centre = word.quad.bounds().centre();
        cover.bounds.contains(Point::new(centre.x * layer.width, centre.y * layer.height))
    };
    let texts: Vec<&str> = words.iter().filter(stands).map(|word| word.text.as_str()).collect();
    line(&texts.join(" "))
}

/// The letters and digits of a text: what a person would call the same words.
fn plain(text: &str) -> String {
    text.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
