//! Colour in text for people: a handful of meanings, not of colours.

use std::io::IsTerminal;

use crate::args::{Color, Global};

/// Colours text, or leaves it as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// For text on standard output: `--color`, then `NO_COLOR`, then whether it is a terminal.
    pub(crate) fn of_output(global: &Global) -> Paint {
        let quiet = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        Paint {
            on: match global.color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => !quiet && std::io::stdout().is_terminal(),
            },
        }
    }

    /// No colour.
    pub(crate) fn plain() -> Paint {
        Paint { on: false }
    }

    /// Good news: passed, fired, what was added.
    pub(crate) fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    /// Bad news: failed, timed out, what was taken away.
    pub(crate) fn bad(self, text: &str) -> String {
        self.with("31", text)
    }

    /// What still waits, or deserves a look.
    pub(crate) fn wait(self, text: &str) -> String {
        self.with("33", text)
    }

    /// A name, a head line.
    pub(crate) fn strong(self, text: &str) -> String {
        self.with("1", text)
    }

    /// What is there only for completeness.
    pub(crate) fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
