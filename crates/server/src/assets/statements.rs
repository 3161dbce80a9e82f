//! A module of ours as lines: which of them import and export, and what.
//!
//! It takes what the house writes: imports and exports that begin a line, with names in braces;
//! no default, nothing exported that changes. For anything else it says what to write.
//!
//! `build.rs` compiles this file too; it uses nothing but std.

use std::fmt::Write as _;

/// What a line says.
pub(super) enum Statement<'a> {
    /// These names are imported from there; perhaps none.
    Import(&'a str, &'a str),
    /// These names are exported from there.
    HandOn(&'a str, &'a str),
    /// This name is exported by this declaration.
    Export(&'a str, &'a str),
    /// Anything else.
    Other,
}

/// The lines of a module that say something, each statement that imports or exports on one.
pub(super) fn lines(source: &str) -> Vec<String> {
    whole_statements(&without_comments(source))
}

/// What a line says; an error says what to write instead.
pub(super) fn statement(line: &str) -> Result<Statement<'_>, &'static str> {
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
        if in_comment {
            in_comment = !line.contains("*/");
        } else if !in_template && begins_comment(line) {
            in_comment = true;
        } else if in_template || !is_comment(line) {
            lines.push(line);
            in_template ^= line.matches('`').count() % 2 == 1;
        }
    }
    lines
}

/// Whether nothing but a comment is on a line, or nothing at all.
fn is_comment(line: &str) -> bool {
    let line = line.trim();
    let is_block =
        line.starts_with("/*") && line.ends_with("*/") && line.matches("*/").count() == 1;
    is_block || line.starts_with("//") || line.is_empty()
}

/// Whether a comment begins on a line and goes on.
fn begins_comment(line: &str) -> bool {
    line.trim_start().starts_with("/*") && !line.contains("*/")
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
pub(super) fn at_any_address(path: &str, line: &str) -> String {
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

/// The path that a module means by a relative one.
pub(super) fn resolve(path: &str, relative: &str) -> String {
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
