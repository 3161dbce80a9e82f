//! The service worker is told which files the page is made of, and which version of them, so that
//! it can keep a whole snapshot.
//!
//! `build.rs` compiles this file too; it uses nothing but std.

use super::join::{Joined, Read};
use super::statements::resolve;

/// `sw.js`, with the version and the files of the page in their places.
pub(super) fn fill_in(worker: &str, joined: &Joined, read: Read<'_>) -> Result<String, String> {
    let (files, version) = files_and_version(joined, read);
    let urls = ["/".to_owned(), "/favicon.ico".to_owned()];
    let urls = urls
        .into_iter()
        .chain(files.iter().map(|file| format!("/assets/{file}")));
    let urls: Vec<_> = urls.map(|url| format!("'{url}'")).collect();
    let version = format!("const VERSION = '{version}';");
    let files = format!("const FILES = [{}];", urls.join(", "));
    let told = worker
        .replace("const VERSION = 'as written';", &version)
        .replace("const FILES = [];", &files);
    match told.contains(&version) && told.contains(&files) {
        true => Ok(told),
        false => Err("sw.js has no place for its version and files".to_owned()),
    }
}

/// All that the page names, by itself or by way of others; and what changes with any of them.
fn files_and_version(joined: &Joined, read: Read<'_>) -> (Vec<String>, String) {
    let mut found = vec!["index.html".to_owned()];
    let (mut files, mut all) = (Vec::new(), String::new());
    let mut n_seen = 0;
    while let Some(path) = found.get(n_seen).cloned() {
        n_seen += 1;
        // Else it is a picture, or a word that looks like a path.
        if let Some(text) = joined.get(&path).cloned().or_else(|| read(&path)) {
            for named in text
                .split(['"', '\''])
                .filter_map(|word| named(&path, word))
            {
                if !found.contains(&named) {
                    found.push(named);
                }
            }
            all.push_str(&text);
            files.push(path);
        }
    }
    (files.split_off(1), super::etag::of(all.as_bytes()))
}

/// The file that a word in another means, if it looks like a path.
fn named(path: &str, word: &str) -> Option<String> {
    match word.strip_prefix("/assets/") {
        Some(named) => Some(named.to_owned()),
        None if word.starts_with('.') && word.ends_with(".js") => Some(resolve(path, word)),
        None => None,
    }
}
