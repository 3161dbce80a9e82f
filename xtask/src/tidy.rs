//! The house's rules, as checks.
//!
//! ```text
//! layer 0   websocket  protocol
//!       1   engine  client  bench
//!       2   chat  storage
//!       3   server  sim
//!       4   palabre
//! ```
//!
//! - A crate depends on crates of lower layers only; `websocket` to `chat` reach no runtime, socket,
//!   file or clock, neither in their dependencies, however indirect, nor by way of std.
//! - Nothing is left to do in the code, and no test is skipped.
//! - Text has no trailing blanks and ends with a line's end.
//! - Each crate opens with its story.
//!
//! Files over 500 lines are named, and may stay: some tables are long.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::bail;
use xshell::{Shell, cmd};

/// The layer of each crate. Names without a crate yet are those of the plan.
const LAYERS: &[(&str, usize)] = &[
    ("websocket", 0),
    ("protocol", 0),
    ("engine", 1),
    ("client", 1),
    ("bench", 1),
    ("chat", 2),
    ("storage", 2),
    ("server", 3),
    ("sim", 3),
    ("palabre", 4),
];

/// The crates that are fed and drained, and do nothing by themselves.
const PURE: &[&str] = &["websocket", "protocol", "engine", "client", "chat"];

/// What a pure crate does not depend on, through others neither.
const NOT_FOR_PURE: &[&str] = &[
    "async-std",
    "axum",
    "hyper",
    "hyper-util",
    "libsqlite3-sys",
    "mio",
    "polling",
    "rcgen",
    "reqwest",
    "rusqlite",
    "rustls",
    "smol",
    "socket2",
    "tokio",
    "tokio-rustls",
    "tracing-subscriber",
    "tungstenite",
];

/// What the sources of a pure crate do not name.
const NOT_IN_PURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "Instant::now",
    "SystemTime::now",
];

const LINES_MAX: usize = 500;

/// Checks every rule, and fails with all that is against one.
pub(crate) fn run(sh: &Shell) -> anyhow::Result<()> {
    let files = files(sh)?;
    let mut complaints = Vec::new();
    for (path, text) in &files {
        complaints.extend(text_rules(path, text));
        complaints.extend(purity(path, text));
        let lines = text.lines().count();
        if is_source(path) && lines > LINES_MAX {
            eprintln!("note: {path} has {lines} lines");
        }
    }
    for crate_name in crates(files.keys()) {
        let format = "{p}";
        let tree = cmd!(
            sh,
            "cargo tree --locked --package {crate_name} --prefix none"
        )
        .args(["--edges", "normal,build", "--format", format])
        .quiet()
        .read()?;
        complaints.extend(layering(crate_name, &tree));
    }
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    match complaints.len() {
        0 => Ok(()),
        n => bail!("{n} against the house rules"),
    }
}

/// The text files of the repository, those included that are yet to be added.
fn files(sh: &Shell) -> anyhow::Result<BTreeMap<String, String>> {
    let list = cmd!(sh, "git ls-files -z --cached --others --exclude-standard")
        .quiet()
        .read()?;
    let mut files = BTreeMap::new();
    for path in list.split_terminator('\0') {
        // What is not text has no rules; what is gone has none any more.
        if let Ok(text) = fs::read_to_string(sh.current_dir().join(path)) {
            files.insert(path.to_owned(), text);
        }
    }
    Ok(files)
}

/// The crates of the house, from the paths of its files.
fn crates<'a>(paths: impl Iterator<Item = &'a String>) -> impl Iterator<Item = &'a str> {
    paths.filter_map(|path| path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml"))
}

/// Whether the file is ours to keep short and finished.
fn is_source(path: &str) -> bool {
    let extension = Path::new(path)
        .extension()
        .unwrap_or_default()
        .to_string_lossy();
    matches!(
        &*extension,
        "css" | "go" | "html" | "js" | "py" | "rs" | "sh" | "toml" | "yaml" | "yml"
    ) || path == ".ci/run"
}

/// Checks what every text file has to keep to.
fn text_rules(path: &str, text: &str) -> Vec<String> {
    if path.ends_with(".lock") || path.ends_with("package-lock.json") {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    for (number, line) in (1..).zip(text.split_terminator('\n')) {
        if line.ends_with([' ', '\t', '\r']) {
            complaints.push(format!("{path}:{number}: blanks at the end of the line"));
        }
        if is_source(path)
            && let Some(mark) = unfinished(line)
        {
            complaints.push(format!(
                "{path}:{number}: {mark} belongs in an issue, not in the code"
            ));
        }
    }
    if !text.is_empty() && !text.ends_with('\n') {
        complaints.push(format!("{path}: the last line has no end"));
    }
    let root = path.ends_with("src/lib.rs") || path.ends_with("src/main.rs");
    if root && !text.starts_with("//! ") {
        complaints.push(format!("{path}: a crate opens with its story, in //!"));
    }
    complaints
}

/// The mark of something left to do in this line. Spelt apart, as this file keeps the rule too.
fn unfinished(line: &str) -> Option<&'static str> {
    const MARKS: &[&str] = &[
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("#[ig", "nore"),
    ];
    MARKS.iter().copied().find(|mark| line.contains(mark))
}

