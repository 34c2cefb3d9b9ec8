//! Finds the documents of an upload: which pages belong together, of which type they are, and what they say.
//! Judging them is left to `check`.

use document::{Confidence, Digest, MrzLine, Page, PageText, Reading};

use crate::aamva::Card;
use crate::classify::{Classification, PageSigns, classify};
use crate::extract::{Extraction, PageInput, extract};
use crate::field::{ExtractedDocument, Field, UNKNOWN, Value};
use crate::layout::Layout;
use crate::pieces::Pieces;
use crate::rules::Rules;
use crate::rules::document_type::DocumentType;

/// The documents in the files of an upload, in the order in which they begin. A page of no known type belongs to the
/// document before it in its file; if there is none, it is a document of its own, of the type `unknown`. Confidences
/// are what the rules' calibration makes of those of the readers.
pub fn documents(readings: &[Reading], rules: &Rules) -> Vec<ExtractedDocument> {
    let mut sheaves: Vec<Sheaf<'_>> = Vec::new();
    let mut number = 0;
    for reading in readings {
        let mut first_of_file = true;
        for page in &reading.pages {
            number += 1;
            let sheet = Sheet::new(reading, page, number, rules);
            let last = sheaves.last_mut().filter(|sheaf| sheaf.goes_on(&sheet, first_of_file));
            match last {
                Some(sheaf) => sheaf.add(sheet),
                None if sheet.is_empty => continue,
                None => sheaves.push(Sheaf::new(sheet)),
            }
            first_of_file = false;
        }
    }
    sheaves.iter().map(Sheaf::read).collect()
}

/// A page with its words laid out and its type found.
struct Sheet<'a> {
    page: &'a Page,
    file: Digest,
    /// Blank, or not to be read.
    is_empty: bool,
    layout: Layout,
    pieces: Pieces<'a>,
    card: Option<Card<'a>>,
    document_type: Option<&'a DocumentType>,
    confidence: Confidence,
}

/// The pages of one document.
struct Sheaf<'a> {
    sheets: Vec<Sheet<'a>>,
    document_type: Option<&'a DocumentType>,
    confidence: Confidence,
}

impl<'a> Sheet<'a> {
    fn new(reading: &Reading, page: &'a Page, number: u32, rules: &'a Rules) -> Self {
        let curve = rules.calibration().curve(reading, page);
        let is_legible = |text: &PageText| text.is_legible_as(|confidence| curve.at(confidence));
        let is_empty = !page.text.as_ref().is_ok_and(is_legible);
        let layout = Layout::new(page, number, curve);
        let pieces = Pieces::new(&layout, rules.wordbook());
        let card = page.text.as_ref().ok().and_then(|text| Card::of(&text.barcodes));
        let signs = PageSigns { layout: &layout, pieces: &pieces, mrz: zone(page), card: card.as_ref() };
        let Classification { document_type, confidence } = classify(&signs, rules);
        Self { page, file: reading.document, is_empty, layout, pieces, card, document_type, confidence }
    }

    fn input(&self) -> PageInput<'_> {
        PageInput {
            layout: &self.layout,
            pieces: &self.pieces,
            mrz: zone(self.page),
            card: self.card.as_ref(),
        }
    }
}

impl<'a> Sheaf<'a> {
    fn new(sheet: Sheet<'a>) -> Self {
        Self { document_type: sheet.document_type, confidence: sheet.confidence, sheets: vec![sheet] }
    }

    fn add(&mut self, sheet: Sheet<'a>) {
        if sheet.document_type.is_some() {
            self.confidence = Confidence::clamped(self.confidence.get().max(sheet.confidence.get()));
        }
        self.sheets.push(sheet);
    }

    /// Whether `sheet` is a further page of this document.
    fn goes_on(&self, sheet: &Sheet<'_>, first_of_file: bool) -> bool {
        match (self.document_type, sheet.document_type) {
            _ if sheet.is_empty => true,
            (Some(own), Some(other)) => own.name() == other.name() && !self.contradicts(sheet, own),
            (None | Some(_), None) => !first_of_file,
            (None, Some(_)) => false,
        }
    }

    /// Whether `sheet`, read by itself, states an amount, a number or a date otherwise than the pages so far: two pay
    /// stubs are two documents, two pages of a statement are one.
    fn contradicts(&self, sheet: &Sheet<'_>, document_type: &DocumentType) -> bool {
        let inputs: Vec<_> = self.sheets.iter().map(Sheet::input).collect();
        let own = extract(&inputs, document_type);
        let other = extract(&[sheet.input()], document_type);
        let differs =
            |name: &String, field: &Field| match (own.fields.get(name).and_then(Field::value), field.value())
            {
                (Some(one), Some(two)) => is_figure(one) && one != two,
                _ => false,
            };
        other.fields.iter().any(|(name, field)| differs(name, field))
    }

    fn read(&self) -> ExtractedDocument {
        let inputs: Vec<_> = self.sheets.iter().map(Sheet::input).collect();
        let Extraction { fields, constraints } =
            self.document_type.map(|own| extract(&inputs, own)).unwrap_or_default();
        let mut files: Vec<_> = self.sheets.iter().map(|sheet| sheet.file).collect();
        files.dedup();
        let capture = self.sheets.first().map_or(document::Capture::Scan, |sheet| sheet.page.capture);
        ExtractedDocument {
            document_type: self.document_type.map_or(UNKNOWN, DocumentType::name).to_owned(),
            type_confidence: self.confidence,
            capture,
            files,
            pages: self.sheets.iter().map(|sheet| sheet.layout.page).collect(),
            fields,
            constraints,
        }
    }
}

fn zone(page: &Page) -> &[MrzLine] {
    page.text.as_ref().map(|text| text.mrz.as_slice()).unwrap_or_default()
}

fn is_figure(value: &Value) -> bool {
    match value {
        Value::Money(_) | Value::Number(_) | Value::Date(_) => true,
        Value::Name(_)
        | Value::Address(_)
        | Value::Ssn(_)
        | Value::Code(_)
        | Value::Choice(_)
        | Value::Text(_) => false,
    }
}
