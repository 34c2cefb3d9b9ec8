//! Tries what a locked process must not be able to do, for the test that shows it cannot; and, unlocked, for the
//! control that shows that it could.
//! The lock itself is `jail`.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::{CommandExt as _, parent_id};
use std::process::Command;
use std::thread;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::jail::Jail;
use crate::exit::Exit;

/// More than a locked process may have, and little enough for any machine to promise.
const MUCH_MEMORY: usize = 3 << 30;

/// Prints one line for each try: its name, a tab, and `ok` or the error. The last try turns the process into another
/// program, which prints the last `ok`.
pub fn run(locked: bool) -> anyhow::Result<Exit> {
    let parent = parent_id();
    if locked {
        Jail::enter(&[])?.lock()?;
    }
    let written = std::env::temp_dir().join(format!("vouch-probe-{parent}"));
    let pid = i32::try_from(parent).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::NotFound);
    let signal = |send: &dyn Fn(Pid) -> rustix::io::Result<()>| Ok(send(pid?)?);
    let mut memory = Vec::<u8>::new();
    let tries: [(&str, io::Result<()>); 13] = [
        ("read /etc/passwd", File::open("/etc/passwd").map(drop)),
        ("look at /etc/passwd", fs::metadata("/etc/passwd").map(drop)),
        ("read the parent's environment", File::open(format!("/proc/{parent}/environ")).map(drop)),
        ("list the root folder", fs::read_dir("/").map(drop)),
        ("write a file", File::create(&written).and_then(|_| fs::remove_file(&written))),
        ("open a TCP socket", TcpListener::bind("127.0.0.1:0").map(drop)),
        ("open a UDP socket", UdpSocket::bind("127.0.0.1:0").map(drop)),
        ("open a Unix socket", UnixDatagram::unbound().map(drop)),
        ("start a program", Command::new("/bin/true").status().map(drop)),
        ("see its parent", signal(&|pid| test_kill_process(pid))),
        ("signal its parent", signal(&|pid| kill_process(pid, Signal::WINCH))),
        ("take much memory", memory.try_reserve_exact(MUCH_MEMORY).map_err(io::Error::from)),
        // What a locked process may do: otherwise it could not read at all.
        ("start a thread", thread::Builder::new().spawn(|| ()).map(drop)),
    ];
    let mut out = io::stdout().lock();
    for (name, outcome) in tries {
        let said = outcome.map_or_else(|error| error.to_string(), |()| "ok".to_owned());
        writeln!(out, "{name}\t{said}")?;
    }
    out.flush()?;
    // Returns only when it fails.
    let error = Command::new("/bin/echo").arg("become a program\tok").exec();
    writeln!(out, "become a program\t{error}")?;
    Ok(Exit::Done)
}
