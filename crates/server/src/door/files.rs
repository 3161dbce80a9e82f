//! Files that people send: `/files` to bring one, `/files/ID/NAME` to have it.
//!
//! ```text
//! POST /files?name=…   origin ─▶ token ─▶ size ─▶ share ─▶ pieces ─▶ 201
//!                       403       401      413     429      408, 507
//! GET /files           what may be sent
//! GET /files/ID/NAME   the file, or a part of it
//! ```
//!
//! Whoever may open a socket may bring a file: the same pages, with the same
//! token. Whoever knows a file's address may have it.

mod download;
mod range;
mod upload;

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use chat::{FILES_MAX, FILES_PATH};
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::json;

pub(super) use self::download::FileBody;
use super::Door;
use super::http::{Page, whole};
use super::routes::text;
use crate::files::Files;
use crate::origin::Decision;

/// Where files are brought.
const UPLOAD_PATH: &str = "/files";

type Answered = Response<Full<Bytes>>;

/// Whether a request is about files.
pub(super) fn is_meant(path: &str) -> bool {
    path == UPLOAD_PATH || path.starts_with(FILES_PATH)
}

impl Door {
    /// Answers a request about files.
    pub(super) async fn file(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Page {
        let answered = self.try_file(request, peer).await;
        answered.unwrap_or_else(whole)
    }

    async fn try_file(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Result<Page, Answered> {
        let path = request.uri().path();
        let files = self.files.clone().ok_or_else(|| {
            let sentence = "this server keeps nothing, so no files either";
            text(StatusCode::SERVICE_UNAVAILABLE, sentence)
        })?;
        match (path == UPLOAD_PATH, request.method()) {
            (true, &Method::GET | &Method::HEAD) => Ok(whole(self.what_may_be_sent())),
            (true, &Method::OPTIONS | &Method::POST) => {
                let counts = &self.shared.metrics.files;
                let refused = |refused: &Answered| counts.refused(refused.status());
                let origin = self.welcome(&request, peer).inspect_err(refused)?;
                let answered = match *request.method() {
                    Method::OPTIONS => Ok(allowed_methods()),
                    _ => self.upload(request, files).await.inspect_err(refused),
                };
                let answered = answered.unwrap_or_else(|refused| refused);
                Ok(whole(readable_for(answered, origin)))
            }
            (false, &Method::GET | &Method::HEAD) => {
                download::answer(files, path, request.headers()).await
            }
            (is_upload, _) => Err(not_allowed(is_upload)),
        }
    }

    /// What a page tells people before they choose a file.
    fn what_may_be_sent(&self) -> Answered {
        let limits = json!({
            "bytes_max": self.shared.limits.file_bytes_max,
            "files_max": FILES_MAX,
        });
        json(StatusCode::OK, &limits)
    }

    /// The origin of a page that may bring files, if it is a page.
    fn welcome(
        &self,
        request: &Request<Incoming>,
        peer: SocketAddr,
    ) -> Result<Option<HeaderValue>, Answered> {
        let headers = request.headers();
        let origin = headers.get(header::ORIGIN);
        match self
            .origins
            .decide(origin, headers.get(header::HOST), peer.ip())
        {
            Decision::Welcome(_) => Ok(origin.cloned()),
            Decision::Refused(why) => {
                tracing::info!(%peer, %why, "upload refused");
                Err(text(StatusCode::FORBIDDEN, &why.to_string()))
            }
        }
    }
}

/// Does what waits for the disk, on a thread that may.
async fn on_disk<T: Send + 'static>(
    files: &Arc<Files>,
    work: impl FnOnce(&Files) -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    let files = Arc::clone(files);
    let done = tokio::task::spawn_blocking(move || work(&files)).await;
    done.unwrap_or_else(|panicked| Err(std::io::Error::other(panicked)))
}

/// What a browser asks for the page of another origin, before it uploads.
fn allowed_methods() -> Answered {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ] {
        set(&mut response, name, value);
    }
    response
}

/// Lets the page that asked read the answer, whatever it is.
fn readable_for(mut response: Answered, origin: Option<HeaderValue>) -> Answered {
    set(&mut response, header::VARY, "origin");
    if let Some(origin) = origin {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

fn not_allowed(is_upload: bool) -> Answered {
    let mut response = text(
        StatusCode::METHOD_NOT_ALLOWED,
        "POST a file to /files; GET it from the url in the answer",
    );
    let methods = if is_upload {
        "GET, HEAD, POST"
    } else {
        "GET, HEAD"
    };
    set(&mut response, header::ALLOW, methods);
    response
}

fn json(status: StatusCode, value: &serde_json::Value) -> Answered {
    let mut response = Response::new(Full::from(format!("{value}\n")));
    *response.status_mut() = status;
    set(&mut response, header::CONTENT_TYPE, "application/json");
    set(&mut response, header::CACHE_CONTROL, "no-store");
    response
}

fn set<B>(response: &mut Response<B>, name: HeaderName, value: &'static str) {
    let value = HeaderValue::from_static(value);
    response.headers_mut().insert(name, value);
}
