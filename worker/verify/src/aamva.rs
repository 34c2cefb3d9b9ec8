//! What the barcode on the back of a driver's license or identity card says (AAMVA DL/ID card design standard, annex D).
//! Reading the barcode is left to the reader; whether it says what is printed on the front, to the rules.

use document::{Barcode, BarcodeKind, Quad};
use jiff::civil::Date;

use crate::field::Value;
use crate::rules::document::CardPart;

/// The data of a card, as its barcode holds them.
#[derive(Debug, Clone, PartialEq)]
pub struct Card<'a> {
    /// The name of each data element, three letters, with what stands in it.
    elements: Vec<(&'a str, &'a str)>,
    /// Where the barcode stands.
    pub quad: Quad,
}

impl<'a> Card<'a> {
    /// The card that one of the barcodes of a page is of.
    pub fn of(barcodes: &'a [Barcode]) -> Option<Self> {
        let codes = barcodes.iter().filter(|code| code.kind == BarcodeKind::Pdf417);
        codes.filter_map(|code| Some(Self { elements: elements(&code.text)?, quad: code.quad })).next()
    }

    /// What the card says of one part; `None` where it says nothing of it, or nothing that can be.
    pub fn value(&self, part: CardPart) -> Option<Value> {
        match part {
            CardPart::FamilyName => {
                let name = self.first(&["DCS", "DAB"]).or_else(|| self.part_of_name(0))?;
                let suffix = self.first(&["DCU", "DAE"]).or_else(|| self.part_of_name(3));
                Some(Value::Name(joined([Some(name), suffix])))
            }
            CardPart::GivenName => self.first(&["DAC", "DCT"]).or_else(|| self.part_of_name(1)).map(name),
            CardPart::MiddleName => self.first(&["DAD"]).or_else(|| self.part_of_name(2)).map(name),
            CardPart::DocumentNumber => {
                let number = self.first(&["DAQ"])?;
                Some(Value::Code(number.split_whitespace().collect::<String>().to_uppercase()))
            }
            CardPart::DateOfBirth => self.first(&["DBB"]).and_then(day).map(Value::Date),
            CardPart::DateOfIssue => self.first(&["DBD"]).and_then(day).map(Value::Date),
            CardPart::DateOfExpiry => self.first(&["DBA"]).and_then(day).map(Value::Date),
            CardPart::Address => self.address().map(Value::Address),
            CardPart::State => self.first(&["DAJ"]).map(|state| Value::Code(state.to_uppercase())),
            CardPart::Sex => {
                let sex = match self.first(&["DBC"])? {
                    "1" | "M" => "M",
                    "2" | "F" => "F",
                    "9" | "X" => "X",
                    _ => return None,
                };
                Some(Value::Choice(sex.to_owned()))
            }
        }
    }

    /// The first of the elements that has something in it.
    fn first(&self, names: &[&str]) -> Option<&'a str> {
        /// What issuers write where there is nothing to say.
        const NOTHING: [&str; 4] = ["", "NONE", "UNAVL", "UNAVAIL"];
        let found = names.iter().filter_map(|name| self.elements.iter().find(|(own, _)| own == name));
        found.map(|(_, value)| *value).find(|value| !NOTHING.contains(&value.to_uppercase().as_str()))
    }

    /// Older cards hold the whole name in one: family name, given name, middle name, suffix.
    fn part_of_name(&self, index: usize) -> Option<&'a str> {
        let part = self.first(&["DAA"])?.split(',').nth(index)?.trim();
        (!part.is_empty()).then_some(part)
    }

    fn address(&self) -> Option<String> {
        /// The four further digits of a ZIP code where there are none.
        const WITHOUT_MORE: &str = "0000";
        let street = joined([self.first(&["DAG"]), self.first(&["DAH"])]);
        let (city, state) = (self.first(&["DAI"])?, self.first(&["DAJ"])?);
        let digits: String = self.first(&["DAK"])?.chars().filter(char::is_ascii_digit).collect();
        let zip = match digits.split_at_checked(5)? {
            (zip, more) if more.len() == 4 && more != WITHOUT_MORE => format!("{zip}-{more}"),
            (zip, _) => zip.to_owned(),
        };
        (!street.is_empty()).then(|| format!("{street}, {city}, {state} {zip}"))
    }
}

/// The data elements of a barcode's text; `None` where it is not of a card.
fn elements(text: &str) -> Option<Vec<(&str, &str)>> {
    /// What a card's text begins with, after a few signs that hold no data. Files before the year 2000 name the standard.
    const HEADERS: [&str; 2] = ["ANSI ", "AAMVA"];
    let (header, _) = HEADERS.iter().filter_map(|header| Some((text.find(header)?, header))).min()?;
    let text = text.get(header..).filter(|_| header < 8)?;
    // The header tells where the part about the license (DL) or identity card (ID) begins, but not every issuer counts
    // right: its first element follows its own name.
    let begins = |kind: &str| Some(text.find(kind)? + kind.len() - 1);
    let begin = ["DLD", "IDD"].iter().filter_map(|kind| begins(kind)).min()?;
    let lines = text.get(begin..)?.split(['\n', '\r', '\u{1e}']);
    let named = lines.filter_map(|line| line.split_at_checked(3));
    Some(named.filter(|(name, _)| is_element(name)).map(|(name, value)| (name, value.trim())).collect())
}

