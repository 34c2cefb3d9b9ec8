//! Reads a machine readable zone with the data trained for it, in several preparations until check digits prove one.
//! What shape a zone has, and what proves it, is left to `mrz`.

use document::{MrzLine, Point, Quad, Rect};
use image::imageops;

use crate::ReaderError;
use crate::decode::Picture;
use crate::engine::{Engine, Layout, RawWord};
use crate::mrz;
use crate::prepare::{self, Prepared};

/// Where the foot of a page begins, in fractions of its height: zones stand below.
pub(crate) const FOOT: f64 = 0.62;
/// The heights of letters, in pixels, at which a zone is looked at.
const LARGE: f64 = 32.0;
const SMALL: f64 = 22.0;
/// What Tesseract is told of the resolution.
const DPI: i32 = 300;

/// The lines of the zone within `band` of `picture`; `None` where nothing there has the shape of one.
pub(crate) fn read(
    engine: &Engine,
    picture: &Picture,
    band: &Rect,
) -> Result<Option<Vec<MrzLine>>, ReaderError> {
    let grey = &picture.grey;
    let height = f64::from(grey.height());
    let (top, bottom) = ((band.top * height) as u32, (band.bottom * height).ceil() as u32);
    let cut = imageops::crop_imm(grey, 0, top, grey.width(), bottom.saturating_sub(top).max(1)).to_image();
    let (start, share) = (f64::from(top) / height, f64::from(cut.height()) / height);
    let on_page = |quad: Quad| Quad::new(quad.corners().map(|at| Point { x: at.x, y: start + at.y * share }));

    let looks: [&dyn Fn() -> Prepared; 3] =
        [&|| Prepared::of(prepare::sized(&cut, LARGE)), &|| Prepared::even(&cut, SMALL), &|| {
            Prepared::even(&cut, LARGE)
        }];
    let mut best: Option<(usize, Vec<MrzLine>)> = None;
    for look in looks {
        let shown = look();
        let words = engine.words(&shown.picture, Layout::Block, DPI)?;
        let rows: Vec<&[RawWord]> = words.chunk_by(|one, two| one.line == two.line).collect();
        let texts: Vec<String> =
            rows.iter().map(|row| row.iter().map(|word| word.text.as_str()).collect()).collect();
        let Some(found) = mrz::lines(&texts) else { continue };
        let proof = mrz::right_check_digits(found.iter().map(|(_, line)| line.as_str()));
        if best.as_ref().is_some_and(|(most, _)| *most >= proof) {
            continue;
        }
        let line = |(index, text): (usize, String)| {
            let place = shown.place(&rows.get(index)?.iter().cloned().reduce(|one, two| one.joined(&two))?);
            Some(MrzLine { text, quad: on_page(place) })
        };
        best = Some((proof, found.into_iter().filter_map(line).collect()));
        if proof == mrz::CHECK_DIGITS {
            break;
        }
    }
    Ok(best.map(|(_, lines)| lines))
}
