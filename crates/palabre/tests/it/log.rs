use tungstenite::Message;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;

use crate::process::{Palabre, Socket};

fn say(socket: &mut Socket) {
    socket.send(Message::text(r#"{"message":"m"}"#)).unwrap();
    assert!(socket.read().unwrap().is_text());
}

fn close(mut socket: Socket, reason: &str) {
    let frame = CloseFrame {
        code: CloseCode::Normal,
        reason: reason.to_owned().into(),
    };
    socket.close(Some(frame)).unwrap();
    while socket.read().is_ok() {}
}

#[test]
fn one_line_tells_who_comes_and_one_who_goes() {
    let server = Palabre::start(&[]);
    let mut lea = server.join("/rooms/f%C3%AAte");
    let peer = lea.get_ref().local_addr().unwrap().to_string();
    say(&mut lea);
    close(lea, "bye");
    let joined = server.log_line();
    for part in ["INFO", "joined", &peer, "room:fête"] {
        assert!(joined.contains(part), "{part}: {joined}");
    }
    let left = server.log_line();
    for part in [
        "INFO",
        "left",
        &peer,
        "room:fête",
        "closed by the peer: 1000",
        "bye",
    ] {
        assert!(left.contains(part), "{part}: {left}");
    }
    let (_, _, rest) = server.stop();
    assert!(rest[0].contains("stopping"), "{rest:?}");
    assert_eq!(rest.len(), 1, "{rest:?}");
}

#[test]
fn what_a_stranger_writes_cannot_break_a_line() {
    let server = Palabre::start(&[]);
    close(server.join("/"), "a\nb\u{1b}[31m");
    server.log_line();
    let left = server.log_line();
    assert!(left.contains(r"a\nb\u{1b}[31m"), "{left}");
    drop(server.join("/"));
    assert!(server.log_line().contains("joined"));
    assert!(server.log_line().contains("lost"));
}

#[test]
fn nothing_is_told_at_lower_levels() {
    for level in ["off", "error", "warn"] {
        let server = Palabre::start(&["--log", level]);
        let mut socket = server.join("/");
        say(&mut socket);
        close(socket, "bye");
        let (code, rest, log) = server.stop();
        assert_eq!((code, &*rest), (Some(0), ""));
        assert_eq!(log, Vec::<String>::new(), "{level}");
    }
}
