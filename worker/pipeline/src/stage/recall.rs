//! From readings to what else was sent: whether a document, or nearly the same, came for another case before.
//! Whether that is a reason for doubt is left to the rules.
//!
//! Whoever sends a document first is written down under its digest, once and for all; likewise under the shelves of each
//! page's figures. Everybody later finds that record, and so does whoever judges an old submission anew: what a submission
//! finds never changes once it has found it, and the first one never finds anybody. Two that come at the same time are
//! told apart by the store, which lets one of them write.

use std::collections::BTreeMap;

use document::{Applicant, Digest, Page, Reading, Submission};
use serde::{Deserialize, Serialize};
use verify::doubt::{Circumstances, Sighting, Sketch};
use verify::text::tokens;

use super::read::Read;
use crate::{Created, Key, Store, StoreError, Timings};

/// The schema of [`Record`].
const SCHEMA: &str = "vouch/sighting/1";
/// How many pages of an upload are looked for among others, in order.
const MOST_PAGES: usize = 16;

/// A submission with the readings of its files, and what is known of them from other submissions.
#[derive(Debug)]
pub(crate) struct Recalled {
    pub(super) submission: Submission,
    pub(super) digests: Vec<Digest>,
    pub(super) readings: Vec<Reading>,
    pub(super) circumstances: Circumstances,
    pub(super) timings: Timings,
}

/// Who sent a document first. Names and addresses are kept as digests: they are compared and never shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    schema: String,
    submission_id: String,
    case_id: String,
    name: Digest,
    last_name: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    birth: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<Digest>,
    /// The figures of the page, where a page was written down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    figures: Vec<u32>,
}

impl Read {
    /// Looks for each file, and for each page, among those of other cases, and writes down those that are new.
    pub async fn recall<S: Store>(self, store: &S) -> Result<Recalled, StoreError> {
        let own = Record::of(&self.submission);
        let (mut seen, mut pages_left) = (Vec::new(), MOST_PAGES);
        for reading in self.readings.iter().filter(|reading| !reading.pages.is_empty()) {
            let document = reading.document;
            let first = first(store, &Key::sighting(&document), &own).await?;
            let exact = first.filter(|first| first.is_foreign_to(&own));
            seen.extend(exact.iter().map(|first| own.sighting(first, document, None, 1.0)));
            for page in reading.pages.iter().take(pages_left) {
                pages_left -= 1;
                let alike = alike(store, page, &own).await?;
                let others = alike.iter().filter(|(other, _)| {
                    exact.as_ref().is_none_or(|exact| exact.submission_id != other.submission_id)
                });
                seen.extend(
                    others
                        .map(|(other, likeness)| own.sighting(other, document, Some(page.number), *likeness)),
                );
            }
        }
        let Self { submission, digests, readings, timings } = self;
        Ok(Recalled { submission, digests, readings, circumstances: Circumstances { seen }, timings })
    }
}

/// The record under `key`, which is `own` if there was none. One that this version cannot use is as good as none.
async fn first<S: Store>(store: &S, key: &Key, own: &Record) -> Result<Option<Record>, StoreError> {
    let Ok(bytes) = serde_json::to_vec(own) else { return Ok(None) };
    if store.create_if_absent(key, &bytes).await? == Created::New {
        return Ok(None);
    }
    let found = store.get(key).await?.and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok());
    Ok(found.filter(|record| record.schema == SCHEMA))
}

/// The first senders of pages that share a shelf with this one, for other cases, with the likeness of the page: each
/// once, in the order of their submissions.
async fn alike<S: Store>(store: &S, page: &Page, own: &Record) -> Result<Vec<(Record, f64)>, StoreError> {
    let sketch = page.text.as_ref().ok().and_then(Sketch::of);
    let Some(sketch) = sketch else { return Ok(Vec::new()) };
    let own = Record { figures: sketch.hashes().collect(), ..own.clone() };
    let mut found: BTreeMap<String, (Record, f64)> = BTreeMap::new();
    for shelf in sketch.shelves() {
        let first = first(store, &Key::alike(&shelf), &own).await?;
        let Some(first) = first.filter(|first| first.is_foreign_to(&own)) else { continue };
        let Some(other) = Sketch::from_hashes(first.figures.iter().copied()) else { continue };
        let likeness = sketch.likeness(&other);
        let best = found.get(&first.submission_id).map_or(0.0, |(_, best)| *best);
        if likeness > best {
            found.insert(first.submission_id.clone(), (first, likeness));
        }
    }
    Ok(found.into_values().collect())
}

impl Record {
    fn of(submission: &Submission) -> Self {
        let Applicant { first_name, last_name, date_of_birth, address, .. } = &submission.applicant;
        Self {
            schema: SCHEMA.to_owned(),
            submission_id: submission.submission_id.clone(),
            case_id: submission.case_id.clone(),
            name: digest("name", &format!("{first_name} {last_name}")),
            last_name: digest("last name", last_name),
            birth: date_of_birth.map(|day| digest("birth", &day.to_string())),
            address: address.as_deref().map(|address| digest("address", address)),
            figures: Vec::new(),
        }
    }

    /// Whether it is of another case. A case may send a document as often as it likes.
    fn is_foreign_to(&self, own: &Self) -> bool {
        self.case_id != own.case_id && self.submission_id != own.submission_id
    }

