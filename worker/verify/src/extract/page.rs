//! A page with the labels of one document type marked on it.

use std::ops::Range;

use document::{Quad, Rect};

use super::PageInput;
use crate::layout::Layout;
use crate::lexicon::Occurrence;
use crate::rules::document::{FieldRule, Kind};
use crate::rules::document_type::{DocumentType, Owner};
use crate::text::tokens;
use crate::values;

pub(super) type Label = Occurrence<Owner>;

pub(super) struct PageView<'a> {
    pub layout: &'a Layout,
    pub document_type: &'a DocumentType,
    labels: Vec<Label>,
    /// For each word, whether it belongs to a label that ends a cell.
    marked: Vec<bool>,
    /// Whether captions stand under their values here, as on some forms.
    captions_under: bool,
}

impl<'a> PageView<'a> {
    pub fn new(page: &PageInput<'a>, document_type: &'a DocumentType) -> Self {
        let layout = page.layout;
        let labels = document_type.labels().find(layout, page.pieces);
        let follows = |label: &Label| {
            labels.iter().any(|other| other.range.end == label.range.start && other.below.is_empty())
        };
        let spoken = |label: &Label| {
            (within_a_name(layout, label) && !follows(label))
                || begins_a_name(layout, document_type, label)
                || is_part_of_a_compound(layout, label)
        };
        let labels =
            labels.iter().filter(|label| !spoken(label) && !is_two(layout, label)).cloned().collect();
        let labels = without_parts_of_others(labels);
        let mut marked = vec![false; layout.words.len()];
        for label in labels.iter().filter(|label| !matches!(label.owner, Owner::Term(_))) {
            for word in label.range.clone().chain(label.below.clone()) {
                if let Some(mark) = marked.get_mut(word) {
                    *mark = true;
                }
            }
        }
        let mut view = Self { layout, document_type, labels, marked, captions_under: false };
        view.captions_under = view.has_captions_under();
        view
    }

    /// Whether captions stand under their values on this page.
    pub fn captions_under(&self) -> bool {
        self.captions_under
    }

    /// The same with captions on the other side of their values.
    pub fn turned(self) -> Self {
        Self { captions_under: !self.captions_under, ..self }
    }

    /// Whether most captions are much nearer to what stands over them than to what stands under them.
    fn has_captions_under(&self) -> bool {
        const FEWEST: usize = 4;
        let captions =
            self.labels.iter().filter(|label| matches!(label.owner, Owner::Field(_)) && self.is_alone(label));
        let nearer = captions.filter_map(|label| {
            if self.goes_on(label) {
                return Some(false);
            }
            let (over, under) = (self.nearest(label, true), self.nearest(label, false));
            match (over, under) {
                (Some(over), None) => Some(over < 1.5),
                (Some(over), Some(under)) if over < 0.6 * under => Some(over < 1.5),
                (Some(_) | None, Some(_)) => Some(false),
                (None, None) => None,
            }
        });
        let nearer: Vec<bool> = nearer.collect();
        let under = nearer.iter().filter(|is_under| **is_under).count();
        under >= FEWEST && 4 * under > 3 * nearer.len()
    }

    /// Whether something that is no label comes next in the row of a label.
    pub fn goes_on(&self, label: &Label) -> bool {
        let row = self.layout.words.get(label.range.start).map_or(0..0, |word| self.layout.row(word.row));
        let next = label.range.end;
        row.contains(&next) && !self.is_label(next) && self.layout.gap_before(next) < 25.0
    }

    /// Whether nothing but labels stands in the run of a label.
    pub fn is_alone(&self, label: &Label) -> bool {
        self.layout.run(label.range.start).all(|word| self.is_label(word))
    }

    /// How far the nearest word that is no label stands over or under a label, in heights of text.
    fn nearest(&self, label: &Label, over: bool) -> Option<f64> {
        let height = self.layout.text_height();
        let row = self.layout.words.get(label.range.start)?.row;
        let rows: Vec<usize> =
            if over { (row.saturating_sub(3)..row).collect() } else { (row + 1..row + 4).collect() };
        let words = rows
            .into_iter()
            .filter(|row| *row < self.layout.rows().len())
            .flat_map(|row| self.layout.row(row));
        let gaps = words.filter(|word| !self.is_label(*word)).filter_map(|word| {
            let rect = self.rect(word).filter(|rect| rect.overlap_x(&label.rect) > 0.0)?;
            Some(if over { label.rect.top - rect.bottom } else { rect.top - label.rect.bottom } / height)
        });
        gaps.map(|gap| gap.max(0.0)).min_by(f64::total_cmp).filter(|gap| *gap < 3.0)
    }

