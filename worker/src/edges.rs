//! What the program is connected to: the queue and the store in the data folder, the rules in theirs, the reader.
//! How each works is left to its crate.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use local::{LocalQueue, LocalStore};
use pipeline::{ReadDocument, Reader, ReaderError};
use verify::rules::{RuleFile, Rules};

use crate::exit::Exit;

/// The queues and the store in a data folder.
pub struct DataFolder {
    /// `queue/submissions.db`: submissions to be worked on.
    pub submissions: LocalQueue,
    /// `queue/verdicts.db`: announcements of verdicts.
    pub verdicts: LocalQueue,
    /// `store/`: uploads, readings and verdicts.
    pub store: LocalStore,
}

impl DataFolder {
    /// Opens the folder, or makes an empty one.
    pub fn open(data: &Path) -> anyhow::Result<Self> {
        let queue = |name: &str| LocalQueue::open(&data.join("queue").join(name));
        Ok(Self {
            submissions: queue("submissions.db")?,
            verdicts: queue("verdicts.db")?,
            store: LocalStore::open(&data.join("store"))?,
        })
    }
}

/// No rule file is larger, in bytes.
const MAX_RULE_FILE: u64 = 4 << 20;

/// Loads all rule files of a folder.
pub fn load_rules(folder: &Path) -> anyhow::Result<Rules> {
    let mut files = Vec::new();
    collect(folder, folder, &mut files)
        .with_context(|| format!("cannot read the rules in {}", folder.display()))?;
    Rules::load(files).map_err(|errors| {
        let list: Vec<String> = errors.iter().map(|error| format!("\n  {error}")).collect();
        anyhow!("the rules in {} do not load:{}", folder.display(), list.concat()).context(Exit::Invalid)
    })
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<RuleFile>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let size = fs::metadata(&path)?.len();
            anyhow::ensure!(
                size <= MAX_RULE_FILE,
                "{} has {size} bytes, at most {MAX_RULE_FILE}",
                path.display()
            );
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let relative = path.strip_prefix(root)?.to_string_lossy().into_owned();
            files.push(RuleFile { path: relative, text });
        }
    }
    Ok(())
}

/// The reader of documents, as the pipeline knows readers.
pub struct OcrReader(pub Arc<ocr::DocumentReader>);

impl Reader for OcrReader {
    fn read(&self, document: &[u8]) -> Result<ReadDocument, ReaderError> {
        let (reading, timings) = self.0.read(document).map_err(|error| ReaderError(error.into()))?;
        Ok(ReadDocument { reading, decode: timings.decode, recognise: timings.recognise })
    }

    fn identity(&self) -> Vec<document::Reader> {
        self.0.identity().to_vec()
    }
}
