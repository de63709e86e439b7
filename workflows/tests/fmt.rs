//! What the formatter makes of texts: `fmt/NAME` becomes `fmt/NAME.txt`. FANIN_REWRITE=1 writes the outcomes anew.

use std::path::Path;

use fanin_workflow::fmt;
use fanin_workflow::limits::MAX_LINE;

#[test]
fn texts_become_their_golden_form() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fmt");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".txt") {
            continue;
        }
        seen += 1;
        let out = fmt::format(&name, &std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(fmt::format(&name, &out).unwrap(), out, "{name}: once more");
        let golden = folder.join(format!("{name}.txt"));
        if std::env::var_os("FANIN_REWRITE").is_some() {
            std::fs::write(&golden, &out).unwrap();
        }
        if std::fs::read_to_string(&golden).unwrap_or_default() != out {
            wrong.push(format!("{name} becomes\n{out}"));
        }
    }
    assert!(wrong.is_empty(), "{}\nFANIN_REWRITE=1 writes it anew", wrong.join("\n"));
    assert!(seen > 5, "only {seen} texts were found");
}

#[test]
fn line_ends_and_a_byte_order_mark_become_plain() {
    let text = "\u{feff}version: 1\r\nname: w # x\r\nevents: {}\r\n\r\n";
    assert_eq!(fmt::format("w.yaml", text).unwrap(), "version: 1\nname: w  # x\n\nevents: {}\n");
}

#[test]
fn what_cannot_be_read_is_refused_with_the_place() {
    for (name, text, code) in [
        ("w.yaml", "a: [1, 2\nb: 3\n", "F001"),
        ("w.json", "{\"a\": 1,}", "F001"),
        ("w.yaml", "a: 1\na: 2\n", "F003"),
        ("w.yaml", "a: 1\n---\nb: 2\n", "F004"),
    ] {
        let found = fmt::format(name, text).unwrap_err();
        assert_eq!(found.first().map(|d| d.code), Some(code), "{text}");
    }
}

#[test]
fn a_mistake_of_the_language_is_no_obstacle() {
    let text = "conditions: {c: {alll: [a]}}\nversion: 2\n";
    let out = fmt::format("w.yaml", text).unwrap();
    assert_eq!(out, "version: 2\n\nconditions: { c: { alll: [a] } }\n");
    // What is neither a list nor a mapping is no workflow: it stays.
    assert_eq!(fmt::format("w.yaml", "just  a text\n").unwrap(), "just  a text\n");
    assert_eq!(fmt::format("w.yaml", "").unwrap(), "");
}

#[test]
fn brackets_stay_on_a_line_of_the_limit_and_break_past_it() {
    let entry = |length: usize| format!("a: {{ b: {} }}\n", "x".repeat(length - "a: { b:  }".len()));
    assert_eq!(fmt::format("w.yaml", &entry(MAX_LINE)).unwrap(), entry(MAX_LINE));
    let long = fmt::format("w.yaml", &entry(MAX_LINE + 1)).unwrap();
    assert!(long.starts_with("a:\n  b: xxx"), "{long}");
    let entry =
        |length: usize| format!("{{\n  \"a\": [1, {}]\n}}\n", "2".repeat(length - "  \"a\": [1, ]".len()));
    assert_eq!(fmt::format("w.json", &entry(MAX_LINE - 1)).unwrap(), entry(MAX_LINE - 1));
    assert!(fmt::format("w.json", &entry(MAX_LINE)).unwrap().contains("[\n    1,\n"));
}
