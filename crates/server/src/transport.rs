//! The bytes of one connection, plain or through TLS, without waiting.
//!
//! Both kinds behave like a non-blocking socket: what cannot be done now is
//! [`io::ErrorKind::WouldBlock`], and the poll says when to try again.

use std::io::{self, IoSlice, Read, Write};
use std::net::Shutdown;

use mio::net::TcpStream;
use rustls::ServerConnection;

/// A socket, and what encrypts it if something does.
#[derive(Debug)]
pub(crate) enum Transport {
    Plain(TcpStream),
    Tls(Box<TlsStream>),
    /// No socket: it counts what is written, where there are to be more
    /// connections than files.
    #[cfg(test)]
    StandIn(usize),
}

/// A socket behind TLS.
#[derive(Debug)]
pub(crate) struct TlsStream {
    tcp: TcpStream,
    session: ServerConnection,
}

/// What a read brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Filled {
    /// Bytes in the buffer; 0 is the end of the stream.
    pub(crate) len: usize,
    /// Whether more may wait, so that one has to read again.
    pub(crate) more: bool,
}

impl Transport {
    pub(crate) fn plain(tcp: TcpStream) -> Self {
        Self::Plain(tcp)
    }

    pub(crate) fn tls(tcp: TcpStream, session: ServerConnection) -> Self {
        Self::Tls(Box::new(TlsStream { tcp, session }))
    }

    /// The socket, for the poll.
    pub(crate) fn socket(&mut self) -> &mut TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => &mut tls.tcp,
            #[cfg(test)]
            Self::StandIn(_) => unreachable!("nobody polls it"),
        }
    }

    /// Whether bytes may wait that no event of the socket tells of: those that
    /// TLS took from it before it was polled.
    pub(crate) fn may_hold_back(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// Reads what there is, at most a buffer full.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Filled> {
        match self {
            Self::Plain(tcp) => {
                let len = retry(|| tcp.read(buffer))?;
                // A short read has emptied the socket: epoll(7) says so, and
                // the next bytes make a new event. An end may be left; the
                // event of these bytes has told of it if it came with them.
                let more = len == buffer.len();
                Ok(Filled { len, more })
            }
            Self::Tls(tls) => tls.read(buffer),
            #[cfg(test)]
            Self::StandIn(_) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Writes from the slices, in order, as much as goes.
    pub(crate) fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => match slices {
                [slice] => retry(|| tcp.write(slice)),
                slices => retry(|| tcp.write_vectored(slices)),
            },
            Self::Tls(tls) => tls.write(slices),
            #[cfg(test)]
            Self::StandIn(_) => Ok(slices.iter().map(|slice| self.write_now(slice)).sum()),
        }
    }

    /// Writes as much as one attempt brings out, which is nothing if it fails:
    /// the next write meets the same error. What TLS makes of bytes may wait
    /// for a flush, so it is not for this.
    pub(crate) fn write_now(&mut self, bytes: &[u8]) -> usize {
        match self {
            Self::Plain(tcp) => tcp.write(bytes).unwrap_or(0),
            Self::Tls(_) => 0,
            #[cfg(test)]
            Self::StandIn(n_written) => {
                *n_written += bytes.len();
                bytes.len()
            }
        }
    }

    /// Pushes out what encryption still holds back.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(tls) => tls.push(),
            #[cfg(test)]
            Self::StandIn(_) => Ok(()),
        }
    }

    /// Says a last thing, without caring whether it arrives.
    pub(crate) fn write_and_close(&mut self, bytes: &[u8]) {
        if self.write(&[IoSlice::new(bytes)]).is_ok() {
            let _ = self.shut_down_writing();
        }
    }

    /// Says that nothing more will be written.
    pub(crate) fn shut_down_writing(&mut self) -> io::Result<()> {
        if let Self::Tls(tls) = self {
            tls.session.send_close_notify();
            tls.push()?;
        }
        self.socket().shutdown(Shutdown::Write)
    }
}

impl TlsStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Filled> {
        let mut len = 0;
        while len < buffer.len() {
            match self.read_some(&mut buffer[len..]) {
                Ok(0) => break,
                Ok(n) => len += n,
                Err(error) if len == 0 => return Err(error),
                // What came before is told first. An end or an error is what
                // the next read will meet again.
                Err(error) => {
                    let more = error.kind() != io::ErrorKind::WouldBlock;
                    return Ok(Filled { len, more });
                }
            }
        }
        let more = len > 0;
        Ok(Filled { len, more })
    }

    /// Reads up to the next need for ciphertext.
    fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.session.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.fetch()?,
                outcome => return outcome,
            }
        }
    }

    /// Takes ciphertext from the socket. At the end of the stream there is
    /// none, and the session says whether it was announced.
    fn fetch(&mut self) -> io::Result<()> {
        retry(|| self.session.read_tls(&mut self.tcp))?;
        self.session
            .process_new_packets()
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        // The peer may have asked for new keys; it gets them now. If that
        // fails, the next write fails too; what has come is still to be read.
        let _ = self.push();
        Ok(())
    }

    fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        // Nothing is encrypted before what came earlier is out, so that at
        // most one buffer of ciphertext exists for each connection.
        self.push()?;
        let len = self.session.writer().write_vectored(slices)?;
        match self.push() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(len),
        }
    }

    fn push(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            if retry(|| self.session.write_tls(&mut self.tcp))? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }
}

/// Repeats what a signal interrupted.
fn retry<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match attempt() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}
