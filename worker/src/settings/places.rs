//! Where folders are looked for that no one named.
//! What a folder must hold to count is left to `settings`.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Surroundings;

/// Where to look for a folder, the likeliest place first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places(Vec<PathBuf>);

impl Places {
    /// The folder that was named and no other; otherwise `name` in the current folder, where an installed program has
    /// it (under `share`), where an unpacked one has it (beside it), and above `target/release`.
    pub(super) fn new(name: &str, named: Option<PathBuf>, surroundings: &Surroundings) -> Self {
        if let Some(named) = named {
            return Self(vec![named]);
        }
        let above = surroundings.program.ancestors().skip(1).take(3).map(|folder| folder.join(name));
        let share =
            surroundings.program.ancestors().nth(2).map(|prefix| prefix.join("share/vouch").join(name));
        Self([surroundings.current.join(name)].into_iter().chain(share).chain(above).collect())
    }

    /// The first place that `counts`.
    pub(super) fn first(&self, counts: impl Fn(&Path) -> bool) -> Option<&Path> {
        self.0.iter().map(PathBuf::as_path).find(|place| counts(place))
    }
}

impl fmt::Display for Places {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places: Vec<_> = self.0.iter().map(|place| place.display().to_string()).collect();
        out.write_str(&places.join(", "))
    }
}

/// Not a folder below the current one: `submit` in one place and `work` in another must meet.
pub(super) fn data(surroundings: &Surroundings) -> Option<PathBuf> {
    let home = surroundings.home.as_ref().map(|home| home.join(".local/share"));
    Some(surroundings.data_home.clone().or(home)?.join("vouch"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_found_for_a_checkout_a_release_and_an_installed_program() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for rules in ["rules", "usr/share/vouch/rules"] {
            std::fs::create_dir_all(at(rules)).unwrap();
        }
        let cases = [
            ("from the checkout", at(""), at("target/release/vouch"), at("rules")),
            ("from elsewhere", at("elsewhere"), at("target/release/vouch"), at("rules")),
            ("unpacked", at("elsewhere"), at("vouch"), at("rules")),
            ("installed", at("elsewhere"), at("usr/bin/vouch"), at("usr/share/vouch/rules")),
        ];
        for (name, current, program, rules) in cases {
            let surroundings = Surroundings { current, program, ..Surroundings::default() };
            let places = Places::new("rules", None, &surroundings);
            assert_eq!(places.first(Path::is_dir), Some(rules.as_path()), "{name}");
            let named = Places::new("rules", Some(at("named")), &surroundings);
            assert_eq!(named.first(Path::is_dir), None, "{name}: a folder that is named is the only one");
        }
    }
}
