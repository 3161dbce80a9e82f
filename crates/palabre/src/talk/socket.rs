//! A WebSocket, as two tasks: one reads, one writes.
//!
//! ```text
//!   stream ──▶ reader ──▶ incoming ──▶ the session
//!                │ pongs
//!                ▼
//!   stream ◀── writer ◀── outgoing ◀── the session
//! ```
//!
//! So whoever waits for what comes may give up waiting at any moment and loses
//! nothing. Both tasks end with the connection, or when the socket is dropped.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, UnboundedSender, channel};
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;
use websocket::{CloseCode, Compression, DecodeContext, Decoder, Frame, Limits, Message, Role};

use super::dial::{Dialed, Stream};

/// A page of history in one frame is the largest that comes.
const MESSAGE_BYTES_MAX: usize = 16 << 20;
/// What was read and nobody has taken yet; then the reader waits.
const INCOMING_MAX: usize = 64;
/// For the last words, at the end.
const CLOSE_MAX: Duration = Duration::from_secs(2);

/// What comes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    Text(String),
    /// The end, with its code and reason.
    Closed(u16, String),
}

pub(super) struct Socket {
    incoming: Receiver<Received>,
    outgoing: UnboundedSender<Vec<u8>>,
    writer: JoinHandle<()>,
    /// Ends the reader when it is dropped.
    _reader: JoinSet<()>,
}

impl Socket {
    pub(super) fn new(dialed: Dialed) -> Self {
        let (read_half, write_half) = tokio::io::split(dialed.stream);
        let (outgoing, to_write) = tokio::sync::mpsc::unbounded_channel();
        let (heard, incoming) = channel(INCOMING_MAX);
        let writer = tokio::spawn(write(write_half, to_write));
        let mut reader = JoinSet::new();
        reader.spawn(read(read_half, dialed.read_ahead, heard, outgoing.clone()));
        Self {
            incoming,
            outgoing,
            writer,
            _reader: reader,
        }
    }

    pub(super) fn send(&self, text: &str) {
        send(&self.outgoing, Frame::text(text));
    }

    /// What comes next. Giving up waiting for it loses nothing.
    pub(super) async fn next(&mut self) -> Received {
        let lost = || Received::Closed(1006, "the connection is lost".into());
        self.incoming.recv().await.unwrap_or_else(lost)
    }

    /// Says goodbye, and waits until that is sent.
    pub(super) async fn close(self) {
        send(&self.outgoing, Frame::close(CloseCode::NORMAL, ""));
        let Self {
            outgoing,
            writer,
            _reader,
            ..
        } = self;
        drop((outgoing, _reader));
        // Who does not take it in time has lost the connection anyway.
        let _ = tokio::time::timeout(CLOSE_MAX, writer).await;
    }
}

/// What cannot be sent is not missed: the reader tells of the end.
fn send(outgoing: &UnboundedSender<Vec<u8>>, frame: Frame<'_>) {
    let [a, b, c, d, ..] = *Uuid::new_v4().as_bytes();
    let mut bytes = Vec::new();
    frame.masked([a, b, c, d]).encode(&mut bytes);
    let _ = outgoing.send(bytes);
}

async fn write(mut stream: WriteHalf<Box<dyn Stream>>, mut frames: UnboundedReceiver<Vec<u8>>) {
    while let Some(frame) = frames.recv().await {
        if stream.write_all(&frame).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
    let _ = stream.shutdown().await;
}

async fn read(
    mut stream: ReadHalf<Box<dyn Stream>>,
    mut bytes: Vec<u8>,
    heard: Sender<Received>,
    outgoing: UnboundedSender<Vec<u8>>,
) {
    let mut decoder = Decoder::new(Role::Client, Compression::Off);
    let mut context = DecodeContext::new(Limits {
        message_bytes_max: MESSAGE_BYTES_MAX,
        ..Limits::default()
    });
    loop {
        for received in decode(&mut decoder, &mut context, &mut bytes, &outgoing) {
            let is_end = matches!(received, Received::Closed(..));
            if heard.send(received).await.is_err() || is_end {
                return;
            }
        }
        bytes.clear();
        let end = match stream.read_buf(&mut bytes).await {
            Ok(0) => "the server is gone".to_owned(),
            Ok(_) => continue,
            Err(error) => error.to_string(),
        };
        let _ = heard.send(Received::Closed(1006, end)).await;
        return;
    }
}

fn decode(
    decoder: &mut Decoder,
    context: &mut DecodeContext,
    bytes: &mut [u8],
    outgoing: &UnboundedSender<Vec<u8>>,
) -> Vec<Received> {
    let mut all = Vec::new();
    let mut input = bytes;
    loop {
        match decoder.decode(&mut input, context) {
            Ok(Some(Message::Text(text))) => all.push(Received::Text(text.to_owned())),
            Ok(Some(Message::Ping(payload))) => send(outgoing, Frame::pong(payload)),
            Ok(Some(Message::Close(close))) => {
                let (code, reason) = close.map_or((1005, ""), |close| (close.code.0, close.reason));
                send(outgoing, Frame::close_without_code());
                all.push(Received::Closed(code, reason.to_owned()));
            }
            Ok(Some(Message::Binary(_) | Message::Pong(_))) => {}
            Ok(None) => return all,
            Err(error) => {
                send(outgoing, Frame::close(error.close_code(), ""));
                all.push(Received::Closed(1006, error.to_string()));
            }
        }
    }
}
