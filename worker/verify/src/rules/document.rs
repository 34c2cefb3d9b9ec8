//! `rules/documents/<type>.yaml`: how a type of document is recognised and read.
//! Only the form of the file; what it comes to on a page is left to `classify` and `extract`.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::constraint::{ConstraintRule, ProductRule};
use crate::text::each_token;

/// One document type.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentRule {
    /// `vouch/document/1`.
    pub schema: String,
    /// The type's name: also the name of the file.
    #[serde(rename = "type")]
    pub document_type: String,
    /// What people call it.
    pub title: Title,
    /// By which words it is known.
    pub recognise: Recognise,
    /// Groups of words that qualify a label: which column, which row.
    #[serde(default)]
    pub terms: BTreeMap<String, Vec<String>>,
    /// The fields, by name.
    #[serde(default)]
    pub fields: BTreeMap<String, FieldRule>,
    /// People and organisations named on it, with or without an address.
    #[serde(default)]
    pub parties: Vec<PartyRule>,
    /// Phrases that hold a field's label but mean something else: `taxable gross`.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Pairs of its values whose product stands beside them.
    #[serde(default)]
    pub products: Vec<ProductRule>,
    /// What its values must satisfy among themselves.
    #[serde(default)]
    pub constraints: Vec<ConstraintRule>,
}

/// A text in each language.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// English.
    pub en: String,
    /// Spanish.
    pub es: String,
}

/// Signs whose weights are added up.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recognise {
    /// The sum at which the type is as likely as not; every further point makes it about three times likelier.
    pub at_least: f64,
    /// What speaks for the type, or against it.
    pub signs: Vec<Sign>,
}

/// Something that speaks for a type when its weight is positive, against it when negative; counted once.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// How much.
    pub weight: f64,
    /// Any of these phrases stands on the page.
    #[serde(default)]
    pub phrases: Vec<String>,
    /// A machine readable zone that begins with this: `P` for passports.
    #[serde(default)]
    pub mrz: Option<String>,
    /// A value of this kind stands on the page.
    #[serde(default)]
    pub value: Option<Kind>,
    /// The barcode of a driver's license or identity card.
    #[serde(default)]
    pub card: bool,
}

/// How one field is read.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldRule {
    /// What kind of value it is.
    pub kind: Kind,
    /// The words that may stand beside or above the value, the surest first.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Of a date that is one end of a range, or a part of a name: the words that may stand beside the whole.
    #[serde(default)]
    pub range_labels: Vec<String>,
    /// Of an amount: words that say the same of others too; a value beside them does not count where it is but a part of
    /// a sum, which another printed amount completes.
    #[serde(default)]
    pub weak_labels: Vec<String>,
    /// Where the value may stand, seen from its label.
    #[serde(default = "right_and_below")]
    pub look: Vec<Look>,
    /// The group of terms that should stand in the row or column crossing the label's.
    #[serde(default)]
    pub with: Option<String>,
    /// Groups of terms that must not.
    #[serde(default)]
    pub without: Vec<String>,
    /// The group of terms in whose rows the sums of columns stand: what stands there under a label is a value too.
    #[serde(default)]
    pub totals: Option<String>,
    /// Of several labels the first on the page is the likeliest: on a certificate of birth the parents stand after the child.
    #[serde(default)]
    pub first_label: bool,
    /// Of several amounts in a row without headings, which one.
    #[serde(default)]
    pub order: Option<Order>,
    /// Of a range of dates, which end; of a name with the surname before a comma, the surname (`start`) or the rest.
    #[serde(default)]
    pub part: Option<RangePart>,
    /// Each normal form with the phrases that mean it: the words of a choice, or amounts written as words, as `none`.
    #[serde(default)]
    pub choices: Choices,
    /// The part of a machine readable zone that says the same.
    #[serde(default)]
    pub mrz: Option<MrzPart>,
    /// The part of the barcode on a license or identity card that says it.
    #[serde(default)]
    pub card: Option<CardPart>,
    /// The words of running text that the value stands next to.
    #[serde(default)]
    pub prose: Prose,
    /// The field in the line under whose value this one stands: the title under a signature's name.
    #[serde(default)]
    pub under: Option<String>,
    /// Of a date: days stand before months, as on passports.
    #[serde(default)]
    pub days_first: bool,
    /// Of an amount: printed in whole dollars, as on tax returns.
    #[serde(default)]
    pub whole_dollars: bool,
    /// Of an amount: its minus says that it is taken away, and is no part of it.
    #[serde(default)]
    pub unsigned: bool,
    /// The field whose amount this one is not where the sums of that one come out and those of this one do not: the year's
    /// net pay and the period's, which may stand in its column.
    #[serde(default)]
    pub gives_way_to: Option<String>,
    /// An amount for one unit, which may be printed with four decimals: `29.2000`.
    #[serde(default)]
    pub per_unit: bool,
    /// What comes right after a value that is another: `$20.30 per hour` is no pay of a period.
    #[serde(default)]
    pub not_before: Vec<String>,
    /// How far under its label the value may stand, in heights of text.
    #[serde(default = "reach")]
    pub reach: f64,
}

