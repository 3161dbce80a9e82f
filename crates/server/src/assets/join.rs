//! Many modules as one file, so that a page takes few round trips to begin.
//!
//! The page is written in small modules. A browser that speaks HTTP/1.1 fetches
//! six files at a time, so forty of them cost seven round trips: a second on a
//! mobile network. `build.rs` therefore joins what a page needs at once, and
//! leaves out the comments; `--web DIR` serves each file as it is written.
//!
//! ```text
//! src/main.js:   const $modules = {};
//!                { const { t } = $modules['src/i18n.js']; …  $modules['src/id.js'] = { newId }; }
//!                …
//!                export { $modules };
//! src/id.js:     import { $modules } from '/assets/src/main.js';
//!                export const { newId } = $modules['src/id.js'];
//! ```
//!
//! Each module becomes a block with its exports at the end. What takes its
//! place at its own address hands the same exports on: a module that is loaded
//! later imports from there as it is written, and there is one of each. A file
//! that comes later (`src/extras.js`) goes on where another one has ended.
//!
//! This is no bundler for the world's JavaScript. It takes what the house
//! writes (`statements`), without cycles. Anything else is an error of the
//! build.
//!
//! `build.rs` compiles this file too; it uses nothing but std.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::snapshot;
use super::statements::{Statement, at_any_address, lines, resolve, statement};

/// What is served in the place of the files as they are written, by path.
pub(crate) type Joined = BTreeMap<String, String>;

/// What is written in a file of the web folder, if it is there.
pub(crate) type Read<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The pages, and their entries; one that comes later goes on where the one before has ended.
const PAGES: [(&str, &[&str]); 2] = [
    ("index.html", &["src/main.js", "src/extras.js"]),
    ("about.html", &["src/about.js"]),
];

/// Joins the modules and the styles of each page.
pub(crate) fn join(read: Read<'_>) -> Result<Joined, String> {
    let mut joined = Joined::new();
    for (page, entries) in PAGES {
        let html = found(page, read)?;
        let styles = format!("styles/joined-{}", page.replace("html", "css"));
        joined.insert(page.to_owned(), with_one_style(&html, entries, &styles));
        joined.insert(styles, join_styles(&html, read)?);
        join_modules(entries, read, &mut joined)?;
    }
    if let Some(worker) = read("sw.js") {
        let worker = snapshot::fill_in(&worker, &joined, read)?;
        joined.insert("sw.js".to_owned(), worker);
    }
    Ok(joined)
}

fn found(path: &str, read: Read<'_>) -> Result<String, String> {
    read(path).ok_or_else(|| format!("{path} is missing"))
}

/// Joins the modules of a page, in one file for each entry.
fn join_modules(entries: &[&str], read: Read<'_>, joined: &mut Joined) -> Result<(), String> {
    let mut done = Vec::new();
    let mut begin = "const $modules = {};\n".to_owned();
    for &entry in entries {
        let n_before = done.len();
        let mut joining = Joining {
            read,
            above: Vec::new(),
            done,
            out: begin,
        };
        joining.add(entry)?;
        done = joining.done;
        let exports = done.last().map_or("", |module| &module.exports);
        let end = format!(
            "export const {{ {exports} }} = $modules['{entry}'];\nexport {{ $modules }};\n"
        );
        joined.insert(entry.to_owned(), joining.out + &end);
        begin = import_from(entry);
        // Where nothing is loaded later nothing is needed in their places.
        if entries.len() > 1 {
            for module in &done[n_before..] {
                let stand_in = || stand_in(module, entry);
                joined.entry(module.path.clone()).or_insert_with(stand_in);
            }
        }
    }
    Ok(())
}

/// A module, as far as others are concerned.
struct Module {
    path: String,
    /// Their names, with commas between.
    exports: String,
}

/// Modules that become one file.
struct Joining<'a> {
    read: Read<'a>,
    /// Those that wait for what they import, each for the next.
    above: Vec<String>,
    done: Vec<Module>,
    out: String,
}

