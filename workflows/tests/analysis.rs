//! Both sides of what the analysis says: what just cannot be, and what just can.

use fanin_workflow::{compile, testfile};

const EVENTS: &str = r#"version: 1
name: shop
events:
  part: { s3: "uploads/{job}/part-{part}.csv" }
  order: { match: { source: [shop], detail-type: [Order] }, capture: { $.detail.id: "{order}" } }
  paid: { match: { source: [shop], detail-type: [Paid] }, capture: { $.detail.order: "{order}" } }
  big: { match: { source: [shop], detail-type: [Order], detail: { total: [ { numeric: [">", 9] } ] } }, capture: { $.detail.id: "{order}" } }
  again: { match: { source: [shop], detail-type: [Order] }, capture: { $.detail.id: "{nr}" } }
  vote: { match: { source: [vote], detail: { role: [legal, finance] } }, capture: { $.detail.role: "{role}", $.detail.id: "{id}" } }
  legal: { match: { source: [desk], detail: { role: [legal, board] } }, capture: { $.detail.role: "{role}" } }
  board: { match: { source: [desk], detail: { role: [board] } }, capture: { $.detail.role: "{role}" } }
"#;

/// The warnings of a file, by their codes.
fn codes(text: &str) -> Vec<&'static str> {
    let compiled = compile("w.yaml", text);
    assert!(compiled.plan.is_some(), "{text}: {:?}", compiled.diagnostics);
    compiled.diagnostics.iter().map(|d| d.code).collect()
}

fn conditions(lines: &[&str]) -> Vec<&'static str> {
    codes(&format!(
        "{EVENTS}conditions:\n{}",
        lines.iter().map(|line| format!("  {line}\n")).collect::<String>()
    ))
}

fn event(rest: &str) -> Vec<&'static str> {
    codes(&format!("version: 1\nname: shop\nevents:\n  e: {{ {rest} }}\n"))
}

#[test]
fn a_condition_that_can_never_complete() {
    const PAIR: &str = "pair: { all: [order, paid], by: order, within: 1h }";
    const UNPAID: &str = "unpaid: { absent: paid, after: order, by: order, for: 30m }";
    for (never, may) in [
        // A key has one value of what is in it.
        (
            vec!["c: { count: part, by: [job, part], distinct: part, reach: 2, within: 1h }"],
            vec!["c: { count: part, by: [job, part], distinct: part, reach: 1, within: 1h }"],
        ),
        // Two roles are listed.
        (
            vec!["c: { count: vote, by: id, distinct: role, reach: 3, within: 1h }"],
            vec!["c: { count: vote, by: id, distinct: role, reach: 2, within: 1h }"],
        ),
        // Once for each key, until the key is forgotten after five days.
        (
            vec![PAIR, "c: { count: pair, by: order, reach: 2, within: 4d }"],
            vec![PAIR, "c: { count: pair, by: order, reach: 2, within: 5d }"],
        ),
        (
            vec![PAIR, "c: { count: pair, by: order, reach: 2, sliding: 1h, fire: every }"],
            vec![PAIR, "c: { count: pair, reach: 2, sliding: 1h, fire: every }"],
        ),
        (
            vec![PAIR, "c: { all: [pair, pair.timeout], by: order, within: 1d }"],
            vec![PAIR, "c: { any: [pair, pair.timeout], by: order }"],
        ),
        (
            vec![UNPAID, "c: { all: [order, unpaid], by: order, within: 29m }"],
            vec![UNPAID, "c: { all: [order, unpaid], by: order, within: 30m }"],
        ),
        (
            vec!["c: { all: [vote, board], by: role, within: 1h }"],
            vec!["c: { all: [vote, legal], by: role, within: 1h }"],
        ),
        (
            vec!["c: { at_least: 2, of: [vote, board], by: role, within: 1h }"],
            vec!["c: { at_least: 1, of: [vote, board], by: role }"],
        ),
    ] {
        assert_eq!(conditions(&never), ["F090"], "{never:?}");
        assert_eq!(conditions(&may), [""; 0], "{may:?}");
    }
}

#[test]
fn two_names_for_one_event() {
    for (together, apart) in [
        ("c: { all: [order, again], within: 1h }", "c: { all: [order, paid], within: 1h }"),
        ("c: { any: [order, again] }", "c: { any: [order, big] }"),
        (
            "c: { at_least: 2, of: [order, big, paid], by: order, within: 1h }",
            "c: { all: [order, big], by: order, within: 1h }",
        ),
    ] {
        assert_eq!(conditions(&[together]), ["F089"], "{together}");
        assert_eq!(conditions(&[apart]), [""; 0], "{apart}");
    }
}

