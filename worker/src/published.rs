//! The verdicts that lie in a data folder. Making them is left to `vouch work`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use local::LocalStore;
use serde::de::DeserializeOwned;
use verify::verdict::Verdict;

/// The paths of all verdicts, by submission and then by the name of the verdict.
pub fn paths(store: &LocalStore) -> anyhow::Result<Vec<PathBuf>> {
    let folder = store.folder("verdicts");
    let mut paths = Vec::new();
    for submission in sorted(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        paths.extend(sorted(&submission)?.into_iter().filter(|path| is_verdict(path)));
    }
    Ok(paths)
}

/// The newest verdict on each submission: that by the rules of the highest version.
pub fn newest(store: &LocalStore) -> anyhow::Result<Vec<Verdict>> {
    let mut newest: Vec<Verdict> = Vec::new();
    for path in paths(store)? {
        let verdict: Verdict = parse(&path)?;
        match newest.last_mut().filter(|last| last.submission_id == verdict.submission_id) {
            Some(last) if last.rules.version >= verdict.rules.version => {}
            Some(last) => *last = verdict,
            None => newest.push(verdict),
        }
    }
    Ok(newest)
}

/// What a JSON file holds.
pub fn parse<Form: DeserializeOwned>(path: &Path) -> anyhow::Result<Form> {
    let file = fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_reader(io::BufReader::new(file))
        .with_context(|| format!("{} is damaged", path.display()))
}

fn is_verdict(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.ends_with(".json") && !name.ends_with(".timings.json")
}

/// What lies in `folder`, by name; nothing where there is no folder yet.
fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
