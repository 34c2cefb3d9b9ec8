//! Finds the spaces of a cut line in its pixels: the network leaves some out where letters stand close.
//! The letters themselves are left to `transcribe`.

use image::GrayImage;

/// The least width of a space, in parts of the line's height: spaces are a quarter of the letters' size.
const LEAST: f32 = 0.13;
/// How many times wider than the gaps between most letters a space is; print with letters of one width has wide gaps.
const WIDER: f32 = 2.2;
/// Beside a narrow letter the gap is wider by this factor where all letters take the same width.
const BESIDE_NARROW: f32 = 1.7;
/// A column is empty where it is lighter than this, from the darkest on the line to its paper.
const PAPER: f32 = 0.7;

/// A letter that was read, and where its middle stands, in fractions of the line's length.
pub(super) type Place = (char, f32);

/// For each pair of neighbouring letters, whether a space stands between them. None is ever put between two digits:
/// a number cut in two is a wrong number.
pub(super) fn between(cut: &GrayImage, letters: &[Place]) -> Vec<bool> {
    let columns = columns(cut);
    let width = columns.len() as f32;
    let widest = |pair: &[Place]| {
        let [(_, one), (_, two)] = pair else { return 0 };
        let (from, to) = ((one * width) as usize, (two * width) as usize);
        let span = columns.get(from..to.min(columns.len())).unwrap_or_default();
        span.split(|empty| !empty).map(<[bool]>::len).max().unwrap_or(0)
    };
    let gaps: Vec<usize> = letters.windows(2).map(widest).collect();
    let mut sorted = gaps.clone();
    sorted.sort_unstable();
    let usual = sorted.get(sorted.len() / 2).copied().unwrap_or(0) as f32;
    let least = (LEAST * cut.height() as f32).max(WIDER * usual);
    let is_space = |(gap, pair): (usize, &[Place])| {
        let [(one, _), (two, _)] = pair else { return false };
        let factor = if is_narrow(*one) || is_narrow(*two) { BESIDE_NARROW } else { 1.0 };
        (one.is_alphabetic() || two.is_alphabetic()) && gap as f32 >= least * factor
    };
    gaps.into_iter().zip(letters.windows(2)).map(is_space).collect()
}

fn is_narrow(letter: char) -> bool {
    matches!(letter, 'I' | 'i' | 'l' | 'j' | 't' | 'f' | 'r' | '1') || !letter.is_alphanumeric()
}

/// Whether each column of the line is empty from just below its top to just above its foot, where neighbouring lines
/// show.
fn columns(cut: &GrayImage) -> Vec<bool> {
    let rows = cut.height() / 8..cut.height() - cut.height() / 8;
    let darkest: Vec<u8> = (0..cut.width())
        .map(|x| rows.clone().map(|y| cut.get_pixel(x, y).0[0]).min().unwrap_or(u8::MAX))
        .collect();
    let mut levels: Vec<u8> = cut.as_raw().clone();
    levels.sort_unstable();
    let level = |percent: usize| levels.get(levels.len() * percent / 100).copied().map_or(0.0, f32::from);
    let (ink, paper) = (level(3), level(75));
    // Light letters on a dark ground have no empty columns by this measure, and so no spaces are added.
    let bound = ink + PAPER * (paper - ink);
    darkest.into_iter().map(|dark| f32::from(dark) > bound).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    /// Letters as dark blocks of 20 columns, `gaps` columns apart.
    fn letters(text: &str, gaps: &[u32]) -> (GrayImage, Vec<Place>) {
        let width = 40 + gaps.iter().sum::<u32>() + 20 * (gaps.len() as u32 + 1);
        let mut line = GrayImage::from_pixel(width, 48, Luma([240]));
        let (mut left, mut places) = (20, Vec::new());
        for (letter, gap) in text.chars().zip(gaps.iter().copied().chain([0])) {
            for x in left..left + 20 {
                for y in 12..36 {
                    line.put_pixel(x, y, Luma([30]));
                }
            }
            places.push((letter, (left as f32 + 10.0) / width as f32));
            left += 20 + gap;
        }
        (line, places)
    }

    #[test]
    fn wide_gaps_are_spaces() {
        let cases: [(&str, &[u32], &[bool]); 5] = [
            ("NETPAY", &[3, 2, 11, 3, 3], &[false, false, true, false, false]),
            ("PAYEE", &[8, 9, 8, 9], &[false; 4]),
            ("PAYEE", &[8, 9, 24, 9], &[false, false, true, false]),
            ("001269", &[3, 2, 11, 3, 3], &[false; 5]),
            ("SITE", &[9, 9, 3], &[false; 3]),
        ];
        for (text, gaps, expected) in cases {
            let (line, places) = letters(text, gaps);
            assert_eq!(between(&line, &places), expected, "{text} {gaps:?}");
        }
    }
}
