//! What a browser gets to see of the page.

use std::path::Path;
use std::{env, fs, process};

use http::header::{self, HeaderMap, HeaderName};
use http::{Response, StatusCode};
use http_body_util::{BodyExt as _, Full};

use super::*;

/// A folder like `web/`, and a secret next to it. It goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = env::temp_dir().join(format!("palabre-assets-{}-{name}", process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("web/src")).unwrap();
        fs::create_dir_all(folder.join("web/tests")).unwrap();
        fs::write(folder.join("web/index.html"), "<!doctype html>").unwrap();
        fs::write(folder.join("web/src/main.js"), "export {};").unwrap();
        fs::write(folder.join("web/tests/main.test.js"), "secret").unwrap();
        fs::write(folder.join("web/.env"), "secret").unwrap();
        fs::write(folder.join("secret.txt"), "secret").unwrap();
        Folder(folder)
    }

    fn assets(&self) -> Assets {
        Assets::Disk(self.0.join("web"))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn request(fields: &[(HeaderName, &str)]) -> HeaderMap {
    fields
        .iter()
        .map(|(name, value)| (name.clone(), value.parse().unwrap()))
        .collect()
}

fn field(response: &Response<Full<Bytes>>, name: impl header::AsHeaderName) -> &str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

fn body(response: Response<Full<Bytes>>) -> Bytes {
    // The body is complete from the start, so one poll is all it takes.
    let frame = std::pin::pin!(response.into_body().collect());
    match frame.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(Ok(whole)) => whole.to_bytes(),
        _ => panic!("the body waits for something"),
    }
}

fn file(brotli: Option<&'static [u8]>, gzip: Option<&'static [u8]>) -> File {
    let forms = [
        (Coding::Brotli, brotli),
        (Coding::Gzip, gzip),
        (Coding::Identity, Some(b"plain")),
    ];
    let forms = forms
        .into_iter()
        .filter_map(|(coding, body)| Some((coding, body?.into())));
    File {
        tag: "a1".to_owned(),
        forms: forms.collect(),
    }
}

#[test]
fn the_page_is_embedded_with_its_headers() {
    let page = Assets::Embedded
        .respond("index.html", &request(&[]))
        .expect("index.html");
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(field(&page, "content-type"), "text/html; charset=utf-8");
    assert_eq!(field(&page, "vary"), "accept-encoding");
    assert_eq!(field(&page, "cache-control"), "no-cache");
    assert_eq!(field(&page, "x-content-type-options"), "nosniff");
    assert_eq!(field(&page, "referrer-policy"), "same-origin");
    assert_eq!(field(&page, "cross-origin-opener-policy"), "same-origin");
    let policy = field(&page, "content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; "),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(!policy.contains("  "), "{policy}");
    assert!(
        body(page)
            .to_ascii_lowercase()
            .starts_with(b"<!doctype html>")
    );
}

#[test]
fn the_table_is_sorted_and_leaves_the_workshop_out() {
    assert!(EMBEDDED.is_sorted_by(|a, b| a.path < b.path));
    for row in EMBEDDED {
        assert!(names::served(row.path), "{}", row.path);
        for smaller in [row.gzip, row.brotli].into_iter().flatten() {
            assert!(smaller.len() < row.plain.len(), "{}", row.path);
        }
    }
    assert!(
        Assets::Embedded
            .respond("package.json", &request(&[]))
            .is_none()
    );
    assert!(
        Assets::Embedded
            .respond("missing.html", &request(&[]))
            .is_none()
    );
}

#[test]
fn a_browser_gets_the_smallest_form_it_takes() {
    let table = [
        ("gzip, deflate, br, zstd", &b"br"[..], "br", "\"a1-br\""),
        ("gzip, deflate", b"gz", "gzip", "\"a1-gzip\""),
        ("deflate", b"plain", "", "\"a1\""),
    ];
    for (accepted, expected, coding, etag) in table {
        let headers = request(&[(header::ACCEPT_ENCODING, accepted)]);
        let response = file(Some(b"br"), Some(b"gz")).respond("text/css", &headers);
        assert_eq!(field(&response, "content-encoding"), coding);
        assert_eq!(field(&response, "etag"), etag);
        assert_eq!(body(response), expected);
    }
    let headers = request(&[(header::ACCEPT_ENCODING, "br, gzip")]);
    assert_eq!(
        body(file(None, Some(b"gz")).respond("text/css", &headers)),
        "gz"
    );
    assert_eq!(
        body(file(None, None).respond("image/png", &headers)),
        "plain"
    );
}

#[test]
fn an_unchanged_file_is_not_sent_again() {
    let first = Assets::Embedded
        .respond("index.html", &request(&[]))
        .unwrap();
    let etag = field(&first, "etag").to_owned();
    let again = request(&[(header::IF_NONE_MATCH, &etag)]);
    let second = Assets::Embedded.respond("index.html", &again).unwrap();
    assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(field(&second, "etag"), etag);
    assert_eq!(field(&second, "vary"), "accept-encoding");
    assert_eq!(field(&second, "cache-control"), "no-cache");
    assert_eq!(field(&second, "content-type"), "");
    assert!(body(second).is_empty());

    // A copy in one coding does not answer for another.
    let other = request(&[
        (header::IF_NONE_MATCH, &etag),
        (header::ACCEPT_ENCODING, "gzip"),
    ]);
    assert_eq!(
        file(None, Some(b"gz")).respond("text/css", &other).status(),
        StatusCode::OK
    );
}

#[test]
fn a_folder_is_read_anew_for_every_request() {
    let folder = Folder::new("anew");
    let first = folder
        .assets()
        .respond("src/main.js", &request(&[]))
        .unwrap();
    let seen = request(&[(header::IF_NONE_MATCH, field(&first, "etag"))]);
    assert_eq!(
        field(&first, "content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(body(first), "export {};");
    let same = folder.assets().respond("src/main.js", &seen).unwrap();
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);

    fs::write(folder.path().join("web/src/main.js"), "export { changed };").unwrap();
    let changed = folder.assets().respond("src/main.js", &seen).unwrap();
    assert_eq!(changed.status(), StatusCode::OK);
    assert_eq!(body(changed), "export { changed };");
}

#[test]
fn nothing_outside_the_folder_can_be_read() {
    let folder = Folder::new("outside");
    let absolute = folder.path().join("secret.txt").display().to_string();
    let spelt = [
        "../secret.txt",
        "src/../../secret.txt",
        "%2e%2e/secret.txt",
        "..%2fsecret.txt",
    ];
    let odd = [
        "..\\secret.txt",
        "index.html\0",
        "\0",
        "",
        "src",
        "src/",
        "/",
        ".",
        &absolute,
    ];
    let workshop = ["tests/main.test.js", ".env", "./index.html", "src//main.js"];
    for path in spelt.into_iter().chain(odd).chain(workshop) {
        assert!(
            folder.assets().respond(path, &request(&[])).is_none(),
            "{path:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_link_leads_no_further_than_the_folder() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("links");
    symlink(
        folder.path().join("secret.txt"),
        folder.path().join("web/out.txt"),
    )
    .unwrap();
    symlink(folder.path(), folder.path().join("web/up")).unwrap();
    symlink("main.js", folder.path().join("web/src/alias.js")).unwrap();
    assert!(folder.assets().respond("out.txt", &request(&[])).is_none());
    assert!(
        folder
            .assets()
            .respond("up/secret.txt", &request(&[]))
            .is_none()
    );
    assert!(
        folder
            .assets()
            .respond("src/alias.js", &request(&[]))
            .is_some()
    );
}
