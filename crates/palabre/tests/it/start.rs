use std::net::{Ipv6Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;

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
fn it_needs_nothing_that_it_could_write_to() {
    let folder = folder("read-only");
    let mut rights = std::fs::metadata(&folder).unwrap().permissions();
    rights.set_mode(0o555);
    std::fs::set_permissions(&folder, rights.clone()).unwrap();
    let mut command = palabre(&["--listen=127.0.0.1:0"]);
    command.current_dir(&folder);
    let server = Palabre::spawn(command);
    server.join("/");
    assert_eq!(server.stop().0, Some(0));
    // The superuser may write all the same; but nothing was written.
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    rights.set_mode(0o755);
    std::fs::set_permissions(&folder, rights).unwrap();
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
        files
            .map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .collect()
    };
    let first = kept();
    assert_eq!(first.len(), 1);
    drop(server);
    start();
    assert_eq!(kept(), first);
}
