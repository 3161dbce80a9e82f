//! Which files of `web/` are part of the page.
//!
//! `build.rs` compiles this file too, so that the binary embeds exactly the files that `--web DIR`
//! serves from disk. It therefore uses nothing but std.
//!
//! The rule is narrow on purpose: a name is ASCII letters, digits, `-`, `_` and `.`, and does not
//! begin with a dot. There is no way to spell `..`, an absolute path, a percent-escape, a backslash
//! or a NUL in it, hence nothing to decode and nothing to forget when a path comes from a stranger.

/// What lies in `web/` for those who work on the page, not for those who open it.
const WORKSHOP: &[&str] = &["e2e", "node_modules", "tests", "tsconfig.json"];

/// What a directory entry of `web/` is to the page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Served under its own name.
    Served,
    /// Left out: tests, tools, hidden files.
    Left,
    /// Neither: a name that no URL of the page can spell.
    Unservable,
}

/// Judges one name in `web/` or in a folder below it.
pub(crate) fn entry(name: &str) -> Entry {
    let package = name.starts_with("package") && name.ends_with(".json");
    if name.starts_with('.') || package || WORKSHOP.contains(&name) {
        return Entry::Left;
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    match !name.is_empty() && name.bytes().all(plain) {
        true => Entry::Served,
        false => Entry::Unservable,
    }
}

/// Whether `path`, relative and with `/` between its names, can be a file of the page.
#[allow(
    dead_code,
    reason = "build.rs, which shares this file, judges entry by entry"
)]
pub(crate) fn served(path: &str) -> bool {
    path.split('/').all(|name| entry(name) == Entry::Served)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_page_are_served() {
        for path in [
            "index.html",
            "src/ui/message-list.js",
            "icons/icon_512.png",
            "a..b",
        ] {
            assert!(served(path), "{path}");
        }
    }

    #[test]
    fn the_workshop_is_not() {
        let workshop = [
            "tests/a.test.js",
            "e2e/a.js",
            "node_modules/x/index.js",
            "src/tests/a.js",
        ];
        let tools = [
            "package.json",
            "package-lock.json",
            "tsconfig.json",
            ".gitignore",
            "src/.env",
        ];
        for path in workshop.into_iter().chain(tools) {
            assert!(!served(path), "{path}");
        }
    }

    #[test]
    fn nothing_outside_can_be_spelt() {
        let climbing = [
            "..",
            "../Cargo.toml",
            "src/../../Cargo.toml",
            "./index.html",
            "src/./main.js",
        ];
        let absolute = [
            "/etc/passwd",
            "//etc/passwd",
            "",
            "src/",
            "src//main.js",
            "C:\\x",
            "src\\x",
        ];
        let escaped = [
            "%2e%2e/Cargo.toml",
            "..%2fCargo.toml",
            "index.html\0.png",
            "\0",
            "é.js",
            "a b",
        ];
        for path in climbing.into_iter().chain(absolute).chain(escaped) {
            assert!(!served(path), "{path:?}");
        }
    }
}
