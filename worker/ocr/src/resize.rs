//! Brings pictures to another size.
//! Which size is left to those who show them to readers.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::GrayImage;

/// `picture` at `width` by `height` pixels: what is left out is averaged, what is put in follows the edges.
pub(crate) fn resize(picture: &GrayImage, width: u32, height: u32) -> GrayImage {
    let enlarged = width > picture.width() || height > picture.height();
    let filter = if enlarged { FilterType::CatmullRom } else { FilterType::Bilinear };
    let mut made = Image::new(width.max(1), height.max(1), PixelType::U8);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    let shown = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8);
    // Both fail only for other kinds of pixels and for crops, which this has not; a picture of no pixels stays empty.
    let done = shown.is_ok_and(|shown| Resizer::new().resize(&shown, &mut made, &options).is_ok());
    let made = if done { made.into_vec() } else { Vec::new() };
    GrayImage::from_raw(width.max(1), height.max(1), made)
        .unwrap_or_else(|| GrayImage::new(width.max(1), height.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    #[test]
    fn what_is_left_out_is_averaged() {
        let stripes = GrayImage::from_fn(64, 16, |x, _| Luma([if x % 2 == 0 { 0 } else { 200 }]));
        let half = resize(&stripes, 16, 16);
        assert_eq!(half.dimensions(), (16, 16));
        assert!(half.pixels().all(|pixel| (90..110).contains(&pixel.0[0])), "{half:?}");
        assert_eq!(resize(&GrayImage::from_pixel(3, 2, Luma([70])), 9, 8).get_pixel(8, 7).0[0], 70);
        assert_eq!(resize(&GrayImage::new(0, 0), 2, 0).dimensions(), (2, 1));
    }
}
