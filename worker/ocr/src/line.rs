//! A line of text as a box at any lean: cutting it out of its picture, and places along it.
//! Finding lines is left to `neural`.

use std::cell::OnceCell;

use image::{GrayImage, Luma};
use imageproc::geometric_transformations::{Border, Interpolation, Projection, warp_into};

use crate::resize::resize;

/// How high the cut of a line is, in pixels.
pub(crate) const HEIGHT: u32 = 48;
/// A line may be so many times as long as it is high; more is no text.
const MOST_PROPORTION: f32 = 80.0;

/// A picture at its own size, a half and a quarter of it: letters on photos are many times larger than they need to be.
pub(crate) struct Levels<'a> {
    whole: &'a GrayImage,
    half: OnceCell<GrayImage>,
    quarter: OnceCell<GrayImage>,
}

impl<'a> Levels<'a> {
    pub(crate) fn of(whole: &'a GrayImage) -> Self {
        Self { whole, half: OnceCell::new(), quarter: OnceCell::new() }
    }

    /// The picture at its own size.
    pub(crate) fn whole(&self) -> &'a GrayImage {
        self.whole
    }

    /// The smallest of the sizes that is at least `wanted` times the picture's own, and how many times that it is.
    fn at_least(&self, wanted: f32) -> (&GrayImage, f32) {
        let reduced = |by: u32| resize(self.whole, self.whole.width() / by, self.whole.height() / by);
        match wanted {
            0.0..=0.25 => (self.quarter.get_or_init(|| reduced(4)), 0.25),
            0.0..=0.5 => (self.half.get_or_init(|| reduced(2)), 0.5),
            _ => (self.whole, 1.0),
        }
    }
}

/// The corners of a line in pixels, clockwise from the text's own top left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LineBox(pub(crate) [(f32, f32); 4]);

impl LineBox {
    /// Orders corners that go around a box in either sense from any of them: the text runs along the longer side, to
    /// the right where that is not nearly upright, else downwards.
    pub(crate) fn ordered(corners: [(f32, f32); 4]) -> Self {
        let [a, b, c, d] = corners;
        let (first, second) = (middle(a, b), middle(c, d));
        let (third, fourth) = (middle(b, c), middle(d, a));
        // The ends of the text are the middles of the shorter sides.
        let ((start, end), sides) = if distance(first, second) >= distance(third, fourth) {
            ((first, second), [(a, b), (c, d)])
        } else {
            ((third, fourth), [(b, c), (d, a)])
        };
        let leans_down = (end.1 - start.1).abs() > 2.0 * (end.0 - start.0).abs();
        let forwards = if leans_down { end.1 >= start.1 } else { end.0 >= start.0 };
        let [near, far] = if forwards { sides } else { [sides[1], sides[0]] };
        let along =
            if forwards { (end.0 - start.0, end.1 - start.1) } else { (start.0 - end.0, start.1 - end.1) };
        // Clockwise from the direction of the text is down, where y grows downwards.
        let down = (-along.1, along.0);
        let upper_first = |(one, two): ((f32, f32), (f32, f32))| {
            let drop = (two.0 - one.0) * down.0 + (two.1 - one.1) * down.1;
            if drop >= 0.0 { (one, two) } else { (two, one) }
        };
        let ((top_left, bottom_left), (top_right, bottom_right)) = (upper_first(near), upper_first(far));
        Self([top_left, top_right, bottom_right, bottom_left])
    }

    /// The same line read from its other end, bottom up.
    pub(crate) fn turned_over(&self) -> Self {
        let [top_left, top_right, bottom_right, bottom_left] = self.0;
        Self([bottom_right, bottom_left, top_left, top_right])
    }

    /// Its middle.
    pub(crate) fn centre(&self) -> (f32, f32) {
        let [top_left, _, bottom_right, _] = self.0;
        middle(top_left, bottom_right)
    }

    /// The direction of its text, as a step of one pixel.
    pub(crate) fn direction(&self) -> (f32, f32) {
        let [top_left, top_right, ..] = self.0;
        let length = distance(top_left, top_right).max(f32::MIN_POSITIVE);
        ((top_right.0 - top_left.0) / length, (top_right.1 - top_left.1) / length)
    }

    /// How far along `direction` it begins and ends.
    pub(crate) fn ends(&self, direction: (f32, f32)) -> (f32, f32) {
        let [top_left, top_right, bottom_right, bottom_left] = self.0;
        let start = along(middle(top_left, bottom_left), direction);
        (start, along(middle(top_right, bottom_right), direction))
    }

    /// The same line from `start` to `end`, as far along `direction`.
    pub(crate) fn stretched(&self, direction: (f32, f32), start: f32, end: f32) -> Self {
        let own = self.direction();
        let (from, to) = self.ends(direction);
        // A step along the line is less far along another direction.
        let step = along(own, direction).max(0.1);
        let moved =
            |corner: (f32, f32), by: f32| (corner.0 + own.0 * by / step, corner.1 + own.1 * by / step);
        let [top_left, top_right, bottom_right, bottom_left] = self.0;
        Self([
            moved(top_left, start - from),
            moved(top_right, end - to),
            moved(bottom_right, end - to),
            moved(bottom_left, start - from),
        ])
    }

    /// How many times as long as high it is.
    pub(crate) fn proportion(&self) -> f32 {
        self.width() / self.height().max(1.0)
    }

    pub(crate) fn width(&self) -> f32 {
        let [top_left, top_right, bottom_right, bottom_left] = self.0;
        distance(top_left, top_right).max(distance(bottom_left, bottom_right))
    }

