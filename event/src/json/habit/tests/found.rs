//! What is found on the way through a text is what reading it finds.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Reader, text};
use crate::json::fields::Fields;
use crate::json::habit::follow;
use crate::json::scan::{scan, scan_trusted};
use crate::json::sure::Known;
use crate::json::trie::Trie;
use crate::limits::MAX_HABITS;

#[test]
fn of_a_trusted_text_only_what_leads_to_fields_is_known() {
    let text = |n: usize| {
        format!(
            r#"{{"n{n}":[{{"m{n}":{n}}}],"a":[{{"b":{n},"c{n}":"]}}\"{{"}},{{"b":2}}],"z":{{"z{n}":[]}}}}"#
        )
    };
    let mut reader = Reader::new(&["a.b", "n1.m1"], &[], true);
    for n in 0..100 {
        let known =
            reader.tells(text(7).replace("\"c7\":\"", &format!("\"c7\":\"{}", "x".repeat(n))).as_bytes());
        reader.learn(text(7).as_bytes());
        assert_eq!(
            (known, reader.fields.list.len()),
            if n == 0 { (Known::Nothing, 0) } else { (Known::Ascii, 2) },
            "{n}"
        );
    }
    // It is the names that differ in the others.
    assert_eq!(reader.tells(text(1).as_bytes()), Known::Nothing);
    // What is cut off is told to be nothing.
    for end in 0..text(7).len() {
        assert_eq!(reader.tells(&text(7).as_bytes()[..end]), Known::Nothing);
    }
}

#[test]
fn a_name_is_searched_in_its_object_and_no_further() {
    let rest = |n: usize| format!("\"b{n}\": {n}, \"c\": \"{}\", ", "a".repeat(n));
    let tail = format!("\"tail\": \"{}\"", "t".repeat(80));
    // What stands before the member that is asked for, or instead of it.
    let ways = [
        "\"a\": 1",
        "\"a\": \"a\"",
        "\"x\": \"a\", \"a\": 2",
        "\"x\": \", \", \"a\": 3",
        "\"x\": \"\\\"a\\\": 7\", \"a\": 4",
        "\"\\u0061\": 5",
        "\"a\" : 6, \"a\": 7",
        "\"a\":8, \"a\": 9, \"a\" :10",
        "\"x\": {\"a\": 11}",
        "\"x\": [\"a\", {\"a\": 12}], \"a\": 13",
        "\"x\": \"{\", \"a\": 14",
        "\"x\": 15",
        "\"a\": {\"a\": 16}",
        "\"a\": [17, {\"a\": 18}], \"a\": 19",
    ];
    for name in ["a", ", ", ": ", "_", "a{"] {
        let path = format!("o.{name}");
        let mut reader = Reader::new(&[&path], &[], true);
        for round in 0..400 {
            let (way, n) =
                (ways[round * 5 % ways.len()].replace("\"a\"", &format!("\"{name}\"")), round % 70);
            let text = format!("{{\"o\": {{\"first\": 0, {}{way}, {tail}}}, \"a\": 20, {tail}}}", rest(n));
            let mut plain = Reader::new(&[&path], &[], false);
            scan(&text, &plain.trie, &mut plain.fields).unwrap();
            scan_trusted(&text, &reader.trie, &mut reader.fields).unwrap();
            assert_eq!(reader.found(&text), plain.found(&text), "{text}");
        }
    }
    // It is found, and told, where it follows as before.
    let mut reader = Reader::new(&["o.a"], &[], true);
    let text = |n: usize| format!("{{\"o\": {{\"first\": 0, \"x\": {n}, \"a\": {n}, {tail}}}}}");
    scan_trusted(&text(1), &reader.trie, &mut reader.fields).unwrap();
    let other = text(2).replace("\"x\"", &format!("\"{}\": 1, \"never\": 2, \"x\"", "seen".repeat(20)));
    assert_eq!((reader.tells(other.as_bytes()), reader.fields.list.len()), (Known::Ascii, 1));
    assert_eq!(reader.tells(other.replace("never", "n{ver").as_bytes()), Known::Nothing);
}

