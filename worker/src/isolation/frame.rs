//! The messages between the program and its reading processes: JSON, or the bytes of a document, each with its length
//! before it and a limit to it.
//! Who says what when is left to `held` and `child`.

use std::io::{self, ErrorKind, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use document::Reader;
use ocr::Readers;
use ocr::{About, ReadPage};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::jail::InForce;

/// The most bytes of one message: a page of some 30,000 words, far denser than print. A child that a document has taken
/// over must not be able to fill its parent's memory either.
const MOST: usize = 4 << 20;

/// What a reading process needs to begin: the first message to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Setup {
    /// Tesseract's own trained data; `None` for where Debian keeps it.
    pub trained_data: Option<PathBuf>,
    /// The folder that holds `mrz.traineddata` and the networks.
    pub models: Option<PathBuf>,
    /// Which readers read pictures.
    pub readers: Readers,
}

/// The answer to it.
#[derive(Debug, Serialize, Deserialize)]
pub enum Ready {
    /// It has loaded and locked itself.
    Yes {
        /// Who reads.
        identity: Vec<Reader>,
        /// How it is locked in.
        in_force: InForce,
    },
    /// It cannot read.
    No(String),
}

/// What a reading process is asked.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// To open the document whose bytes follow. What it had open is closed.
    Open,
    /// To read a page of the open document.
    Page {
        /// From 0.
        index: usize,
        /// How much of its time the document has had.
        spent: Duration,
    },
    /// To show a page of the open document.
    Picture {
        /// From 0.
        index: usize,
        /// The most pixels of a side.
        longest: u32,
        /// How much of its time the document has had.
        spent: Duration,
    },
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// To [`Request::Open`].
    Opened(About),
    /// To [`Request::Page`].
    Page(ReadPage),
    /// To [`Request::Picture`]: its width and height, and grey pixels follow, a byte each; or that it cannot be shown. They
    /// are no coded picture, so that whoever gets them has nothing to decode.
    Picture(Option<(u32, u32)>),
    /// Trouble of the machine.
    Trouble(String),
}

/// Sends a message.
pub fn send(out: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    send_bytes(out, &serde_json::to_vec(message)?)
}

/// Sends bytes as they are.
pub fn send_bytes(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(|_| io::Error::from(ErrorKind::FileTooLarge))?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(bytes)?;
    out.flush()
}

/// The next message, or `None` if the other side is gone.
pub fn receive<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<Option<T>> {
    let bytes = receive_bytes(input, MOST)?;
    Ok(bytes.map(|bytes| serde_json::from_slice(&bytes)).transpose()?)
}

/// The bytes that come next, no more than `most`, or `None` if the other side is gone.
pub fn receive_bytes(input: &mut impl Read, most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > most {
        return Err(io::Error::new(ErrorKind::InvalidData, "the message is too long"));
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length)?;
    let got = input.take(length as u64).read_to_end(&mut bytes)?;
    Ok((got == length).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_arrive_as_they_were_sent_until_the_sender_is_gone() {
        let mut pipe = Vec::new();
        send(&mut pipe, &Request::Page { index: 7, spent: Duration::from_millis(12) }).unwrap();
        send_bytes(&mut pipe, b"").unwrap();
        let mut read = pipe.as_slice();
        let first = receive::<Request>(&mut read).unwrap();
        assert!(matches!(first, Some(Request::Page { index: 7, spent }) if spent.as_millis() == 12));
        assert_eq!(receive_bytes(&mut read, 0).unwrap(), Some(Vec::new()));
        assert_eq!(receive_bytes(&mut read, 0).unwrap(), None);
    }

    #[test]
    fn a_message_that_is_too_long_or_breaks_off_or_means_nothing_is_none() {
        let sent = |bytes: &[u8]| {
            let mut pipe = Vec::new();
            send_bytes(&mut pipe, bytes).unwrap();
            pipe
        };
        assert_eq!(receive_bytes(&mut sent(b"eight by").as_slice(), 8).unwrap().unwrap(), b"eight by");
        assert!(receive_bytes(&mut sent(b"nine byte").as_slice(), 8).is_err());
        assert!(receive_bytes(&mut [0xff; 4].as_slice(), MOST).is_err());
        assert_eq!(receive_bytes(&mut &sent(b"broken off")[..9], MOST).unwrap(), None);
        assert!(receive::<Request>(&mut sent(b"{\"Exec\":1}").as_slice()).is_err());
    }
}
