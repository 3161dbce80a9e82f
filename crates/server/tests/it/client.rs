//! Somebody who takes part: an independent WebSocket client, with an end to
//! every wait.

use std::net::TcpStream;

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::error::ProtocolError;
use tungstenite::http::HeaderValue;
use tungstenite::protocol::CloseFrame;
use tungstenite::{Error, Message, WebSocket};

use crate::server::{Stream, TestServer};

pub(crate) struct Client(WebSocket<Stream>);

impl Client {
    /// Opens a WebSocket at `target`, such as `/rooms/tea?name=Léa`.
    ///
    /// There is no wait for anything but the handshake's answer: whoever has
    /// that is in the room.
    pub(crate) fn join(server: &TestServer, target: &str) -> Self {
        Self::join_with(server, target, &[])
    }

    /// The same with more fields in the handshake.
    pub(crate) fn join_with(
        server: &TestServer,
        target: &str,
        fields: &[(&'static str, &'static str)],
    ) -> Self {
        let url = format!("ws://{}{target}", server.authority());
        let mut request = url.into_client_request().unwrap();
        for &(name, value) in fields {
            let value = HeaderValue::from_static(value);
            request.headers_mut().insert(name, value);
        }
        let (socket, _) = tungstenite::client(request, server.connect()).unwrap();
        Self(socket)
    }

    /// Says something with the two fields of the brief.
    pub(crate) fn say(&mut self, sender: &str, message: &str) {
        self.send(&json!({ "sender": sender, "message": message }).to_string());
    }

    /// Sends a text as it is.
    pub(crate) fn send(&mut self, text: &str) {
        self.0.send(Message::text(text)).unwrap();
    }

    pub(crate) fn send_binary(&mut self, bytes: &[u8]) {
        self.0.send(Message::binary(bytes.to_vec())).unwrap();
    }

    /// Sends a message of the room's own; returns it as the sender hears it.
    pub(crate) fn echo(&mut self, message: &str) -> Value {
        self.say("echo", message);
        let heard = self.hear();
        assert_eq!(heard["message"], message);
        heard
    }

    /// The same where others send binary.
    pub(crate) fn echo_in_noise(&mut self, message: &str) -> Value {
        self.say("echo", message);
        let heard = self.hear_text_in_noise();
        assert_eq!(heard["message"], message);
        heard
    }

    /// The next text, as JSON.
    pub(crate) fn hear(&mut self) -> Value {
        match self.next() {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("not a text: {other:?}"),
        }
    }

    /// The next text, whatever binary comes before it.
    pub(crate) fn hear_text_in_noise(&mut self) -> Value {
        loop {
            match self.next() {
                Message::Binary(_) => {}
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                other => panic!("neither text nor binary: {other:?}"),
            }
        }
    }

    /// What the next text says.
    pub(crate) fn hear_message(&mut self) -> String {
        let heard = self.hear();
        heard["message"].as_str().unwrap().to_owned()
    }

    pub(crate) fn hear_binary(&mut self) -> Vec<u8> {
        match self.next() {
            Message::Binary(bytes) => bytes.to_vec(),
            other => panic!("not binary: {other:?}"),
        }
    }

    /// Reads until so many pings were answered.
    pub(crate) fn answer_pings(&mut self, n_pings: usize) {
        for _ in 0..n_pings {
            let message = self.0.read().unwrap();
            assert!(message.is_ping(), "{message:?}");
            self.0.flush().unwrap();
        }
    }

    /// Closes; returns the answer's code, once the connection is closed.
    pub(crate) fn close(mut self, code: Option<(u16, &str)>) -> Option<u16> {
        let frame = code.map(|(code, reason)| CloseFrame {
            code: code.into(),
            reason: reason.to_owned().into(),
        });
        self.0.close(frame).unwrap();
        self.closed()
    }

    /// Waits until the server closes, answers, and returns its code once the
    /// connection is closed.
    pub(crate) fn closed(&mut self) -> Option<u16> {
        let code = match self.next() {
            Message::Close(frame) => frame.map(|frame| frame.code.into()),
            other => panic!("not a close: {other:?}"),
        };
        match self.0.read() {
            Err(Error::ConnectionClosed) => code,
            other => panic!("not the end: {other:?}"),
        }
    }

    /// The socket below, for those who break into it.
    pub(crate) fn tcp(&self) -> TcpStream {
        self.0.get_ref().tcp().try_clone().unwrap()
    }

    /// Drops the connection without a word.
    pub(crate) fn vanish(self) {}

    /// The next message that is no ping or pong.
    fn next(&mut self) -> Message {
        loop {
            match self.0.read() {
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(message) => return message,
                Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => {
                    panic!("the server hung up without a word")
                }
                Err(error) => panic!("nothing came: {error}"),
            }
        }
    }
}
