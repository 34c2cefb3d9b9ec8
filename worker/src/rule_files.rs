//! Reads a folder of rule files.
//! What they say, and what may be wrong with them, is left to `verify::rules`.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use verify::rules::{RuleError, RuleFile, Rules};

use crate::exit::Exit;

/// The most bytes that a rule file may have.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// The most rule files that a folder may have.
const MAX_FILES: usize = 1000;

/// All `.yaml` files of `folder` and of the folders in it, hidden ones apart.
///
/// # Errors
/// If something cannot be read, or is beyond a limit.
pub fn read(folder: &Path) -> io::Result<Vec<RuleFile>> {
    let mut paths = yaml_files(folder)?;
    for inner in visible(folder)?.iter().filter(|path| path.is_dir()) {
        paths.extend(yaml_files(inner)?);
    }
    if paths.len() > MAX_FILES {
        return Err(io::Error::other(format!("{} rule files, at most {MAX_FILES}", paths.len())));
    }
    paths.iter().map(|path| read_file(folder, path)).collect()
}

/// The rule files in `folder`, and the rules that they are.
///
/// # Errors
/// If they cannot be read, or do not load; then all that is wrong with them is in the message, a line each.
pub fn load(folder: &Path) -> anyhow::Result<(Vec<RuleFile>, Rules)> {
    let files =
        read(folder).with_context(|| format!("cannot read the rule files in {}", folder.display()))?;
    let rules = Rules::load(files.clone())
        .map_err(|errors| anyhow!("{}", list(folder, &errors)))
        .context(Exit::Invalid)?;
    Ok((files, rules))
}

/// What is wrong, a line each, with paths that an editor can open.
pub fn list(folder: &Path, errors: &[RuleError]) -> String {
    let lines = errors.iter().map(|error| format!("{}/{error}", folder.display()));
    lines.collect::<Vec<_>>().join("\n")
}

fn yaml_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = visible(folder)?;
    paths.retain(|path| path.is_file() && path.extension().is_some_and(|end| end == "yaml" || end == "yml"));
    Ok(paths)
}

/// What lies in a folder. Hidden entries are left out: a mounted Kubernetes volume has its real files in such ones,
/// and links to them.
fn visible(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    let hidden = |path: &Path| path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
    paths.retain(|path| !hidden(path));
    paths.sort();
    Ok(paths)
}

fn read_file(folder: &Path, path: &Path) -> io::Result<RuleFile> {
    let mut text = String::new();
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text))
        .map_err(named)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(named(io::Error::other(format!("larger than {MAX_FILE_BYTES} bytes"))));
    }
    let relative = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    Ok(RuleFile { path: parts.join("/"), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_files_are_read_two_levels_deep_and_hidden_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("verdicts.yaml", "a"),
            ("proofs/income.yaml", "b"),
            ("proofs/notes.txt", "no"),
            ("proofs/.income.yaml", "no"),
            ("..data/old.yaml", "no"),
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let read: Vec<_> =
            read(folder.path()).unwrap().into_iter().map(|file| (file.path, file.text)).collect();
        let expected = [("verdicts.yaml", "a"), ("proofs/income.yaml", "b")];
        assert_eq!(read, expected.map(|(path, text)| (path.to_owned(), text.to_owned())));
    }

    #[test]
    fn a_folder_that_is_not_there_and_rules_that_do_not_load_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let missing = load(&folder.path().join("nowhere")).unwrap_err();
        assert_eq!(Exit::of_error(&missing), Exit::Failed);
        fs::write(folder.path().join("verdicts.yaml"), "version: 1\nspelling: wrong\n").unwrap();
        let broken = load(folder.path()).unwrap_err();
        assert_eq!(Exit::of_error(&broken), Exit::Invalid);
        assert!(format!("{broken:#}").contains("verdicts.yaml:2:1: "), "{broken:#}");
    }
}
