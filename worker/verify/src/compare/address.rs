//! Compares addresses of the United States by house number, street, unit, town and ZIP code. Abbreviations, ZIP+4 and
//! punctuation are mere writing; a unit or a street type that only one side shows is unsure.

use ::document::Applicant;

use super::{Comparison, Likeness, words};

/// Compares the address that a document shows with the applicant's; `None` where the applicant gave none.
pub fn addresses(shown: &str, applicant: &Applicant) -> Option<Comparison> {
    let given = applicant.address.as_deref()?;
    let (likeness, why) = Parts::of(shown).compare(&Parts::of(given));
    Some(Comparison::new(likeness, format!("'{shown}' against '{given}': {why}")))
}

/// The two letters of the state that an address lies in; `None` where it names none, or an unknown one.
pub fn state_of(address: &str) -> Option<&'static str> {
    Parts::of(address).state
}

/// An address, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parts {
    house: Option<String>,
    /// Street and town, written out.
    rest: Vec<String>,
    unit: Option<String>,
    state: Option<&'static str>,
    zip: Option<String>,
    box_number: bool,
}

impl Parts {
    fn of(address: &str) -> Self {
        let separated = address.replace('#', " UNIT ");
        let mut tokens = words(&separated);
        if matches!(tokens.last().map(String::as_str), Some("USA" | "US")) {
            tokens.pop();
        }
        let mut parts = Self { zip: take_zip(&mut tokens), ..Self::default() };
        parts.state = take_state(&mut tokens);
        parts.box_number =
            tokens.windows(2).any(|pair| matches!(pair, [po, word] if po == "PO" && word == "BOX"));
        parts.unit = take_unit(&mut tokens);
        let house = tokens.iter().position(|token| token.starts_with(|sign: char| sign.is_ascii_digit()));
        parts.house = house.filter(|at| *at == 0).map(|at| tokens.remove(at));
        parts.rest = tokens.iter().map(|token| written_out(token)).collect();
        parts
    }

    fn compare(&self, other: &Self) -> (Likeness, String) {
        if self.box_number || other.box_number {
            return (Likeness::Unsure, "a post office box is no home".to_owned());
        }
        let (Some(house), Some(other_house)) = (&self.house, &other.house) else {
            return (Likeness::Unsure, "no house number can be made out".to_owned());
        };
        if house != other_house {
            return (Likeness::Differ, format!("house number {house} is not {other_house}"));
        }
        if let (Some(state), Some(other_state)) = (self.state, other.state)
            && state != other_state
        {
            return (Likeness::Differ, format!("{state} is not {other_state}"));
        }
        self.compare_streets(other)
    }

    fn compare_streets(&self, other: &Self) -> (Likeness, String) {
        let same_zip = match (&self.zip, &other.zip) {
            (Some(zip), Some(other_zip)) => Some(zip == other_zip),
            (None, _) | (_, None) => None,
        };
        let (one, two) = (self.rest.join(" "), other.rest.join(" "));
        let part_of = self.rest.len().min(other.rest.len()) >= 2
            && (self.rest.starts_with(&other.rest) || other.rest.starts_with(&self.rest));
        let alike = one == two || (part_of && same_zip == Some(true));
        let near = strsim::osa_distance(&one, &two) <= 2 || part_of;
        match (alike, same_zip) {
            (true, Some(false)) => (Likeness::Unsure, "the ZIP codes differ".to_owned()),
            (true, _) => self.compare_units(other),
            (false, _) if near => (Likeness::Unsure, format!("{one} is nearly {two}")),
            (false, Some(true)) => {
                (Likeness::Unsure, "house number and ZIP code agree, the rest does not".to_owned())
            }
            (false, _) => (Likeness::Differ, format!("{one} is not {two}")),
        }
    }

    fn compare_units(&self, other: &Self) -> (Likeness, String) {
        match (&self.unit, &other.unit) {
            (None, None) => (Likeness::Match, "the same address".to_owned()),
            (Some(one), Some(two)) if one == two => (Likeness::Match, "the same address".to_owned()),
            (Some(one), Some(two)) => (Likeness::Differ, format!("unit {one} is not {two}")),
            (Some(unit), None) | (None, Some(unit)) => {
                (Likeness::Unsure, format!("only one of them names unit {unit}"))
            }
        }
    }
}