    /// The labels of one owner, in the order of the page.
    pub fn labels(&self, owner: Owner) -> impl Iterator<Item = &Label> {
        self.labels.iter().filter(move |label| label.owner == owner)
    }

    /// The occurrences of any of the groups of terms.
    pub fn terms(&self) -> impl Iterator<Item = (usize, &Label)> {
        self.labels.iter().filter_map(|label| match label.owner {
            Owner::Term(term) => Some((term, label)),
            Owner::Field(_) | Owner::Party(_) | Owner::PartySpan(_) | Owner::Ignored => None,
        })
    }

    /// Whether the label's own words hold one of a group of terms: `YTD gross` needs no heading that says so.
    pub fn says(&self, label: &Label, term: &str) -> bool {
        let ranges = [&label.range, &label.below];
        let own: Vec<_> =
            ranges.iter().flat_map(|range| tokens(self.layout.text((*range).clone()))).collect();
        let mut phrases = self.document_type.term_phrases(term).iter();
        phrases.any(|phrase| own.windows(phrase.len().max(1)).any(|part| part == phrase))
    }

    /// Whether the word belongs to a label, and so to no value.
    pub fn is_label(&self, word: usize) -> bool {
        self.marked.get(word).copied().unwrap_or(false)
    }

    /// The words of `row` from `start` on, up to the next label.
    pub fn until_label(&self, start: usize, end: usize) -> Range<usize> {
        let stop = (start..end).find(|&word| self.is_label(word)).unwrap_or(end);
        start..stop
    }

    /// How much a label's print speaks for it: its place in the list, its length, and whether it stands alone.
    pub fn weight(&self, label: &Label) -> f64 {
        let rank = (1.0 - 0.005 * label.rank as f64).max(if label.length > 1 { 0.97 } else { 0.93 });
        let length = match label.length {
            1 => 0.92,
            2 => 0.97,
            _ => 1.0,
        };
        label.likeness * rank * length * if self.is_in_prose(label) { 0.5 } else { 1.0 }
    }

    /// Whether the label stands in the midst of a sentence.
    pub fn is_in_prose(&self, label: &Label) -> bool {
        let run = self.layout.run(label.range.start);
        let other = run.filter(|word| !label.range.contains(word) && !self.is_label(*word));
        let lower = |word: usize| {
            let text = self.layout.word(word);
            text.starts_with(char::is_lowercase) && text.len() > 1
        };
        other.filter(|&word| lower(word)).count() > 3
    }

    /// The room of a cell beside and under a label: from the run before it to the run after it in its row.
    pub fn column(&self, label: &Label, spans: Option<Owner>) -> (f64, f64) {
        let height = self.layout.text_height();
        let words = &self.layout.words;
        let row = words.get(label.range.start).map_or(0..0, |word| self.layout.row(word.row));
        let run = self.layout.run(label.range.start);
        let before = run.start.min(label.range.start).checked_sub(1).filter(|before| row.contains(before));
        let before =
            before.and_then(|before| words.get(before)).map_or(f64::NEG_INFINITY, |word| word.rect.right);
        let spanned = |word: &usize| {
            spans.is_some_and(|owner| self.labels(owner).any(|label| label.range.contains(word)))
        };
        // A label without a gap before it goes on with this one, as the same in another language does.
        let is_same = |word: usize| self.labels(label.owner).any(|other| other.range.contains(&word));
        let begins = |word: usize| {
            self.is_label(word)
                && self.layout.gap_before(word) > GAP_OF_CAPTIONS
                && !(word < run.end && is_same(word))
        };
        let after =
            (label.range.end..row.end).find(|&word| (word >= run.end || begins(word)) && !spanned(&word));
        let after = after.and_then(|after| words.get(after)).map_or(f64::INFINITY, |word| word.rect.left);
        let left = (label.rect.left - 4.0 * height).max(before + 0.3 * height);
        // The boxes that a name goes on in reach farther: `1C. LAST`.
        let spanning = spans.into_iter().flat_map(|owner| self.labels(owner));
        let spanning = spanning.filter(|span| row.contains(&span.range.start)).map(|span| span.rect.right);
        let right = (spanning.fold(label.rect.right, f64::max) + 30.0 * height).min(after - 0.3 * height);
        (left.min(label.rect.left - 0.3 * height), right.max(label.rect.right))
    }