impl Joining<'_> {
    /// Writes a module after all that it imports.
    fn add(&mut self, path: &str) -> Result<(), String> {
        if self.done.iter().any(|module| module.path == path) {
            return Ok(());
        }
        if self.above.iter().any(|other| other == path) {
            let way = self.above.join(", ");
            return Err(format!("{path} imports itself, by way of {way}"));
        }
        let source = found(path, self.read)?;
        self.above.push(path.to_owned());
        let block = self.block(path, &source)?;
        self.above.pop();
        let (body, given) = (block.body, block.given.join(", "));
        let _ = write!(
            self.out,
            "// {path}\n{{\n{body}$modules['{path}'] = {{ {given} }};\n}}\n"
        );
        self.done.push(Module {
            path: path.to_owned(),
            exports: block.exports.join(", "),
        });
        Ok(())
    }

    /// A module's own lines; what it imports is added on the way.
    fn block(&mut self, path: &str, source: &str) -> Result<Block, String> {
        let mut block = Block::default();
        for line in lines(source) {
            match statement(&line).map_err(|what| format!("{path}: {what}: {line}"))? {
                Statement::Import(names, from) => {
                    let from = resolve(path, from);
                    self.add(&from)?;
                    block.import(names, &from);
                }
                Statement::HandOn(names, from) => {
                    let from = resolve(path, from);
                    self.add(&from)?;
                    block.hand_on(names, &from);
                }
                Statement::Export(name, rest) => {
                    block.export(name, name.to_owned());
                    block.line(&at_any_address(path, rest));
                }
                Statement::Other => block.line(&at_any_address(path, &line)),
            }
        }
        Ok(block)
    }
}

/// What becomes of a module.
#[derive(Default)]
struct Block {
    body: String,
    exports: Vec<String>,
    /// The exports as they are given to others.
    given: Vec<String>,
}

impl Block {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.body, "{line}");
    }

    fn import(&mut self, names: &str, from: &str) {
        if !names.is_empty() {
            let names = names.replace(" as ", ": ");
            self.line(&format!("const {{{names}}} = $modules['{from}'];"));
        }
    }

    fn hand_on(&mut self, names: &str, from: &str) {
        let names = names.split(',').map(str::trim);
        for name in names.filter(|name| !name.is_empty()) {
            self.export(name, format!("{name}: $modules['{from}'].{name}"));
        }
    }

    fn export(&mut self, name: &str, given: String) {
        self.exports.push(name.to_owned());
        self.given.push(given);
    }
}

/// What is served at a module's own address.
fn stand_in(module: &Module, entry: &str) -> String {
    let Module { path, exports } = module;
    let import = import_from(entry);
    format!("{import}export const {{ {exports} }} = $modules['{path}'];\n")
}

fn import_from(entry: &str) -> String {
    format!("import {{ $modules }} from '/assets/{entry}';\n")
}

const STYLE: &str = "  <link rel=\"stylesheet\" href=\"/assets/";

/// The page with one stylesheet, and without the list of modules.
fn with_one_style(html: &str, entries: &[&str], styles: &str) -> String {
    let mut out = String::new();
    let mut has_style = false;
    for line in html.lines() {
        let is_entry = entries
            .iter()
            .any(|entry| line.contains(&format!("/{entry}\"")));
        if line.starts_with(STYLE) {
            if !has_style {
                let _ = writeln!(out, "{STYLE}{styles}\">");
            }
            has_style = true;
        } else if is_entry || !line.contains("rel=\"modulepreload\"") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

fn join_styles(html: &str, read: Read<'_>) -> Result<String, String> {
    let paths = html
        .lines()
        .filter_map(|line| line.strip_prefix(STYLE)?.strip_suffix("\">"));
    paths.map(|path| found(path, read)).collect()
}

#[cfg(test)]
mod tests;
