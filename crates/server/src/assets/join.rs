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
//! writes: imports and exports that begin a line, with names in braces;
//! no default, no cycle, nothing exported that changes. Anything else is an
//! error of the build.
//!
//! `build.rs` compiles this file too; it uses nothing but std.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What is served in the place of the files as they are written, by path.
pub(crate) type Joined = BTreeMap<String, String>;

/// The pages' entries; the second goes on where the first has ended.
const ENTRIES: &[(&str, Option<&str>)] = &[
    ("src/main.js", None),
    ("src/extras.js", Some("src/main.js")),
    ("src/about.js", None),
];

/// Joins the modules and the styles of each page.
pub(crate) fn join(read: &dyn Fn(&str) -> Option<String>) -> Result<Joined, String> {
    let mut joined = Joined::new();
    for page in ["index.html", "about.html"] {
        let html = read(page).ok_or_else(|| format!("{page} is missing"))?;
        let styles = format!("styles/joined-{}", page.replace("html", "css"));
        joined.insert(page.to_owned(), join_page(&html, &styles));
        joined.insert(styles, join_styles(&html, read)?);
    }
    let mut done = Vec::new();
    for &(entry, after) in ENTRIES {
        if after.is_none() {
            done.clear();
        }
        let n_before = done.len();
        let mut bodies = String::new();
        visit(entry, read, &mut Vec::new(), &mut done, &mut bodies)?;
        let begin = match after {
            None => "const $modules = {};\n".to_owned(),
            Some(before) => format!("import {{ $modules }} from '/assets/{before}';\n"),
        };
        let exports = done.last().map_or("", |module| &module.exports);
        let end = format!(
            "export const {{ {exports} }} = $modules['{entry}'];\nexport {{ $modules }};\n"
        );
        joined.insert(entry.to_owned(), format!("{begin}{bodies}{end}"));
        // What only one page has needs nothing in its place: nothing is loaded there later.
        if entry == "src/about.js" {
            break;
        }
        for module in &done[n_before..] {
            joined
                .entry(module.path.clone())
                .or_insert_with(|| stand_in(module, entry));
        }
    }
    if let Some(worker) = read("sw.js") {
        joined.insert("sw.js".to_owned(), with_snapshot(&worker, &joined, read)?);
    }
    Ok(joined)
}

/// The service worker, told which files the page is made of, and which version of them.
fn with_snapshot(
    worker: &str,
    joined: &Joined,
    read: &dyn Fn(&str) -> Option<String>,
) -> Result<String, String> {
    let mut files = vec!["index.html".to_owned()];
    let mut version = String::new();
    let mut n_seen = 0;
    while let Some(path) = files.get(n_seen).cloned() {
        n_seen += 1;
        let Some(text) = joined.get(&path).cloned().or_else(|| read(&path)) else {
            files.retain(|file| *file != path); // A picture, or a word that looks like a path.
            n_seen -= 1;
            continue;
        };
        for named in text.split(['"', '\'']) {
            let named = match named.strip_prefix("/assets/") {
                Some(named) => named.to_owned(),
                None if named.starts_with('.') && named.ends_with(".js") => resolve(&path, named),
                None => continue,
            };
            if !files.contains(&named) {
                files.push(named);
            }
        }
        version.push_str(&text);
    }
    let urls = files[1..].iter().map(|file| format!("'/assets/{file}'"));
    let urls = ["'/'".to_owned(), "'/favicon.ico'".to_owned()]
        .into_iter()
        .chain(urls);
    let urls = urls.collect::<Vec<_>>().join(", ");
    let version = super::etag::of(version.as_bytes());
    let told = worker
        .replace(
            "const VERSION = 'as written';",
            &format!("const VERSION = '{version}';"),
        )
        .replace("const FILES = [];", &format!("const FILES = [{urls}];"));
    match told.contains(&version) && told.contains(&urls) {
        true => Ok(told),
        false => Err("sw.js has no place for its version and files".to_owned()),
    }
}

