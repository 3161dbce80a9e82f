use std::net::{Ipv6Addr, TcpListener, TcpStream};
use std::path::PathBuf;

use tungstenite::Message;

use crate::process::{Palabre, folder, palabre, run};

#[test]
fn the_banner_tells_where_to_click() {
    let server = Palabre::start(&[]);
    let port = server.port();
    let expected = format!(
        "Palabre {} is listening.\n\n  Chat       http://localhost:{port}/\n  \
         WebSocket  ws://localhost:{port}/\n\nOnly this machine can reach it. For everyone on \
         your network:\n  palabre --listen 0.0.0.0:{port}\n\nCtrl+C stops it.\n\n",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(server.banner, expected);
    // What it tells is true.
    let mut socket = server.join("/");
    socket.send(Message::text(r#"{"message":"m"}"#)).unwrap();
    assert!(
        socket
            .read()
            .unwrap()
            .to_text()
            .unwrap()
            .contains("Anonyme")
    );
}

#[test]
fn a_server_for_everyone_is_also_for_this_machine() {
    let server = Palabre::spawn(palabre(&["--listen=0.0.0.0:0"]));
    assert!(!server.banner.contains("Only this machine"));
    server.join("/");
}

#[test]
fn it_listens_on_ipv6_where_there_is_some() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return eprintln!("this machine has no IPv6");
    }
    let server = Palabre::spawn(palabre(&["--listen=[::1]:0"]));
    TcpStream::connect((Ipv6Addr::LOCALHOST, server.port())).unwrap();
}

#[test]
fn a_taken_address_is_told_with_what_to_do() {
    let server = Palabre::start(&[]);
    let output = run(&[&*format!("--listen=127.0.0.1:{}", server.port())]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("palabre: cannot listen on 127.0.0.1:"),
        "{stderr}"
    );
    assert!(stderr.contains("--listen 127.0.0.1:0"), "{stderr}");
    assert_eq!(output.stdout, b"");
}

#[test]
fn an_address_of_another_machine_is_told_with_what_to_do() {
    let output = run(&["--listen=192.0.2.1:8080"]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("no such address"), "{stderr}");
}

#[test]
fn a_port_is_free_again_at_once() {
    let first = Palabre::start(&[]);
    let port = first.port();
    let mut socket = first.join("/");
    // The side that closes first keeps the port in the kernel for a while.
    first.signal(rustix::process::Signal::TERM);
    while socket.read().is_ok() {}
    assert_eq!(first.wait().0, Some(0));
    let again = Palabre::spawn(palabre(&[&*format!("--listen=127.0.0.1:{port}")]));
    again.join("/");
}

#[test]
fn a_data_directory_that_cannot_be_made_is_told_with_what_to_do() {
    let file = folder("no-directory").join("file");
    std::fs::write(&file, "not a directory").unwrap();
    let data = file.join("data");
    let output = run(&["--listen=127.0.0.1:0", "--data", data.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains(data.to_str().unwrap()), "{stderr}");
}

#[test]
fn two_servers_do_not_share_a_data_directory() {
    let data = folder("shared");
    let args = ["--data", data.to_str().unwrap()];
    let first = Palabre::start(&args);
    let output = run(&[&["--listen=127.0.0.1:0"], &args[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("another server uses the data directory"),
        "{stderr}"
    );
    assert_eq!(first.stop().0, Some(0));
}

#[test]
fn what_was_said_is_there_after_a_kill_and_in_a_backup() {
    let data = folder("kept");
    let data = data.to_str().unwrap();
    let first = Palabre::start(&["--data", data]);
    let mut lea = first.join("/rooms/tea");
    lea.send(r#"{"sender":"Léa","message":"still here","id":"1"}"#.into())
        .unwrap();
    let said = lea.read().unwrap();
    drop(first);

    let second = Palabre::start(&["--data", data]);
    let mut mo = second.join("/rooms/tea?since=0");
    assert_eq!(mo.read().unwrap(), said);

    let copy = folder("copied").join("palabre.db");
    let copy = copy.to_str().unwrap();
    let output = run(&["backup", "--data", data, copy]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains(": 1 messages, "), "{stdout}");
    let again = run(&["backup", "--data", data, copy]);
    assert_eq!(again.status.code(), Some(1), "a file is never overwritten");

    let restored = Palabre::start(&["--data", copy.strip_suffix("/palabre.db").unwrap()]);
    let mut moussa = restored.join("/rooms/tea?history=10");
    assert_eq!(moussa.read().unwrap(), said);
}

#[test]
fn a_self_signed_certificate_is_made_and_kept() {
    let folder = folder("self-signed");
    let start = || Palabre::start(&["--tls=self-signed", "--data", folder.to_str().unwrap()]);
    let server = start();
    assert!(server.banner.contains("https://localhost:"));
    assert!(server.banner.contains("wss://localhost:"));
    let kept = || -> Vec<_> {
        let files = std::fs::read_dir(&folder).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        let is_certificate = |path: &PathBuf| path.extension().is_some_and(|end| end == "pem");
        paths
            .filter(is_certificate)
            .map(|path| std::fs::read(path).unwrap())
            .collect()
    };
    let first = kept();
    assert_eq!(first.len(), 1);
    drop(server);
    start();
    assert_eq!(kept(), first);
}
