//! Draws a page of a PDF as a grey picture.
//! Whether that is needed is left to `trust`.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};

use super::layer::Layer;
use crate::decode::grey::Greys;
use crate::decode::{DecodeError, Picture};
use crate::limits::Limits;

const POINTS_PER_INCH: f64 = 72.0;
/// What scanners use and Tesseract is trained for.
const USUAL_DPI: f64 = 300.0;
/// Below this small print is lost.
const LEAST_DPI: f64 = 150.0;
/// Pixels of a drawn page, about a letter page at 400 dpi: posters are drawn smaller.
const MOST_PIXELS: f64 = 15_000_000.0;
/// The renderer counts pixels of a side in 16 bits.
const MOST_SIDE: f64 = 16_000.0;

/// The picture of `page`, whose drawing `layer` has noted.
pub(crate) fn picture<'a>(
    page: &'a Page<'a>,
    layer: &Layer,
    limits: &Limits,
) -> Result<Picture, DecodeError> {
    let dpi = dpi_for(layer);
    let scale = dpi / POINTS_PER_INCH;
    limits.check_pixels((layer.width * scale) as u32, (layer.height * scale) as u32)?;
    if layer.width * scale < 1.0 || layer.height * scale < 1.0 {
        return Err(DecodeError::corrupt("the page has no area"));
    }
    let scale = scale as f32;
    let pixmap = render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE },
    );
    let (width, height) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
    let pixels = pixmap.data().iter().map(|pixel| [pixel.r, pixel.g, pixel.b]);
    let Greys { grey, lightest } = Greys::of_pixels(width, height, pixels)
        .ok_or_else(|| DecodeError::corrupt("the page could not be drawn"))?;
    let main = layer.images.iter().max_by(|one, two| one.share.total_cmp(&two.share));
    let bilevel = main.is_some_and(|image| image.bilevel && image.share > 0.5);
    Ok(Picture { grey, lightest, dpi: Some(dpi), bilevel, camera: false })
}

/// The resolution of the picture that fills the page, or the usual one, within reason.
fn dpi_for(layer: &Layer) -> f64 {
    let main = layer.images.iter().filter(|image| image.share > 0.5).map(|image| {
        let [a, b, c, d, _, _] = image.placed.as_coeffs();
        let points_per_pixel = a.hypot(b).max(c.hypot(d));
        POINTS_PER_INCH / points_per_pixel.max(1e-6)
    });
    let wanted = main.fold(0.0, f64::max);
    let wanted = if wanted > 0.0 { wanted.clamp(LEAST_DPI, USUAL_DPI) } else { USUAL_DPI };
    let area = (layer.width * layer.height).max(1.0);
    let by_area = POINTS_PER_INCH * (MOST_PIXELS / area).sqrt();
    let by_side = POINTS_PER_INCH * MOST_SIDE / layer.width.max(layer.height).max(1.0);
    wanted.min(by_area).min(by_side)
}
