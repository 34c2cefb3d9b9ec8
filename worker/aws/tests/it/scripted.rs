//! A server that answers what it is told to: errors, silence, half an answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws::{Connection, Timeouts};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::emulator::{REGION, keys};

pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: HashMap<String, String>,
    pub body: String,
}

pub enum Reply {
    /// A whole answer.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// The status, so many bytes announced, or none, and these sent; then silence, or the end of the connection.
    Part { announced: Option<u64>, sent: Vec<u8>, then: Then },
    /// No answer.
    Nothing(Then),
}

#[derive(Clone, Copy)]
pub enum Then {
    Silence,
    Close,
    /// A byte now and then.
    Trickle,
}

pub struct Scripted {
    pub endpoint: String,
    heard: Arc<Mutex<Vec<Request>>>,
    server: JoinHandle<()>,
}

impl Request {
    /// What is asked for: `ReceiveMessage`, or `GET` where it is S3.
    pub fn action(&self) -> &str {
        let sqs = self.headers.get("x-amz-target").and_then(|target| target.strip_prefix("AmazonSQS."));
        sqs.unwrap_or(&self.method)
    }
}

impl Reply {
    pub fn json(body: &str) -> Self {
        Self::Answer(200, vec![("content-type", "application/x-amz-json-1.0".to_owned())], body.to_owned())
    }

    /// An error of SQS.
    pub fn refusal(status: u16, code: &str) -> Self {
        let body = format!(r#"{{"__type":"com.amazonaws.sqs#{code}","message":"about Maria Lopez"}}"#);
        Self::Answer(status, vec![("content-type", "application/x-amz-json-1.0".to_owned())], body)
    }

    /// An error of S3.
    pub fn error(status: u16, code: &str) -> Self {
        let body = format!("<Error><Code>{code}</Code><Message>about maria-lopez.pdf</Message></Error>");
        Self::Answer(status, vec![("content-type", "application/xml".to_owned())], body)
    }

    pub fn ok() -> Self {
        Self::Answer(200, Vec::new(), String::new())
    }
}

impl Scripted {
    /// Answers each request, numbered from 0, as `script` says.
    pub async fn start(script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::<Mutex<Vec<Request>>>::default();
        let (script, log) = (Arc::new(script), Arc::clone(&heard));
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    while let Some(request) = read(&mut stream).await {
                        let reply = {
                            let mut log = log.lock().unwrap();
                            let reply = script(log.len(), &request);
                            log.push(request);
                            reply
                        };
                        if !write(stream.get_mut(), reply).await {
                            break;
                        }
                    }
                });
            }
        });
        Self { endpoint, heard, server }
    }

    /// What was asked for so far.
    pub fn actions(&self) -> Vec<String> {
        self.heard.lock().unwrap().iter().map(|request| request.action().to_owned()).collect()
    }

    pub fn bodies(&self, action: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        heard.iter().filter(|request| request.action() == action).map(|it| it.body.clone()).collect()
    }

    /// How it is reached by somebody in a hurry.
    pub fn connection(&self) -> Connection {
        Connection {
            endpoint: Some(self.endpoint.clone()),
            path_style: true,
            keys: Some(keys()),
            timeouts: Timeouts {
                connect: Duration::from_millis(300),
                attempt: Duration::from_millis(500),
                attempts: 2,
            },
            ..Connection::new(vec![REGION.to_owned()])
        }
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut words = lines.first()?.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let headers: HashMap<String, String> = lines
        .iter()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .fold(HashMap::new(), |mut headers, (name, value)| {
            headers.insert(name.to_lowercase(), value.to_owned());
            headers
        });
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { method, target, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

/// Whether the connection goes on.
async fn write(stream: &mut TcpStream, reply: Reply) -> bool {
    let then = match reply {
        Reply::Answer(status, headers, body) => {
            let mut answer = format!("HTTP/1.1 {status} So\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                answer += &format!("{name}: {value}\r\n");
            }
            return stream.write_all(format!("{answer}\r\n{body}").as_bytes()).await.is_ok();
        }
        Reply::Part { announced, sent, then } => {
            let length =
                announced.map_or("connection: close".to_owned(), |it| format!("content-length: {it}"));
            let head = format!("HTTP/1.1 200 OK\r\n{length}\r\n\r\n");
            if stream.write_all(head.as_bytes()).await.is_err() || stream.write_all(&sent).await.is_err() {
                return false;
            }
            then
        }
        Reply::Nothing(then) => then,
    };
    match then {
        Then::Close => {}
        Then::Silence => tokio::time::sleep(Duration::from_secs(60)).await,
        Then::Trickle => {
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    false
}
