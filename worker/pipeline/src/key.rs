//! The names under which things are kept in a store.
//! A key has no other parts than are made here, so that none can lead out of the store.

use std::fmt;

use document::{Digest, Reader};

/// The name of a value in a store: parts of letters, digits, `-`, `_` and `.`, none of which starts with a dot,
/// joined by `/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

/// Which verdict: of which submission, with which bytes uploaded, by which rules. There is one verdict for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictId {
    folder: String,
    hash: Digest,
}

impl Key {
    /// An upload, by what is in it: `documents/<sha-256>`. Written when a submission is sent in.
    pub fn document(digest: &Digest) -> Self {
        Self(format!("documents/{}", digest.hex()))
    }

    /// A submission as it was sent in, with the names that its files had: `submissions/<submission>.json`. Kept for
    /// those who look at verdicts; the work does not need it.
    pub fn submission(id: &str) -> Self {
        Self(format!("submissions/{}.json", part(id)))
    }

    /// What these readers read in a document: `readings/<document>/<readers>.json`.
    pub fn reading(document: &Digest, readers: &[Reader]) -> Self {
        let parts = readers.iter().flat_map(|reader| [reader.name.as_bytes(), reader.version.as_bytes()]);
        Self(format!("readings/{}/{}.json", document.hex(), Digest::of_parts(parts).hex()))
    }

    /// Who sent this document first: `sightings/<document>.json`.
    pub fn sighting(document: &Digest) -> Self {
        Self(format!("sightings/{}.json", document.hex()))
    }

    /// Who sent a page of this shelf first: `sightings/alike/<shelf>.json`.
    pub fn alike(shelf: &Digest) -> Self {
        Self(format!("sightings/alike/{}.json", shelf.hex()))
    }

    /// What is looked for to see whether the store answers; nothing is ever kept there.
    pub fn probe() -> Self {
        Self("probe".to_owned())
    }

    /// That somebody opened a submission's documents on this day, by what the record says:
    /// `audit/<day>/<submission>/<hash>.json`.
    pub fn access(day: &str, submission_id: &str, record: &[u8]) -> Self {
        Self(format!("audit/{day}/{}/{}.json", part(submission_id), Digest::of(record).hex()))
    }

    /// The key itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl VerdictId {
    /// The id of the verdict on a submission whose files have these digests, by the rules with this digest.
    pub fn new(submission_id: &str, files: &[Digest], rules: Digest) -> Self {
        let files: Vec<String> = files.iter().map(Digest::hex).collect();
        let files = Digest::of_parts(files.iter().map(String::as_bytes));
        let parts = [submission_id, &files.hex(), &rules.hex()];
        Self { folder: part(submission_id), hash: Digest::of_parts(parts.map(str::as_bytes)) }
    }

    /// Where the verdict is published: `verdicts/<submission>/<id>.json`.
    pub fn verdict(&self) -> Key {
        Key(format!("verdicts/{}/{self}.json", self.folder))
    }

    /// Where the time it took is noted.
    pub fn timings(&self) -> Key {
        Key(format!("verdicts/{}/{self}.timings.json", self.folder))
    }

    /// Where it is noted how often the work on it began and did not end.
    pub fn starts(&self) -> Key {
        Key(format!("starts/{self}.json"))
    }
}

/// The hash alone, in hexadecimal digits.
impl fmt::Display for VerdictId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.hash.hex())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// `text` as one part of a key. Two texts may become the same part: the hash in the next one tells them apart.
fn part(text: &str) -> String {
    let safe = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let part: String = text.chars().map(|it| if safe(it) { it } else { '_' }).collect();
    if part.is_empty() || part.starts_with('.') { format!("_{part}") } else { part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_its_three_parts_makes_another_verdict() {
        let [one, two] = [b"1", b"2"].map(|bytes| Digest::of(bytes));
        let id = VerdictId::new("s-1", &[one], one);
        assert_eq!(id, VerdictId::new("s-1", &[one], one));
        for other in [
            VerdictId::new("s-2", &[one], one),
            VerdictId::new("s-1", &[two], one),
            VerdictId::new("s-1", &[one, one], one),
            VerdictId::new("s-1", &[one], two),
        ] {
            assert_ne!(id.verdict(), other.verdict());
        }
    }

    #[test]
    fn no_submission_id_leads_out_of_the_store() {
        let digest = Digest::of(b"");
        for id in ["../../etc", "", ".", "a/b", "/etc", ".hidden", "a\0b", "é"] {
            let key = VerdictId::new(id, &[], digest).verdict();
            let parts: Vec<&str> = key.as_str().split('/').collect();
            assert_eq!(parts.len(), 3, "{key}");
            assert!(!parts.iter().any(|it| it.is_empty() || it.starts_with('.')), "{key}");
        }
    }
}
