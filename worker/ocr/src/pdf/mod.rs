//! Opens PDFs and gives each page as words, where its text layer can be trusted, or else as a picture.
//! Recognising the picture is left to `recognise`.

mod forms;
mod guard;
mod history;
mod layer;
mod origin;
mod raster;
#[cfg(test)]
mod tests;
mod traces;
mod trust;
mod words;

use std::sync::Arc;

use document::{Change, DocumentFault, Origin, PageFault, Quad, Rect, Word};
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro::kurbo;

use crate::decode::{DecodeError, Picture};
use crate::limits::Limits;
use history::Earlier;
use layer::{Drawn, Layer};

/// An opened PDF.
pub(crate) struct PdfFile {
    pdf: Pdf,
    /// What it was before it was saved again.
    earlier: Vec<Earlier>,
    origin: Origin,
}

/// What a page of a PDF gives.
pub(crate) enum PdfPage {
    /// The words of its text layer, which may be none on an empty page.
    Words { words: Vec<Word>, strokes: Vec<Quad> },
    /// Its picture, still to be read.
    Picture(Picture),
}

impl PdfFile {
    /// Opens `bytes`, with the empty password where one is needed.
    pub(crate) fn open(bytes: &Arc<Vec<u8>>, limits: &Limits) -> Result<Self, DocumentFault> {
        guard::check_raw(bytes, limits)?;
        let pdf = Pdf::new(Arc::clone(bytes)).map_err(|error| match error {
            LoadPdfError::Decryption(DecryptionError::PasswordProtected) => DocumentFault::Encrypted,
            LoadPdfError::Decryption(_) => corrupt("its encryption is of no known kind"),
            LoadPdfError::Invalid => corrupt("no page tree can be found in it"),
        })?;
        limits.check_pages(pdf.pages().len())?;
        if pdf.pages().is_empty() {
            return Err(corrupt("it has no pages"));
        }
        guard::check_streams(&pdf, limits)?;
        let history = history::of(bytes, limits);
        let origin = origin::of(&pdf, &history);
        Ok(Self { pdf, earlier: history.earlier, origin })
    }

    /// What it tells of how it was made.
    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// How many pages there are, at least one.
    pub(crate) fn page_count(&self) -> usize {
        self.pdf.pages().len()
    }

    /// Page `index`, counted from 0: its shape as width by height, what it gives, and what shows that it was changed.
    pub(crate) fn page(
        &self,
        index: usize,
        limits: &Limits,
    ) -> Result<(f64, PdfPage, Vec<Change>), (f64, PageFault)> {
        let Some(page) = self.pdf.pages().get(index) else {
            return Err((1.0, PageFault::Corrupt { detail: "the page cannot be found".to_owned() }));
        };
        let (width, height) = page.render_dimensions();
        let aspect = f64::from(width) / f64::from(height);
        let content = || -> Result<(PdfPage, Vec<Change>), DecodeError> {
            let layer = layer::read(page, Drawn::Everything);
            // A page that draws nothing is blank; one whose drawing cannot be decoded only looks so.
            if layer.is_blank() && page.raw().contains_key(b"Contents") && page.page_stream().is_none() {
                return Err(DecodeError::corrupt("the content of the page could not be decoded"));
            }
            let mut changes = history::rewritten(page, index, &self.earlier);
            changes.extend(traces::of(&layer));
            if trust::is_whole(&layer) {
                let strokes = layer.strokes.iter().map(|place| on_page(&layer, place)).collect();
                return Ok((PdfPage::Words { words: words::of(&layer), strokes }, changes));
            }
            for image in &layer.images {
                limits.check_pixels(image.width, image.height)?;
            }
            let picture = raster::picture(page, &layer, limits)?;
            Ok((PdfPage::Picture(picture), changes))
        };
        match content() {
            Ok((content, changes)) => Ok((aspect, content, changes)),
            Err(error) => Err((aspect, error.into())),
        }
    }

    /// What page `index`, counted from 0, looks like; `None` where it cannot be drawn.
    pub(crate) fn picture(&self, index: usize, limits: &Limits) -> Option<Picture> {
        let page = self.pdf.pages().get(index)?;
        let layer = layer::read(page, Drawn::Everything);
        let sizes = layer.images.iter().map(|image| limits.check_pixels(image.width, image.height));
        sizes.collect::<Result<(), _>>().ok()?;
        raster::picture(page, &layer, limits).ok()
    }
}

/// A box in points as a quad in fractions of the page.
fn on_page(layer: &Layer, place: &kurbo::Rect) -> Quad {
    let (x, y) = (|x: f64| x / layer.width, |y: f64| y / layer.height);
    Rect::new(x(place.x0), y(place.y0), x(place.x1), y(place.y1)).into()
}

fn corrupt(detail: &str) -> DocumentFault {
    DocumentFault::Corrupt { detail: detail.to_owned() }
}
