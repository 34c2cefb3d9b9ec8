//! One reading process as its parent holds it: started ahead, asked, and killed when it is late, worn or no longer
//! wanted.
//! Which document it gets is left to `pool`.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt as _;
use std::process::{self, ChildStdin, ChildStdout, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use document::Reader;
use ocr::{About, PagePicture, ReadPage};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::IsolationError;
use super::frame::{self, Answer, Ready, Request, Setup};
use super::jail::InForce;

/// A child that has opened so many documents is replaced: what one leaves behind does not pile up.
const MOST_DOCUMENTS: u32 = 200;
/// So is one of this age, before its time on a processor runs out in the middle of a document.
const MOST_AGE: Duration = Duration::from_secs(3600);
/// And one that keeps more memory than this, in kilobytes.
const MOST_KILOBYTES: u64 = 512 << 10;
/// How long a child may take to load.
const MOST_TO_START: Duration = Duration::from_secs(60);

/// A child process that reads.
pub struct Held {
    child: process::Child,
    input: ChildStdin,
    output: ChildStdout,
    /// The document that it has open, by the pool's number for it.
    document: Option<u64>,
    opened: u32,
    started: Instant,
}

/// No answer.
pub enum Failure {
    /// The child died, hung or talked nonsense; how, for the operator. It is of no more use.
    Lost(String),
    /// The child says that the machine is in trouble.
    Trouble(IsolationError),
}

impl Held {
    /// Starts a child and waits until it is ready. Says who reads, and how it is locked in.
    pub fn start(setup: &Setup) -> Result<(Self, Vec<Reader>, InForce), IsolationError> {
        // This very program, even if another has been put in its place.
        let mut command = process::Command::new("/proc/self/exe");
        command.arg0("vouch").arg("read-child").env_clear().envs(crate::process::for_children());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // Ctrl-C is for the parent, who lets what is in flight be finished.
        command.process_group(0);
        let mut child = command.spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, output) = pipes.ok_or(ErrorKind::BrokenPipe).map_err(io::Error::from)?;
        rustix::io::ioctl_fionbio(&input, true).map_err(io::Error::from)?;
        rustix::io::ioctl_fionbio(&output, true).map_err(io::Error::from)?;
        let mut held = Self { child, input, output, document: None, opened: 0, started: Instant::now() };
        let until = Instant::now() + MOST_TO_START;
        let setup = |input: &mut Within<'_, ChildStdin>| frame::send(input, setup);
        match held.ask(until, setup) {
            Ok(Ready::Yes { identity, in_force }) => Ok((held, identity, in_force)),
            Ok(Ready::No(why)) => Err(IsolationError::Refused(why)),
            Err(how) => Err(IsolationError::NotReady(how)),
        }
    }

    /// The number of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Which document the child has open.
    pub fn document(&self) -> Option<u64> {
        self.document
    }

    /// The child, unless it has ended by itself.
    pub fn alive(mut self) -> Option<Self> {
        matches!(self.child.try_wait(), Ok(None)).then_some(self)
    }

    /// Whether the child has read so much, or grown so old or so big, that a new one should take its place.
    pub fn is_worn(&self) -> bool {
        let old = self.opened >= MOST_DOCUMENTS || self.started.elapsed() > MOST_AGE;
        old || self.kilobytes().is_some_and(|found| found > MOST_KILOBYTES)
    }

    /// Has the child open a document, known by this number from now on.
    pub fn open(&mut self, number: u64, bytes: &[u8], until: Instant) -> Result<About, Failure> {
        self.document = None;
        self.opened += 1;
        let answer = self.ask(until, |input| {
            frame::send(input, &Request::Open)?;
            frame::send_bytes(input, bytes)
        });
        match answer {
            Ok(Answer::Opened(about)) => {
                self.document = Some(number);
                Ok(about)
            }
            other => Err(failure(other)),
        }
    }

    /// Has the child read a page, counted from 0, of the document that is open.
    pub fn page(&mut self, index: usize, spent: Duration, until: Instant) -> Result<ReadPage, Failure> {
        match self.ask(until, |input| frame::send(input, &Request::Page { index, spent })) {
            Ok(Answer::Page(page)) => Ok(page),
            other => Err(failure(other)),
        }
    }

    /// Has the child show a page, counted from 0, of the document that is open; `None` where it cannot.
    pub fn picture(
        &mut self,
        index: usize,
        longest: u32,
        spent: Duration,
        until: Instant,
    ) -> Result<Option<PagePicture>, Failure> {
        let request = Request::Picture { index, longest, spent };
        let (width, height) = match self.ask(until, |input| frame::send(input, &request)) {
            Ok(Answer::Picture(Some(size))) => size,
            Ok(Answer::Picture(None)) => return Ok(None),
            other => return Err(failure(other)),
        };
        let pixels = if (1..=longest).contains(&width) && (1..=longest).contains(&height) {
            let most = width as usize * height as usize;
            let pixels = frame::receive_bytes(&mut Within { pipe: &mut self.output, until }, most);
            pixels.ok().flatten().filter(|pixels| pixels.len() == most)
        } else {
            None
        };
        let pixels = pixels.ok_or_else(|| Failure::Lost("it sent no such picture".to_owned()))?;
        Ok(Some(PagePicture { width, height, pixels }))
    }

    /// Sends something and waits for the answer, or says how the child was lost.
    fn ask<T: serde::de::DeserializeOwned>(
        &mut self,
        until: Instant,
        send: impl FnOnce(&mut Within<'_, ChildStdin>) -> io::Result<()>,
    ) -> Result<T, String> {
        let sent = send(&mut Within { pipe: &mut self.input, until });
        let answer = sent.and_then(|()| frame::receive(&mut Within { pipe: &mut self.output, until }));
        match answer {
            Ok(Some(answer)) => Ok(answer),
            Err(error) if error.kind() == ErrorKind::TimedOut => Err("it took too long".to_owned()),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                Err(format!("it talked nonsense: {error}"))
            }
            Ok(None) | Err(_) => Err(self.ending()),
        }
    }

    /// How a child ended whose pipe is closed; it may take a moment to be gone.
    fn ending(&mut self) -> String {
        for _ in 0..50 {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.to_string();
            }
            sleep(Duration::from_millis(2));
        }
        "it closed its pipe".to_owned()
    }

    /// The memory that the child keeps, as Linux counts it.
    fn kilobytes(&self) -> Option<u64> {
        let mut status = String::new();
        let file = File::open(format!("/proc/{}/status", self.pid())).ok()?;
        file.take(64 << 10).read_to_string(&mut status).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }
}