/// A module, as far as others are concerned.
struct Module {
    path: String,
    /// Their names, with commas between.
    exports: String,
}

/// Writes a module after all that it imports.
fn visit(
    path: &str,
    read: &dyn Fn(&str) -> Option<String>,
    above: &mut Vec<String>,
    done: &mut Vec<Module>,
    out: &mut String,
) -> Result<(), String> {
    if done.iter().any(|module| module.path == path) {
        return Ok(());
    }
    if above.iter().any(|other| other == path) {
        return Err(format!(
            "{path} imports itself, by way of {}",
            above.join(", ")
        ));
    }
    let source = read(path).ok_or_else(|| format!("{path} is missing"))?;
    above.push(path.to_owned());
    let mut body = String::new();
    let (mut exports, mut given) = (Vec::new(), Vec::new());
    for line in whole_statements(&without_comments(&source)) {
        let line = &*line;
        match statement(line).map_err(|what| format!("{path}: {what}: {line}"))? {
            Statement::Import(names, from) => {
                let from = resolve(path, from);
                visit(&from, read, above, done, out)?;
                if !names.is_empty() {
                    let _ = writeln!(
                        body,
                        "const {{{}}} = $modules['{from}'];",
                        names.replace(" as ", ": ")
                    );
                }
            }
            Statement::HandOn(names, from) => {
                let from = resolve(path, from);
                visit(&from, read, above, done, out)?;
                for name in names
                    .split(',')
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
                {
                    given.push(format!("{name}: $modules['{from}'].{name}"));
                    exports.push(name.to_owned());
                }
            }
            Statement::Export(name, rest) => {
                given.push(name.to_owned());
                exports.push(name.to_owned());
                let _ = writeln!(body, "{}", at_any_address(path, rest));
            }
            Statement::Other => {
                let _ = writeln!(body, "{}", at_any_address(path, line));
            }
        }
    }
    above.pop();
    let _ = write!(
        out,
        "// {path}\n{{\n{body}$modules['{path}'] = {{ {} }};\n}}\n",
        given.join(", ")
    );
    done.push(Module {
        path: path.to_owned(),
        exports: exports.join(", "),
    });
    Ok(())
}

enum Statement<'a> {
    Import(&'a str, &'a str),
    HandOn(&'a str, &'a str),
    Export(&'a str, &'a str),
    Other,
}

fn statement(line: &str) -> Result<Statement<'_>, &'static str> {
    if let Some(rest) = line.strip_prefix("import ") {
        let (names, from) = names_from(rest).ok_or("write import { names } from './file.js';")?;
        return Ok(Statement::Import(names, from));
    }
    let Some(rest) = line.strip_prefix("export ") else {
        return Ok(Statement::Other);
    };
    if rest.starts_with('{') {
        let (names, from) = names_from(rest).ok_or("write export { names } from './file.js';")?;
        return Ok(Statement::HandOn(names, from));
    }
    let name = ["async function ", "function ", "class ", "const "]
        .iter()
        .find_map(|keyword| rest.strip_prefix(keyword))
        .map(|named| {
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
            &named[..named.find(|c| !is_part(c)).unwrap_or(named.len())]
        });
    match name {
        Some(name) if !name.is_empty() => Ok(Statement::Export(name, rest)),
        _ => Err("export a function, a class or a const by its name"),
    }
}

/// `{ a, b as c } from './file.js';`, or `'./file.js';` alone.
fn names_from(text: &str) -> Option<(&str, &str)> {
    let (names, from) = match text.strip_prefix('{') {
        Some(text) => text.split_once("} from ")?,
        None => ("", text),
    };
    let from = from.strip_prefix('\'')?.strip_suffix("';")?;
    from.starts_with('.').then_some((names, from))
}

