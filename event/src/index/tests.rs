//! The index as a container, and the search over array elements: order, absence, and its bound.

use super::{PatternId, PatternIndex};
use crate::json::JsonErrorKind;
use crate::pattern::Pattern;
use crate::scratch::Scratch;

fn index(patterns: &[&str]) -> PatternIndex {
    let mut index = PatternIndex::new();
    patterns.iter().for_each(|p| {
        index.insert(Pattern::parse(p).unwrap());
    });
    index
}

fn found(index: &PatternIndex, event: &str) -> Vec<u32> {
    let mut scratch = Scratch::new();
    index.matches(event.as_bytes(), &mut scratch).unwrap().iter().map(|id| id.0).collect()
}

#[test]
fn patterns_come_and_go() {
    let mut index = index(&[
        r#"{"a":["x"]}"#,
        r#"{"a":["x","x","y"],"b":[{"exists":false}]}"#,
        r#"{"c":[{"prefix":""}]}"#,
    ]);
    assert_eq!(found(&index, r#"{"a":"x","c":"z"}"#), [0, 1, 2]);
    assert_eq!(found(&index, r#"{"a":"y","b":1}"#), [] as [u32; 0]);
    assert!(index.remove(PatternId(1)) && !index.remove(PatternId(1)) && !index.remove(PatternId(9)));
    assert_eq!(found(&index, r#"{"a":"x","c":"z"}"#), [0, 2]);
    assert_eq!(index.insert(Pattern::parse(r#"{"n":[1,null,12345678901234567890]}"#).unwrap()), PatternId(1));
    for event in [r#"{"n":1.0}"#, r#"{"n":null}"#, r#"{"n":12345678901234567890}"#, r#"{"n":[false,10e-1]}"#]
    {
        assert_eq!(found(&index, event), [1], "{event}");
    }
    assert_eq!(found(&index, r#"{"n":12345678901234567891}"#), [] as [u32; 0]);
}

#[test]
fn texts_of_any_length_are_told_from_each_other() {
    // All begin and end alike, as far as a word goes.
    let text = |len: usize, middle: char| {
        let mut text = "a".repeat(len);
        text.replace_range(len / 2..=len / 2, &middle.to_string());
        text
    };
    let texts: Vec<String> = (1..40).flat_map(|len| [text(len, 'a'), text(len, 'b')]).collect();
    let patterns: Vec<String> = texts.iter().map(|text| format!("{{\"t\":[\"{text}\"]}}")).collect();
    let index = index(&patterns.iter().map(String::as_str).collect::<Vec<_>>());
    for (id, text) in texts.iter().enumerate() {
        assert_eq!(found(&index, &format!("{{\"t\":\"{text}\"}}")), [id as u32], "{text}");
    }
    for len in 1..40 {
        assert_eq!(found(&index, &format!("{{\"t\":\"{}\"}}", text(len, 'c'))), [] as [u32; 0]);
    }
}

#[test]
fn churn_leaves_nothing_behind() {
    let mut index = index(&[r#"{"stays":["x"]}"#]);
    let nodes = index.trie.live_nodes();
    for i in 0..200 {
        let text = format!(
            r#"{{"a{i}":{{"b":["{i}"]}},"c{i}":[{{"exists":false}}],"$or":[{{"d":[{i}]}},{{"e{i}":[{{"prefix":"x"}}]}}]}}"#
        );
        let id = index.insert(Pattern::parse(&text).unwrap());
        assert_eq!(id, PatternId(1));
        assert_eq!(found(&index, &format!(r#"{{"a{i}":{{"b":"{i}"}},"d":{i}}}"#)), [1]);
        assert!(index.remove(id));
    }
    assert_eq!(index.trie.live_nodes(), nodes);
    assert!(index.rules.len() <= 3 && index.trie.path_count() <= 8 && index.always.is_empty());
    assert_eq!((index.atoms.live(), index.tests.live(), index.patterns.len()), (1, 1, 2));
}

#[test]
fn one_scratch_serves_many_indexes() {
    let (small, large) =
        (index(&[r#"{"a":["x"]}"#]), index(&[r#"{"b":["y"]}"#, r#"{"a":["x"]}"#, r#"{"c":[1]}"#]));
    let mut scratch = Scratch::new();
    for _ in 0..3 {
        assert_eq!(small.matches(br#"{"a":"x"}"#, &mut scratch).unwrap(), [PatternId(0)]);
        assert_eq!(large.matches(br#"{"a":"x","c":1}"#, &mut scratch).unwrap(), [PatternId(1), PatternId(2)]);
        assert!(small.matches(br#"{"a":"#, &mut scratch).is_err());
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_where_they_are() {
    let error = index(&[]).matches(b"{\"a\":\"\xff\"}", &mut Scratch::new()).unwrap_err();
    assert_eq!((error.offset, error.kind), (6, JsonErrorKind::NotUtf8));
}

#[test]
fn array_elements_must_agree() {
    let pair = index(&[r#"{"l":{"x":[1],"y":[2]}}"#]);
    for (event, expected) in [
        (r#"{"l":[{"x":1,"y":2}]}"#, true),
        (r#"{"l":[{"x":1},{"y":2}]}"#, false),
        (r#"{"l":[{"x":1,"y":3},{"x":3,"y":2},{"y":2,"x":1}]}"#, true),
        (r#"{"l":[[{"x":1},{"y":2}]]}"#, false),
        (r#"{"l":[[{"x":1}],{"y":2}]}"#, false),
        (r#"{"l":{"x":1,"y":2}}"#, true),
        (r#"{"l":[{"x":1}],"l.y":2}"#, true),
        (r#"{"l":[{"x":1}],"l":[{"y":2}]}"#, true),
        (r#"{"l":[{"x":[1,5],"y":[7,2]}]}"#, true),
    ] {
        assert_eq!(found(&pair, event) == [0], expected, "{event}");
    }
    // Elements of nested arrays agree through the element around them.
    let nested = index(&[r#"{"l":{"m":{"x":[1]},"n":{"y":[2]}}}"#]);
    assert_eq!(found(&nested, r#"{"l":[{"m":[{"x":1}],"n":[{"y":3},{"y":2}]}]}"#), [0]);
    assert!(found(&nested, r#"{"l":[{"m":[{"x":1}]},{"n":[{"y":2}]}]}"#).is_empty());
}

#[test]
fn a_choice_inside_an_array_may_put_a_field_out_of_sight() {
    // The value outside of the list agrees with everything, but only the one inside makes `b` absent.
    let index = index(&[r#"{"l":{"a":[1],"b":[{"exists":false}]}}"#]);
    assert_eq!(found(&index, r#"{"l":[{"a":1},{"b":2}],"l.a":1}"#), [0]);
    assert!(found(&index, r#"{"l":[{"a":3},{"b":2}],"l.a":1}"#).is_empty());
}

#[test]
fn large_arrays_cost_no_combinations() {
    // Independent lists whose product is astronomical, and a contradiction in the last of them.
    let members: Vec<String> = (0..40).map(|i| format!("\"l{i}\":{{\"x\":[1],\"y\":[1]}}")).collect();
    let pattern = format!("{{{},\"z\":{{\"x\":[1],\"y\":[2]}}}}", members.join(","));
    let index = index(&[&pattern]);
    let list = format!("[{}]", ["{\"x\":1,\"y\":1}"; 40].join(","));
    let lists: Vec<String> = (0..40).map(|i| format!("\"l{i}\":{list}")).collect();
    let event = |last: &str| format!("{{{},\"z\":{last}}}", lists.join(","));
    assert!(found(&index, &event(r#"[{"x":1},{"y":2}]"#)).is_empty());
    assert_eq!(found(&index, &event(r#"[{"x":1},{"y":2,"x":1}]"#)), [0]);
}

#[test]
fn a_long_list_without_a_pair_is_decided_in_one_walk() {
    let index = index(&[r#"{"l":{"x":[1],"y":[2]}}"#]);
    let list = vec![r#"{"x":1},{"y":2}"#; 8_000].join(",");
    let event = format!("{{\"l\":[{list}]}}");
    let mut scratch = Scratch::new();
    assert!(index.matches(event.as_bytes(), &mut scratch).unwrap().is_empty());
    assert!(scratch.matching.room.steps < 400_000, "{} steps", scratch.matching.room.steps);
}

/// Repeated members make every array independent of the others, so that a text can pose any puzzle: here pigeons that
/// do not fit into holes.
fn pigeons(holes: usize) -> (String, String) {
    let names: Vec<String> = (0..=holes).map(|p| format!("\"p{p}\":[1]")).collect();
    let pattern = format!("{{\"l\":{{{}}}}}", names.join(","));
    let hole = (0..=holes).map(|p| format!("{{\"p{p}\":1}}")).collect::<Vec<_>>().join(",");
    let members = vec![format!("\"l\":[{hole}]"); holes].join(",");
    (pattern, format!("{{{members}}}"))
}

#[test]
fn the_search_is_bounded() {
    let (pattern, event) = pigeons(4);
    assert!(found(&index(&[&pattern]), &event).is_empty());
    let (pattern, event) = pigeons(24);
    let error = index(&[&pattern]).matches(event.as_bytes(), &mut Scratch::new()).unwrap_err();
    assert_eq!(error.kind, JsonErrorKind::TooIntricate);
}

#[test]
fn near_misses_name_the_field_and_the_value() {
    let mut index = index(&[r#"{"a":["x"],"b":[{"prefix":"y"}]}"#, r#"{"a":["z"]}"#, r#"{"c":[1]}"#]);
    assert!(index.remove(PatternId(1)));
    let misses = index.near_misses(br#"{"a":"x","b":"no","c":1}"#).unwrap();
    assert_eq!(misses.len(), 1);
    assert_eq!((misses[0].pattern, misses[0].field.as_str(), misses[0].matched), (PatternId(0), "b", (1, 2)));
    assert_eq!(misses[0].to_string(), r#"b "no" is not text that starts with "y""#);
    assert_eq!(index.near_misses(b"{").unwrap_err().kind, JsonErrorKind::UnexpectedEnd);
}

#[test]
fn what_comes_to_be_common_is_no_door() {
    let mut index = PatternIndex::new();
    let pattern = |n: u32| {
        let low = f64::from(n) / 10.0;
        let text =
            format!(r#"{{"kind":["Polygon"],"at":{{"x":[{{"numeric":[">",{low},"<",9]}}],"z":[0]}}}}"#);
        Pattern::parse(&text).unwrap()
    };
    let ids: Vec<_> = (0..10).map(|n| index.insert(pattern(n))).collect();
    let doors = |index: &PatternIndex| -> Vec<String> {
        let tests = index.rules.iter().filter_map(|rule| index.tests.get(rule.door?));
        tests.map(|test| index.trie.path_text(test.path).unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(doors(&index), ["at.x"; 10]);
    let mut scratch = Scratch::new();
    let event = r#"{"kind":"Polygon","at":[{"x":0.45,"z":0},{"x":8,"z":1}]}"#;
    assert_eq!(index.matches(event.as_bytes(), &mut scratch).unwrap(), &ids[..5]);
    ids.iter().for_each(|id| assert!(index.remove(*id)));
    assert_eq!((index.atoms.live(), index.tests.live(), index.trie.live_nodes()), (0, 0, 1));
    assert!(index.doors.is_empty());
}

/// Ranges of one number each way, side by side, of which the last ones reach over all.
fn ranges(count: u32) -> PatternIndex {
    let mut index = PatternIndex::new();
    for n in 0..count {
        let (low, high) = if n + 2 < count { (n, n + 1) } else { (0, 1_000) };
        let text = format!(r#"{{"l":{{"n":[{{"numeric":[">=",{low},"<",{high}]}}]}}}}"#);
        index.insert(Pattern::parse(&text).unwrap());
    }
    index
}

#[test]
fn the_numbers_of_a_list_open_the_ranges_that_one_of_them_is_in() {
    let many = (0..80).map(|n| format!("{{\"n\":{n}}}")).collect::<Vec<_>>().join(",");
    let all: Vec<u32> = (0..80).collect();
    let cases: [(&str, &[u32]); 17] = [
        // With many ranges in between, and with as many again around.
        (r#"{"l":[{"n":0},{"n":60}]}"#, &[0, 60]),
        (r#"{"l":[{"n":60},{"n":-1},{"n":0}]}"#, &[0, 60]),
        (r#"{"l":[{"n":1},{"n":5},{"n":3.5}]}"#, &[1, 3, 5]),
        (r#"{"l":[{"n":7}]}"#, &[7]),
        (r#"{"l":[{"n":2},{"n":2}]}"#, &[2]),
        (r#"{"l":{"n":4}}"#, &[4]),
        (r#"{"l":[{"n":1},{"n":"5"},{"n":null},{"m":6},{"n":3}]}"#, &[1, 3]),
        (r#"{"l":[{"n":"1"},{"n":true}]}"#, &[]),
        // No double says these.
        (r#"{"l":[{"n":2.00000000000000000001},{"n":3.00000000000000000001}]}"#, &[]),
        (r#"{"l":[{"n":1,"n":9},{"n":3}]}"#, &[1, 3, 9]),
        (r#"{"l":[{"n":[1,6]},{"n":3}]}"#, &[1, 3, 6]),
        (r#"{"l":[[{"n":1}],[{"n":6},{"n":8}]]}"#, &[1, 6, 8]),
        (r#"{"l":[{"n":1},{"n":2}],"l":[{"n":8},{"n":9}]}"#, &[1, 2, 8, 9]),
        (r#"{"l":[{"n":1},{"n":2}],"l.n":6}"#, &[1, 2, 6]),
        (r#"{"l.n":6,"l":[{"n":1},{"n":2}]}"#, &[1, 2, 6]),
        (r#"{"l":[{"n":1e0},{"n":-1},{"n":1e3}]}"#, &[1]),
        (&format!("{{\"l\":[{many}]}}"), &all),
    ];
    // Few ranges are asked one by one, many are sorted.
    for count in [12, 90] {
        let index = ranges(count);
        let mut scratch = Scratch::new();
        for (event, inside) in cases.iter().chain(&cases) {
            let mut expected: Vec<u32> = inside.iter().copied().filter(|n| n + 2 < count).collect();
            if !inside.is_empty() {
                expected.extend([count - 2, count - 1]);
            }
            let got = index.matches(event.as_bytes(), &mut scratch).unwrap();
            assert_eq!(got.iter().map(|id| id.0).collect::<Vec<_>>(), expected, "{event}");
        }
    }
}

#[test]
fn one_scratch_serves_indexes_of_any_size_in_turn() {
    let (small, large) = (ranges(6), ranges(300));
    let exact = index(&[r#"{"l":{"n":[5]}}"#, r#"{"m":["x"],"l":{"n":[{"exists":true}]}}"#]);
    let event = r#"{"l":[{"n":1},{"n":5}],"m":"x"}"#;
    let mut scratch = Scratch::new();
    for _ in 0..3 {
        for (index, expected) in
            [(&small, &[1_u32, 4, 5][..]), (&exact, &[0, 1]), (&large, &[1, 5, 298, 299]), (&exact, &[0, 1])]
        {
            let got = index.matches(event.as_bytes(), &mut scratch).unwrap();
            assert_eq!(got.iter().map(|id| id.0).collect::<Vec<_>>(), expected);
        }
    }
}

#[test]
fn the_numbers_of_events_may_begin_anew() {
    let index = ranges(6);
    let mut scratch = Scratch::new();
    let found = |scratch: &mut Scratch, n: u32| {
        let event = format!(r#"{{"l":[{{"n":{n}}},{{"n":2}}]}}"#);
        index.matches(event.as_bytes(), scratch).unwrap().iter().map(|id| id.0).collect::<Vec<_>>()
    };
    assert_eq!(found(&mut scratch, 1), [1, 2, 4, 5]);
    scratch.matching.event = u32::MAX - 2;
    for n in [0, 1, 3, 0, 1, 3] {
        let mut expected = vec![n, 2, 4, 5];
        expected.sort_unstable();
        assert_eq!(found(&mut scratch, n), expected);
    }
    assert!(scratch.matching.event < 10);
}

#[test]
fn what_stands_behind_a_value_may_change() {
    // Of the first alone a look at the other value is enough; of more it is not.
    let mut index = index(&[r#"{"a":[{"prefix":"y"}],"b":["x"]}"#]);
    let found = |index: &PatternIndex, a: &str| found(index, &format!(r#"{{"a":"{a}","b":"x"}}"#));
    assert_eq!((found(&index, "y"), found(&index, "z")), (vec![0], vec![]));
    for (other, beside) in [(r#"{"b":["x"]}"#, vec![1]), (r#"{"b":[{"anything-but":"x"}]}"#, vec![])] {
        let other = index.insert(Pattern::parse(other).unwrap());
        assert_eq!(found(&index, "z"), beside);
        assert!(index.remove(other));
    }
    let second = index.insert(Pattern::parse(r#"{"a":[{"prefix":"z"}],"b":["x"]}"#).unwrap());
    assert_eq!((found(&index, "y"), found(&index, "z")), (vec![0], vec![1]));
    let third = index.insert(Pattern::parse(r#"{"b":["x"]}"#).unwrap());
    let fourth = index.insert(Pattern::parse(r#"{"b":[{"anything-but":"x"}]}"#).unwrap());
    assert_eq!((found(&index, "y"), found(&index, "w")), (vec![0, 2], vec![2]));
    for id in [PatternId(0), third, fourth] {
        assert!(index.remove(id));
    }
    assert_eq!((found(&index, "y"), found(&index, "z")), (vec![], vec![1]));
    assert!(index.remove(second) && found(&index, "z").is_empty());
}