/// A child that is let go is killed: it has nothing to finish.
impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn failure(answer: Result<Answer, String>) -> Failure {
    match answer {
        Ok(Answer::Trouble(why)) => Failure::Trouble(IsolationError::Reader(why)),
        Ok(Answer::Opened(_) | Answer::Page(_) | Answer::Picture(_)) => {
            Failure::Lost("it answered what it was not asked".to_owned())
        }
        Err(how) => Failure::Lost(how),
    }
}

/// A pipe that does not block, waited for until a moment and no longer.
struct Within<'a, P> {
    pipe: &'a mut P,
    until: Instant,
}

impl<P: AsFd> Within<'_, P> {
    /// Does what may have to wait, as soon as it need not.
    fn when_ready<T>(
        &mut self,
        ready: PollFlags,
        mut work: impl FnMut(&mut P) -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            match work(self.pipe) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                done => return done,
            }
            let left = self.until.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).map_err(|_| ErrorKind::InvalidInput)?;
            let woken = match poll(&mut [PollFd::new(self.pipe, ready)], Some(&left)) {
                Err(rustix::io::Errno::INTR) => continue,
                woken => woken?,
            };
            if woken == 0 {
                return Err(ErrorKind::TimedOut.into());
            }
        }
    }
}

impl<P: AsFd + Read> Read for Within<'_, P> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.when_ready(PollFlags::IN, |pipe| pipe.read(bytes))
    }
}

impl<P: AsFd + Write> Write for Within<'_, P> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.when_ready(PollFlags::OUT, |pipe| pipe.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::pipe;

    use super::*;

    #[test]
    fn a_pipe_is_waited_for_until_the_moment_and_no_longer() {
        let (mut silent, mut full) = pipe().unwrap();
        rustix::io::ioctl_fionbio(&silent, true).unwrap();
        rustix::io::ioctl_fionbio(&full, true).unwrap();
        let begun = Instant::now();
        let until = begun + Duration::from_millis(30);
        let read = Within { pipe: &mut silent, until }.read(&mut [0]);
        assert_eq!(read.unwrap_err().kind(), ErrorKind::TimedOut);
        let written = Within { pipe: &mut full, until }.write_all(&[0; 1 << 20]);
        assert_eq!(written.unwrap_err().kind(), ErrorKind::TimedOut);
        assert!(begun.elapsed() >= Duration::from_millis(30));
    }
}