    /// The words of `row` whose middle is between `left` and `right`.
    pub fn within(&self, row: Range<usize>, (left, right): (f64, f64)) -> Range<usize> {
        let inside = |word: &usize| {
            let middle = self.layout.words.get(*word).map(|word| word.rect.centre().x);
            middle.is_some_and(|middle| middle >= left && middle <= right)
        };
        let start = row.clone().find(&inside).unwrap_or(row.end);
        let end = row.clone().rev().find(&inside).map_or(start, |last| last + 1);
        start..end
    }

    /// The end of the label of a date that begins with a word in small letters.
    pub fn date_label(&self, word: usize) -> Option<usize> {
        let begins = |label: &&Label| {
            let Owner::Field(index) = label.owner else { return false };
            let kind = self.document_type.fields().get(index).map(|(_, field)| field.kind);
            label.range.start == word && matches!(kind, Some(Kind::Date | Kind::Month))
        };
        let small = self.layout.word(word).starts_with(char::is_lowercase);
        self.labels.iter().filter(|_| small).find(begins).map(|label| label.range.end)
    }

    /// The parts of a range of words that no label takes up.
    pub fn between_labels(&self, words: Range<usize>) -> Vec<Range<usize>> {
        let mut parts = Vec::new();
        let mut at = words.start;
        while at < words.end {
            let part = self.until_label(at, words.end);
            at = part.end + 1;
            if !part.is_empty() {
                parts.push(part);
            }
        }
        parts
    }

    /// Whether one of the words belongs to a label right under `rect`: the cell ends there.
    pub fn barred(&self, mut words: Range<usize>, rect: &Rect) -> bool {
        words.any(|word| self.is_label(word) && self.rect(word).is_some_and(|own| own.overlap_x(rect) > 0.5))
    }

    /// The first word that stands within a place on the page.
    pub fn word_at(&self, place: &Quad) -> Option<usize> {
        let place = place.bounds();
        self.layout.words.iter().position(|word| {
            let middle = word.quad.bounds().centre();
            middle.x >= place.left
                && middle.x <= place.right
                && middle.y >= place.top
                && middle.y <= place.bottom
        })
    }

    /// The box of one word.
    pub fn rect(&self, word: usize) -> Option<Rect> {
        self.layout.words.get(word).map(|word| word.rect)
    }
}

/// Captions side by side stand farther apart than this, in heights of text.
const GAP_OF_CAPTIONS: f64 = 0.6;

/// Whether a label in two rows is two captions, one under the other, and none that is broken: the upper one has a figure
/// beside it, and the lower one too, or it goes on, or it begins large under an amount, as `DEDUCTIONS` does under `TOTAL WITHHOLDINGS 456.11`.
fn is_two(layout: &Layout, label: &Label) -> bool {
    let row_of = |line: &Range<usize>| layout.words.get(line.start).map_or(usize::MAX, |word| word.row);
    let valued = |line: &Range<usize>| {
        let row = layout.words.get(line.start).map_or(0..0, |word| layout.row(word.row));
        let figure = layout.word(line.end).trim_start_matches(['$', '-', '(']);
        row.contains(&line.end) && figure.starts_with(|letter: char| letter.is_ascii_digit())
    };
    // `Employee   Ana Ruiz` over `Soc. Sec. No.   XXX-XX-4821`: what stands beside them begins at one edge.
    let beside = |line: &Range<usize>| layout.words.get(line.end).filter(|next| next.row == row_of(line));
    let tabled = || {
        let (upper, lower) = (beside(&label.range)?, beside(&label.below)?);
        let figures = layout.word(label.below.end).bytes().filter(u8::is_ascii_digit).count();
        Some(figures > 2 && (upper.rect.left - lower.rect.left).abs() < layout.text_height())
    };
    if label.below.is_empty() {
        return false;
    }
    tabled() == Some(true)
        || valued(&label.range)
            && (valued(&label.below)
                || layout.run(label.below.start).end > label.below.end
                || (layout.word(label.range.end).contains('.')
                    && layout.word(label.below.start).starts_with(char::is_uppercase)))
}

