//! Walks through what a page draws and notes its glyphs and pictures with their places.
//! Whether the glyphs can be trusted is left to `trust`, making words of them to `words`.

use hayro::hayro_interpret::font::{Glyph as FontGlyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, InterpreterWarning, Paint, RenderContent, SoftMask, TransformExt, interpret_page,
};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape, Vec2};
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
    /// Plain boxes and pictures that hide glyphs drawn before them, or carry glyphs drawn after them.
    pub(crate) covers: Vec<Cover>,
    /// The names of the fonts that glyphs are set in.
    pub(crate) fonts: Vec<String>,
    /// Filled or stroked shapes that could be letters: small, and not straight rules.
    pub(crate) small_shapes: usize,
    /// Shapes of any size.
    pub(crate) shapes: usize,
    /// Where something is drawn that is neither print nor a rule: lines with many bends, and small pictures.
    pub(crate) strokes: Vec<Rect>,
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
    /// What it is printed in, whatever was drawn over it later.
    pub(crate) ink: Ink,
    /// Its font, by its place in [`Layer::fonts`]; `None` where the font has no name.
    pub(crate) font: Option<u16>,
}

/// What a glyph is printed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// A colour.
    Seen,
    /// The colour of paper.
    Paper,
    /// Nothing at all, as text is that somebody else's OCR laid over a scan; or it lies beside the page.
    Nothing,
}

/// An upright opaque box: a plain shape or a picture.
#[derive(Debug, Clone)]
pub(crate) struct Cover {
    pub(crate) bounds: Rect,
    /// How many glyphs were drawn before it.
    pub(crate) after_glyphs: usize,
    /// Whether it is a picture.
    pub(crate) picture: bool,
    /// Whether it is light, as paper is.
    pub(crate) light: bool,
    /// Whether pictures drawn before it fill the page.
    pub(crate) on_scan: bool,
}

impl Glyph {
    /// About the middle of its mark.
    pub(crate) fn centre(&self) -> Point {
        self.origin + 0.5 * self.advance + 0.3 * self.up
    }
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
    /// Drawn by a stencil or stored with one bit a pixel.
    pub(crate) bilevel: bool,
}

/// Which drawing of a page is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Drawn {
    /// All that is seen.
    Everything,
    /// Without what lies upon it: annotations, and the values of forms.
    PageAlone,
}

/// What `page` draws.
pub(crate) fn read<'a>(page: &'a Page<'a>, drawn: Drawn) -> Layer {
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
        render_content: match drawn {
            Drawn::Everything => RenderContent::all(),
            Drawn::PageAlone => RenderContent::PAGE,
        },
        ..InterpreterSettings::default()
    };
    let cache = InterpreterCache::new();
    let upright = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(upright, bounds, &cache, page.xref(), settings);
    let mut notes = Notes {
        bounds,
        glyphs: Vec::new(),
        images: Vec::new(),
        covers: Vec::new(),
        fonts: Vec::new(),
        small_shapes: 0,
        shapes: 0,
        strokes: Vec::new(),
        see_through: Vec::new(),
        clips: Vec::new(),
        grounds: Vec::new(),
    };
    interpret_page(page, &mut context, &mut notes);
    if drawn == Drawn::Everything {
        notes.glyphs.extend(forms::undrawn(page, upright));
    }
    let mut layer = Layer {
        width: bounds.width(),
        height: bounds.height(),
        glyphs: notes.glyphs,
        images: notes.images,
        covers: notes.covers,
        fonts: notes.fonts,
        small_shapes: notes.small_shapes,
        shapes: notes.shapes,
        strokes: notes.strokes,
        warnings: warnings.load(Ordering::Relaxed),
    };
    hide_what_is_covered(&mut layer);
    layer
}

/// Glyphs under a picture or a plain box drawn later, as some scanners leave them, cannot be seen. A scan may come in
/// strips.
fn hide_what_is_covered(layer: &mut Layer) {
    for Cover { bounds, after_glyphs, .. } in &layer.covers {
        for glyph in layer.glyphs.iter_mut().take(*after_glyphs) {
            glyph.visible &= !bounds.contains(glyph.centre());
        }
    }
}

/// How many boxes are remembered: a page of this world has a few hundred, and each is held against all glyphs.
const MOST_COVERS: usize = 2000;
/// Boxes that are no higher or wider, in points, are rules.
const RULE: f64 = 3.0;
/// What is drawn by hand has so many bends, and measures so much one way and the other, in points.
const BENDS: usize = 5;
const LONG: f64 = 30.0;
const TALL: f64 = 6.0;
/// What is larger, as a share of the page, is no signature.
const LARGEST: f64 = 0.1;
/// The most that are noted of a page.
const MOST_STROKES: usize = 24;
/// Pictures over more of the page than this are the page.
const PAGE_FILLING: f64 = 0.5;

