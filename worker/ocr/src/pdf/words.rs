//! Makes words of glyphs: lines by their baselines, words by white space and by gaps.
//! Whether the glyphs can be trusted is left to `trust`.

use document::{Point, Quad, Word};

use super::layer::{Glyph, Layer};

/// How far baselines of one line may lie apart, in ems.
const SAME_LINE: f64 = 0.35;
/// A gap that ends a word where glyphs otherwise touch, in ems of the smaller of the two. A space is about a quarter.
const WORD_GAP: f64 = 0.16;
/// A gap that ends a word however widely a line is spaced, in ems.
const SURE_WORD_GAP: f64 = 0.6;
/// A gap that ends a line: what follows is another column.
const COLUMN_GAP: f64 = 2.0;
/// What a line reaches above and below its baseline, in ems.
const ASCENT: f64 = 0.75;
const DESCENT: f64 = 0.22;

/// A glyph in the directions of its own text: `along` the line and `down` from line to line, in points.
struct Set<'a> {
    text: &'a str,
    along: f64,
    down: f64,
    advance: f64,
    em: f64,
}

/// The words of the visible glyphs of `layer`, in reading order.
pub(crate) fn of(layer: &Layer) -> Vec<Word> {
    of_glyphs(layer.glyphs.iter().filter(|glyph| glyph.visible), layer)
}

/// The words of `glyphs`, which stand on the page of `layer`, in reading order.
pub(crate) fn of_glyphs<'a>(glyphs: impl Iterator<Item = &'a Glyph>, layer: &Layer) -> Vec<Word> {
    let mut by_turn: Vec<(i32, Vec<&Glyph>)> = Vec::new();
    for glyph in glyphs.filter(|glyph| glyph.text.is_some()) {
        // Glyphs of scripts with no advance, or of no width, are upright.
        let turn =
            if glyph.advance.hypot() > 0.0 { glyph.advance.atan2().to_degrees().round() as i32 } else { 0 };
        match by_turn.iter_mut().find(|(of, _)| *of == turn) {
            Some((_, glyphs)) => glyphs.push(glyph),
            None => by_turn.push((turn, vec![glyph])),
        }
    }
    by_turn.sort_by_key(|(turn, glyphs)| (std::cmp::Reverse(glyphs.len()), *turn));
    let mut words = Vec::new();
    let mut line = 0;
    for (turn, glyphs) in by_turn {
        let turn = Turn::degrees(turn);
        for set in lines(glyphs, turn) {
            split_line(&set, |chunk, new_line| {
                line += u32::from(new_line && !words.is_empty());
                words.extend(word(chunk, turn, layer).map(|(text, quad)| Word {
                    text,
                    quad,
                    confidence: None,
                    line,
                }));
            });
        }
    }
    words
}

/// The direction of a line of text.
#[derive(Debug, Clone, Copy)]
struct Turn {
    sin: f64,
    cos: f64,
}

impl Turn {
    fn degrees(degrees: i32) -> Self {
        let (sin, cos) = f64::from(degrees).to_radians().sin_cos();
        Self { sin, cos }
    }

    fn to_line(self, x: f64, y: f64) -> (f64, f64) {
        (x * self.cos + y * self.sin, y * self.cos - x * self.sin)
    }

    fn to_page(self, along: f64, down: f64) -> (f64, f64) {
        (along * self.cos - down * self.sin, along * self.sin + down * self.cos)
    }
}

/// Lines from top to bottom, each from its beginning to its end.
fn lines(glyphs: Vec<&Glyph>, turn: Turn) -> Vec<Vec<Set<'_>>> {
    let mut sets: Vec<Set<'_>> = glyphs
        .into_iter()
        .filter_map(|glyph| {
            let (along, down) = turn.to_line(glyph.origin.x, glyph.origin.y);
            let text = glyph.text.as_deref()?;
            Some(Set { text, along, down, advance: glyph.advance.hypot(), em: glyph.up.hypot() })
        })
        .collect();
    sets.sort_by(|one, two| one.down.total_cmp(&two.down));
    let mut lines: Vec<Vec<Set<'_>>> = Vec::new();
    for set in sets {
        let joins = lines
            .last()
            .and_then(|line| line.last())
            .is_some_and(|last| set.down - last.down <= SAME_LINE * set.em.min(last.em));
        match lines.last_mut() {
            Some(line) if joins => line.push(set),
            _ => lines.push(vec![set]),
        }
    }
    for line in &mut lines {
        line.sort_by(|one, two| one.along.total_cmp(&two.along));
        line.dedup_by(|second, first| {
            // Some programs make text bold by printing it twice.
            second.text == first.text && second.along - first.along < 0.1 * first.em
        });
    }
    lines
}

