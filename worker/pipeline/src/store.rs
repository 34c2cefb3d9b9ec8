//! The store that uploads are fetched from and that readings and verdicts are kept in.
//! Where the bytes lie is left to the edges, what is kept under which [`Key`] to the stages.

use std::collections::BTreeMap;
use std::error::Error;

use document::FileRef;

use crate::Key;

/// A store of whole values, each under a key.
///
/// The contract, which `crate::contract` tests:
/// - A value is there whole or not at all, whatever process or machine dies in between.
/// - Of any number of callers who create one key, at any time and in any place, one gets [`Created::New`].
pub trait Store: Send + Sync + 'static {
    /// The bytes of an uploaded file, at most `limit` of them. A relative reference is relative to this store: the
    /// place of a queued submission is the store itself.
    fn fetch(&self, file: &FileRef, limit: u64) -> impl Future<Output = Result<Vec<u8>, FetchError>> + Send;

    /// What the uploader wrote beside a file, by names in lower case; nothing where the store keeps no such thing.
    fn metadata(
        &self,
        file: &FileRef,
    ) -> impl Future<Output = Result<BTreeMap<String, String>, FetchError>> + Send;

    /// The value under `key`, if there is one.
    fn get(&self, key: &Key) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;

    /// Writes a value, over an older one if need be. A power cut may undo it, for it is used for what can be made again.
    fn put(&self, key: &Key, bytes: &[u8]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Writes a value unless there is one, which then stays as it is. Either way the value is durable when this returns.
    fn create_if_absent(
        &self,
        key: &Key,
        bytes: &[u8],
    ) -> impl Future<Output = Result<Created, StoreError>> + Send;
}

/// What `create_if_absent` came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// The value is ours.
    New,
    /// There was one already.
    Existing,
}

/// The store is in trouble (down, full, refusing us): later it may work.
#[derive(Debug, thiserror::Error)]
#[error("the store is not available")]
pub struct StoreError(#[source] pub Box<dyn Error + Send + Sync>);

/// A file that was not fetched. Messages do not name the file: people put names into file names.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// This store will never give out what is referred to.
    #[error("{why}")]
    Refused {
        /// What is wrong with the reference, and what would be right.
        why: String,
    },
    /// There is no such file that may be read. It may still come: uploads and messages can race.
    #[error("there is no such file, or it may not be read")]
    Missing,
    /// It is larger than the limit.
    #[error("the file has {bytes} bytes")]
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// The store is in trouble.
    #[error(transparent)]
    Unavailable(#[from] StoreError),
}
