//! Calls are not made: where their answers come from.

use fanin_history::backtest::{Answers, ListedAnswer, Question};
use fanin_rule::Outcome;

use crate::asking::{Told, ask, ask_all};
use crate::recorder::Recorder;

const WORKFLOW: &str = r#"
version: 1
name: w
events:
  order: { match: { source: [t], detail-type: [order] }, capture: { $.detail.id: "{id}" } }
conditions:
  pair:   { count: order, by: id, reach: 2, within: 1h }
  priced: { any: [price.done], by: id }
rules:
  price: { when: pair, invoke: pricer, input: { id.$: $.detail.key.id, n.$: $.detail.count } }
  each:  { when: order, map: { items: $.detail.lines, max_concurrency: 2 }, invoke: liner, input: { line.$: $$.Map.Item.Value }, retry: [ { ErrorEquals: [States.ALL], IntervalSeconds: 5, MaxAttempts: 1 } ] }
  bill:  { when: each.done, invoke: biller, input: { results.$: $.detail.results } }
functions:
  pricer: { http: "http://127.0.0.1:1" }
  liner:  { http: "http://127.0.0.1:1" }
  biller: { http: "http://127.0.0.1:1" }
"#;

/// Two orders with three lines each, of which line `b` fails once. `biller` never answers.
fn record() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut host = Recorder::new(dir.path(), WORKFLOW);
    host.answer = Box::new(|action| {
        let done = |result: String, after| Some((Outcome::Done { result }, after));
        match &*action.rule {
            "price" => done(r#"{"cents":250}"#.into(), 2_000),
            "each" if action.payload.contains("\"b\"") && action.attempt == 1 => {
                let (error, cause) = ("Busy".to_owned(), "try again".to_owned());
                Some((Outcome::Failed { error, cause }, 300))
            }
            "each" => done(format!("{{\"line\":{}}}", action.index), 500),
            _ => None,
        }
    });
    for n in 0..2 {
        let detail = r#"{"id":"7","lines":["a","b","c"]}"#;
        host.event(n * 60_000, "order", &format!("o{n}"), detail);
    }
    host.wait(3_600_000 * 3);
    host.close();
    dir
}

fn asked(new: &str, answers: Answers) -> Told {
    ask(record().path(), new, &Question { answers, ..Question::default() })
}

#[test]
fn recorded_answers_come_as_late_as_they_came() {
    let told = asked(WORKFLOW, Answers::Recorded);
    assert!(told.report.same, "{:#?}", told.differences);
    let (price, each, bill) = (told.rule("price"), told.rule("each"), told.rule("bill"));
    assert_eq!((price.old_calls, price.calls.same, price.ends.same, price.answers.recorded), (1, 1, 1, 1));
    assert_eq!((each.new_calls, each.calls.same, each.ends.same, each.answers.recorded), (8, 8, 2, 8));
    assert_eq!((bill.calls.same, bill.answers.unknown, bill.answers.unknown_old), (2, 2, 2));
    assert_eq!(told.condition("priced").endings.same, 1);
    assert_eq!(told.report.new.open_runs, 2);
}

#[test]
fn an_answer_is_found_although_the_condition_before_the_rule_changed() {
    // Another version of the condition has other ids; the call is the same one nevertheless.
    let told = asked(&WORKFLOW.replace("within: 1h", "within: 2h"), Answers::Recorded);
    let price = told.rule("price");
    assert_eq!((price.calls.same, price.answers.recorded, price.answers.other_input), (1, 1, 0));
    assert!(told.report.same, "{:#?}", told.differences);
}