#[test]
fn an_object_is_left_by_its_brace_and_by_none_in_a_string() {
    let tail = format!("\"tail\": \"{}\"", "t".repeat(80));
    // What follows the member that is asked for.
    let ways = [
        "\"x\": 1",
        "\"x\": 1, \"y\": \"b\"",
        "\"x\": \"}\"",
        "\"x\": \"a}b\", \"y\": \"}, \"",
        "\"x\": \"\", \"a\": 4",
        "\"x\": \"}\", \"a\": 5",
        "\"x\": \"\\\"}\", \"a\": 6",
        "\"x\": \"\\\\\"",
        "\"x\": 1 ",
        "\"x\": 1}, \"o\": {\"a\": 7",
        "\"x\": 1}, \"p\": 8, \"o\": {\"a\": 9, \"x\": null",
        "\"x\": {\"a\": 10}",
        "\"x\": [\"}\", {\"a\": 11}], \"y\": 2",
        "\"x\": \"{\", \"y\": \"}\"",
        "\"x\": \"]}, \"",
    ];
    for paths in [&["o.a", "p.a"][..], &["o.a"], &["o.a", "q", "tail"]] {
        let mut reader = Reader::new(paths, &[], true);
        for round in 0..600 {
            let (way, n) = (ways[round * 7 % ways.len()], round % 67);
            let pad = format!("\"{}\": \"{}\"", "w".repeat(n % 5), "v".repeat(n));
            let text = format!(
                "{{\"o\": {{\"a\": {n}, {pad}, {way}}}, \"p\": {{\"a\": 2, {way}}}, \"q\": 3, {tail}}}"
            );
            let mut plain = Reader::new(paths, &[], false);
            scan(&text, &plain.trie, &mut plain.fields).unwrap();
            scan_trusted(&text, &reader.trie, &mut reader.fields).unwrap();
            assert_eq!(reader.found(&text), plain.found(&text), "{text}");
        }
    }
    // What lies between the member and the brace need not be known.
    let mut reader = Reader::new(&["o.a", "q"], &[], true);
    let text = |way: &str| format!("{{\"o\": {{\"a\": 1, {way}}}, \"q\": 3, {tail}}}");
    scan_trusted(&text(ways[0]), &reader.trie, &mut reader.fields).unwrap();
    for (way, known) in [
        ("\"never\": 1, \"seen\": \"[\", \"x\": 2", Known::Nothing),
        ("\"never\": 1, \"seen\": \"(\", \"x\": 2", Known::Ascii),
        ("\"never\": \"}\"", Known::Nothing),
        ("\"never\": 1}, \"x\": {\"y\": 2", Known::Nothing),
    ] {
        assert_eq!(reader.tells(text(way).as_bytes()), known, "{way}");
    }
}

#[test]
fn other_paths_are_other_habits_and_not_too_many() {
    let text = br#"{"a":1,"b":"x"}"#;
    let mut tries: Vec<Trie> = (0..=MAX_HABITS).map(|_| Trie::new()).collect();
    let mut fields = Fields::default();
    let mut tells = |trie: &Trie| {
        fields.reset(trie.path_count(), trie.slot_count(), trie.node_count());
        let known = follow(text, trie, &mut fields, false);
        fields.habits().learn(text, trie, false);
        assert!(fields.habits().of.len() <= MAX_HABITS);
        (known, fields.list.len())
    };
    for trie in &tries {
        assert_eq!(tells(trie), (Known::Nothing, 0));
    }
    for (n, trie) in tries.iter().enumerate() {
        assert_eq!(tells(trie).0 == Known::Ascii, n < MAX_HABITS, "{n}");
    }
    // Past so many, one takes the place of another only now and then.
    let came = (0..1_000).filter(|_| tells(&tries[MAX_HABITS]).0 == Known::Ascii).count();
    assert!((900..=1_000 - 2).contains(&came), "{came}");
    // Where the paths change, what was known does not count.
    tries[3].add_path(&Arc::from("b"));
    let first = (0..200).position(|_| tells(&tries[3]) == (Known::Ascii, 1));
    assert!(first.is_some_and(|n| n > 0), "{first:?}");
    let copy = tries[3].clone();
    assert_eq!(tells(&copy), (Known::Ascii, 1));
    tries[3].add_path(&Arc::from("a"));
    assert_eq!(tells(&copy), (Known::Ascii, 1));
    assert_eq!(tells(&tries[3]), (Known::Nothing, 0));
}

