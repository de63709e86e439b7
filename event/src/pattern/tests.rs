//! Compilation: alternatives, overriding, mistakes with their places, limits, examples.

use serde_json::json;

use super::{Matcher, Pattern};
use crate::index::PatternIndex;
use crate::limits::{MAX_PATHS, MAX_PATTERN_BYTES, MAX_SUB_RULES};
use crate::scratch::Scratch;

fn matches(pattern: &str, event: &str) -> bool {
    let mut index = PatternIndex::new();
    index.insert(Pattern::parse(pattern).unwrap());
    !index.matches(event.as_bytes(), &mut Scratch::new()).unwrap().is_empty()
}

/// The paths of each sub-rule.
fn rules(pattern: &str) -> Vec<Vec<String>> {
    let rules = Pattern::parse(pattern).unwrap().rules;
    rules.iter().map(|r| r.tests.iter().map(|t| t.path.to_string()).collect()).collect()
}

#[test]
fn alternatives_multiply_out() {
    assert_eq!(rules(r#"{"a":["x"],"b":{"c":["y"]}}"#), [["a", "b.c"]]);
    assert_eq!(rules(r#"{"s":["1"],"$or":[{"a":["x"]},{"b":["y"]}]}"#), [["a", "s"], ["b", "s"]]);
    let nested = rules(r#"{"d":{"$or":[{"a":["x"]},{"$or":[{"b":["y"]},{"c":["z"]}]}]},"s":["1"]}"#);
    assert_eq!(nested, [["d.a", "s"], ["d.b", "s"], ["d.c", "s"]]);
    let twice = rules(r#"{"$or":[{"a":["x"]},{"b":["x"]}],"$or":[{"c":["x"]},{"d":["x"]}]}"#);
    assert_eq!(twice, [["a", "c"], ["b", "c"], ["a", "d"], ["b", "d"]]);
}

#[test]
fn the_last_list_of_a_path_wins() {
    let pattern = Pattern::parse(r#"{"a":["x"],"$or":[{"a":["w"]},{"b":["y"]}]}"#).unwrap();
    assert_eq!(*pattern.rules[0].tests[0].matchers, [Matcher::Text("w".into())]);
    assert_eq!(*pattern.rules[1].tests[0].matchers, [Matcher::Text("x".into())]);
    assert!(matches(r#"{"a":{"b":["x"]},"a.b":["y"]}"#, r#"{"a":{"b":"y"}}"#));
}

#[test]
fn or_as_a_name_is_the_last_resort() {
    let field = Pattern::parse(r#"{"$or":["x"]}"#).unwrap();
    assert!(field.or_is_a_field());
    assert!(matches(r#"{"$or":[{"prefix":"x"},{"suffix":"y"}]}"#, r#"{"$or":"xa"}"#));
    assert!(!Pattern::parse(r#"{"$or":[{"a":["x"]},{"b":["y"]}]}"#).unwrap().or_is_a_field());
    // A mistake that reading it as a name does not mend is reported as the mistake in the alternatives.
    let error = Pattern::parse(r#"{"$or":[{"a":["x"]},{"prefix":["y"]}]}"#).unwrap_err();
    assert!(error.message.contains("`prefix` cannot be a field"), "{error}");
    let error = Pattern::parse(r#"{"$or":[{"a":[{"cidr":"x"}]},{"b":["y"]}]}"#).unwrap_err();
    assert!(error.message.contains("no address block"), "{error}");
}

#[test]
fn mistakes_say_where_and_what_to_write() {
    for (text, offset, message) in [
        (r#"{"a":"x"}"#, 5, "needs a list"),
        (r#"{"a":[]}"#, 5, "empty list"),
        (r#"{"a":{}}"#, 5, "empty object"),
        (r#"["a"]"#, 0, "a pattern is an object"),
        (r#"{"a":["x"]} x"#, 12, "text after the end"),
        (r#"{"a":[{"prefx":"x"}]}"#, 7, "no operator `prefx`"),
        (r#"{"a":[{"prefix":"x","suffix":"y"}]}"#, 20, "two operators"),
        (r#"{"a":[{"numeric":[">",5,"<",5]}]}"#, 17, "empty or a single"),
        (r#"{"a":[{"numeric":["=",12345678901234567890]}]}"#, 22, "not exact"),
        (r#"{"a":[{"wildcard":"a**"}]}"#, 18, "two `*`"),
        (r#"{"a":["\ud83d"]}"#, 6, "surrogate"),
        (r#"{"a":[{"anything-but":["a",1]}]}"#, 27, "needs a string"),
    ] {
        let error = Pattern::parse(text).unwrap_err();
        assert!(error.offset == offset && error.message.contains(message), "{text}: {error}");
        assert!(!error.help.is_empty());
    }
}

#[test]
fn limits_hold_on_both_sides() {
    let paths = |n: usize| {
        let members: Vec<String> = (0..n).map(|i| format!("\"f{i}\":[1]")).collect();
        Pattern::parse(&format!("{{{}}}", members.join(",")))
    };
    assert!(paths(MAX_PATHS).is_ok() && paths(MAX_PATHS + 1).is_err());
    let alternatives = |n: usize| {
        let branches: Vec<String> = (0..n).map(|i| format!("{{\"f{i}\":[1]}}")).collect();
        Pattern::parse(&format!("{{\"$or\":[{}]}}", branches.join(",")))
    };
    assert!(alternatives(MAX_SUB_RULES).is_ok());
    assert!(alternatives(MAX_SUB_RULES + 1).unwrap_err().message.contains("multiply"));
    let long = |n: usize| Pattern::parse(&format!("{{\"a\":[\"{}\"]}}", "x".repeat(n - 10)));
    assert!(long(MAX_PATTERN_BYTES).is_ok() && long(MAX_PATTERN_BYTES + 1).is_err());
}

#[test]
fn absence_looks_at_the_paths_sorted_before_it_only() {
    let event = r#"{"a":[{"b":1},{"c":2}]}"#;
    assert!(matches(r#"{"a":{"b":[1],"c":[{"exists":false}]}}"#, event));
    assert!(!matches(r#"{"a":{"c":[2],"b":[{"exists":false}]}}"#, event));
}

#[test]
fn sane_where_the_model_is_not() {
    assert!(!matches(r#"{"a":[{"prefix":"a\""}]}"#, r#"{"a":"a"}"#));
    assert!(matches(r#"{"a":{"":["x"]}}"#, r#"{"a":{"":"x"}}"#));
    assert!(!matches(r#"{"a":["?"]}"#, r#"{"a":"\ud83d"}"#));
    assert!(matches(r#"{"a":[1e23]}"#, r#"{"a":10e22}"#));
    assert!(!matches(r#"{"a":[{"cidr":"0.0.0.0/0"}]}"#, r#"{"a":10}"#));
    assert!(!matches(r#"{"a":[{"cidr":"10.0.0.0/8"}]}"#, r#"{"a":"0a00::"}"#));
    assert!(matches(r#"{"a":[{"equals-ignore-case":"𐐀x"}]}"#, r#"{"a":"𐐨X"}"#));
}

#[test]
fn examples_match_their_pattern() {
    let example = |text: &str| Pattern::parse(text).unwrap().example();
    let event = example(
        r#"{"source":["shop","depot"],"detail":{"n":[{"numeric":[">",0,"<",1]}],"gone":[{"exists":false}]}}"#,
    );
    assert_eq!(event.unwrap(), json!({"source": "shop", "detail": {"n": 0.5}}));
    for pattern in [
        r#"{"a":[{"prefix":"x"}],"b":[{"suffix":""}],"c":[{"wildcard":"*a*b\\*"}],"d.e":[null],"f":[true]}"#,
        r#"{"a":[{"anything-but":["other","x"]}],"b":[{"anything-but":{"wildcard":"*"}}],"c":[{"anything-but":0}]}"#,
        r#"{"a":[{"cidr":"10.1.2.3/8"}],"b":[{"cidr":"::ff/120"}],"c":["::1"],"d":[{"equals-ignore-case":"ǅ"}]}"#,
        r#"{"a":[{"numeric":["=",1.5]}],"b":[{"numeric":["<=",-3]}],"c":[{"numeric":[">",1e300]}],"d":[9007199254740993]}"#,
        r#"{"a":[{"numeric":[">",5e-324,"<",1.5e-323]}],"b":[{"exists":true}],"c":[{"prefix":{"equals-ignore-case":"É"}}]}"#,
        r#"{"$or":[{"a":[1.00000000000000000000001]},{"b":["y"]}]}"#,
    ] {
        let event = example(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}"));
        assert!(matches(pattern, &event.to_string()), "{pattern}: {event}");
    }
    assert!(example(r#"{"a":["x"],"a.b":["y"],"a":{"c":["z"]}}"#).unwrap_err().contains("field `a.c`"));
    assert!(example(r#"{"n":[1.00000000000000000000001]}"#).unwrap_err().contains("field `n`"));
}
