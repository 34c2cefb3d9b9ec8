//! A page's words as a reader's eye groups them: straightened, in rows from left to right, in runs without wide gaps.
//! Distances are in heights of the page, so that across and down measure alike.

use std::ops::Range;

use document::{Confidence, Page, Quad, Rect};

use crate::printed::{self, Printed};
use crate::rules::calibration::Curve;

/// The words of one page, row by row.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Counted from 1 through the whole upload.
    pub page: u32,
    /// Row after row, each from left to right.
    pub words: Vec<LayoutWord>,
    rows: Vec<Range<usize>>,
    text_height: f64,
    /// For each word, the run around it.
    runs: Vec<Range<usize>>,
    /// The words, one space between them.
    text: String,
    /// Where in it each word begins.
    starts: Vec<usize>,
    strokes: Vec<Stroke>,
}

/// Something drawn that is neither print nor a rule.
#[derive(Debug, Clone)]
pub struct Stroke {
    /// Where it stands after straightening.
    pub rect: Rect,
    /// Where it stands on the page.
    pub quad: Quad,
}

/// A word in its row; its characters are those of [`Layout::word`].
#[derive(Debug, Clone, Copy)]
pub struct LayoutWord {
    /// Where it stands after straightening.
    pub rect: Rect,
    /// Where it stands on the page.
    pub quad: Quad,
    /// How sure the reader was; `None` for a text layer.
    pub confidence: Option<Confidence>,
    /// The index of its row.
    pub row: usize,
}

impl Layout {
    /// The layout of `page`, which counts as page `number` of the upload, with confidences as `curve` has them. A page
    /// that could not be read has no words.
    pub fn new(page: &Page, number: u32, curve: Curve<'_>) -> Self {
        let words = page.text.as_ref().map(|text| text.words.as_slice()).unwrap_or_default();
        let drawn = page.text.as_ref().map(|text| text.strokes.as_slice()).unwrap_or_default();
        let words = printed::of(words, page.aspect);
        let lean = Lean::of(&words, page.aspect);
        let rects: Vec<_> = words.iter().map(|word| straighten(&word.bounds, page.aspect, lean)).collect();
        let text_height = median(rects.iter().map(Rect::height)).unwrap_or(0.01).max(0.001);
        let rows = into_rows(&words, &rects, text_height);
        let mut ordered = Vec::with_capacity(words.len());
        let mut texts = Vec::with_capacity(words.len());
        let mut ranges = Vec::with_capacity(rows.len());
        for (row, indices) in rows.into_iter().enumerate() {
            let start = ordered.len();
            for (word, rect) in indices.into_iter().filter_map(|index| words.get(index).zip(rects.get(index)))
            {
                let confidence = word.confidence.map(|confidence| curve.at(confidence));
                ordered.push(LayoutWord { rect: *rect, quad: word.quad, confidence, row });
                texts.push(word.text);
            }
            ranges.push(start..ordered.len());
        }
        let stroke =
            |quad: &Quad| Stroke { rect: straighten(&quad.bounds(), page.aspect, lean), quad: *quad };
        let strokes = drawn.iter().map(stroke).collect();
        Self { strokes, ..Self::of_rows(number, ordered, &texts, ranges, text_height) }
    }

    /// What is drawn on the page, from the top down.
    pub fn strokes(&self) -> &[Stroke] {
        &self.strokes
    }

    /// The layout of words that stand in rows.
    fn of_rows(
        page: u32,
        words: Vec<LayoutWord>,
        texts: &[&str],
        rows: Vec<Range<usize>>,
        text_height: f64,
    ) -> Self {
        let mut text = String::with_capacity(texts.iter().map(|text| text.len() + 1).sum());
        let mut starts = Vec::with_capacity(texts.len());
        for word in texts {
            starts.push(text.len());
            text.push_str(word);
            text.push(' ');
        }
        let (runs, strokes) = (Vec::new(), Vec::new());
        let mut layout = Self { page, words, rows, text_height, runs, text, starts, strokes };
        layout.runs = layout.parted_at_gaps();
        layout
    }

