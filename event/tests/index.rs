//! The index against the specification written down in the most obvious way: flatten, multiply out, try every choice.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test states what must be so")]

use std::collections::BTreeMap;

use fanin_event::{Pattern, PatternIndex, Scratch};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A leaf: path, value, and for every array around it the index of its element there.
type Leaf = (String, Value, BTreeMap<usize, usize>);
/// Lists by path, which sort as the specification wants while names are ASCII.
type Rule = BTreeMap<String, Vec<Value>>;

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn flatten(
    value: &Value,
    path: &str,
    around: &BTreeMap<usize, usize>,
    arrays: &mut usize,
    out: &mut Vec<Leaf>,
) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                flatten(member, &join(path, name), around, arrays, out);
            }
        }
        Value::Array(elements) => {
            let array = *arrays;
            *arrays += 1;
            for (i, element) in elements.iter().enumerate() {
                let mut inside = around.clone();
                if element.is_object() || element.is_array() {
                    inside.insert(array, i);
                }
                flatten(element, path, &inside, arrays, out);
            }
        }
        leaf => out.push((path.to_owned(), leaf.clone(), around.clone())),
    }
}

fn multiply_out(pattern: &Value, path: &str, rules: Vec<Rule>) -> Vec<Rule> {
    pattern.as_object().unwrap().iter().fold(rules, |mut rules, (name, value)| match value {
        Value::Array(branches) if name == "$or" => {
            branches.iter().flat_map(|branch| multiply_out(branch, path, rules.clone())).collect()
        }
        Value::Array(list) => {
            for rule in &mut rules {
                rule.insert(join(path, name), list.clone());
            }
            rules
        }
        inner => multiply_out(inner, &join(path, name), rules),
    })
}

fn glob(pattern: &str, text: &str) -> bool {
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => glob(&pattern[1..], text) || (!text.is_empty() && glob(pattern, &text[1..])),
        (Some(p), Some(t)) => p == t && glob(&pattern[1..], &text[1..]),
        _ => false,
    }
}

fn accepts(matcher: &Value, value: &Value) -> bool {
    let Value::Object(operator) = matcher else {
        return match (matcher.as_f64(), value.as_f64()) {
            (Some(a), Some(b)) => a == b,
            _ => matcher == value,
        };
    };
    let (name, argument) = operator.iter().next().unwrap();
    let text = |test: &dyn Fn(&str, &str) -> bool| match (argument.as_str(), value.as_str()) {
        (Some(argument), Some(value)) => test(argument, value),
        _ => false,
    };
    match name.as_str() {
        "prefix" => text(&|a, v| v.starts_with(a)),
        "suffix" => text(&|a, v| v.ends_with(a)),
        "wildcard" => text(&glob),
        "equals-ignore-case" => text(&|a, v| v.eq_ignore_ascii_case(a)),
        "exists" => argument == true,
        "anything-but" => match argument {
            Value::Array(list) => !list.iter().any(|one| accepts(one, value)),
            one => !accepts(one, value),
        },
        "numeric" => value.as_f64().is_some_and(|v| {
            argument.as_array().unwrap().chunks(2).all(|pair| {
                let bound = pair[1].as_f64().unwrap();
                match pair[0].as_str().unwrap() {
                    ">" => v > bound,
                    ">=" => v >= bound,
                    "<" => v < bound,
                    _ => v <= bound,
                }
            })
        }),
        other => unreachable!("{other} is not generated"),
    }
}

fn agrees(a: &BTreeMap<usize, usize>, b: &BTreeMap<usize, usize>) -> bool {
    a.iter().all(|(array, i)| b.get(array).is_none_or(|j| i == j))
}

fn holds(rule: &[(&String, &Vec<Value>)], leaves: &[Leaf], so_far: &BTreeMap<usize, usize>) -> bool {
    let Some(((path, list), rest)) = rule.split_first() else { return true };
    let visible: Vec<&Leaf> = leaves.iter().filter(|l| l.0 == **path && agrees(&l.2, so_far)).collect();
    let absent = list.contains(&json!({"exists": false}));
    (absent && visible.is_empty() && holds(rest, leaves, so_far))
        || visible.iter().any(|(_, value, around)| {
            list.iter().any(|matcher| accepts(matcher, value)) && {
                let mut chosen = so_far.clone();
                chosen.extend(around);
                holds(rest, leaves, &chosen)
            }
        })
}

fn model(pattern: &Value, event: &Value) -> bool {
    let mut leaves = Vec::new();
    flatten(event, "", &BTreeMap::new(), &mut 0, &mut leaves);
    multiply_out(pattern, "", vec![Rule::new()]).iter().any(|rule| {
        let rule: Vec<_> = rule.iter().collect();
        holds(&rule, &leaves, &BTreeMap::new())
    })
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "a.b"]).prop_map(str::to_owned)
}

fn leaf() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!("x"),
        json!("xy"),
        json!("Y"),
        json!(""),
        json!(1),
        json!(2.5),
        json!(-3),
        json!(true),
        Value::Null,
    ])
}

