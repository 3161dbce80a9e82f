//! A client without manners: it sends any bytes and looks at the bytes that
//! come back, with a reader of its own for HTTP answers and frames.

use std::collections::HashMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use serde_json::Value;
use websocket::Frame;

use crate::server::{Stream, TestServer};

/// The key with which frames are masked where any will do.
pub(crate) const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A connection, and what was read from it too early.
pub(crate) struct Raw {
    stream: Stream,
    buffer: Vec<u8>,
    authority: String,
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// A frame of the server, which is never masked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RawFrame {
    /// FIN, the reserved bits and the opcode.
    pub(crate) first: u8,
    pub(crate) payload: Vec<u8>,
}

impl Raw {
    pub(crate) fn connect(server: &TestServer) -> Self {
        Self::over(server, server.connect())
    }

    pub(crate) fn over(server: &TestServer, stream: Stream) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
            authority: server.authority(),
        }
    }

    /// A WebSocket at `target`.
    pub(crate) fn upgrade(server: &TestServer, target: &str) -> Self {
        let mut raw = Self::connect(server);
        raw.send(raw.handshake(target, ""));
        raw.expect_switch();
        raw
    }

    /// The head of a correct handshake; `fields` are whole lines.
    pub(crate) fn handshake(&self, target: &str, fields: &str) -> String {
        // The key is the one of RFC 6455 §1.3.
        format!(
            "GET {target} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
             {fields}\r\n",
            self.authority
        )
    }

    /// Reads the answer to [`handshake`](Self::handshake).
    pub(crate) fn expect_switch(&mut self) -> Response {
        let response = self.response();
        assert_eq!(response.status, 101, "{response:?}");
        assert_eq!(
            response.header("sec-websocket-accept"),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
        response
    }

    pub(crate) fn get(&mut self, target: &str) -> Response {
        self.request("GET", target, "")
    }

    /// Sends a request; `fields` are whole lines.
    pub(crate) fn request(&mut self, method: &str, target: &str, fields: &str) -> Response {
        let authority = &self.authority;
        self.send(format!(
            "{method} {target} HTTP/1.1\r\nHost: {authority}\r\n{fields}\r\n"
        ));
        match method {
            "HEAD" => self.head(),
            _ => self.response(),
        }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Sends a frame, masked as it must be.
    pub(crate) fn send_frame(&mut self, frame: Frame<'_>) {
        self.send(frame.masked(MASK).to_bytes());
    }

    /// Sends what the other side may not wait for; it may be gone already.
    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Says that nothing more will be sent.
    pub(crate) fn shut_down_writing(&self) {
        // An error says that there is nobody left to tell.
        let _ = self.stream.tcp().shutdown(Shutdown::Write);
    }

    /// The socket, from which nothing was read too early.
    pub(crate) fn into_tcp(self) -> TcpStream {
        assert!(self.buffer.is_empty());
        self.stream.tcp().try_clone().unwrap()
    }

    pub(crate) fn response(&mut self) -> Response {
        let mut response = self.head();
        if let Some(length) = response.headers.get("content-length") {
            let length = length.parse().unwrap();
            self.fill(length);
            response.body = self.buffer.drain(..length).collect();
        }
        response
    }

    fn head(&mut self) -> Response {
        let end = loop {
            let end = self.buffer.windows(4).position(|four| four == b"\r\n\r\n");
            match end {
                Some(end) => break end + 4,
                None => assert!(self.read_more(), "no answer: {:?}", self.buffer),
            }
        };
        let head: Vec<u8> = self.buffer.drain(..end).collect();
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let header = |line: &str| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        };
        Response {
            status: status.parse().unwrap(),
            headers: lines.map(header).collect(),
            body: Vec::new(),
        }
    }

    /// The next frame that is no ping: these come when it is their time.
    pub(crate) fn frame(&mut self) -> RawFrame {
        loop {
            let frame = self.any_frame();
            if frame.first != 0x89 {
                return frame;
            }
        }
    }

    /// The next frame.
    pub(crate) fn any_frame(&mut self) -> RawFrame {
        self.fill(2);
        let (header, length) = match self.buffer[1] {
            126 => {
                self.fill(4);
                let length = u16::from_be_bytes(self.buffer[2..4].try_into().unwrap());
                (4, usize::from(length))
            }
            127 => {
                self.fill(10);
                let length = u64::from_be_bytes(self.buffer[2..10].try_into().unwrap());
                (10, length as usize)
            }
            length => (2, usize::from(length)),
        };
        self.fill(header + length);
        let first = self.buffer[0];
        let payload = self.buffer[header..header + length].to_vec();
        self.buffer.drain(..header + length);
        RawFrame { first, payload }
    }

    /// The next frame, which is a text, as JSON.
    pub(crate) fn hear(&mut self) -> Value {
        let frame = self.frame();
        assert_eq!(frame.first, 0x81, "{frame:?}");
        serde_json::from_slice(&frame.payload).unwrap()
    }

    /// Reads up to a Close and gives its code.
    pub(crate) fn expect_close(&mut self) -> Option<u16> {
        loop {
            let frame = self.frame();
            if frame.first == 0x88 {
                let code = frame.payload.first_chunk();
                return code.map(|code| u16::from_be_bytes(*code));
            }
        }
    }

    /// Reads to the end of the stream, which must be orderly: nothing more
    /// comes, and then it is closed, not reset.
    pub(crate) fn expect_end(&mut self) {
        while self.read_more() {}
        assert!(self.buffer.is_empty(), "more came: {:?}", self.buffer);
    }

    /// Reads until the stream ends, in whatever way.
    pub(crate) fn wait_for_end(&mut self) {
        let mut chunk = [0; 16 << 10];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("it did not end"),
                Err(_) => return,
            }
        }
    }

    fn fill(&mut self, length: usize) {
        while self.buffer.len() < length {
            assert!(self.read_more(), "it ended after {:?}", self.buffer);
        }
    }

    /// Reads something; `false` at the end of the stream.
    fn read_more(&mut self) -> bool {
        let mut chunk = [0; 16 << 10];
        let n_bytes = self.stream.read(&mut chunk).unwrap();
        self.buffer.extend_from_slice(&chunk[..n_bytes]);
        n_bytes > 0
    }
}

impl Response {
    /// A header's value, empty where it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}
