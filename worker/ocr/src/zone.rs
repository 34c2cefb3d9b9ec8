//! Reads a machine readable zone: each of its lines is cut out straight and looked at with the data trained for it.
//! What shape a zone has, and how several looks become one, is left to `mrz`.

use document::{MrzLine, Point, Quad, Word};
use image::GrayImage;

use crate::ReaderError;
use crate::engine::{Engine, Layout};
use crate::line::{Levels, LineBox};
use crate::mrz;
use crate::prepare;

/// What Tesseract is told of the resolution.
const DPI: i32 = 300;
/// Lines of a zone stand at most so many heights of a line below each other.
const APART: f32 = 3.0;
/// No zone has more lines; print beside one may look like it.
const MOST_LINES: usize = 6;

/// A line that may be one of a zone.
struct Candidate {
    /// What was read there before.
    text: String,
    place: LineBox,
}

/// The lines of the zone of `picture` on which `words` were read; none where nothing there has the shape of one.
pub(crate) fn read(
    engine: &Engine,
    picture: &GrayImage,
    words: &[Word],
) -> Result<Vec<MrzLine>, ReaderError> {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let lines = words.chunk_by(|one, two| one.line == two.line).filter(|line| mrz::looks_like_one(line));
    let candidates: Vec<Candidate> = lines.filter_map(|line| candidate(line, (width, height))).collect();
    let levels = Levels::of(picture);
    for group in groups(candidates).into_iter().rev() {
        let mut rows = Vec::new();
        for line in &group {
            let cut = line.place.cut(&levels);
            let mut looks = vec![mrz::cleaned(&line.text)];
            for shown in [&cut, &prepare::even_light(&cut)] {
                let seen = engine.words(shown, Layout::Line, DPI)?;
                looks.push(mrz::cleaned(&seen.into_iter().map(|word| word.text).collect::<String>()));
            }
            rows.push(looks);
        }
        let Some(found) = mrz::lines(&rows) else { continue };
        let on_page = |(x, y): (f32, f32)| Point { x: f64::from(x / width), y: f64::from(y / height) };
        let placed = found.into_iter().filter_map(|(index, text)| {
            Some(MrzLine { text, quad: Quad::new(group.get(index)?.place.0.map(on_page)) })
        });
        return Ok(placed.collect());
    }
    Ok(Vec::new())
}

fn candidate(line: &[Word], (width, height): (f32, f32)) -> Option<Candidate> {
    let [left_top, _, _, left_bottom] = line.first()?.quad.corners();
    let [_, right_top, right_bottom, _] = line.last()?.quad.corners();
    let place = [left_top, right_top, right_bottom, left_bottom];
    let place = LineBox(place.map(|at| (at.x as f32 * width, at.y as f32 * height)));
    Some(Candidate { text: line.iter().map(|word| word.text.as_str()).collect(), place })
}

/// The candidates that stand close below each other, from the top of the text down, all of a group made as long as
/// its longest: ends of lines that are nothing but fillers are easily missed.
fn groups(mut candidates: Vec<Candidate>) -> Vec<Vec<Candidate>> {
    let Some(along) = candidates.first().map(|first| first.place.direction()) else { return Vec::new() };
    let down = |line: &Candidate| {
        let (x, y) = line.place.centre();
        y * along.0 - x * along.1
    };
    candidates.sort_by(|one, two| down(one).total_cmp(&down(two)));
    let mut groups: Vec<Vec<Candidate>> = Vec::new();
    for line in candidates {
        let near = |last: &Candidate| down(&line) - down(last) < APART * line.place.height();
        match groups.last_mut() {
            Some(group) if group.len() < MOST_LINES && group.last().is_some_and(near) => group.push(line),
            _ => groups.push(vec![line]),
        }
    }
    for group in &mut groups {
        let ends = |line: &Candidate| line.place.ends(along);
        let start = group.iter().map(|line| ends(line).0).fold(f32::MAX, f32::min);
        let end = group.iter().map(|line| ends(line).1).fold(f32::MIN, f32::max);
        for line in group {
            line.place = line.place.stretched(along, start, end);
        }
    }
    groups
}