/// Parts of sentences: `has been employed since`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prose {
    /// Words that the value comes right after.
    #[serde(default)]
    pub after: Vec<String>,
    /// Words that the value comes right before.
    #[serde(default)]
    pub before: Vec<String>,
    /// The field whose value it comes right after: how often an amount is paid.
    #[serde(default)]
    pub following: Option<String>,
    /// It is the one name of its kind within sentences, whatever stands next to it.
    #[serde(default)]
    pub anyone: bool,
}

/// Under a label, at the most so many heights of text away.
const REACH: f64 = 5.0;

fn reach() -> f64 {
    REACH
}

impl FieldRule {
    /// Whether the label of this rank is one of the weak ones.
    pub(crate) fn is_weak(&self, rank: usize) -> bool {
        rank >= self.labels.len() + self.range_labels.len()
    }

    /// A field of this kind, known by no label.
    pub fn of(kind: Kind) -> Self {
        Self {
            kind,
            labels: Vec::new(),
            range_labels: Vec::new(),
            weak_labels: Vec::new(),
            look: Vec::new(),
            with: None,
            without: Vec::new(),
            totals: None,
            first_label: false,
            order: None,
            part: None,
            choices: Choices::default(),
            mrz: None,
            card: None,
            prose: Prose::default(),
            under: None,
            days_first: false,
            whole_dollars: false,
            unsigned: false,
            gives_way_to: None,
            per_unit: false,
            not_before: Vec::new(),
            reach: REACH,
        }
    }
}

/// The words of the normal form of a choice, each with the phrases that mean it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(from = "BTreeMap<String, Vec<String>>", into = "BTreeMap<String, Vec<String>>")]
#[schemars(with = "BTreeMap<String, Vec<String>>")]
pub struct Choices {
    written: BTreeMap<String, Vec<String>>,
    /// The choice that each phrase means, by the phrase's pieces with one space between them.
    by_phrase: FxHashMap<String, String>,
    /// The pieces that phrases begin with, and a bit for each letter that these begin with.
    first_pieces: FxHashSet<String>,
    first_letters: u64,
    /// The pieces of the longest phrase.
    longest: usize,
}

impl Choices {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// The choice whose phrase `text` begins with, and the bytes that it takes; of several phrases the longest.
    pub fn begins(&self, text: &str) -> Option<(&str, usize)> {
        let first = text.bytes().next().filter(u8::is_ascii_alphanumeric);
        if first.is_some_and(|first| self.first_letters & letter_bit(first) == 0) {
            return None;
        }
        let (mut said, mut buffer, mut end, mut found) = (String::new(), String::new(), 0, None);
        for word in text.split(' ').take(self.longest) {
            end += word.len();
            add_pieces(word, &mut said, &mut buffer);
            let first = said.split(' ').next().unwrap_or_default();
            if !first.is_empty() && !self.first_pieces.contains(first) {
                return None;
            }
            found = self.by_phrase.get(&said).map(|choice| (choice.as_str(), end)).or(found);
            end += 1;
        }
        found
    }
}

impl From<BTreeMap<String, Vec<String>>> for Choices {
    fn from(written: BTreeMap<String, Vec<String>>) -> Self {
        let mut by_phrase = FxHashMap::default();
        for (choice, phrase) in
            written.iter().flat_map(|(choice, all)| all.iter().map(move |one| (choice, one)))
        {
            let mut said = String::new();
            add_pieces(phrase, &mut said, &mut String::new());
            by_phrase.entry(said).or_insert_with(|| choice.clone());
        }
        let first = |phrase: &String| phrase.split(' ').next().unwrap_or_default().to_owned();
        let first_pieces: FxHashSet<_> = by_phrase.keys().map(first).collect();
        let letters = first_pieces.iter().filter_map(|piece| piece.bytes().next());
        let first_letters = letters.fold(0, |letters, letter| letters | letter_bit(letter));
        let longest = by_phrase.keys().map(|phrase| phrase.split(' ').count()).max().unwrap_or_default();
        Self { written, by_phrase, first_pieces, first_letters, longest }
    }
}

impl From<Choices> for BTreeMap<String, Vec<String>> {
    fn from(choices: Choices) -> Self {
        choices.written
    }
}

/// A bit for a letter or a digit; several may share one.
fn letter_bit(letter: u8) -> u64 {
    1 << (letter.to_ascii_lowercase() % 64)
}

/// Adds the pieces of `text` to what was said, a space before each but the first.
fn add_pieces(text: &str, said: &mut String, buffer: &mut String) {
    each_token(text, buffer, |piece| {
        if !said.is_empty() {
            said.push(' ');
        }
        said.push_str(piece);
    });
}

