//! Pictures for the report: where a value was read, or the whole page where none was.
//! Decoding pages is left to the reading processes, of which only pixels come back; here they are cut and coded again.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use document::{Point, Quad, Rect};
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, GrayImage, imageops};
use ocr::PagePicture;
use serde::Serialize;
use verify::verdict::Place;

use crate::documents;
use crate::evaluate::FileResult;
use crate::isolation::Pool;

/// A report has no more pictures.
const MOST_PICTURES: usize = 500;
/// Nor more bytes of them, coded.
const MOST_BYTES: usize = 12 << 20;
/// Pages are looked at so large, in pixels of the longer side.
const PAGE_SIDE: u32 = 1800;
/// A whole page is shown so large.
const WHOLE_SIDE: u32 = 560;
/// A cut is shown no wider.
const CUT_WIDTH: u32 = 640;
/// Of 100: letters stay clear.
const QUALITY: u8 = 60;

/// Of what there is a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A miss, by its place in the list.
    Miss(usize),
    /// An extra field, by its place in the list.
    Extra(usize),
    /// The first page as a whole.
    Page,
}

/// The pictures of a report.
#[derive(Debug, Default)]
pub struct Album {
    pictures: BTreeMap<(usize, Subject), Picture>,
    left_out: usize,
}

/// A picture in the page, with a box drawn on it.
#[derive(Debug, Serialize)]
pub struct Picture {
    uri: String,
    /// In pixels.
    width: u32,
    /// In pixels.
    height: u32,
    /// The corners of the box in pixels, as SVG writes points.
    corners: Option<String>,
}

/// Where pictures come from.
pub struct Source<'a> {
    /// The folder of the labels.
    pub folder: &'a Path,
    /// Who decodes them.
    pub reader: &'a Pool,
}

/// A picture that is wanted.
#[derive(Debug, Clone, Copy)]
struct Wish {
    /// Of which result.
    at: usize,
    subject: Subject,
    /// `None` for the whole first page.
    place: Option<Place>,
}

/// A page of a file, and what is wanted of it.
struct Leaf<'a> {
    file: &'a str,
    page: u32,
    wishes: Vec<Wish>,
}

impl Album {
    /// Pictures of what was missed, as many as a report can hold: of wrong values first, then of what was not found.
    ///
    /// # Errors
    /// If the machine is in trouble. A page that cannot be shown has no pictures.
    pub fn of(results: &[FileResult], source: &Source<'_>) -> anyhow::Result<Self> {
        let mut wishes: Vec<Wish> =
            results.iter().enumerate().flat_map(|(at, result)| wishes(at, result)).collect();
        wishes.sort_by_key(|wish| (wish.subject == Subject::Page, wish.at));
        let mut album = Self { left_out: wishes.len().saturating_sub(MOST_PICTURES), ..Self::default() };
        wishes.truncate(MOST_PICTURES);
        let leaves = leaves(&wishes, results);
        let mut bytes = 0;
        documents::in_order(
            &leaves,
            |leaf| source.pictures(leaf),
            |_, pictures| {
                for (wish, picture) in pictures? {
                    bytes += picture.uri.len();
                    if bytes <= MOST_BYTES {
                        album.pictures.insert((wish.at, wish.subject), picture);
                    } else {
                        album.left_out += 1;
                    }
                }
                Ok(())
            },
        )?;
        Ok(album)
    }

    /// The picture of something about a result, by its place in the list.
    pub fn get(&self, at: usize, subject: Subject) -> Option<&Picture> {
        self.pictures.get(&(at, subject))
    }

    /// How many are not shown because there would be too many.
    pub fn left_out(&self) -> usize {
        self.left_out
    }
}

fn wishes(at: usize, result: &FileResult) -> Vec<Wish> {
    let misses = result.misses.iter().enumerate().filter_map(|(nth, miss)| {
        let place = miss.found.as_ref().map(|found| found.place).or(miss.label)?;
        Some(Wish { at, subject: Subject::Miss(nth), place: Some(place) })
    });
    let extras = result.extras.iter().enumerate().map(|(nth, extra)| {
        let place = Some(extra.found.place);
        Wish { at, subject: Subject::Extra(nth), place }
    });
    let unfound = result.misses.iter().any(|miss| miss.found.is_none() && miss.label.is_none());
    let whole =
        (unfound || !result.type_is_right()).then_some(Wish { at, subject: Subject::Page, place: None });
    misses.chain(extras).chain(whole).collect()
}

/// The wishes by page, so that each page is decoded once.
fn leaves<'a>(wishes: &[Wish], results: &'a [FileResult]) -> Vec<Leaf<'a>> {
    let mut leaves: BTreeMap<(usize, u32), Leaf<'a>> = BTreeMap::new();
    for wish in wishes {
        let page = wish.place.map_or(1, |place| place.page);
        if let Some(result) = results.get(wish.at) {
            let leaf = || Leaf { file: &result.file, page, wishes: Vec::new() };
            leaves.entry((wish.at, page)).or_insert_with(leaf).wishes.push(*wish);
        }
    }
    leaves.into_values().collect()
}

impl Source<'_> {
    fn pictures(&self, leaf: &Leaf<'_>) -> anyhow::Result<Vec<(Wish, Picture)>> {
        let index = (leaf.page as usize).saturating_sub(1);
        let shown = documents::picture(self.reader, &self.folder.join(leaf.file), index, PAGE_SIDE)?;
        let Some(page) = shown.and_then(grey) else { return Ok(Vec::new()) };
        let made = leaf.wishes.iter().filter_map(|wish| {
            let picture = match wish.place {
                Some(place) => cut(&page, &place.quad),
                None => Picture::of(&page, WHOLE_SIDE, None),
            };
            Some((*wish, picture?))
        });
        Ok(made.collect())
    }
}