/// Takes a ZIP code with or without its four further digits off the end.
fn take_zip(tokens: &mut Vec<String>) -> Option<String> {
    let digits =
        |token: &String, count| token.len() == count && token.bytes().all(|byte| byte.is_ascii_digit());
    if tokens.last().is_some_and(|last| digits(last, 4))
        && tokens.iter().rev().nth(1).is_some_and(|before| digits(before, 5))
    {
        tokens.pop();
    }
    let last = tokens.last()?;
    if digits(last, 9) || (digits(last, 5) && tokens.len() > 1) {
        return tokens.pop().and_then(|zip| zip.get(..5).map(ToOwned::to_owned));
    }
    None
}

/// Takes a state's letters or name off the end.
fn take_state(tokens: &mut Vec<String>) -> Option<&'static str> {
    for length in [1, 2] {
        let start = tokens.len().checked_sub(length)?;
        let tail = tokens.get(start..)?.join(" ");
        if let Some((code, _)) = STATES.iter().find(|(code, name)| tail == *code || tail == *name) {
            tokens.truncate(start);
            return Some(code);
        }
    }
    None
}

/// Takes the flat, suite or room out of the middle.
fn take_unit(tokens: &mut Vec<String>) -> Option<String> {
    let marks =
        ["APT", "APARTMENT", "UNIT", "STE", "SUITE", "RM", "ROOM", "SPC", "SPACE", "LOT", "BLDG", "NO"];
    // A mark at the beginning is a name: `Space Center Drive`.
    let at = tokens.iter().skip(1).position(|token| marks.contains(&token.as_str()))? + 1;
    tokens.remove(at);
    while tokens.get(at).is_some_and(|token| marks.contains(&token.as_str())) {
        tokens.remove(at);
    }
    if at < tokens.len() { Some(tokens.remove(at)) } else { None }
}

fn written_out(token: &str) -> String {
    let found = ABBREVIATIONS.iter().find(|(short, _)| *short == token);
    found.map_or(token, |(_, long)| long).to_owned()
}

const ABBREVIATIONS: [(&str, &str); 42] = [
    ("ST", "STREET"),
    ("STR", "STREET"),
    ("AV", "AVENUE"),
    ("AVE", "AVENUE"),
    ("BL", "BOULEVARD"),
    ("BLVD", "BOULEVARD"),
    ("RD", "ROAD"),
    ("DR", "DRIVE"),
    ("LN", "LANE"),
    ("CT", "COURT"),
    ("PL", "PLACE"),
    ("CIR", "CIRCLE"),
    ("TER", "TERRACE"),
    ("TERR", "TERRACE"),
    ("SQ", "SQUARE"),
    ("HWY", "HIGHWAY"),
    ("PKWY", "PARKWAY"),
    ("PKY", "PARKWAY"),
    ("FWY", "FREEWAY"),
    ("TRL", "TRAIL"),
    ("WY", "WAY"),
    ("ALY", "ALLEY"),
    ("PLZ", "PLAZA"),
    ("XING", "CROSSING"),
    ("CYN", "CANYON"),
    ("VLY", "VALLEY"),
    ("HTS", "HEIGHTS"),
    ("HLS", "HILLS"),
    ("MT", "MOUNT"),
    ("FT", "FORT"),
    ("N", "NORTH"),
    ("S", "SOUTH"),
    ("E", "EAST"),
    ("W", "WEST"),
    ("NE", "NORTHEAST"),
    ("NW", "NORTHWEST"),
    ("SE", "SOUTHEAST"),
    ("SW", "SOUTHWEST"),
    ("SN", "SAN"),
    ("STA", "SANTA"),
    ("1ST", "FIRST"),
    ("2ND", "SECOND"),
];

