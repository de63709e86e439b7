//! Test files: what is read of them, and what does not fit the workflow.

use fanin_event::Span;
use fanin_rule::FunctionKind;
use serde_json::json;

use super::{Expect, Never, TestFile, check, parse};
use crate::compile;

const WORKFLOW: &str = r#"
version: 1
name: w
events:
  manifest: { match: { source: [shop] }, capture: { $.detail.job: "{job}", $.detail.parts: "{parts}" } }
  tick: { schedule: rate(5 minutes) }
conditions:
  done: { count: manifest, by: job, reach: 2, within: 1h }
rules:
  call: { when: done, invoke: f }
functions:
  f: { respond: {} }
"#;

fn read(text: &str) -> TestFile {
    let parsed = parse("t.yaml", text);
    assert_eq!(parsed.diagnostics, []);
    parsed.file.unwrap()
}

#[test]
fn a_case_is_read_whole() {
    let file = read(
        r#"
workflow: video.yaml
tests:
  - name: n
    given:
      - manifest: { job: 042, parts: 3, ok: true }
      - { at: +5m, manifest: { job: "7" }, id: 9, detail: { a: [1, null] } }
      - tick: {}
      - tick:
      - tick
    wait: 1h
    expect:
      - done: { job: "42", count: 3 }
      - { invoke: f, input: { a: { b: 1 } } }
      - invoke: f
      - done: {}
      - done
    never: [done.timeout, { invoke: g }]
    shuffle: 100
    functions: { f: { fail: Broken }, g: { respond: null, after: 1s } }
"#,
    );
    assert_eq!(file.workflow, "video.yaml");
    let case = &file.tests[0];
    assert_eq!(
        (case.name.as_str(), case.span.line, case.wait, case.shuffle),
        ("n", 4, Some(Span(3_600_000)), Some(100))
    );
    let pairs = |n: usize| case.given[n].captures.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>();
    assert_eq!(pairs(0), ["job=042", "parts=3", "ok=true"]);
    assert_eq!(case.given[1].at, Some(Span(300_000)));
    assert_eq!(case.given[1].id.as_deref(), Some("9"));
    assert_eq!(case.given[1].detail, Some(json!({ "a": [1, null] })));
    assert!(case.given[2..].iter().all(|g| g.event == "tick" && g.captures.is_empty() && g.at.is_none()));
    let Expect::Event { name, fields, span } = &case.expect[0] else { panic!("an event") };
    assert_eq!((name.as_str(), json!(fields), span.line), ("done", json!({ "job": "42", "count": 3 }), 13));
    let Expect::Invoke { function, input, .. } = &case.expect[1] else { panic!("a call") };
    assert_eq!((function.as_str(), json!(input)), ("f", json!({ "a": { "b": 1 } })));
    assert!(matches!(&case.expect[2], Expect::Invoke { input, .. } if input.is_empty()));
    assert!(case.expect[3..].iter().all(|e| matches!(e, Expect::Event { fields, .. } if fields.is_empty())));
    assert!(matches!(&case.never[0], Never::Event { name, .. } if name == "done.timeout"));
    assert!(matches!(&case.never[1], Never::Invoke { function, .. } if function == "g"));
    assert!(
        matches!(&case.functions[0].kind, FunctionKind::Respond { fail: Some(error), .. } if error == "Broken")
    );
    assert!(matches!(&case.functions[1].kind, FunctionKind::Respond { after: Span(1000), .. }));
}

#[test]
fn what_does_not_fit_the_workflow_is_said() {
    let plan = compile("w.yaml", WORKFLOW).plan.unwrap();
    let text = r#"
workflow: w.yaml
tests:
  - name: n
    given:
      - manifest: { job: "1", part: "2" }
      - manifset: { job: "1" }
      - done: { job: "1" }
      - tick
    expect: [ { dnoe: {} }, call.done, { invoke: ff } ]
    never: [tick, manifest.timeout]
    functions: { h: { respond: {} } }
"#;
    let found: Vec<String> =
        check(&read(text), "t.yaml", text, &plan).iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "t.yaml:4:11: error[F041]: the workflow has no function `h`; its functions are `f`",
            "t.yaml:6:9: error[F062]: `manifest` has no capture `part`; did you mean `parts`?",
            "t.yaml:7:9: error[F011]: the workflow has no event `manifset` to give; did you mean `manifest`?",
            "t.yaml:8:9: error[F011]: the workflow has no event `done` to give; `done` is made by the workflow itself; give the events that lead to it",
            "t.yaml:10:17: error[F011]: the workflow has no event `dnoe`; did you mean `done`?",
            "t.yaml:10:50: error[F041]: the workflow has no function `ff`; did you mean `f`?",
            "t.yaml:11:19: error[F011]: the workflow has no event `manifest.timeout`; write the name of an event or a condition, NAME.timeout, RULE.done or RULE.failed",
        ]
    );
}
