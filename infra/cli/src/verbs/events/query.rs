//! Questions as parameters of a URL.

use std::collections::BTreeMap;
use std::fmt::Write;

use fanin_history::Window;

/// The part of a URL behind the question mark.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters(String);

impl Parameters {
    /// Adds a parameter.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.0.push(if self.0.is_empty() { '?' } else { '&' });
        self.0.push_str(&segment(name));
        self.0.push('=');
        self.0.push_str(&segment(value));
    }

    /// Adds a parameter if there is something to add.
    pub(crate) fn maybe(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    /// Adds the parts of a key.
    pub(crate) fn keys(&mut self, key: &BTreeMap<String, String>) {
        for (name, value) in key {
            self.add(&format!("key.{name}"), value);
        }
    }

    /// Adds a stretch of time.
    pub(crate) fn window(&mut self, window: Window) {
        self.maybe("since", window.since.map(|at| at.to_string()).as_deref());
        self.maybe("until", window.until.map(|at| at.to_string()).as_deref());
    }

    /// As it stands in the URL.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// A text as one segment of a path, or one value: everything but letters, digits and `-._~` is written as `%XX`.
pub(crate) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_so_that_they_come_back() {
        let mut parameters = Parameters::default();
        assert_eq!(parameters.text(), "");
        parameters.add("key.a b", "ä&=?");
        parameters.maybe("x", None);
        parameters.add("n", "1");
        assert_eq!(parameters.text(), "?key.a%20b=%C3%A4%26%3D%3F&n=1");
        assert_eq!(segment("part/1"), "part%2F1");
    }
}
