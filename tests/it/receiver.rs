//! A receiver of announcements on loopback, which answers as a test says and checks what it gets as Standard Webhooks says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// What announcements are signed with, all of them.
pub const SECRETS: [&[u8]; 2] = [&[7; 24], &[9; 64]];

/// A receiver on loopback.
pub struct Hook {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    _runtime: Runtime,
}

/// What is answered: a status with what follows it, or nothing; after somebody says so.
#[derive(Clone)]
pub struct Reply {
    pub head: Option<String>,
    pub after: Option<watch::Receiver<bool>>,
}

/// What came.
#[derive(Clone, Debug)]
pub struct Request {
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn status(status: &str) -> Self {
        Self { head: Some(status.to_owned()), after: None }
    }

    pub fn hang_up() -> Self {
        Self { head: None, after: None }
    }
}

impl Hook {
    /// Answers each request by how often its announcement came earlier, and by itself.
    pub fn start(answer: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}/hooks?to=vouch", listener.local_addr().unwrap());
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (seen, answer) = (Arc::clone(&requests), Arc::new(answer));
        runtime.spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                tokio::spawn(async move { serve(connection, &seen, &*answer).await });
            }
        });
        Self { url, requests, _runtime: runtime }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub fn wait_for(&self, count: usize) {
        let begun = Instant::now();
        while self.requests.lock().unwrap().len() < count {
            assert!(begun.elapsed() < Duration::from_secs(20), "{} requests", self.requests().len());
            sleep(Duration::from_millis(2));
        }
    }
}

/// Answers what comes on a connection, until either side is done.
async fn serve(
    connection: TcpStream,
    seen: &Mutex<Vec<Request>>,
    answer: &(dyn Fn(usize, &Request) -> Reply + Send + Sync),
) -> Option<()> {
    let mut connection = BufReader::new(connection);
    loop {
        let request = Request::read(&mut connection).await?;
        let reply = {
            let mut seen = seen.lock().unwrap();
            let earlier = seen.iter().filter(|it| it.id() == request.id()).count();
            seen.push(request.clone());
            answer(earlier, &request)
        };
        if let Some(mut after) = reply.after
            && after.wait_for(|now| *now).await.is_err()
        {
            // Whoever could say so is gone: there will be no answer.
            std::future::pending::<()>().await;
        }
        let head = reply.head?;
        // Where there may be no body, its length may not be told either.
        let rest = if head.starts_with("204") { "\r\n" } else { "content-length: 5\r\n\r\nhello" };
        let text = format!("HTTP/1.1 {head}\r\n{rest}");
        connection.write_all(text.as_bytes()).await.ok()?;
    }
}

impl Request {
    async fn read(connection: &mut BufReader<TcpStream>) -> Option<Self> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            connection.read_line(&mut line).await.ok().filter(|bytes| *bytes > 0)?;
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let headers = lines.iter().skip(1).filter_map(|line| line.split_once(": "));
        let headers: BTreeMap<_, _> =
            headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let mut body = vec![0; headers["content-length"].parse().unwrap()];
        connection.read_exact(&mut body).await.ok()?;
        Some(Self { line: lines.remove(0), headers, body })
    }

    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub fn number(&self) -> usize {
        self.id().trim_start_matches('v').parse().unwrap()
    }

    /// As a receiver would, who knows one of the secrets.
    pub fn verify(&self) {
        let timestamp = &self.headers["webhook-timestamp"];
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        assert!(now.abs_diff(timestamp.parse().unwrap()) < 60, "{timestamp}");
        let signed = [self.id().as_bytes(), timestamp.as_bytes(), &self.body].join(&b'.');
        let signatures: Vec<&str> = self.headers["webhook-signature"].split(' ').collect();
        assert_eq!(signatures.len(), SECRETS.len());
        for (secret, signature) in SECRETS.iter().zip(signatures) {
            let signature = STANDARD.decode(signature.strip_prefix("v1,").unwrap()).unwrap();
            let hmac = Hmac::<Sha256>::new_from_slice(secret).unwrap().chain_update(&signed);
            hmac.verify_slice(&signature).unwrap();
        }
    }
}