#[test]
fn a_call_at_another_moment_is_answered_after_the_same_delay() {
    let told = asked(&WORKFLOW.replace("reach: 2", "reach: 1"), Answers::Recorded);
    let price = told.rule("price");
    assert_eq!((price.calls.changed, price.answers.recorded, price.answers.other_input), (1, 1, 1));
    let fields = told.fields("price");
    assert!(fields.contains(&"input: $.n = 2 -> $.n = 1".to_owned()), "{fields:?}");
    let at = "at: 2026-01-01T00:01:00Z -> 2026-01-01T00:00:00Z";
    assert!(fields.contains(&at.to_owned()), "{fields:?}");
    let end = "at: 2026-01-01T00:01:02Z -> 2026-01-01T00:00:02Z";
    assert!(fields.contains(&end.to_owned()), "the end of the run: {fields:?}");
}

#[test]
fn a_new_call_without_an_answer_is_counted() {
    let new = WORKFLOW.replace("rules:\n", "rules:\n  tell: { when: price.done, invoke: teller }\n  after: { when: tell.done, send: { log: x } }\n")
        .replace("functions:\n", "functions:\n  teller: { http: \"http://127.0.0.1:1\" }\n");
    let told = asked(&new, Answers::Recorded);
    let tell = told.rule("tell");
    assert_eq!((tell.calls.only_new, tell.answers.unknown, tell.answers.listened), (1, 1, true));
    assert_eq!(told.rule("after").new_calls, 0, "what follows is not known");
    assert!(!told.rule("after").answers.listened);
    assert_eq!(told.report.new.open_runs, 3);
}

#[test]
fn stubs_answer_what_the_log_does_not() {
    let new = WORKFLOW.replace(
        "biller: { http: \"http://127.0.0.1:1\" }",
        "biller: { respond: { sent: true }, after: 5s }",
    );
    let told = asked(&new, Answers::Recorded);
    let bill = told.rule("bill");
    assert_eq!((bill.answers.stub, bill.answers.unknown, bill.ends.only_new), (2, 0, 2));
    let failing = asked(&new.replace("respond: { sent: true }", "fail: Paper"), Answers::Recorded);
    assert_eq!(failing.report.dead.len(), 1);
    let dead = &failing.report.dead[0];
    assert_eq!((dead.code.as_str(), dead.subject.as_str(), dead.old, dead.new), ("Paper", "bill", 0, 2));
}

#[test]
fn nobody_answers_if_asked_for() {
    let told = asked(WORKFLOW, Answers::Nobody);
    let each = told.rule("each");
    assert_eq!((each.new_calls, each.answers.unknown, each.answers.unknown_old), (4, 4, 4));
    assert!(told.report.same, "neither version gets an answer: {:#?}", told.differences);
}

#[test]
fn answers_from_a_list_come_first() {
    let list: Vec<ListedAnswer> = serde_json::from_str(
        r#"[ {"rule":"price","fail":"NoPrice"}, {"function":"liner","attempt":1,"result":{"line":9}} ]"#,
    )
    .unwrap();
    let told = asked(WORKFLOW, Answers::Listed(list));
    assert_eq!(told.rule("price").answers.from_file, 1);
    assert_eq!(told.rule("each").answers.from_file, 6, "nothing fails, so nothing is retried");
    assert_eq!(told.rule("each").new_calls, 6);
    assert_eq!(told.rule("price").ends.same, 1, "both versions are answered alike");
    assert_eq!(told.condition("priced").new.fired, 0);
}

#[test]
fn another_function_or_other_items_are_seen() {
    let told = asked(&WORKFLOW.replace("invoke: pricer", "invoke: biller"), Answers::Recorded);
    assert_eq!(told.fields("price"), ["target: pricer -> biller"]);
    let told = asked(&WORKFLOW.replace("$.detail.lines,", "\"$.detail.lines[0:2]\","), Answers::Recorded);
    let each = told.rule("each");
    assert_eq!((each.old_calls, each.new_calls, each.calls.only_old), (8, 6, 2));
    assert_eq!(each.ends.fields["results"], 2);
    let told = ask_all(record().path(), &WORKFLOW.replace("when: pair", "when: pair.timeout"));
    assert_eq!((told.rule("price").calls.only_old, told.rule("price").calls.only_new), (1, 0));
}
