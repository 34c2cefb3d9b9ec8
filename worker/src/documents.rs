//! Reads documents straight from files, several at a time and in the order asked for.
//! What the words mean is left to `verify`; queue and store to `pipeline`.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;

use anyhow::{Context as _, anyhow, bail};
use document::{Digest, FileRef, Reading, Submission};
use indicatif::{ProgressBar, ProgressStyle};
use local::LocalStore;
use ocr::{PagePicture, Readers};
use pipeline::{Key, Store as _};
use tokio::runtime::{Builder, Runtime};

use crate::exit::Exit;
use crate::isolation::{IsolationError, Pool, Setup, Starting};
use crate::settings::Settings;

/// Starts the reader that the settings ask for, reading so many pages at a time. It gets ready while other things are
/// done.
///
/// # Errors
/// If it cannot be started.
pub fn reader(settings: &Settings, processes: NonZeroUsize) -> Result<Starting, IsolationError> {
    let models = settings.models().map(Path::to_path_buf);
    if models.is_none() && settings.readers != Readers::Tesseract {
        tracing::warn!("no models are found: Tesseract reads alone, which reads less of pictures");
    }
    let setup = Setup { trained_data: settings.tessdata.clone(), models, readers: settings.readers };
    Starting::start(setup, processes, settings.isolation)
}

/// As many threads as there are processors.
pub fn processors() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// The reading of the file at `path`. What is wrong with the document is in the reading.
///
/// # Errors
/// If the file cannot be opened, or the machine is in trouble.
pub fn read(reader: &Pool, path: &Path) -> anyhow::Result<Reading> {
    let bytes = bytes(path).with_context(|| format!("cannot read {}", path.display()))?;
    let (reading, _) = reader.read(bytes).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(reading.as_stored()?)
}

/// What page `index`, counted from 0, of the file at `path` looks like, with no side longer than `longest` pixels; `None`
/// where it cannot be shown.
///
/// # Errors
/// As [`read`].
pub fn picture(
    reader: &Pool,
    path: &Path,
    index: usize,
    longest: u32,
) -> anyhow::Result<Option<PagePicture>> {
    let bytes = bytes(path).with_context(|| format!("cannot read {}", path.display()))?;
    reader.picture(bytes, index, longest).with_context(|| format!("cannot read {}", path.display()))
}

/// Readings that are kept in a folder, as a worker keeps them: what changed rules come to is then known without reading again.
pub struct Shelf {
    store: LocalStore,
    runtime: Runtime,
}

impl Shelf {
    /// Opens the folder, or makes an empty one.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).build()?;
        Ok(Self { store: LocalStore::open(folder)?, runtime })
    }

    /// The reading of the file at `path`: the kept one if these readers made it, or else a new one, kept from now on.
    ///
    /// # Errors
    /// As [`read`]; or if the folder cannot be used.
    pub fn read(&self, reader: &Pool, path: &Path) -> anyhow::Result<Reading> {
        let bytes = bytes(path).with_context(|| format!("cannot read {}", path.display()))?;
        let key = Key::reading(&Digest::of(&bytes), reader.identity());
        let kept = self.runtime.block_on(self.store.get(&key))?;
        if let Some(reading) = kept.and_then(|kept| serde_json::from_slice(&kept).ok()) {
            return Ok(reading);
        }
        let reading = read(reader, path)?;
        self.runtime.block_on(self.store.put(&key, &serde_json::to_vec(&reading)?))?;
        Ok(reading)
    }
}

/// The paths of a submission's files, relative ones from `folder`.
///
/// # Errors
/// If one is not on this machine.
pub fn located(submission: &Submission, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let path = |FileRef(location): &FileRef| {
        if location.contains("://") {
            let refused = anyhow!("{location} is no file of this machine; only those are read on the spot");
            bail!(refused.context(Exit::Invalid));
        }
        Ok(folder.join(location))
    };
    submission.files.iter().map(path).collect()
}

/// The file's bytes, one more than a document may have at the most: the reader then says that it is too large.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let limit = ocr::Limits::default().bytes;
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How many files are opened and judged at a time for each processor: while one is read another is prepared.
const AHEAD: usize = 2;

/// Does `work` on every item, several at a time, and gives the results to `done` in the order of the items.
///
/// # Errors
/// The first error that `done` returns; the work that is under way is finished, the rest is not begun.
pub fn in_order<Item: Sync, Done: Send>(
    items: &[Item],
    work: impl Fn(&Item) -> Done + Sync,
    mut done: impl FnMut(usize, Done) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let threads = processors().get() * AHEAD;
    let next = AtomicUsize::new(0);
    let slots: Vec<Mutex<Option<Done>>> = items.iter().map(|_| Mutex::new(None)).collect();
    let bar = bar(items.len());
    std::thread::scope(|scope| {
        // The channel's room keeps finished results from piling up behind a slow one.
        let (finished, results) = sync_channel::<usize>(threads * 4);
        for _ in 0..threads.min(items.len()) {
            let (finished, next, slots, work) = (finished.clone(), &next, &slots, &work);
            scope.spawn(move || {
                while let index @ 0.. = next.fetch_add(1, Ordering::Relaxed)
                    && let (Some(item), Some(slot)) = (items.get(index), slots.get(index))
                {
                    let result = work(item);
                    *slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(result);
                    if finished.send(index).is_err() {
                        break;
                    }
                }
            });
        }
        drop(finished);
        let mut expected = 0;
        for _ in results {
            bar.inc(1);
            while let Some(slot) = slots.get(expected)
                && let Some(result) = slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
            {
                bar.suspend(|| done(expected, result))?;
                expected += 1;
            }
        }
        bar.finish_and_clear();
        Ok(())
    })
}

/// A progress bar on standard error, for work that takes a while, where somebody watches.
fn bar(count: usize) -> ProgressBar {
    if count < 2 || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} documents, {eta} left");
    ProgressBar::new(count as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..50).collect();
        let slow_first = |item: &u64| {
            std::thread::sleep(Duration::from_micros((50 - item) * 20));
            item * 2
        };
        let mut seen = Vec::new();
        in_order(&items, slow_first, |index, result| {
            seen.push((index as u64, result));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, items.iter().map(|item| (*item, item * 2)).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_ends_the_work() {
        let items: Vec<u64> = (0..1000).collect();
        let result = in_order(
            &items,
            |item| *item,
            |index, _| {
                anyhow::ensure!(index < 3, "enough");
                Ok(())
            },
        );
        assert_eq!(result.unwrap_err().to_string(), "enough");
    }
}
