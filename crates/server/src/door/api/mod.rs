//! The HTTP API, for the servers of applications: `POST /api/METHOD`.
//!
//! ```text
//! key ─▶ method ─▶ type ─▶ body, bounded and in time ─▶ a permit ─▶ call
//! 401    404, 405   415     413, 408, 400                503
//! ```
//!
//! It has the shape of Centrifugo's server API, so that libraries for that
//! work here: an answer is 200 with `result` or `error`, and other statuses
//! are for requests that are no calls. No other origin's page may call it.
//!
//! A call touches the log and the engine's locks on a thread that may wait;
//! for the writer it waits without a thread.

mod batch;
mod call;
mod order;
mod publish;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Incoming};
use tokio::time::timeout;

use self::call::{ApiError, Call};
use super::Door;
use super::routes::text;
use crate::limits::API_BODY_BYTES_MAX;

/// What stands before a method in the path.
const PREFIX: &str = "/api/";

/// Time between two looks at queues that are full.
const FULL_NAP: Duration = Duration::from_millis(5);

type Answered = Response<Full<Bytes>>;

/// Whether a request is for the API.
pub(super) fn is_meant(path: &str) -> bool {
    path.starts_with(PREFIX)
}

impl Door {
    /// Answers a call of the API.
    pub(super) async fn call(self: Arc<Self>, request: Request<Incoming>) -> Answered {
        self.try_call(request)
            .await
            .unwrap_or_else(|refused| refused)
    }

    async fn try_call(self: Arc<Self>, request: Request<Incoming>) -> Result<Answered, Answered> {
        let (head, body) = request.into_parts();
        self.check_key(&head.headers)?;
        let method = head.uri.path().strip_prefix(PREFIX).unwrap_or_default();
        if !Call::METHODS.contains(&method) {
            let methods = Call::METHODS.join(", ");
            let sentence = format!("there is no such method; there are {methods}");
            return Err(text(StatusCode::NOT_FOUND, &sentence));
        }
        if head.method != Method::POST {
            let mut refused = text(StatusCode::METHOD_NOT_ALLOWED, "a call is a POST");
            let allow = HeaderValue::from_static("POST");
            refused.headers_mut().insert(header::ALLOW, allow);
            return Err(refused);
        }
        if !is_json(&head.headers) {
            return Err(text(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "send JSON, with 'Content-Type: application/json'",
            ));
        }
        let body = self.body(body).await?;
        let call = Call::parse(method, &body).map_err(|error| bad_request(&error))?;
        self.wait_for_room().await?;
        let is_batch = matches!(call, Call::Batch(_));
        Ok(answer(call.perform(&self).await, is_batch))
    }

    /// Lets in who has the server's key.
    pub(super) fn check_key(&self, headers: &HeaderMap) -> Result<(), Answered> {
        match key_of(headers) {
            Some(key) if self.api_key.is(key) => Ok(()),
            _ => Err(text(
                StatusCode::UNAUTHORIZED,
                "the header 'X-API-Key' must hold the server's key",
            )),
        }
    }

    async fn body(&self, body: Incoming) -> Result<Bytes, Answered> {
        let too_large = || {
            let sentence = format!("a call may have {API_BODY_BYTES_MAX} bytes");
            last(text(StatusCode::PAYLOAD_TOO_LARGE, &sentence))
        };
        if body.size_hint().lower() > API_BODY_BYTES_MAX as u64 {
            return Err(too_large());
        }
        let body = Limited::new(body, API_BODY_BYTES_MAX).collect();
        match timeout(self.shared.limits.handshake_timeout, body).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_large()),
            Ok(Err(_)) => Err(last(text(StatusCode::BAD_REQUEST, "the body broke off"))),
            Err(_) => Err(last(text(
                StatusCode::REQUEST_TIMEOUT,
                "the body took too long; send it at once",
            ))),
        }
    }

    /// Waits while so much is on its way that no connection may publish.
    async fn wait_for_room(&self) -> Result<(), Answered> {
        let room = async {
            while self.shared.is_full() {
                tokio::time::sleep(FULL_NAP).await;
            }
        };
        let waited = timeout(self.shared.limits.handshake_timeout, room).await;
        waited.map_err(|_| {
            let mut refused = text(
                StatusCode::SERVICE_UNAVAILABLE,
                "more is being published than delivered; try again in some seconds",
            );
            let seconds = HeaderValue::from_static("5");
            refused.headers_mut().insert(header::RETRY_AFTER, seconds);
            refused
        })
    }
}

/// The key that a request brings: `X-API-Key: KEY`, or
/// `Authorization: apikey KEY`.
fn key_of(headers: &HeaderMap) -> Option<&[u8]> {
    if let Some(key) = headers.get("x-api-key") {
        return Some(key.as_bytes());
    }
    let (scheme, key) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("apikey")
        .then(|| key.trim().as_bytes())
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// The rest of the body is not read, so the connection is of no more use.
fn last(mut refused: Answered) -> Answered {
    let close = HeaderValue::from_static("close");
    refused.headers_mut().insert(header::CONNECTION, close);
    refused
}

fn bad_request(error: &serde_json::Error) -> Answered {
    let error = ApiError::bad_request(&error.to_string());
    json(StatusCode::BAD_REQUEST, error.to_json())
}

/// What a call came to, as the API writes it.
fn answer(result: Result<String, ApiError>, is_batch: bool) -> Answered {
    let body = match result {
        Ok(replies) if is_batch => replies,
        Ok(result) => format!("{{\"result\":{result}}}"),
        Err(error) => error.to_json(),
    };
    json(StatusCode::OK, body)
}

fn json(status: StatusCode, body: String) -> Answered {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
