//! A running `palabre`, and what it says.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tungstenite::WebSocket;
use tungstenite::client::IntoClientRequest as _;

/// How long anything may take. It is never waited for where all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) type Socket = WebSocket<TcpStream>;

/// The command with nothing of this environment in its way, in an empty folder
/// of its own, where its data directory will be.
pub(crate) fn palabre(args: &[&str]) -> Command {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    let mut command = Command::new(env!("CARGO_BIN_EXE_palabre"));
    command.args(args).stdin(Stdio::null());
    command.current_dir(folder(&format!("run-{number}")));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PALABRE_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command that ends by itself.
pub(crate) fn run(args: &[&str]) -> Output {
    palabre(args).output().unwrap()
}

/// An empty folder of its own for each test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A server that is killed when it is dropped.
pub(crate) struct Palabre {
    child: Child,
    stdout: BufReader<ChildStdout>,
    log: Receiver<String>,
    pub(crate) banner: String,
}

impl Palabre {
    /// Starts on a free port of this machine, and waits for the banner.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::spawn(palabre(&[&["--listen=127.0.0.1:0"], args].concat()))
    }

    /// Starts a command, and waits for the banner.
    pub(crate) fn spawn(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (lines, log) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if lines.send(line).is_err() {
                    return;
                }
            }
        });
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut banner = String::new();
        while !banner.ends_with("Ctrl+C stops it.\n\n") {
            let n_bytes = stdout.read_line(&mut banner).unwrap();
            assert!(
                n_bytes > 0,
                "no banner: {banner} {:?}",
                log.try_iter().collect::<Vec<_>>()
            );
        }
        Self {
            child,
            stdout,
            log,
            banner,
        }
    }

    /// The port, as the banner tells it.
    pub(crate) fn port(&self) -> u16 {
        let address = self
            .banner
            .split("http://")
            .nth(1)
            .or_else(|| self.banner.split("https://").nth(1));
        let authority = address.unwrap().split('/').next().unwrap();
        authority.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// The number of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let tcp = TcpStream::connect(("127.0.0.1", self.port())).unwrap();
        tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        tcp
    }

    /// A WebSocket at `target`.
    pub(crate) fn join(&self, target: &str) -> Socket {
        let url = format!("ws://localhost:{}{target}", self.port());
        let request = url.into_client_request().unwrap();
        tungstenite::client(request, self.connect()).unwrap().0
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
    }

    /// The next line of the log.
    pub(crate) fn log_line(&self) -> String {
        self.log.recv_timeout(PATIENCE).unwrap()
    }

    /// Waits for the end. Returns the exit code, and what was said that nobody
    /// has read yet: on standard output and in the log.
    pub(crate) fn wait(mut self) -> (Option<i32>, String, Vec<String>) {
        let status = self.child.wait().unwrap();
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (status.code(), rest, self.log.iter().collect())
    }

    /// Tells it to stop; returns what [`wait`](Self::wait) does.
    pub(crate) fn stop(self) -> (Option<i32>, String, Vec<String>) {
        self.signal(Signal::TERM);
        self.wait()
    }
}

impl Drop for Palabre {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
