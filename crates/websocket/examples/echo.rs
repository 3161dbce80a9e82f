//! An echo server on `std::net`, one thread for each connection.
//!
//! ```text
//! cargo run --release -p websocket --example echo -- --listen 127.0.0.1:9001
//! ```
//!
//! It prints the address it listens on, for those who pass port 0. The Autobahn
//! suite runs against it, so it takes messages of 32 MiB in any number of
//! fragments.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;
use std::{env, thread};

use websocket::{
    Compression, DecodeContext, Decoder, DeflateAgreement, DeflateOptions, Deflater, Frame,
    HANDSHAKE_VERSION, HandshakeKey, Limits, Message, Opcode, Role, WindowBits,
};

const LIMITS: Limits = Limits {
    message_bytes_max: 32 << 20,
    inflated_bytes_max: 32 << 20,
    fragments_max: u32::MAX,
};
const READ_BYTES: usize = 64 << 10;
const REQUEST_BYTES_MAX: u64 = 16 << 10;
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

fn main() -> io::Result<()> {
    let address = env::args().skip_while(|arg| arg != "--listen").nth(1);
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:9001"))?;
    println!("{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let stream = stream?;
        thread::spawn(move || {
            if let Err(error) = serve(stream) {
                eprintln!("connection lost: {error}");
            }
        });
    }
    Ok(())
}

fn serve(stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let request = Request::read(&mut reader.by_ref().take(REQUEST_BYTES_MAX))?;
    let Some(key) = request.key else {
        let answer = format!(
            "HTTP/1.1 426 Upgrade Required\r\nConnection: close\r\nContent-Length: 0\r\n\
             Sec-WebSocket-Version: {HANDSHAKE_VERSION}\r\n\r\n"
        );
        return reader.get_mut().write_all(answer.as_bytes());
    };
    let accept = key.accept();
    let mut answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {}\r\n",
        accept.escape_ascii(),
    );
    if let Some(agreement) = request.deflate {
        answer += &format!("Sec-WebSocket-Extensions: {agreement}\r\n");
    }
    answer += "\r\n";
    reader.get_mut().write_all(answer.as_bytes())?;
    echo(reader, request.deflate)
}

/// What matters of the HTTP request.
struct Request {
    /// Missing when this is no handshake that can be taken.
    key: Option<HandshakeKey>,
    deflate: Option<DeflateAgreement>,
}

impl Request {
    fn read(reader: &mut impl BufRead) -> io::Result<Self> {
        let (mut key, mut version, mut offers) = (None, None, Vec::new());
        for line in reader.lines() {
            let line = line?;
            let Some((name, value)) = line.split_once(':') else {
                if line.is_empty() {
                    break;
                }
                continue;
            };
            let value = value.trim().to_owned();
            match name.to_ascii_lowercase().as_str() {
                "sec-websocket-key" => key = HandshakeKey::parse(value.as_bytes()),
                "sec-websocket-version" => version = Some(value),
                "sec-websocket-extensions" => offers.push(value),
                _ => {}
            }
        }
        let offers = offers.iter().map(|offer| offer.as_bytes());
        Ok(Self {
            key: key.filter(|_| version.as_deref() == Some(HANDSHAKE_VERSION)),
            deflate: DeflateAgreement::negotiate(offers, WindowBits::MIN),
        })
    }
}

/// Sends every message back until the connection is closed.
fn echo(mut reader: BufReader<TcpStream>, deflate: Option<DeflateAgreement>) -> io::Result<()> {
    let compression = if deflate.is_some() {
        Compression::Deflate
    } else {
        Compression::Off
    };
    let mut deflater = deflate.map(|agreement| {
        Deflater::new(DeflateOptions {
            window_bits: agreement.window_bits(),
            ..DeflateOptions::default()
        })
    });
    // A server with many connections on a thread shares all but the decoder.
    let mut decoder = Decoder::new(Role::Server, compression);
    let mut context = DecodeContext::new(LIMITS);
    let mut buffer = vec![0; READ_BYTES];
    let mut answers = Vec::new();
    while !decoder.is_ended() {
        let n_bytes = reader.read(&mut buffer)?;
        if n_bytes == 0 {
            return Ok(());
        }
        let mut input = &mut buffer[..n_bytes];
        loop {
            match decoder.decode(&mut input, &mut context) {
                Ok(Some(message)) => answer(message, deflater.as_mut(), &mut answers),
                Ok(None) => break,
                Err(error) => {
                    Frame::close(error.close_code(), &error.to_string()).encode(&mut answers)
                }
            }
        }
        reader.get_mut().write_all(&answers)?;
        answers.clear();
    }
    // The server closes first (RFC 6455 §7.1.1), but reads what is on its way:
    // a socket closed over unread bytes would take the Close frame with it.
    reader.get_ref().shutdown(Shutdown::Write)?;
    reader.get_ref().set_read_timeout(Some(CLOSE_TIMEOUT))?;
    while reader.read(&mut buffer)? > 0 {}
    Ok(())
}

fn answer(message: Message<'_>, deflater: Option<&mut Deflater>, out: &mut Vec<u8>) {
    let (opcode, payload) = match message {
        Message::Text(text) => (Opcode::Text, text.as_bytes()),
        Message::Binary(payload) => (Opcode::Binary, payload),
        Message::Ping(payload) => return Frame::pong(payload).encode(out),
        Message::Pong(_) => return,
        Message::Close(Some(close)) => return Frame::close(close.code, close.reason).encode(out),
        Message::Close(None) => return Frame::close_without_code().encode(out),
    };
    match deflater.and_then(|deflater| deflater.deflate(payload)) {
        Some(deflated) => Frame::deflated(opcode, deflated).encode(out),
        None => Frame::message(opcode, payload).encode(out),
    }
}
