//! Walks through what a page draws and notes its glyphs and pictures with their places.
//! Whether the glyphs can be trusted is left to `trust`, making words of them to `words`.

use hayro::hayro_interpret::font::{Glyph as FontGlyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, InterpreterWarning, Paint, SoftMask, TransformExt, interpret_page,
};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, Point, Rect, Shape, Vec2};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::forms;

/// Glyphs are drawn on a grid of so many units an em.
const UNITS_PER_EM: f64 = 1000.0;
/// The width of a glyph whose font states none, in ems.
const USUAL_ADVANCE: f64 = 0.5;

/// What a page draws, in points, origin top left of the upright page.
pub(crate) struct Layer {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) glyphs: Vec<Glyph>,
    pub(crate) images: Vec<Placed>,
    /// Filled or stroked shapes that could be letters: small, and not straight rules.
    pub(crate) small_shapes: usize,
    /// Shapes of any size.
    pub(crate) shapes: usize,
    /// Fonts or pictures that could not be loaded.
    pub(crate) warnings: usize,
}

impl Layer {
    /// Whether the page draws nothing at all.
    pub(crate) fn is_blank(&self) -> bool {
        self.glyphs.is_empty() && self.images.is_empty() && self.shapes == 0
    }
}

/// One glyph as drawn.
#[derive(Debug, Clone)]
pub(crate) struct Glyph {
    /// The characters it stands for; `None` where the font does not say.
    pub(crate) text: Option<String>,
    /// The left end of its baseline.
    pub(crate) origin: Point,
    /// From its origin to where the next glyph belongs.
    pub(crate) advance: Vec2,
    /// From its baseline one em up.
    pub(crate) up: Vec2,
    /// Whether it leaves a mark that a person could see.
    pub(crate) visible: bool,
}

/// One picture as drawn.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    /// Its size in pixels.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// The square it is drawn into, mapped to the page.
    pub(crate) placed: Affine,
    /// How much of the page lies under it, in `0.0..=1.0`.
    pub(crate) share: f64,
    /// How many glyphs were drawn before it.
    pub(crate) after_glyphs: usize,
    /// Drawn by a stencil or stored with one bit a pixel.
    pub(crate) bilevel: bool,
    /// Whether it hides all that was drawn before it.
    pub(crate) opaque: bool,
}

impl Placed {
    /// The upright box around it on the page.
    fn bounds(&self) -> Rect {
        let outline = Rect::new(0.0, 0.0, f64::from(self.width), f64::from(self.height));
        self.placed.transform_rect_bbox(outline)
    }
}

/// Everything `page` draws.
pub(crate) fn read<'a>(page: &'a Page<'a>) -> Layer {
    let (width, height) = page.render_dimensions();
    let bounds = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let warnings = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&warnings);
    let settings = InterpreterSettings {
        warning_sink: Arc::new(move |warning| {
            if matches!(warning, InterpreterWarning::UnsupportedFont | InterpreterWarning::ImageDecodeFailure)
            {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        }),
        ..InterpreterSettings::default()
    };
    let cache = InterpreterCache::new();
    let upright = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(upright, bounds, &cache, page.xref(), settings);
    let mut notes = Notes {
        bounds,
        glyphs: Vec::new(),
        images: Vec::new(),
        small_shapes: 0,
        shapes: 0,
        see_through: Vec::new(),
    };
    interpret_page(page, &mut context, &mut notes);
    notes.glyphs.extend(forms::undrawn(page, upright));
    let mut layer = Layer {
        width: bounds.width(),
        height: bounds.height(),
        glyphs: notes.glyphs,
        images: notes.images,
        small_shapes: notes.small_shapes,
        shapes: notes.shapes,
        warnings: warnings.load(Ordering::Relaxed),
    };
    hide_what_is_covered(&mut layer);
    layer
}