#[test]
fn a_text_is_read_the_same_the_first_time_and_later() {
    let events = [
        r#"{"k":{"a":{"b":1e5}}}"#,
        r#"{"k":{"a":{"b":1}}}"#,
        r#"{"k":{"a":[{"b":1},{"b":2},[{"b":3}]]}}"#,
        r#"{"k":{"a":{"b":{"c":1}}}}"#,
        r#"{"k":{"a.b":4}}"#,
    ];
    let (mut reader, mut trusting) =
        (Reader::new(&["k.a.b"], &[], false), Reader::new(&["k.a.b"], &[], true));
    for round in 0..5 {
        for event in events {
            let mut plain = Reader::new(&["k.a.b"], &[], false);
            scan(event, &plain.trie, &mut plain.fields).unwrap();
            scan(event, &reader.trie, &mut reader.fields).unwrap();
            scan_trusted(event, &trusting.trie, &mut trusting.fields).unwrap();
            assert_eq!(
                [&reader, &trusting, &plain].map(|reader| reader.found(event)),
                [0; 3].map(|_| plain.found(event)),
                "{event}, {round}"
            );
        }
    }
}

/// What trusting finds in texts that come again and again, first in a text, and last in it, is what reading finds.
fn trusts(paths: &[&str], texts: &[String]) -> Result<(), TestCaseError> {
    let mut reader = Reader::new(paths, &[], true);
    let list = |reader: &Reader, text: &str| reader.found(text).split("] [").next().map(str::to_owned);
    for round in 0..40 {
        for text in texts {
            let mut plain = Reader::new(paths, &[], false);
            prop_assert_eq!(scan(text, &plain.trie, &mut plain.fields), Ok(()));
            prop_assert_eq!(scan_trusted(text, &reader.trie, &mut reader.fields), Ok(()));
            prop_assert_eq!(list(&reader, text), list(&plain, text), "{}, {}, {:?}", text, round, paths);
        }
    }
    Ok(())
}

#[test]
fn a_gap_that_opens_something_is_no_place_to_jump_to_or_to_end() {
    let pad = format!("\"pad\":\"{}\"", "p".repeat(70));
    let cases: [(&[&str], String); 6] = [
        (&["a.a", "b"], format!("{{\"x\":0,\"b\":2,\"a\":{{\"a\":1}},{pad}}}")),
        (&["a.a", "b"], format!("{{\"x\":0,\"b\":2,\"a\":[{{\"a\":1}}],{pad}}}")),
        (&["a.b.a", "b"], format!("{{\"x\":0,\"b\":2,\"a\":{{\"b\":{{\"a\":1}}}},{pad}}}")),
        (&["d.s"], format!("{{\"d\":{{\"s\":\"a\"}},\"d\":{{\"x\":1,\"s\":\"b\",{pad}}}}}")),
        (&["d.s"], format!("{{\"d.s\":\"a\",\"d\":{{\"x\":1,\"s\":\"b\",{pad}}}}}")),
        (&["l.c"], format!("{{\"l\":{{\"c\":1}},\"l\":[1,{{\"c\":2,{pad}}}]}}")),
    ];
    for (paths, text) in cases {
        trusts(paths, &[text]).unwrap();
    }
}

