//! `palabre backup` into a folder: all of it, while the server runs, and what
//! a server that is started on the copy has.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};

use crate::process::{Palabre, Socket, folder, palabre, run};

/// A server on a data folder, and somebody who is in a room of it.
struct House {
    server: Palabre,
    socket: Socket,
    token: String,
    n_commands: u32,
}

impl House {
    fn open(data: &Path, token: Option<&str>) -> Self {
        let server = Palabre::start(&["--data", data.to_str().unwrap()]);
        let socket = server.join("/connection/websocket");
        let mut house = Self {
            server,
            socket,
            token: String::new(),
            n_commands: 0,
        };
        let connected = house.ask("connect", &json!({ "token": token }));
        let told = connected["data"]["token"].as_str().or(token);
        house.token = told.unwrap().to_owned();
        house.ask("subscribe", &json!({"channel": "room:tea"}));
        house
    }

    /// The result of a command; what is published comes in between.
    fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.n_commands += 1;
        let command = json!({"id": self.n_commands, method: parameters});
        self.socket.send(command.to_string().into()).unwrap();
        loop {
            let text = self.socket.read().unwrap().into_text().unwrap();
            for line in text.lines() {
                let reply: Value = serde_json::from_str(line).unwrap();
                if reply["id"] == self.n_commands {
                    assert!(reply["error"].is_null(), "{reply}");
                    return reply[method].clone();
                }
            }
        }
    }

    fn http(&self, method: &str, target: &str, body: &str) -> (String, String) {
        let mut tcp = self.server.connect();
        let (token, length) = (&self.token, body.len());
        write!(
            tcp,
            "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Authorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        tcp.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().into(), body.into())
    }

    /// Sends a message with a file, and says where the file is.
    fn say_with_file(&mut self, id: &str, text: &str) -> String {
        let (status, told) = self.http("POST", "/files?name=x.txt", text);
        assert_eq!(status, "201", "{told}");
        let told: Value = serde_json::from_str(&told).unwrap();
        let data = json!({"sender": "Léa", "message": "look", "id": id, "files": [told]});
        self.publish(&data);
        told["url"].as_str().unwrap().to_owned()
    }

    fn publish(&mut self, data: &Value) {
        let parameters = json!({"channel": "room:tea", "data": data});
        self.ask("publish", &parameters);
    }

    fn has(&self, url: &str, text: &str) -> bool {
        self.http("GET", url, "") == ("200".into(), text.into())
    }
}

/// A path in an empty folder of its own, where nothing is.
fn place(name: &str) -> PathBuf {
    folder(name).join("copy/")
}

fn back_up(data: &Path, to: &Path, more: &[&str]) -> Output {
    let (data, to) = (data.to_str().unwrap(), to.to_str().unwrap());
    run(&[&["backup", "--data", data, to], more].concat())
}

fn told(output: &Output) -> String {
    let [stdout, stderr] =
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{stdout}{stderr}")
}

/// The path of a file in a data folder.
fn path(data: &Path, url: &str) -> PathBuf {
    data.join("files").join(url.split('/').nth(2).unwrap())
}

#[test]
fn a_server_on_a_copy_has_all_that_was_there() {
    let (data, copy) = (folder("whole"), place("whole-copy"));
    let mut house = House::open(&data, None);
    let [kept, gone] = ["1", "2"].map(|id| house.say_with_file(id, "a file"));
    house.http("POST", "/files?name=unsent.txt", "no message has it");
    house.publish(&json!({"sender": "Léa", "message": "x", "type": "delete", "target": 2}));

    let output = back_up(&data, &copy, &[]);
    assert!(output.status.success(), "{}", told(&output));
    assert!(
        told(&output).contains("bytes; 1 files, 6 bytes\n"),
        "{}",
        told(&output)
    );
    let entries = |dir: &Path| fs::read_dir(dir).unwrap().count();
    assert_eq!((entries(&copy), entries(&copy.join("files"))), (3, 1));

    // Who was somebody there is the same here.
    let token = house.token.clone();
    drop(house);
    let mut again = House::open(&copy, Some(&token));
    assert!(again.has(&kept, "a file") && !again.has(&gone, "a file"));
    again.publish(&json!({"sender": "Léa", "message": "y", "type": "edit", "target": 1}));
    let history = again.ask("history", &json!({"channel": "room:tea", "limit": 10}));
    assert_eq!(history["publications"][0]["data"]["message"], "y");
}