fn is_element(name: &str) -> bool {
    matches!(name.as_bytes(), [b'D', b'A'..=b'D', b'A'..=b'Z'])
}

fn name(words: &str) -> Value {
    Value::Name(joined([Some(words)]))
}

/// The parts with one space between their words.
fn joined<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let words = parts.into_iter().flatten().flat_map(|part| part.split([' ', ',', '@', '$']));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A day, as the United States write it (month, day, year) or as Canada and the first version do (year, month, day).
fn day(digits: &str) -> Option<Date> {
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<i16>().ok();
    let date = |year: i16, month: i16, day: i16| {
        Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok().filter(|_| year > 1900)
    };
    if digits.len() != 8 {
        return None;
    }
    let american = date(number(4, 8)?, number(0, 2)?, number(2, 4)?);
    american.or_else(|| date(number(0, 4)?, number(4, 6)?, number(6, 8)?))
}

#[cfg(test)]
mod tests {
    use document::Rect;

    use super::*;

    const MODERN: &str = "@\n\u{1e}\rANSI 636014080102DL00410288ZC03290015DLDAQD1234567\nDCSLOPEZ-GARCIA\nDDEN\nDACMARIA\n\
                          DADELENA\nDBD08242023\nDBB04021988\nDBA04022028\nDBC2\nDAG1420 OAK ST\nDAHAPT 4\nDAIOAKLAND\nDAJCA\n\
                          DAK946070000  \nDCF00/00/0000\nDCGUSA\rZCZCABRN\nZCBBLK\r";
    const OLD: &str = "@\n\u{1e}\rAAMVA6360000102DL00390187ZV02260032DLDAQT64-236-1\nDAARUIZ,ANA,,JR\nDAG9 ELM AVE\nDAIANYTOWN\n\
                       DAJVA\nDAK123459999  \nDBA20011201\nDBB19761123\nDBCM\r";

    fn barcode(text: &str) -> Barcode {
        Barcode {
            kind: BarcodeKind::Pdf417,
            text: text.to_owned(),
            quad: Rect::new(0.1, 0.6, 0.9, 0.9).into(),
        }
    }

    fn said(text: &str, part: CardPart) -> Option<String> {
        Card::of(&[barcode(text)])?.value(part).map(|value| value.to_string())
    }

    #[test]
    fn a_card_says_who_holds_it() {
        let cases = [
            (CardPart::FamilyName, "LOPEZ-GARCIA", "RUIZ JR"),
            (CardPart::GivenName, "MARIA", "ANA"),
            (CardPart::DocumentNumber, "D1234567", "T64-236-1"),
            (CardPart::DateOfBirth, "1988-04-02", "1976-11-23"),
            (CardPart::DateOfExpiry, "2028-04-02", "2001-12-01"),
            (CardPart::Address, "1420 OAK ST APT 4, OAKLAND, CA 94607", "9 ELM AVE, ANYTOWN, VA 12345-9999"),
            (CardPart::Sex, "F", "M"),
        ];
        for (part, modern, old) in cases {
            assert_eq!(said(MODERN, part).as_deref(), Some(modern), "{part:?}");
            assert_eq!(said(OLD, part).as_deref(), Some(old), "{part:?}");
        }
        assert_eq!(said(OLD, CardPart::MiddleName), None);
        assert_eq!(said(OLD, CardPart::DateOfIssue), None);
    }

    #[test]
    fn other_barcodes_are_of_no_card() {
        let far = format!("{}{MODERN}", "no card ".repeat(9));
        for text in ["", "https://example.org/ANSI", "@\n\u{1e}\rANSI 636014", far.as_str()] {
            assert_eq!(Card::of(&[barcode(text)]), None, "{text}");
        }
        let square = Barcode { kind: BarcodeKind::Qr, ..barcode(MODERN) };
        assert_eq!(Card::of(&[square]), None);
    }

    #[test]
    fn what_cannot_be_is_not_said() {
        for (element, part) in [
            ("DBB13452001", CardPart::DateOfBirth),
            ("DBBñ2021988", CardPart::DateOfBirth),
            ("DBC7", CardPart::Sex),
            ("DADNONE", CardPart::MiddleName),
            ("DAKx", CardPart::Address),
            ("DAQ", CardPart::DocumentNumber),
        ] {
            let text = format!("@\n\u{1e}\rANSI 636014080001DL00310050DL{element}\nDAG1 A ST\nDAIB\nDAJCA\n");
            assert_eq!(said(&text, part), None, "{element}");
        }
    }
}
