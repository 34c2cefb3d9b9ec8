//! A store in a folder, for any number of processes on one machine.
//! What is kept under which key is left to `pipeline`.
//!
//! A value is written to a file of its own in `.new/`, synced, and only then given its name; a link is made only where
//! there is none, by one call that the file system makes atomic. What a killed process leaves in `.new/` is removed by
//! whoever opens the store next while nobody else has it open.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use document::FileRef;
use pipeline::{Created, FetchError, Key, Store, StoreError};
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

/// A store in a folder. Keys are paths in it.
#[derive(Debug, Clone)]
pub struct LocalStore {
    root: Arc<PathBuf>,
    /// A lock shared by all who have the store open; given up with the last handle.
    _open: Arc<File>,
}

/// The folder of a store cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the store in {path} cannot be opened")]
pub struct StoreFolderError {
    path: String,
    source: io::Error,
}

/// Where values are before they have a name.
const NEW: &str = ".new";

impl LocalStore {
    /// Opens the store in the folder `root`, or makes an empty one.
    pub fn open(root: &Path) -> Result<Self, StoreFolderError> {
        let failed = |source| StoreFolderError { path: root.display().to_string(), source };
        let root = std::path::absolute(root).map_err(failed)?;
        let open = open(&root).map_err(failed)?;
        Ok(Self { root: Arc::new(root), _open: Arc::new(open) })
    }

    /// Where the value under `key` lies, if there is one.
    pub fn path(&self, key: &Key) -> PathBuf {
        self.root.join(key.as_str())
    }

    /// The folder of all values whose keys begin with `part`: `verdicts`.
    pub fn folder(&self, part: &str) -> PathBuf {
        self.root.join(part)
    }

    async fn run<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let root = Arc::clone(&self.root);
        match spawn_blocking(move || call(&root)).await {
            Ok(result) => result.map_err(|error| StoreError(error.into())),
            Err(error) => Err(StoreError(error.into())),
        }
    }
}

impl Store for LocalStore {
    async fn fetch(&self, file: &FileRef, limit: u64) -> Result<Vec<u8>, FetchError> {
        let path = resolve(&self.root, &file.0)?;
        let fetched = self.run(move |_| fetch(&path, limit)).await?;
        match fetched {
            Fetched::Whole(bytes) => Ok(bytes),
            Fetched::Missing => Err(FetchError::Missing),
            Fetched::TooLarge(bytes) => Err(FetchError::TooLarge { bytes }),
        }
    }

    async fn metadata(&self, file: &FileRef) -> Result<BTreeMap<String, String>, FetchError> {
        match self.fetch(file, 0).await {
            Ok(_) | Err(FetchError::TooLarge { .. }) => Ok(BTreeMap::new()),
            Err(error) => Err(error),
        }
    }

    async fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path(key);
        #[expect(
            clippy::disallowed_methods,
            reason = "what the store holds was within limits when it was put there"
        )]
        self.run(move |_| match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    async fn put(&self, key: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        let (path, bytes) = (self.path(key), bytes.to_vec());
        self.run(move |root| {
            let file = written(root, &bytes)?;
            create_folder(folder_of(&path)?)?;
            file.persist(&path)?;
            Ok(())
        })
        .await
    }

    async fn create_if_absent(&self, key: &Key, bytes: &[u8]) -> Result<Created, StoreError> {
        let (path, bytes) = (self.path(key), bytes.to_vec());
        self.run(move |root| {
            let folder = folder_of(&path)?;
            let created = if path.exists() { Created::Existing } else { create(root, &path, &bytes)? };
            // Also for a value that somebody else made: it must not vanish in a power cut after we relied on it.
            sync_folder(folder)?;
            Ok(created)
        })
        .await
    }
}

enum Fetched {
    Whole(Vec<u8>),
    Missing,
    TooLarge(u64),
}

/// Where a reference points. Relative ones stay inside the store.
fn resolve(root: &Path, reference: &str) -> Result<PathBuf, FetchError> {
    let refused = |why: &str| FetchError::Refused { why: why.to_owned() };
    if let Some((scheme, _)) = reference.split_once("://") {
        return Err(refused(&format!("a file at {scheme}:// cannot be had from a local store, only a path")));
    }
    let path = Path::new(reference);
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !inside || reference.is_empty() {
        return Err(refused("a relative path must name a file inside the store"));
    }
    Ok(root.join(path))
}

