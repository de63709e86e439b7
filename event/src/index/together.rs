//! Patterns do not influence each other: what an index of many gives is what each of them alone gives, through
//! insertions and removals in any order. Every operator takes part, so that all doors are full and emptied again.

use proptest::prelude::*;

use super::{PatternId, PatternIndex};
use crate::pattern::Pattern;
use crate::scratch::Scratch;

/// Texts that are each other's beginnings, ends and insides, in several cases and scripts; and addresses.
fn text() -> impl Strategy<Value = String> {
    let pieces = ["", "a", "b", "ab", "aB", "é", "É", "ß", "S", "xyz", "xyzab", "\\n", "\\\"", "k"];
    prop_oneof![
        5 => prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..4).prop_map(|p| p.concat()),
        1 => prop::sample::select(vec!["10.0.0.1", "10.0.0.2", "10.1.0.1", "010.0.0.1", "::1", "::ffff:a00:1", "2001:db8::7"])
            .prop_map(str::to_owned),
    ]
}

fn number() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec!["1.0", "1e0", "-0", "9007199254740993", "2.5", "1e300"]);
    prop_oneof![3 => (-4..5_i32).prop_map(|n| n.to_string()), 1 => odd.prop_map(str::to_owned)]
}

fn plain(text: &str) -> String {
    text.replace(['\\', '"'], "")
}

fn wildcard() -> impl Strategy<Value = String> {
    prop::collection::vec(text(), 1..4).prop_map(|parts| {
        let parts: Vec<String> = parts.iter().map(|p| plain(p)).collect();
        // No two stars side by side.
        let joined = parts.join("*");
        joined.split("**").collect::<Vec<_>>().join("*").replace("**", "*")
    })
}

fn range() -> impl Strategy<Value = String> {
    (-4..5_i32, 1..4_i32, 0..5).prop_map(|(low, width, kind)| match kind {
        0 => format!("[\"=\",{low}]"),
        1 => format!("[\">\",{low}]"),
        2 => format!("[\"<=\",{low}]"),
        3 => format!("[\">=\",{low},\"<\",{}]", low + width),
        _ => format!("[\">\",{low},\"<=\",{}]", low + width),
    })
}

fn matcher() -> impl Strategy<Value = String> {
    let one = |operator: &'static str| text().prop_map(move |t| format!("{{\"{operator}\":\"{t}\"}}"));
    let fold = |operator: &'static str| {
        text().prop_map(move |t| format!("{{\"{operator}\":{{\"equals-ignore-case\":\"{t}\"}}}}"))
    };
    let but = |operator: &'static str| {
        prop::collection::vec(text(), 1..3).prop_map(move |list| {
            let list: Vec<String> = list.iter().map(|t| format!("\"{}z\"", plain(t))).collect();
            format!("{{\"anything-but\":{{\"{operator}\":[{}]}}}}", list.join(","))
        })
    };
    let literal =
        prop::sample::select(vec!["true", "false", "null", "{\"exists\":true}", "{\"exists\":false}"]);
    let block = prop::sample::select(vec!["10.0.0.0/8", "10.0.0.0/31", "0.0.0.0/0", "::/0", "2001:db8::/32"]);
    prop_oneof![
        2 => text().prop_map(|t| format!("\"{t}\"")),
        2 => number(),
        1 => literal.prop_map(str::to_owned),
        1 => block.prop_map(|b| format!("{{\"cidr\":\"{b}\"}}")),
        1 => one("prefix"),
        1 => one("suffix"),
        1 => one("equals-ignore-case"),
        1 => fold("prefix"),
        1 => fold("suffix"),
        2 => wildcard().prop_map(|w| format!("{{\"wildcard\":\"{w}\"}}")),
        2 => range().prop_map(|r| format!("{{\"numeric\":{r}}}")),
        1 => prop::collection::vec(text(), 1..3).prop_map(|list| format!("{{\"anything-but\":[\"{}\"]}}", list.join("\",\""))),
        1 => (-4..5_i32).prop_map(|n| format!("{{\"anything-but\":[{n},{n}]}}")),
        1 => but("prefix"),
        1 => but("suffix"),
        1 => but("equals-ignore-case"),
        1 => wildcard().prop_map(|w| format!("{{\"anything-but\":{{\"wildcard\":\"{w}\"}}}}")),
    ]
}

