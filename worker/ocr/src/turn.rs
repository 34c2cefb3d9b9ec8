//! Quarter turns of pages that were put in sideways or upside down.
//! Finding out which way a page lies is left to `engine`.

use document::{Point, Quad};
use image::{GrayImage, imageops};

/// How a page must be turned to be upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Clockwise,
    Over,
    Anticlockwise,
}

impl Turn {
    /// The turn that undoes one of `degrees` clockwise; `None` where there is nothing to undo.
    pub(crate) fn undoing(degrees: u16) -> Option<Self> {
        match degrees {
            90 => Some(Self::Anticlockwise),
            180 => Some(Self::Over),
            270 => Some(Self::Clockwise),
            _ => None,
        }
    }

    /// `picture`, turned.
    pub(crate) fn apply(self, picture: &GrayImage) -> GrayImage {
        match self {
            Self::Clockwise => imageops::rotate90(picture),
            Self::Over => imageops::rotate180(picture),
            Self::Anticlockwise => imageops::rotate270(picture),
        }
    }

    /// Where `quad` of the turned page stands on the page as it was.
    pub(crate) fn undo(self, quad: &Quad) -> Quad {
        Quad::new(quad.corners().map(|Point { x, y }| match self {
            Self::Clockwise => Point { x: y, y: 1.0 - x },
            Self::Over => Point { x: 1.0 - x, y: 1.0 - y },
            Self::Anticlockwise => Point { x: 1.0 - y, y: x },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use document::Rect;
    use image::Luma;

    #[test]
    fn a_place_on_the_turned_page_is_found_again() {
        // A dark pixel at the left of the second row of three by two.
        let mut page = GrayImage::from_pixel(3, 2, Luma([255]));
        page.put_pixel(0, 1, Luma([0]));
        for turn in [Turn::Clockwise, Turn::Over, Turn::Anticlockwise] {
            let turned = turn.apply(&page);
            let (x, y, _) = turned.enumerate_pixels().find(|(_, _, pixel)| pixel.0[0] == 0).unwrap();
            let (width, height) = (f64::from(turned.width()), f64::from(turned.height()));
            let (x, y) = (f64::from(x), f64::from(y));
            let quad = Rect::new(x / width, y / height, (x + 1.0) / width, (y + 1.0) / height).into();
            let bounds = turn.undo(&quad).bounds();
            let expected = Rect::new(0.0, 0.5, 1.0 / 3.0, 1.0);
            assert!((bounds.left - expected.left).abs() < 1e-9, "{turn:?}");
            assert!((bounds.bottom - expected.bottom).abs() < 1e-9, "{turn:?}");
        }
    }
}
