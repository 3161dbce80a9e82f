//! How deep JSON may nest that we only pass on.

/// How many brackets a payload may have around its innermost value.
///
/// `serde_json` has the same limit, but not for values that it only passes on.
/// One client could otherwise send what makes the parsers of all others fail,
/// Python's among them, each time that they read the history.
pub const PAYLOAD_DEPTH_MAX: usize = 128;

/// Whether JSON nests deeper than [`PAYLOAD_DEPTH_MAX`].
pub(crate) fn is_too_deep(json: &str) -> bool {
    // Every bracket that opens is closed, so most payloads are too short.
    if json.len() <= 2 * PAYLOAD_DEPTH_MAX {
        return false;
    }
    let (mut depth, mut in_string) = (0, false);
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => _ = bytes.next(),
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth -= 1,
            _ => {}
        }
        if depth > PAYLOAD_DEPTH_MAX {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_count_outside_of_strings() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(!is_too_deep(&nested(PAYLOAD_DEPTH_MAX)));
        assert!(is_too_deep(&nested(PAYLOAD_DEPTH_MAX + 1)));
        assert!(!is_too_deep(&format!(r#"["\"{}"]"#, "[".repeat(300))));
        assert!(is_too_deep(&format!(
            r#"["\\",{}]"#,
            nested(PAYLOAD_DEPTH_MAX)
        )));
        assert!(!is_too_deep(&format!("[{}[]]", "[],{},".repeat(300))));
    }
}