const STATES: [(&str, &str); 56] = [
    ("AL", "ALABAMA"),
    ("AK", "ALASKA"),
    ("AZ", "ARIZONA"),
    ("AR", "ARKANSAS"),
    ("CA", "CALIFORNIA"),
    ("CO", "COLORADO"),
    ("CT", "CONNECTICUT"),
    ("DE", "DELAWARE"),
    ("DC", "DISTRICT COLUMBIA"),
    ("FL", "FLORIDA"),
    ("GA", "GEORGIA"),
    ("HI", "HAWAII"),
    ("ID", "IDAHO"),
    ("IL", "ILLINOIS"),
    ("IN", "INDIANA"),
    ("IA", "IOWA"),
    ("KS", "KANSAS"),
    ("KY", "KENTUCKY"),
    ("LA", "LOUISIANA"),
    ("ME", "MAINE"),
    ("MD", "MARYLAND"),
    ("MA", "MASSACHUSETTS"),
    ("MI", "MICHIGAN"),
    ("MN", "MINNESOTA"),
    ("MS", "MISSISSIPPI"),
    ("MO", "MISSOURI"),
    ("MT", "MONTANA"),
    ("NE", "NEBRASKA"),
    ("NV", "NEVADA"),
    ("NH", "NEW HAMPSHIRE"),
    ("NJ", "NEW JERSEY"),
    ("NM", "NEW MEXICO"),
    ("NY", "NEW YORK"),
    ("NC", "NORTH CAROLINA"),
    ("ND", "NORTH DAKOTA"),
    ("OH", "OHIO"),
    ("OK", "OKLAHOMA"),
    ("OR", "OREGON"),
    ("PA", "PENNSYLVANIA"),
    ("RI", "RHODE ISLAND"),
    ("SC", "SOUTH CAROLINA"),
    ("SD", "SOUTH DAKOTA"),
    ("TN", "TENNESSEE"),
    ("TX", "TEXAS"),
    ("UT", "UTAH"),
    ("VT", "VERMONT"),
    ("VA", "VIRGINIA"),
    ("WA", "WASHINGTON"),
    ("WV", "WEST VIRGINIA"),
    ("WI", "WISCONSIN"),
    ("WY", "WYOMING"),
    ("PR", "PUERTO RICO"),
    ("GU", "GUAM"),
    ("VI", "VIRGIN ISLANDS"),
    ("AS", "AMERICAN SAMOA"),
    ("MP", "NORTHERN MARIANA"),
];

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "1420 Harbor Way, Oakland CA 94607";

    fn compare(shown: &str, given: &str) -> Comparison {
        let applicant = Applicant {
            first_name: "Ines".to_owned(),
            last_name: "Okafor".to_owned(),
            date_of_birth: None,
            address: Some(given.to_owned()),
            ssn_last4: None,
        };
        addresses(shown, &applicant).unwrap()
    }

    #[test]
    fn addresses_are_compared_by_what_they_mean() {
        let flat = "88 N. Pine St., Apt 4B, Fresno, CA 93701-2210";
        let cases = [
            (HOME, "1420 HARBOR WY OAKLAND, CALIFORNIA 94607", Likeness::Match),
            (HOME, "1420 Harbor Way, 94607", Likeness::Match),
            (HOME, "1420 Harbor Way, Oakland CA", Likeness::Match),
            (HOME, "1420 Harbor Way, Oakland CA 94607-1234 USA", Likeness::Match),
            (flat, "88 North Pine Street #4B, Fresno CA 93701", Likeness::Match),
            (flat, "88 N Pine St, Fresno CA 93701", Likeness::Unsure),
            (flat, "88 N Pine St Unit 5C, Fresno CA 93701", Likeness::Differ),
            (HOME, "1420 Harbor, Oakland CA 94607", Likeness::Unsure),
            (HOME, "1420 Harbor Way, Oakland CA 94601", Likeness::Unsure),
            (HOME, "1420 Harbar Way, Oakland CA 94607", Likeness::Unsure),
            (HOME, "1420 Elm Street, Oakland CA 94607", Likeness::Unsure),
            (HOME, "1421 Harbor Way, Oakland CA 94607", Likeness::Differ),
            (HOME, "1420 Elm Street, Fresno CA 93701", Likeness::Differ),
            (HOME, "1420 Harbor Way, Oakland OR 97462", Likeness::Differ),
            (HOME, "PO Box 1420, Oakland CA 94607", Likeness::Unsure),
            (HOME, "Harbor Way, Oakland CA 94607", Likeness::Unsure),
        ];
        for (shown, given, expected) in cases {
            let found = compare(shown, given);
            assert_eq!(found.likeness, expected, "{}", found.because);
            let turned = compare(given, shown);
            assert_eq!(turned.likeness, expected, "turned: {}", turned.because);
        }
    }

    #[test]
    fn the_state_is_found() {
        let cases = [
            (HOME, Some("CA")),
            ("10 Main St, Reno, Nevada 89501", Some("NV")),
            ("10 Main St, Albany, New York", Some("NY")),
            ("10 Main St 94607", None),
            ("", None),
        ];
        for (address, expected) in cases {
            assert_eq!(state_of(address), expected, "{address}");
        }
    }
}
