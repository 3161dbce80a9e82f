//! What has happened: a number over all of it, and the last lines of it.

use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::time::Duration;

/// Lines that are kept.
const LINES_MAX: usize = 80;

/// Notes of a run. They are written only where somebody will read them.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    lines: Option<VecDeque<String>>,
    digest: u64,
}

impl Trace {
    pub(crate) fn new(is_written: bool) -> Self {
        Self {
            lines: is_written.then(VecDeque::new),
            digest: 0,
        }
    }

    pub(crate) fn note(&mut self, now: Duration, line: fmt::Arguments<'_>) {
        let Some(lines) = &mut self.lines else {
            return;
        };
        let mut text = format!("{:9.3} ", now.as_secs_f64());
        let _ = text.write_fmt(line);
        // FNV-1a: two runs that differ anywhere differ in this.
        for byte in text.bytes() {
            self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        lines.push_back(text);
        if lines.len() > LINES_MAX {
            lines.pop_front();
        }
    }

    pub(crate) fn digest(&self) -> u64 {
        self.digest
    }

    pub(crate) fn lines(self) -> Vec<String> {
        self.lines.unwrap_or_default().into()
    }
}
