//! Says yes to what is usual, and never to what the grammar refuses: all orders of tokens, all short numbers, wherever the blocks
//! begin.

use super::*;
use crate::json::scan::validate;

fn is_sure(text: &str) -> bool {
    let known = dispatch!(level(), simd => told(simd, text.as_bytes()));
    assert!(known == Known::Nothing || (known == Known::Ascii) == text.is_ascii(), "{text}");
    known != Known::Nothing
}

/// Says no to everything that is not an object of JSON, wherever the blocks begin; what it says of `text` itself.
fn judge(text: &str) -> bool {
    // Another place for each length, so that every piece of the texts comes to lie over the end of a block.
    let moved = format!("{}{text}", " ".repeat(64 - text.len() % 19));
    assert!(!is_sure(&moved) || validate(&moved).is_ok(), "{moved}");
    let sure = is_sure(text);
    assert!(!sure || (validate(text).is_ok() && text.trim().starts_with('{')), "{text}");
    sure
}

/// All texts of up to so many of these pieces, in the middle of another text.
fn all(pieces: &[&str], most: u32, around: (&str, &str)) -> (u32, u32) {
    let (mut sure, mut right) = (0, 0);
    for length in 0..=most {
        for n in 0..pieces.len().pow(length) {
            let (mut text, mut left) = (around.0.to_owned(), n);
            for _ in 0..length {
                text.push_str(pieces[left % pieces.len()]);
                left /= pieces.len();
            }
            text.push_str(around.1);
            right += u32::from(validate(&text).is_ok());
            sure += u32::from(judge(&text));
        }
    }
    (sure, right)
}

#[test]
fn every_order_of_tokens_is_told_as_the_grammar_tells_it() {
    let tokens = ["{", "}", "[", "]", ",", ":", "\"a\"", "1"];
    for around in [("{", "}"), ("{\"k\":", "}"), ("{\"k\":[", "]}"), ("{\"k\":{\"n\":[{}, ", "]}}")] {
        let (sure, right) = all(&tokens, 4, around);
        assert_eq!(sure, right, "{around:?}");
        assert!(right > 0);
    }
    let (sure, right) = all(&["{", "}", "\"a\"", ":", ",", " "], 5, ("{\"k\":1,", "}"));
    assert_eq!(sure, right);
    assert_eq!(all(&["{", "}", "[", "]", "\"a\":1"], 5, ("", "")).0, 2);
}

#[test]
fn every_number_and_word_is_told_or_left_to_the_grammar() {
    let (sure, right) = all(&["0", "1", "-", ".", "5"], 5, ("{\"k\":", "}"));
    assert_eq!(sure, right);
    let (sure, right) = all(&["0", "12", "-", ".", "e", "+", "E-"], 4, ("{\"k\":[7,", "]}"));
    assert!(0 < sure && sure < right);
    let (sure, right) = all(&["true", "null", "false", ",", " ", "x", "1"], 3, ("{\"k\":[", "]}"));
    assert_eq!(sure, right);
}

#[test]
fn strings_are_told_as_the_grammar_tells_them() {
    let pieces = ["\\", "\"", "n", "u00e9", "é", "\n", "{", ",", "\\\\"];
    let (sure, right) = all(&pieces, 4, ("{\"k\":\"", "\"}"));
    assert_eq!(sure, right);
}

#[test]
fn what_is_usual_is_told_and_the_rest_is_left() {
    let long = format!(
        "{{\"a\": {{\"b\" : [{}1.5]}},\r\n\t\"c\":null }}\n",
        "-0.25, \"é\\u0001\", [], {}, ".repeat(40)
    );
    assert!(judge(&long), "{long}");
    for other in
        ["", " ", "[1]", "1", "{\"a\":1}x", "{\"a\":1} {}", "{\"a\":1e5}", "{\"a\":\"\u{1}\"}", "{\"a\":Y}"]
    {
        assert!(!judge(other), "{other}");
    }
    let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(judge(&deep(50)) && !judge(&deep(70)) && !judge(&deep(200)));
    for at in 0..long.len() {
        for other in ["", "\"", "{", "]", ",", ":", "0", "-", ".", "\\", "t", "\u{0}", " "] {
            if long.is_char_boundary(at) && long.is_char_boundary(at + 1) {
                judge(&format!("{}{other}{}", &long[..at], &long[at + 1..]));
                judge(&format!("{}{other}{}", &long[..at], &long[at..]));
            }
        }
    }
}
