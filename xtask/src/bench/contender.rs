//! Who is measured: what to start, and how to speak with it.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::yard::Yard;
use crate::served::Served;

/// A server, and a way to use it.
#[derive(Debug)]
pub(super) struct Contender {
    /// What tables and raw data call it.
    pub(super) name: &'static str,
    pub(super) program: Program,
    /// Scheme, and all behind the port.
    scheme: &'static str,
    path: &'static str,
    /// Options of the load generator: what a connection says first.
    pub(super) greeting: &'static [&'static str],
    /// And what is published.
    pub(super) words: &'static [&'static str],
}

/// What is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    /// This tree's server, with options.
    Palabre(&'static [&'static str]),
    /// That of another revision.
    Before,
    /// One of `bench/peers`, in Rust, with what comes behind the port.
    Rust(&'static str, &'static [&'static str]),
    /// One of `bench/peers/node`.
    Node(&'static str),
    /// One of `bench/peers/python`.
    Python(&'static str),
}

const HELLO: &str = r#"{"id":1,"connect":{}}"#;

/// How an application joins a channel.
macro_rules! subscribe {
    ($channel:literal) => {
        &[
            "--hello",
            HELLO,
            "--hello",
            concat!(r#"{"id":2,"subscribe":{"channel":""#, $channel, r#""}}"#),
            "--ready",
            "\"subscribe\"",
            "--heartbeat",
            "{}",
        ]
    };
}

/// And publishes in it: the data has 100 bytes, as the whole message of the
/// others.
macro_rules! publish {
    ($channel:literal, $size:literal) => {
        &[
            "--template",
            concat!(
                r#"{"id":{id},"publish":{"channel":""#,
                $channel,
                r#"","data":{"sender":"bench","message":"{mark}{pad}"}}}"#
            ),
            "--size",
            $size,
        ]
    };
}

const SOCKET_IO_GREETING: &[&str] = &["--hello", "40", "--ready", "40{", "--heartbeat", "2=3"];
const SOCKET_IO_WORDS: &[&str] = &[
    "--template",
    r#"42["message",{"sender":"bench","message":"{mark}{pad}"}]"#,
    "--size",
    "114",
];

/// 100 publishers with ten rooms each.
const TEN_ROOMS: &[&str] = &[
    "--hello",
    HELLO,
    "--hello",
    concat!(
        r#"{"id":2,"subscribe":{"channel":"room:b{n}-0"}}"#,
        "\n",
        r#"{"id":3,"subscribe":{"channel":"room:b{n}-1"}}"#,
        "\n",
        r#"{"id":4,"subscribe":{"channel":"room:b{n}-2"}}"#,
        "\n",
        r#"{"id":5,"subscribe":{"channel":"room:b{n}-3"}}"#,
        "\n",
        r#"{"id":6,"subscribe":{"channel":"room:b{n}-4"}}"#,
        "\n",
        r#"{"id":7,"subscribe":{"channel":"room:b{n}-5"}}"#,
        "\n",
        r#"{"id":8,"subscribe":{"channel":"room:b{n}-6"}}"#,
        "\n",
        r#"{"id":9,"subscribe":{"channel":"room:b{n}-7"}}"#,
        "\n",
        r#"{"id":10,"subscribe":{"channel":"room:b{n}-8"}}"#,
        "\n",
        r#"{"id":11,"subscribe":{"channel":"room:b{n}-9"}}"#,
    ),
    "--ready",
    r#""id":11,"subscribe""#,
    "--heartbeat",
    "{}",
];

pub(super) const FLOOR: &str = "floor";
pub(super) const FLOOR_EACH: &str = "floor, one send per message";
pub(super) const FLOOR_ECHO: &str = "floor, echo";
pub(super) const PALABRE_LIVE: &str = "Palabre, live:";
pub(super) const PALABRE_ROOM: &str = "Palabre, room";
pub(super) const PALABRE_BEFORE: &str = "Palabre before, room";
pub(super) const PALABRE_TLS: &str = "Palabre, live: over TLS";
pub(super) const PALABRE_OWN: &str = "Palabre, a live: channel each";
pub(super) const CENTRIFUGE_LIVE: &str = "Palabre, Centrifuge live:";
pub(super) const CENTRIFUGE_ROOM: &str = "Palabre, Centrifuge room";
pub(super) const CENTRIFUGE_ROOMS: &str = "Palabre, Centrifuge, ten rooms each";
pub(super) const UWEBSOCKETS: &str = "uWebSockets";
pub(super) const WS: &str = "Node ws, as in the brief";
pub(super) const SOCKET_IO: &str = "Socket.IO";
pub(super) const TUNGSTENITE: &str = "tokio-tungstenite + broadcast";
pub(super) const TOKIO_WEBSOCKETS: &str = "tokio-websockets + broadcast";
pub(super) const AXUM: &str = "axum ws, as in its chat example";

const PALABRE: Program = Program::Palabre(&[]);

static CONTENDERS: &[Contender] = &[
    plain(FLOOR, Program::Rust("floor", &[]), "/"),
    plain(FLOOR_EACH, Program::Rust("floor", &["each"]), "/"),
    plain(FLOOR_ECHO, Program::Rust("floor", &["echo"]), "/"),
    plain(PALABRE_LIVE, PALABRE, "/live/bench"),
    plain(PALABRE_ROOM, PALABRE, "/rooms/bench"),
    plain(PALABRE_BEFORE, Program::Before, "/rooms/bench"),
    plain(PALABRE_OWN, PALABRE, "/live/b{n}"),
    Contender {
        scheme: "wss",
        ..plain(
            PALABRE_TLS,
            Program::Palabre(&["--tls=self-signed"]),
            "/live/bench",
        )
    },
    Contender {
        greeting: subscribe!("live:bench"),
        words: publish!("live:bench", "154"),
        ..plain(CENTRIFUGE_LIVE, PALABRE, "/connection/websocket")
    },
    Contender {
        greeting: subscribe!("room:bench"),
        words: publish!("room:bench", "154"),
        ..plain(CENTRIFUGE_ROOM, PALABRE, "/connection/websocket")
    },
    Contender {
        greeting: TEN_ROOMS,
        words: publish!("room:b{n}-{digit}", "156"),
        ..plain(CENTRIFUGE_ROOMS, PALABRE, "/connection/websocket")
    },
    plain(UWEBSOCKETS, Program::Python("uwebsockets.py"), "/"),
    plain(TUNGSTENITE, Program::Rust("tungstenite", &[]), "/"),
    plain(
        TOKIO_WEBSOCKETS,
        Program::Rust("tokio-websockets", &[]),
        "/",
    ),
    plain(AXUM, Program::Rust("axum", &[]), "/"),
    plain(WS, Program::Node("ws.js"), "/"),
    Contender {
        greeting: SOCKET_IO_GREETING,
        words: SOCKET_IO_WORDS,
        ..plain(
            SOCKET_IO,
            Program::Node("socketio.js"),
            "/socket.io/?EIO=4&transport=websocket",
        )
    },
];

const fn plain(name: &'static str, program: Program, path: &'static str) -> Contender {
    Contender {
        name,
        program,
        scheme: "ws",
        path,
        greeting: &[],
        words: &[],
    }
}

impl Contender {
    /// The one of this name.
    pub(super) fn named(name: &str) -> &'static Self {
        CONTENDERS
            .iter()
            .find(|it| it.name == name)
            .expect("sections name contenders of the table")
    }

    pub(super) fn url(&self, port: u16) -> String {
        format!("{}://127.0.0.1:{port}{}", self.scheme, self.path)
    }

    /// Starts it anew, with nothing left of an earlier run.
    pub(super) fn start(&self, yard: &Yard) -> anyhow::Result<Served> {
        let port = free_port()?;
        let peers = yard.peers();
        let mut command = match self.program {
            Program::Palabre(options) => palabre(&yard.palabre(), yard, port, options)?,
            Program::Before => palabre(&yard.before(), yard, port, &[])?,
            Program::Rust(name, rest) => with_port(yard.rust_peer(name), &[], port, rest),
            Program::Node(script) => {
                let script = peers.join("node").join(script);
                with_port("node".into(), &[script], port, &[])
            }
            Program::Python(script) => {
                let script = peers.join("python").join(script);
                with_port(yard.python(), &[script], port, &[])
            }
        };
        Served::start(&mut command)
    }
}

fn palabre(binary: &Path, yard: &Yard, port: u16, options: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new(binary);
    command
        .arg(format!("--listen=127.0.0.1:{port}"))
        .arg(format!("--data={}", yard.empty_data()?.display()))
        .args(["--message-rate=0", "--log=error"])
        .args(options);
    Ok(command)
}

fn with_port(program: PathBuf, before: &[PathBuf], port: u16, behind: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(before).arg(port.to_string()).args(behind);
    command
}

/// A port that was free a moment ago: not every peer can tell which one it got.
fn free_port() -> anyhow::Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_of_one_contender() {
        for contender in CONTENDERS {
            assert!(std::ptr::eq(Contender::named(contender.name), contender));
        }
        assert_eq!(
            Contender::named(PALABRE_TLS).url(7),
            "wss://127.0.0.1:7/live/bench"
        );
    }
}
