//! Standard output, on which a reader who stops reading is no fault of the machine.
//! What is written there is left to the commands.

use std::io::{self, StdoutLock, Write};

use crate::exit::Exit;

/// Standard output, locked and line by line. Commands write to it as to any [`Write`] and pass errors on.
pub struct Output(StdoutLock<'static>);

/// Whoever read standard output stopped reading.
#[derive(Debug, thiserror::Error)]
#[error("standard output was closed")]
struct Closed;

impl Output {
    /// The one standard output of the program.
    pub fn lock() -> Self {
        Self(io::stdout().lock())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(marked)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(marked)
    }
}

/// [`Exit::OutputClosed`] if `error` came from a closed standard output. A broken pipe elsewhere does not count.
pub fn closed(error: &anyhow::Error) -> Option<Exit> {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.get_ref().is_some_and(|inner| inner.is::<Closed>()))
        .then_some(Exit::OutputClosed)
}

fn marked(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        io::Error::new(io::ErrorKind::BrokenPipe, Closed)
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn only_a_closed_output_ends_the_program_quietly() {
        let elsewhere = io::Error::from(io::ErrorKind::BrokenPipe);
        let output = marked(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(closed(&anyhow::Error::from(elsewhere)), None);
        let wrapped = Err::<(), _>(output).context("cannot print the verdict").unwrap_err();
        assert_eq!(closed(&wrapped), Some(Exit::OutputClosed));
    }
}