struct Notes {
    bounds: Rect,
    glyphs: Vec<Glyph>,
    images: Vec<Placed>,
    covers: Vec<Cover>,
    fonts: Vec<String>,
    small_shapes: usize,
    shapes: usize,
    strokes: Vec<Rect>,
    /// The boxes beyond which nothing is drawn; `None` for those of another shape.
    clips: Vec<Option<Rect>>,
    /// For each group that is being drawn, whether what lies below it shows through.
    see_through: Vec<bool>,
    /// What is filled with one colour, the last on top.
    grounds: Vec<Ground>,
}

/// A filled place that print may stand on.
struct Ground {
    bounds: Rect,
    dark: bool,
}

impl Notes {
    /// Notes an opaque box, unless it is a shape cut to another one.
    fn cover(&mut self, bounds: Rect, picture: bool, light: bool) {
        if !picture && self.clips.contains(&None) {
            return;
        }
        let clips = self.clips.iter().flatten();
        let bounds = clips.fold(bounds.intersect(self.bounds), |bounds, clip| bounds.intersect(*clip));
        if bounds.width().min(bounds.height()) <= RULE || self.covers.len() >= MOST_COVERS {
            return;
        }
        let on_scan = self.images.iter().map(|image| image.share).sum::<f64>() >= PAGE_FILLING;
        // A background is drawn before what stands on it.
        if self.glyphs.is_empty() && !on_scan {
            return;
        }
        self.covers.push(Cover { bounds, after_glyphs: self.glyphs.len(), picture, light, on_scan });
    }

    /// Notes a filled place: a box, or a shape that fills nearly all of one, as a band with round corners. A shape of
    /// several outlines may be a frame around what is not filled.
    fn ground(&mut self, path: &BezPath, transform: Affine, paint: &Paint<'_>) {
        const NEARLY: f64 = 0.8;
        let Some(colour) = opaque_colour(paint) else { return };
        let bounds = path.bounding_box();
        let outlines = path.elements().windows(2);
        let outlines = outlines
            .filter(|steps| matches!(steps, [PathEl::MoveTo(_), next] if !matches!(next, PathEl::MoveTo(_))));
        let is_frame = outlines.count() > 1;
        if is_frame || path.area().abs() < NEARLY * bounds.area() || self.clips.contains(&None) {
            return;
        }
        let clips = self.clips.iter().flatten();
        let bounds = transform.transform_rect_bbox(bounds).intersect(self.bounds);
        let bounds = clips.fold(bounds, |bounds, clip| bounds.intersect(*clip));
        if bounds.width().min(bounds.height()) > RULE && self.grounds.len() < MOST_COVERS {
            self.grounds.push(Ground { bounds, dark: luminance(colour) < DARK });
        }
    }

    /// Whether what is on top at a point so far is dark.
    fn is_on_dark(&self, at: Point) -> bool {
        self.grounds.iter().rev().find(|ground| ground.bounds.contains(at)).is_some_and(|ground| ground.dark)
    }

    /// Notes what is as large as a signature.
    fn stroke(&mut self, place: Rect) {
        let place = place.intersect(self.bounds);
        let (long, short) = (place.width().max(place.height()), place.width().min(place.height()));
        let is_one = long >= LONG && short >= TALL && place.area() < LARGEST * self.bounds.area();
        if is_one && self.strokes.len() < MOST_STROKES {
            self.strokes.push(place);
        }
    }

    /// The number of the font that a run of glyphs is set in.
    fn font(&mut self, run: &GlyphRun<'_, '_>) -> Option<u16> {
        let name = match &**run.glyphs().first()? {
            FontGlyph::Outline(outline) => outline.font_data()?.postscript_name?,
            FontGlyph::Type3(_) => return None,
        };
        let known = self.fonts.iter().position(|font| *font == name);
        let at = known.unwrap_or_else(|| {
            self.fonts.push(name);
            self.fonts.len() - 1
        });
        u16::try_from(at).ok()
    }
}