/// Whether a label of one word stands after another word of its run, as `Company` in `Any Company Inc.`
fn within_a_name(layout: &Layout, label: &Label) -> bool {
    let run = layout.run(label.range.start);
    let before = label.range.start.checked_sub(1).filter(|before| run.contains(before));
    let before = before.map(|before| layout.word(before));
    let ends_a_label = |text: &str| {
        // `CAREGIVER (EMPLOYEE)`: what stands in brackets says whose it is.
        let bracketed = layout.word(label.range.start).starts_with('(');
        // What stands before it is a value of its own: `IOE0009248648 Category`.
        let figures = text.bytes().filter(u8::is_ascii_digit).count() >= 3;
        bracketed
            || figures
            || text.ends_with([':', ')', '.', '*', '/'])
            || text.chars().filter(|letter| letter.is_alphabetic()).count() < 3
    };
    label.length == 1
        && !matches!(label.owner, Owner::Term(_))
        && before.is_some_and(|text| !ends_a_label(text))
}

/// Whether a party's label of one word is a part of a longer one: `Retirement-Employer`, `Employer-Match`.
fn is_part_of_a_compound(layout: &Layout, label: &Label) -> bool {
    let parts = layout.word(label.range.start).rsplit_once('-');
    let compound = |(before, after): (&str, &str)| {
        before.contains(char::is_alphabetic) && after.contains(char::is_alphabetic) && !after.ends_with(':')
    };
    label.length == 1 && matches!(label.owner, Owner::Party(_)) && parts.is_some_and(compound)
}

/// Whether a label of one word, for a value with figures, is followed by plain words: `DL Adult` has no number.
fn begins_a_name(layout: &Layout, document_type: &DocumentType, label: &Label) -> bool {
    let Owner::Field(index) = label.owner else { return false };
    let kind = document_type.fields().get(index).map(|(_, field)| field.kind);
    let figures = matches!(
        kind,
        Some(
            Kind::Money
                | Kind::Number
                | Kind::Year
                | Kind::Date
                | Kind::Month
                | Kind::Period
                | Kind::Ssn
                | Kind::Tin
                | Kind::Code
                | Kind::Digits
        )
    );
    let text = |word: usize| layout.word(word);
    let next = label.range.end;
    let ended = text(next.saturating_sub(1)).ends_with([':', '.', '#']);
    let plain = text(next).chars().filter(|letter| letter.is_alphabetic()).count() >= 3
        && !text(next).contains(|letter: char| letter.is_ascii_digit());
    let near = layout.gap_before(next) < 0.9;
    let dated = kind
        .filter(|kind| matches!(kind, Kind::Date | Kind::Month | Kind::Period))
        .is_some_and(|kind| begins_a_date(layout, kind, next));
    label.length == 1 && figures && !ended && plain && near && !dated
}

/// Whether a date, or a month without a day where the kind asks for one, begins with a word: `Issued Oct 19, 2026`.
fn begins_a_date(layout: &Layout, kind: Kind, word: usize) -> bool {
    let end = layout.words.get(word).map_or(word, |word| layout.row(word.row).end);
    let reads = |kind| values::read(&FieldRule::of(kind), layout, word, end).is_some();
    reads(Kind::Date) || (kind != Kind::Date && reads(kind))
}

/// The labels that are no part of a longer one: `gross` is none within `taxable gross`.
fn without_parts_of_others(mut labels: Vec<Label>) -> Vec<Label> {
    let words = |label: &Label| label.range.len() + label.below.len();
    let holds = |range: &Range<usize>, part: &Range<usize>| {
        part.is_empty() || (range.start <= part.start && part.end <= range.end)
    };
    let outdoes = |whole: &Label, part: &Label| {
        let longer =
            words(whole) > words(part) || (words(whole) == words(part) && whole.length > part.length);
        let truer = words(whole) == words(part) && whole.likeness > part.likeness + 0.05;
        longer || truer
    };
    let part_of = |part: &Label, whole: &Label| {
        let inside = |range: &Range<usize>| holds(&whole.range, range) || holds(&whole.below, range);
        inside(&part.range) && inside(&part.below) && outdoes(whole, part)
    };
    let all = labels.clone();
    let longest = all.iter().map(|label| label.range.len()).max().unwrap_or_default();
    let broken: Vec<_> = all.iter().filter(|label| !label.below.is_empty()).collect();
    // They are in the order of the page, and one that holds another in one row begins shortly before it.
    let near = |label: &Label| {
        let first = all.partition_point(|other| other.range.start + longest < label.range.start);
        let end = all.partition_point(|other| other.range.start <= label.range.start);
        all.get(first..end).unwrap_or_default()
    };
    labels.retain(|label| {
        let mut wholes = near(label).iter().chain(broken.iter().copied());
        !wholes.any(|whole| part_of(label, whole))
    });
    labels
}
