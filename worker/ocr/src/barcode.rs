//! Finds and reads the two-dimensional barcodes of a page: PDF417, as on licences, and QR.
//! What the text in them means is left to `verify`.

mod extent;
mod regions;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use document::{Barcode, BarcodeKind, Point, Quad};
use image::{GrayImage, Luma, imageops};
use imageproc::geometric_transformations::{Border, Interpolation, Projection, warp_into};
use rxing::common::{GlobalHistogramBinarizer, HybridBinarizer};
use rxing::pdf417::PDF417Reader;
use rxing::qrcode::cpp_port::QrReader;
use rxing::{BarcodeFormat, Binarizer, BinaryBitmap, DecodeHints, Luma8Source, RXingResult, Reader as _};

use regions::Region;

use crate::resize::resize;

/// Pixels that may be searched on one page, over all regions and tries: about a quarter of a second. It is counted in pixels and not
/// by the clock, so that the same page always gives the same codes.
const MOST_WORK: u64 = 15_000_000;
/// A region of more pixels is searched at half its size first.
const LARGE: u64 = 1_500_000;
/// A region of fewer pixels is also searched enlarged.
const SMALL: u64 = 750_000;
/// Degrees that the decoder does not mind.
const LEVEL: f32 = 1.0;
/// Degrees by which the slant may have been misjudged.
const ASIDE: f32 = 2.5;
/// The square of a difference between neighbours that makes an edge.
const EDGE: f64 = 900.0;
/// How far the edges of a region must agree on a slant, in `0.0..=1.0`: those of codes do so from 0.45 on, unless they are
/// so blurred or so small that they need another try anyway.
const AGREED: f64 = 0.4;
/// White around a turned region, in pixels.
const MARGIN: u32 = 12;
/// The most codes of one region.
const MOST_CODES: usize = 4;

/// The barcodes of a page, the largest region first.
pub(crate) fn find(grey: &GrayImage) -> Vec<Barcode> {
    let mut work = MOST_WORK;
    let mut found: Vec<Barcode> = Vec::new();
    for region in regions::find(grey) {
        let mut crop =
            imageops::crop_imm(grey, region.left, region.top, region.width, region.height).to_image();
        let mut tries = tries(&crop);
        for _ in 0..MOST_CODES {
            let Some((Found { kind, text, corners }, by)) = search(&crop, &tries, &mut work) else { break };
            paint_over(&mut crop, corners);
            // What stands beside it stands as it does.
            tries = vec![by];
            let quad = place(corners, region, grey.dimensions());
            if !found.iter().any(|other| other.text == text && overlap(&other.quad, &quad)) {
                found.push(Barcode { kind, text, quad });
            }
        }
    }
    found
}

/// A code with its corners, in pixels of the picture that was searched, clockwise from the code's own top left.
struct Found {
    kind: BarcodeKind,
    text: String,
    corners: [(f32, f32); 4],
}

/// One way to look at a region.
#[derive(Debug, Clone, Copy)]
struct Try {
    scale: f32,
    /// Lines that fall to the right by so many degrees are made level.
    angle: f32,
    /// Whether one shade parts black from white everywhere, and not one for each place.
    global: bool,
}

/// The ways to look at a region, the likely ones first.
fn tries(crop: &GrayImage) -> Vec<Try> {
    let (area, slant) = (area(crop), slant(crop));
    let base = if area > LARGE { 0.5 } else { 1.0 };
    let local = |scale, angle| Try { scale, angle, global: false };
    let angle = slant.unwrap_or(0.0);
    // The decoder stands some slant, but then knows less well where the code lies.
    let mut tries = if angle.abs() > LEVEL { vec![local(base, angle)] } else { Vec::new() };
    tries.push(local(base, 0.0));
    tries.push(Try { scale: base, angle, global: true });
    if area < SMALL {
        tries.push(local(2.0, angle));
    }
    tries.push(local(base / 2.0, angle));
    if slant.is_some() {
        tries.extend([local(base, angle - ASIDE), local(base, angle + ASIDE)]);
    }
    tries
}

/// Looks until a code is read or there is no work left to spend, and says which way it was read.
fn search(crop: &GrayImage, tries: &[Try], work: &mut u64) -> Option<(Found, Try)> {
    for by in tries {
        *work = work.checked_sub((area(crop) as f32 * by.scale * by.scale) as u64)?;
        let (picture, to_crop) = turned(crop, by.scale, by.angle);
        if let Some(found) = decode(&picture, by.global) {
            return Some((Found { corners: found.corners.map(|corner| to_crop * corner), ..found }, *by));
        }
    }
    None
}

fn area(picture: &GrayImage) -> u64 {
    u64::from(picture.width()) * u64::from(picture.height())
}

