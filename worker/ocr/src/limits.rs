//! What a document may ask of the machine, and the ways in which it asks too much.
//! Enforcing them is left to the steps that know the figures.

use std::time::{Duration, Instant};

use document::{DocumentFault, PageFault};

/// The most that one document may use. Every figure is inclusive.
///
/// How deep a PDF may nest is not set here but fixed in its parser, hayro: objects 512 deep, forms and patterns 50.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the upload.
    pub bytes: u64,
    /// Pages of the document.
    pub pages: u32,
    /// Pixels of one page, or of one picture on a page.
    pub pixels: u64,
    /// Bytes that one compressed stream of a PDF may become.
    pub decoded_bytes: u64,
    /// Time from the first step on a short document, looked at between steps.
    pub time: Duration,
    /// Time for each page, where a document has so many that they add up to more than that.
    pub page_time: Duration,
}

impl Default for Limits {
    /// Enough for what a phone or an office scanner makes, and under 1 GB for two pages at a time.
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            pages: 500,
            pixels: 64_000_000,
            decoded_bytes: 128 << 20,
            time: Duration::from_secs(300),
            page_time: Duration::from_secs(4),
        }
    }
}

/// A limit that a document went beyond.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Excess {
    #[error("bytes: {found}, at most {most}")]
    Bytes { found: u64, most: u64 },
    #[error("pages: {found}, at most {most}")]
    Pages { found: u64, most: u32 },
    #[error("pixels: {found}, at most {most}")]
    Pixels { found: u64, most: u64 },
    #[error("samples: {found}, at most {most}")]
    Samples { found: u64, most: u64 },
    #[error("parts of a coded picture: over {most}, at most {most}")]
    Parts { most: u64 },
    #[error("decoded bytes: over {most}, at most {most}")]
    DecodedBytes { most: u64 },
    #[error("seconds: {found}, at most {most}")]
    Time { found: u64, most: u64 },
}

impl From<Excess> for DocumentFault {
    fn from(excess: Excess) -> Self {
        Self::OverLimit { limit: excess.to_string() }
    }
}

impl From<Excess> for PageFault {
    fn from(excess: Excess) -> Self {
        Self::OverLimit { limit: excess.to_string() }
    }
}

impl Limits {
    /// The time that a document of so many pages may take.
    pub fn time_for(&self, pages: usize) -> Duration {
        let pages = u32::try_from(pages).unwrap_or(u32::MAX).min(self.pages);
        self.time.max(self.page_time.saturating_mul(pages))
    }

    /// Refuses an upload of too many bytes.
    pub(crate) fn check_bytes(&self, found: usize) -> Result<(), Excess> {
        let (found, most) = (found as u64, self.bytes);
        if found > most { Err(Excess::Bytes { found, most }) } else { Ok(()) }
    }

    /// Refuses a document of too many pages.
    pub(crate) fn check_pages(&self, found: usize) -> Result<(), Excess> {
        let (found, most) = (found as u64, self.pages);
        if found > u64::from(most) { Err(Excess::Pages { found, most }) } else { Ok(()) }
    }

    /// Refuses a picture of too many pixels; to be asked before memory is taken for it.
    pub(crate) fn check_pixels(&self, width: u32, height: u32) -> Result<(), Excess> {
        let (found, most) = (u64::from(width) * u64::from(height), self.pixels);
        if found > most { Err(Excess::Pixels { found, most }) } else { Ok(()) }
    }
}

/// The moment by which a document must be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    begun: Instant,
    spent: Duration,
    most: Duration,
}

impl Deadline {
    /// The deadline of a document that may have `most` and has had `spent` of it.
    pub(crate) fn begun(spent: Duration, most: Duration) -> Self {
        Self { begun: Instant::now(), spent, most }
    }

    /// Refuses to go on once the time is over.
    pub(crate) fn check(&self) -> Result<(), Excess> {
        let found = self.spent.saturating_add(self.begun.elapsed());
        if found <= self.most {
            return Ok(());
        }
        Err(Excess::Time { found: found.as_secs(), most: self.most.as_secs() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_inclusive_and_names_its_figures() {
        let limits = Limits { bytes: 10, pages: 2, pixels: 100, ..Limits::default() };
        assert_eq!(limits.check_bytes(10), Ok(()));
        assert_eq!(limits.check_pages(2), Ok(()));
        assert_eq!(limits.check_pixels(10, 10), Ok(()));
        let cases = [
            (limits.check_bytes(11), "bytes: 11, at most 10"),
            (limits.check_pages(3), "pages: 3, at most 2"),
            (limits.check_pixels(101, 1), "pixels: 101, at most 100"),
            (limits.check_pixels(u32::MAX, u32::MAX), "pixels: 18446744065119617025, at most 100"),
            (Deadline::begun(Duration::ZERO, Duration::ZERO).check(), "seconds: 0, at most 0"),
            (
                Deadline::begun(Duration::from_secs(9), Duration::from_secs(8)).check(),
                "seconds: 9, at most 8",
            ),
        ];
        for (outcome, message) in cases {
            assert_eq!(outcome.map_err(|excess| excess.to_string()), Err(message.to_owned()));
        }
    }
}
