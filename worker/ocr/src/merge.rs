//! Joins what two looks at one page gave: words that agree gain, of words that differ the surer stays.
//! Taking the looks is left to `recognise`.

use document::{Confidence, Rect, Word};

/// How much of the smaller of two words must lie on the other for them to be one place.
const SAME_PLACE: f64 = 0.5;
/// The least confidence of a word that only the second look saw.
const ADDED: f64 = 0.7;
/// How much surer the second look must be to replace what the first one read, and how sure at least.
const SURER: f64 = 0.2;
const REPLACING: f64 = 0.85;

/// The words of `first`, improved and completed by those of `second`, with lines counted anew.
pub(crate) fn merge(first: Vec<Word>, second: Vec<Word>) -> Vec<Word> {
    let first = first.into_iter().flat_map(|word| parted(word, &second));
    let mut kept: Vec<Option<Word>> = first.map(Some).collect();
    let mut added = Vec::new();
    for word in second {
        let bounds = word.quad.bounds();
        let rivals: Vec<usize> = kept
            .iter()
            .enumerate()
            .filter(|(_, rival)| {
                rival.as_ref().is_some_and(|rival| same_place(&rival.quad.bounds(), &bounds))
            })
            .map(|(index, _)| index)
            .collect();
        if let [only] = rivals.as_slice()
            && let Some(Some(rival)) = kept.get_mut(*only)
            && rival.text == word.text
        {
            rival.confidence = Some(agreed(sure(rival), sure(&word)));
            continue;
        }
        let together: String = rivals
            .iter()
            .filter_map(|index| kept.get(*index)?.as_ref())
            .map(|word| word.text.as_str())
            .collect();
        if rivals.len() > 1 && together == word.text {
            continue;
        }
        if rivals.is_empty() {
            if sure(&word) >= ADDED && is_text(&word.text) {
                added.push(word);
            }
            continue;
        }
        let before: Vec<&Word> = rivals.iter().filter_map(|index| kept.get(*index)?.as_ref()).collect();
        let surer = sure(&word) >= REPLACING && sure(&word) > mean(&before) + SURER;
        if surer && covers(&bounds, &before) && letters(&word.text) >= letters(&together) {
            for index in rivals {
                if let Some(slot) = kept.get_mut(index) {
                    *slot = None;
                }
            }
            added.push(word);
        }
    }
    let mut words: Vec<Word> = kept.into_iter().flatten().collect();
    words.append(&mut added);
    in_lines(words.into_iter().map(|word| vec![word]))
}

/// The word, or the words of the second look that it is made of where the first one left out the spaces.
fn parted(word: Word, second: &[Word]) -> Vec<Word> {
    let bounds = word.quad.bounds();
    let within = |part: &&Word| {
        let part = part.quad.bounds();
        part.centre().x > bounds.left
            && part.centre().x < bounds.right
            && part.overlap_y(&bounds) >= SAME_PLACE
    };
    let mut parts: Vec<&Word> = second.iter().filter(within).collect();
    parts.sort_by(|one, two| one.quad.bounds().left.total_cmp(&two.quad.bounds().left));
    let together: String = parts.iter().map(|part| part.text.as_str()).collect();
    let ends_in_digit = |part: &Word| part.text.ends_with(|letter: char| letter.is_ascii_digit());
    let begins_with_one = |part: &Word| part.text.starts_with(|letter: char| letter.is_ascii_digit());
    // Wide gaps between digits are no spaces: numbers are long, and one cut in two is lost.
    let cuts_number =
        parts.windows(2).any(|pair| matches!(pair, [one, two] if ends_in_digit(one) && begins_with_one(two)));
    if parts.len() < 2 || together != word.text || cuts_number {
        return vec![word];
    }
    // That the second look agrees is counted when its words come.
    parts.into_iter().map(|part| Word { confidence: word.confidence, ..part.clone() }).collect()
}

/// The confidence of a word; a text layer's words are certain.
pub(crate) fn sure(word: &Word) -> f64 {
    word.confidence.map_or(1.0, Confidence::get)
}

/// Two looks that agree are wrong together only where both are wrong.
fn agreed(one: f64, two: f64) -> Confidence {
    Confidence::clamped(1.0 - (1.0 - one) * (1.0 - two))
}

fn mean(words: &[&Word]) -> f64 {
    let letters: usize = words.iter().map(|word| word.text.chars().count()).sum();
    let sum: f64 = words.iter().map(|word| sure(word) * word.text.chars().count() as f64).sum();
    if letters == 0 { 0.0 } else { sum / letters as f64 }
}

/// Whether the new word takes up the whole place of the old ones, so that none of it is lost.
fn covers(bounds: &Rect, words: &[&Word]) -> bool {
    words.iter().all(|word| {
        let old = word.quad.bounds();
        old.overlap_x(bounds) * old.width().min(bounds.width()) >= 0.6 * old.width()
    })
}

fn same_place(one: &Rect, two: &Rect) -> bool {
    one.overlap_x(two) * one.overlap_y(two) >= SAME_PLACE
}

/// How many letters and digits; marks at the ends of words are easily missed or made up.
fn letters(text: &str) -> usize {
    text.chars().filter(|letter| letter.is_alphanumeric()).count()
}