    pub(crate) fn height(&self) -> f32 {
        let [top_left, top_right, bottom_right, bottom_left] = self.0;
        distance(top_left, bottom_left).max(distance(top_right, bottom_right))
    }

    /// The line, straight and [`HEIGHT`] pixels high.
    pub(crate) fn cut(&self, picture: &Levels) -> GrayImage {
        let (width, height) = (self.width().max(1.0), self.height().max(1.0));
        let proportion = (width / height).min(MOST_PROPORTION);
        let target = ((proportion * HEIGHT as f32).ceil() as u32).max(8);
        let (picture, scale) = picture.at_least(HEIGHT as f32 / height);
        let corners = self.0.map(|(x, y)| (x * scale, y * scale));
        // At its own size first, so that a reduction averages what it leaves out.
        let own = if height * scale > HEIGHT as f32 {
            ((width * scale).ceil() as u32, (height * scale).ceil() as u32)
        } else {
            (target, HEIGHT)
        };
        let (right, bottom) = (own.0 as f32, own.1 as f32);
        let square = [(0.0, 0.0), (right, 0.0), (right, bottom), (0.0, bottom)];
        let mut cut = GrayImage::new(own.0.max(1), own.1.max(1));
        let Some(projection) = Projection::from_control_points(corners, square) else {
            return GrayImage::from_pixel(target, HEIGHT, Luma([255]));
        };
        warp_into(picture, projection, Interpolation::Bilinear, Border::Replicate, &mut cut);
        if cut.dimensions() == (target, HEIGHT) {
            return cut;
        }
        resize(&cut, target, HEIGHT)
    }

    /// The corners of the part from `start` to `end`, in fractions of its length.
    pub(crate) fn between(&self, start: f32, end: f32) -> [(f32, f32); 4] {
        let [top_left, top_right, bottom_right, bottom_left] = self.0;
        let at = |from: (f32, f32), to: (f32, f32), share: f32| {
            (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
        };
        [
            at(top_left, top_right, start),
            at(top_left, top_right, end),
            at(bottom_left, bottom_right, end),
            at(bottom_left, bottom_right, start),
        ]
    }
}

fn middle(one: (f32, f32), two: (f32, f32)) -> (f32, f32) {
    ((one.0 + two.0) / 2.0, (one.1 + two.1) / 2.0)
}

fn along(at: (f32, f32), direction: (f32, f32)) -> f32 {
    at.0 * direction.0 + at.1 * direction.1
}

fn distance(one: (f32, f32), two: (f32, f32)) -> f32 {
    (one.0 - two.0).hypot(one.1 - two.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_are_ordered_by_the_text() {
        let flat = [(10.0, 10.0), (110.0, 20.0), (108.0, 40.0), (8.0, 30.0)];
        for start in 0..4 {
            let mut corners = flat;
            corners.rotate_left(start);
            assert_eq!(LineBox::ordered(corners).0, flat, "from {start}");
            corners.reverse();
            assert_eq!(LineBox::ordered(corners).0, flat, "backwards from {start}");
        }
        // Text that runs downwards has its top to the right.
        let upright = [(40.0, 10.0), (40.0, 210.0), (20.0, 210.0), (20.0, 10.0)];
        assert_eq!(LineBox::ordered([upright[2], upright[3], upright[0], upright[1]]).0, upright);
    }

    #[test]
    fn a_line_is_turned_over() {
        let line = LineBox([(10.0, 10.0), (110.0, 10.0), (110.0, 30.0), (10.0, 30.0)]);
        assert_eq!(line.turned_over().0, [(110.0, 30.0), (10.0, 30.0), (10.0, 10.0), (110.0, 10.0)]);
        assert_eq!(line.turned_over().turned_over(), line);
        assert_eq!(line.proportion(), 5.0);
    }

    #[test]
    fn a_line_is_drawn_out() {
        let line = LineBox([(20.0, 10.0), (60.0, 40.0), (54.0, 48.0), (14.0, 18.0)]);
        let (start, end) = line.ends(line.direction());
        let longer = line.stretched(line.direction(), start - 5.0, end + 10.0);
        let rounded = longer.0.map(|(x, y)| (x.round(), y.round()));
        assert_eq!(rounded, [(16.0, 7.0), (68.0, 46.0), (62.0, 54.0), (10.0, 15.0)]);
        assert_eq!(line.centre(), (37.0, 29.0));
    }

    #[test]
    fn a_leaning_line_is_cut_out_straight() {
        // A dark band from the left middle to the right, falling one in ten.
        let page = GrayImage::from_fn(300, 200, |x, y| {
            let centre = 80.0 + f64::from(x) * 0.1;
            Luma([if (f64::from(y) - centre).abs() < 6.0 { 0 } else { 255 }])
        });
        let line = LineBox([(50.0, 65.0), (250.0, 85.0), (250.0, 125.0), (50.0, 105.0)]);
        let cut = line.cut(&Levels::of(&page));
        assert_eq!(cut.height(), HEIGHT);
        for x in [20, cut.width() / 2, cut.width() - 20] {
            assert!(cut.get_pixel(x, HEIGHT / 2).0[0] < 40, "dark in the middle at {x}");
            assert!(
                cut.get_pixel(x, 4).0[0] > 215 && cut.get_pixel(x, HEIGHT - 4).0[0] > 215,
                "white at {x}"
            );
        }
        let [left, right, ..] = line.between(0.25, 0.75);
        assert_eq!((left, right), ((100.0, 70.0), (200.0, 80.0)));
    }
}