#[test]
fn a_pattern_that_matches_nothing() {
    for (nothing, something) in [
        ("match: { account: [123456789012] }", r#"match: { account: ["123456789012"] }"#),
        ("match: { source: [ { exists: false } ] }", "match: { account: [ { exists: false } ] }"),
        ("match: { source: [7] }", "match: { source: [7, shop] }"),
        ("match: { detailType: [Order] }", "match: { dataschema: [Order] }"),
        ("match: { $.detail.id: [1] }", "match: { detail: { $id: [1] } }"),
        (r#"match: { source: ["aws.*"] }"#, r#"match: { detail: { rule: ["aws.*"] } }"#),
        (
            "match: { source: [aws.s3], detail: { bucketName: [b] } }",
            "match: { source: [shop], detail: { bucketName: [b] } }",
        ),
        (
            "match: { source: [aws.s3], detail-type: [Object created] }",
            "match: { source: [aws.s3], detail-type: [AWS API Call via CloudTrail], detail: { eventName: [PutObject] } }",
        ),
        (
            "match: { source: [fanin.shop], detail-type: [e] }",
            "match: { source: [fanin.other], detail-type: [e] }",
        ),
    ] {
        assert_eq!(event(nothing), ["F087"], "{nothing}");
        assert_eq!(event(something), [""; 0], "{something}");
    }
}

#[test]
fn a_capture_that_the_pattern_rules_out() {
    let with = |detail: &str, path: &str, template: &str| {
        event(&format!("match: {{ detail: {detail} }}, capture: {{ {path}: \"{template}\" }}"))
    };
    for (detail, path, template) in [
        ("{ id: [ { exists: false } ] }", "$.detail.id", "{id}"),
        ("{ id: [null] }", "$.detail.id", "{id}"),
        ("{ order: [x] }", "$.detail.order.id", "{id}"),
        ("{ order: { id: [x] } }", "$.detail.order", "{id}"),
        ("{ key: [ { prefix: in/ } ] }", "$.detail.key", "out/{id}"),
        ("{ key: [ { suffix: .csv } ] }", "$.detail.key", "{id}.txt"),
        ("{ key: [a.csv] }", "$.detail.key", "{id}.txt"),
    ] {
        assert_eq!(with(detail, path, template), ["F088"], "{detail} {path} {template}");
    }
    for (detail, path, template) in [
        ("{ id: [ { exists: false }, x ] }", "$.detail.id", "{id}"),
        ("{ id: [null, x] }", "$.detail.id", "{id}"),
        ("{ order: [x, { exists: false }] }", "$.detail.order.id", "{id}"),
        ("{ order: { id: [ { exists: false } ] } }", "$.detail.order", "{id}"),
        ("{ key: [ { prefix: in/2 } ] }", "$.detail.key", "in/{id}"),
        ("{ key: [ { prefix: i } ] }", "$.detail.key", "in/{id}"),
        ("{ key: [ { suffix: v } ] }", "$.detail.key", "{id}.csv"),
        ("{ key: [a.csv, b.txt] }", "$.detail.key", "{id}.txt"),
        ("{ $or: [ { id: [null] }, { id: [x] } ] }", "$.detail.id", "{id}"),
    ] {
        assert_eq!(with(detail, path, template), [""; 0], "{detail} {path} {template}");
    }
}

#[test]
fn what_aws_takes() {
    let pattern = |values: usize| {
        let list: String = (0..values).map(|i| format!("v{i:04}, ")).collect();
        event(&format!("match: {{ detail: {{ sku: [{list}x] }} }}"))
    };
    // {"detail":{"sku":["v0000",...,"x"]}} is 24 characters and eight a value.
    assert_eq!((pattern(253), pattern(254)), (vec![], vec!["F091"]));
    let named = |length: usize| {
        codes(&format!("version: 1\nname: shop\nevents:\n  {}: {{ s3: \"b/k\" }}\n", "x".repeat(length)))
    };
    assert_eq!((named(59), named(60)), (vec![], vec!["F091"]));
    let bucket = |length: usize| event(&format!("s3: \"{}/k\"", "b".repeat(length)));
    assert_eq!((bucket(63), bucket(64)), (vec![], vec!["F091"]));
    let send =
        |target: &str| codes(&format!("{EVENTS}rules:\n  r: {{ when: paid, send: {{ {target} }} }}\n"));
    for good in [
        "sqs: a-b_c.fifo",
        "sqs: \"arn:aws:sqs:eu-west-1:123456789012:a.b\"",
        "sqs: \"https://sqs.eu-west-1.amazonaws.com/1/a\"",
        "eventbridge: a.b/c",
        "log: any thing",
    ] {
        assert_eq!(send(good), [""; 0], "{good}");
    }
    let long = format!("sqs: {}", "q".repeat(81));
    for bad in ["sqs: a.b", "sns: a b", "step_functions: a/b", &long] {
        assert_eq!(send(bad), ["F091"], "{bad}");
    }
}

#[test]
fn keys_that_uploads_do_not_have() {
    let key = |length: usize| event(&format!("s3: \"uploads/{}{{k}}\"", "x".repeat(length)));
    assert_eq!((key(1_023), key(1_024)), (vec![], vec!["F096"]));
    assert_eq!(event("s3: \"uploads/{job}/\""), ["F096"]);
    assert_eq!(event("s3: \"uploads//{job}\""), ["F096"]);
    assert_eq!(event("s3: \"uploads/a//{job}\""), [""; 0]);
}

#[test]
fn a_schedule_that_is_never_due() {
    assert_eq!(event("schedule: cron(0 0 30 2 ? *)"), ["F097"]);
    assert_eq!(event("schedule: cron(0 0 29 2 ? *)"), [""; 0]);
}

#[test]
fn an_entry_that_is_never_reached() {
    let retry = |entries: &str| {
        codes(&format!(
            "{EVENTS}rules:\n  r: {{ when: order, invoke: f, retry: [{entries}] }}\nfunctions:\n  f: {{ respond: {{}} }}\n"
        ))
    };
    let entry = |names: &str| format!("{{ ErrorEquals: [{names}] }}");
    for (first, second, reached) in [
        ("A", "A", false),
        ("A, B", "B, A", false),
        ("A", "A, B", true),
        ("States.TaskFailed", "A", false),
        ("States.TaskFailed", "States.Timeout", true),
        ("States.TaskFailed", "States.Runtime", true),
        ("States.TaskFailed", "States.ALL", true),
    ] {
        let found = retry(&format!("{}, {}", entry(first), entry(second)));
        assert_eq!(found.is_empty(), reached, "{first}; {second}: {found:?}");
    }
}

#[test]
fn paths_into_events_of_the_workflow() {
    let rule = |when: &str, path: &str| {
        codes(&format!(
            "{EVENTS}conditions:\n  pair: {{ all: [order, paid], by: order, within: 1h }}\n  none: {{ count: part, by: job, reach: 2, within: 1h, collect: none }}\nrules:\n  first: {{ when: order, invoke: f }}\n  r: {{ when: {when}, invoke: f, input: {{ x.$: \"{path}\" }} }}\nfunctions:\n  f: {{ respond: {{}} }}\n"
        ))
    };
    for (when, path) in [
        ("pair", "$.detail.key.order"),
        ("pair", "$.detail.members.paid[0].detail.order"),
        ("pair.timeout", "$.detail.missing"),
        ("none", "$.detail.counts.part"),
        ("first.done", "$.detail.result.anything"),
        ("first.failed", "$.detail.cause"),
        ("order", "$.detail.whatever"),
        ("[pair, order]", "$.detail.id"),
        ("pair", "States.Format('$.detail.no {}', $.time)"),
        ("pair", "$..order"),
    ] {
        assert_eq!(rule(when, path), [""; 0], "{when}: {path}");
    }
    for (when, path) in [
        ("pair", "$.detail.order"),
        ("pair", "$.detail.members.part"),
        ("none", "$.detail.members.part"),
        ("pair", "$.detail.counts.order"),
        ("first.done", "$.detail.error"),
        ("first.failed", "$.detail.result"),
        ("[pair, pair.timeout]", "$.detail.key.job"),
        ("pair", "States.Array($.detail.key.job)"),
    ] {
        assert_eq!(rule(when, path), ["F093"], "{when}: {path}");
    }
}

#[test]
fn what_can_come_in_a_test() {
    let workflow = format!(
        "{EVENTS}conditions:\n  pair: {{ all: [order, paid], by: order, within: 1h }}\n  lost: {{ absent: order, by: order, for: 5m }}\nrules:\n  call: {{ when: pair, invoke: f }}\n  after: {{ when: call.done, invoke: g }}\nfunctions:\n  f: {{ respond: {{}} }}\n  g: {{ respond: {{}} }}\n"
    );
    let Some(plan) = compile("w.yaml", &workflow).plan else { panic!("the workflow compiles") };
    let found = |case: &str| {
        let text = format!("workflow: w.yaml\ntests:\n  - {{ name: n, {case} }}\n");
        let Some(file) = testfile::parse("t.yaml", &text).file else { panic!("{text}") };
        testfile::check(&file, "t.yaml", &text, &plan).iter().map(|d| d.code).collect::<Vec<_>>()
    };
    const ORDER: &str = "order: { order: \"1\" }";
    for (given, rest, code) in [
        (ORDER, "wait: 1h, expect: [pair.timeout]", None),
        (ORDER, "wait: 59m, expect: [pair.timeout]", Some("F064")),
        (ORDER, "wait: 5m, expect: [lost]", None),
        (ORDER, "wait: 4m, expect: [lost]", Some("F064")),
        (ORDER, "expect: [pair]", Some("F064")),
        (ORDER, "expect: [ { invoke: g } ]", Some("F064")),
        (
            "order: { order: \"1\" } }, { paid: { order: \"1\" }",
            "expect: [pair, { invoke: g }, call.done]",
            None,
        ),
        ("big: { order: \"1\" } }, { paid: { order: \"1\" }", "expect: [pair]", None),
        (ORDER, "never: [pair], expect: [order]", None),
        (ORDER, "never: [order], expect: [order]", Some("F063")),
    ] {
        let codes = found(&format!("given: [ {{ {given} }} ], {rest}"));
        assert_eq!(codes, code.into_iter().collect::<Vec<_>>(), "{given}; {rest}");
    }
}

#[test]
fn an_allow_works_in_both_notations_and_at_both_levels() {
    let yaml = format!(
        "{EVENTS}conditions:\n  c: {{ all: [order, paid], by: order, allow: {{ F080: \"a reason\" }} }}\n"
    );
    let whole = format!(
        "{EVENTS}conditions:\n  c: {{ all: [order, paid], by: order }}\nallow: {{ F080: \"a reason\" }}\n"
    );
    let json = r#"{ "version": 1, "name": "shop", "events": { "a": { "s3": "b/{k}" }, "b": { "s3": "c/{k}" } },
        "conditions": { "c": { "all": ["a", "b"], "by": "k", "allow": { "F080": "a reason" } } } }"#;
    for (name, text) in [("w.yaml", yaml.as_str()), ("w.yaml", &whole), ("w.json", json)] {
        let compiled = compile(name, text);
        assert_eq!(compiled.diagnostics, [], "{text}");
        let [silenced] = compiled.silenced.as_slice() else {
            panic!("one is silenced: {:?}", compiled.silenced)
        };
        assert_eq!((silenced.code, silenced.silenced.as_deref()), ("F080", Some("a reason")));
    }
    // One of another part does not reach it.
    let elsewhere = yaml.replace(
        "capture: { $.detail.order: \"{order}\" } }",
        "capture: { $.detail.order: \"{order}\" }, allow: { F080: x } }",
    );
    assert_eq!(codes(&elsewhere), ["F017"]);
    let own = format!("{elsewhere}allow: {{ F017: \"kept for later\" }}\n");
    assert_eq!(codes(&own), [""; 0]);
}

#[test]
fn a_thousand_conditions_of_forty_members_are_checked_soon() {
    let mut text = String::from("version: 1\nname: large\nevents:\n");
    for i in 0..1_000 {
        text += &format!(
            "  e{i}: {{ match: {{ source: [s], detail-type: [t{i}] }}, capture: {{ $.detail.k: \"{{k}}\" }} }}\n"
        );
    }
    text += "conditions:\n";
    for i in 0..1_000 {
        let names: Vec<String> = (0..40).map(|n| format!("e{}", (i * 7 + n) % 1_000)).collect();
        text += &format!("  c{i}: {{ all: [{}], by: k, within: 1h }}\n", names.join(", "));
    }
    let begin = std::time::Instant::now();
    assert_eq!(codes(&text), [""; 0]);
    let took = begin.elapsed();
    // Far above what it takes: a debug build on a busy machine must not fail, a comparison of all with all must.
    assert!(took < std::time::Duration::from_secs(30), "{took:?}");
}
