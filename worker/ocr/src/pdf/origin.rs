//! What a PDF says of its own making: its information dictionary, and the names of programs in its metadata.
//! What an earlier state of it said is left to `history`.

use document::Origin;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{DateTime as PdfTime, Dict, Stream};
use jiff::ToSpan as _;
use jiff::civil::{DateTime, datetime};

use super::forms::decoded;
use super::history::History;

/// How many programs are named, and with how many characters.
const MOST_PROGRAMS: usize = 16;
const LONGEST_NAME: usize = 120;
/// How much of the metadata is looked through, in bytes.
const MOST_METADATA: usize = 256 << 10;
/// The entries of metadata (XMP) that name a program.
const PROGRAM_TAGS: [&str; 3] = ["pdf:Producer", "xmp:CreatorTool", "stEvt:softwareAgent"];

/// What `pdf` says of its making.
pub(crate) fn of(pdf: &Pdf, history: &History) -> Origin {
    let about = pdf.metadata();
    let name = |bytes: &Option<Box<[u8]>>| bytes.as_deref().and_then(|bytes| clean(&decoded(bytes)));
    let producer = name(&about.producer);
    let earliest = history.earlier.first().map(|earlier| earlier.pdf.metadata());
    let mut programs = Vec::new();
    let earlier = history.earlier.iter().map(|earlier| earlier.pdf.metadata());
    let own = earlier.chain([about]).flat_map(|about| [name(&about.producer), name(&about.creator)]);
    for program in own.flatten().chain(metadata_programs(pdf)) {
        if programs.len() < MOST_PROGRAMS && !programs.contains(&program) {
            programs.push(program);
        }
    }
    Origin {
        programs,
        producer,
        first_producer: earliest.and_then(|about| name(&about.producer)),
        created: about.creation_date.and_then(in_utc),
        modified: about.modification_date.and_then(in_utc),
        saves: history.saves,
        changes: Vec::new(),
    }
}

/// The programs that the metadata stream names.
fn metadata_programs(pdf: &Pdf) -> Vec<String> {
    let root = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    let stream = root.and_then(|root| root.get::<Stream<'_>>(b"Metadata"));
    let Some(text) = stream.and_then(|stream| stream.decoded().ok().map(std::borrow::Cow::into_owned)) else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(text.get(..MOST_METADATA).unwrap_or(&text)).into_owned();
    let found = PROGRAM_TAGS.iter().flat_map(|tag| values(&text, tag));
    found.take(4 * MOST_PROGRAMS).collect()
}

/// What stands in elements and attributes of this name.
fn values<'a>(text: &'a str, tag: &'a str) -> impl Iterator<Item = String> + 'a {
    text.match_indices(tag).filter_map(move |(at, _)| {
        let rest = text.get(at + tag.len()..)?;
        let value = match (rest.strip_prefix('>'), rest.strip_prefix("=\"")) {
            (Some(element), _) => element.split('<').next(),
            (None, Some(attribute)) => attribute.split('"').next(),
            (None, None) => None,
        };
        clean(value?)
    })
}

/// A name without what is not printed, and no longer than names are.
fn clean(text: &str) -> Option<String> {
    let printed: String = text.chars().filter(|it| !it.is_control()).take(LONGEST_NAME).collect();
    let printed = printed.trim();
    (!printed.is_empty()).then(|| printed.to_owned())
}

fn in_utc(time: PdfTime) -> Option<DateTime> {
    let part = |number: u8| i8::try_from(number).ok();
    let year = i16::try_from(time.year).ok().filter(|year| (1..=9999).contains(year))?;
    let days = 1..=jiff::civil::Date::new(year, part(time.month)?, 1).ok()?.days_in_month();
    let (month, day) = (part(time.month)?, part(time.day).filter(|day| days.contains(day))?);
    let (hour, minute, second) = (time.hour.min(23), time.minute.min(59), time.second.min(59));
    let local = datetime(year, month, day, part(hour)?, part(minute)?, part(second)?, 0);
    let offset = i64::from(time.utc_offset_hour);
    let minutes = 60 * offset.abs() + i64::from(time.utc_offset_minute);
    local.checked_sub((offset.signum() * minutes).minutes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_names_programs_in_elements_and_attributes() {
        let text = r#"<x xmp:CreatorTool="Paint 3"><pdf:Producer>Some &amp; Other</pdf:Producer></x>"#;
        assert_eq!(values(text, "xmp:CreatorTool").collect::<Vec<_>>(), ["Paint 3"]);
        assert_eq!(values(text, "pdf:Producer").collect::<Vec<_>>(), ["Some &amp; Other"]);
    }

    #[test]
    fn times_are_those_of_greenwich_and_impossible_ones_none() {
        let time = |day, offset| PdfTime {
            year: 2026,
            month: 2,
            day,
            hour: 20,
            minute: 30,
            second: 0,
            utc_offset_hour: offset,
            utc_offset_minute: 30,
        };
        let shown = |time| in_utc(time).map(|time| time.to_string());
        assert_eq!(shown(time(28, -8)).as_deref(), Some("2026-03-01T05:00:00"));
        assert_eq!(shown(time(28, 5)).as_deref(), Some("2026-02-28T15:00:00"));
        assert_eq!(shown(time(30, 0)), None);
    }
}
