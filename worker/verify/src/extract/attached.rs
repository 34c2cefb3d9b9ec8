//! Looks for values by where another field's value stands: in the line under it, or right after it in its row.

use std::ops::Range;

use super::block;
use super::candidate::Candidate;
use super::page::PageView;
use super::seek::RIGHT;
use super::signature;
use crate::field::Value;
use crate::rules::document::{FieldRule, Kind};
use crate::values::{self, Parsed};

/// The values in the line under those of another field.
pub(super) fn under(view: &PageView<'_>, field: &FieldRule, over: &[Candidate]) -> Vec<Candidate> {
    let here = over.iter().filter(|over| over.provenance.page == view.layout.page);
    let lines = here.filter_map(|over| {
        if let Some(line) = signature::line_under(view, &over.provenance.quad) {
            return Some((line, None, over.relation));
        }
        let run = view.word_at(&over.provenance.quad).map(|word| view.layout.run(word))?;
        // `Employment Verification Analyst` begins with what is a caption elsewhere.
        let title = || block::run_under(view, &run, 1.5).filter(|line| ends_in_a_title(view, line));
        let next = block::downwards(view, run.clone(), 2, 1.5).into_iter().nth(1);
        let next = next.or_else(|| title().filter(|_| field.kind == Kind::Text));
        // `Linh Tran, HR Specialist`: on one line, with a comma between or a title that is plain, of which the last word may
        // stand in the next line.
        let last = next.clone().filter(|line| values::is_title(view.layout.text(line.clone())));
        let titled = || {
            let lines = [Some(run.clone()), last].into_iter().flatten();
            let words: Vec<_> = lines.flat_map(|line| view.layout.text(line).split(' ')).collect();
            let name = over.words.end.checked_sub(run.start);
            name.is_some() && values::title_in(&words) == name
        };
        let ended = run.contains(&over.words.end)
            && (view.layout.text(over.words.clone()).ends_with(',') || titled());
        if ended && field.kind == Kind::Text {
            let rest = next.filter(|line| values::is_title(view.layout.text(line.clone())));
            return Some((over.words.end..run.end, rest, over.relation));
        }
        Some((next?, None, over.relation))
    });
    let found = lines.filter_map(|(line, rest, relation)| {
        let Parsed { mut value, words, quality } = values::read(field, view.layout, line.start, line.end)?;
        // The number of a form in its corner is no title.
        let figures = value.to_string().bytes().filter(u8::is_ascii_digit).count();
        if field.kind == Kind::Text && figures > MOST_FIGURES {
            return None;
        }
        let mut lines = vec![words.clone()];
        if let (Some(rest), Value::Text(text)) = (rest.filter(|_| words.end == line.end), &mut value) {
            text.push(' ');
            text.push_str(view.layout.text(rest.clone()));
            lines.push(rest);
        }
        // That the other is right is asked where it is needed.
        let named =
            field.kind != Kind::Organisation || values::is_organisation(view.layout.text(words.clone()));
        let relation = RIGHT * relation.sqrt() * if named { 1.0 } else { 0.7 };
        Candidate::new(view.layout, value, &lines, quality, relation)
    });
    found.collect()
}

/// Whether the last word of a line is one that titles at work end with.
fn ends_in_a_title(view: &PageView<'_>, line: &Range<usize>) -> bool {
    line.len() > 1 && values::is_title(view.layout.word(line.end - 1))
}

/// Titles hold at most so many figures: `Analyst 2`.
const MOST_FIGURES: usize = 2;

/// The values right after those of another field in its row: how often an amount is paid.
pub(super) fn following(view: &PageView<'_>, field: &FieldRule, first: &[Candidate]) -> Vec<Candidate> {
    let here =
        first.iter().filter(|first| first.provenance.page == view.layout.page && !first.words.is_empty());
    let found = here.filter_map(|first| {
        let word = view.word_at(&first.provenance.quad)?;
        let end = view.layout.row(view.layout.words.get(word)?.row).end;
        let next = word + first.words.len();
        let Parsed { value, words, quality } = values::read(field, view.layout, next, end)?;
        (view.layout.gap_before(next) < 3.0).then_some(())?;
        Candidate::new(view.layout, value, &[words], quality, RIGHT * first.relation.sqrt())
    });
    found.collect()
}
