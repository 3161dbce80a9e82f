use rustix::process::Signal;
use tungstenite::Message;

use crate::process::{Palabre, Socket, folder};

/// Waits for the close, answers it, and returns its code.
fn closed(socket: &mut Socket) -> u16 {
    let code = match socket.read().unwrap() {
        Message::Close(Some(frame)) => frame.code.into(),
        other => panic!("not a close: {other:?}"),
    };
    assert!(matches!(
        socket.read(),
        Err(tungstenite::Error::ConnectionClosed)
    ));
    code
}

#[test]
fn a_signal_to_stop_closes_with_1001_and_exits_with_0() {
    for signal in [Signal::TERM, Signal::INT] {
        let server = Palabre::start(&["--log=error"]);
        let mut sockets: Vec<_> = (0..10).map(|_| server.join("/rooms/tea")).collect();
        server.signal(signal);
        for socket in &mut sockets {
            assert_eq!(closed(socket), 1001);
        }
        assert_eq!(server.wait(), (Some(0), String::new(), vec![]));
    }
}

#[test]
fn a_second_signal_does_not_wait_for_answers() {
    let server = Palabre::start(&["--close-timeout=3600"]);
    let _deaf = server.join("/");
    assert!(server.log_line().contains("joined"));
    server.signal(Signal::INT);
    assert!(server.log_line().contains("stopping"));
    server.signal(Signal::INT);
    assert_eq!(server.wait().0, Some(130));
}

#[test]
fn an_answer_is_not_waited_for_beyond_the_close_timeout() {
    let server = Palabre::start(&["--close-timeout=1", "--log=error"]);
    let _deaf = server.join("/");
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn sighup_reads_the_certificate_again() {
    let data = folder("sighup");
    let server = Palabre::start(&["--tls=self-signed", "--data", data.to_str().unwrap()]);
    assert!(server.log_line().contains("made a self-signed certificate"));
    server.signal(Signal::HUP);
    assert!(server.log_line().contains("certificate read again"));
    // One that cannot be used is refused, and the server goes on.
    let file = data.join("tls-self-signed.pem");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    server.signal(Signal::HUP);
    let line = server.log_line();
    assert!(line.contains("ERROR"), "{line}");
    assert!(
        line.contains("the old certificate stays in force"),
        "{line}"
    );
    server.connect();
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn sighup_without_a_certificate_changes_nothing() {
    let server = Palabre::start(&[]);
    let mut socket = server.join("/");
    assert!(server.log_line().contains("joined"));
    for _ in 0..3 {
        server.signal(Signal::HUP);
        assert!(server.log_line().contains("no certificate"));
    }
    socket.send(Message::text(r#"{"message":"m"}"#)).unwrap();
    assert!(socket.read().unwrap().is_text());
    server.signal(Signal::HUP);
    server.signal(Signal::TERM);
    assert_eq!(closed(&mut socket), 1001);
    assert_eq!(server.wait().0, Some(0));
}

#[test]
fn killed_in_the_middle_of_a_sentence_it_leaves_a_free_port() {
    let server = Palabre::start(&[]);
    let port = server.port();
    let mut socket = server.join("/");
    for _ in 0..30 {
        socket.send(Message::text(r#"{"message":"m"}"#)).unwrap();
    }
    server.signal(Signal::KILL);
    while socket.read().is_ok() {}
    assert_eq!(server.wait().0, None);
    let again = Palabre::spawn(crate::process::palabre(&[&*format!(
        "--listen=127.0.0.1:{port}"
    )]));
    again.join("/");
}