/// Gives `found` each word of a line, and whether it begins a line of its own.
fn split_line<'a>(line: &[Set<'a>], mut found: impl FnMut(&[Set<'a>], bool)) {
    let end = |set: &Set<'_>| set.along + set.advance;
    let is_space = |set: &Set<'_>| set.text.chars().all(char::is_whitespace);
    let mut new_line = true;
    for column in line.chunk_by(|one, two| two.along - end(one) <= COLUMN_GAP * one.em.max(two.em)) {
        let most = word_gap(column);
        let mut last_end: Option<f64> = None;
        for chunk in column.chunk_by(|one, two| {
            !is_space(one) && !is_space(two) && two.along - end(one) <= most * one.em.min(two.em)
        }) {
            let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else { continue };
            if is_space(first) {
                continue;
            }
            // A run of spaces may be as wide as a column.
            new_line |= last_end.is_some_and(|end| first.along - end > COLUMN_GAP * first.em);
            found(chunk, new_line);
            new_line = false;
            last_end = Some(end(last));
        }
        new_line = true;
    }
}

/// The gap that ends a word in `column`, in ems: more than usual where its letters are spaced out.
fn word_gap(column: &[Set<'_>]) -> f64 {
    let mut gaps: Vec<f64> = column
        .windows(2)
        .filter_map(|pair| match pair {
            [one, two] if !one.text.trim().is_empty() && !two.text.trim().is_empty() => {
                Some((two.along - one.along - one.advance) / one.em.min(two.em))
            }
            _ => None,
        })
        .collect();
    gaps.sort_by(f64::total_cmp);
    let usual = gaps.get(gaps.len() / 2).copied().unwrap_or(0.0).max(0.0);
    if gaps.len() < 3 { WORD_GAP } else { (usual + WORD_GAP).min(SURE_WORD_GAP) }
}

/// The text of a word, and where it stands in fractions of the page.
fn word(chunk: &[Set<'_>], turn: Turn, layer: &Layer) -> Option<(String, Quad)> {
    let (first, last) = (chunk.first()?, chunk.last()?);
    let text: String = chunk.iter().flat_map(|set| set.text.chars()).filter(|c| !c.is_control()).collect();
    let text = expand_ligatures(text.trim());
    if text.is_empty() {
        return None;
    }
    let em = chunk.iter().map(|set| set.em).fold(0.0, f64::max);
    let (left, right) = (first.along, (last.along + last.advance).max(first.along + 0.1 * em));
    let (top, bottom) = (first.down - ASCENT * em, first.down + DESCENT * em);
    let corner = |along, down| {
        let (x, y) = turn.to_page(along, down);
        Point { x: x / layer.width, y: y / layer.height }
    };
    Some((
        text,
        Quad::new([corner(left, top), corner(right, top), corner(right, bottom), corner(left, bottom)]),
    ))
}

/// Letters that fonts join are letters all the same.
fn expand_ligatures(text: &str) -> String {
    let mut expanded = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{fb00}' => expanded.push_str("ff"),
            '\u{fb01}' => expanded.push_str("fi"),
            '\u{fb02}' => expanded.push_str("fl"),
            '\u{fb03}' => expanded.push_str("ffi"),
            '\u{fb04}' => expanded.push_str("ffl"),
            '\u{a0}' | '\u{ad}' => {}
            other => expanded.push(other),
        }
    }
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::layer::Ink;
    use hayro::kurbo::{Point as At, Vec2};

    /// Glyphs of half an em, ten points to the em, on a page of 200 by 100 points.
    fn set(layer: &mut Layer, text: &str, at: (f64, f64), direction: (f64, f64), pitch: f64) {
        for (index, character) in (0..).zip(text.chars()) {
            let step = f64::from(index) * pitch;
            layer.glyphs.push(Glyph {
                text: Some(character.to_string()),
                origin: At::new(at.0 + direction.0 * step, at.1 + direction.1 * step),
                advance: Vec2::new(direction.0 * 5.0, direction.1 * 5.0),
                up: Vec2::new(direction.1 * 10.0, -direction.0 * 10.0),
                visible: true,
                ink: Ink::Seen,
                font: None,
            });
        }
    }

    fn page() -> Layer {
        Layer {
            width: 200.0,
            height: 100.0,
            glyphs: Vec::new(),
            images: Vec::new(),
            covers: Vec::new(),
            fonts: Vec::new(),
            small_shapes: 0,
            shapes: 0,
            strokes: Vec::new(),
            warnings: 0,
        }
    }

    fn check(name: &str, build: impl FnOnce(&mut Layer), expected: &[(&str, u32)]) {
        let mut layer = page();
        build(&mut layer);
        let words = of(&layer);
        let seen: Vec<_> = words.iter().map(|word| (word.text.as_str(), word.line)).collect();
        assert_eq!(seen, expected, "{name}");
    }

    const RIGHT: (f64, f64) = (1.0, 0.0);

    #[test]
    fn glyphs_become_words_and_lines() {
        check(
            "a space parts words",
            |page| set(page, "Net pay", (10.0, 20.0), RIGHT, 5.0),
            &[("Net", 0), ("pay", 0)],
        );
        check(
            "a gap parts words",
            |page| {
                set(page, "Net", (10.0, 20.0), RIGHT, 5.0);
                set(page, "pay", (28.0, 20.0), RIGHT, 5.0);
            },
            &[("Net", 0), ("pay", 0)],
        );
        check(
            "columns are lines of their own",
            |page| {
                set(page, "Gross", (10.0, 20.0), RIGHT, 5.0);
                set(page, "2,002.50", (100.0, 20.0), RIGHT, 5.0);
            },
            &[("Gross", 0), ("2,002.50", 1)],
        );
        check(
            "a small word before a large one",
            |page| {
                set(page, "Form", (10.0, 20.0), RIGHT, 5.0);
                set(page, "W-2", (32.0, 20.0), RIGHT, 15.0);
                for large in page.glyphs.iter_mut().skip(4) {
                    large.up *= 3.0;
                    large.advance *= 3.0;
                }
            },
            &[("Form", 0), ("W-2", 0)],
        );
        check(
            "spaced letters stay one word",
            |page| set(page, "2002.50", (10.0, 20.0), RIGHT, 8.0),
            &[("2002.50", 0)],
        );
        check(
            "digits of narrow columns stay apart",
            |page| set(page, "123", (10.0, 20.0), RIGHT, 14.0),
            &[("1", 0), ("2", 0), ("3", 0)],
        );
        check(
            "printed out of order",
            |page| {
                set(page, "second", (10.0, 40.0), RIGHT, 5.0);
                set(page, "first", (10.0, 20.0), RIGHT, 5.0);
            },
            &[("first", 0), ("second", 1)],
        );
        check(
            "printed twice to look bold",
            |page| {
                set(page, "Total", (10.0, 20.0), RIGHT, 5.0);
                set(page, "Total", (10.3, 20.0), RIGHT, 5.0);
            },
            &[("Total", 0)],
        );
    }

    #[test]
    fn turned_text_keeps_its_own_top_left() {
        let mut layer = page();
        // Upwards, as on the spine of a form.
        set(&mut layer, "Form", (20.0, 80.0), (0.0, -1.0), 5.0);
        let words = of(&layer);
        assert_eq!(words.len(), 1);
        let [top_left, top_right, ..] = words[0].quad.rounded().corners();
        assert_eq!((top_left.x, top_left.y), (0.0625, 0.8));
        assert_eq!((top_right.x, top_right.y), (0.0625, 0.6));
    }
}
