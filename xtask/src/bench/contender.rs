//! Who is measured: what to start, and how to speak with it.

use std::path::Path;
use std::process::Command;

use super::dialect::Dialect;
use super::peers::{self, Tools};
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
    pub(super) dialect: Dialect,
}

/// What is started.
#[derive(Debug, Clone, Copy)]
pub(super) enum Program {
    /// This tree's server, with options.
    Palabre(&'static [&'static str]),
    /// That of another revision.
    Before,
    /// One of `bench/peers`, with what comes behind the port.
    Peer(Tools, &'static str, &'static [&'static str]),
}

const PALABRE: Program = Program::Palabre(&[]);

pub(super) static FLOOR: Contender = floor("floor", &[]);
pub(super) static FLOOR_RING: Contender = floor("floor, by io_uring", &["ring"]);
pub(super) static FLOOR_EACH: Contender = floor("floor, one send per message", &["each"]);
pub(super) static FLOOR_ECHO: Contender = floor("floor, echo", &["echo"]);

pub(super) static PALABRE_LIVE: Contender = plain("Palabre, live:", PALABRE, "/live/bench");
pub(super) static PALABRE_ROOM: Contender = plain("Palabre, room", PALABRE, "/rooms/bench");
pub(super) static PALABRE_BEFORE: Contender =
    plain("Palabre before, room", Program::Before, "/rooms/bench");
pub(super) static PALABRE_TEN: Contender = plain("Palabre, a room of ten", PALABRE, "/live/ten");
pub(super) static PALABRE_OWN: Contender =
    plain("Palabre, a live: channel each", PALABRE, "/live/b{n}");
pub(super) static PALABRE_TLS: Contender = Contender {
    scheme: "wss",
    program: Program::Palabre(&["--tls=self-signed"]),
    ..plain("Palabre, live: over TLS", PALABRE, "/live/bench")
};

pub(super) static CENTRIFUGE_LIVE: Contender =
    centrifuge("Palabre, Centrifuge live:", "live:bench");
pub(super) static CENTRIFUGE_ROOM: Contender = centrifuge("Palabre, Centrifuge room", "room:bench");
/// 100 publishers have ten rooms each.
pub(super) static CENTRIFUGE_ROOMS: Contender =
    centrifuge("Palabre, Centrifuge, ten rooms each", "room:b{n}-{digit}");

pub(super) static GO_LIBRARY: Contender = Contender {
    dialect: Dialect::CentrifugeV1("bench"),
    ..peer(peers::GO_LIBRARY, Tools::Go, "main.go")
};
pub(super) static UWEBSOCKETS: Contender = peer("uWebSockets", Tools::Python, "uwebsockets.py");
pub(super) static TUNGSTENITE: Contender =
    peer("tokio-tungstenite + broadcast", Tools::Rust, "tungstenite");
pub(super) static TOKIO_WEBSOCKETS: Contender = peer(
    "tokio-websockets + broadcast",
    Tools::Rust,
    "tokio-websockets",
);
pub(super) static AXUM: Contender = peer("axum ws, as in its chat example", Tools::Rust, "axum");
pub(super) static WS: Contender = peer("Node ws, as in the brief", Tools::Node, "ws.js");
pub(super) static SOCKET_IO: Contender = Contender {
    path: "/socket.io/?EIO=4&transport=websocket",
    dialect: Dialect::SocketIo,
    ..peer("Socket.IO", Tools::Node, "socketio.js")
};

const fn plain(name: &'static str, program: Program, path: &'static str) -> Contender {
    Contender {
        name,
        program,
        scheme: "ws",
        path,
        dialect: Dialect::Plain,
    }
}

/// This tree's server, in a channel of the Centrifuge dialect.
const fn centrifuge(name: &'static str, channel: &'static str) -> Contender {
    Contender {
        dialect: Dialect::Centrifuge(channel),
        ..plain(name, PALABRE, "/connection/websocket")
    }
}

const fn peer(name: &'static str, tools: Tools, source: &'static str) -> Contender {
    plain(name, Program::Peer(tools, source, &[]), "/")
}

const fn floor(name: &'static str, how: &'static [&'static str]) -> Contender {
    plain(name, Program::Peer(Tools::Rust, "floor", how), "/")
}

impl Contender {
    pub(super) fn url(&self, port: u16) -> String {
        format!("{}://127.0.0.1:{port}{}", self.scheme, self.path)
    }

    /// Starts it anew, with nothing left of an earlier run.
    pub(super) fn start(&self, yard: &Yard) -> anyhow::Result<Served> {
        let port = free_port()?;
        let mut command = match self.program {
            Program::Palabre(options) => palabre(&yard.palabre(), yard, port, options)?,
            Program::Before => palabre(&yard.before(), yard, port, &[])?,
            Program::Peer(tools, source, behind) => {
                let mut command = tools.command(yard.home(), source);
                command.arg(port.to_string()).args(behind);
                command
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

/// A port that was free a moment ago: not every peer can tell which one it got.
fn free_port() -> anyhow::Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_the_scheme_and_the_path_of_its_contender() {
        assert_eq!(PALABRE_TLS.url(7), "wss://127.0.0.1:7/live/bench");
        assert_eq!(GO_LIBRARY.url(7), "ws://127.0.0.1:7/");
    }
}
