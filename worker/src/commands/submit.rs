//! `vouch submit`: sends submissions to the queue. Their files are copied into the store first, each under its digest,
//! so that the queue does not depend on them staying where they are.
//! Working on them is left to `vouch work`.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use document::{Digest, FileRef, Submission};
use pipeline::{Key, Message, Queue, Store};
use tokio::runtime::{Builder, Runtime};

use crate::edges::{Connected, Place};
use crate::exit::Exit;
use crate::settings::Settings;

/// Sends submissions to the queue, with copies of their files, and prints their ids. Sending one twice does no harm.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files with a submission each; what they name as files is relative to them
    #[arg(value_name = "SUBMISSION.json", required_unless_present = "submissions")]
    files: Vec<PathBuf>,

    /// A file with a submission on each line; what they name as files is relative to it. With '-', standard input, and
    /// the current folder: each is sent as soon as its line is there
    #[arg(long, value_name = "MANY.jsonl")]
    submissions: Option<PathBuf>,

    /// Send them where they can wait: live uploads go before them
    #[arg(long)]
    backlog: bool,
}

/// No submission is larger, in bytes.
const MAX_SUBMISSION: u64 = 1 << 20;

/// Sends each submission in turn. One that is not valid is named on standard error, and the rest are sent.
pub fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    match Place::of(settings)? {
        Place::Folder(data) => send_all(args, &runtime, &data.into(), out),
        #[cfg(feature = "aws")]
        Place::Remote(remote) => {
            let connected = runtime.block_on(Connected::open(&remote))?;
            send_all(args, &runtime, &connected, out)
        }
    }
}

fn send_all<Q: Queue, S: Store>(
    args: &Args,
    runtime: &Runtime,
    edges: &Connected<Q, S>,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let lane = if args.backlog { edges.backlog.as_ref() } else { Some(&edges.live) };
    let queue =
        lane.ok_or_else(|| anyhow!("there is no queue for what can wait; name one with --backlog-queue"));
    let queue = queue.context(Exit::Usage)?;
    let mut refused = 0;
    for source in sources(args) {
        let sent = match source.and_then(|source| source.parse()) {
            Ok((submission, place)) => runtime.block_on(send(&**queue, &*edges.store, submission, &place)),
            Err(error) => Err(error.context(Exit::Invalid)),
        };
        match sent {
            Ok(id) => writeln!(out, "{id}")?,
            Err(error) if Exit::of_error(&error) == Exit::Invalid => {
                refused += 1;
                writeln!(io::stderr(), "vouch: {error:#}")?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(if refused == 0 { Exit::Done } else { Exit::Invalid })
}

/// One submission as text, and where it was found.
struct Source {
    text: String,
    path: PathBuf,
    line: Option<usize>,
}

/// All submissions, read one by one: a file of many may be long.
fn sources(args: &Args) -> impl Iterator<Item = anyhow::Result<Source>> {
    let single = args.files.iter().map(|path| {
        let text = read_text(path).with_context(|| path.display().to_string())?;
        Ok(Source { text, path: path.clone(), line: None })
    });
    single.chain(args.submissions.iter().flat_map(|path| lines(path)))
}

/// What stands for standard input.
const STANDARD_INPUT: &str = "-";

fn lines(path: &Path) -> Box<dyn Iterator<Item = anyhow::Result<Source>>> {
    let path = path.to_owned();
    let input: Box<dyn BufRead> = if path.as_os_str() == STANDARD_INPUT {
        Box::new(io::stdin().lock())
    } else {
        match File::open(&path).with_context(|| path.display().to_string()) {
            Ok(file) => Box::new(BufReader::new(file)),
            Err(error) => return Box::new(std::iter::once(Err(error))),
        }
    };
    let lines = (1..).zip(input.lines());
    Box::new(lines.filter(|(_, text)| text.as_ref().map_or(true, |text| !text.trim().is_empty())).map(
        move |(line, text)| {
            let text = text.with_context(|| format!("{}:{line}", path.display()))?;
            Ok(Source { text, path: path.clone(), line: Some(line) })
        },
    ))
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_SUBMISSION + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_SUBMISSION {
        bail!("larger than {MAX_SUBMISSION} bytes");
    }
    Ok(text)
}

impl Source {
    /// The submission, and the folder that its files are relative to.
    fn parse(self) -> anyhow::Result<(Submission, PathBuf)> {
        let place = match self.line {
            Some(line) => format!("{}:{line}", self.path.display()),
            None => self.path.display().to_string(),
        };
        let submission = serde_json::from_str(&self.text).context(place)?;
        let folder = self.path.parent().unwrap_or(Path::new("")).to_owned();
        Ok((submission, folder))
    }
}

/// Copies the files, then sends the submission with the copies as its files.
async fn send<Q: Queue, S: Store>(
    queue: &Q,
    store: &S,
    mut submission: Submission,
    folder: &Path,
) -> anyhow::Result<String> {
    let id = submission.submission_id.clone();
    store.put(&Key::submission(&id), &serde_json::to_vec(&submission)?).await?;
    for file in &mut submission.files {
        let copied = copy(store, file, folder).await;
        *file = copied.with_context(|| format!("submission {id}: file '{}'", file.0))?;
    }
    queue.send(Message::new(&serde_json::to_vec(&submission)?)).await?;
    Ok(id)
}

/// The reference to a copy in the store. A file too large to be read is not copied: its place is enough for a verdict
/// that says so.
async fn copy<S: Store>(store: &S, file: &FileRef, folder: &Path) -> anyhow::Result<FileRef> {
    if let Some((scheme, _)) = file.0.split_once("://") {
        return Err(anyhow!("a file at {scheme}:// cannot be copied; name a path").context(Exit::Invalid));
    }
    let path = std::path::absolute(folder.join(&file.0))?;
    let about = fs::metadata(&path).context(Exit::Invalid)?;
    if !about.is_file() {
        return Err(anyhow!("is no file").context(Exit::Invalid));
    }
    if about.len() > ocr::Limits::default().bytes {
        let path = path.to_str().ok_or_else(|| anyhow!("its path is not UTF-8").context(Exit::Invalid))?;
        return Ok(FileRef(path.to_owned()));
    }
    #[expect(clippy::disallowed_methods, reason = "its size was looked at just above")]
    let bytes = fs::read(&path).context(Exit::Invalid)?;
    let key = Key::document(&Digest::of(&bytes));
    store.create_if_absent(&key, &bytes).await?;
    Ok(FileRef(key.to_string()))
}
