//! Judges whether a text layer says what a person sees on the page.
//! What is not trusted is left to the picture of the page.

use super::layer::Layer;

/// A picture over more of the page than this is the page, and what stands on it may be missing from the layer.
const PAGE_FILLING: f64 = 0.5;
/// Characters beyond which a layer on a page-filling picture is the text and the picture its background.
const RICH: usize = 400;
/// Characters below which a page full of small shapes has its letters drawn as shapes.
const POOR: usize = 60;
/// The least share of characters that must be ordinary ones.
const ORDINARY: f64 = 0.95;
/// Vowels among the letters of any language of Europe, with a wide margin: wrong encodings fall outside.
const VOWELS: std::ops::RangeInclusive<f64> = 0.18..=0.65;
/// Letters that it takes to count vowels.
const LETTERS_TO_JUDGE: usize = 120;

/// Whether the glyphs of `layer` may stand for the page.
pub(crate) fn is_whole(layer: &Layer) -> bool {
    let visible = layer.glyphs.iter().filter(|glyph| glyph.visible);
    let mut counts = Counts::default();
    visible.for_each(|glyph| counts.add(glyph.text.as_deref()));
    let hidden = layer.glyphs.iter().filter(|glyph| !glyph.visible && glyph.text.is_some()).count();

    if layer.is_blank() && layer.warnings == 0 {
        return true;
    }
    let picture_share: f64 = layer.images.iter().map(|image| image.share).sum();
    let scan = picture_share >= PAGE_FILLING && counts.all < RICH;
    let drawn_letters = counts.all < POOR && layer.small_shapes > counts.all;
    counts.all > 0 && hidden <= counts.all && !scan && !drawn_letters && counts.are_plausible()
}

/// Visible characters, white space apart.
#[derive(Debug, Default)]
struct Counts {
    all: usize,
    ordinary: usize,
    letters: usize,
    vowels: usize,
}

impl Counts {
    fn add(&mut self, text: Option<&str>) {
        let Some(text) = text else {
            self.all += 1;
            return;
        };
        for character in text.chars().filter(|character| !character.is_whitespace()) {
            self.all += 1;
            self.ordinary += usize::from(is_ordinary(character));
            self.letters += usize::from(character.is_alphabetic());
            self.vowels +=
                usize::from("aeiouyáéíóúàèìòùäëïöüâêîôûãõAEIOUYÁÉÍÓÚÀÈÌÒÙÄËÏÖÜÂÊÎÔÛÃÕ".contains(character));
        }
    }

    fn are_plausible(&self) -> bool {
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        share(self.ordinary, self.all) >= ORDINARY
            && (self.letters < LETTERS_TO_JUDGE || VOWELS.contains(&share(self.vowels, self.letters)))
    }
}

/// Characters that print in the documents of this world: not those of private use, controls or replacements.
fn is_ordinary(character: char) -> bool {
    matches!(character,
        '!'..='~' | '\u{a1}'..='\u{24f}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{20a0}'..='\u{20bf}'
        | '\u{2100}'..='\u{22ff}' | '\u{2500}'..='\u{27bf}' | '\u{fb00}'..='\u{fb06}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::layer::{Glyph, Ink, Placed};
    use hayro::kurbo::{Affine, Point, Vec2};

    fn layer(text: &str, visible: bool) -> Layer {
        let glyph = |character: char| Glyph {
            text: Some(character.to_string()),
            origin: Point::new(100.0, 100.0),
            advance: Vec2::new(6.0, 0.0),
            up: Vec2::new(0.0, -12.0),
            visible,
            ink: if visible { Ink::Seen } else { Ink::Nothing },
            font: None,
        };
        let glyphs = text.chars().map(glyph).collect();
        Layer {
            width: 612.0,
            height: 792.0,
            glyphs,
            images: Vec::new(),
            covers: Vec::new(),
            fonts: Vec::new(),
            small_shapes: 0,
            shapes: 0,
            strokes: Vec::new(),
            warnings: 0,
        }
    }

    fn scan(share: f64) -> Placed {
        let placed = Affine::IDENTITY;
        Placed { width: 1700, height: 2200, placed, share, bilevel: false }
    }

    #[test]
    fn a_layer_is_trusted_only_where_it_is_what_is_seen() {
        let stub = "Gross pay 2,002.50 Net pay 1,601.25 Employer Harbor Street Bakery Pay date 10/31/2026 "
            .repeat(3);
        let shifted: String = stub.chars().map(|c| if c.is_alphabetic() { 'x' } else { c }).collect();
        let private: String = stub.chars().map(|_| '\u{f0a1}').collect();
        let with = |text: &str, share| Layer { images: vec![scan(share)], ..layer(text, true) };
        let cases = [
            ("plain text", layer(&stub, true), true),
            ("an empty page", layer("", true), true),
            ("a logo beside text", with(&stub, 0.1), true),
            ("a stamp on a scan", with("Received 2026-11-02", 1.0), false),
            ("text on a background picture", with(&stub.repeat(4), 1.0), true),
            ("hidden text alone", layer(&stub, false), false),
            ("a font with a wrong encoding", layer(&shifted, true), false),
            ("a font without an encoding", layer(&private, true), false),
            (
                "letters drawn as shapes",
                Layer { small_shapes: 900, shapes: 900, ..layer("p. 1", true) },
                false,
            ),
            ("a picture alone", with("", 0.9), false),
        ];
        for (name, layer, expected) in cases {
            assert_eq!(is_whole(&layer), expected, "{name}");
        }
    }
}
