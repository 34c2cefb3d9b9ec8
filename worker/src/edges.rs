//! What a worker is connected to: the queue and the store in the data folder, and the reader.
//! How each works is left to its crate.

use std::path::Path;

use local::{LocalQueue, LocalStore};
use pipeline::{ReadDocument, Reader, ReaderError};

use crate::isolation::Pool;

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

/// The reading processes, as the pipeline knows readers.
pub struct IsolatedReader(pub Pool);

impl Reader for IsolatedReader {
    fn read(&self, document: Vec<u8>) -> Result<ReadDocument, ReaderError> {
        let (reading, timings) = self.0.read(document).map_err(|error| ReaderError(error.into()))?;
        let stages = timings.stages.into_iter().map(|(stage, spent)| (stage.name().to_owned(), spent));
        Ok(ReadDocument { reading, stages: stages.collect() })
    }

    fn identity(&self) -> Vec<document::Reader> {
        self.0.identity().to_vec()
    }
}
