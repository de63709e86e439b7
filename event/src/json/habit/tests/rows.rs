//! Rows of numbers: what the loop for them finds is what reading finds.

use super::{Known, Reader};
use crate::json::scan::{scan, validate};

/// Values that stand where a number stood, and such as only look like one.
const VALUES: [&str; 26] = [
    "0",
    "-0.0",
    "7",
    "-122.423600123456",
    "1234567890123456",
    "1e5",
    "-1.5E-3",
    "12345678901234567890123456789",
    "123456789012345678901234567890123456789012345678901234567890",
    "\"text\"",
    "\"1\"",
    "\"\\\"\"",
    "\"\u{e9}\"",
    "null",
    "true",
    "[]",
    "[1, 2]",
    "{}",
    "{\"x\": 1}",
    "-",
    "01",
    "1.",
    ".5",
    "/2",
    "1.2.3",
    "--1",
];

fn text(rows: &[String]) -> String {
    format!("{{\"a\": 1, \"l\": [ {} ], \"z\": 2}}", rows.join(", "))
}

fn row(x: &str, y: &str) -> String {
    format!("{{ \"x\": {x}, \"other\": 5, \"y\": {y} }}")
}

/// Three times: how a list goes on, how it ends, and which of them comes most.
fn learn(reader: &mut Reader, text: &str) {
    for _ in 0..3 {
        reader.tells(text.as_bytes());
        reader.learn(text.as_bytes());
    }
}

#[test]
fn a_row_may_hold_anything() {
    let paths = ["l.x", "l.y", "z"];
    for trusted in [false, true] {
        let mut reader = Reader::new(&paths, &[], trusted);
        let plain: Vec<String> = (0..5).map(|n| row(&n.to_string(), "-1.25")).collect();
        learn(&mut reader, &text(&plain));
        assert_eq!((reader.tells(text(&plain).as_bytes()), reader.fields.list.len()), (Known::Ascii, 11));
        assert!(reader.habit().gaps.iter().any(|gap| gap.runs));
        for value in VALUES {
            for place in 0..5 {
                for (x, y) in [(value, "3"), ("3", value), (value, value)] {
                    let mut rows = plain.clone();
                    rows[place] = row(x, y);
                    let text = text(&rows);
                    let right = validate(&text).is_ok();
                    let known = reader.tells(text.as_bytes());
                    if trusted && !right {
                        continue;
                    }
                    assert!(known == Known::Nothing || right, "{text}");
                    assert!(known != Known::Nothing || !VALUES[..4].contains(&value), "{text}");
                    if known != Known::Nothing {
                        let found = reader.found(&text);
                        let mut read = Reader::new(&paths, &[], false);
                        scan(&text, &read.trie, &mut read.fields).unwrap();
                        assert_eq!(found, read.found(&text), "{text}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_row_may_be_cut_off_anywhere() {
    for trusted in [false, true] {
        let mut reader = Reader::new(&["l.x", "l.y"], &[], trusted);
        let plain: Vec<String> = (0..4).map(|n| row(&n.to_string(), "12.5")).collect();
        let text = text(&plain);
        learn(&mut reader, &text);
        assert_eq!(reader.tells(text.as_bytes()), Known::Ascii);
        for end in 0..text.len() {
            let known = reader.tells(&text.as_bytes()[..end]);
            // Behind the list nothing is asked for, and a trusted text is not looked at there.
            assert!(known == Known::Nothing || (trusted && end > text.rfind(']').unwrap()), "{end}");
        }
    }
}
