//! Wildcards: `*` stands for any run of bytes, `\*` and `\\` for themselves.

use memchr::memmem::Finder;

/// A compiled wildcard. Matching is one search per literal, left to right: no backtracking.
#[derive(Clone, Debug)]
pub(crate) struct Glob {
    /// As it was written.
    pub(crate) text: Box<str>,
    /// The literals between the stars: first and last are anchored, so there is one more than there are stars.
    first: Box<str>,
    middle: Box<[Finder<'static>]>,
    /// What follows the last star; `None` without a star.
    last: Option<Box<str>>,
}

impl PartialEq for Glob {
    fn eq(&self, other: &Glob) -> bool {
        self.text == other.text
    }
}

/// Why a text is no wildcard, and where in it (in bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GlobError {
    /// A backslash before anything but `*` or a backslash.
    Escape(usize),
    /// Two stars side by side.
    Stars(usize),
}

impl Glob {
    pub(crate) fn parse(text: &str) -> Result<Glob, GlobError> {
        let mut literals = vec![String::new()];
        let mut star_before = false;
        let mut chars = text.char_indices();
        while let Some((at, c)) = chars.next() {
            let literal = match c {
                '*' if star_before => return Err(GlobError::Stars(at)),
                '*' => {
                    literals.push(String::new());
                    star_before = true;
                    continue;
                }
                '\\' => match chars.next() {
                    Some((_, escaped @ ('*' | '\\'))) => escaped,
                    _ => return Err(GlobError::Escape(at)),
                },
                other => other,
            };
            star_before = false;
            if let Some(last) = literals.last_mut() {
                last.push(literal);
            }
        }
        let last = if literals.len() > 1 { literals.pop().map(Into::into) } else { None };
        let mut literals = literals.into_iter();
        let first = literals.next().unwrap_or_default().into();
        let middle = literals.map(|l| Finder::new(l.as_bytes()).into_owned()).collect();
        Ok(Glob { text: text.into(), first, middle, last })
    }

    pub(crate) fn matches(&self, value: &[u8]) -> bool {
        let Some(rest) = value.strip_prefix(self.first.as_bytes()) else { return false };
        let Some(last) = &self.last else { return rest.is_empty() };
        let Some(mut rest) = rest.strip_suffix(last.as_bytes()) else { return false };
        for literal in &self.middle {
            let found = literal.find(rest).and_then(|at| rest.get(at + literal.needle().len()..));
            match found {
                Some(after) => rest = after,
                None => return false,
            }
        }
        true
    }

    /// What a value must begin with.
    pub(crate) fn first(&self) -> &[u8] {
        self.first.as_bytes()
    }

    /// What a value must end with; the whole of it is `first` when there is no star.
    pub(crate) fn last(&self) -> &[u8] {
        self.last.as_deref().unwrap_or_default().as_bytes()
    }

    /// The longest of the literals that may stand anywhere.
    pub(crate) fn inside(&self) -> &[u8] {
        self.middle.iter().map(Finder::needle).max_by_key(|needle| needle.len()).unwrap_or_default()
    }

    /// A text it accepts: its literals with nothing between.
    pub(crate) fn example(&self) -> String {
        let mut text = self.first.to_string();
        for literal in &self.middle {
            text.push_str(&String::from_utf8_lossy(literal.needle()));
        }
        text.push_str(self.last.as_deref().unwrap_or_default());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_are_any_run() {
        let is = |glob: &str, value: &str| Glob::parse(glob).unwrap().matches(value.as_bytes());
        assert!(is("*", "") && is("*", "a\nb") && is("a*", "a") && is("*a", "xa") && is("a*b*c", "a--b--c"));
        assert!(
            !is("a*a", "a")
                && is("a*a", "aa")
                && !is("a*b", "ab-")
                && is("*ab*ab*", "abab")
                && !is("*ab*ab*", "aba")
        );
        assert!(
            is(r"a\*b", "a*b")
                && !is(r"a\*b", "axb")
                && is(r"\\", "\\")
                && is(r"*\**", "x*y")
                && is("?", "?")
        );
        assert!(is("", "") && !is("", "x"));
    }

    #[test]
    fn what_is_no_wildcard() {
        assert_eq!(Glob::parse("a**"), Err(GlobError::Stars(2)));
        assert_eq!(Glob::parse(r"\***"), Err(GlobError::Stars(3)));
        assert_eq!(Glob::parse("a\\"), Err(GlobError::Escape(1)));
        assert_eq!(Glob::parse(r"é\x"), Err(GlobError::Escape(2)));
        assert!(Glob::parse(r"*\**").is_ok());
    }
}
