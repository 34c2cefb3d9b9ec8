//! The program as a script sees it: its status, what it prints where, and its settings.

use std::io::pipe;
use std::path::Path;
use std::process::{Command, Output};

use local::LocalQueue;
use pipeline::{Message, Queue as _};
use tokio::runtime::Builder;

#[test]
fn the_status_and_the_message_say_what_happened() {
    let cases: &[(&[&str], i32, &str)] = &[
        (&["--version"], 0, ""),
        (&["--help"], 0, ""),
        (&["schema"], 0, ""),
        (&[], 2, "Usage: vouch"),
        (&["schema", "nonsense"], 2, "possible values: submission, verdict"),
        (&["schema", "--log", "=?="], 2, "log filter '=?='"),
        (&["schema", "--settings", "/nowhere/vouch.yaml"], 2, "/nowhere/vouch.yaml: No such file"),
    ];
    for (args, status, message) in cases {
        let output = vouch().args(*args).output().unwrap();
        assert_eq!(output.status.code(), Some(*status), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(message), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn help_shows_every_exit_status() {
    let output = vouch().arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for line in ["0  done", "1  the machine failed", "2  the command line", "10  `verify`", "20  `verify`"] {
        assert!(help.contains(line), "{line}");
    }
}

#[test]
fn a_variable_that_sets_nothing_is_refused() {
    let cases = [
        ("VOUCH_LOG", "info", 0),
        ("VOUCH_LOGG", "info", 2),
        ("VOUCH_RULE", "rules", 2),
        // Kubernetes sets these for a service called vouch.
        ("VOUCH_SERVICE_HOST", "10.0.0.1", 0),
        ("VOUCH_PORT", "tcp://10.0.0.1:80", 0),
        ("VOUCH_PORT_80_TCP_ADDR", "10.0.0.1", 0),
    ];
    for (name, value, status) in cases {
        let output = vouch().arg("schema").env(name, value).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{name}: {}", stderr(&output));
        assert!(status == 0 || stderr(&output).contains(name), "{name}: {}", stderr(&output));
    }
}

#[test]
fn a_settings_file_is_read_whole_or_refused() {
    let cases = [
        ("log: info\nlog_format: json\n", 0, ""),
        ("", 0, ""),
        ("log: info\nlog_level: debug\n", 2, "unknown field"),
        ("log_format: xml\n", 2, "unknown variant"),
        ("log: [\n", 2, "line"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vouch.yaml");
    for (text, status, message) in cases {
        std::fs::write(&path, text).unwrap();
        let output = vouch().args(["schema", "--settings"]).arg(&path).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{text}: {}", stderr(&output));
        assert!(stderr(&output).contains(message), "{text}: {}", stderr(&output));
    }
}

#[test]
fn a_reader_who_leaves_ends_the_program_quietly() {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let output = vouch().arg("schema").stdout(writer).output().unwrap();
    assert_eq!(output.status.code(), Some(141));
    assert_eq!(stderr(&output), "");
}

#[test]
fn what_was_given_up_is_shown_with_its_reason() {
    let data = tempfile::tempdir().unwrap();
    let queue = LocalQueue::open(&data.path().join("queue/submissions.db")).unwrap();
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(queue.send(Message::new(b"no submission"))).unwrap();

    let program = |args: &[&str]| vouch().args(args).arg("--data").arg(data.path()).output().unwrap();
    let worked = program(&["work", "--until-empty"]);
    assert_eq!(worked.status.code(), Some(3), "{}", stderr(&worked));
    let table = String::from_utf8(program(&["dead-letters"]).stdout).unwrap();
    assert!(table.contains("a message of 13 bytes") && table.contains("malformed"), "{table}");
    let lines = String::from_utf8(program(&["dead-letters", "--json"]).stdout).unwrap();
    let letter: serde_json::Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(letter["body"], "no submission");
}

/// The program in surroundings of its own: no settings from outside.
fn vouch() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vouch"));
    command.env_clear().env("HOME", "/nonexistent").current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