    /// The run around each word.
    fn parted_at_gaps(&self) -> Vec<Range<usize>> {
        let mut runs = Vec::with_capacity(self.words.len());
        for row in &self.rows {
            let mut start = row.start;
            while start < row.end {
                let end = (start + 1..row.end).find(|&at| self.gap_before(at) > WIDE_GAP).unwrap_or(row.end);
                runs.extend(std::iter::repeat_n(start..end, end - start));
                start = end;
            }
        }
        runs
    }

    /// The same words as running text: each paragraph, of one line or several, in one row; and for each of these words
    /// its index here.
    pub fn flowed(&self) -> (Self, Vec<usize>) {
        let mut words = Vec::with_capacity(self.words.len());
        let mut texts = Vec::with_capacity(self.words.len());
        let mut indices = Vec::with_capacity(self.words.len());
        let mut rows = Vec::new();
        for (row, paragraph) in self.paragraphs().into_iter().enumerate() {
            let start = words.len();
            // Far below the one before, so that nothing is taken to stand over it.
            let top = row as f64 * 20.0 * self.text_height;
            let mut left = 0.0;
            for line in paragraph {
                for index in line.clone() {
                    let gap = if index == line.start { SPACE } else { self.gap_before(index).min(SPACE) };
                    let Some(word) = self.words.get(index) else { continue };
                    let begins = left + gap * self.text_height;
                    left = begins + word.rect.width();
                    let rect = Rect::new(begins, top, left, top + word.rect.height());
                    words.push(LayoutWord { rect, row, ..*word });
                    texts.push(self.word(index));
                    indices.push(index);
                }
            }
            rows.push(start..words.len());
        }
        (Self::of_rows(self.page, words, &texts, rows, self.text_height), indices)
    }

    /// The lines of each paragraph: runs set under each other from one left edge, of which all but the last fill the column.
    fn paragraphs(&self) -> Vec<Vec<Range<usize>>> {
        let mut paragraphs: Vec<Vec<(Range<usize>, Rect)>> = Vec::new();
        for run in self.runs() {
            let Some(rect) = self.rect(run.clone()) else { continue };
            // The next word would not have found room.
            let next = self.words.get(run.start).map_or(0.0, |word| word.rect.width());
            let mut recent = paragraphs.iter_mut().rev().take(6);
            match recent.find(|lines| self.continues(lines, &rect, next)) {
                Some(lines) => lines.push((run, rect)),
                None => paragraphs.push(vec![(run, rect)]),
            }
        }
        let lines = paragraphs.into_iter().map(|lines| lines.into_iter().map(|(line, _)| line).collect());
        lines.collect()
    }

    /// Whether a paragraph of these lines goes on with a line that begins with a word so wide.
    fn continues(&self, lines: &[(Range<usize>, Rect)], rect: &Rect, word: f64) -> bool {
        let (height, Some((_, last))) = (self.text_height, lines.last()) else { return false };
        // The first line of a paragraph may be set in.
        let aligned = (last.left - rect.left).abs() < if lines.len() == 1 { 5.0 } else { 1.5 } * height;
        let gap = rect.top - last.bottom;
        let right = || lines.iter().map(|(_, line)| line.right).fold(rect.right, f64::max);
        aligned
            && gap > -0.6 * height
            && gap < 1.3 * height
            && last.width() > 18.0 * height
            && right() - last.right < word + 2.0 * height
    }

    /// The usual height of a word.
    pub fn text_height(&self) -> f64 {
        self.text_height
    }

    /// The word ranges of all rows, top to bottom.
    pub fn rows(&self) -> &[Range<usize>] {
        &self.rows
    }

    /// The words of `row`; empty beyond the last.
    pub fn row(&self, row: usize) -> Range<usize> {
        self.rows.get(row).cloned().unwrap_or(0..0)
    }

    /// The words in `range`, as far as they exist.
    pub fn slice(&self, range: Range<usize>) -> &[LayoutWord] {
        self.words.get(range).unwrap_or_default()
    }

    /// The box around the words in `range`, if there are any.
    pub fn rect(&self, range: Range<usize>) -> Option<Rect> {
        let words = self.slice(range);
        words.iter().map(|word| word.rect).reduce(|one, two| one.union(&two))
    }