/// Checks that the sources of a pure crate stay within themselves.
fn purity(path: &str, text: &str) -> Vec<String> {
    let is_pure = |name: &&str| path.starts_with(&format!("crates/{name}/src/"));
    let Some(name) = PURE.iter().find(|name| is_pure(name)) else {
        return Vec::new();
    };
    let mut complaints = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let is_comment = line.trim_start().starts_with("//");
        if let Some(named) = NOT_IN_PURE
            .iter()
            .find(|named| !is_comment && line.contains(**named))
        {
            complaints.push(format!(
                "{path}:{number}: {name} does no I/O, so not {named} either"
            ));
        }
    }
    complaints
}

/// Checks the dependencies of a crate: `tree` has one package per line, the crate itself among
/// them.
fn layering(name: &str, tree: &str) -> Vec<String> {
    let layer_of = |name: &str| {
        LAYERS
            .iter()
            .find(|(layered, _)| *layered == name)
            .map(|(_, layer)| *layer)
    };
    let Some(layer) = layer_of(name) else {
        return vec![format!(
            "crates/{name}: give it a layer in xtask/src/tidy.rs"
        )];
    };
    let mut complaints = Vec::new();
    for dependency in tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
    {
        if dependency != name && layer_of(dependency).is_some_and(|other| other >= layer) {
            complaints.push(format!("crates/{name}: {dependency} is not below it"));
        }
        if PURE.contains(&name) && NOT_FOR_PURE.contains(&dependency) {
            complaints.push(format!(
                "crates/{name}: does no I/O, so it does without {dependency}"
            ));
        }
    }
    complaints.sort();
    complaints.dedup();
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_point_one_way() {
        let fine = "chat v0.1.0 (/house/crates/chat)\nengine v0.1.0 (/house)\nbytes v1.12.2\n";
        assert_eq!(layering("chat", fine), Vec::<String>::new());
        let upwards = "engine v0.1.0\nchat v0.1.0\nbytes v1.12.2\nchat v0.1.0 (*)\n";
        assert_eq!(
            layering("engine", upwards),
            ["crates/engine: chat is not below it"]
        );
        let sideways = "websocket v0.1.0\nprotocol v0.1.0\n";
        assert_eq!(
            layering("websocket", sideways),
            ["crates/websocket: protocol is not below it"]
        );
        let impure = "protocol v0.1.0\ntokio v1.54.1\n";
        assert_eq!(
            layering("protocol", impure),
            ["crates/protocol: does no I/O, so it does without tokio"]
        );
        assert_eq!(
            layering("server", "server v0.1.0\ntokio v1.54.1\n"),
            Vec::<String>::new()
        );
        assert_eq!(
            layering("annex", "annex v0.1.0\n"),
            ["crates/annex: give it a layer in xtask/src/tidy.rs"]
        );
    }

    #[test]
    fn pure_crates_name_nothing_impure() {
        let text = "//! No std::net here.\nuse std::net::IpAddr;\nlet now = Instant::now();\n";
        assert_eq!(
            purity("crates/engine/src/hub.rs", text),
            [
                "crates/engine/src/hub.rs:2: engine does no I/O, so not std::net either",
                "crates/engine/src/hub.rs:3: engine does no I/O, so not Instant::now either",
            ]
        );
        assert_eq!(
            purity("crates/server/src/lib.rs", text),
            Vec::<String>::new()
        );
        assert_eq!(
            purity("crates/websocket/examples/echo.rs", text),
            Vec::<String>::new()
        );
    }

    #[test]
    fn text_is_finished() {
        let text = format!(
            "//! A story.\nlet a = 1; // {}: two\nlet b = 2; \n\r\n",
            concat!("TO", "DO")
        );
        assert_eq!(
            text_rules("crates/chat/src/lib.rs", &text),
            [
                format!(
                    "crates/chat/src/lib.rs:2: {} belongs in an issue, not in the code",
                    concat!("TO", "DO")
                ),
                "crates/chat/src/lib.rs:3: blanks at the end of the line".to_owned(),
                "crates/chat/src/lib.rs:4: blanks at the end of the line".to_owned(),
            ]
        );
        for mark in [
            concat!("#[ig", "nore = \"slow\"]"),
            concat!("to", "do!()"),
            concat!("XX", "X"),
        ] {
            assert_eq!(
                text_rules("web/src/main.js", &format!("{mark}\n")).len(),
                1,
                "{mark}"
            );
            assert_eq!(
                text_rules("README.md", &format!("{mark}\n")).len(),
                0,
                "{mark}"
            );
        }
        assert_eq!(
            text_rules("README.md", "# Palabre"),
            ["README.md: the last line has no end"]
        );
        assert_eq!(
            text_rules("crates/chat/src/lib.rs", "mod room;\n"),
            ["crates/chat/src/lib.rs: a crate opens with its story, in //!"]
        );
        assert_eq!(text_rules("Cargo.lock", "x \n"), Vec::<String>::new());
        assert_eq!(text_rules("web/empty.txt", ""), Vec::<String>::new());
    }
}