fn matcher() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => leaf(),
        1 => prop::sample::select(vec![
            json!({"prefix": "x"}),
            json!({"suffix": "y"}),
            json!({"wildcard": "*x*"}),
            json!({"wildcard": "x*y"}),
            json!({"equals-ignore-case": "y"}),
            json!({"anything-but": "x"}),
            json!({"anything-but": [1, 2.5]}),
            json!({"anything-but": {"prefix": "x"}}),
            json!({"numeric": [">", 0]}),
            json!({"numeric": [">=", 1, "<", 2.5]}),
            json!({"exists": true}),
        ]),
        1 => Just(json!({"exists": false})),
    ]
}

fn object(members: Vec<(String, Value)>) -> Value {
    Value::Object(members.into_iter().collect())
}

fn pattern() -> impl Strategy<Value = Value> {
    let list = prop::collection::vec(matcher(), 1..3).prop_map(Value::Array);
    let tree = prop::collection::vec((name(), list), 1..3).prop_map(object);
    let tree = tree.prop_recursive(3, 12, 3, |inner| {
        let alternatives = prop::collection::vec(inner.clone(), 2..4).prop_map(Value::Array);
        prop_oneof![
            3 => prop::collection::vec((name(), inner.clone()), 1..3).prop_map(object),
            2 => (inner.clone(), name(), inner.clone()).prop_map(|(mut base, name, more)| {
                base.as_object_mut().unwrap().insert(name, more);
                base
            }),
            1 => (inner, alternatives).prop_map(|(mut base, alternatives)| {
                base.as_object_mut().unwrap().insert("$or".to_owned(), alternatives);
                base
            }),
        ]
    });
    // More tests per pattern make agreement between elements matter.
    (tree.clone(), tree).prop_map(|(mut a, b)| {
        a.as_object_mut().unwrap().extend(b.as_object().unwrap().clone());
        a
    })
}

fn event() -> impl Strategy<Value = Value> {
    let value = leaf().prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec((name(), inner.clone()), 0..4).prop_map(object),
            prop::collection::vec(inner, 0..4).prop_map(Value::Array),
        ]
    });
    prop::collection::vec((name(), value), 0..4).prop_map(object)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_finds_what_the_specification_says(
        patterns in prop::collection::vec(pattern(), 1..12),
        events in prop::collection::vec(event(), 1..6),
        spread: bool,
    ) {
        let mut index = PatternIndex::new();
        for pattern in &patterns {
            index.insert(Pattern::parse(&pattern.to_string()).unwrap());
        }
        let mut scratch = Scratch::new();
        for event in &events {
            // Spread out, so that what is skipped is longer than what is looked at in one step.
            let text = if spread { serde_json::to_string_pretty(event).unwrap() } else { event.to_string() };
            let trusted = index.matches_trusted(&text, &mut scratch).unwrap().to_vec();
            prop_assert_eq!(index.matches(text.as_bytes(), &mut scratch).unwrap(), trusted);
            let found: Vec<usize> =
                index.matches(text.as_bytes(), &mut scratch).unwrap().iter().map(|id| id.0 as usize).collect();
            let expected: Vec<usize> = (0..patterns.len()).filter(|i| model(&patterns[*i], event)).collect();
            prop_assert_eq!(found, expected, "{} on {:?}", text, patterns.iter().map(Value::to_string).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_example_matches_or_says_why(pattern in pattern()) {
        match Pattern::parse(&pattern.to_string()).unwrap().example() {
            Ok(event) => prop_assert!(model(&pattern, &event), "{} by {}", event, pattern),
            Err(reason) => prop_assert!(reason.contains("field"), "{}", reason),
        }
    }

    #[test]
    fn no_text_makes_a_pattern_panic(text in "[{}\\[\\]\",:0-9a\\\\\\PC]{0,40}", inside in "[\"a\\[\\]{}:,*\\\\0-9]{0,24}") {
        drop(Pattern::parse(&text));
        drop(Pattern::parse(&format!("{{\"a\":[{inside}]}}")));
        drop(Pattern::parse(&format!("{{\"a\":[{{\"anything-but\":[{inside}]}}]}}")));
    }

    #[test]
    fn no_bytes_make_an_index_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let mut index = PatternIndex::new();
        index.insert(Pattern::parse(r#"{"a":["x"]}"#).unwrap());
        let text = std::str::from_utf8(&bytes);
        let read = index.matches(&bytes, &mut Scratch::new()).is_ok();
        prop_assert!(text.is_ok() || !read);
        let _ = text.map(|text| index.matches_trusted(text, &mut Scratch::new()).map(<[_]>::len));
    }

    #[test]
    fn what_looks_like_json_does_not_make_a_trusting_reader_panic(
        text in "\\{[{}\\[\\]\",:0-9abtfn \\\\é]{0,200}",
        deep in 0_usize..300,
    ) {
        let mut index = PatternIndex::new();
        for pattern in [r#"{"a":["x"]}"#, r#"{"a":{"b":{"a":[1]}}}"#, r#"{"b":[{"exists":false}]}"#] {
            index.insert(Pattern::parse(pattern).unwrap());
        }
        let text = text.replace('a', "\"a\":").replace('b', "\"b\":");
        let _ = index.matches_trusted(&text, &mut Scratch::new()).map(<[_]>::len);
        let nested = format!("{{\"a\":{}", "[".repeat(deep));
        let _ = index.matches_trusted(&nested, &mut Scratch::new()).map(<[_]>::len);
    }
}
