use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Output, Stdio};

use rustix::process::Signal;
use tungstenite::Message;

use crate::process::{Palabre, folder, palabre};

/// A command with its server.
fn at(server: &Palabre, args: &[&str]) -> Command {
    let mut command = palabre(args);
    command.env("PALABRE_URL", format!("http://127.0.0.1:{}", server.port()));
    command.env("TZ", "UTC");
    command
}

/// Runs a command over an input.
fn with_input(mut command: Command, input: &str) -> Output {
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that does not want its input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// What the room holds, a message a line: who, and what.
fn room(server: &Palabre, room: &str) -> Vec<String> {
    let output = at(server, &["join", room, "--history=300"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines();
    lines
        .map(|line| line["2026-11-24 20:41 ".len()..].to_owned())
        .collect()
}

/// Mo says something in `tea`, by a plain WebSocket, and waits until it is kept.
fn says(server: &Palabre, messages: &[&str]) {
    let mut mo = server.join("/rooms/tea");
    for message in messages {
        let message = format!(r#"{{"sender":"Mo","message":"{message}"}}"#);
        mo.send(Message::text(message)).unwrap();
        mo.read().unwrap();
    }
}

fn code_and_stderr(output: &Output) -> (Option<i32>, String) {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    (output.status.code(), stderr)
}

/// `palabre join` in a pipe.
struct Joined {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
}

impl Joined {
    /// Joins, and waits until it is told who is here.
    fn new(server: &Palabre, args: &[&str]) -> (Self, String) {
        let mut command = at(server, &[&["join"], args].concat());
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut joined = Self {
            stdin: child.stdin.take(),
            stdout: BufReader::new(child.stdout.take().unwrap()),
            stderr: BufReader::new(child.stderr.take().unwrap()),
            child,
        };
        let here = joined.note();
        (joined, here)
    }

    fn say(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next message, without its date and time.
    fn message(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end()["2026-11-24 20:41 ".len()..].to_owned()
    }

    /// The next note.
    fn note(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_message_is_said_from_the_input_or_the_command_line() {
    let server = Palabre::start(&[]);
    let output = with_input(at(&server, &["say", "build", "--name=ci"]), "two\nlines\n");
    assert_eq!(code_and_stderr(&output), (Some(0), String::new()));
    let output = at(&server, &["say", "build", "deployed", "v3"])
        .output()
        .unwrap();
    assert_eq!(code_and_stderr(&output), (Some(0), String::new()));
    assert_eq!(
        room(&server, "build"),
        ["ci: two", "lines", "Anonyme: deployed v3"].map(String::from)
    );
}

#[test]
fn each_line_is_a_message_where_that_is_wanted_however_many_they_are() {
    let server = Palabre::start(&["--message-rate=200", "--message-burst=20"]);
    let lines: String = (1..=100).map(|n| format!("{n}\n\n")).collect();
    let output = with_input(
        at(&server, &["say", "build", "--lines", "--name=ci"]),
        &lines,
    );
    assert_eq!(code_and_stderr(&output), (Some(0), String::new()));
    let expected: Vec<_> = (1..=100).map(|n| format!("ci: {n}")).collect();
    assert_eq!(room(&server, "build"), expected);
}

#[test]
fn nothing_to_say_is_1_and_what_is_wrong_is_2_with_the_reason() {
    let server = Palabre::start(&[]);
    for input in ["", "\n", "  \n"] {
        let output = with_input(at(&server, &["say", "build"]), input);
        assert_eq!(code_and_stderr(&output), (Some(1), String::new()));
    }
    let long = "a".repeat(16_001);
    for (args, reason) in [
        (
            ["say", "a b", "x"].as_slice(),
            "the name of the room holds ' '",
        ),
        (
            &["say", "build", &long],
            "message has 16001 characters, the limit is 16000",
        ),
        (
            &["say", "build", "x", "--name=a\nb"],
            "the name holds control characters",
        ),
        (
            &["say", "build", "x", "--url=localhost"],
            "no address of a server",
        ),
        (
            &["say", "build", "x", "--ca=/nowhere.pem"],
            "cannot read /nowhere.pem",
        ),
        (
            &[
                "say",
                "build",
                "x",
                "--timeout=1",
                "--url=http://127.0.0.1:1",
            ],
            "Connection refused",
        ),
        (
            &["join", "build", "--url=http://127.0.0.1:1"],
            "cannot reach http://127.0.0.1:1",
        ),
        (&["join", "build", "--history=301"], "301 is not in 0..=300"),
        (&["say"], "<ROOM>"),
    ] {
        let (code, stderr) = code_and_stderr(&at(&server, args).output().unwrap());
        assert_eq!(code, Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains(reason), "{args:?}: {stderr}");
    }
    let output = with_input(
        at(&server, &["say", "build", "--lines"]),
        &format!("a\n{long}\nb\n"),
    );
    let (code, stderr) = code_and_stderr(&output);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("palabre: 1 of 3 were not sent"), "{stderr}");
    assert_eq!(
        room(&server, "build"),
        ["Anonyme: a", "Anonyme: b"].map(String::from)
    );
}

#[test]
fn a_page_that_is_no_palabre_is_named_at_once() {
    let server = Palabre::start(&[]);
    let port = server.port();
    let wrong = format!("--url=https://127.0.0.1:{port}");
    let output = at(&server, &["say", "build", "x", &wrong])
        .output()
        .unwrap();
    let (code, stderr) = code_and_stderr(&output);
    assert_eq!(code, Some(2));
    assert!(stderr.starts_with(&format!("palabre: cannot reach https://127.0.0.1:{port}: ")));
}

#[test]
fn a_room_is_joined_with_its_history_its_people_and_what_is_said() {
    let server = Palabre::start(&[]);
    with_input(
        at(&server, &["say", "tea", "--lines", "--name=Aïcha"]),
        "a\nb\nc\n",
    );
    let (mut lea, here) = Joined::new(&server, &["tea", "--name=Léa", "--history=2"]);
    assert_eq!(here, "· here: Léa");
    assert_eq!([lea.message(), lea.message()], ["Aïcha: b", "Aïcha: c"]);
    let (mut mo, here) = Joined::new(&server, &["tea", "--name=Mo", "--history=0"]);
    assert_eq!(here, "· here: Léa, Mo");
    assert_eq!(lea.note(), "· Mo is here");
    mo.say("/quit is nothing special here");
    for someone in [&mut lea, &mut mo] {
        assert_eq!(someone.message(), "Mo: /quit is nothing special here");
    }
    // What a plain WebSocket says, and what would control the terminal.
    let mut robot = server.join("/rooms/tea?name=Robot");
    let hostile = r#"{"message":"\u001b[2Jx\nMo: I resign\u202e"}"#;
    robot.send(Message::text(hostile)).unwrap();
    assert_eq!(lea.message(), "Robot: ␛[2Jx");
    let mut forged = String::new();
    lea.stdout.read_line(&mut forged).unwrap();
    assert_eq!(forged, "                 Mo: I resign\u{fffd}\n");
    // The end of the input is the end; what was typed is said first.
    lea.say("bye");
    lea.stdin = None;
    assert_eq!(lea.child.wait().unwrap().code(), Some(0));
    assert_eq!(lea.message(), "Léa: bye");
    assert_eq!(mo.note(), "· Léa has left");
}

#[test]
fn one_may_stay_to_listen() {
    let server = Palabre::start(&[]);
    let (mut listener, _) = Joined::new(&server, &["tea", "--stay"]);
    listener.stdin = None;
    with_input(at(&server, &["say", "tea", "still there?"]), "");
    assert_eq!(listener.message(), "Anonyme: still there?");
}

#[test]
fn a_server_that_comes_back_is_come_back_to() {
    let data = folder("talk-restart");
    let data = data.to_str().unwrap();
    let server = Palabre::start(&["--data", data]);
    let listen = format!("--listen=127.0.0.1:{}", server.port());
    let (mut lea, _) = Joined::new(&server, &["tea", "--name=Léa"]);
    lea.say("before");
    assert_eq!(lea.message(), "Léa: before");
    server.signal(Signal::KILL);
    assert_eq!(server.wait().0, None);
    assert!(lea.note().ends_with("; trying again"));
    lea.say("meanwhile");
    let again = Palabre::spawn(palabre(&[&listen, "--data", data]));
    says(&again, &["after"]);
    let mut both = [lea.message(), lea.message()];
    both.sort();
    assert_eq!(both, ["Léa: meanwhile", "Mo: after"]);
    lea.stdin = None;
    assert_eq!(lea.child.wait().unwrap().code(), Some(0));
    // And each is there once.
    let mut all = room(&again, "tea");
    all.sort();
    assert_eq!(
        all,
        ["Léa: before", "Léa: meanwhile", "Mo: after"].map(String::from)
    );
}

/// Joins a room with two messages, and again after what happens to the server's
/// data while it is down.
fn joins_again_after(happens: impl FnOnce(&Path), name: &str) {
    let data = folder(name);
    let args = ["--data", data.to_str().unwrap()];
    let server = Palabre::start(&args);
    let listen = format!("--listen=127.0.0.1:{}", server.port());
    says(&server, &["one", "two"]);
    let (mut lea, _) = Joined::new(&server, &["tea", "--name=Léa"]);
    assert_eq!([lea.message(), lea.message()], ["Mo: one", "Mo: two"]);
    server.signal(Signal::TERM);
    assert_eq!(server.wait().0, Some(0));
    happens(&data);
    let anew = Palabre::spawn(palabre(&[&[&*listen], &args[..]].concat()));
    // How often it has tried meanwhile nobody knows.
    let mut note = lea.note();
    while note.ends_with("; trying again") {
        note = lea.note();
    }
    assert_eq!(note, "· connected again");
    assert!(lea.note().starts_with("· messages are missing here"));
    says(&anew, &["anew"]);
    assert_eq!(lea.message(), "Mo: anew");
}

#[test]
fn in_a_room_that_has_begun_anew_one_hears_what_is_said() {
    let log_is_lost = |data: &Path| fs::remove_file(data.join("palabre.db")).unwrap();
    joins_again_after(log_is_lost, "talk-log-lost");
}

#[test]
fn a_server_that_has_forgotten_who_one_is_is_come_back_to() {
    let all_is_lost = |data: &Path| fs::remove_dir_all(data).unwrap();
    joins_again_after(all_is_lost, "talk-all-lost");
}

#[test]
fn a_message_waits_for_a_server_that_starts() {
    let port = Palabre::start(&[]).port();
    let url = format!("--url=http://127.0.0.1:{port}");
    let mut say = palabre(&["say", "tea", "early", &url, "--timeout=60"])
        .spawn()
        .unwrap();
    let server = Palabre::spawn(palabre(&[&*format!("--listen=127.0.0.1:{port}")]));
    assert_eq!(say.wait().unwrap().code(), Some(0));
    assert_eq!(room(&server, "tea"), ["Anonyme: early"].map(String::from));
}

#[test]
fn a_self_signed_certificate_is_trusted_where_it_is_named() {
    let data = folder("talk-tls");
    let server = Palabre::start(&["--tls=self-signed", "--data", data.to_str().unwrap()]);
    let address = format!("https://localhost:{}/rooms/tea", server.port());
    let (code, stderr) = code_and_stderr(&palabre(&["say", &address, "x"]).output().unwrap());
    assert_eq!(code, Some(2));
    assert!(stderr.contains("certificate"), "{stderr}");
    let ca = data.join("tls-self-signed.pem");
    let ca = ["--ca", ca.to_str().unwrap()];
    let output = palabre(&[&["say", &*address, "x"], &ca[..]].concat())
        .output()
        .unwrap();
    assert_eq!(code_and_stderr(&output), (Some(0), String::new()));
    let output = palabre(&[&["join", &*address], &ca[..]].concat())
        .output()
        .unwrap();
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .ends_with(" Anonyme: x\n")
    );
}