/// Reads a file that may grow while it is read. What is no plain file is as good as missing.
fn fetch(path: &Path, limit: u64) -> io::Result<Fetched> {
    let missing = |error: &io::Error| {
        use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound, PermissionDenied};
        [NotFound, NotADirectory, PermissionDenied, InvalidInput, InvalidFilename].contains(&error.kind())
    };
    // Asked before it is opened: opening a pipe would wait for its writer.
    let opened = fs::metadata(path).and_then(|about| Ok((about.is_file(), File::open(path)?)));
    let file = match opened {
        Ok((true, file)) => file,
        Ok((false, _)) => return Ok(Fetched::Missing),
        Err(error) if missing(&error) => return Ok(Fetched::Missing),
        Err(error) => return Err(error),
    };
    let size = file.metadata()?.len();
    if size > limit {
        return Ok(Fetched::TooLarge(size));
    }
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    let read = bytes.len() as u64;
    Ok(if read > limit { Fetched::TooLarge(read) } else { Fetched::Whole(bytes) })
}

/// Makes the folders and takes the shared lock; alone with the store, removes what killed processes left.
fn open(root: &Path) -> io::Result<File> {
    let new = root.join(NEW);
    create_folder(&new)?;
    let lock = File::create(root.join(".lock"))?;
    if lock.try_lock().is_ok() {
        for left in fs::read_dir(&new)? {
            fs::remove_file(left?.path())?;
        }
        lock.unlock()?;
    }
    lock.lock_shared()?;
    Ok(lock)
}

/// A file with this content, synced, that has no name yet in the store.
fn written(root: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(root.join(NEW))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn create(root: &Path, path: &Path, bytes: &[u8]) -> io::Result<Created> {
    let file = written(root, bytes)?;
    create_folder(folder_of(path)?)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(Created::New),
        Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(Created::Existing),
        Err(failed) => Err(failed.error),
    }
}

/// Makes a folder and those above it, durably, and for nobody else to look into.
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() || folder.as_os_str().is_empty() {
        return Ok(());
    }
    let above = folder_of(folder)?;
    create_folder(above)?;
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => sync_folder(above),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

fn folder_of(path: &Path) -> io::Result<&Path> {
    path.parent().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no folder above"))
}

#[cfg(test)]
mod tests {
    use document::Digest;
    use pipeline::contract::store_keeps_its_contract;
    use tempfile::TempDir;

    use super::*;

    fn store() -> (LocalStore, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (LocalStore::open(folder.path()).unwrap(), folder)
    }

    fn key() -> Key {
        Key::document(&Digest::of(b"x"))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn keeps_the_contract() {
        let (store, folder) = store();
        let place = async |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        store_keeps_its_contract(store, place).await;
    }

    #[tokio::test]
    async fn references_that_are_no_files_of_ours() {
        let (store, folder) = store();
        let absolute = folder.path().join("stub.pdf");
        fs::write(&absolute, "stub").unwrap();
        let fetch = async |reference: &str| store.fetch(&FileRef(reference.to_owned()), 100).await;
        assert_eq!(fetch(absolute.to_str().unwrap()).await.unwrap(), b"stub");
        let s3 = fetch("s3://uploads/stub.pdf").await.unwrap_err().to_string();
        assert!(s3.contains("s3://") && s3.contains("local store"), "{s3}");
        for missing in ["documents", ".", "a/../stub.pdf/x", "stub.pdf/x", &"x".repeat(300)] {
            let result = fetch(missing).await;
            let expected = if missing.contains("..") { "Refused" } else { "Missing" };
            assert!(format!("{result:?}").contains(expected), "{missing}: {result:?}");
        }
    }

    #[tokio::test]
    async fn what_killed_processes_left_is_removed_when_nobody_else_is_at_work() {
        let (first, folder) = store();
        let left = folder.path().join(NEW).join("half-written");
        fs::write(&left, "hal").unwrap();
        let second = LocalStore::open(folder.path()).unwrap();
        assert!(left.exists(), "it may be the first one's");
        drop((first, second));
        let third = LocalStore::open(folder.path()).unwrap();
        assert!(!left.exists());
        third.create_if_absent(&key(), b"x").await.unwrap();
        third.put(&key(), b"y").await.unwrap();
        assert_eq!(fs::read_dir(folder.path().join(NEW)).unwrap().count(), 0, "nothing is left behind");
    }

    #[tokio::test]
    async fn a_value_that_exists_is_not_touched() {
        use std::os::unix::fs::MetadataExt as _;
        let (store, _folder) = store();
        store.create_if_absent(&key(), b"first").await.unwrap();
        let inode = fs::metadata(store.path(&key())).unwrap().ino();
        assert_eq!(store.create_if_absent(&key(), b"first").await.unwrap(), Created::Existing);
        assert_eq!(fs::metadata(store.path(&key())).unwrap().ino(), inode);
    }

    #[tokio::test]
    async fn a_store_that_cannot_be_written_is_in_trouble_and_the_document_is_not() {
        let (store, folder) = store();
        fs::write(folder.path().join("documents"), "a file where a folder belongs").unwrap();
        assert!(store.create_if_absent(&key(), b"x").await.is_err());
        assert_eq!(fs::read_dir(folder.path().join(NEW)).unwrap().count(), 0);
    }
}
