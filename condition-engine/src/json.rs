//! JSON text written by hand: derived events are built by appending, with members' texts copied as they are.

/// Appends `text` as a JSON string.
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                let code = u32::from(c);
                out.push_str("\\u00");
                for nibble in [code >> 4, code & 15] {
                    out.push(char::from_digit(nibble, 16).unwrap_or('0'));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Appends `"name":` with a comma before it unless it is the first of its object.
pub(crate) fn push_name(out: &mut String, name: &str) {
    if !out.ends_with('{') {
        out.push(',');
    }
    push_string(out, name);
    out.push(':');
}

/// Appends `"name":"text"`, with a comma as [`push_name`] does.
pub(crate) fn push_member(out: &mut String, name: &str, text: &str) {
    push_name(out, name);
    push_string(out, text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_text_comes_back(text in any::<String>(), controls in "[\u{0}-\u{1f}\"\\\\]{0,8}") {
            for text in [text, controls] {
                let mut out = String::new();
                push_string(&mut out, &text);
                prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
            }
        }
    }
}
