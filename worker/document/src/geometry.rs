//! Where things stand on a page, in fractions of it: origin top left, x to the right, y downwards.

use serde::{Deserialize, Serialize};

/// A place on a page: `x` in fractions of its width, `y` of its height.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 2]", into = "[f64; 2]")]
pub struct Point {
    /// 0 at the left edge, 1 at the right.
    pub x: f64,
    /// 0 at the top edge, 1 at the bottom.
    pub y: f64,
}

/// Four corners, clockwise from the text's own top left, so that turned text stays readable.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quad([Point; 4]);

/// An upright box around something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// The left edge.
    pub left: f64,
    /// The upper edge.
    pub top: f64,
    /// The right edge, never left of `left`.
    pub right: f64,
    /// The lower edge, never above `top`.
    pub bottom: f64,
}

impl Quad {
    /// The quad with these corners, clockwise from the text's own top left.
    pub fn new(corners: [Point; 4]) -> Self {
        Self(corners)
    }

    /// The corners, clockwise from the text's own top left.
    pub fn corners(&self) -> [Point; 4] {
        self.0
    }

    /// The smallest upright box that holds all four corners.
    #[inline]
    pub fn bounds(&self) -> Rect {
        let [first, rest @ ..] = self.0;
        rest.iter().fold(
            Rect { left: first.x, top: first.y, right: first.x, bottom: first.y },
            |rect, corner| Rect {
                left: rect.left.min(corner.x),
                top: rect.top.min(corner.y),
                right: rect.right.max(corner.x),
                bottom: rect.bottom.max(corner.y),
            },
        )
    }

    /// The same, rounded to four decimals: a third of a pixel at 300 dpi.
    pub fn rounded(&self) -> Self {
        let round = |value: f64| (value * 10_000.0).round() / 10_000.0;
        Self(self.0.map(|corner| Point { x: round(corner.x), y: round(corner.y) }))
    }
}

impl Rect {
    /// The box between two opposite corners, in whichever order they come.
    #[inline]
    pub fn new(left: f64, top: f64, right: f64, bottom: f64) -> Self {
        Self { left: left.min(right), top: top.min(bottom), right: left.max(right), bottom: top.max(bottom) }
    }

    /// How wide it is.
    #[inline]
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// How high it is.
    #[inline]
    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// Its middle.
    #[inline]
    pub fn centre(&self) -> Point {
        Point { x: f64::midpoint(self.left, self.right), y: f64::midpoint(self.top, self.bottom) }
    }

    /// The smallest box that holds both.
    #[inline]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// How much of the narrower of the two is above or below the other, in `0.0..=1.0`.
    #[inline]
    pub fn overlap_x(&self, other: &Self) -> f64 {
        overlap((self.left, self.right), (other.left, other.right))
    }

    /// How much of the lower of the two stands beside the other, in `0.0..=1.0`.
    pub fn overlap_y(&self, other: &Self) -> f64 {
        overlap((self.top, self.bottom), (other.top, other.bottom))
    }
}

/// The shared part of two spans as a share of the shorter one.
#[inline]
fn overlap(one: (f64, f64), two: (f64, f64)) -> f64 {
    let shared = one.1.min(two.1) - one.0.max(two.0);
    let shorter = (one.1 - one.0).min(two.1 - two.0);
    if shorter <= 0.0 || shared <= 0.0 { 0.0 } else { (shared / shorter).clamp(0.0, 1.0) }
}

impl From<Rect> for Quad {
    fn from(rect: Rect) -> Self {
        let at = |x, y| Point { x, y };
        Self([
            at(rect.left, rect.top),
            at(rect.right, rect.top),
            at(rect.right, rect.bottom),
            at(rect.left, rect.bottom),
        ])
    }
}

impl From<[f64; 2]> for Point {
    fn from([x, y]: [f64; 2]) -> Self {
        Self { x, y }
    }
}

impl From<Point> for [f64; 2] {
    fn from(point: Point) -> Self {
        [point.x, point.y]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rect_survives_the_way_through_a_quad() {
        let rect = Rect::new(0.5, 0.2, 0.1, 0.4);
        assert_eq!(Quad::from(rect).bounds(), rect);
        assert!(rect.left < rect.right);
    }

    #[test]
    fn overlap_is_a_share_of_the_shorter_span() {
        let wide = Rect::new(0.0, 0.0, 1.0, 0.1);
        let inside = Rect::new(0.2, 0.5, 0.4, 0.6);
        let beside = Rect::new(0.9, 0.05, 1.1, 0.15);
        assert_eq!(wide.overlap_x(&inside), 1.0);
        assert_eq!(wide.overlap_y(&inside), 0.0);
        assert!((wide.overlap_x(&beside) - 0.5).abs() < 1e-9);
    }
}
