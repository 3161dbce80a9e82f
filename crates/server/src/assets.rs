//! The page: the files of `web/`, as answers to GET and HEAD.
//!
//! They are embedded in the binary by `build.rs`, with gzip and brotli variants made there, so that
//! an answer costs two look-ups and copies nothing; the modules that a page needs at once are joined
//! there into one file. With `--web DIR` they are read from disk at
//! every request instead, as they are: a change is seen at the next reload. That blocks its thread
//! while the disk is read, which is fine for the one developer who looks at it.
//!
//! The browser keeps each file and asks at every load whether it is still the right one
//! (`Cache-Control: no-cache`, `ETag`). Names without a hash in them need no build step, and a
//! new version of the server is a new page at once, never a mixture of two.
//!
//! Every answer carries what keeps a browser from being too helpful; HTML also a
//! Content-Security-Policy under which nothing runs that is not a file of this page.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;

use self::negotiate::Coding;

mod etag;
#[cfg(test)]
mod join;
mod names;
mod negotiate;
#[cfg(test)]
mod snapshot;
#[cfg(test)]
mod statements;

pub(crate) use self::negotiate::is_unchanged;

/// `'self'` in `connect-src` covers `ws:` and `wss:` to the same host (CSP level 3).
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; font-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const ALWAYS: &[(&str, &str)] = &[
    ("vary", "accept-encoding"),
    ("cache-control", "no-cache"),
    ("x-content-type-options", "nosniff"),
    // A room's name is nobody else's business. Not `no-referrer`, with which a browser would send
    // `Origin: null` with the page's own forms.
    ("referrer-policy", "same-origin"),
];

const ON_HTML: &[(&str, &str)] = &[
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    // A page that a link of ours opens gets no handle on ours.
    ("cross-origin-opener-policy", "same-origin"),
];

/// Where the files of the page come from.
#[derive(Clone, Debug)]
pub(crate) enum Assets {
    /// From the binary.
    Embedded,
    /// From this folder, read anew for every request.
    Disk(PathBuf),
}

impl Assets {
    /// The answer to GET or HEAD for a file of the page, or `None` where there is no such file.
    ///
    /// `path` is the URL's path as it was sent, without its first slash: `index.html`,
    /// `src/main.js`. It is not decoded, since no file of the page has a name that needs it.
    pub(crate) fn respond(&self, path: &str, headers: &HeaderMap) -> Option<Response<Full<Bytes>>> {
        let joined = match self {
            Assets::Embedded => File::embedded(JOINED, path),
            Assets::Disk(_) => None,
        };
        match joined {
            Some(file) => Some(file.respond(media_type(path), headers)),
            None => self.respond_as_written(path, headers),
        }
    }

    /// The same, with the file as it is written: for pages of others, which import single modules.
    pub(crate) fn respond_as_written(
        &self,
        path: &str,
        headers: &HeaderMap,
    ) -> Option<Response<Full<Bytes>>> {
        if !names::served(path) {
            return None;
        }
        let file = match self {
            Assets::Embedded => File::embedded(EMBEDDED, path)?,
            Assets::Disk(folder) => File::on_disk(folder, path)?,
        };
        Some(file.respond(media_type(path), headers))
    }
}

/// A row of the table that `build.rs` writes.
struct Embedded {
    path: &'static str,
    tag: &'static str,
    plain: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

/// The files as they are written.
static EMBEDDED: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// What takes the place of some: a page's modules in one file, as `join` tells.
static JOINED: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/joined.rs"));

/// One file, in every form it can be sent in.
struct File {
    tag: String,
    /// The smallest first; the last is the file as it is.
    forms: Vec<(Coding, Bytes)>,
}

impl File {
    fn embedded(table: &'static [Embedded], path: &str) -> Option<File> {
        let found = table.binary_search_by(|row| row.path.cmp(path)).ok()?;
        let row = table.get(found)?;
        let forms = [
            (Coding::Brotli, row.brotli),
            (Coding::Gzip, row.gzip),
            (Coding::Identity, Some(row.plain)),
        ];
        let stored = |(coding, bytes): (Coding, Option<&'static [u8]>)| {
            bytes.map(|bytes| (coding, Bytes::from_static(bytes)))
        };
        Some(File {
            tag: row.tag.to_owned(),
            forms: forms.into_iter().filter_map(stored).collect(),
        })
    }

    fn on_disk(folder: &Path, path: &str) -> Option<File> {
        // The path cannot climb, but a link in the folder could: what it leads to must lie inside.
        let folder = folder.canonicalize().ok()?;
        let file = folder.join(path).canonicalize().ok()?;
        if !file.starts_with(&folder) {
            return None;
        }
        let plain = fs::read(file).ok()?;
        Some(File {
            tag: etag::of(&plain),
            forms: vec![(Coding::Identity, plain.into())],
        })
    }

    fn respond(self, media_type: &'static str, headers: &HeaderMap) -> Response<Full<Bytes>> {
        let coding = negotiate::coding(headers, self.forms.iter().map(|(coding, _)| *coding));
        let etag = match coding.name() {
            // A strong tag names the bytes on the wire, which differ from coding to coding.
            Some(name) => format!("\"{}-{name}\"", self.tag),
            None => format!("\"{}\"", self.tag),
        };
        let unchanged = negotiate::is_unchanged(headers, &etag);

        let mut response = Response::new(Full::default());
        let answered = response.headers_mut();
        answered.insert(
            header::ETAG,
            etag.try_into().expect("hexadecimal digits and a suffix"),
        );
        insert_all(answered, ALWAYS);
        if media_type.starts_with("text/html") {
            insert_all(answered, ON_HTML);
        }
        if unchanged {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        answered.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        if let Some(name) = coding.name() {
            answered.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        let form = self.forms.into_iter().find(|(form, _)| *form == coding);
        *response.body_mut() = Full::new(form.map(|(_, body)| body).unwrap_or_default());
        response
    }
}

fn insert_all(headers: &mut HeaderMap, fields: &[(&'static str, &'static str)]) {
    for (name, value) in fields {
        headers.insert(*name, HeaderValue::from_static(value));
    }
}

/// The media type, from the extension. The table has what a page is made of.
fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "avif" => "image/avif",
        "css" => "text/css; charset=utf-8",
        "gif" => "image/gif",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "jpg" | "jpeg" => "image/jpeg",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests;
