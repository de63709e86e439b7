//! The scanner against another parser, its places of error and its limits; the trie's bookkeeping.

use std::sync::Arc;

use proptest::prelude::*;
use serde::de::IgnoredAny;

use super::fields::{Fields, Kind};
use super::scan::{scan, scan_trusted};
use super::tree::{Json, Node};
use super::trie::Trie;
use super::{JsonError, JsonErrorKind};
use crate::limits::{MAX_EVENT_BYTES, MAX_JSON_DEPTH};

fn trie(paths: &[&str], slots: &[&[&str]]) -> Trie {
    let mut trie = Trie::new();
    paths.iter().for_each(|path| {
        trie.add_path(&Arc::from(*path));
    });
    slots.iter().for_each(|names| {
        trie.add_slot(names);
    });
    trie
}

fn run(text: &str, trie: &Trie) -> Result<Fields, JsonError> {
    let mut fields = Fields::default();
    scan(text, trie, &mut fields).map(|()| fields)
}

/// Path and text of each field, and the texts in the slots.
fn seen(text: &str, paths: &[&str], slots: &[&[&str]]) -> (Vec<(String, String)>, Vec<String>) {
    let trie = trie(paths, slots);
    let fields = run(text, &trie).unwrap();
    let show = |v: &super::fields::Value| {
        String::from_utf8_lossy(v.bytes(text.as_bytes(), &fields.side)).into_owned()
    };
    let list = fields.list.iter();
    let list = list.map(|(path, f)| (trie.path_text(*path).unwrap().to_owned(), show(&f.value))).collect();
    (
        list,
        fields.slots.iter().map(|v| if v.kind == Kind::Missing { "-".to_owned() } else { show(v) }).collect(),
    )
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn fields_are_found_however_their_names_are_nested() {
    let text = r#"{"a":{"b":"x","c":{"d":1}},"a.b":true,"\u0061":[{"b":"\n"},[{"b":null}],"y"],"z":[{}]}"#;
    let (list, _) = seen(text, &["a.b", "a.c.d", "a", "z"], &[]);
    let expected =
        [("a.b", "x"), ("a.c.d", "1"), ("a.b", "true"), ("a.b", "\n"), ("a.b", "null"), ("a", "y")];
    assert_eq!(list, pairs(&expected));
    assert_eq!(seen(r#"{"":{"":1},".":2}"#, &[".", ""], &[]).0, pairs(&[(".", "1"), (".", "2")]));
}

#[test]
fn slots_hold_the_last_value_at_exactly_their_names() {
    let slots: &[&[&str]] = &[&["a", "b"], &["a", "c"], &["id"]];
    let of = |text: &str| seen(text, &["a.b"], slots).1;
    assert_eq!(of(r#"{"a":{"b":"1","c":2},"id":"x"}"#), ["1", "2", "x"]);
    assert_eq!(of(r#"{"a":{"b":"1","c":2},"a":{"b":"3"},"id":"x","id":"y"}"#), ["3", "-", "y"]);
    assert_eq!(of(r#"{"a":[{"b":"1"}],"a.c":2}"#), ["-", "-", "-"]);
    assert_eq!(of(r#"{"a":{"b":"1"},"a":5,"id":{}}"#), ["-", "-", "-"]);
}

#[test]
fn elements_are_numbered_so_that_what_is_inside_is_a_range() {
    let trie = trie(&["a.b", "a.c.d"], &[]);
    let fields = run(r#"{"a":[{"b":1,"c":[{"d":2},{"d":3}]},7,{"b":4}]}"#, &trie).unwrap();
    let elements: Vec<_> = fields.list.iter().map(|(_, f)| f.element).collect();
    assert_eq!(elements, [0, 1, 2, 3]);
    let ends: Vec<_> = fields.elements.iter().map(|e| (e.array, e.end)).collect();
    assert_eq!(ends, [(0, 2), (1, 1), (1, 2), (0, 3)]);
    let arrays: Vec<_> = fields.arrays.iter().map(|a| (a.first, a.last)).collect();
    assert_eq!(arrays, [(0, 3), (1, 2)]);
}

#[test]
fn errors_say_where_and_what() {
    use JsonErrorKind as K;
    let cases: &[(&str, usize, K)] = &[
        ("", 0, K::UnexpectedEnd),
        ("[1]", 0, K::NotAnObject),
        ("\u{feff}{}", 0, K::NotAnObject),
        (r#"{"a""#, 4, K::UnexpectedEnd),
        (r#"{"a" 1}"#, 5, K::ExpectedColon),
        (r#"{a:1}"#, 1, K::ExpectedName),
        (r#"{"a":1,}"#, 7, K::ExpectedName),
        (r#"{"a":[1,]}"#, 8, K::ExpectedValue),
        (r#"{"a":[1}"#, 7, K::ExpectedCommaOrEnd),
        (r#"{"a":01}"#, 6, K::BadNumber),
        (r#"{"a":1.}"#, 7, K::BadNumber),
        (r#"{"a":+1}"#, 5, K::ExpectedValue),
        (r#"{"a":-}"#, 6, K::BadNumber),
        (r#"{"a":1e}"#, 7, K::BadNumber),
        (r#"{"a":NaN}"#, 5, K::ExpectedValue),
        (r#"{"a":trux}"#, 8, K::ExpectedValue),
        (r#"{"a":"\x"}"#, 6, K::BadEscape),
        (r#"{"a":"\u12g4"}"#, 6, K::BadEscape),
        ("{\"a\":\"\t\"}", 6, K::ControlCharacter),
        (r#"{"a":'x'}"#, 5, K::ExpectedValue),
        (r#"{"a":1} x"#, 8, K::TrailingText),
        (r#"{"a":1}{"a":2}"#, 7, K::TrailingText),
        (r#"{"a":"b"#, 7, K::UnexpectedEnd),
        (r#"{"a":"b\u00"#, 11, K::UnexpectedEnd),
    ];
    // Both where the field is asked for and where it is skipped.
    for trie in [trie(&["a", "a.b"], &[]), trie(&[], &[])] {
        for (text, offset, kind) in cases {
            assert_eq!(run(text, &trie).unwrap_err(), JsonError { offset: *offset, kind: *kind }, "{text}");
        }
    }
}

#[test]
fn depth_and_size_have_limits() {
    let nested = |open: &str, close: &str, depth: usize| {
        format!("{{\"a\":{}1{}}}", open.repeat(depth - 1), close.repeat(depth - 1))
    };
    for trie in [trie(&["a", "a.a.a.a"], &[]), trie(&[], &[])] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[[{\"a\":", "}]]")] {
            let levels = if open.len() > 6 { 3 } else { 1 };
            let fits = (MAX_JSON_DEPTH - 1) / levels + 1;
            assert!(run(&nested(open, close, fits), &trie).is_ok(), "{open}");
            let error = run(&nested(open, close, fits + 1), &trie).unwrap_err();
            assert_eq!(error.kind, JsonErrorKind::TooDeep, "{open}");
        }
        let long = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8));
        assert!(run(&long(MAX_EVENT_BYTES), &trie).is_ok());
        assert_eq!(run(&long(MAX_EVENT_BYTES + 1), &trie).unwrap_err().kind, JsonErrorKind::TooLarge);
    }
}

#[test]
fn the_tree_keeps_spelling_order_and_places() {
    let tree = Json::parse(r#" {"b":1.0,"a":["x",null],"b":"\ud83d"} "#).unwrap();
    let Node::Object(members) = tree.node else { panic!("an object") };
    let names: Vec<_> = members.iter().map(|m| (m.name.text.as_str(), m.at, m.value.at)).collect();
    assert_eq!(names, [("b", 2, 6), ("a", 10, 14), ("b", 25, 29)]);
    assert!(matches!(&members[0].value.node, Node::Number(n) if n == "1.0"));
    assert!(matches!(&members[2].value.node, Node::Text(t) if t.broken));
    assert!(matches!(&members[1].value.node, Node::Array(list) if list.len() == 2));
}

#[test]
fn the_trie_gives_back_what_nobody_uses() {
    let mut trie = Trie::new();
    trie.add_slot(&["detail", "kept"]);
    let before = trie.live_nodes();
    let names: Vec<Arc<str>> = (0..50).map(|i| Arc::from(format!("detail.x{i}.y"))).collect();
    for round in 0..3 {
        let ids: Vec<u32> = names.iter().map(|n| trie.add_path(n)).collect();
        assert_eq!(trie.add_path(&names[0]), ids[0], "one path, one id");
        let detail = trie.step(0, b"detail").unwrap();
        let wide = trie.step(detail, b"x49").unwrap();
        assert_eq!(trie.node(trie.step(wide, b"y").unwrap()).unwrap().path, ids[49]);
        assert_eq!(trie.step(detail, b"x50"), None);
        ids.iter().for_each(|id| trie.remove_path(*id));
        assert!(trie.live_nodes() > before, "the first path is used once more");
        trie.remove_path(ids[0]);
        assert_eq!((trie.live_nodes(), trie.path_count()), (before, 50), "round {round}");
        assert_eq!(trie.step(detail, b"x0"), None);
    }
}

/// JSON texts, spoilt now and then.
fn json_text() -> impl Strategy<Value = String> {
    let name = prop_oneof![Just("\"a\""), Just("\"b\""), Just("\"a.b\""), Just("\"\\u0061\""), Just("\"\"")];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("\"\\ud83d\"".to_owned()),
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
        "\"([ -!#-\\[\\]-~é😀]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4}){0,12}\"",
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let member = (name.clone(), inner.clone(), "[ \n\t\r]{0,2}")
            .prop_map(|(n, v, s)| format!("{s}{n}{s}:{s}{v}{s}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|v| format!("[{}]", v.join(","))),
            prop::collection::vec(member, 0..4).prop_map(|m| format!("{{{}}}", m.join(","))),
        ]
    })
}

fn agrees(text: &str) {
    let expected = text.trim_start_matches([' ', '\n', '\r', '\t']).starts_with('{')
        && serde_json::from_str::<IgnoredAny>(text).is_ok();
    for trie in [trie(&[], &[]), trie(&["a", "a.b", "b", "", "a.a.b"], &[&["a", "b"], &["a"]])] {
        let result = run(text, &trie);
        assert_eq!(result.is_ok(), expected, "{text:?}: {:?}", result.err());
        let mut trusted = Fields::default();
        let passed = scan_trusted(text, &trie, &mut trusted);
        match result {
            Ok(fields) => {
                let all = |f: &Fields| {
                    format!("{:?} {:?} {:?} {:?} {:?}", f.list, f.side, f.slots, f.elements, f.arrays)
                };
                assert_eq!(passed, Ok(()), "{text:?}");
                assert_eq!(all(&trusted), all(&fields), "{text:?}");
            }
            Err(error) => assert!(error.offset <= text.len()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_accepts_what_another_parser_accepts(text in json_text(), spoil in any::<(u16, u8, u8)>()) {
        let text = format!("{{\"a\":{text}}}");
        agrees(&text);
        // One byte changed, dropped or doubled.
        let mut bytes = text.into_bytes();
        let at = usize::from(spoil.0) % bytes.len();
        match spoil.1 % 4 {
            0 => bytes[at] = b"{}[]\",:\\ \n0-e.tu\x00"[usize::from(spoil.2) % 17],
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, bytes[at]),
            _ => bytes.truncate(at),
        }
        if let Ok(text) = String::from_utf8(bytes) {
            agrees(&text);
        }
    }

    #[test]
    fn reading_ends_only_where_no_field_comes(
        parts in prop::collection::vec((0_usize..9, json_text(), 0_usize..90), 1..12),
    ) {
        let names = ["a", "b", "c", "a.b", "b.a", "\\u0061", "\\u0062.a", "x\\\\u", "other"];
        let members: Vec<String> = parts
            .iter()
            .map(|(name, value, pad)| format!("\"{}\":{value},\"{}\":1", names[*name], "p".repeat(*pad)))
            .collect();
        for text in [format!("{{{}}}", members.join(",")), format!("{{\"c\":{{{}}}}}", members.join(","))] {
            for paths in [&["a"][..], &["a.b", "b"], &["c.a", "c.b"], &["c.a.b"], &["a", "b", "c", "a.b"]] {
                let trie = trie(paths, &[]);
                let (full, mut trusted) = (run(&text, &trie).unwrap(), Fields::default());
                scan_trusted(&text, &trie, &mut trusted).unwrap();
                let seen = |f: &Fields| format!("{:?} {:?}", f.list, f.side);
                prop_assert_eq!(seen(&trusted), seen(&full), "{:?} of {}", paths, &text);
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(text in "[{}\\[\\]\",:\\\\ 0-9eE.+\\-tfnu\\PC]{0,60}", paths in any::<bool>()) {
        let trie = if paths { trie(&["a"], &[&["b"]]) } else { trie(&[], &[]) };
        drop(run(&text, &trie));
        drop(run(&format!("{{\"a\":{text}"), &trie));
        agrees(&text);
    }
}

#[test]
fn a_text_that_nobody_asks_for_is_not_unescaped() {
    // In a list where an object was asked for: one way of reading kept it, the others did not.
    let trie = trie(&["c.a.b"], &[]);
    let text = r#"{"c":{"\u0061":{"b":[0e0]},"a":["\\"],"b":"\n"}}"#;
    assert_eq!(run(text, &trie).unwrap().side, b"");
}

#[test]
fn rows_of_short_members_are_read_as_strictly_as_anything() {
    for [open, close, comma] in [["{", "}", ","], ["{ ", " }", ", "], ["{", "}", ", "]] {
        let row = |n: u32| format!("{open}\"b\": -12.5,\"y\":\"b{n}\"{comma}\"z\": null{close}");
        let rows: Vec<String> = (0..3).map(row).collect();
        let rows = rows.join(comma);
        let text = format!("{{\"a\":[{rows}],\"e\":{{\"l\":[[{rows}]]}},\"pad\":\"{}\"}}", "p".repeat(40));
        agrees(&text);
        for at in 0..text.len() - 40 {
            for byte in b"{}[]\",: 0-e.\\\n" {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = *byte;
                agrees(&String::from_utf8(bytes).unwrap());
            }
            let mut shorter = text.clone();
            shorter.remove(at);
            agrees(&shorter);
        }
    }
}

#[test]
fn a_guess_of_what_comes_next_is_only_a_guess() {
    let (mut fields, pad) = (Fields::default(), "p".repeat(20));
    let mut list = |trie: &Trie, text: &str| -> Vec<String> {
        let text = format!("{{{text},\"pad\":\"{pad}\"}}");
        let mut found = |trusted: bool| -> Vec<String> {
            let read =
                if trusted { scan_trusted(&text, trie, &mut fields) } else { scan(&text, trie, &mut fields) };
            read.unwrap();
            let all = fields.list.iter();
            all.map(|(path, f)| {
                let value =
                    String::from_utf8_lossy(f.value.bytes(text.as_bytes(), &fields.side)).into_owned();
                format!("{}={value}", trie.path_text(*path).unwrap())
            })
            .collect()
        };
        let all = found(false);
        assert_eq!(found(true), all, "{text}");
        all
    };
    let mut trie = trie(&["a", "b", "c.d"], &[]);
    for _ in 0..2 {
        assert_eq!(list(&trie, r#""a":1,"b":2,"c":{"d":3}"#), ["a=1", "b=2", "c.d=3"]);
    }
    assert_eq!(list(&trie, r#""a":1,"c":{"x":0,"d":3},"b":2"#), ["a=1", "c.d=3", "b=2"]);
    assert_eq!(list(&trie, r#""a" : 1,"b" : 2,"c.d":4"#), ["a=1", "b=2", "c.d=4"]);
    // The paths change under the guesses: ids of nodes are used again for other names.
    for path in 0..3 {
        trie.remove_path(path);
    }
    for path in ["d", "c.a", "a"] {
        trie.add_path(&Arc::from(path));
    }
    for _ in 0..2 {
        assert_eq!(list(&trie, r#""a":1,"b":2,"c":{"d":3,"a":4},"d":5"#), ["a=1", "c.a=4", "d=5"]);
    }
}

#[test]
fn what_follows_the_last_field_is_not_read() {
    let pad = "p".repeat(100);
    // Not JSON at the end, which only a reader that goes on can notice.
    let ends = |text: &str, paths: &[&str]| {
        let text = format!("{text},\"zz\":\"{pad}\",}}");
        scan_trusted(&text, &trie(paths, &[]), &mut Fields::default()).is_ok()
    };
    assert!(ends(r#"{"a":1"#, &["a"]));
    assert!(ends(r#"{"a":{"b":1},"c":[1]"#, &["a.b", "c"]));
    assert!(ends(r#"{"a":{"b":1,"q":"a"},"c":[1]"#, &["a.b", "c"]));
    assert!(!ends(r#"{"a":1,"q":{"a":2}"#, &["a"]));
    assert!(!ends(r#"{"a":1,"q":"\u0020""#, &["a"]));
    assert!(!ends(r#"{"a":1"#, &["a", "b"]));
    assert!(!ends(r#"{"/":1"#, &["/"]));
    // Past the number of paths for which it is worth it, and with a slot.
    assert!(ends(r#"{"a":1,"b":1,"c":1,"d":1"#, &["a", "b", "c", "d"]));
    assert!(!ends(r#"{"a":1,"b":1,"c":1,"d":1,"e":1"#, &["a", "b", "c", "d", "e"]));
    let text = format!("{{\"a\":1,\"zz\":\"{pad}\",}}");
    assert!(scan_trusted(&text, &trie(&["a"], &[&["b"]]), &mut Fields::default()).is_err());
}
