//! Templates against an obvious matcher, both roads of a path against each other, mistakes and limits.

use proptest::prelude::*;

use super::fit::Fit;
use super::query::first_text;
use super::{CapturePart, Captured, FillError, Program, Template, capture_names};
use crate::definition::{CaptureRule, EventDefinition};
use crate::json::fields::Fields;
use crate::json::scan::scan;
use crate::json::tree::Json;
use crate::json::trie::Trie;
use crate::limits::{MAX_CAPTURE_RULES, MAX_TEMPLATE_BYTES, MAX_TEMPLATE_NAMES};

fn read<'t>(template: &str, text: &'t str) -> Option<Vec<&'t str>> {
    Template::parse(template).unwrap().read(text)
}

fn definition(captures: &[(&str, &str)]) -> EventDefinition {
    let rule =
        |(path, template): &(&str, &str)| CaptureRule { path: (*path).into(), template: (*template).into() };
    EventDefinition { name: "e".into(), pattern: "{}".into(), captures: captures.iter().map(rule).collect() }
}

/// The captures of one definition on one text.
fn capture(captures: &[(&str, &str)], text: &str) -> Option<Vec<String>> {
    let mut trie = Trie::new();
    let program = Program::compile(&definition(captures), &mut trie).unwrap();
    let (mut fields, mut out) = (Fields::default(), Captured::default());
    scan(text, &trie, &mut fields).unwrap();
    let hit = program.run(text, &mut fields, &mut out);
    hit.then(|| out.values.iter().map(|v| v.text(text, &fields.side).unwrap().to_owned()).collect())
}

#[test]
fn names_take_the_shortest_text_that_fits() {
    assert_eq!(read("jobs/{job}/part-{part}.csv", "jobs/42/part-3.csv"), Some(vec!["42", "3"]));
    assert_eq!(read("jobs/{job}/part-{part}.csv", "jobs/42/part-3.CSV"), None);
    assert_eq!(read("{a}-{b}", "x-y-z"), Some(vec!["x", "y-z"]));
    assert_eq!(read("{a}.csv", "x.csv.csv"), Some(vec!["x.csv"]));
    assert_eq!(read("{a}{b}", "éxy"), Some(vec!["é", "xy"]));
    assert_eq!(read("{a}", "x/y"), None);
    assert_eq!(read("{a...}", "x/y"), Some(vec!["x/y"]));
    assert_eq!(read("{dir...}/{file}", "a/b/c"), Some(vec!["a/b", "c"]));
    assert_eq!(read("{dir...}/x/{file}", "a/x/b/x/c"), Some(vec!["a/x/b", "c"]));
    assert_eq!(read("{a}", ""), None);
    assert_eq!(read("", ""), Some(vec![]));
    assert_eq!(read("plain", "plain"), Some(vec![]));
    assert_eq!(read("{{{a}}}", "{x}"), Some(vec!["x"]));
    assert_eq!(read("}}{a}{{", "}x{"), Some(vec!["x"]));
}

#[test]
fn a_hostile_text_costs_parts_times_bytes() {
    let names: Vec<String> = (0..MAX_TEMPLATE_NAMES).map(|i| format!("{{n{i}}}a")).collect();
    let template = Template::parse(&format!("{}b", names.concat())).unwrap();
    let text = "a".repeat(20_000);
    assert_eq!(template.read(&text), None);
    // The last literal is `ab`: it could stand after 31 pairs and one character.
    assert_eq!(template.misfit(&text), 63);
    assert_eq!(template.read(&format!("{text}b")).unwrap().len(), MAX_TEMPLATE_NAMES);
}

