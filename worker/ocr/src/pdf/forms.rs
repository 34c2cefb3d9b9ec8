//! What was filled into the fields of a form and is not drawn: programs may leave the drawing to whoever shows the page.
//! What a field's own appearance draws is noted by `layer` like everything else, and counts before its value.

use hayro::hayro_syntax::object::{Array, Dict, Name, Rect, Stream, String as PdfString};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, Point, Vec2};

use super::layer::{Glyph, Ink};

/// Flags of annotations that are not to be seen (ISO 32000-1, table 165): hidden, and no view.
const UNSEEN: u32 = 1 << 1 | 1 << 5;
/// The flag of a text field that holds a password (ISO 32000-1, table 228).
const PASSWORD: u32 = 1 << 13;
/// How many parents a field may have.
const MOST_PARENTS: usize = 16;
/// The size of text where the form leaves it open, in points.
const USUAL_SIZE: f64 = 10.0;
/// The advance of a character of the usual fonts, in ems.
const ADVANCE: f64 = 0.5;

/// The glyphs of the values on `page` that nothing draws, in points of the upright page.
pub(crate) fn undrawn(page: &Page<'_>, upright: Affine) -> Vec<Glyph> {
    let Some(annotations) = page.raw().get::<Array<'_>>(b"Annots") else { return Vec::new() };
    let mut glyphs = Vec::new();
    for widget in annotations.iter::<Dict<'_>>() {
        if let Some(field) = Field::of(&widget) {
            field.set(upright, &mut glyphs);
        }
    }
    glyphs
}

/// A field with a value of text.
struct Field {
    value: String,
    place: Rect,
    /// How far its text is turned anticlockwise, in degrees.
    turn: i32,
    /// Its size in points, where the form states one.
    size: Option<f64>,
}

impl Field {
    /// The field of `widget`, if its value is text and nothing draws it.
    fn of(widget: &Dict<'_>) -> Option<Self> {
        let is_widget = widget.get::<Name<'_>>(b"Subtype").is_some_and(|name| &*name == b"Widget");
        if !is_widget || widget.get::<u32>(b"F").unwrap_or(0) & UNSEEN != 0 || is_drawn(widget) {
            return None;
        }
        let kind = holder(widget, b"FT")?.get::<Name<'_>>(b"FT")?;
        let flags = holder(widget, b"Ff").and_then(|field| field.get::<u32>(b"Ff")).unwrap_or(0);
        if !matches!(&*kind, b"Tx" | b"Ch") || (&*kind == b"Tx" && flags & PASSWORD != 0) {
            return None;
        }
        let value = decoded(holder(widget, b"V")?.get::<PdfString<'_>>(b"V")?.as_bytes());
        let look = widget.get::<Dict<'_>>(b"MK");
        let turn = look.and_then(|look| look.get::<i32>(b"R")).unwrap_or(0).rem_euclid(360);
        let size = holder(widget, b"DA").and_then(|field| field.get::<PdfString<'_>>(b"DA"));
        let size = size.and_then(|look| font_size(look.as_bytes()));
        let place = widget.get::<Rect>(b"Rect")?;
        (!value.trim().is_empty()).then_some(Self { value, place, turn, size })
    }

    /// Adds the glyphs of the value, line by line, each in the middle of its share of the field.
    fn set(&self, upright: Affine, glyphs: &mut Vec<Glyph>) {
        let (wide, high) = (self.place.x1 - self.place.x0, self.place.y1 - self.place.y0);
        let centre = Point::new(self.place.x0 + wide / 2.0, self.place.y0 + high / 2.0);
        let (along, up, length, height) = match self.turn {
            90 => (Vec2::new(0.0, 1.0), Vec2::new(-1.0, 0.0), high, wide),
            180 => (Vec2::new(-1.0, 0.0), Vec2::new(0.0, -1.0), wide, high),
            270 => (Vec2::new(0.0, -1.0), Vec2::new(1.0, 0.0), high, wide),
            _ => (Vec2::new(1.0, 0.0), Vec2::new(0.0, 1.0), wide, high),
        };
        let lines: Vec<&str> =
            self.value.split(['\r', '\n']).filter(|line| !line.trim().is_empty()).collect();
        let pitch = height / lines.len().max(1) as f64;
        let size = self.size.unwrap_or(USUAL_SIZE).min(pitch * 0.9);
        for (line, index) in lines.iter().zip(0..) {
            let count = line.chars().count().max(1) as f64;
            let advance = (size * ADVANCE).min(length / count);
            let middle = height / 2.0 - pitch * (f64::from(index) + 0.5);
            let start = centre - length / 2.0 * along + (middle - 0.3 * size) * up;
            for (character, step) in line.chars().zip(0..) {
                let origin = upright * (start + f64::from(step) * advance * along);
                let vector = |of: Vec2| upright * (start + of) - upright * start;
                glyphs.push(Glyph {
                    text: Some(character.to_string()),
                    origin,
                    advance: vector(advance * along),
                    up: vector(size * up),
                    visible: true,
                    ink: Ink::Seen,
                    font: None,
                });
            }
        }
    }
}

/// Whether an appearance of `widget` shows text.
fn is_drawn(widget: &Dict<'_>) -> bool {
    let appearance = widget.get::<Dict<'_>>(b"AP").and_then(|looks| looks.get::<Stream<'_>>(b"N"));
    let drawn = appearance.and_then(|stream| stream.decoded().ok().map(|data| data.into_owned()));
    // Text is shown by Tj, TJ, ' and ", or in a form that the appearance draws.
    drawn.is_some_and(|data| {
        data.split(u8::is_ascii_whitespace).any(|word| {
            let operator = word.rsplit(|byte| b")>]".contains(byte)).next().unwrap_or(word);
            matches!(operator, b"Tj" | b"TJ" | b"'" | b"\"" | b"Do")
        })
    })
}

/// The field or the nearest of its parents that has an entry for `key`.
fn holder<'a>(widget: &Dict<'a>, key: &[u8]) -> Option<Dict<'a>> {
    let mut field = widget.clone();
    for _ in 0..MOST_PARENTS {
        if field.contains_key(key) {
            return Some(field);
        }
        field = field.get::<Dict<'_>>(b"Parent")?;
    }
    None
}

/// The size that a default appearance sets: the number before `Tf`, where it is not left open by a zero.
fn font_size(appearance: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(appearance).ok()?;
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let at = words.iter().position(|word| *word == "Tf")?;
    words.get(at.checked_sub(1)?)?.parse().ok().filter(|size| (1.0..200.0).contains(size))
}

/// A text string of a PDF (ISO 32000-1, 7.9.2.2): UTF-16 or UTF-8 where it says so, or else nearly Latin-1.
pub(super) fn decoded(bytes: &[u8]) -> String {
    if let Some(wide) = bytes.strip_prefix(b"\xfe\xff") {
        let units: Vec<u16> = wide.as_chunks::<2>().0.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
        return String::from_utf16_lossy(&units);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned)
}
