//! A line of text as a box at any lean: cutting it out of its picture, and places along it.
//! Finding lines is left to `detect`.

use image::{GrayImage, Luma, imageops};
use imageproc::geometric_transformations::{Border, Interpolation, Projection, warp_into};

/// How high the cut of a line is, in pixels.
pub(super) const HEIGHT: u32 = 48;
/// A line may be so many times as long as it is high; more is no text.
const MOST_PROPORTION: f32 = 80.0;

/// The room around a word that is read by itself, in parts of its height.
const MARGIN: f32 = 0.25;

/// The corners of a line in pixels, clockwise from the text's own top left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LineBox(pub(super) [(f32, f32); 4]);

impl LineBox {
    /// Orders corners that go around a box in either sense from any of them: the text runs along the longer side, to
    /// the right where that is not nearly upright, else downwards.
    pub(super) fn ordered(corners: [(f32, f32); 4]) -> Self {
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

    /// The box with room around it, as the network is used to: boxes that fit closely cut letters off.
    pub(super) fn with_margin(self) -> Self {
        let [top_left, top_right, bottom_right, bottom_left] = self.0;
        let margin = MARGIN * self.height();
        let unit = |from: (f32, f32), to: (f32, f32)| {
            let length = distance(from, to).max(1.0);
            ((to.0 - from.0) / length * margin, (to.1 - from.1) / length * margin)
        };
        let (along, down) = (unit(top_left, top_right), unit(top_left, bottom_left));
        let moved = |corner: (f32, f32), right: f32, below: f32| {
            (corner.0 + right * along.0 + below * down.0, corner.1 + right * along.1 + below * down.1)
        };
        Self([
            moved(top_left, -1.0, -1.0),
            moved(top_right, 1.0, -1.0),
            moved(bottom_right, 1.0, 1.0),
            moved(bottom_left, -1.0, 1.0),
        ])
    }

    pub(super) fn width(&self) -> f32 {
        let [top_left, top_right, bottom_right, bottom_left] = self.0;
        distance(top_left, top_right).max(distance(bottom_left, bottom_right))
    }

    pub(super) fn height(&self) -> f32 {
        let [top_left, top_right, bottom_right, bottom_left] = self.0;
        distance(top_left, bottom_left).max(distance(top_right, bottom_right))
    }

    /// The line, straight and [`HEIGHT`] pixels high.
    pub(super) fn cut(&self, picture: &GrayImage) -> GrayImage {
        let (width, height) = (self.width().max(1.0), self.height().max(1.0));
        let proportion = (width / height).min(MOST_PROPORTION);
        let target = ((proportion * HEIGHT as f32).ceil() as u32).max(8);
        // At its own size first, so that a reduction averages what it leaves out.
        let own = if height > HEIGHT as f32 {
            (width.ceil() as u32, height.ceil() as u32)
        } else {
            (target, HEIGHT)
        };
        let (right, bottom) = (own.0 as f32, own.1 as f32);
        let square = [(0.0, 0.0), (right, 0.0), (right, bottom), (0.0, bottom)];
        let mut cut = GrayImage::new(own.0.max(1), own.1.max(1));
        let Some(projection) = Projection::from_control_points(self.0, square) else {
            return GrayImage::from_pixel(target, HEIGHT, Luma([255]));
        };
        warp_into(picture, projection, Interpolation::Bilinear, Border::Replicate, &mut cut);
        if cut.dimensions() == (target, HEIGHT) {
            return cut;
        }
        imageops::resize(&cut, target, HEIGHT, imageops::FilterType::Triangle)
    }

    /// The corners of the part from `start` to `end`, in fractions of its length.
    pub(super) fn between(&self, start: f32, end: f32) -> [(f32, f32); 4] {
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
    fn room_is_added_on_all_sides() {
        let line = LineBox([(10.0, 10.0), (110.0, 10.0), (110.0, 30.0), (10.0, 30.0)]);
        assert_eq!(line.with_margin().0, [(5.0, 5.0), (115.0, 5.0), (115.0, 35.0), (5.0, 35.0)]);
    }

    #[test]
    fn a_leaning_line_is_cut_out_straight() {
        // A dark band from the left middle to the right, falling one in ten.
        let page = GrayImage::from_fn(300, 200, |x, y| {
            let centre = 80.0 + f64::from(x) * 0.1;
            Luma([if (f64::from(y) - centre).abs() < 6.0 { 0 } else { 255 }])
        });
        let line = LineBox([(50.0, 65.0), (250.0, 85.0), (250.0, 125.0), (50.0, 105.0)]);
        let cut = line.cut(&page);
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
