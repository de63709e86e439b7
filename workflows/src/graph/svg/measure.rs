//! How wide a text will be, without a font at hand: a little more than common sans-serif faces need.

/// Share of the font size that a bold character needs more.
const BOLD: f64 = 1.09;
/// What stands for the rest of a text that was cut.
const ELLIPSIS: char = '…';

/// Width in pixels of `text` at a font size.
pub(super) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let em: f64 = text.chars().map(share).sum();
    em * size * if bold { BOLD } else { 1.0 }
}

/// The part of the font size that a character takes.
fn share(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '|' | '!' | '\'' | '·' => 0.34,
        'f' | 'r' | 't' | 'I' | '(' | ')' | '[' | ']' | '{' | '}' | '/' | '\\' | '-' | ' ' | '"' | '*' => {
            0.44
        }
        'm' | 'w' | 'M' | 'W' | '%' | '@' | ELLIPSIS => 0.98,
        'A'..='Z' => 0.74,
        'a'..='z' | '0'..='9' => 0.63,
        c if c.is_ascii() => 0.7,
        // Scripts of full-width characters begin here; what is narrower only gets more room.
        c if u32::from(c) >= 0x1100 => 1.05,
        _ => 0.72,
    }
}

/// The text, cut so that it takes at most `room` pixels.
pub(super) fn shorten(text: &str, size: f64, bold: bool, room: f64) -> String {
    if width(text, size, bold) <= room {
        return text.to_owned();
    }
    let mut cut = String::new();
    for c in text.chars() {
        cut.push(c);
        if width(&cut, size, bold) > room - size {
            cut.pop();
            break;
        }
    }
    cut.push(ELLIPSIS);
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_to_its_room() {
        assert_eq!(shorten("short", 10.0, false, 100.0), "short");
        let cut = shorten(&"wide ".repeat(20), 10.0, true, 100.0);
        assert!(cut.ends_with(ELLIPSIS) && width(&cut, 10.0, true) <= 102.0, "{cut}");
        assert_eq!(shorten("日本語日本語", 10.0, false, 35.0), "日日…".replace("日日", "日本"));
    }
}
