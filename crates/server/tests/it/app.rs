//! An application's client of the Centrifuge dialect, that says what it likes
//! and looks at each message that comes back.

use std::collections::VecDeque;

use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use server::Options;
use websocket::Frame;

use crate::raw::Raw;
use crate::server::TestServer;

/// Where the dialect is spoken.
const ENDPOINT: &str = "/connection/websocket";

/// The key with which the application signs.
pub(crate) const TOKEN_KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

/// A server that knows the application's key.
pub(crate) fn trusting(change: impl FnOnce(&mut Options)) -> TestServer {
    TestServer::start_with(|options| {
        options.token_key = Some(TOKEN_KEY.into());
        change(options);
    })
}

/// A token of the application's.
pub(crate) fn sign(claims: &Value) -> String {
    let key = EncodingKey::from_secret(TOKEN_KEY);
    jsonwebtoken::encode(&Header::default(), claims, &key).unwrap()
}

/// Seconds since 1970, so many from now.
pub(crate) fn in_seconds(seconds: i64) -> i64 {
    let since_1970 = std::time::UNIX_EPOCH.elapsed().unwrap();
    since_1970.as_secs() as i64 + seconds
}

pub(crate) struct App {
    raw: Raw,
    n_commands: u64,
    /// What came before an answer that was waited for.
    pushes: VecDeque<Value>,
}

impl App {
    /// A socket on which nothing is said yet.
    pub(crate) fn open(server: &TestServer) -> Self {
        Self::over(Raw::upgrade(server, ENDPOINT))
    }

    /// The same over a connection of a kind of its own.
    pub(crate) fn over_connection(mut raw: Raw) -> Self {
        raw.send(raw.handshake(ENDPOINT, ""));
        raw.expect_switch();
        Self::over(raw)
    }

    fn over(raw: Raw) -> Self {
        Self {
            raw,
            n_commands: 0,
            pushes: VecDeque::new(),
        }
    }

    /// Somebody new.
    pub(crate) fn connect(server: &TestServer) -> Self {
        let mut app = Self::open(server);
        app.expect("connect", json!({}));
        app
    }

    /// Somebody whom the application knows.
    pub(crate) fn connect_as(server: &TestServer, user: &str) -> Self {
        let mut app = Self::open(server);
        app.expect("connect", json!({"token": sign(&json!({ "sub": user }))}));
        app
    }

    /// Sends one frame of these commands, a line each.
    pub(crate) fn say(&mut self, commands: &[Value]) {
        let lines: Vec<_> = commands.iter().map(Value::to_string).collect();
        self.send(&lines.join("\n"));
    }

    /// Sends one frame as it is.
    pub(crate) fn send(&mut self, text: &str) {
        self.raw.send_frame(Frame::text(text));
    }

    /// The next message.
    pub(crate) fn hear(&mut self) -> Value {
        self.raw.hear()
    }

    /// The next push, as it stands in `push`.
    pub(crate) fn push(&mut self) -> Value {
        let message = self.pushes.pop_front();
        message.unwrap_or_else(|| self.hear())["push"].take()
    }

    /// The next publication.
    pub(crate) fn publication(&mut self) -> Value {
        let mut push = self.push();
        assert!(push["pub"].is_object(), "{push}");
        push["pub"].take()
    }

    /// Does a command; returns its reply. What is pushed before it is kept.
    pub(crate) fn ask(&mut self, command: &str, request: Value) -> Value {
        self.n_commands += 1;
        let id = self.n_commands;
        self.say(&[json!({"id": id, command: request})]);
        loop {
            let message = self.hear();
            if message["id"] == id {
                return message;
            }
            assert!(message["push"].is_object(), "{message}");
            self.pushes.push_back(message);
        }
    }

    /// Does a command that succeeds; returns its result.
    pub(crate) fn expect(&mut self, command: &str, request: Value) -> Value {
        let mut reply = self.ask(command, request);
        assert!(reply[command].is_object(), "{reply}");
        reply[command].take()
    }

    /// Does a command that fails; returns the error's code.
    pub(crate) fn refused(&mut self, command: &str, request: Value) -> Value {
        let mut reply = self.ask(command, request);
        reply["error"]["code"].take()
    }

    pub(crate) fn subscribe(&mut self, channel: &str) -> Value {
        self.expect("subscribe", json!({ "channel": channel }))
    }

    /// Publishes a message, which is acknowledged.
    pub(crate) fn publish(&mut self, channel: &str, message: &str) {
        let data = json!({ "message": message });
        self.expect("publish", json!({"channel": channel, "data": data}));
    }

    /// Waits for a ping; returns whatever comes before it.
    pub(crate) fn until_ping(&mut self) -> Vec<Value> {
        let mut before = Vec::new();
        loop {
            match self.hear() {
                message if message == json!({}) => return before,
                message => before.push(message),
            }
        }
    }

    /// The next message, or the code of the close that comes instead.
    pub(crate) fn hear_or_close(&mut self) -> Result<Value, u16> {
        let frame = self.raw.frame();
        match frame.first {
            0x88 => Err(u16::from_be_bytes(*frame.payload.first_chunk().unwrap())),
            _ => Ok(serde_json::from_slice(&frame.payload).unwrap()),
        }
    }

    /// The code of the close, which comes next.
    pub(crate) fn closed(&mut self) -> u16 {
        self.hear_or_close().unwrap_err()
    }

    /// Reads up to the close, whatever comes before it; returns its code.
    pub(crate) fn closed_in_the_end(&mut self) -> Option<u16> {
        self.raw.expect_close()
    }

    /// Drops the connection without a word.
    pub(crate) fn vanish(self) {}
}
