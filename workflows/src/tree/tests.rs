//! Places and values of both notations.

use super::{Node, Place, Value, print, read};
use crate::limits::{MAX_DEPTH, MAX_FILE_BYTES, MAX_NODES};
use crate::report::Report;

fn tree(file: &str, text: &str) -> Result<Node, String> {
    let mut report = Report::new(file, text);
    match read(file, text, &mut report) {
        Some(node) if !report.failed() => Ok(node),
        _ => Err(report.finish().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

/// Every key and value with the text at its place.
fn places(text: &str, node: &Node, out: &mut Vec<String>) {
    let at = |place: Place| text[place.start..place.end].to_owned();
    match &node.value {
        Value::List(nodes) => nodes.iter().for_each(|n| places(text, n, out)),
        Value::Map(entries) => {
            for entry in entries {
                out.push(at(entry.place));
                places(text, &entry.value, out);
            }
        }
        _ => out.push(at(node.place)),
    }
}

#[test]
fn places_are_those_of_the_text() {
    for (file, text, expected) in [
        ("a.yaml", "a: b\nc:\n  - d  # why\n  - \"e f\"\n", vec!["a", "b", "c", "d", "\"e f\""]),
        (
            "a.yaml",
            "ä: ö\n'ü': { $.x.y: \"{z}\", k: [1, 2.50] }",
            vec!["ä", "ö", "'ü'", "$.x.y", "\"{z}\"", "k", "1", "2.50"],
        ),
        ("a.json", "{ \"ä\": [1, \"ö\"],\n\t\"b\": null }", vec!["\"ä\"", "1", "\"ö\"", "\"b\"", "null"]),
        ("a.yaml", "a: &x { b: c }\nd: *x\n", vec!["a", "b", "c", "d", "b", "c"]),
    ] {
        let node = tree(file, text).unwrap();
        let mut found = Vec::new();
        places(text, &node, &mut found);
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn whole_values_have_the_place_of_their_text() {
    let text = "a:\n  b: 1\n  c:\n    - x\n    - y: z\nd: { e: [f, g] } # end\n";
    let Value::Map(entries) = tree("a.yaml", text).unwrap().value else { panic!("a mapping") };
    let at = |i: usize| &text[entries[i].value.place.start..entries[i].value.place.end];
    assert_eq!(at(0), "b: 1\n  c:\n    - x\n    - y: z");
    assert_eq!(at(1), "{ e: [f, g] }");
}

#[test]
fn numbers_and_order_survive() {
    let text = r#"{"b":[1.50,-0,1e400,9007199254740993],"a":{"x":null,"y":true,"":"\ud83d\ude00\t"}}"#;
    let node = tree("a.json", text).unwrap();
    assert_eq!(print(&node).text, text.replace(r"\ud83d\ude00", "😀"));
    let yaml = tree("a.yaml", "b: [1.50, -0, 1e400, 9007199254740993]\na: {x: null, y: true, '': \"😀\\t\"}")
        .unwrap();
    assert_eq!(print(&yaml).text, print(&node).text);
}

#[test]
fn printed_parts_find_their_places() {
    let text = "source: [shop]\ndetail: { role: [legal] }\n";
    let printed = print(&tree("a.yaml", text).unwrap());
    let offset = printed.text.find("legal").unwrap();
    let place = printed.place(offset).unwrap();
    assert_eq!(&text[place.start..place.end], "legal");
}

#[test]
fn what_is_not_read_says_so() {
    for (file, text, expected) in [
        ("a.json", "{\"a\": 1,}", "a.json:1:9: error[F001]: this is not JSON: a comma before the end"),
        ("a.json", "{\"a\" 1}", "a.json:1:6: error[F001]: this is not JSON: `:` is expected"),
        ("a.json", "{\"a\": b}", "a.json:1:7: error[F001]: this is not JSON: a value is expected"),
        ("a.json", "{\"a\": 01}", "a.json:1:7: error[F001]: this is not JSON: a value is expected"),
        (
            "a.json",
            "{\"a\": \"b}",
            "a.json:1:7: error[F001]: this is not JSON: this text has no closing quote",
        ),
        ("a.json", "{\"a\": \"\\x\"}", "a.json:1:7: error[F001]: this is not JSON: this text has an escape"),
        ("a.json", "{} x", "a.json:1:4: error[F001]: this is not JSON: something follows"),
        ("a.json", "", "a.json:1:1: error[F001]: this is not JSON: the file ends"),
        ("a.json", "{\"a\":1,\"a\":2}", "a.json:1:8: error[F003]: the key `a` stands twice"),
        ("a.yaml", "a: 1\nb: { c: 1, c: 2 }", "a.yaml:2:12: error[F003]: the key `c` stands twice"),
        ("a.yaml", "a: 1\n---\nb: 2", "a.yaml:2:1: error[F004]: a second document"),
        ("a.yaml", "a: !mine b", "error[F004]: the tag `!mine` means nothing here"),
        ("a.yaml", "{a: b}: c", "error[F004]: a list or mapping as a key"),
        ("a.yaml", "a: &x [*x]", "error[F004]: an alias inside the value"),
        ("a.yaml", "a: *b", "error[F001]: this is not YAML: "),
        ("a.yaml", "a: [b", "error[F001]: this is not YAML: "),
    ] {
        let errors = tree(file, text).unwrap_err();
        assert!(errors.contains(expected), "{text:?} gives {errors}");
    }
}

#[test]
fn limits_hold_on_both_sides() {
    let deep = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    for file in ["a.json", "a.yaml"] {
        assert!(tree(file, &deep(MAX_DEPTH)).is_ok(), "{file}");
        assert!(tree(file, &deep(MAX_DEPTH + 1)).unwrap_err().contains("F002"), "{file}");
        assert!(tree(file, &deep(100_000)).is_err(), "{file}");
        let wide = |n: usize| format!("[{}1]", "1,".repeat(n));
        assert!(tree(file, &wide(MAX_NODES - 2)).is_ok(), "{file}");
        assert!(tree(file, &wide(MAX_NODES - 1)).unwrap_err().contains("F002"), "{file}");
        let long = |n: usize| format!("\"{}\"", "x".repeat(n - 2));
        assert!(tree(file, &long(MAX_FILE_BYTES)).is_ok(), "{file}");
        assert!(tree(file, &long(MAX_FILE_BYTES + 1)).unwrap_err().contains("F002"), "{file}");
    }
}

#[test]
fn aliases_cannot_fill_the_memory() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
        text.push_str(&format!("a{n}: &a{n} [{aliases}]\n"));
    }
    assert!(tree("a.yaml", &text).unwrap_err().contains("F002"));
}
