//! The correlation key: the values of `by` as one text.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The canonical text of a correlation key. No `by`: empty. One value: the value itself. More: joined by `,`, with `\`
/// before each `\` and `,` inside a value, so that different values never make the same text.
///
/// Everything that takes a key takes it as `&str`; this type owns one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Box<str>);

impl Key {
    /// The key of `values`, in the order of `by`.
    #[must_use]
    pub fn of(values: &[&str]) -> Key {
        let mut text = String::new();
        Key::encode_into(values, &mut text);
        Key(text.into_boxed_str())
    }

    /// Appends the text of `values` to `out`: the form for the hot path, where `out` is a buffer used again.
    pub fn encode_into(values: &[&str], out: &mut String) {
        if let [only] = values {
            out.push_str(only);
            return;
        }
        for (i, value) in values.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            for c in value.chars() {
                if matches!(c, '\\' | ',') {
                    out.push('\\');
                }
                out.push(c);
            }
        }
    }

    /// The values of this key; `arity` is the number of names in `by`.
    #[must_use]
    pub fn values(&self, arity: usize) -> Vec<Arc<str>> {
        Key::decode(&self.0, arity)
    }

    /// The values in a key's text. Total: always `arity` values, empty ones where the text has too few.
    #[must_use]
    pub fn decode(text: &str, arity: usize) -> Vec<Arc<str>> {
        if arity == 1 {
            return vec![Arc::from(text)];
        }
        let mut values = Vec::with_capacity(arity.min(64));
        let mut value = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                ',' => values.push(Arc::from(std::mem::take(&mut value))),
                '\\' => value.extend(chars.next()),
                c => value.push(c),
            }
        }
        values.push(Arc::from(value));
        values.resize(arity, Arc::from(""));
        values
    }
}

impl From<&str> for Key {
    /// A key from its text, as [`Key::encode_into`] wrote it.
    fn from(text: &str) -> Key {
        Key(text.into())
    }
}

impl Deref for Key {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_text_is_what_a_user_would_write() {
        for (values, text) in [
            (&[][..], ""),
            (&["42"][..], "42"),
            (&["a,b\\"][..], "a,b\\"),
            (&["eu", "42"][..], "eu,42"),
            (&["a,b", "c\\"][..], "a\\,b,c\\\\"),
            (&["", ""][..], ","),
        ] {
            assert_eq!(&*Key::of(values), text);
        }
    }

    #[test]
    fn a_damaged_text_still_has_the_right_number_of_values() {
        assert_eq!(Key::decode("a,b,c", 2).len(), 2);
        assert_eq!(Key::decode("a\\", 3).len(), 3);
        assert_eq!(Key::decode("a", 0).len(), 0);
    }

    proptest! {
        #[test]
        fn values_come_back(values in prop::collection::vec("[a,\\\\]{0,4}", 0..4)) {
            let borrowed: Vec<&str> = values.iter().map(String::as_str).collect();
            let back = Key::of(&borrowed).values(values.len());
            prop_assert_eq!(back.iter().map(|v| &**v).collect::<Vec<_>>(), borrowed);
        }

        #[test]
        fn different_values_have_different_keys(a in prop::collection::vec("[a,\\\\]{0,3}", 2), b in prop::collection::vec("[a,\\\\]{0,3}", 2)) {
            let text = |v: &[String]| Key::of(&v.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(text(&a) == text(&b), a == b);
        }
    }
}
