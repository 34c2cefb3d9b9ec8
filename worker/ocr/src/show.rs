//! A page as people see it: its picture in grey, no larger than asked for.
//! Reading what stands on it is left to `reader`.

use image::GrayImage;

use crate::resize::resize;

/// A page's picture in grey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagePicture {
    /// In pixels, at least one.
    pub width: u32,
    /// In pixels, at least one.
    pub height: u32,
    /// A byte a pixel, 0 is black, row by row from the top left.
    pub pixels: Vec<u8>,
}

impl PagePicture {
    /// The picture, made smaller where a side is longer than `longest` pixels.
    pub(crate) fn of(picture: GrayImage, longest: u32) -> Self {
        let side = picture.width().max(picture.height());
        let small = if side > longest {
            let scaled = |length: u32| {
                let scaled = u64::from(length) * u64::from(longest) / u64::from(side.max(1));
                u32::try_from(scaled).unwrap_or(longest).max(1)
            };
            resize(&picture, scaled(picture.width()), scaled(picture.height()))
        } else {
            picture
        };
        Self { width: small.width(), height: small.height(), pixels: small.into_raw() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_made_smaller_but_never_larger() {
        let cases = [((40, 20), 50, (40, 20)), ((400, 200), 100, (100, 50)), ((1, 900), 300, (1, 300))];
        for ((width, height), longest, expected) in cases {
            let made = PagePicture::of(GrayImage::new(width, height), longest);
            assert_eq!((made.width, made.height), expected);
            assert_eq!(made.pixels.len(), (expected.0 * expected.1) as usize);
        }
    }
}