fn grey(picture: PagePicture) -> Option<GrayImage> {
    GrayImage::from_raw(picture.width, picture.height, picture.pixels)
}

/// The part of the page around `quad`, with enough beside it to see what it belongs to.
fn cut(page: &GrayImage, quad: &Quad) -> Option<Picture> {
    let (left, top, width, height) = around(&quad.bounds(), page.dimensions());
    let part = imageops::crop_imm(page, left, top, width, height).to_image();
    let (across, down) = (f64::from(page.width()), f64::from(page.height()));
    let corners = quad
        .corners()
        .map(|Point { x, y }| Point { x: x * across - f64::from(left), y: y * down - f64::from(top) });
    Picture::of(&part, CUT_WIDTH, Some(corners))
}

/// Left, top, width and height of that part, in pixels.
fn around(bounds: &Rect, (across, down): (u32, u32)) -> (u32, u32, u32, u32) {
    let span = |from: f64, to: f64, beside: f64, least: f64, whole: u32| {
        let size = (to - from + 2.0 * beside).max(least).clamp(0.0, 1.0);
        let begin = (f64::midpoint(from, to) - size / 2.0).clamp(0.0, 1.0 - size);
        let pixels = |share: f64| (share * f64::from(whole)).round() as u32;
        (pixels(begin).min(whole.saturating_sub(1)), pixels(size).max(1))
    };
    let (left, width) = span(bounds.left, bounds.right, 0.06, 0.4, across);
    let (top, height) = span(bounds.top, bounds.bottom, 0.03, 0.09, down);
    (left, top, width, height)
}

impl Picture {
    /// A picture with no side longer than `longest` pixels; `corners` are of the box on it, in its own pixels.
    fn of(picture: &GrayImage, longest: u32, corners: Option<[Point; 4]>) -> Option<Self> {
        let scale = f64::from(longest) / f64::from(picture.width().max(picture.height()).max(1));
        let scaled = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
        let small = (scale < 1.0)
            .then(|| imageops::thumbnail(picture, scaled(picture.width()), scaled(picture.height())));
        let shown = small.as_ref().unwrap_or(picture);
        let (width, height) = shown.dimensions();
        let mut bytes = Vec::new();
        let coder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        image::ImageEncoder::write_image(coder, shown, width, height, ExtendedColorType::L8).ok()?;
        let uri = format!("data:image/jpeg;base64,{}", STANDARD.encode(&bytes));
        let point = |corner: Point| {
            let by = scale.min(1.0);
            format!("{:.1},{:.1}", corner.x * by, corner.y * by)
        };
        let corners = corners.map(|corners| corners.map(point).join(" "));
        Some(Self { uri, width, height, corners })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::{Sample, found};
    use super::*;

    #[test]
    fn a_cut_holds_the_box_and_stays_on_the_page() {
        let cases = [
            ("in the middle", Rect::new(0.4, 0.5, 0.6, 0.52), (300, 460, 400, 100)),
            ("in a corner", Rect::new(0.0, 0.0, 0.1, 0.01), (0, 0, 400, 90)),
            ("in the other", Rect::new(0.95, 0.99, 1.0, 1.0), (600, 910, 400, 90)),
            ("all of it", Rect::new(0.0, 0.0, 1.0, 1.0), (0, 0, 1000, 1000)),
            ("beyond it", Rect::new(-0.5, 1.2, -0.4, 1.4), (0, 740, 400, 260)),
        ];
        for (name, bounds, (left, top, width, height)) in cases {
            let found = around(&bounds, (1000, 1000));
            assert_eq!((found.0, found.2), (left, width), "{name}");
            assert!(found.1.abs_diff(top) <= 20 && found.3.abs_diff(height) <= 20, "{name}: {found:?}");
            assert!(found.0 + found.2 <= 1000 && found.1 + found.3 <= 1000, "{name}: {found:?}");
        }
    }

    #[test]
    fn a_large_picture_is_made_smaller_with_its_box() {
        let corners = [(0.0, 0.0), (1280.0, 0.0), (1280.0, 64.0), (0.0, 64.0)].map(|(x, y)| Point { x, y });
        let picture = Picture::of(&GrayImage::new(1280, 128), 640, Some(corners)).unwrap();
        assert_eq!((picture.width, picture.height), (640, 64));
        assert_eq!(picture.corners.unwrap(), "0.0,0.0 640.0,0.0 640.0,32.0 0.0,32.0");
        assert!(picture.uri.starts_with("data:image/jpeg;base64,/9j/"));
    }

    #[test]
    fn pictures_are_wanted_of_what_was_missed() {
        let sample = Sample::new("a").right("a", 0.9).miss("b", found("y")).miss("c", None).miss("d", None);
        let wanted: Vec<_> = wishes(3, &sample.extra("e").result()).iter().map(|wish| wish.subject).collect();
        assert_eq!(wanted, [Subject::Miss(0), Subject::Extra(0), Subject::Page]);
        assert!(wishes(0, &Sample::new("a").right("a", 0.9).result()).is_empty());
        assert_eq!(wishes(0, &Sample::new("a").taken_for("w2").result()).len(), 1);
    }
}