/// Glyphs under a picture drawn later, as some scanners leave them, cannot be seen. A scan may come in strips.
fn hide_what_is_covered(layer: &mut Layer) {
    const STRIP: f64 = 0.02;
    for image in layer.images.iter().filter(|image| image.opaque && image.share > STRIP) {
        let covered = image.bounds();
        for glyph in layer.glyphs.iter_mut().take(image.after_glyphs) {
            glyph.visible &= !covered.contains(glyph.origin + 0.5 * glyph.advance + 0.3 * glyph.up);
        }
    }
}

struct Notes {
    bounds: Rect,
    glyphs: Vec<Glyph>,
    images: Vec<Placed>,
    small_shapes: usize,
    shapes: usize,
    /// For each group that is being drawn, whether what lies below it shows through.
    see_through: Vec<bool>,
}

impl<'a> Device<'a> for Notes {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, _: &DrawMode) {
        const LETTER: f64 = 40.0;
        self.shapes += 1;
        let size = props.transform.transform_rect_bbox(path.bounding_box()).size();
        let letter = size.width.max(size.height) < LETTER && size.width.min(size.height) > 1.0;
        self.small_shapes += usize::from(letter && path.elements().len() > 6);
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        let painted = !matches!(mode, DrawMode::Invisible) && leaves_a_mark(&props.paint);
        for glyph in run.glyphs() {
            let (text, advance) = match &**glyph {
                FontGlyph::Outline(outline) => (outline.as_unicode(), outline.advance_width()),
                FontGlyph::Type3(type3) => (type3.as_unicode(), type3.advance_width()),
            };
            let text = text.map(|text| match text {
                BfString::Char(one) => one.to_string(),
                BfString::String(several) => several,
            });
            let placed = props.transform * glyph.transform();
            let origin = placed * Point::ZERO;
            let along = advance.map_or(USUAL_ADVANCE * UNITS_PER_EM, f64::from);
            let advance = placed * Point::new(along, 0.0) - origin;
            let up = placed * Point::new(0.0, UNITS_PER_EM) - origin;
            let visible = painted && self.bounds.contains(origin + 0.5 * advance) && up.hypot() > 1.0;
            if [origin.x, origin.y, advance.x, advance.y, up.x, up.y].iter().all(|part| part.is_finite()) {
                self.glyphs.push(Glyph { text, origin, advance, up, visible });
            }
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let (width, height) = (image.width(), image.height());
        // Pictures are drawn with one unit a pixel.
        let outline = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let seen = props.transform.transform_rect_bbox(outline).intersect(self.bounds);
        let plain = props.soft_mask.is_none() && matches!(props.blend_mode, BlendMode::Normal);
        let opaque = plain && !self.see_through.contains(&true) && is_opaque(&image);
        let share = if self.bounds.area() > 0.0 { seen.area() / self.bounds.area() } else { 0.0 };
        let bilevel = matches!(image, Image::Stencil(_)) || {
            match &image {
                Image::Raster(raster) => raster.stream().dict().get::<u32>(b"BitsPerComponent") == Some(1),
                Image::Stencil(_) => true,
            }
        };
        let after_glyphs = self.glyphs.len();
        let placed = props.transform;
        self.images.push(Placed { width, height, placed, share, after_glyphs, bilevel, opaque });
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, opacity: f32, mask: Option<SoftMask<'a>>, blend: BlendMode) {
        self.see_through.push(opacity < 0.99 || mask.is_some() || !matches!(blend, BlendMode::Normal));
    }
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {
        self.see_through.pop();
    }
}

/// Whether no part of `image` lets through what lies below it.
fn is_opaque(image: &Image<'_, '_>) -> bool {
    match image {
        Image::Stencil(_) => false,
        Image::Raster(raster) => {
            let stream = raster.stream();
            !stream.dict().contains_key(b"SMask") && !stream.dict().contains_key(b"Mask")
        }
    }
}

/// White or transparent text is not meant to be seen.
fn leaves_a_mark(paint: &Paint<'_>) -> bool {
    match paint {
        Paint::Color(colour) => {
            let [red, green, blue, opacity] = colour.to_rgba().components();
            opacity > 0.05 && red.min(green).min(blue) < 0.97
        }
        Paint::Pattern(_) => true,
    }
}
