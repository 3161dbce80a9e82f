//! Having a file: as what it is, and never as something that could run.
//!
//! | header | so that |
//! |---|---|
//! | `Content-Type` from the bytes, `nosniff` | a browser takes it for nothing else |
//! | `Content-Disposition` | it shows images, sounds and films, and saves the rest |
//! | `Content-Security-Policy` | whatever it opens loads nothing, runs nothing, and has no origin |
//! | `Cache-Control` | it is asked for once, and kept by nobody in between |

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use chat::FileId;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Either;
use hyper::body::{Body, Frame, SizeHint};
use percent_encoding::percent_decode_str;
use tokio::task::JoinHandle;

use super::range::{Part, part};
use super::{Answered, on_disk, text};
use crate::assets::is_unchanged;
use crate::door::http::{Page, whole};
use crate::files::{FileName, Files, Found, Showing};
use crate::limits::PIECE_BYTES;

const ALWAYS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    (
        "content-security-policy",
        "sandbox; default-src 'none'; frame-ancestors 'none'",
    ),
    // Pages that may open a socket here show the files, too. Who does not know
    // the address learns nothing by it.
    ("cross-origin-resource-policy", "cross-origin"),
    ("cache-control", "private, max-age=31536000, immutable"),
    ("accept-ranges", "bytes"),
];

/// The answer to who asks for a file.
pub(super) async fn answer(
    files: Arc<Files>,
    path: &str,
    headers: &HeaderMap,
) -> Result<Page, Answered> {
    let (id, name) = address(path).ok_or_else(not_found)?;
    let found = on_disk(&files, move |files| files.find(id)).await;
    let found = found.map_err(|error| unreadable(&error))?;
    let found = found.ok_or_else(not_found)?;
    let etag = format!("\"{id}\"");
    let mut response = Response::default();
    describe(response.headers_mut(), found, &name, &etag);
    if is_unchanged(headers, &etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(whole(response));
    }
    let (status, bytes) = match asked(headers, found.bytes, &etag) {
        Part::Whole => (StatusCode::OK, 0..found.bytes),
        Part::Bytes(bytes) => (StatusCode::PARTIAL_CONTENT, bytes),
        Part::None => (StatusCode::RANGE_NOT_SATISFIABLE, 0..0),
    };
    let place = match status {
        StatusCode::PARTIAL_CONTENT => Some(format!(
            "bytes {}-{}/{}",
            bytes.start,
            bytes.end - 1,
            found.bytes
        )),
        StatusCode::RANGE_NOT_SATISFIABLE => Some(format!("bytes */{}", found.bytes)),
        _ => None,
    };
    if let Some(place) = place {
        insert(response.headers_mut(), header::CONTENT_RANGE, &place);
    }
    *response.status_mut() = status;
    let body = FileBody {
        files,
        id,
        next: bytes.start,
        end: bytes.end,
        reading: None,
    };
    Ok(response.map(|_| Either::Right(body)))
}

/// The file that a path names, and how it is called there.
fn address(path: &str) -> Option<(FileId, FileName)> {
    let id = FileId::of_path(path)?;
    let rest = path.strip_prefix(chat::FILES_PATH)?;
    let name = rest.split_once('/').map_or("", |(_, name)| name);
    let name = percent_decode_str(name).decode_utf8_lossy();
    Some((id, FileName::clean(&name)))
}

fn describe(headers: &mut HeaderMap, found: Found, name: &FileName, etag: &str) {
    for (name, value) in ALWAYS {
        headers.insert(*name, HeaderValue::from_static(value));
    }
    let kind = HeaderValue::from_static(found.kind.media_type);
    headers.insert(header::CONTENT_TYPE, kind);
    let showing = match found.kind.showing {
        Showing::Inline => "inline",
        Showing::Attachment => "attachment",
    };
    let disposition = format!("{showing}; {}", name.parameters());
    insert(headers, header::CONTENT_DISPOSITION, &disposition);
    insert(headers, header::ETAG, etag);
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    let value = HeaderValue::from_str(value).expect("ids, numbers and encoded names are ASCII");
    headers.insert(name, value);
}

/// The part that is asked for; of another file than one thinks, all of it.
fn asked(headers: &HeaderMap, n_bytes: u64, etag: &str) -> Part {
    let text = |name| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let is_same = text(header::IF_RANGE).is_none_or(|tag| tag == etag);
    match text(header::RANGE) {
        Some(range) if is_same => part(range, n_bytes),
        _ => Part::Whole,
    }
}

fn not_found() -> Answered {
    let mut response = text(
        StatusCode::NOT_FOUND,
        "no file is here; it may have been deleted with its message",
    );
    super::set(&mut response, header::CACHE_CONTROL, "no-store");
    response
}

fn unreadable(error: &io::Error) -> Answered {
    tracing::error!(%error, "cannot read a file");
    let sentence = "the server cannot read the file; try again later";
    text(StatusCode::INTERNAL_SERVER_ERROR, sentence)
}

/// A file as it is sent, one piece at a time: the next is read when the one
/// before is on its way.
pub(crate) struct FileBody {
    files: Arc<Files>,
    id: FileId,
    next: u64,
    end: u64,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl FileBody {
    fn read(&self) -> JoinHandle<io::Result<Bytes>> {
        let (files, id, next) = (Arc::clone(&self.files), self.id, self.next);
        let left = usize::try_from(self.end - next).unwrap_or(usize::MAX);
        let n_bytes = left.min(PIECE_BYTES);
        tokio::task::spawn_blocking(move || files.read(id, next, n_bytes))
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.next >= self.end {
            return Poll::Ready(None);
        }
        let mut reading = self.reading.take().unwrap_or_else(|| self.read());
        let Poll::Ready(read) = Pin::new(&mut reading).poll(cx) else {
            self.reading = Some(reading);
            return Poll::Pending;
        };
        let piece = read.unwrap_or_else(|panicked| Err(io::Error::other(panicked)))?;
        if piece.is_empty() {
            return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
        }
        self.next += piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.next >= self.end
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.end - self.next)
    }
}
