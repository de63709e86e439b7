//! Edits of `expect`: what is written, and that everything else stays as it was.

use serde_json::json;

use super::*;

fn fields(value: Json) -> Map<String, Json> {
    value.as_object().cloned().unwrap_or_default()
}

fn replace(entry: usize, value: Json) -> Edit {
    Edit::Replace { entry, fields: fields(value) }
}

fn event(name: &str, value: Json) -> Edit {
    Edit::Add(Expected::Event(name.to_owned(), fields(value)))
}

fn call(name: &str, value: Json) -> Edit {
    Edit::Add(Expected::Invoke(name.to_owned(), fields(value)))
}

/// The lines that the edits take away (`-`) and bring (`+`).
fn changed(text: &str, edits: &[Edit]) -> Vec<String> {
    let after = update("t.yaml", text, 0, edits).unwrap();
    let (old, new): (Vec<&str>, Vec<&str>) = (text.lines().collect(), after.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let minus = old[head..old.len() - tail].iter().map(|line| format!("-{line}"));
    let plus = new[head..new.len() - tail].iter().map(|line| format!("+{line}"));
    assert!(text.ends_with('\n') == after.ends_with('\n'));
    minus.chain(plus).collect()
}

const BLOCK: &str = r#"workflow: w.yaml   # mine
tests:
  - name: n
    given: [ a ]
    expect:
      # the first
      - done: { job: "42", count: 3 }   # why three
      - { invoke: f, input: { job: "42", list: [1, 2] } }
      - late.timeout:
          job: abc
          count: 1    # one
    never: [x]
"#;

#[test]
fn only_the_value_that_differs_is_written() {
    assert_eq!(
        changed(BLOCK, &[replace(0, json!({ "job": "42", "count": 2 }))]),
        [
            "-      - done: { job: \"42\", count: 3 }   # why three",
            "+      - done: { job: \"42\", count: 2 }   # why three"
        ]
    );
    assert_eq!(
        changed(BLOCK, &[replace(2, json!({ "job": "xyz", "count": 12 }))]),
        [
            "-          job: abc",
            "-          count: 1    # one",
            "+          job: xyz",
            "+          count: 12    # one"
        ]
    );
    assert_eq!(
        changed(BLOCK, &[replace(1, json!({ "job": "43", "list": [1, 3] }))]),
        [
            "-      - { invoke: f, input: { job: \"42\", list: [1, 2] } }",
            "+      - { invoke: f, input: { job: \"43\", list: [1, 3] } }"
        ]
    );
    assert_eq!(
        changed(BLOCK, &[replace(1, json!({ "job": "42", "list": [] }))])[1],
        "+      - { invoke: f, input: { job: \"42\", list: [] } }"
    );
}

#[test]
fn fields_and_entries_go_with_their_lines() {
    assert_eq!(changed(BLOCK, &[replace(2, json!({ "count": 1 }))]), ["-          job: abc"]);
    assert_eq!(
        changed(BLOCK, &[replace(0, json!({ "count": 3 }))])[1],
        "+      - done: { count: 3 }   # why three"
    );
    assert_eq!(
        changed(BLOCK, &[replace(0, json!({ "job": "42" }))])[1],
        "+      - done: { job: \"42\" }   # why three"
    );
    assert_eq!(changed(BLOCK, &[replace(0, json!({}))])[1], "+      - done: {}   # why three");
    assert_eq!(
        changed(BLOCK, &[Edit::Remove { entry: 1 }]),
        ["-      - { invoke: f, input: { job: \"42\", list: [1, 2] } }"]
    );
    assert_eq!(changed(BLOCK, &[Edit::Remove { entry: 2 }]).len(), 3);
    let all = [0, 1, 2].map(|entry| Edit::Remove { entry });
    assert_eq!(changed(BLOCK, &all).last().unwrap(), "+    expect: []    # one");
}

#[test]
fn comments_after_a_text_in_quotes_stay() {
    for quoted in [r#""a # \" b""#, "'a # '' b'"] {
        let text = format!(
            "tests:\n  - expect:\n      - done:\n          job: {quoted}   # whose\n          # more\n      - b\n"
        );
        assert_eq!(
            changed(&text, &[replace(0, json!({ "job": "c" }))]),
            [format!("-          job: {quoted}   # whose"), "+          job: \"c\"   # whose".to_owned()]
        );
        assert_eq!(changed(&text, &[Edit::Remove { entry: 0 }]).len(), 2);
    }
}

#[test]
fn new_entries_come_last() {
    assert_eq!(
        changed(BLOCK, &[event("done", json!({ "job": "7" })), call("f", json!({ "a b": true }))]),
        ["+      - done: { job: \"7\" }", "+      - { invoke: f, input: { \"a b\": true } }"]
    );
    let flow = BLOCK
        .replace("[ a ]", "[ a ]\n    expect: [ { done: { job: 1 } }, done ]")
        .replace("    expect:\n", "    allow:\n");
    assert_eq!(
        changed(&flow, &[event("late", json!({})), Edit::Remove { entry: 1 }])[1],
        "+    expect: [ { done: { job: 1 } }, { late: {} } ]"
    );
    assert_eq!(changed(&flow, &[Edit::Remove { entry: 0 }])[1], "+    expect: [ done ]");
}

#[test]
fn a_list_that_was_empty_or_missing_is_made() {
    let none = "tests:\n  - name: n\n    given: [a]\n    never: [x]";
    assert_eq!(
        changed(none, &[event("done", json!({ "job": "1" }))]),
        ["+    expect: [ { done: { job: \"1\" } } ]"]
    );
    let two = [event("done", json!({ "job": "1" })), call("f", json!({}))];
    assert_eq!(
        changed(none, &two),
        ["+    expect:", "+      - done: { job: \"1\" }", "+      - { invoke: f }"]
    );
    let empty = "tests:\n  - name: n\n    expect: []   # soon\n    given: [a]\n";
    assert_eq!(
        changed(empty, &two),
        [
            "-    expect: []   # soon",
            "+    expect:",
            "+      - done: { job: \"1\" }",
            "+      - { invoke: f }   # soon"
        ]
    );
}

#[test]
fn json_stays_json() {
    let text = "{\n  \"workflow\": \"w.json\",\n  \"tests\": [\n    {\n      \"name\": \"n\",\n      \"given\": [\"a\"],\n      \
                \"expect\": [\n        { \"done\": { \"job\": \"1\", \"count\": 2 } },\n        { \"invoke\": \"f\" }\n      ]\n    }\n  ]\n}\n";
    let edit = |edits: &[Edit]| {
        let after = update("t.json", text, 0, edits).unwrap();
        let value: Json = serde_json::from_str(&after).unwrap();
        (after, value["tests"][0]["expect"].to_string())
    };
    let (after, list) = edit(&[
        replace(0, json!({ "job": "1", "count": 3 })),
        Edit::Remove { entry: 1 },
        event("late", json!({ "a": [1] })),
    ]);
    assert_eq!(list, r#"[{"done":{"job":"1","count":3}},{"late":{"a":[1]}}]"#);
    assert!(
        after.contains("{ \"done\": { \"job\": \"1\", \"count\": 3 } },\n        {\"late\": {\"a\": [1]}}"),
        "{after}"
    );
    let bare = "{\"tests\": [{\"name\": \"n\", \"given\": []}]}";
    assert_eq!(
        update("t.json", bare, 0, &[event("done", json!({}))]).unwrap(),
        "{\"tests\": [{\"name\": \"n\", \"given\": [], \"expect\": [{\"done\": {}}]}]}"
    );
}

#[test]
fn what_cannot_be_edited_safely_is_refused() {
    let alias = "tests:\n  - name: &x { job: 1 }\n    expect: [ { done: *x } ]\n";
    assert!(matches!(
        update("t.yaml", alias, 0, &[replace(0, json!({ "job": 2 }))]),
        Err(UpdateError::Form(_))
    ));
    assert_eq!(update("t.yaml", "tests: [", 0, &[]), Err(UpdateError::Unreadable));
    assert_eq!(update("t.yaml", BLOCK, 1, &[]), Err(UpdateError::Missing));
    assert_eq!(update("t.yaml", BLOCK, 0, &[replace(9, json!({}))]), Err(UpdateError::Missing));
    assert_eq!(update("t.yaml", BLOCK, 0, &[]).unwrap(), BLOCK);
    let marked = format!("\u{feff}{BLOCK}");
    assert_eq!(update("t.yaml", &marked, 0, &[]).unwrap(), marked);
    let windows = BLOCK.replace('\n', "\r\n");
    let after = update("t.yaml", &windows, 0, &[Edit::Remove { entry: 1 }, event("x", json!({}))]).unwrap();
    assert!(after.contains("# one\r\n"), "{after:?}");
}
