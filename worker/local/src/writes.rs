//! Hears of writes to a file as they happen, whichever process makes them.
//! What was written is left to whoever looks.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

/// Writes to one file.
pub(crate) struct Writes(Option<Arc<OwnedFd>>);

impl Writes {
    /// Those to the file at `path` from now on. Where the kernel tells of none, none are heard of: it watches so many
    /// files for each user and no more.
    pub(crate) fn of(path: &Path) -> Self {
        Self(watch(path).ok().map(Arc::new))
    }

    /// Waits for the next write, no longer than this; whether there was one.
    pub(crate) async fn within(&self, longest: Duration) -> bool {
        if let Some(events) = self.0.clone()
            && let Ok(Ok(heard)) = spawn_blocking(move || heard(&events, longest)).await
        {
            return heard;
        }
        sleep(longest).await;
        false
    }
}

fn watch(path: &Path) -> io::Result<OwnedFd> {
    let events = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
    inotify::add_watch(&events, path, WatchFlags::MODIFY)?;
    Ok(events)
}

/// Waits for events and forgets them; whether there were some.
fn heard(events: &OwnedFd, longest: Duration) -> io::Result<bool> {
    let longest = Timespec::try_from(longest).map_err(|_| io::ErrorKind::InvalidInput)?;
    let heard = poll(&mut [PollFd::new(events, PollFlags::IN)], Some(&longest))? > 0;
    if heard {
        rustix::io::read(events, &mut [0; 4096])?;
    }
    Ok(heard)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(30);

    #[tokio::test]
    async fn each_write_is_heard_of_once_and_nothing_else() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let writes = Writes::of(file.path());
        assert!(!writes.within(SOON).await);
        std::fs::write(file.path(), "a message").unwrap();
        assert!(writes.within(Duration::from_secs(10)).await);
        assert!(!writes.within(SOON).await);
    }

    #[tokio::test]
    async fn of_a_file_that_is_not_there_nothing_is_heard() {
        assert!(!Writes::of(Path::new("/no/such/file")).within(SOON).await);
    }
}
