//! What is needed before anything is called: credentials, regions, an endpoint. And what is heard of it.

use std::io::{self, Write};
use std::process::Command;
use std::sync::{Arc, Mutex};

use aws::{Connection, OpenError};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// What is logged on this thread.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Listens, to all that anybody says, until the guard is dropped.
    pub fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let lines = tracing_subscriber::fmt().with_writer(self.clone()).with_ansi(false);
        tracing::subscriber::set_default(lines.with_env_filter(EnvFilter::new("trace")).finish())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_region_is_needed_and_an_endpoint_is_a_url() {
    let nowhere = Connection::new(Vec::new()).open().await;
    assert!(matches!(nowhere, Err(OpenError::NoRegion)), "{nowhere:?}");
    let region = vec!["us-west-2".to_owned()];
    let wrong = Connection { endpoint: Some("localhost:4566".to_owned()), ..Connection::new(region) };
    let wrong = wrong.open().await;
    assert!(matches!(wrong, Err(OpenError::NotUnderstood { .. })), "{wrong:?}");
}

/// In a process of its own, for credentials come from the environment.
#[test]
fn without_credentials_nothing_is_opened() {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "start::is_opened_by_the_chain", "--ignored", "--nocapture"])
        .env_clear()
        .envs([("HOME", home.path().to_str().unwrap()), ("AWS_EC2_METADATA_DISABLED", "true")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("opened: no credentials were found"), "{said}");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "start::is_opened_by_the_chain", "--ignored", "--nocapture"])
        .envs([("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("opened: yes"), "{said}");
}

#[tokio::test]
#[ignore = "run by the test above, in a process of its own"]
async fn is_opened_by_the_chain() {
    match Connection::new(vec!["us-west-2".to_owned()]).open().await {
        Ok(_) => println!("opened: yes"),
        Err(error) => println!("opened: {error}"),
    }
}
