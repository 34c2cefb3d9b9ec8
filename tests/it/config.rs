//! The settings in force can be seen, kept as a file and given back; secrets cannot be seen.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// What is said of the settings, the arguments and the variables.
type Case<'a> = (&'a str, &'a [&'a str], &'a [(&'a str, &'a str)]);

#[test]
fn what_is_printed_is_a_settings_file_that_prints_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let printed = folder.path().join("printed.yaml");
    let sqs = |name: &str| format!("https://sqs.us-west-2.amazonaws.com/123456789012/{name}");
    let cases: &[Case] = &[
        ("", &[], &[]),
        ("data: kept\nwork:\n  lease: 2.5\n", &["--grace", "5", "-vv"], &[("VOUCH_NAME", "worker: 1")]),
        (
            "remote:\n  regions: [us-west-2, us-west-1]\noperate:\n  listen: 0.0.0.0:9090\nnotify:\n  \
             webhook_secret_file: secret\n",
            &["--queue", &sqs("submissions"), "--verdict-queue", &sqs("verdicts"), "--bucket", "documents"],
            &[("VOUCH_WEBHOOK", "https://ana:secret@portal.example/hooks?key=secret#secret")],
        ),
    ];
    for (file, args, variables) in cases {
        let path = folder.path().join("vouch.yaml");
        fs::write(&path, file).unwrap();
        let first =
            vouch(args).arg("--settings").arg(&path).envs(variables.iter().copied()).output().unwrap();
        assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
        fs::write(&printed, &first.stdout).unwrap();
        let again = vouch(&[]).arg("--settings").arg(&printed).current_dir(folder.path()).output().unwrap();
        assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
        assert_eq!(values(&first), values(&again), "{file}");
        assert!(
            !stdout(&first).contains("secret@") && !stdout(&first).contains("=secret"),
            "{}",
            stdout(&first)
        );
    }
}

#[test]
fn every_value_says_where_it_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vouch.yaml");
    fs::write(&path, "data: kept\nlog: error\nwork:\n  lease: 2.5\nnotify:\n  webhook_secret_file: s\n")
        .unwrap();
    let mut command =
        vouch(&["--log", "info", "--webhook", "https://ana:secret@portal.example/hooks?key=secret"]);
    let output = command.arg("--settings").arg(&path).env("VOUCH_GRACE", "5").output().unwrap();
    let shown = stdout(&output);
    for line in [
        &*format!("data: {} # settings file", folder.path().join("kept").display()),
        "log: info # command line or environment",
        "log_format: text # default",
        "  lease: 2.5 # settings file",
        "  grace: 5.0 # command line or environment",
        "  webhook: https://***@portal.example/hooks?*** # command line or environment",
        &*format!("  webhook_secret_file: {} # settings file", folder.path().join("s").display()),
        "  deliveries: 8 # default",
    ] {
        assert!(shown.lines().any(|it| it == line), "{line} in:\n{shown}");
    }
    assert!(!shown.contains("remote:"), "{shown}");
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let cases: &[(&[&str], &str)] = &[
        (&["--bucket", "documents"], "name one with --queue"),
        (
            &["--queue", "https://sqs.us-west-2.amazonaws.com/1/a", "--bucket", "b"],
            "name one with --verdict-queue",
        ),
        (
            &["--queue", "a", "--verdict-queue", "a", "--bucket", "b"],
            "--queue and --verdict-queue are the same",
        ),
        (&["--queue", "a", "--verdict-queue", "v", "--bucket", "b"], "name those that documents may be in"),
        (&["--webhook", "portal"], "the webhook is no URL"),
    ];
    for (args, says) in cases {
        let output = vouch(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(says), "{args:?}: {}", stderr(&output));
    }
}

/// `vouch config` in surroundings of its own.
fn vouch(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vouch"));
    command.env_clear().env("HOME", "/nonexistent").current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    command.arg("config").args(args);
    command
}

/// The lines without where the values come from.
fn values(output: &Output) -> Vec<String> {
    stdout(output).lines().map(|line| line.split(" # ").next().unwrap().to_owned()).collect()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
