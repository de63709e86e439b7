//! Comparing without case: each character of the pattern accepts its lower and its upper form, nothing else.
//!
//! Only the pattern is folded. `ß` accepts `ß` and `SS`, `ss` does not accept `ß`, and U+212A (kelvin) accepts `k`,
//! while `k` does not accept U+212A.

/// A text that is compared without case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Folded {
    /// As it was written.
    pub(crate) text: Box<str>,
    /// Lower and upper form of each character; `None` for ASCII, where the standard comparison is the same.
    forms: Option<Box<[Form]>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Form {
    lower: Box<str>,
    upper: Box<str>,
}

impl Folded {
    pub(crate) fn new(text: &str) -> Folded {
        let form = |c: char| Form { lower: c.to_lowercase().collect(), upper: c.to_uppercase().collect() };
        let forms = (!text.is_ascii()).then(|| text.chars().map(form).collect());
        Folded { text: text.into(), forms }
    }

    /// A text it accepts.
    pub(crate) fn lower(&self) -> String {
        match &self.forms {
            None => self.text.to_ascii_lowercase(),
            Some(forms) => forms.iter().map(|f| &*f.lower).collect(),
        }
    }

    /// In ASCII alone, where both forms of a character are its only spellings.
    pub(crate) fn is_ascii(&self) -> bool {
        self.forms.is_none()
    }

    pub(crate) fn equals(&self, value: &[u8]) -> bool {
        match self.forms {
            None => self.text.as_bytes().eq_ignore_ascii_case(value),
            Some(_) => self.rest_after(value).is_some_and(<[u8]>::is_empty),
        }
    }

    pub(crate) fn starts(&self, value: &[u8]) -> bool {
        self.rest_after(value).is_some()
    }

    pub(crate) fn ends(&self, value: &[u8]) -> bool {
        let Some(forms) = &self.forms else {
            let start = value.len().checked_sub(self.text.len());
            return start
                .and_then(|s| value.get(s..))
                .is_some_and(|t| self.text.as_bytes().eq_ignore_ascii_case(t));
        };
        let strip = |rest: &'_ [u8], form: &Form| -> Option<usize> {
            let shorter = rest.strip_suffix(form.lower.as_bytes());
            shorter.or_else(|| rest.strip_suffix(form.upper.as_bytes())).map(<[u8]>::len)
        };
        let mut left = value.len();
        for form in forms.iter().rev() {
            match value.get(..left).and_then(|rest| strip(rest, form)) {
                Some(shorter) => left = shorter,
                None => return false,
            }
        }
        true
    }

    /// What follows this text at the start of `value`.
    fn rest_after<'v>(&self, value: &'v [u8]) -> Option<&'v [u8]> {
        let Some(forms) = &self.forms else {
            let (start, rest) = value.split_at_checked(self.text.len())?;
            return self.text.as_bytes().eq_ignore_ascii_case(start).then_some(rest);
        };
        // Neither form of a character begins with the other (checked below), so there is never a choice.
        forms.iter().try_fold(value, |rest, form| {
            rest.strip_prefix(form.lower.as_bytes()).or_else(|| rest.strip_prefix(form.upper.as_bytes()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_forms_of_a_character_never_overlap() {
        for c in '\0'..=char::MAX {
            let (lower, upper): (String, String) = (c.to_lowercase().collect(), c.to_uppercase().collect());
            if lower != upper {
                assert!(!lower.starts_with(&upper) && !upper.starts_with(&lower), "{c:?} at the start");
                assert!(!lower.ends_with(&upper) && !upper.ends_with(&lower), "{c:?} at the end");
            }
        }
    }

    #[test]
    fn only_the_pattern_is_folded() {
        let eq = |pattern: &str, value: &str| Folded::new(pattern).equals(value.as_bytes());
        assert!(eq("aBc", "AbC") && !eq("abc", "abcd") && !eq("abc", "ab"));
        assert!(eq("ß", "ß") && eq("ß", "SS") && !eq("ss", "ß"));
        assert!(eq("\u{212a}", "k") && eq("\u{212a}", "\u{212a}") && !eq("k", "\u{212a}"));
        assert!(eq("ǅ", "ǆ") && eq("ǅ", "Ǆ") && !eq("ǅ", "ǅ"));
        assert!(eq("Σ", "σ") && eq("ς", "Σ") && !eq("Σ", "ς"));
        assert!(Folded::new("Éa").starts("éAx".as_bytes()) && Folded::new("aÉ").ends("xAé".as_bytes()));
        assert!(
            Folded::new("ab").starts(b"ABx")
                && Folded::new("ab").ends(b"xAB")
                && !Folded::new("ab").ends(b"b")
        );
    }
}