    /// The place on the page of the words in `range`, if there are any.
    pub fn quad(&self, range: Range<usize>) -> Option<Quad> {
        let words = self.slice(range);
        match words {
            [one] => Some(one.quad),
            words => {
                words.iter().map(|word| word.quad.bounds()).reduce(|one, two| one.union(&two)).map(Quad::from)
            }
        }
    }

    /// The characters of a word as read; none beyond the last.
    pub fn word(&self, index: usize) -> &str {
        self.text(index..index.saturating_add(1))
    }

    /// The words in `range`, one space between them.
    pub fn text(&self, range: Range<usize>) -> &str {
        let next = self.starts.get(range.end).copied().unwrap_or(self.text.len());
        let first = self.starts(range).first();
        first.and_then(|first| self.text.get(*first..next - 1)).unwrap_or_default()
    }

    /// Where in the text of a range each of its words begins, counted from some place; see [`Self::text`].
    pub fn starts(&self, range: Range<usize>) -> &[usize] {
        self.starts.get(range).unwrap_or_default()
    }

    /// The white space before word `index` in its row, in heights of text; infinite before the first.
    pub fn gap_before(&self, index: usize) -> f64 {
        let before = index.checked_sub(1).and_then(|before| self.words.get(before));
        match (before, self.words.get(index)) {
            (Some(before), Some(word)) if before.row == word.row => {
                let height = before.rect.height().max(word.rect.height()).max(self.text_height * 0.6);
                (word.rect.left - before.rect.right) / height
            }
            _ => f64::INFINITY,
        }
    }

    /// The run around word `index`: the words of its row that no wide gap parts from it.
    pub fn run(&self, index: usize) -> Range<usize> {
        self.runs.get(index).cloned().unwrap_or(0..0)
    }

    /// The run nearest over or under that of a word, close to it and with something of it in its column.
    pub fn line_beyond(&self, word: usize, over: bool) -> Option<Range<usize>> {
        /// In heights of text.
        const CLOSE: f64 = 2.0;
        let (own, rect) = (self.words.get(word)?, self.rect(self.run(word))?);
        let row = if over { own.row.checked_sub(1)? } else { own.row + 1 };
        let runs = self.row(row).map(|word| (word, self.run(word))).filter(|(word, run)| run.start == *word);
        let near = runs.filter_map(|(_, run)| {
            let line = self.rect(run.clone())?;
            let gap = if over { rect.top - line.bottom } else { line.top - rect.bottom };
            let apart = (line.left - rect.right).max(rect.left - line.right);
            (gap < CLOSE * self.text_height && apart < 0.0).then_some((apart, run))
        });
        near.min_by(|one, two| one.0.total_cmp(&two.0)).map(|(_, run)| run)
    }

    /// All runs, row by row.
    pub fn runs(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut next = 0;
        std::iter::from_fn(move || {
            let run = (next < self.words.len()).then(|| self.run(next))?;
            next = run.end.max(next + 1);
            Some(run)
        })
    }
}

/// White space, in heights of text, that parts two cells of a row. A space between words is about 0.4.
const WIDE_GAP: f64 = 1.5;

/// A space between words of running text, in heights of text.
const SPACE: f64 = 0.4;

/// How the printed lines of a page lean: by their slope, height over width, at its upper edge, and by how much more at
/// its lower one. A page that was photographed from a side has lines that run together.
#[derive(Debug, Clone, Copy, Default)]
struct Lean {
    top: f64,
    more_below: f64,
}

