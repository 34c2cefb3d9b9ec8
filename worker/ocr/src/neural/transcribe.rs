//! Reads the cut of one line into words: a network gives letters along the line, and spaces part the words.
//! Where the line stands is left to `line`.

use image::GrayImage;

use super::NeuralError;
use super::network::Network;
use super::spaces;
use crate::line::HEIGHT;

/// The index that stands for no letter.
const BLANK: usize = 0;

/// A word of a line, in fractions of the line's length.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LineWord {
    pub(super) text: String,
    /// Of its least certain letter, `0.0..=1.0`.
    pub(super) confidence: f64,
    pub(super) start: f32,
    pub(super) end: f32,
}

/// The network that reads lines, and its letters.
pub(super) struct Transcriber {
    network: Network,
    /// By the network's own numbers; the first stands for no letter, the last is the space.
    letters: Vec<String>,
    /// The numbers of those that stand on documents read here.
    wanted: Vec<usize>,
}

impl Transcriber {
    /// `alphabet` holds a letter a line, in the network's order.
    pub(super) fn new(network: Network, alphabet: &str) -> Self {
        let letters = alphabet.lines().map(|letter| letter.trim_end_matches('\r').to_owned());
        let letters: Vec<_> = std::iter::once(String::new()).chain(letters).chain([" ".to_owned()]).collect();
        let is_wanted = |(number, letter): (usize, &String)| letter.chars().all(is_latin).then_some(number);
        let wanted = letters.iter().enumerate().filter_map(is_wanted).collect();
        Self { network, letters, wanted }
    }

    /// The words of a cut line.
    pub(super) fn read(&self, cut: &GrayImage) -> Result<Vec<LineWord>, NeuralError> {
        let found = self.letters(cut)?;
        let sign = |letter: &Letter| self.letters.get(letter.index)?.chars().next();
        let places: Vec<_> = found.iter().map(|letter| (sign(letter).unwrap_or(' '), letter.at)).collect();
        Ok(words(&found, &spaces::between(cut, &places), &self.letters))
    }

    fn letters(&self, cut: &GrayImage) -> Result<Vec<Letter>, NeuralError> {
        let (width, height) = (cut.width() as usize, HEIGHT as usize);
        let channel = || cut.as_raw().iter().map(|pixel| f32::from(*pixel) / 127.5 - 1.0);
        let pixels: Vec<f32> = channel().chain(channel()).chain(channel()).collect();
        let output = self.network.run([1, 3, height, width], &pixels)?;
        let count = self.letters.len();
        if !matches!(*output.shape, [1, _, letters] if letters == count) {
            return Err(NeuralError::Run(format!("{:?} for {count} letters", output.shape)));
        }
        Ok(letters_of(&output.values, count, &self.wanted))
    }
}

/// The letters and signs of English and Spanish print; the network knows those of many scripts.
fn is_latin(letter: char) -> bool {
    letter.is_ascii() || ('\u{a1}'..='\u{ff}').contains(&letter) || "–—‘’“”•€".contains(letter)
}

/// A letter, at the step of the network where it is surest.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Letter {
    index: usize,
    sure: f32,
    /// In fractions of the line's length.
    at: f32,
}

/// The likeliest letters (Graves et al. 2006, best path): repeats without a blank between them are one. `likely` holds,
/// for each step along the line, how likely each of `letters` is.
fn letters_of(likely: &[f32], letters: usize, wanted: &[usize]) -> Vec<Letter> {
    let steps = likely.chunks_exact(letters.max(1));
    let count = steps.len();
    let mut letters: Vec<Letter> = Vec::new();
    let mut before = BLANK;
    for (step, row) in steps.enumerate() {
        let likely = wanted.iter().filter_map(|number| Some((*number, *row.get(*number)?)));
        let best = likely.max_by(|one, two| one.1.total_cmp(&two.1));
        let Some((index, sure)) = best else { continue };
        let at = (step as f32 + 0.5) / count as f32;
        if index != BLANK {
            match letters.last_mut() {
                Some(last) if before == index => {
                    if sure > last.sure {
                        (last.sure, last.at) = (sure, at);
                    }
                }
                _ => letters.push(Letter { index, sure, at }),
            }
        }
        before = index;
    }
    letters
}

/// Words, parted at the letters that are spaces and where `spaces` says that one stands after a letter.
fn words(found: &[Letter], spaces: &[bool], letters: &[String]) -> Vec<LineWord> {
    let text = |letter: &Letter| letters.get(letter.index).map_or("", String::as_str);
    let is_space = |letter: &Letter| text(letter).trim().is_empty();
    // A letter reaches half the way to its neighbours.
    let mut gaps: Vec<f32> =
        found.iter().zip(found.iter().skip(1)).map(|(one, two)| two.at - one.at).collect();
    gaps.sort_by(f32::total_cmp);
    let half = gaps.get(gaps.len() / 2).map_or(0.5, |gap| gap / 2.0);
    let mut words: Vec<LineWord> = Vec::new();
    let mut begins = true;
    for (index, letter) in found.iter().enumerate() {
        if is_space(letter) {
            begins = true;
            continue;
        }
        let (end, sure) = ((letter.at + half).min(1.0), f64::from(letter.sure));
        match words.last_mut() {
            Some(word) if !begins => {
                word.text.push_str(text(letter));
                word.end = end;
                word.confidence = word.confidence.min(sure);
            }
            _ => words.push(LineWord {
                text: text(letter).to_owned(),
                confidence: sure,
                start: (letter.at - half).max(0.0),
                end,
            }),
        }
        let next = found.get(index + 1).and_then(|next| text(next).chars().next());
        let after_comma = matches!(text(letter), "," | ";") && next.is_some_and(char::is_alphabetic);
        begins = after_comma || spaces.get(index).copied().unwrap_or(false);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_joined_into_words() {
        // Letters: none, a, b, space. "ab a" with a repeated step and a doubled letter.
        let alphabet: Vec<String> = ["", "a", "b", " "].map(str::to_owned).into();
        let path = [1, 1, 0, 2, 3, 0, 1, 0, 1, 0];
        let sure = [0.6, 0.9, 0.8, 0.7, 0.9, 0.9, 0.95, 0.9, 0.5, 0.9];
        let steps: Vec<f32> = (0..40)
            .map(|at| (at / 4, at % 4))
            .map(|(step, letter)| if path[step] == letter { sure[step] } else { 0.01 })
            .collect();
        let found = letters_of(&steps, 4, &[0, 1, 2, 3]);
        let found = words(&found, &[false; 5], &alphabet);
        let seen: Vec<_> =
            found.iter().map(|word| (word.text.as_str(), (word.confidence * 100.0).round())).collect();
        assert_eq!(seen, [("ab", 70.0), ("aa", 50.0)]);
        let parted = words(&letters_of(&steps, 4, &[0, 1, 2, 3]), &[true, false, false, false], &alphabet);
        assert_eq!(parted.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), ["a", "b", "aa"]);
        assert!(found[0].start < found[0].end && found[0].end <= found[1].start + 0.11, "{found:?}");
    }
}
