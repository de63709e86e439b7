//! `fanin dead` as a user runs it: on files, and on a host that runs.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod state {
    #[expect(dead_code, reason = "shared with another test")]
    pub(crate) mod host;
}

use std::path::Path;

use serde_json::Value;
use state::host::{Host, fanin, ok};

const WORKFLOW: &str = "
version: 1
name: calls
events:
  order: { match: { source: [t], detail-type: [Order] }, capture: { $.detail.id: '{id}' } }
rules:
  charge: { when: order, invoke: pay, input: { id.$: $.detail.id } }
functions:
  pay: { fail: CardRefused }
";

/// Three orders whose charge fails, and a line that is no event.
fn project(dir: &Path) {
    let order =
        |n: u8| format!(r#"{{"id":"o{n}","source":"t","detail-type":"Order","detail":{{"id":"{n}"}}}}"#);
    std::fs::write(dir.join("workflow.yaml"), WORKFLOW).unwrap();
    std::fs::write(dir.join("events.jsonl"), [order(1), "{".to_owned(), order(2), order(3)].join("\n"))
        .unwrap();
    let ran = fanin(dir, &["run", "workflow.yaml", "--events", "events.jsonl"]);
    assert_eq!(ran.code, 1, "{ran:?}");
}

fn numbers(dir: &Path, arguments: &[&str]) -> Vec<u64> {
    let lines = ok(dir, &[&["dead", "list", "-o", "jsonl"], arguments].concat());
    lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["number"].as_u64().unwrap())
        .collect()
}

#[test]
fn letters_are_listed_chosen_and_shown() {
    let dir = tempfile::tempdir().unwrap();
    project(dir.path());
    for live in [false, true] {
        let host = live.then(|| Host::start(dir.path()));
        let list = ok(dir.path(), &["dead", "list"]);
        assert_eq!(list.lines().count(), 4, "{list}");
        assert!(list.contains("call of charge, 1 attempt") && list.contains("no event"), "{list}");
        assert_eq!(numbers(dir.path(), &["--code", "CardRefused"]).len(), 3);
        assert_eq!(numbers(dir.path(), &["--kind", "refused"]).len(), 1);
        assert_eq!(numbers(dir.path(), &["--of", "charge", "--since", "today"]).len(), 3);
        assert_eq!(numbers(dir.path(), &["--limit", "2"]).len(), 2);
        let none = fanin(dir.path(), &["dead", "list", "--code", "Nothing"]);
        assert_eq!((none.code, none.err.trim()), (0, "no dead letter fits"), "{none:?}");
        let call = numbers(dir.path(), &["--kind", "action"])[0].to_string();
        let shown = ok(dir.path(), &["dead", "show", &call]);
        assert!(shown.contains("code    CardRefused") && shown.contains("cause   order"), "{shown}");
        let document: Value =
            serde_json::from_str(&ok(dir.path(), &["dead", "show", &call, "-o", "json"])).unwrap();
        assert_eq!(document["payload"]["id"], "1");
        assert_eq!(document["cause"]["envelope"]["source"], "t");
        assert_eq!(document["id"].as_str().unwrap().len(), 36);
        assert!(document["at"].as_str().unwrap().ends_with('Z'));
        let absent = fanin(dir.path(), &["dead", "show", "99"]);
        assert_eq!(absent.code, 4, "{absent:?}");
        drop(host);
    }
}

#[test]
fn what_is_tried_again_says_what_became_of_it() {
    let dir = tempfile::tempdir().unwrap();
    project(dir.path());
    let calls = numbers(dir.path(), &["--kind", "action"]);
    let refused = numbers(dir.path(), &["--kind", "refused"])[0].to_string();
    let stays = fanin(dir.path(), &["dead", "redrive", &refused]);
    assert_eq!(stays.code, 1, "{stays:?}");
    assert!(stays.out.contains("stays: what is no event cannot become one"), "{stays:?}");
    let one = fanin(dir.path(), &["dead", "redrive", &calls[0].to_string()]);
    assert_eq!(one.code, 0, "{one:?}");
    assert!(one.out.contains("was tried again\n  then rule charge calls pay"), "{one:?}");
    assert!(one.err.contains("the calls are made by the next `fanin dev`"), "{one:?}");
    let absent = fanin(dir.path(), &["dead", "redrive", &calls[0].to_string()]);
    assert_eq!(absent.code, 4, "{absent:?}");
    // The cause is mended, and a host runs.
    std::fs::write(
        dir.path().join("workflow.yaml"),
        WORKFLOW.replace("fail: CardRefused", "respond: { ok: true }"),
    )
    .unwrap();
    let host = Host::start(dir.path());
    let unasked = fanin(dir.path(), &["dead", "redrive", "--all"]);
    assert_eq!(unasked.code, 2, "{unasked:?}");
    let all = ok(dir.path(), &["dead", "redrive", "--all", "--code", "CardRefused", "--yes", "-o", "json"]);
    let outcome: Value = serde_json::from_str(&all).unwrap();
    let told = outcome["letters"].as_array().unwrap();
    assert_eq!(told.len(), 2, "{all}");
    assert!(told.iter().all(|letter| letter["redriven"] == true), "{all}");
    assert_eq!(numbers(dir.path(), &[]).len(), 1, "only what is no event is left");
    let nothing = fanin(dir.path(), &["dead", "redrive", "--all", "--code", "CardRefused", "--yes"]);
    assert_eq!(nothing.code, 4, "{nothing:?}");
    drop(host);
}