#[test]
fn mistakes_say_where() {
    for (text, offset, message) in [
        ("a{b", 1, "never closed"),
        ("a}b", 1, "closes nothing"),
        ("{}", 1, "is no name"),
        ("{1a}", 1, "is no name"),
        ("x{a b}", 2, "is no name"),
        ("{a}/{a...}", 5, "stands twice"),
    ] {
        let error = Template::parse(text).unwrap_err();
        assert!(error.offset == offset && error.message.contains(message), "{text}: {error}");
        assert_eq!(error.part, CapturePart::Template);
    }
    let names = |n: usize| Template::parse(&(0..n).map(|i| format!("{{n{i}}}-")).collect::<String>());
    assert!(names(MAX_TEMPLATE_NAMES).is_ok() && names(MAX_TEMPLATE_NAMES + 1).is_err());
    let long = |n: usize| Template::parse(&"x".repeat(n));
    assert!(long(MAX_TEMPLATE_BYTES).is_ok() && long(MAX_TEMPLATE_BYTES + 1).is_err());
    let rules = |n: usize| capture_names(&definition(&vec![("$.a", "{a}"); n]));
    assert!(rules(MAX_CAPTURE_RULES).is_ok() && rules(MAX_CAPTURE_RULES + 1).is_err());
    let error = capture_names(&definition(&[("$.a", "{a}"), ("$.b", "{b")])).unwrap_err();
    assert_eq!((error.rule, error.part), (1, CapturePart::Template));
}

#[test]
fn filling_refuses_what_could_not_be_read() {
    let template = Template::parse("jobs/{job}/{rest...}").unwrap();
    let fill = |job, rest| template.fill(|name| if name == "job" { job } else { rest });
    assert_eq!(fill(Some("42"), Some("a/b")).unwrap(), "jobs/42/a/b");
    assert_eq!(fill(Some("42"), None), Err(FillError::Missing { name: "rest".into() }));
    assert_eq!(
        fill(Some("4/2"), Some("x")),
        Err(FillError::Unfit { name: "job".into(), value: "4/2".into() })
    );
    assert!(matches!(fill(Some(""), Some("x")), Err(FillError::Unfit { .. })));
}

#[test]
fn names_stand_in_the_order_they_first_appear() {
    let definition = definition(&[("$.x", "{b}/{a}"), ("$.y", "{c}-{a}")]);
    let names = capture_names(&definition).unwrap();
    assert_eq!(names.iter().map(|n| &**n).collect::<Vec<_>>(), ["b", "a", "c"]);
}

