//! What a worker is connected to: the queue and the store in the data folder, and the reader.
//! How each works is left to its crate.

use std::path::Path;
use std::sync::Arc;

use local::{LocalQueue, LocalStore};
use pipeline::{ReadDocument, Reader, ReaderError};

use crate::isolation::Pool;

/// The queues and the store in a data folder.
pub struct DataFolder {
    /// `queue/submissions.db`: submissions that somebody waits for.
    pub submissions: LocalQueue,
    /// `queue/backlog.db`: those that can wait.
    pub backlog: LocalQueue,
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
            backlog: queue("backlog.db")?,
            verdicts: queue("verdicts.db")?,
            store: LocalStore::open(&data.join("store"))?,
        })
    }
}

/// The queues and the store of a worker, wherever they are.
pub struct Connected<Q, S> {
    /// Submissions that somebody waits for.
    pub live: Arc<Q>,
    /// Those that can wait, if there is a queue for them.
    pub backlog: Option<Arc<Q>>,
    /// Where verdicts are announced: for anybody, and for webhooks.
    pub verdicts: Vec<Arc<Q>>,
    /// Uploads, readings and verdicts.
    pub store: Arc<S>,
}

impl From<DataFolder> for Connected<LocalQueue, LocalStore> {
    fn from(data: DataFolder) -> Self {
        Self {
            live: Arc::new(data.submissions),
            backlog: Some(Arc::new(data.backlog)),
            verdicts: vec![Arc::new(data.verdicts)],
            store: Arc::new(data.store),
        }
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
