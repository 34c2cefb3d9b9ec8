//! The reading process: loads what it needs, locks itself in, then opens documents and reads pages until its parent is
//! gone. It is started by `held` and is no command for people.
//! What it is asked for, and how long it may take, is left to the parent.

use std::io::{self, Read, Write};
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use ocr::{DocumentReader, Limits, PagePicture, ReaderError, ReaderSettings};

use super::frame::{self, Answer, Ready, Request, Setup};
use super::jail::Jail;
use super::probe;
use crate::exit::Exit;

/// How the reading process is started.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Instead of reading, try what a locked process must not be able to do, and print what came of it
    #[arg(long)]
    probe: bool,

    /// With --probe: do not lock first
    #[arg(long, requires = "probe")]
    unlocked: bool,
}

/// Reads documents for the parent process. Ends when it has no more.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    // A panic may quote a document; the parent sees that the process ends.
    panic::set_hook(Box::new(|_| {}));
    if args.probe {
        return probe::run(!args.unlocked);
    }
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let settings = settings(frame::receive(&mut input)?.context("no setup")?);
    let (reader, jail) = match loaded(settings)? {
        Ok(loaded) => loaded,
        Err(error) => {
            frame::send(&mut output, &Ready::No(in_full(&error)))?;
            return Ok(Exit::Failed);
        }
    };
    let ready = Ready::Yes { identity: reader.identity(), in_force: jail.lock()? };
    frame::send(&mut output, &ready)?;
    serve(&reader, &mut input, &mut output)
}

/// All that will ever be needed, and the jail half closed: afterwards no file can be opened.
fn loaded(settings: ReaderSettings) -> io::Result<Result<(DocumentReader, Jail), ReaderError>> {
    if let Err(error) = settings.load_libraries() {
        return Ok(Err(error));
    }
    let folders = [Some(&settings.trained_data), settings.models.as_ref()];
    let folders: Vec<&Path> = folders.into_iter().flatten().map(PathBuf::as_path).collect();
    let jail = Jail::enter(&folders)?;
    Ok(DocumentReader::new(settings).map(|reader| (reader, jail)))
}

fn settings(setup: Setup) -> ReaderSettings {
    let Setup { trained_data, models, readers } = setup;
    let usual = ReaderSettings::default();
    ReaderSettings { trained_data: trained_data.unwrap_or(usual.trained_data), models, readers, ..usual }
}

fn serve(reader: &DocumentReader, input: &mut impl Read, output: &mut impl Write) -> anyhow::Result<Exit> {
    let mut next = match frame::receive(input)? {
        Some(Request::Open) => document(input)?,
        Some(Request::Page { .. } | Request::Picture { .. }) => bail!("asked for a page of no document"),
        None => None,
    };
    while let Some(bytes) = next {
        next = read(reader, bytes, input, output)?;
    }
    Ok(Exit::Done)
}

/// Opens a document and reads the pages asked for, until the next document comes.
fn read(
    reader: &DocumentReader,
    bytes: Vec<u8>,
    input: &mut impl Read,
    output: &mut impl Write,
) -> anyhow::Result<Option<Vec<u8>>> {
    let opened = reader.open(Arc::new(bytes));
    let answer = opened.as_ref().map_or_else(trouble, |opened| Answer::Opened(opened.about().clone()));
    frame::send(output, &answer)?;
    let opened = opened?;
    loop {
        match frame::receive(input)? {
            Some(Request::Open) => return Ok(document(input)?),
            Some(Request::Page { index, spent }) => {
                let page = reader.read_page(&opened, index, spent);
                frame::send(output, &page.map_or_else(|error| trouble(&error), Answer::Page))?;
            }
            Some(Request::Picture { index, longest, spent }) => {
                send_picture(output, &reader.show_page(&opened, index, longest, spent))?;
            }
            None => return Ok(None),
        }
    }
}

fn send_picture(
    output: &mut impl Write,
    picture: &Result<Option<PagePicture>, ReaderError>,
) -> io::Result<()> {
    match picture {
        Ok(Some(PagePicture { width, height, pixels })) => {
            frame::send(output, &Answer::Picture(Some((*width, *height))))?;
            frame::send_bytes(output, pixels)
        }
        Ok(None) => frame::send(output, &Answer::Picture(None)),
        Err(error) => frame::send(output, &trouble(error)),
    }
}

/// One byte more than a document may have: the reader then says that it is too large.
fn document(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let most = usize::try_from(Limits::default().bytes).unwrap_or(usize::MAX);
    frame::receive_bytes(input, most.saturating_add(1))
}

fn trouble(error: &ReaderError) -> Answer {
    Answer::Trouble(in_full(error))
}

/// The error with its causes.
fn in_full(error: &ReaderError) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
