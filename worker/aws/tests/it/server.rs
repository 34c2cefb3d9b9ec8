//! The emulator `ministack`, one for each test, on a port of its own. `scripts/setup aws` installs it.
//! Who speaks to it, and how, is left to those who start it: the tests of the program do so too.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub const REGION: &str = "us-west-2";

/// A server that is running.
pub struct Emulator {
    pub endpoint: String,
    process: Child,
}

impl Emulator {
    /// Starts one; nothing if it is not installed, which is said.
    pub fn start() -> Option<Self> {
        let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        let program = folders.find_map(|folder| {
            let program = folder.join(".venv/bin/ministack");
            program.exists().then_some(program)
        });
        let Some(program) = program else {
            println!("skipped: what needs an emulator of SQS and S3, because scripts/setup aws was not run");
            return None;
        };
        Some(Self::run(|port| {
            let mut command = ended_with_us(&program);
            command.envs([("BIND_HOST", "127.0.0.1"), ("SERVICES", "s3,sqs"), ("MINISTACK_REGION", REGION)]);
            command.env("GATEWAY_PORT", port.to_string());
            command
        }))
    }

    /// Starts a server, by a command for a port.
    pub fn run(command: impl Fn(u16) -> Command) -> Self {
        // The port may be taken by somebody else before the server has it.
        let started = (0..5).find_map(|_| {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let process = command(port).stdin(Stdio::piped()).spawn().unwrap();
            let mut server = Self { endpoint: format!("http://127.0.0.1:{port}"), process };
            server.answers(port).then_some(server)
        });
        started.expect("the server starts")
    }

    fn answers(&mut self, port: u16) -> bool {
        let until = Instant::now() + Duration::from_secs(30);
        while Instant::now() < until && self.process.try_wait().unwrap().is_none() {
            if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
                stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
                let asked =
                    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                let mut answer = [0; 5];
                let read = asked.and_then(|()| stream.read_exact(&mut answer));
                match read {
                    Ok(()) => return answer == *b"HTTP/",
                    Err(error) => assert_ne!(error.kind(), ErrorKind::InvalidInput, "{error}"),
                }
            }
            sleep(Duration::from_millis(50));
        }
        false
    }
}

/// A program that is ended when this process is, however that ends: the standard input of the shell is then closed.
pub fn ended_with_us(program: &Path) -> Command {
    let mut shell = Command::new("sh");
    let script = r#""$0" "$@" >/dev/null 2>&1 & server=$!; cat >/dev/null; kill $server; wait $server"#;
    shell.args(["-c", script]).arg(program);
    shell
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ended = self.process.wait();
    }
}