fn pattern() -> impl Strategy<Value = String> {
    let list = || prop::collection::vec(matcher(), 1..4).prop_map(|l| format!("[{}]", l.join(",")));
    let member = || (prop::sample::select(vec!["a", "b", "c"]), list());
    let inside = || {
        prop::collection::vec(member(), 1..3).prop_map(|members| {
            let members: Vec<String> = members.iter().map(|(n, l)| format!("\"{n}\":{l}")).collect();
            format!("{{{}}}", members.join(","))
        })
    };
    prop_oneof![
        2 => list().prop_map(|l| format!("{{\"t\":{l}}}")),
        2 => inside().prop_map(|i| format!("{{\"l\":{i}}}")),
        1 => (list(), inside()).prop_map(|(l, i)| format!("{{\"t\":{l},\"l\":{i}}}")),
        1 => (inside(), inside()).prop_map(|(a, b)| format!("{{\"$or\":[{{\"l\":{a}}},{{\"l\":{b}}}]}}")),
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => text().prop_map(|t| format!("\"{t}\"")),
        3 => number(),
        1 => prop::sample::select(vec!["true", "false", "null", "{}", "[]"]).prop_map(str::to_owned),
    ]
}

/// Objects in lists in objects: what agrees with what is decided by sets of bits, by columns, or by search.
fn event() -> impl Strategy<Value = String> {
    let inner = || {
        let members = (prop::sample::select(vec!["a", "b", "c"]), value());
        prop::collection::vec(members, 0..4).prop_map(|members| {
            let members: Vec<String> = members.iter().map(|(n, v)| format!("\"{n}\":{v}")).collect();
            format!("{{{}}}", members.join(","))
        })
    };
    let list = || prop::collection::vec(inner(), 0..5).prop_map(|l| format!("[{}]", l.join(",")));
    let nested = prop::collection::vec(list(), 0..3).prop_map(|l| format!("[{}]", l.join(",")));
    // More elements than a set of bits holds.
    let long = (inner(), inner()).prop_map(|(a, b)| format!("[{},{b}]", vec![a; 70].join(",")));
    let l = prop_oneof![3 => inner(), 3 => list(), 1 => nested, 1 => long];
    let twice =
        (value(), l.clone(), list()).prop_map(|(t, l, m)| format!("{{\"l\":{m},\"t\":{t},\"l\":{l}}}"));
    prop_oneof![4 => (value(), l).prop_map(|(t, l)| format!("{{\"t\":{t},\"l\":{l}}}")), 1 => twice]
}

fn alone(pattern: &Pattern) -> PatternIndex {
    let mut index = PatternIndex::new();
    index.insert(pattern.clone());
    index
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn together_is_as_each_alone(
        texts in prop::collection::vec(pattern(), 1..60),
        events in prop::collection::vec(event(), 1..12),
        order: u64,
    ) {
        let mut index = PatternIndex::new();
        let (mut here, mut scratch) = (Vec::new(), Scratch::new());
        for (n, text) in texts.iter().enumerate() {
            let pattern = Pattern::parse(text).map_err(|e| TestCaseError::fail(format!("{text}: {e}")))?;
            let id = index.insert(pattern.clone());
            here.push((id, alone(&pattern), text));
            // Some leave while others come, so that ids, paths and places in the doors are used again.
            if order >> (n % 64) & 1 == 1 {
                let (gone, ..) = here.swap_remove(order as usize % here.len());
                prop_assert!(index.remove(gone));
            }
        }
        here.sort_by_key(|(id, ..)| *id);
        for event in &events {
            let found = index.matches(event.as_bytes(), &mut scratch).unwrap().to_vec();
            prop_assert_eq!(index.matches_trusted(event, &mut scratch).unwrap(), &*found);
            for (id, alone, text) in &here {
                let expected = !alone.matches(event.as_bytes(), &mut scratch).unwrap().is_empty();
                prop_assert_eq!(found.contains(id), expected, "{} on {}", text, event);
            }
            prop_assert!(found.iter().all(|id| here.iter().any(|h| h.0 == *id)));
        }
        for (id, ..) in here {
            prop_assert!(index.remove(id));
        }
        prop_assert_eq!((index.atoms.live(), index.tests.live(), index.trie.live_nodes()), (0, 0, 1));
        prop_assert!(index.doors.is_empty());
        prop_assert!(!index.remove(PatternId(0)));
    }
}