/// The lines that are no comments. A comment behind code stays, as does what is within a template.
fn without_comments(source: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let (mut in_template, mut in_comment) = (false, false);
    for line in source.lines() {
        let begin = line.trim_start();
        if in_comment {
            in_comment = !line.contains("*/");
        } else if in_template {
            lines.push(line);
            in_template ^= line.matches('`').count() % 2 == 1;
        } else if begin.starts_with("/*")
            && line.trim_end().ends_with("*/")
            && line.matches("*/").count() == 1
            || begin.starts_with("//")
            || begin.is_empty()
        {
        } else if begin.starts_with("/*") && !line.contains("*/") {
            in_comment = true;
        } else {
            lines.push(line);
            in_template ^= line.matches('`').count() % 2 == 1;
        }
    }
    lines
}

/// Brings the names of an import or export that take many lines onto one.
fn whole_statements(lines: &[&str]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in lines {
        match out.last_mut() {
            Some(begun) if is_open => {
                begun.push(' ');
                begun.push_str(line.trim());
            }
            _ => out.push((*line).to_owned()),
        }
        let begins = line.starts_with("import {") || line.starts_with("export {");
        is_open = (is_open || begins) && !line.contains('}');
    }
    out
}

/// A line whose `import('./…')` works wherever the line stands.
fn at_any_address(path: &str, line: &str) -> String {
    let mut parts = line.split("import('");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (target, rest) = part.split_once('\'').unwrap_or((part, ""));
        let target = if target.starts_with('.') {
            format!("/assets/{}", resolve(path, target))
        } else {
            target.to_owned()
        };
        let _ = write!(out, "import('{target}'{rest}");
    }
    out
}

