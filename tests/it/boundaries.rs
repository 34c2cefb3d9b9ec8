//! The crates' boundaries: who may depend on whom, and what the pure ones do without.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Every crate of the workspace and those of the workspace it may use. A new crate needs a row, and a reason:
/// it must stay pure, it drags in a heavy dependency, or it is an edge that can be swapped.
const ALLOWED: &[(&str, &[&str])] = &[
    ("document", &[]),
    ("verify", &["document"]),
    ("ocr", &["document"]),
    ("pipeline", &["document", "verify"]),
    ("local", &["document", "verify", "pipeline"]),
    ("aws", &["document", "pipeline"]),
    ("vouch", &["document", "verify", "ocr", "pipeline", "local", "aws"]),
];

/// The crates without I/O, clock or randomness: from readings to a verdict.
const PURE: &[&str] = &["document", "verify"];

/// What reaches outside the process, or makes the same input give another output.
const IMPURE_PATHS: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io::stdin",
    "std::net",
    "std::process",
    "std::thread",
    "std::time",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "RandomState",
];

/// Crates that do the same.
const IMPURE_CRATES: &[&str] =
    &["fastrand", "getrandom", "rand", "rayon", "reqwest", "rusqlite", "tempfile", "tokio", "walkdir"];

#[test]
fn every_crate_uses_only_the_crates_it_may() {
    let workspace = Workspace::load();
    let members: BTreeSet<_> = workspace.packages().map(name).collect();
    let listed: BTreeSet<_> = ALLOWED.iter().map(|(package, _)| *package).collect();
    assert_eq!(members, listed, "the crates of the workspace and the rows of ALLOWED differ");
    for package in workspace.packages() {
        let allowed = ALLOWED.iter().find(|(it, _)| *it == name(package)).unwrap().1;
        for used in dependencies(package).map(name).filter(|it| members.contains(it)) {
            assert!(allowed.contains(&used), "{} must not depend on {used}", name(package));
        }
    }
}

#[test]
fn only_the_binary_erases_its_errors() {
    for package in Workspace::load().packages().filter(|package| name(package) != "vouch") {
        let erases = in_production(package).any(|it| it == "anyhow" || it == "eyre");
        assert!(!erases, "{} must have an error type of its own", name(package));
    }
}

#[test]
fn only_one_crate_names_the_aws_sdk() {
    for package in Workspace::load().packages().filter(|package| name(package) != "aws") {
        let aws = dependencies(package).map(name).find(|it| it.starts_with("aws-"));
        assert_eq!(aws, None, "in {}", name(package));
    }
}

#[test]
fn pure_crates_depend_on_nothing_impure() {
    for package in Workspace::load().packages().filter(|package| PURE.contains(&name(package))) {
        let impure = in_production(package).find(|it| IMPURE_CRATES.contains(it));
        assert_eq!(impure, None, "in {}", name(package));
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "reads our own sources")]
fn pure_crates_name_nothing_impure() {
    for pure in PURE {
        let mut sources = Vec::new();
        rust_files(&root().join("worker").join(pure).join("src"), &mut sources);
        assert!(!sources.is_empty(), "no sources of {pure}");
        for path in sources {
            let source = std::fs::read_to_string(&path).unwrap();
            if let Some(found) = impure_path(&source) {
                panic!("{} names {found}", path.display());
            }
        }
    }
}

#[test]
fn impure_paths_are_found_outside_of_tests_and_comments() {
    let cases = [
        ("use std::fs::File;", Some("std::fs")),
        ("use std::fmt;\nfn now() { std::time::Instant::now() }", Some("std::time")),
        ("use std::{fmt, fs};", Some("std::fs")),
        ("// std::fs is for others", None),
        ("use std::fmt;\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}", None),
    ];
    for (source, found) in cases {
        assert_eq!(impure_path(source), found, "{source}");
    }
}

/// The first impure path that the part of `source` before its tests names.
fn impure_path(source: &str) -> Option<&'static str> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).find_map(|line| {
        let grouped = line.trim().strip_prefix("use std::{").map(|rest| rest.trim_end_matches("};"));
        let modules =
            grouped.into_iter().flat_map(|rest| rest.split(", ")).map(|module| format!("std::{module}"));
        let text = modules.fold(line.to_owned(), |text, module| text + " " + &module);
        IMPURE_PATHS.iter().find(|path| text.contains(**path)).copied()
    })
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The manifests of the workspace, as cargo understands them.
struct Workspace(Value);

impl Workspace {
    fn load() -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self(serde_json::from_slice(&output.stdout).unwrap())
    }

    fn packages(&self) -> impl Iterator<Item = &Value> {
        self.0["packages"].as_array().unwrap().iter()
    }
}

fn dependencies(package: &Value) -> impl Iterator<Item = &Value> {
    package["dependencies"].as_array().unwrap().iter()
}

/// The names of what the package needs when it runs, not when it is built or tested.
fn in_production(package: &Value) -> impl Iterator<Item = &str> {
    dependencies(package).filter(|dependency| dependency["kind"].is_null()).map(name)
}

fn name(value: &Value) -> &str {
    value["name"].as_str().unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