fn right_and_below() -> Vec<Look> {
    vec![Look::Right, Look::Below]
}

/// The kinds of values of `documents.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Dollars.
    Money,
    /// A plain number: hours, units.
    Number,
    /// A year of four digits.
    Year,
    /// A day.
    Date,
    /// A day, or a month and its year, which stand for its first day.
    Month,
    /// A person's name.
    Person,
    /// An organisation's name.
    Organisation,
    /// An address, on one line or several.
    Address,
    /// A Social Security number, perhaps with hidden digits.
    Ssn,
    /// Letters and digits, at least one digit.
    Code,
    /// A code of digits and signs alone.
    Digits,
    /// A taxpayer's number: a Social Security number, or an employer's two digits and seven.
    Tin,
    /// A telephone number of the United States.
    Phone,
    /// A state's two letters, or its name.
    State,
    /// One of the words listed under `choices`.
    Choice,
    /// Whether somebody signed: `yes` or `no`.
    Signature,
    /// A span of time as printed: two days, a month, several.
    Period,
    /// Whatever is printed.
    Text,
}

/// Where a value stands, seen from its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// In the same row, after it.
    Right,
    /// Under it.
    Below,
    /// Over it.
    Above,
    /// Nowhere near one: any such value on the page.
    Anywhere,
    /// Beside a mark: the box of a choice that is ticked.
    Ticked,
    /// Nowhere near one: a person's name in the lower half of the page with a title at work behind or under it, as under
    /// letters.
    Titled,
}

/// A place among the amounts of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The leftmost.
    First,
    /// The rightmost.
    Last,
}

/// One end of a range of dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RangePart {
    /// The first day.
    Start,
    /// The last day.
    End,
}

/// A part of a machine readable zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "named as ICAO 9303 names them")]
pub enum MrzPart {
    Surname,
    GivenNames,
    DocumentNumber,
    Nationality,
    IssuingState,
    DateOfBirth,
    DateOfExpiry,
    Sex,
    /// What the issuer put where the format leaves room, on the first line: the number of a card.
    OptionalData,
    /// All lines, joined by a newline.
    Lines,
}

/// A part of the barcode on a driver's license or identity card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "named as the card design standard of AAMVA names them")]
pub enum CardPart {
    FamilyName,
    GivenName,
    MiddleName,
    DocumentNumber,
    DateOfBirth,
    DateOfIssue,
    DateOfExpiry,
    Address,
    State,
    Sex,
}

/// A person or organisation that stands on the document, often as an address block without a label.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartyRule {
    /// `person` or `organisation`.
    pub kind: Kind,
    /// The fields for the lines of the name above the address, top to bottom: one for most, two on a licence.
    pub names: Vec<String>,
    /// The field for the address.
    #[serde(default)]
    pub address: Option<String>,
    /// The address is where the party gets its mail: it is the field's where nothing on the document is labelled as it.
    #[serde(default)]
    pub mailing: bool,
    /// The words that may stand beside or above the block, the surest first.
    #[serde(default)]
    pub labels: Vec<String>,
    /// The labels of further parts of the name, standing in a row with the first: `last name`, `suffix`.
    #[serde(default)]
    pub spans: Vec<String>,
    /// The numbers before the lines of its names, as on licences: field 1 is the family name, field 2 the given names.
    #[serde(default)]
    pub markers: Vec<String>,
    /// May also be known by standing at the head of the page.
    #[serde(default)]
    pub letterhead: bool,
    /// How many lines one name may take.
    #[serde(default = "one")]
    pub lines: usize,
    /// May be taken for the party without any label.
    #[serde(default = "yes")]
    pub unlabelled: bool,
}

fn one() -> usize {
    1
}

pub(super) fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_known_by_its_longest_phrase() {
        let written = [
            ("weekly", vec!["weekly"]),
            ("biweekly", vec!["bi-weekly", "every two weeks"]),
            ("a", vec!["every"]),
            ("joint", vec!["married filing a return with the spouse"]),
        ];
        let own = |(choice, phrases): (&str, Vec<&str>)| {
            (choice.to_owned(), phrases.into_iter().map(str::to_owned).collect::<Vec<_>>())
        };
        let choices = Choices::from(written.map(own).into_iter().collect::<BTreeMap<_, _>>());
        let cases = [
            ("Weekly pay", Some(("weekly", 6))),
            ("BI-WEEKLY", Some(("biweekly", 9))),
            ("Every two weeks, on", Some(("biweekly", 16))),
            ("every other", Some(("a", 5))),
            ("Married filing a return with the spouse only", Some(("joint", 39))),
            ("pay weekly", None),
            ("", None),
        ];
        for (print, expected) in cases {
            assert_eq!(choices.begins(print), expected, "{print}");
        }
    }
}