fn resolve(path: &str, relative: &str) -> String {
    let mut names: Vec<_> = path.split('/').collect();
    names.pop();
    for name in relative.split('/') {
        match name {
            "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    names.join("/")
}

fn stand_in(module: &Module, entry: &str) -> String {
    let Module { path, exports } = module;
    format!(
        "import {{ $modules }} from '/assets/{entry}';\nexport const {{ {exports} }} = $modules['{path}'];\n"
    )
}

const STYLE: &str = "  <link rel=\"stylesheet\" href=\"/assets/";

/// The page with one stylesheet, and without the list of modules.
fn join_page(html: &str, styles: &str) -> String {
    let mut out = String::new();
    let mut has_style = false;
    for line in html.lines() {
        let is_entry = ENTRIES
            .iter()
            .any(|(entry, _)| line.contains(&format!("/{entry}\"")));
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

fn join_styles(html: &str, read: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let paths = html
        .lines()
        .filter_map(|line| line.strip_prefix(STYLE)?.strip_suffix("\">"));
    paths
        .map(|path| read(path).ok_or_else(|| format!("{path} is missing")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A web folder with these modules beside what every page has.
    fn joined(modules: &[(&str, &str)]) -> Result<Joined, String> {
        let page = "<head>\n  <link rel=\"stylesheet\" href=\"/assets/styles/a.css\">\n  \
                    <link rel=\"stylesheet\" href=\"/assets/styles/b.css\">\n  \
                    <link rel=\"modulepreload\" href=\"/assets/src/main.js\">\n  \
                    <link rel=\"modulepreload\" href=\"/assets/src/id.js\">\n";
        let read = |path: &str| {
            let module = modules.iter().find(|(name, _)| *name == path);
            let text = match path {
                "index.html" | "about.html" => page,
                "styles/a.css" => "a{}\n",
                "styles/b.css" => "b{}\n",
                "src/extras.js" | "src/about.js" => module.map_or("", |(_, text)| text),
                _ => module?.1,
            };
            Some(text.to_owned())
        };
        join(&read)
    }

    #[test]
    fn modules_become_blocks_in_the_order_of_their_imports() {
        let all = joined(&[
            ("src/main.js", "/** Story. */\nimport {\n  newId as id,\n} from './id.js';\nimport './ui/row.js';\n\nconst x = 1; // stays\n// goes\nawait import('./extras.js');\n"),
            ("src/id.js", "/**\n * Story.\n */\nexport const newId = () => `\n// stays\n`;\n  /** @type {X} */ (y).z();\n"),
            ("src/ui/row.js", "import { newId } from '../id.js';\nexport { newId } from '../id.js';\nexport class Row {}\nexport async function load() { await import('./late.js'); }\n"),
            ("src/extras.js", "import { Row } from './ui/row.js';\nimport { more } from './more.js';\n"),
            ("src/more.js", "export function more() {}\n"),
        ])
        .unwrap();
        assert_eq!(
            all["src/main.js"],
            "const $modules = {};\n\
             // src/id.js\n{\nconst newId = () => `\n// stays\n`;\n  /** @type {X} */ (y).z();\n$modules['src/id.js'] = { newId };\n}\n\
             // src/ui/row.js\n{\nconst { newId } = $modules['src/id.js'];\nclass Row {}\n\
             async function load() { await import('/assets/src/ui/late.js'); }\n\
             $modules['src/ui/row.js'] = { newId: $modules['src/id.js'].newId, Row, load };\n}\n\
             // src/main.js\n{\nconst { newId: id, } = $modules['src/id.js'];\nconst x = 1; // stays\n\
             await import('/assets/src/extras.js');\n$modules['src/main.js'] = {  };\n}\n\
             export const {  } = $modules['src/main.js'];\nexport { $modules };\n"
        );
        assert_eq!(
            all["src/ui/row.js"],
            "import { $modules } from '/assets/src/main.js';\n\
             export const { newId, Row, load } = $modules['src/ui/row.js'];\n"
        );
        assert!(
            all["src/extras.js"]
                .starts_with("import { $modules } from '/assets/src/main.js';\n// src/more.js\n")
        );
        assert!(
            all["src/more.js"].starts_with("import { $modules } from '/assets/src/extras.js';\n")
        );
    }

    #[test]
    fn a_page_has_one_stylesheet_and_one_module() {
        let all = joined(&[("src/main.js", "")]).unwrap();
        assert_eq!(
            all["index.html"],
            "<head>\n  <link rel=\"stylesheet\" href=\"/assets/styles/joined-index.css\">\n  \
             <link rel=\"modulepreload\" href=\"/assets/src/main.js\">\n"
        );
        assert_eq!(all["styles/joined-index.css"], "a{}\nb{}\n");
    }

    #[test]
    fn the_service_worker_is_told_what_there_is_and_another_version_of_it() {
        let worker = |main: &str| {
            let worker = "const VERSION = 'as written';\nconst FILES = [];\n";
            let all = [
                ("src/main.js", main),
                ("sw.js", worker),
                ("src/late.js", "export const x = 1;\n"),
            ];
            joined(&all).unwrap()["sw.js"].clone()
        };
        let first = worker("await import('./late.js');\nload('/assets/picture.png');\n");
        assert!(
            first.ends_with(
                "const FILES = ['/', '/favicon.ico', '/assets/styles/joined-index.css', \
                 '/assets/src/main.js', '/assets/src/late.js'];\n"
            ),
            "{first}"
        );
        let second = worker("await import('./late.js');\nload('/assets/other.png');\n");
        assert_ne!(first, second);
        let error = joined(&[("src/main.js", ""), ("sw.js", "")]).unwrap_err();
        assert!(error.contains("no place"), "{error}");
    }

    #[test]
    fn what_cannot_be_joined_is_an_error_that_says_what_to_write() {
        for (main, expected) in [
            (
                "import x from './id.js';",
                "src/main.js: write import { names }",
            ),
            ("import { x } from 'lib';", "write import { names }"),
            ("import {", "write import { names }"),
            ("export default 1;", "export a function, a class or a const"),
            ("export let x = 1;", "export a function"),
            ("export const { x } = y;", "export a function"),
            ("export { x };", "write export { names } from"),
            ("import { x } from './gone.js';", "src/gone.js is missing"),
            (
                "import { x } from './id.js';",
                "imports itself, by way of src/main.js",
            ),
        ] {
            let id = ("src/id.js", "import { y } from './main.js';\n");
            let error = joined(&[("src/main.js", main), id]).unwrap_err();
            assert!(error.contains(expected), "{main}: {error}");
        }
    }
}