#[test]
fn files_that_an_earlier_copy_has_are_linked() {
    let data = folder("again");
    let mut house = House::open(&data, None);
    let first = house.say_with_file("1", "first");
    let (monday, tuesday) = (place("monday"), place("tuesday"));
    assert!(back_up(&data, &monday, &[]).status.success());
    let second = house.say_with_file("2", "second");
    let earlier = ["--earlier", monday.to_str().unwrap()];
    let output = back_up(&data, &tuesday, &earlier);
    assert!(
        told(&output).contains("2 files, 11 bytes, 1 of them linked"),
        "{}",
        told(&output)
    );

    // Each is whole without the other.
    fs::remove_dir_all(&monday).unwrap();
    drop(house);
    let again = House::open(&tuesday, None);
    assert!(again.has(&first, "first") && again.has(&second, "second"));
}

#[test]
fn a_place_that_will_not_do_is_told_and_left_as_it_was() {
    let data = folder("places");
    let mut house = House::open(&data, None);
    house.say_with_file("1", "text");
    let full = folder("places-full");
    fs::write(full.join("mine"), "mine").unwrap();
    let none = place("places-none");
    let nowhere = none.join("deeper/");
    let refused = |to: &Path, more: &[&str], part: &str| {
        let output = back_up(&data, to, more);
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        assert!(told(&output).contains(part), "{}", told(&output));
    };
    refused(&full, &[], "is not empty; name a new folder");
    assert_eq!(fs::read(full.join("mine")).unwrap(), b"mine");
    refused(&nowhere, &[], "cannot write");
    let earlier = ["--earlier", full.to_str().unwrap()];
    refused(&none, &earlier, "an earlier backup has made");
    refused(&full.join("copy.db"), &earlier, "end it with a slash");
    assert!(!none.exists() && !full.join("copy.db").exists());
    assert!(
        back_up(&data, &folder("places-empty"), &[])
            .status
            .success()
    );

    let output = back_up(&folder("places-no-data"), &none, &[]);
    assert!(
        told(&output).contains("name the data directory"),
        "{}",
        told(&output)
    );
    assert!(!none.exists());
}

#[test]
fn a_disk_that_fills_leaves_nothing_of_a_copy() {
    let (data, copy) = (folder("filling"), place("filling-copy"));
    let mut house = House::open(&data, None);
    house.say_with_file("1", &"x".repeat(2 << 20));
    // No file may be larger than so many blocks of 512 bytes: enough for the
    // log, not for the file.
    let mut shell = palabre(&[]);
    let command = format!(
        "trap '' XFSZ; ulimit -f 2048; exec {} backup --data {} {}/",
        shell.get_program().display(),
        data.display(),
        copy.display()
    );
    let mut limited = std::process::Command::new("sh");
    limited
        .args(["-c", &command])
        .current_dir(shell.get_current_dir().unwrap());
    let output = limited.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(
        told(&output).contains("look at the room on both disks"),
        "{}",
        told(&output)
    );
    assert!(!copy.exists());
    shell.args(["backup", "--data"]).arg(&data).arg(&copy);
    let output = shell.output().unwrap();
    assert!(output.status.success(), "with room: {}", told(&output));
}

#[test]
fn a_file_that_is_lost_is_told_and_the_rest_is_copied() {
    let (data, copy) = (folder("lost"), place("lost-copy"));
    let mut house = House::open(&data, None);
    let [lost, kept] = ["1", "2"].map(|id| house.say_with_file(id, "text"));
    fs::remove_file(path(&data, &lost)).unwrap();
    let output = back_up(&data, &copy, &[]);
    assert!(output.status.success());
    assert!(
        told(&output).contains("1 files that messages have are not"),
        "{}",
        told(&output)
    );
    assert_eq!(fs::read(path(&copy, &kept)).unwrap(), b"text");
}
