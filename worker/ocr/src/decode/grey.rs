//! Turns decoded pixels of any colour model into grey, as they look on white paper.
//! Making the grey easier to read is left to `prepare`.

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};

/// How far the channels of a pixel must lie apart for it to be coloured.
const COLOURED: u8 = 40;
/// One in so many pixels must be coloured for the page to be.
const COLOURED_SHARE: usize = 50;

/// Grey pixels, and for a coloured page the lightest of each pixel's channels.
pub(crate) struct Greys {
    pub(crate) grey: GrayImage,
    pub(crate) lightest: Option<GrayImage>,
}

impl Greys {
    /// The greys of `image`, turned upright.
    pub(crate) fn of(image: DynamicImage, orientation: Orientation) -> Self {
        let colours = image.color();
        let greys = if colours.has_alpha() {
            Self::of_rgb(&on_paper(image))
        } else if colours.has_color() {
            Self::of_rgb(&image.into_rgb8())
        } else {
            Self { grey: image.into_luma8(), lightest: None }
        };
        let upright = |picture: GrayImage| {
            let mut image = DynamicImage::ImageLuma8(picture);
            image.apply_orientation(orientation);
            image.into_luma8()
        };
        Self { grey: upright(greys.grey), lightest: greys.lightest.map(upright) }
    }

    /// The greys of pixels given one by one.
    pub(crate) fn of_pixels(width: u32, height: u32, pixels: impl Iterator<Item = [u8; 3]>) -> Option<Self> {
        let count = width as usize * height as usize;
        let (mut grey, mut lightest) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let mut coloured = 0;
        for [red, green, blue] in pixels {
            let most = red.max(green).max(blue);
            coloured += usize::from(most - red.min(green).min(blue) > COLOURED);
            // The weights of ITU-R BT.709, in parts of 256.
            grey.push(((u32::from(red) * 54 + u32::from(green) * 183 + u32::from(blue) * 19) >> 8) as u8);
            lightest.push(most);
        }
        let lightest = (coloured * COLOURED_SHARE > count).then_some(lightest);
        let grey = GrayImage::from_raw(width, height, grey)?;
        Some(Self { grey, lightest: lightest.and_then(|pixels| GrayImage::from_raw(width, height, pixels)) })
    }

    fn of_rgb(image: &RgbImage) -> Self {
        let pixels = image.as_raw().chunks_exact(3).map(|pixel| match pixel {
            [red, green, blue] => [*red, *green, *blue],
            _ => [255; 3],
        });
        Self::of_pixels(image.width(), image.height(), pixels)
            .unwrap_or_else(|| Self { grey: GrayImage::new(image.width(), image.height()), lightest: None })
    }
}

/// Red, green and blue of cyan, magenta, yellow and black, as the inks lie on white paper.
pub(crate) fn from_cmyk(samples: &[u8]) -> Vec<u8> {
    let ink = |part: u8, black: u8| (u16::from(255 - part) * u16::from(255 - black) / 255) as u8;
    samples
        .chunks_exact(4)
        .flat_map(|inks| match inks {
            [cyan, magenta, yellow, black] => {
                [ink(*cyan, *black), ink(*magenta, *black), ink(*yellow, *black)]
            }
            _ => [255; 3],
        })
        .collect()
}

/// What is transparent shows the paper.
fn on_paper(image: DynamicImage) -> RgbImage {
    let see_through = image.into_rgba8();
    let mut paper = RgbImage::new(see_through.width(), see_through.height());
    for (pixel, seen) in paper.pixels_mut().zip(see_through.pixels()) {
        let [red, green, blue, opacity] = seen.0.map(u16::from);
        pixel.0 = [red, green, blue].map(|part| ((part * opacity + 255 * (255 - opacity)) / 255) as u8);
    }
    paper
}
