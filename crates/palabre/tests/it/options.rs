use std::io::{Read as _, Write as _};

use tungstenite::Message;

use crate::process::{Palabre, folder, palabre, run};

#[test]
fn a_wrong_option_is_answered_with_2_and_what_is_expected() {
    for (args, says) in [
        (["--listen=8080"].as_slice(), "expected ADDR:PORT"),
        (&["--nonsense"], "--nonsense"),
        (&["--message-rate=many"], "--message-rate"),
        (&["--pong-timeout=0"], "at least 1"),
        (&["--tls-cert=chain.pem"], "--tls-key"),
        (
            &["--tls=self-signed", "--tls-cert=a", "--tls-key=b"],
            "cannot be used with",
        ),
        (&["room"], "unrecognized subcommand"),
    ] {
        let output = run(args);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains(says), "{args:?}: {stderr}");
        assert_eq!(output.stdout, b"", "{args:?}");
    }
}

#[test]
fn options_that_do_not_fit_together_are_answered_with_1_and_why() {
    for (args, says) in [
        (["--pong-timeout=25"].as_slice(), "pong timeout"),
        (&["--queue-bytes-max=1000"], "queue"),
        (&["--allow-origin=example.org"], "example.org"),
        (
            &["--tls-cert=/nowhere.pem", "--tls-key=/nowhere.pem"],
            "/nowhere.pem",
        ),
    ] {
        let output = run(&[&["--listen=127.0.0.1:0"], args].concat());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {stderr}");
        assert!(stderr.starts_with("palabre: "), "{args:?}: {stderr}");
        assert!(stderr.contains(says), "{args:?}: {stderr}");
    }
}

#[test]
fn every_option_is_also_a_variable() {
    let mut command = palabre(&[]);
    command
        .env("PALABRE_LISTEN", "127.0.0.1:0")
        .env("PALABRE_LOG", "off")
        .env("PALABRE_MESSAGE_BYTES_MAX", "100");
    let server = Palabre::spawn(command);
    let mut socket = server.join("/");
    socket.send(Message::binary(vec![0; 101])).unwrap();
    let Message::Close(Some(frame)) = socket.read().unwrap() else {
        panic!("not a close");
    };
    assert_eq!(u16::from(frame.code), 1009);
    drop(socket);
    let (code, _, log) = server.stop();
    assert_eq!((code, log), (Some(0), vec![]));
}

#[test]
fn an_option_is_stronger_than_its_variable() {
    let mut command = palabre(&["--listen=127.0.0.1:0"]);
    command.env("PALABRE_LISTEN", "192.0.2.1:1");
    let server = Palabre::spawn(command);
    server.join("/");
}

#[test]
fn the_page_may_come_from_a_folder() {
    let web = folder("web");
    std::fs::write(web.join("index.html"), "<p>mine</p>").unwrap();
    let server = Palabre::start(&["--web", web.to_str().unwrap()]);
    let mut tcp = server.connect();
    tcp.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut page = String::new();
    tcp.read_to_string(&mut page).unwrap();
    assert!(page.ends_with("<p>mine</p>"), "{page}");
}

#[test]
fn the_limits_are_added_up_for_the_options_given() {
    let output = run(&[
        "limits",
        "--connections-max=100",
        "--queue-bytes-max=200000",
    ]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(table.contains("195.3 KiB  --queue-bytes-max"), "{table}");
    assert!(table.contains("100 connections and the server"), "{table}");
}