impl Lean {
    /// By lines that are long enough to tell, or where few are, by more that are shorter; none where these are few too.
    fn of(words: &[Printed<'_>], aspect: f64) -> Self {
        let by_lines = |length: f64| {
            let slopes = words.chunk_by(|one, two| one.line == two.line).filter_map(|line| {
                let (first, last) = (line.first()?, line.last()?);
                // The number of a row may be set higher than its words, which tells much of a short line.
                let is_number = first.text.len() < 3 || last.text.len() < 3;
                let (first, last) = (first.bounds, last.bounds);
                let across = (last.centre().x - first.centre().x) * aspect;
                let height = first.height().max(last.height());
                // Of short lines the last word must hang below the line no more than the first: `Total Pay`.
                let most = if length < LONG { 0.12 } else { 0.35 };
                let alike = (first.height() - last.height()).abs() < most * height;
                let slope = (alike && across > length * height && (length >= LONG || !is_number))
                    .then(|| (last.bottom - first.bottom) / across)?;
                Some((first.bottom - first.centre().x * aspect * slope, slope))
            });
            slopes.filter(|(_, slope)| slope.abs() < 0.2).collect::<Vec<_>>()
        };
        let slopes = by_lines(LONG);
        if slopes.len() < FEWEST_LONG {
            let slopes = by_lines(SHORT);
            let top = median(slopes.iter().map(|(_, slope)| *slope)).unwrap_or(0.0);
            let agreeing = slopes.iter().filter(|(_, slope)| (slope - top).abs() < AGREEING).count();
            let sure = slopes.len() >= FEWEST_SHORT && 3 * agreeing >= 2 * slopes.len();
            return Self { top: if sure { top } else { 0.0 }, more_below: 0.0 };
        }
        // Each line with every other that is far from it: the median stands many that are wrong.
        let mut changes = Vec::new();
        for (at, one) in slopes.iter().enumerate() {
            let others = slopes.get(..at).unwrap_or_default().iter();
            let far = others.filter(|two| (one.0 - two.0).abs() > FAR_APART);
            changes.extend(far.map(|two| (one.1 - two.1) / (one.0 - two.0)));
        }
        let more_below =
            if changes.len() < FEWEST_PAIRS { 0.0 } else { median(changes.into_iter()).unwrap_or(0.0) };
        let top =
            median(slopes.into_iter().map(|(height, slope)| slope - more_below * height)).unwrap_or(0.0);
        Self { top, more_below }
    }

    /// How far a line has come down, at a point so far across and down.
    fn drop_at(self, across: f64, down: f64) -> f64 {
        // Where the line began, at the left edge.
        let began = (down - self.top * across) / (1.0 + self.more_below * across).max(0.5);
        down - began
    }
}

/// Lines from so many heights of their text on tell how a page leans, where there are so many of them.
const LONG: f64 = 8.0;
const FEWEST_LONG: usize = 3;
/// Shorter ones tell less.
const SHORT: f64 = 3.0;
const FEWEST_SHORT: usize = 5;
/// Slopes of lines that lean alike differ by no more.
const AGREEING: f64 = 0.012;
/// Lines so far apart, in heights of the page, tell how their slopes change.
const FAR_APART: f64 = 0.1;
/// As do so many pairs of them.
const FEWEST_PAIRS: usize = 20;

/// Where something stands after straightening.
fn straighten(bounds: &Rect, aspect: f64, lean: Lean) -> Rect {
    let drop = lean.drop_at(bounds.centre().x * aspect, bounds.centre().y);
    Rect::new(bounds.left * aspect, bounds.top - drop, bounds.right * aspect, bounds.bottom - drop)
}

/// A row in the making: the middle and height of its words so far, and the words by their indices.
struct Row {
    middle: f64,
    height: f64,
    words: Vec<usize>,
}

/// Most rows have no more words than this.
const WORDS_OF_A_ROW: usize = 16;

/// Words of one row may overlap by so much of the narrower one: boxes are not exact.
const OVER_ANOTHER: f64 = 0.4;

/// The indices of the words of each row, top to bottom, each from left to right.
fn into_rows(words: &[Printed<'_>], rects: &[Rect], text_height: f64) -> Vec<Vec<usize>> {
    let middles = words.iter().zip(rects).map(|(word, rect)| middle(word, rect, text_height));
    let mut order: Vec<(f64, usize)> = middles.zip(0..).collect();
    order.sort_by(|one, two| one.0.total_cmp(&two.0));
    let mut rows: Vec<Row> = Vec::new();
    for (middle, index) in order {
        let Some(rect) = rects.get(index) else { continue };
        let height = rect.height().max(text_height * 0.6);
        let near = |row: &Row| (row.middle - middle).abs();
        let fits = |row: &&mut Row| near(row) < 0.4 * row.height.min(height) + 0.15 * row.height.max(height);
        // What stands over another word is of another row, however tightly the two are set.
        let over =
            |other: &usize| rects.get(*other).is_some_and(|other| other.overlap_x(rect) > OVER_ANOTHER);
        let free = |row: &&mut Row| !row.words.iter().any(over);
        let recent = rows.iter_mut().rev().take(4).filter(fits).filter(free);
        match recent.min_by(|one, two| near(one).total_cmp(&near(two))) {
            Some(row) => {
                let count = row.words.len() as f64;
                row.middle = (row.middle * count + middle) / (count + 1.0);
                row.height = (row.height * count + height) / (count + 1.0);
                row.words.push(index);
            }
            None => {
                let mut words = Vec::with_capacity(WORDS_OF_A_ROW);
                words.push(index);
                rows.push(Row { middle, height, words });
            }
        }
    }
    rejoin(&mut rows, words, rects, text_height);
    rows.retain(|row| !row.words.is_empty());
    rows.sort_by(|one, two| one.middle.total_cmp(&two.middle));
    let left = |index: &usize| rects.get(*index).map_or(0.0, |rect| rect.left);
    for row in &mut rows {
        row.words.sort_by(|one, two| left(one).total_cmp(&left(two)));
    }
    rows.into_iter().map(|row| row.words).collect()
}

/// Puts words that a reader saw as one piece of a line into the row that holds most of them, where there is room.
fn rejoin(rows: &mut [Row], words: &[Printed<'_>], rects: &[Rect], text_height: f64) {
    let mut row_of = vec![0; words.len()];
    for (row, own) in rows.iter().enumerate() {
        own.words.iter().for_each(|word| {
            if let Some(place) = row_of.get_mut(*word) {
                *place = row;
            }
        });
    }
    for piece in pieces(words, rects, text_height) {
        let own = row_of.get(piece.clone()).unwrap_or_default();
        let count = |row: usize| own.iter().filter(|other| **other == row).count();
        let Some(most) = own.iter().copied().max_by_key(|row| count(*row)) else { continue };
        for (word, from) in piece.zip(own).filter(|(_, from)| **from != most) {
            let Some(rect) = rects.get(word) else { continue };
            let over =
                |other: &usize| rects.get(*other).is_some_and(|other| other.overlap_x(rect) > OVER_ANOTHER);
            if rows.get(most).is_some_and(|row| !row.words.iter().any(over)) {
                if let Some(row) = rows.get_mut(*from) {
                    row.words.retain(|other| *other != word);
                }
                if let Some(row) = rows.get_mut(most) {
                    row.words.push(word);
                }
            }
        }
    }
}

/// Words that follow each other in a line as a reader saw it, without a gap or a step.
fn pieces(words: &[Printed<'_>], rects: &[Rect], text_height: f64) -> Vec<Range<usize>> {
    let goes_on = |next: usize| {
        let place = |word: usize| Some((words.get(word)?.line, rects.get(word)?));
        let (Some((line, last)), Some((own, rect))) = (place(next - 1), place(next)) else { return false };
        let step = (rect.centre().y - last.centre().y).abs();
        own == line && step < 0.2 * text_height && (rect.left - last.right).abs() < text_height
    };
    let mut pieces: Vec<Range<usize>> = Vec::new();
    for word in 0..words.len() {
        match pieces.last_mut() {
            Some(piece) if goes_on(word) => piece.end = word + 1,
            _ => pieces.push(word..word + 1),
        }
    }
    pieces
}

/// The middle of the line that a word stands on: a comma hangs from its foot.
fn middle(word: &Printed<'_>, rect: &Rect, text_height: f64) -> f64 {
    let hangs = rect.height() < 0.5 * text_height && matches!(word.text, "," | "." | "_");
    if hangs { rect.bottom - 0.5 * text_height } else { rect.centre().y }
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<_> = values.collect();
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use document::{Capture, PageText, TextSource, Word};

    /// A page of the given words at left, top, right (in hundredths), two hundredths high, sloping by `slope`.
    fn layout(words: &[(&str, f64, f64, f64)], slope: f64) -> Layout {
        leaning(words, Lean { top: slope, more_below: 0.0 })
    }

    fn leaning(words: &[(&str, f64, f64, f64)], lean: Lean) -> Layout {
        let word = |&(text, left, top, right): &(&str, f64, f64, f64)| {
            let drop = f64::midpoint(left, right) * (lean.top + lean.more_below * top / 100.0);
            let rect =
                Rect::new(left / 100.0, (top + drop) / 100.0, right / 100.0, (top + drop + 2.0) / 100.0);
            Word { text: text.to_owned(), quad: rect.into(), confidence: None, line: top as u32 }
        };
        let words = words.iter().map(word).collect();
        let text = PageText {
            source: TextSource::Ocr,
            words,
            mrz: Vec::new(),
            barcodes: Vec::new(),
            strokes: Vec::new(),
        };
        Layout::new(
            &Page { number: 1, aspect: 1.0, capture: Capture::Scan, flaws: Vec::new(), text: Ok(text) },
            1,
            Curve::default(),
        )
    }

    fn rows(layout: &Layout) -> Vec<&str> {
        layout.rows().iter().map(|row| layout.text(row.clone())).collect()
    }

    #[test]
    fn rows_read_from_left_to_right_however_the_words_came() {
        let page =
            layout(&[("Pay", 40.0, 10.0, 45.0), ("Gross", 10.0, 10.2, 20.0), ("Net", 10.0, 14.0, 20.0)], 0.0);
        assert_eq!(rows(&page), ["Gross Pay", "Net"]);
    }

    #[test]
    fn a_tilted_page_is_straightened() {
        let tilted = [
            ("a", 0.0, 10.0, 5.0),
            ("b", 90.0, 10.0, 95.0),
            ("c", 0.0, 14.0, 5.0),
            ("d", 90.0, 14.0, 95.0),
            ("e", 0.0, 18.0, 5.0),
            ("f", 90.0, 18.0, 95.0),
        ];
        assert_eq!(rows(&layout(&tilted, 0.05)), ["a b", "c d", "e f"]);
    }

    #[test]
    fn a_page_whose_lines_run_together_is_straightened() {
        let line = |number: u32| {
            let top = f64::from(number) * 5.0;
            [("left", 0.0, top, 5.0), ("right", 90.0, top, 95.0)]
        };
        let lines: Vec<_> = (1..=18).flat_map(line).collect();
        let page = leaning(&lines, Lean { top: 0.06, more_below: -0.12 });
        assert_eq!(rows(&page), vec!["left right"; 18]);
    }

    #[test]
    fn a_paragraph_becomes_one_row() {
        let line =
            |text: &'static str, top: f64, left: f64, right: f64| -> Vec<(&'static str, f64, f64, f64)> {
                let step = (right - left) / text.split(' ').count() as f64;
                let place =
                    |(at, word)| (word, left + step * at as f64, top, left + step * (at as f64 + 0.9));
                text.split(' ').enumerate().map(place).collect()
            };
        let words = [
            line("Dear Sir", 2.0, 10.0, 18.0),
            line("we confirm that Ana Ruiz has been", 10.0, 10.0, 80.0),
            line("employed since March 3, 2021 and earns", 13.0, 10.0, 78.0),
            line("$24.00 an hour.", 16.0, 10.0, 30.0),
            line("Sincerely,", 24.0, 10.0, 20.0),
        ];
        let (page, _) = layout(&words.concat(), 0.0).flowed();
        assert_eq!(
            rows(&page),
            [
                "Dear Sir",
                "we confirm that Ana Ruiz has been employed since March 3, 2021 and earns $24.00 an hour.",
                "Sincerely,",
            ]
        );
    }

    #[test]
    fn runs_end_at_wide_gaps() {
        let page = layout(
            &[("Gross", 10.0, 10.0, 18.0), ("Pay", 19.0, 10.0, 24.0), ("100.00", 40.0, 10.0, 50.0)],
            0.0,
        );
        let runs: Vec<_> = page.runs().map(|run| page.text(run)).collect();
        assert_eq!(runs, ["Gross Pay", "100.00"]);
    }
}
