//! Bringing a file: its bytes are the body, its name is in the query.
//!
//! What can be judged by the head is judged before a byte of the file is
//! read. The bytes go to the disk piece by piece, as fast as it takes them.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use chat::FileId;
use engine::TokenError;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Request, StatusCode, request};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout, timeout_at};

use super::{Answered, on_disk, text};
use crate::door::Door;
use crate::files::{self, Damaged, FileName, Files, Found, Refused, Size};
use crate::limits::{PIECE_BYTES, UPLOAD_TIME_MAX};

/// What says who one is, before the token.
const BEARER: &str = "bearer ";

impl Door {
    /// Takes a file, and answers with what it is and where.
    pub(super) async fn upload(
        &self,
        request: Request<Incoming>,
        files: Arc<Files>,
    ) -> Result<Answered, Answered> {
        let (head, body) = request.into_parts();
        let announced = body.size_hint();
        let bytes_max = self.shared.limits.file_bytes_max;
        if announced.lower() > bytes_max {
            return Err(too_large(bytes_max));
        }
        let user = match self.uploader(&head.headers) {
            Ok(user) => user,
            Err(refused) => return Err(self.after(body, refused).await),
        };
        let share = self.uploads.begin(&user, self.now_us());
        let _share = match share {
            Ok(share) => share,
            Err(refused) => return Err(self.after(body, refuse(refused)).await),
        };
        if is_form(&head.headers) {
            let sentence = "send the file itself as the body, not a form that holds it";
            let refused = text(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence);
            return Err(self.after(body, refused).await);
        }
        let free_bytes_min = self.shared.limits.free_bytes_min;
        let needed = announced
            .upper()
            .unwrap_or(bytes_max)
            .saturating_add(free_bytes_min);
        match on_disk(&files, Files::free_bytes).await {
            Ok(free) if free >= needed => {}
            Ok(_) => return Err(self.after(body, full()).await),
            Err(error) => return Err(failed(&error)),
        }
        let name = FileName::clean(&name_of(&head));
        let id = self.receive(body, &files).await?;
        let described = on_disk(&files, move |files| describe(files, id, &name)).await;
        let described = described.map_err(|error| failed(&error))?;
        let n_bytes = described["size"].as_u64().unwrap_or_default();
        self.shared.metrics.files.stored(n_bytes);
        Ok(super::json(StatusCode::CREATED, &described))
    }

    /// The user whom the token names.
    fn uploader(&self, headers: &HeaderMap) -> Result<Box<str>, Answered> {
        let unknown = |sentence| {
            let mut refused = text(StatusCode::UNAUTHORIZED, sentence);
            super::set(&mut refused, header::WWW_AUTHENTICATE, "Bearer");
            refused
        };
        let token = token_of(headers).ok_or_else(|| {
            unknown("say who you are: 'Authorization: Bearer TOKEN', with the token of connect")
        })?;
        let verified = self
            .shared
            .identities
            .verify(token, self.shared.clock.now());
        match verified {
            Ok(identity) if !identity.user.is_empty() => Ok((*identity.user).into()),
            Ok(_) => Err(unknown("the token names no user")),
            Err(TokenError::Expired) => Err(unknown("the token has expired")),
            Err(TokenError::Invalid) => Err(unknown("the token is not valid")),
        }
    }

    /// Reads the body to the disk.
    async fn receive(&self, mut body: Incoming, files: &Arc<Files>) -> Result<FileId, Answered> {
        let limits = &self.shared.limits;
        let end = Instant::now() + UPLOAD_TIME_MAX;
        let incoming = on_disk(files, Files::begin)
            .await
            .map_err(|error| failed(&error))?;
        let incoming = Arc::new(incoming);
        let (mut n_bytes, mut piece) = (0, BytesMut::with_capacity(PIECE_BYTES));
        loop {
            let patience = end.min(Instant::now() + limits.upload_timeout);
            let frame = match timeout_at(patience, body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(None) => break,
                Ok(Some(Err(_))) => {
                    return Err(last(text(StatusCode::BAD_REQUEST, "the file broke off")));
                }
                Err(_) => return Err(slow()),
            };
            let Ok(data) = frame.into_data() else {
                continue;
            };
            n_bytes += data.len() as u64;
            if n_bytes > limits.file_bytes_max {
                return Err(too_large(limits.file_bytes_max));
            }
            piece.extend_from_slice(&data);
            if piece.len() >= PIECE_BYTES {
                write(files, &incoming, piece.split().freeze()).await?;
            }
        }
        write(files, &incoming, piece.freeze()).await?;
        let whole =
            Arc::into_inner(incoming).expect("every piece is written, and none else has it");
        match keep(files, whole).await {
            Ok(kept) => kept.map_err(|Damaged| damaged()),
            Err(error) => Err(failed(&error)),
        }
    }