/// Specks are read as dots and strokes; words have letters or digits.
fn is_text(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// The words from top to bottom and left to right, each line numbered. The words of a part belong to one line.
pub(crate) fn in_lines(parts: impl IntoIterator<Item = Vec<Word>>) -> Vec<Word> {
    const SAME_LINE: f64 = 0.5;
    let bounds =
        |part: &[Word]| part.iter().map(|word| word.quad.bounds()).reduce(|all, one| all.union(&one));
    let parts = parts.into_iter().filter_map(|part| Some((bounds(&part)?, part)));
    let mut parts: Vec<(Rect, Vec<Word>)> = parts.collect();
    parts.sort_by(|(one, _), (two, _)| one.top.total_cmp(&two.top));
    let mut lines: Vec<(Rect, Vec<Word>)> = Vec::new();
    for (bounds, part) in parts {
        // The line whose nearest word, not its whole extent, stands beside this part: pages lean.
        let beside = lines.iter_mut().find(|(_, line)| {
            let pairs = line.iter().flat_map(|other| part.iter().map(move |word| (other, word)));
            let pairs = pairs.map(|(other, word)| (other.quad.bounds(), word.quad.bounds()));
            let nearest = pairs.min_by(|one, two| gap(&one.0, &one.1).total_cmp(&gap(&two.0, &two.1)));
            nearest.is_some_and(|(one, two)| one.overlap_y(&two) >= SAME_LINE && gap(&one, &two) < 0.1)
        });
        match beside {
            Some((_, line)) => line.extend(part),
            None => lines.push((bounds, part)),
        }
    }
    lines.sort_by(|(one, _), (two, _)| one.top.total_cmp(&two.top).then(one.left.total_cmp(&two.left)));
    let mut ordered = Vec::new();
    for (number, (_, mut line)) in (0..).zip(lines) {
        line.sort_by(|one, two| one.quad.bounds().left.total_cmp(&two.quad.bounds().left));
        ordered.extend(line.into_iter().map(|word| Word { line: number, ..word }));
    }
    ordered
}

/// The empty width between two boxes.
fn gap(one: &Rect, two: &Rect) -> f64 {
    (one.left.max(two.left) - one.right.min(two.right)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, left: f64, top: f64, confidence: f64) -> Word {
        let width = text.chars().count() as f64 * 0.01;
        let quad = Rect::new(left, top, left + width, top + 0.02).into();
        Word { text: text.to_owned(), quad, confidence: Some(Confidence::clamped(confidence)), line: 0 }
    }

    fn check(name: &str, first: Vec<Word>, second: Vec<Word>, expected: &[(&str, u32, f64)]) {
        let merged = merge(first, second);
        let seen: Vec<_> = merged
            .iter()
            .map(|word| (word.text.as_str(), word.line, (sure(word) * 100.0).round() / 100.0))
            .collect();
        assert_eq!(seen, expected, "{name}");
    }

    #[test]
    fn two_looks_become_one() {
        check(
            "agreeing words gain",
            vec![word("Gross", 0.1, 0.1, 0.8)],
            vec![word("Gross", 0.1, 0.101, 0.5)],
            &[("Gross", 0, 0.9)],
        );
        check(
            "the surer stays",
            vec![word("6ross", 0.1, 0.1, 0.4), word("pay", 0.16, 0.1, 0.9)],
            vec![word("Gross", 0.1, 0.1, 0.9), word("pey", 0.16, 0.1, 0.5)],
            &[("Gross", 0, 0.9), ("pay", 0, 0.9)],
        );
        check(
            "a word never loses to half of itself",
            vec![word("2,002.50", 0.1, 0.1, 0.6)],
            vec![word("2,0", 0.1, 0.1, 0.95)],
            &[("2,002.50", 0, 0.6)],
        );
        check(
            "what was missed is added in its line",
            vec![word("Gross", 0.1, 0.1, 0.9), word("Net", 0.1, 0.2, 0.9)],
            vec![word("pay", 0.16, 0.1, 0.9), word("~", 0.5, 0.5, 0.9), word("xx", 0.6, 0.6, 0.2)],
            &[("Gross", 0, 0.9), ("pay", 0, 0.9), ("Net", 1, 0.9)],
        );
        check(
            "a word is parted where the other look saw a space, and stays so",
            vec![word("BEENPAID", 0.1, 0.1, 0.9)],
            vec![word("BEEN", 0.1, 0.1, 0.5), word("PAID", 0.14, 0.1, 0.5)],
            &[("BEEN", 0, 0.95), ("PAID", 0, 0.95)],
        );
        check(
            "a space that only the first look saw stays",
            vec![word("BEEN", 0.1, 0.1, 0.5), word("PAID", 0.14, 0.1, 0.5)],
            vec![word("BEENPAID", 0.1, 0.1, 0.9)],
            &[("BEEN", 0, 0.5), ("PAID", 0, 0.5)],
        );
        check(
            "fragments give way to the word",
            vec![word("2,0", 0.1, 0.1, 0.3), word("2.50", 0.14, 0.1, 0.4)],
            vec![word("2,002.50", 0.1, 0.1, 0.9)],
            &[("2,002.50", 0, 0.9)],
        );
    }
}
