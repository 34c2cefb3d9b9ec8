//! What an operator sees of a run: the log, the metrics and the traces, gathered as their readers would, so that a test
//! can hold them against what must not be in them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A collector of traces on this machine, which keeps what it is sent. OTLP carries texts as they are.
pub struct Collector {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<u8>>>,
}

impl Collector {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&received);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || serve(connection, &kept));
            }
        });
        Self { address, received }
    }

    /// All that came, with what is no text left out.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.received.lock().unwrap()).into_owned()
    }
}

/// Answers one request after the other.
fn serve(mut connection: TcpStream, kept: &Mutex<Vec<u8>>) {
    let mut buffer = Vec::new();
    let mut part = [0; 8192];
    while let Ok(read @ 1..) = connection.read(&mut part) {
        buffer.extend_from_slice(&part[..read]);
        let Some(head) = buffer.windows(4).position(|it| it == b"\r\n\r\n") else { continue };
        let headers = String::from_utf8_lossy(&buffer[..head]).to_lowercase();
        let length = headers.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
        if buffer.len() < head + 4 + length {
            continue;
        }
        kept.lock().unwrap().extend(buffer.drain(..head + 4 + length));
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
        if connection.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// An address on this machine that nobody listens at.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// What is answered at a path: the status and the body. None if nobody answers.
pub fn get(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    let mut connection = TcpStream::connect_timeout(&address, Duration::from_secs(5)).ok()?;
    connection.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

/// The particulars that stand in a text as words of their own.
pub fn found_in(text: &str, particulars: &[String]) -> Vec<String> {
    let is_part = |character: char| character.is_alphanumeric();
    let stands_alone = |needle: &str| {
        text.match_indices(needle).any(|(start, _)| {
            let before = text[..start].chars().next_back();
            let after = text[start + needle.len()..].chars().next();
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        })
    };
    particulars.iter().filter(|needle| stands_alone(needle)).cloned().collect()
}