impl<'a> Device<'a> for Notes {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        const LETTER: f64 = 40.0;
        self.shapes += 1;
        let place = props.transform.transform_rect_bbox(path.bounding_box());
        let size = place.size();
        let bends =
            path.elements().iter().filter(|step| matches!(step, PathEl::QuadTo(..) | PathEl::CurveTo(..)));
        if bends.count() >= BENDS {
            self.stroke(place);
        }
        let letter = size.width.max(size.height) < LETTER && size.width.min(size.height) > 1.0;
        self.small_shapes += usize::from(letter && path.elements().len() > 6);
        let filled = matches!(mode, DrawMode::Fill(_) | DrawMode::FillAndStroke(..));
        let plain = props.soft_mask.is_none() && matches!(props.blend_mode, BlendMode::Normal);
        if filled && plain && !self.see_through.contains(&true) {
            self.ground(path, props.transform, &props.paint);
            if let Some([red, green, blue]) = opaque_colour(&props.paint)
                && let Some(bounds) = upright_box(path, props.transform)
            {
                self.cover(bounds, false, red.min(green).min(blue) >= LIGHT);
            }
        }
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        let ink = match mode {
            DrawMode::Invisible => Ink::Nothing,
            DrawMode::Fill(_) | DrawMode::Stroke(_) | DrawMode::FillAndStroke(..) => ink_of(&props.paint),
        };
        let font = self.font(run);
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
            let stands = self.bounds.contains(origin + 0.5 * advance) && up.hypot() > 1.0;
            // White on a dark band is meant to be read.
            let stands_out = ink == Ink::Paper && self.is_on_dark(origin + 0.5 * advance + 0.3 * up);
            let ink = match (stands, stands_out) {
                (false, _) => Ink::Nothing,
                (true, true) => Ink::Seen,
                (true, false) => ink,
            };
            let visible = ink == Ink::Seen;
            if [origin.x, origin.y, advance.x, advance.y, up.x, up.y].iter().all(|part| part.is_finite()) {
                self.glyphs.push(Glyph { text, origin, advance, up, visible, ink, font });
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
        if opaque {
            self.cover(seen, true, false);
        }
        self.stroke(seen);
        let placed = props.transform;
        self.images.push(Placed { width, height, placed, share, bilevel });
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.clips.push(upright_box(&clip.path, Affine::IDENTITY));
    }
    fn push_clip_rect(&mut self, bounds: &Rect) {
        self.clips.push(Some(*bounds));
    }
    fn push_transparency_group(&mut self, opacity: f32, mask: Option<SoftMask<'a>>, blend: BlendMode) {
        self.see_through.push(opacity < 0.99 || mask.is_some() || !matches!(blend, BlendMode::Normal));
    }
    fn pop_clip(&mut self) {
        self.clips.pop();
    }
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
fn ink_of(paint: &Paint<'_>) -> Ink {
    match paint {
        Paint::Color(colour) => {
            let [red, green, blue, opacity] = colour.to_rgba().components();
            if opacity <= 0.05 {
                Ink::Nothing
            } else if red.min(green).min(blue) < 0.97 {
                Ink::Seen
            } else {
                Ink::Paper
            }
        }
        Paint::Pattern(_) => Ink::Seen,
    }
}

/// From this lightness on a box passes for paper.
const LIGHT: f32 = 0.8;

/// Below this luminance white stands out from a colour.
const DARK: f32 = 0.65;

/// How light a colour looks, in `0.0..=1.0` (ITU-R BT.709).
fn luminance([red, green, blue]: [f32; 3]) -> f32 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// Red, green and blue of a paint through which nothing shows.
fn opaque_colour(paint: &Paint<'_>) -> Option<[f32; 3]> {
    match paint {
        Paint::Color(colour) => {
            let [red, green, blue, opacity] = colour.to_rgba().components();
            (opacity > 0.99).then_some([red, green, blue])
        }
        Paint::Pattern(_) => None,
    }
}

/// The box that `path` draws, where it draws no more than one, upright on the page.
fn upright_box(path: &BezPath, transform: Affine) -> Option<Rect> {
    const SLACK: f64 = 0.1;
    let mut corners = Vec::with_capacity(5);
    for element in path.elements() {
        match element {
            PathEl::MoveTo(_) if !corners.is_empty() => return None,
            PathEl::MoveTo(at) | PathEl::LineTo(at) => corners.push(transform * *at),
            PathEl::ClosePath => {}
            PathEl::QuadTo(..) | PathEl::CurveTo(..) => return None,
        }
        if corners.len() > 5 {
            return None;
        }
    }
    let bounds = transform.transform_rect_bbox(path.bounding_box());
    let at_corner = |corner: &Point| {
        let near = |one: f64, low: f64, high: f64| (one - low).abs().min((one - high).abs()) < SLACK;
        near(corner.x, bounds.x0, bounds.x1) && near(corner.y, bounds.y0, bounds.y1)
    };
    (corners.len() >= 4 && corners.iter().all(at_corner)).then_some(bounds)
}
