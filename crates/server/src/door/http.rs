//! One HTTP connection, served until it ends or becomes a WebSocket.

use std::future::{Future, Ready, poll_fn, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use http_body_util::{Either, Full};
use hyper::server::conn::http1::{self, Parts};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::files::FileBody;
use super::routes::Answer;
use super::upgrade::Welcome;
use super::{Door, stop_of, write_and_close};
use crate::limits::{HEAD_BYTES_MAX, HEADERS_MAX};

/// The answer to whoever comes when all permits are taken.
pub(super) const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: text/plain; charset=utf-8\r\ncontent-length: 54\r\n\
    retry-after: 5\r\nconnection: close\r\n\r\n\
    the server has no room left; try again in some seconds";

/// The answer to whoever begins a request and does not end it.
const SLOW: &[u8] = b"HTTP/1.1 408 Request Timeout\r\n\
    content-type: text/plain; charset=utf-8\r\ncontent-length: 44\r\n\
    connection: close\r\n\r\n\
    the request took too long; send it at once\r\n";

/// The answer to a handshake for a room that the log cannot tell of.
pub(crate) const UNREADABLE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: text/plain; charset=utf-8\r\ncontent-length: 56\r\n\
    retry-after: 5\r\nconnection: close\r\n\r\n\
    the room cannot be read now; try again in some seconds\r\n";

/// Ends the HTTP stack's part in a connection, without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection becomes a WebSocket")]
struct BecomesSocket;

/// An answer that is whole, or a file in pieces.
pub(super) type Page = Response<Either<Full<Bytes>, FileBody>>;

/// An answer that is whole.
pub(super) fn whole(response: Response<Full<Bytes>>) -> Page {
    response.map(Either::Left)
}

/// An answer that is there, as nearly all are, or a call that takes its time
/// and a box of its own.
enum Answering {
    Now(Ready<Result<Page, BecomesSocket>>),
    Call(Pin<Box<dyn Future<Output = Page> + Send>>),
}

impl Future for Answering {
    type Output = Result<Page, BecomesSocket>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Now(page) => Pin::new(page).poll(cx),
            Self::Call(call) => call.as_mut().poll(cx).map(Ok),
        }
    }
}

/// Serves requests. Returns the stream once it is to become a WebSocket, with
/// the bytes that came behind the handshake, which is still to be answered.
pub(super) async fn serve<S>(
    door: Arc<Door>,
    stream: S,
    peer: SocketAddr,
    mut stop: watch::Receiver<bool>,
) -> Option<(S, Vec<u8>, Welcome)>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let handshake_timeout = door.shared.limits.handshake_timeout;
    let upgraded = Arc::new(OnceLock::new());
    let is_served = AtomicBool::new(false);
    let service = service_fn({
        let upgraded = Arc::clone(&upgraded);
        let is_served = &is_served;
        move |request| {
            is_served.store(true, Ordering::Relaxed);
            match door.respond(&request, peer) {
                Answer::Page(response) => Answering::Now(ready(Ok(whole(response)))),
                Answer::Socket(welcome) => {
                    // The error ends the service, so nothing is there yet.
                    let _ = upgraded.set(welcome);
                    Answering::Now(ready(Err(BecomesSocket)))
                }
                Answer::Call => {
                    let call = Arc::clone(&door).call(request);
                    Answering::Call(Box::pin(async { whole(call.await) }))
                }
                Answer::File => Answering::Call(Box::pin(Arc::clone(&door).file(request, peer))),
            }
        }
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(handshake_timeout)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);

    let mut stopped = std::pin::pin!(stop_of(&mut stop));
    let mut stopping = false;
    let outcome = poll_fn(|cx| {
        if !stopping && stopped.as_mut().poll(cx).is_ready() {
            stopping = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        connection.poll_without_shutdown(cx)
    })
    .await;
    let Parts {
        io,
        read_buf,
        service,
        ..
    } = connection.into_parts();
    let stream = io.into_inner();
    // The service holds the other reference to what it has put there.
    drop(service);
    let welcome = Arc::into_inner(upgraded).and_then(OnceLock::into_inner);
    match (outcome, welcome) {
        (_, Some(welcome)) => Some((stream, read_buf.to_vec(), welcome)),
        (Err(error), None) => {
            tracing::debug!(%peer, %error, "HTTP connection failed");
            // Whoever was served and keeps the connection owes us no request.
            if error.is_timeout() && !is_served.load(Ordering::Relaxed) {
                write_and_close(stream, SLOW).await;
            }
            None
        }
        (Ok(()), None) => {
            write_and_close(stream, &[]).await;
            None
        }
    }
}