    fn sighting(&self, first: &Self, document: Digest, page: Option<u32>, likeness: f64) -> Sighting {
        let both = |one: Option<Digest>, two: Option<Digest>| one.zip(two).map(|(one, two)| one == two);
        Sighting {
            document,
            page,
            case_id: first.case_id.clone(),
            submission_id: first.submission_id.clone(),
            likeness,
            same_applicant: self.name == first.name && both(self.birth, first.birth) != Some(false),
            same_last_name: self.last_name == first.last_name,
            same_address: both(self.address, first.address),
        }
    }
}

/// The digest of a text, however it is written: its words in small letters, in the order of the alphabet.
fn digest(of: &str, text: &str) -> Digest {
    let mut words = tokens(&text.to_lowercase());
    words.sort();
    Digest::of_parts([of].into_iter().chain(words.iter().map(String::as_str)).map(str::as_bytes))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use document::{Capture, PageText, Rect, TextSource, Word};

    use super::*;
    use crate::tests::fakes::{FakeStore, Life, World};

    fn submission(id: &str, case: &str, first_name: &str, address: &str) -> Submission {
        let submission = serde_json::json!({
            "schema": "vouch/submission/1", "submission_id": id, "case_id": case, "program": "medi-cal",
            "proof_of": "income", "received_date": "2026-11-02", "files": ["a.pdf"],
            "applicant": {"first_name": first_name, "last_name": "Okafor", "address": address},
        });
        serde_json::from_value(submission).unwrap()
    }

    fn reading(document: &str, figures: std::ops::Range<u32>) -> Reading {
        let word = |figure: u32| Word {
            text: format!("{}.{:02}", 1000 + figure, figure % 100),
            quad: Rect::new(0.0, 0.0, 0.1, 0.1).into(),
            confidence: None,
            line: 0,
        };
        let text = PageText {
            source: TextSource::Ocr,
            words: figures.map(word).collect(),
            mrz: Vec::new(),
            barcodes: Vec::new(),
            strokes: Vec::new(),
        };
        let page =
            Page { number: 1, aspect: 0.77, capture: Capture::Scan, flaws: Vec::new(), text: Ok(text) };
        Reading {
            document: Digest::of(document.as_bytes()),
            media_type: None,
            pages: vec![page],
            fault: None,
            origin: None,
            readers: Vec::new(),
        }
    }

    fn read(submission: Submission, reading: Reading) -> Read {
        let timings = Timings::new(&submission.submission_id, 1);
        Read { submission, digests: vec![reading.document], readings: vec![reading], timings }
    }

    async fn seen(store: &FakeStore, submission: Submission, reading: Reading) -> Vec<(String, Option<u32>)> {
        let recalled = read(submission, reading).recall(store).await.unwrap();
        recalled.circumstances.seen.into_iter().map(|it| (it.submission_id, it.page)).collect()
    }

    #[tokio::test]
    async fn a_document_is_found_by_other_cases_that_come_later_and_by_nobody_else() {
        let store = World::default().store(&Arc::new(Life::default()));
        let stub = || reading("stub", 0..40);
        let first = || submission("s-1", "88-1", "Ines", "1 A St");
        let other = || submission("s-3", "88-2", "Ana", "2 B St");
        let exact = vec![("s-1".to_owned(), None)];
        assert_eq!(seen(&store, first(), stub()).await, []);
        assert_eq!(
            seen(&store, submission("s-2", "88-1", "Ines", "1 A St"), stub()).await,
            [],
            "the same case"
        );
        assert_eq!(seen(&store, other(), stub()).await, exact);
        // Delivered again, and judged again by newer rules.
        assert_eq!(seen(&store, first(), stub()).await, [], "the first never finds those that came later");
        assert_eq!(seen(&store, other(), stub()).await, exact);
    }

    #[tokio::test]
    async fn another_picture_of_a_page_is_found_and_another_page_is_not() {
        let store = World::default().store(&Arc::new(Life::default()));
        assert_eq!(
            seen(&store, submission("s-1", "88-1", "Ines", "1 A St"), reading("scan", 0..40)).await,
            []
        );
        let near = read(submission("s-2", "88-2", "Ana", "2 B St"), reading("photo", 1..41));
        let found = near.recall(&store).await.unwrap().circumstances.seen;
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].page, found[0].same_applicant, found[0].same_address),
            (Some(1), false, Some(false))
        );
        assert!((found[0].likeness - 39.0 / 41.0).abs() < 1e-9);
        assert_eq!(
            seen(&store, submission("s-3", "88-3", "Eva", "3 C St"), reading("other", 100..140)).await,
            []
        );
    }

    #[tokio::test]
    async fn a_worker_that_dies_on_the_way_changes_nothing_that_is_found() {
        let world = World::default();
        for last in 0..12 {
            let store = world.store(&Life::until(last));
            let work =
                read(submission("s-1", "88-1", "Ines", "1 A St"), reading("stub", 0..40)).recall(&store);
            let _ = tokio::time::timeout(Duration::from_millis(20), work).await;
        }
        let store = world.store(&Arc::new(Life::default()));
        assert_eq!(
            seen(&store, submission("s-1", "88-1", "Ines", "1 A St"), reading("stub", 0..40)).await,
            []
        );
        let records = world.keys("sightings/");
        assert_eq!(records.len(), 5, "a file and four shelves");
        assert!(records.iter().all(|key| world.times_written(key) == 1), "written once each");
        let kept = world
            .values
            .lock()
            .unwrap()
            .values()
            .map(|it| String::from_utf8_lossy(it).into_owned())
            .collect::<String>();
        assert!(!kept.contains("Okafor") && !kept.contains("A St"), "nobody's particulars");
    }
}