#[test]
fn values_are_text_as_it_is_written() {
    let one = |text: &str| capture(&[("$.a", "{a...}")], text).map(|mut v| v.remove(0));
    assert_eq!(one(r#"{"a":"x"}"#).unwrap(), "x");
    assert_eq!(one(r#"{"a":"x\u0041\/"}"#).unwrap(), "xA/");
    assert_eq!(one(r#"{"a":1.50e2}"#).unwrap(), "1.50e2");
    assert_eq!(one(r#"{"a":true}"#).unwrap(), "true");
    for lacking in
        [r#"{"a":null}"#, r#"{"a":{}}"#, r#"{"a":["x"]}"#, r#"{"a":""}"#, r#"{"a":"\ud83d"}"#, "{}"]
    {
        assert_eq!(one(lacking), None, "{lacking}");
    }
}

#[test]
fn queries_find_what_names_cannot() {
    let text = r#"{"l":[{"k":"a","n":1},{"k":"b","n":2.50}],"x.y":"dot","b":false}"#;
    let one = |path: &str| capture(&[(path, "{a...}")], text).map(|mut v| v.remove(0));
    assert_eq!(one("$.l[0].k").unwrap(), "a");
    assert_eq!(one("$.l[-1].n").unwrap(), "2.50");
    assert_eq!(one("$.l[?@.k == 'b'].n").unwrap(), "2.50");
    assert_eq!(one("$.l[?@.n > 1].k").unwrap(), "b");
    assert_eq!(one("$['x.y']").unwrap(), "dot");
    assert_eq!(one("$..k").unwrap(), "a");
    assert_eq!(one("$.l[*].z"), None);
    // An object step does not look into arrays.
    assert_eq!(one("$.l.k"), None);
}

#[test]
fn one_name_has_one_value() {
    let rules = [("$.a", "{x}-{y}"), ("$.b", "{x}")];
    assert_eq!(capture(&rules, r#"{"a":"1-2","b":"1"}"#).unwrap(), ["1", "2"]);
    assert_eq!(capture(&rules, r#"{"a":"1-2","b":"3"}"#), None);
}

/// All ways of a template on a text, the obvious way, shortest first from the left.
fn obvious<'t>(parts: &[(Option<&str>, bool)], text: &'t str) -> Option<Vec<&'t str>> {
    let Some(((literal, rest), others)) = parts.split_first() else { return text.is_empty().then(Vec::new) };
    if let Some(literal) = literal {
        return obvious(others, text.strip_prefix(literal)?);
    }
    for (at, _) in text.char_indices().skip(1).chain([(text.len(), ' ')]) {
        let (value, left) = text.split_at(at);
        if value.is_empty() || (!rest && value.contains('/')) {
            return None;
        }
        if let Some(mut values) = obvious(others, left) {
            values.insert(0, value);
            return Some(values);
        }
    }
    None
}

fn template_parts() -> impl Strategy<Value = Vec<(Option<&'static str>, bool)>> {
    let literal = prop::sample::select(vec!["a", "/", "b", "ab", "é", "aa"]).prop_map(|l| (Some(l), false));
    let name = any::<bool>().prop_map(|rest| (None, rest));
    prop::collection::vec(prop_oneof![literal, name], 0..6)
}

fn template_text(parts: &[(Option<&str>, bool)]) -> String {
    let part = |(i, (literal, rest)): (usize, &(Option<&str>, bool))| match literal {
        Some(literal) => (*literal).to_owned(),
        None => format!("{{n{i}{}}}", if *rest { "..." } else { "" }),
    };
    parts.iter().enumerate().map(part).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_reads_what_the_obvious_matcher_reads(parts in template_parts(), text in "[ab/é]{0,9}") {
        let template = Template::parse(&template_text(&parts)).unwrap();
        let expected = obvious(&parts, &text);
        prop_assert_eq!(template.read(&text), expected.clone());
        if expected.is_none() {
            prop_assert!(text.is_char_boundary(template.misfit(&text)));
        }
    }

    #[test]
    fn what_is_filled_is_read_again(parts in template_parts(), values in prop::collection::vec("[abé]{1,3}", 6)) {
        let template = Template::parse(&template_text(&parts)).unwrap();
        let value = |name: &str| values.get(name[1..].parse::<usize>().unwrap()).map(String::as_str);
        let text = template.fill(value).unwrap();
        let read = template.read(&text).unwrap();
        prop_assert_eq!(read.len(), template.names().len());
        // Reading may cut elsewhere, but it cuts the same text: filled again it is that text.
        let again = template.fill(|name| {
            let place = template.names().iter().position(|n| **n == *name).unwrap();
            read.get(place).copied()
        });
        prop_assert_eq!(again.unwrap(), text);
    }

    #[test]
    fn no_text_makes_it_panic(template in "[{}./a-z\\PC]{0,20}", text in "\\PC{0,20}") {
        if let Ok(template) = Template::parse(&template) {
            let mut fit = Fit::default();
            if !template.fit(&text, &mut fit) {
                prop_assert!(template.misfit(&text) <= text.len());
            }
        }
    }

    #[test]
    fn both_roads_of_a_path_lead_to_one_value(
        text in r#"\{("[ab]":([12]|"x"|null|\{("[ab]":(3|"y"|\[4\]),){0,3}"b":"z"\}|\[\{"b":5\}\]),){0,4}"a":\{"b":6\}(,"b":7)?\}"#,
    ) {
        let tree = Json::parse(&text).unwrap();
        for path in ["$.a", "$.b", "$.a.b", "$.b.a", "$['b'].b"] {
            let query = jsonpath_rust::parser::parse_json_path(path).unwrap();
            let slow = first_text(&query, &tree);
            let fast = capture(&[(path, "{v...}")], &text).map(|mut v| v.remove(0));
            prop_assert_eq!(fast, slow, "{} on {}", path, text);
        }
    }
}
