//! Signatures against a server that checks them: `s3s-fs`, if `scripts/setup signatures` has installed it.

use std::path::PathBuf;

use aws::{Connection, Keys, OpenError, S3Store};
use document::FileRef;
use pipeline::Store as _;
use pipeline::contract::store_keeps_its_contract;
use tempfile::TempDir;

use crate::emulator::{Emulator, ended_with_us};

const ID: &str = "an-id";
const SECRET: &str = "a secret";

/// A server that knows one key, and the folder of its buckets.
fn server() -> Option<(Emulator, TempDir)> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let program: Option<PathBuf> =
        std::env::split_paths(&path).map(|folder| folder.join("s3s-fs")).find(|program| program.exists());
    let Some(program) = program else {
        println!("skipped: whether signatures are right, because scripts/setup signatures was not run");
        return None;
    };
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("vouch")).unwrap();
    let server = Emulator::run(|port| {
        let mut command = ended_with_us(&program);
        command.args(["--host", "127.0.0.1", "--access-key", ID, "--secret-key", SECRET]);
        command.args(["--port", &port.to_string()]).arg(root.path());
        command
    });
    Some((server, root))
}

async fn open(server: &Emulator, secret: &str) -> Result<S3Store, OpenError> {
    let keys = Keys { id: ID.to_owned(), secret: secret.to_owned() };
    let connection = Connection { keys: Some(keys), ..server.connection(&["us-west-2"]) };
    S3Store::open(&connection.open().await?, "vouch", &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_checks_signatures_takes_them() {
    let Some((server, root)) = server() else { return };
    let store = open(&server, SECRET).await.unwrap();
    let place = async |key: &str, bytes: &[u8]| {
        let path = root.path().join("vouch").join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    for key in ["talón 1+2.pdf", "a%20b", "a=b;c,d'e(f)!*&", "a?b#c"] {
        place(key, key.as_bytes()).await;
        let fetched = store.fetch(&FileRef(format!("s3://vouch/{key}")), 100).await.unwrap();
        assert_eq!(fetched, key.as_bytes(), "{key}");
    }
    store_keeps_its_contract(store, place).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_opens_nothing() {
    let Some((server, _root)) = server() else { return };
    let opened = open(&server, "another").await.map(|_| ());
    assert!(matches!(opened, Err(OpenError::Denied { .. })), "{opened:?}");
}
