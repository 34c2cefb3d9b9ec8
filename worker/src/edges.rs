//! What a worker is connected to: the queue and the store in the data folder, and the reader.
//! How each works is left to its crate.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
#[cfg(not(feature = "aws"))]
use anyhow::anyhow;
#[cfg(feature = "aws")]
use aws::{Access, Connection, DeadLetters, OpenError, S3Store, SqsQueue};
use local::{LocalQueue, LocalStore};
use pipeline::{ReadDocument, Reader, ReaderError};

use crate::exit::Exit;
use crate::isolation::Pool;
#[cfg(feature = "aws")]
use crate::settings::Remote;
use crate::settings::Settings;

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

/// Where a command finds queues and store.
pub enum Place {
    /// In a folder on this disk.
    Folder(DataFolder),
    /// In SQS and S3.
    #[cfg(feature = "aws")]
    Remote(Remote),
}

impl Place {
    /// Where the settings say.
    ///
    /// # Errors
    /// If they contradict each other, name what this program was built without, or the folder cannot be used.
    pub fn of(settings: &Settings) -> anyhow::Result<Self> {
        if !settings.remote.is_set() {
            return Ok(Self::Folder(DataFolder::open(settings.data()?)?));
        }
        let remote = settings.remote.complete().context(Exit::Usage)?;
        #[cfg(feature = "aws")]
        return Ok(Self::Remote(remote));
        #[cfg(not(feature = "aws"))]
        Err(anyhow!("this vouch was built without SQS and S3, so {} is out of its reach", remote.queue))
            .context(Exit::Usage)
    }
}

#[cfg(feature = "aws")]
impl Connected<SqsQueue, S3Store> {
    /// Looks up all queues and buckets, and makes sure of a place for messages that are given up.
    ///
    /// # Errors
    /// If one of them is not there, cannot be reached, or is in a region that is not allowed.
    pub async fn open(remote: &Remote) -> anyhow::Result<Self> {
        let access = access(remote).await?;
        let letters = dead_letters(remote);
        let queue = async |url: &str, letters: &DeadLetters| {
            Ok::<_, OpenError>(Arc::new(SqsQueue::open(&access, url, letters).await?))
        };
        let backlog = match &remote.backlog_queue {
            Some(url) => Some(queue(url, &letters).await?),
            None => None,
        };
        let mut verdicts = vec![queue(&remote.verdict_queue, &DeadLetters::Nowhere).await?];
        if let Some(url) = &remote.webhook_queue {
            verdicts.push(queue(url, &DeadLetters::Nowhere).await?);
        }
        Ok(Self {
            live: queue(&remote.queue, &letters).await?,
            backlog,
            verdicts,
            store: Arc::new(S3Store::open(&access, &remote.bucket, &remote.upload_buckets).await?),
        })
    }
}

/// The queue that announcements for webhooks come from: their own, or that for everybody.
///
/// # Errors
/// As [`Connected::open`].
#[cfg(feature = "aws")]
pub async fn announcements(remote: &Remote) -> anyhow::Result<SqsQueue> {
    let url = remote.webhook_queue.as_ref().unwrap_or(&remote.verdict_queue);
    Ok(SqsQueue::open(&access(remote).await?, url, &dead_letters(remote)).await?)
}

/// The queues that give messages up, each with a place for dead letters of its own; one of them where they share the place.
///
/// # Errors
/// As [`Connected::open`].
#[cfg(feature = "aws")]
pub async fn giving_up(remote: &Remote) -> anyhow::Result<Vec<SqsQueue>> {
    let (access, letters) = (access(remote).await?, dead_letters(remote));
    let announced = remote.webhook_queue.as_ref().unwrap_or(&remote.verdict_queue);
    let all = [Some(&remote.queue), remote.backlog_queue.as_ref(), Some(announced)];
    let places = if remote.dead_letter_queue.is_some() { 1 } else { all.len() };
    let mut queues = Vec::new();
    for url in all.into_iter().take(places).flatten() {
        queues.push(SqsQueue::open(&access, url, &letters).await?);
    }
    Ok(queues)
}

#[cfg(feature = "aws")]
fn dead_letters(remote: &Remote) -> DeadLetters {
    remote.dead_letter_queue.clone().map_or(DeadLetters::Beside, DeadLetters::In)
}

#[cfg(feature = "aws")]
async fn access(remote: &Remote) -> anyhow::Result<Access> {
    let mut regions = remote.regions.clone();
    if regions.is_empty() {
        // Elsewhere than at Amazon it is a word like any other, but requests are signed with one.
        regions.push("us-east-1".to_owned());
    }
    let connection = Connection {
        endpoint: remote.endpoint.clone(),
        path_style: remote.path_style,
        ..Connection::new(regions)
    };
    Ok(connection.open().await?)
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
