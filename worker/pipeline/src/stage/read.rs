//! From the bytes of files to readings: stored ones where there are some, otherwise the reader's.
//! A document is never an error here: one that takes too long or makes the reader panic has a reading that says so.

use std::sync::Arc;
use std::time::Duration;

use document::{Digest, DocumentFault, Page, PageFault, Reading, Submission};
use tokio::time::Instant;

use super::fetch::{Content, Fetched};
use crate::cpu::{Cpu, CpuError};
use crate::{Key, Lane, ReadDocument, Reader, ReaderError, Store, StoreError, Timings};

/// A submission with the readings of its files.
#[derive(Debug)]
pub(crate) struct Read {
    pub(super) submission: Submission,
    pub(super) digests: Vec<Digest>,
    pub(super) readings: Vec<Reading>,
    pub(super) timings: Timings,
}

/// Nothing came of reading, and the document is not to blame.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("no reading could be stored")]
    Store(#[from] StoreError),
    #[error("nothing could be read")]
    Reader(#[from] ReaderError),
    #[error("the reader gave a reading that cannot be stored")]
    Unfit(#[source] serde_json::Error),
}

/// Where and how long reading may take.
pub(crate) struct ReadWith<'a, S, R> {
    pub store: &'a S,
    pub reader: &'a Arc<R>,
    pub cpu: &'a Cpu,
    pub lane: Lane,
    /// For one document, once it has a processor.
    pub deadline: Duration,
}

impl Fetched {
    /// Reads each file, and stores what was read.
    pub async fn read<S: Store, R: Reader>(mut self, with: ReadWith<'_, S, R>) -> Result<Read, ReadError> {
        let digests = self.digests();
        let mut readings = Vec::with_capacity(self.uploads.len());
        let identity = with.reader.identity();
        for upload in std::mem::take(&mut self.uploads) {
            let fault = |fault| faulty(upload.digest, fault, &identity);
            readings.push(match upload.content {
                Content::OverLimit(limit) => fault(DocumentFault::OverLimit { limit }),
                Content::Whole(bytes) => {
                    let key = Key::reading(&upload.digest, &identity);
                    match stored(with.store, &key, upload.digest).await? {
                        Some(reading) => reading,
                        None => read_new(&with, &key, bytes, &mut self.timings).await?.unwrap_or_else(fault),
                    }
                }
            });
        }
        Ok(Read { submission: self.submission, digests, readings, timings: self.timings })
    }

    /// Gives up reading: the work on these files began and did not end again and again, so they may be what ends it.
    pub fn give_up<R: Reader>(self, reader: &R) -> Read {
        let digests = self.digests();
        let identity = reader.identity();
        let readings =
            digests.iter().map(|digest| faulty(*digest, DocumentFault::Unsafe, &identity)).collect();
        Read { submission: self.submission, digests, readings, timings: self.timings }
    }
}

/// A stored reading of this document. One that this version cannot use is as good as none.
async fn stored<S: Store>(store: &S, key: &Key, document: Digest) -> Result<Option<Reading>, StoreError> {
    let bytes = store.get(key).await?;
    let reading: Option<Reading> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    Ok(reading.filter(|reading| reading.document == document))
}

/// Reads a document for the first time. What the reader made of it is stored; what only this try came to is not, so
/// that a later one may do better.
async fn read_new<S: Store, R: Reader>(
    with: &ReadWith<'_, S, R>,
    key: &Key,
    bytes: Vec<u8>,
    timings: &mut Timings,
) -> Result<Result<Reading, DocumentFault>, ReadError> {
    let begun = Instant::now();
    let reader = Arc::clone(with.reader);
    let ReadDocument { reading, stages } =
        match with.cpu.run(with.lane, with.deadline, move || reader.read(bytes)).await {
            Ok(read) => read?,
            Err(CpuError::Panicked) => return Ok(Err(DocumentFault::Unsafe)),
            Err(CpuError::Overdue) => {
                let limit = format!("seconds: not read in {}", with.deadline.as_secs());
                return Ok(Err(DocumentFault::OverLimit { limit }));
            }
        };
    timings.read += begun.elapsed();
    timings.add_stages(stages);
    let bytes = serde_json::to_vec(&reading).map_err(ReadError::Unfit)?;
    // Judged as it will be judged when it comes from the store.
    let reading: Reading = serde_json::from_slice(&bytes).map_err(ReadError::Unfit)?;
    if !is_of_this_try_alone(&reading) {
        with.store.put(key, &bytes).await?;
    }
    Ok(Ok(reading))
}

/// Whether the reader stopped for want of time, or died, which says as much of the machine as of the document.
fn is_of_this_try_alone(reading: &Reading) -> bool {
    let is_time = |limit: &str| limit.starts_with("seconds:");
    let page = |page: &Page| matches!(&page.text, Err(PageFault::OverLimit { limit }) if is_time(limit));
    matches!(&reading.fault, Some(DocumentFault::Unsafe))
        || matches!(&reading.fault, Some(DocumentFault::OverLimit { limit }) if is_time(limit))
        || reading.pages.iter().any(page)
}

/// The reading of a document that was not read.
pub(super) fn faulty(document: Digest, fault: DocumentFault, readers: &[document::Reader]) -> Reading {
    Reading {
        document,
        media_type: None,
        pages: Vec::new(),
        fault: Some(fault),
        origin: None,
        readers: readers.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use document::{Capture, Confidence, PageText, Rect, TextSource, Word};

    use super::*;
    use crate::stage::Received;
    use crate::tests::fakes::{Life, World};

    /// Reads one word, at a place with more digits than are stored.
    struct Precise;

    impl Reader for Precise {
        fn read(&self, bytes: Vec<u8>) -> Result<ReadDocument, ReaderError> {
            let third = 1.0 / 3.0;
            let word = Word {
                text: "Gross".to_owned(),
                quad: Rect::new(third, third, 2.0 * third, 2.0 * third).into(),
                confidence: Some(Confidence::clamped(third)),
                line: 0,
            };
            let text = PageText {
                source: TextSource::Ocr,
                words: vec![word],
                mrz: Vec::new(),
                barcodes: Vec::new(),
                strokes: Vec::new(),
            };
            let page =
                Page { number: 1, aspect: third, capture: Capture::Scan, flaws: Vec::new(), text: Ok(text) };
            let reading =
                Reading { pages: vec![page], ..faulty(Digest::of(&bytes), DocumentFault::Empty, &[]) };
            Ok(ReadDocument { reading, stages: BTreeMap::new() })
        }

        fn identity(&self) -> Vec<document::Reader> {
            Vec::new()
        }
    }

    async fn read_once(world: &World) -> Vec<Reading> {
        let body = world.submissions.lock().unwrap()[0].body.clone();
        let received = Received::new(serde_json::from_slice(&body).unwrap(), 1);
        let store = world.store(&Arc::new(Life::default()));
        let limits = crate::Limits { file_bytes: 100, upload_bytes: 100 };
        let fetched = received.fetch(&store, limits).await.unwrap();
        let (reader, cpu) = (Arc::new(Precise), Cpu::new(1));
        let deadline = Duration::from_secs(60);
        let with = ReadWith { store: &store, reader: &reader, cpu: &cpu, lane: Lane::Live, deadline };
        fetched.read(with).await.unwrap().readings
    }

    #[tokio::test]
    async fn a_document_read_now_and_one_read_before_are_the_same() {
        let world = World::default();
        crate::tests::submit(&world, "s-1", &["a stub"]).await;
        let fresh = read_once(&world).await;
        assert_eq!(world.keys("readings/").len(), 1);
        assert_eq!(read_once(&world).await, fresh);
    }
}
