use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tungstenite::Message;

use crate::process::{PATIENCE, Palabre, palabre};

/// A command at a terminal of its own, and all that it has shown.
struct Terminal {
    master: File,
    child: Child,
    shown: String,
}

impl Terminal {
    fn new(mut command: Command) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = File::options()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap();
        let ends = [
            slave.try_clone().unwrap(),
            slave.try_clone().unwrap(),
            slave,
        ];
        let [stdin, stdout, stderr] = ends;
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        Self {
            master: master.into(),
            child: command.spawn().unwrap(),
            shown: String::new(),
        }
    }

    fn type_in(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until `text` is shown, and returns what was shown up to there.
    fn until(&mut self, text: &str) -> String {
        let mut buffer = [0; 4096];
        loop {
            if let Some(at) = self.shown.find(text) {
                let rest = self.shown.split_off(at + text.len());
                return std::mem::replace(&mut self.shown, rest);
            }
            let mut readable = [PollFd::new(&self.master, PollFlags::IN)];
            let patience = PATIENCE.try_into().unwrap();
            let is_ready = poll(&mut readable, Some(&patience)).unwrap() > 0;
            assert!(is_ready, "{text:?} is not shown; shown is {:?}", self.shown);
            let n_bytes = self.master.read(&mut buffer).unwrap();
            self.shown
                .push_str(&String::from_utf8_lossy(&buffer[..n_bytes]));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn join(server: &Palabre, args: &[&str]) -> Command {
    let url = format!("--url=http://127.0.0.1:{}", server.port());
    let mut command = palabre(&[&["join", "tea", &url], args].concat());
    command.env("TERM", "xterm").env("TZ", "UTC");
    command
}

#[test]
fn what_comes_is_shown_above_the_line_that_is_typed() {
    let server = Palabre::start(&[]);
    let mut robot = server.join("/rooms/tea?name=Robot");
    let mut lea = Terminal::new(join(&server, &["--name=Léa"]));
    lea.until("here: Léa");
    lea.until("> ");
    lea.type_in("half a sen");
    lea.until("half a sen");
    robot
        .send(Message::text(r#"{"message":"Bonsoir"}"#))
        .unwrap();
    robot.read().unwrap();
    lea.until("Robot\x1b[0m: Bonsoir");
    // The line is there again, and goes on.
    lea.until("> half a sen");
    lea.type_in("tence\r");
    let said = robot.read().unwrap();
    assert!(
        said.to_text()
            .unwrap()
            .contains(r#""message":"half a sentence""#)
    );

    lea.type_in("/who\r");
    lea.until("here: Léa");
    lea.type_in("/nonsense\r");
    lea.until("/quit leaves");
    lea.type_in("//slashed\r");
    let said = robot.read().unwrap();
    assert!(said.to_text().unwrap().contains(r#""message":"/slashed""#));
    lea.type_in("/quit\r");
    assert_eq!(lea.child.wait().unwrap().code(), Some(0));
}

#[test]
fn no_colours_where_none_are_wanted() {
    let server = Palabre::start(&[]);
    let mut robot = server.join("/rooms/tea?name=Robot");
    robot
        .send(Message::text(r#"{"message":"Bonsoir"}"#))
        .unwrap();
    robot.read().unwrap();
    let mut command = join(&server, &[]);
    command.env("NO_COLOR", "1");
    let mut lea = Terminal::new(command);
    lea.until(" Robot: Bonsoir\r\n");
    lea.until("here: Anonyme");
    lea.type_in("\x04"); // Ctrl+D
    assert_eq!(lea.child.wait().unwrap().code(), Some(0));
}