    /// A refusal, once the body is read and thrown away: who sends hears no
    /// answer before. Whoever takes too long for that is not waited for.
    async fn after(&self, mut body: Incoming, refused: Answered) -> Answered {
        let rest = async { while let Some(Ok(_)) = body.frame().await {} };
        match timeout(self.shared.limits.upload_timeout, rest).await {
            Ok(()) => refused,
            Err(_) => last(refused),
        }
    }

    fn now_us(&self) -> u64 {
        let now = self.shared.clock.now().steady();
        u64::try_from(now.as_micros()).unwrap_or(u64::MAX)
    }
}

async fn write(
    files: &Arc<Files>,
    incoming: &Arc<files::Incoming>,
    piece: Bytes,
) -> Result<(), Answered> {
    let incoming = Arc::clone(incoming);
    let written = on_disk(files, move |_| incoming.write(&piece)).await;
    written.map_err(|error| failed(&error))
}

/// Keeps a file that is whole, without what it tells besides itself.
async fn keep(files: &Arc<Files>, whole: files::Incoming) -> io::Result<Result<FileId, Damaged>> {
    let told = on_disk(files, move |_| Ok((whole.kind()?, whole)));
    let (kind, whole) = told.await?;
    let turn = files.turn(kind).await;
    let kept = on_disk(files, move |files| {
        match files.strip(whole, kind, turn)? {
            Ok(stripped) => files.keep(stripped).map(Ok),
            Err(damaged) => Ok(Err(damaged)),
        }
    });
    kept.await
}

/// A file as a message carries it.
fn describe(files: &Files, id: FileId, name: &FileName) -> io::Result<Value> {
    let gone = || io::Error::from(io::ErrorKind::NotFound);
    let Found { bytes, kind } = files.find(id)?.ok_or_else(gone)?;
    let mut described = json!({
        "url": format!("{}{id}/{}", chat::FILES_PATH, name.encoded()),
        "name": name.as_str(),
        "type": kind.media_type,
        "size": bytes,
    });
    if kind.is_image()
        && let Some(Size { width, height }) = files.image_size(id)?
    {
        described["width"] = width.into();
        described["height"] = height.into();
    }
    Ok(described)
}

fn token_of(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_at_checked(BEARER.len())?;
    scheme.eq_ignore_ascii_case(BEARER).then(|| token.trim())
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    media_type.is_some_and(|value| value.starts_with(b"multipart/"))
}

fn name_of(head: &request::Parts) -> String {
    let query = head.uri.query().unwrap_or_default().as_bytes();
    let mut pairs = form_urlencoded::parse(query);
    let name = pairs.find(|(key, _)| key == "name");
    name.map_or_else(String::new, |(_, name)| name.into_owned())
}

/// The last answer on this connection, on which bytes of the file may follow.
fn last(mut refused: Answered) -> Answered {
    super::set(&mut refused, header::CONNECTION, "close");
    refused
}

fn too_large(bytes_max: u64) -> Answered {
    let sentence = format!("a file may have {bytes_max} bytes");
    last(text(StatusCode::PAYLOAD_TOO_LARGE, &sentence))
}

fn slow() -> Answered {
    let sentence = "the file took too long; try again";
    last(text(StatusCode::REQUEST_TIMEOUT, sentence))
}

fn damaged() -> Answered {
    let sentence = "the image or film is damaged, so where and with what it was taken cannot be \
                    taken out of it; save it anew, or send it in an archive";
    text(StatusCode::UNPROCESSABLE_ENTITY, sentence)
}

fn full() -> Answered {
    let sentence = "the server has no room left for files";
    text(StatusCode::INSUFFICIENT_STORAGE, sentence)
}

fn refuse(refused: Refused) -> Answered {
    let (status, sentence) = match refused {
        Refused::Busy => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the server takes as many files as it can; try again in some seconds",
        ),
        Refused::TooManyAtOnce => (
            StatusCode::TOO_MANY_REQUESTS,
            "you send too many files at once; let some arrive first",
        ),
        Refused::TooFast => (
            StatusCode::TOO_MANY_REQUESTS,
            "you send too many files; try again in some seconds",
        ),
    };
    let mut answer = text(status, sentence);
    super::set(&mut answer, header::RETRY_AFTER, "5");
    answer
}

/// What the disk did not do; why is the operator's to know.
fn failed(error: &io::Error) -> Answered {
    tracing::error!(%error, "cannot keep a file; its sender has been told");
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => last(full()),
        _ => last(text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the server could not keep the file; try again later",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_a_broken_one() {
        let status = |kind: io::ErrorKind| failed(&kind.into()).status();
        assert_eq!(status(io::ErrorKind::StorageFull), 507);
        assert_eq!(status(io::ErrorKind::QuotaExceeded), 507);
        assert_eq!(status(io::ErrorKind::PermissionDenied), 500);
    }
}