/// `crop` scaled and turned so that lines which fall by `angle` degrees are level, and the way back.
fn turned(crop: &GrayImage, scale: f32, angle: f32) -> (GrayImage, Projection) {
    let (width, height) = (crop.width() as f32 * scale, crop.height() as f32 * scale);
    let radians = angle.to_radians();
    let (sin, cos) = (radians.sin().abs(), radians.cos().abs());
    let (wide, high) = (width * cos + height * sin, width * sin + height * cos);
    let margin = MARGIN as f32;
    let there = Projection::translate(wide / 2.0 + margin, high / 2.0 + margin)
        * Projection::rotate(-radians)
        * Projection::scale(scale, scale)
        * Projection::translate(crop.width() as f32 / -2.0, crop.height() as f32 / -2.0);
    let paper = Luma([255]);
    let mut picture = GrayImage::from_pixel(wide as u32 + 2 * MARGIN, high as u32 + 2 * MARGIN, paper);
    // Picking single pixels of a larger picture would be noise.
    let sized = if scale == 1.0 { crop.clone() } else { resize(crop, width as u32, height as u32) };
    if angle == 0.0 {
        imageops::replace(&mut picture, &sized, i64::from(MARGIN), i64::from(MARGIN));
    } else {
        let there = there * Projection::scale(1.0 / scale, 1.0 / scale);
        warp_into(&sized, there, Interpolation::Bilinear, Border::Constant(paper), &mut picture);
    }
    (picture, there.invert())
}

/// The code on `picture`, if there is one.
fn decode(picture: &GrayImage, global: bool) -> Option<Found> {
    let (width, height) = picture.dimensions();
    let source = Luma8Source::new_with_slice(picture.as_raw(), width, height).ok()?;
    let decode = || {
        if global {
            read(&mut BinaryBitmap::new(GlobalHistogramBinarizer::new(source)), picture)
        } else {
            read(&mut BinaryBitmap::new(HybridBinarizer::new(source)), picture)
        }
    };
    // What the decoder cannot stand is no code.
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or(None)
}

fn read<B: Binarizer>(bitmap: &mut BinaryBitmap<B>, picture: &GrayImage) -> Option<Found> {
    if let Ok(result) = PDF417Reader::new().decode(bitmap) {
        return found(BarcodeKind::Pdf417, &result, picture);
    }
    let hints = DecodeHints {
        PossibleFormats: Some([BarcodeFormat::QR_CODE].into()),
        TryHarder: Some(true),
        ..DecodeHints::default()
    };
    found(BarcodeKind::Qr, &QrReader.decode_with_hints(bitmap, &hints).ok()?, picture)
}

fn found(kind: BarcodeKind, result: &RXingResult, picture: &GrayImage) -> Option<Found> {
    Some(Found { kind, text: text(result), corners: extent::corners(result, picture)? })
}

/// What stands in a code. Where it does not say how its bytes are meant, the decoder takes each for a character of
/// Latin-1; programs that write UTF-8 seldom say so.
fn text(result: &RXingResult) -> String {
    let latin = result.getText();
    let bytes: Option<Vec<u8>> = latin.chars().map(|character| u8::try_from(character).ok()).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| latin.to_owned())
}

/// By how many degrees the edges of `crop` fall to the right, in `-45.0..=45.0`, if they agree on it. Edges across count
/// like edges along, so that a quarter turn makes no difference.
fn slant(crop: &GrayImage) -> Option<f32> {
    let (mut cosines, mut sines, mut all) = (0.0_f64, 0.0_f64, 0.0_f64);
    let lines: Vec<&[u8]> = crop.as_raw().chunks_exact(crop.width().max(1) as usize).collect();
    for lines in lines.windows(3) {
        let [above, line, below] = lines else { continue };
        for ((sides, up), down) in line.windows(3).zip(above.iter().skip(1)).zip(below.iter().skip(1)) {
            let [before, _, after] = sides else { continue };
            let (x, y) = (f64::from(*after) - f64::from(*before), f64::from(*down) - f64::from(*up));
            let strength = x * x + y * y;
            if strength >= EDGE {
                // The angle of the gradient times four.
                let (cosine, sine) = ((x * x - y * y) / strength, 2.0 * x * y / strength);
                cosines += strength * (cosine * cosine - sine * sine);
                sines += strength * 2.0 * cosine * sine;
                all += strength;
            }
        }
    }
    let agreed = sines.hypot(cosines) / all.max(1.0);
    (agreed >= AGREED).then(|| (sines.atan2(cosines).to_degrees() / 4.0) as f32)
}

fn paint_over(crop: &mut GrayImage, corners: [(f32, f32); 4]) {
    let clamp = |value: f32, most: u32| (value.max(0.0) as u32).min(most);
    let xs = corners.map(|corner| clamp(corner.0, crop.width()));
    let ys = corners.map(|corner| clamp(corner.1, crop.height()));
    let range =
        |sides: [u32; 4]| sides.iter().copied().min().unwrap_or(0)..sides.iter().copied().max().unwrap_or(0);
    for y in range(ys) {
        for x in range(xs) {
            crop.put_pixel(x, y, Luma([255]));
        }
    }
}

fn place(corners: [(f32, f32); 4], region: Region, (width, height): (u32, u32)) -> Quad {
    Quad::new(corners.map(|(x, y)| Point {
        x: ((f64::from(x) + f64::from(region.left)) / f64::from(width)).clamp(0.0, 1.0),
        y: ((f64::from(y) + f64::from(region.top)) / f64::from(height)).clamp(0.0, 1.0),
    }))
}

fn overlap(one: &Quad, two: &Quad) -> bool {
    let (one, two) = (one.bounds(), two.bounds());
    one.overlap_x(&two) > 0.5 && one.overlap_y(&two) > 0.5
}
