//! Embeds the page: walks `web/` and writes a table of its files, ready to be sent.
//!
//! For each file the table has its bytes, the gzip and brotli variants where they are smaller, and
//! an `ETag`. Compressing here, once and at the highest level, is why the server needs no
//! compressor for its page and copies nothing to answer: every body is a `&'static [u8]`.
//!
//! The table is sorted by path, for a binary search. A second one has what is served in the place of
//! some of them: the modules of a page joined into one file, and what stands in for each.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use names::Entry;

#[path = "src/assets/etag.rs"]
mod etag;
#[path = "src/assets/join.rs"]
mod join;
#[path = "src/assets/names.rs"]
mod names;
#[path = "src/assets/snapshot.rs"]
mod snapshot;
#[path = "src/assets/statements.rs"]
mod statements;

fn main() {
    let web = Path::new(&variable("CARGO_MANIFEST_DIR")).join("../../web");
    let out = PathBuf::from(variable("OUT_DIR"));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/assets");
    if let Err(problem) = embed(&web, &out) {
        println!("cargo::error={problem}");
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for build scripts"))
}

fn embed(web: &Path, out: &Path) -> Result<(), String> {
    if !web.join("index.html").is_file() {
        return Err(format!(
            "the page is missing: {} must exist, since it is embedded in the binary",
            web.join("index.html").display()
        ));
    }
    let mut files = BTreeMap::new();
    walk(web, "", &mut files)?;
    let joined = join::join(&|path| fs::read_to_string(files.get(path)?).ok())?;
    let joined_out = out.join("joined");
    let mut in_place = BTreeMap::new();
    for (index, (path, text)) in joined.iter().enumerate() {
        let stored = joined_out.join(format!("{index}.plain"));
        fs::create_dir_all(&joined_out)
            .and_then(|()| fs::write(&stored, text))
            .map_err(|error| format!("{}: {error}", stored.display()))?;
        in_place.insert(path.clone(), stored);
    }
    write_table(out, "assets.rs", &files)?;
    write_table(&joined_out, "../joined.rs", &in_place)
}

/// Writes the table of these files, beside their variants.
fn write_table(out: &Path, name: &str, files: &BTreeMap<String, PathBuf>) -> Result<(), String> {
    let mut table = String::from("&[\n");
    for (index, (path, file)) in files.iter().enumerate() {
        let row = row(out, index, path, file).map_err(|error| format!("web/{path}: {error}"))?;
        table.push_str(&row);
    }
    table.push_str("]\n");
    fs::write(out.join(name), table).map_err(|error| format!("{name}: {error}"))
}

/// Collects the files below `web/{folder}` that belong to the page.
///
/// Cargo watches a folder with all that is in it, so what is named to it are the entries of `web/`
/// that are served, not `web/` itself: an `npm ci` in `web/node_modules` must not rebuild the
/// server. The price is that a new file directly in `web/` is seen with the next change of another
/// one.
fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, PathBuf>) -> Result<(), String> {
    let unreadable = |error: io::Error| format!("{}: {error}", folder.display());
    for found in fs::read_dir(folder).map_err(unreadable)? {
        let found = found.map_err(unreadable)?.path();
        let name = found.file_name().unwrap_or_default().to_string_lossy();
        let path = format!("{prefix}{name}");
        match names::entry(&name) {
            Entry::Left => continue,
            Entry::Unservable => {
                return Err(format!(
                    "web/{path} cannot be served: use only ASCII letters, digits, '-', '_' and '.'"
                ));
            }
            Entry::Served => {}
        }
        if prefix.is_empty() {
            println!("cargo::rerun-if-changed={}", found.display());
        }
        match found.is_dir() {
            true => walk(&found, &format!("{path}/"), files)?,
            false => drop(files.insert(path, found)),
        }
    }
    Ok(())
}

/// One row of the table: an `Embedded` as Rust source.
fn row(out: &Path, index: usize, path: &str, file: &Path) -> io::Result<String> {
    let plain = fs::read(file)?;
    let tag = etag::of(&plain);
    let variant = |coding: &str, bytes: Vec<u8>| -> io::Result<String> {
        if bytes.len() >= plain.len() {
            return Ok("None".to_owned());
        }
        let stored = out.join(format!("{index}.{coding}"));
        fs::write(&stored, bytes)?;
        Ok(format!("Some(include_bytes!({stored:?}))"))
    };
    let gzip = variant("gz", gzip(&plain)?)?;
    let brotli = variant("br", brotli(&plain)?)?;
    let file = file.canonicalize()?;
    let mut row = String::new();
    writeln!(
        row,
        "Embedded {{ path: {path:?}, tag: {tag:?}, plain: include_bytes!({file:?}), gzip: {gzip}, brotli: {brotli} }},"
    )
    .map_err(io::Error::other)?;
    Ok(row)
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain)?;
    encoder.finish()
}

fn brotli(mut plain: &[u8]) -> io::Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        size_hint: plain.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut plain, &mut compressed, &params)?;
    Ok(compressed)
}
