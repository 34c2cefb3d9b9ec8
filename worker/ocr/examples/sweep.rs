//! Reads every file of a folder, each in a process of its own, and prints outcome, time and peak memory.
//!
//! `sweep FOLDER` prints one line a file and a summary; it ends with status 1 if a process died, took longer than
//! the time limit or more than 1 GB.

#![expect(clippy::disallowed_methods, reason = "reads files of its own choosing")]
#![expect(clippy::print_stdout, reason = "printing is what this example is for")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::Context as _;
use ocr::{DocumentReader, ReaderSettings};

const MOST_KILOBYTES: u64 = 1 << 20;
const MOST_SECONDS: f64 = 60.0;

fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next().context("name a folder")?;
    if first == "--one" {
        return one(Path::new(&arguments.next().context("name a file")?));
    }
    let folder = PathBuf::from(first);
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return Ok(ExitCode::SUCCESS);
    }
    sweep(&folder)
}

fn sweep(folder: &Path) -> anyhow::Result<ExitCode> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.retain(|file| file.extension().is_none_or(|extension| extension != "jsonl"));
    files.sort();
    let program = std::env::current_exe()?;
    let (mut bad, mut slowest, mut biggest) = (0, 0.0_f64, 0);
    for file in &files {
        let start = Instant::now();
        let output = Command::new(&program).arg("--one").arg(file).output()?;
        let seconds = start.elapsed().as_secs_f64();
        let said = String::from_utf8_lossy(&output.stdout);
        let (kilobytes, outcome) = said.trim_end().split_once('\t').unwrap_or(("0", "died"));
        let kilobytes: u64 = kilobytes.parse().unwrap_or(0);
        let panicked = String::from_utf8_lossy(&output.stderr).contains("panicked");
        let sound = output.status.success() && kilobytes <= MOST_KILOBYTES && seconds <= MOST_SECONDS;
        bad += usize::from(!sound);
        slowest = slowest.max(seconds);
        biggest = biggest.max(kilobytes);
        let mark = if !sound {
            "BAD"
        } else if panicked {
            "caught"
        } else {
            "ok"
        };
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        println!("{mark}\t{seconds:.2} s\t{} MB\t{outcome}\t{name}", kilobytes >> 10);
    }
    println!("{} files, {bad} bad, slowest {slowest:.2} s, biggest {} MB", files.len(), biggest >> 10);
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn one(file: &Path) -> anyhow::Result<ExitCode> {
    let reader = DocumentReader::new(ReaderSettings::default())?;
    let (reading, _) = reader.read(&std::fs::read(file)?)?;
    let pages: Vec<String> = reading
        .pages
        .iter()
        .map(|page| match &page.text {
            Ok(text) => format!("{:?}:{}", text.source, text.words.len()),
            Err(fault) => format!("{fault:?}"),
        })
        .collect();
    let fault = reading.fault.map_or_else(String::new, |fault| format!("{fault:?}"));
    let outcome = format!("{fault} {} pages {}", pages.len(), pages.join(" "));
    println!("{}\t{}", peak_kilobytes(), outcome.chars().take(200).collect::<String>());
    Ok(ExitCode::SUCCESS)
}

/// The most memory this process ever held, as Linux counts it.
fn peak_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
