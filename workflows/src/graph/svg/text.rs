//! Texts inside XML.

/// The text with what has a meaning in XML written otherwise; characters that XML does not have become a blank.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            '\u{fffe}' | '\u{ffff}' => out.push(' '),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_ends_a_text_early() {
        assert_eq!(super::escape("a<b & \"c\"\u{1}\n>"), "a&lt;b &amp; &quot;c&quot; \n&gt;");
    }
}