#[test]
fn a_member_that_was_null_is_not_the_end_when_it_is_an_object() {
    let pad = format!("\"k\":\"{}\"", "z".repeat(90));
    let two = |text: [&str; 2]| text.map(|text| text.replace("PAD", &pad));
    let cases: [(&[&str], [&str; 2]); 5] = [
        (&["a.b"], [r#"{"a":{"b":1},"a":null,PAD}"#, r#"{"a":{"b":1},"a":{"b":2},PAD}"#]),
        (&["a.b"], [r#"{"a":{"b":1},"a":null,PAD}"#, r#"{"a":{"b":1},"a":[{"b":2}],PAD}"#]),
        (&["a.b.c"], [r#"{"a.b":{"c":1},"a":null,PAD}"#, r#"{"a.b":{"c":1},"a":{"b":{"c":2}},PAD}"#]),
        (&["o.a.b"], [r#"{"o":{"a":{"b":1},"a":0,PAD}}"#, r#"{"o":{"a":{"b":1},"a":{"b":2},PAD}}"#]),
        (&["a.b", "c"], [r#"{"a":{"b":1},"c":3,"a":"",PAD}"#, r#"{"a":{"b":1},"c":3,"a":{"b":2},PAD}"#]),
    ];
    for (paths, texts) in cases {
        let [first, second] = two(texts);
        // So often that what was searched in vain is searched again.
        let mut texts = vec![first; 20];
        texts.push(second);
        trusts(paths, &texts).unwrap();
    }
}

#[test]
fn what_an_object_is_asked_for_may_be_a_list_now_and_then() {
    let text = |n: usize| {
        let value = if n.is_multiple_of(3) { "[7, 8]" } else { "9" };
        format!("{{\"o\": {{\"x\": {n}, \"y\": {n}, \"a\": {value}, \"t\": \"{}\"}}}}", "t".repeat(80))
    };
    let mut reader = Reader::new(&["o.a"], &[], true);
    for n in 0..300 {
        let known = reader.tells(text(n).as_bytes());
        reader.learn(text(n).as_bytes());
        let two = reader.fields.list.len() == 2;
        assert_eq!(
            (known, two),
            if n < 2 { (Known::Nothing, false) } else { (Known::Ascii, n % 3 == 0) },
            "{n}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_finds_what_reading_finds(
        texts in prop::collection::vec(text(), 1..10),
        tail in 0..90_usize,
        asked in 0..1_u32 << 14,
        trusted: bool,
    ) {
        let paths = ["k", "k.a", "k.b", "k.a.b", "k.a.a", "k.b.b", "a.b", "k.\u{e9}", "k.k.k"];
        let slots: [&[&str]; 5] = [&["k"], &["k", "a"], &["k", "b"], &["k", "a", "b"], &["k", "\u{e9}", "a"]];
        let some = |n: usize| asked >> n & 1 == 1;
        let paths: Vec<&str> = paths.into_iter().enumerate().filter(|(n, _)| some(*n)).map(|(_, path)| path).collect();
        let slots: Vec<&[&str]> =
            slots.into_iter().enumerate().filter(|(n, _)| some(n + 9)).map(|(_, slot)| slot).collect();
        let mut reader = Reader::new(&paths, &slots, trusted);
        let tail = format!(",\"tail\":\"{}\"}}", "t".repeat(tail));
        let texts: Vec<String> = texts.iter().map(|text| text[..text.len() - 1].to_owned() + &tail).collect();
        let mut told = 0;
        for text in texts.iter().chain(&texts).chain(&texts) {
            let mut plain = Reader::new(&paths, &slots, false);
            prop_assert_eq!(scan(text, &plain.trie, &mut plain.fields), Ok(()));
            if reader.tells(text.as_bytes()) == Known::Nothing {
                reader.learn(text.as_bytes());
            } else {
                told += 1;
                prop_assert_eq!(reader.found(text), plain.found(text), "{}", text);
            }
        }
        // Only exponents, and more ways to go on than are kept, are never told.
        prop_assert!(told > 0 || texts.len() > 1 || texts[0].contains("1e5") || texts[0].len() - tail.len() > 40);
    }

    #[test]
    fn trusting_finds_what_reading_finds(
        texts in prop::collection::vec(text(), 1..5),
        tail in 40..90_usize,
        asked in 0..1_u32 << 12,
    ) {
        let paths = ["k", "k.a", "k.b", "k.a.b", "k.a.a", "k.b.b", "a.b", "k.k", "k.k.k", "k.a.k", "tail", "k.b.a"];
        let paths: Vec<&str> = (0..12).filter(|n| asked >> n & 1 == 1).map(|n| paths[n]).collect();
        let tail = format!(",\"tail\":\"{}\"}}", "t".repeat(tail));
        let texts: Vec<String> = texts.iter().map(|text| text[..text.len() - 1].to_owned() + &tail).collect();
        // What is nothing in one of them is something in another.
        let others = ["{\"b\":1}", "[{\"a\":{\"b\":2}}]"].map(|value| texts.iter().map(|text| text.replacen("null", value, 1)).collect::<Vec<_>>());
        let texts = [texts, others.concat()].concat();
        // Few paths, for which the rest of a text is searched.
        trusts(&paths[..paths.len().min(4)], &texts)?;
        // The same twice over in one object.
        let twice: Vec<String> = texts.iter().map(|text| text[..text.len() - 1].to_owned() + "," + &text[1..]).collect();
        trusts(&paths[..paths.len().min(2)], &twice)?;
    }
}
