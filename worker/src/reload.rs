//! Takes up changed rule files while a worker runs. Files that do not load change nothing.
//! Reading and loading them is left to `rule_files`, what the change means for work in flight to `pipeline`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pipeline::Rulebook;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::AbortOnDropHandle;
use verify::rules::{RuleFile, Rules};

use crate::{operate, rule_files};

/// How often the files are looked at. What notices changes by itself misses them in folders that are mounted.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A folder of rule files, and what was last found in it.
pub struct RuleFolder {
    folder: PathBuf,
    /// What was dealt with, whether it was taken up or refused; nothing after trouble.
    settled: Option<Vec<RuleFile>>,
    /// What was found at the last look, or what stood in the way. Files are dealt with when two looks find the same, so
    /// that not half of a change is taken up.
    found: Result<Vec<RuleFile>, String>,
}

/// What a look at the folder came to.
#[derive(Debug)]
enum Look {
    /// Nothing to do.
    Settled,
    /// Other rules, which load.
    Changed(Box<Rules>),
    /// What cannot be read or does not load, as it is told to the operator.
    Refused(String),
}

impl RuleFolder {
    /// The rules in a folder, and the folder to look at from then on.
    ///
    /// # Errors
    /// As [`rule_files::load`].
    pub fn open(folder: &Path) -> anyhow::Result<(Rules, Self)> {
        let (files, rules) = rule_files::load(folder)?;
        Ok((rules, Self { folder: folder.to_owned(), settled: Some(files.clone()), found: Ok(files) }))
    }

    /// Looks at the folder again and again, and puts what changes in force, as long as the result is kept.
    pub fn follow(mut self, rulebook: Arc<Rulebook>) -> AbortOnDropHandle<()> {
        AbortOnDropHandle::new(tokio::spawn(async move {
            let mut ticks = interval(LOOK_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let looked = spawn_blocking(move || {
                    let look = self.look();
                    (self, look)
                });
                // Whoever panics looks no more; the rules in force stay so.
                let Ok((folder, look)) = looked.await else { return };
                self = folder;
                match look {
                    Look::Settled => continue,
                    Look::Changed(rules) => {
                        let (version, digest) = (rules.version(), rules.digest());
                        tracing::info!(version, %digest, "changed rules are in force");
                        rulebook.replace(*rules);
                        operate::note_rules(true);
                    }
                    Look::Refused(why) => {
                        tracing::error!(%why, "changed rules are refused; the ones before stay in force");
                        operate::note_rules(false);
                    }
                }
            }
        }))
    }

    fn look(&mut self) -> Look {
        let files = rule_files::read(&self.folder)
            .map_err(|error| format!("cannot read the rule files in {}: {error}", self.folder.display()));
        let at_rest = files == self.found;
        self.found = files;
        match &self.found {
            Err(_) if at_rest => Look::Settled,
            Err(why) => {
                self.settled = None;
                Look::Refused(why.clone())
            }
            Ok(files) if !at_rest || Some(files) == self.settled.as_ref() => Look::Settled,
            Ok(files) => {
                self.settled = Some(files.clone());
                match Rules::load(files.clone()) {
                    Ok(rules) => Look::Changed(Box::new(rules)),
                    Err(errors) => Look::Refused(rule_files::list(&self.folder, &errors)),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The repository's own rules, in a folder that a test may change.
    fn rules() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        for file in rule_files::read(&own).unwrap() {
            let path = folder.path().join(&file.path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file.text).unwrap();
        }
        folder
    }

    fn change(folder: &Path, from: &str, to: &str) {
        let files = rule_files::read(folder).unwrap();
        let file = files.into_iter().find(|file| file.path == "verdicts.yaml").unwrap();
        assert!(file.text.contains(from), "{}", file.text);
        fs::write(folder.join(file.path), file.text.replacen(from, to, 1)).unwrap();
    }

    #[test]
    fn what_changed_is_taken_up_once_it_is_at_rest() {
        let rules = rules();
        let (before, mut folder) = RuleFolder::open(rules.path()).unwrap();
        assert!(matches!(folder.look(), Look::Settled));

        change(rules.path(), before.version(), "2031-01-01");
        assert!(matches!(folder.look(), Look::Settled), "somebody may still be writing");
        let look = folder.look();
        assert!(matches!(&look, Look::Changed(rules) if rules.version() == "2031-01-01"), "{look:?}");
        assert!(matches!(folder.look(), Look::Settled));
    }

    #[test]
    fn what_does_not_load_is_refused_once_with_its_line() {
        let rules = rules();
        let (before, mut folder) = RuleFolder::open(rules.path()).unwrap();
        change(rules.path(), "version:", "spelling: wrong\nversion:");
        assert!(matches!(folder.look(), Look::Settled));
        let look = folder.look();
        assert!(matches!(&look, Look::Refused(why) if why.contains("verdicts.yaml:")), "{look:?}");
        assert!(matches!(folder.look(), Look::Settled), "it was said");
        change(rules.path(), "spelling: wrong\n", "");
        assert!(matches!(folder.look(), Look::Settled));
        let look = folder.look();
        assert!(matches!(&look, Look::Changed(rules) if rules.digest() == before.digest()), "{look:?}");
    }

    #[test]
    fn a_folder_that_goes_and_comes_back_is_taken_up_again() {
        let rules = rules();
        let (before, mut folder) = RuleFolder::open(rules.path()).unwrap();
        let aside = rules.path().with_extension("aside");
        fs::rename(rules.path(), &aside).unwrap();
        let look = folder.look();
        assert!(matches!(&look, Look::Refused(why) if why.contains("cannot read")), "{look:?}");
        assert!(matches!(folder.look(), Look::Settled), "it was said");
        fs::rename(&aside, rules.path()).unwrap();
        assert!(matches!(folder.look(), Look::Settled));
        let look = folder.look();
        assert!(matches!(&look, Look::Changed(rules) if rules.digest() == before.digest()), "{look:?}");
    }
}
