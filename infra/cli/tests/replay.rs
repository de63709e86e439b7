//! `fanin replay` as a user runs it: what it tells, the self-check, and copies that other verbs can open.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "backtest/golden.rs"]
mod golden;
#[path = "../../history/tests/backtest/recorder.rs"]
mod recorder;

use std::path::Path;
use std::process::Command;

use fanin_rule::Outcome;
use golden::shown;
use recorder::Recorder;

const ORDERS: &str = r#"version: 1
name: orders
events:
  order: { match: { source: [t], detail-type: [order] }, capture: { $.detail.id: "{id}" } }
conditions:
  pair: { count: order, by: id, reach: 2, within: 1h }
rules:
  price: { when: pair, invoke: pricer, input: { id.$: $.detail.key.id } }
functions:
  pricer: { respond: { cents: 250 } }
"#;

/// Key 1 completes and is priced, key 2 times out, the price of key 3 fails, that of key 4 is open.
fn recorded(dir: &Path) {
    let mut host = Recorder::new(&dir.join(".fanin/orders"), ORDERS);
    host.answer = Box::new(|action| {
        let failed = Outcome::Failed { error: "NoPrice".into(), cause: "no such order".into() };
        let done = Outcome::Done { result: r#"{"cents":250}"#.into() };
        let answer = (if action.payload.contains("\"3\"") { failed } else { done }, 2_000);
        (!action.payload.contains("\"4\"")).then_some(answer)
    });
    for (n, id) in ["1", "1", "2", "3", "3", "4", "4"].iter().enumerate() {
        let n = i64::try_from(n).unwrap();
        host.event(n * 60_000, "order", &format!("o{n}"), &format!(r#"{{"id":"{id}"}}"#));
        if n == 3 {
            host.snapshot();
        }
    }
    host.wait(2 * 3_600_000);
    host.close();
    std::fs::write(dir.join("workflow.yaml"), ORDERS).unwrap();
}

#[test]
fn everything_and_the_check() {
    let dir = tempfile::tempdir().unwrap();
    recorded(dir.path());
    assert_eq!(shown("replay", "all", dir.path(), &["replay"]).code, 0);
    let part =
        ["replay", "--since", "2026-01-01T00:04:00Z", "--until", "2026-01-01T00:05:00Z", "-o", "jsonl"];
    assert_eq!(shown("replay", "part", dir.path(), &part).code, 0);
    let json =
        shown("replay", "json", dir.path(), &["replay", "--since", "2026-01-01T01:00:00Z", "-o", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document["summary"]["timed_out"], 1);
    assert_eq!(document["decisions"].as_array().unwrap().len(), 1);
}

#[test]
fn a_copy_is_a_store_that_other_verbs_open() {
    let dir = tempfile::tempdir().unwrap();
    recorded(dir.path());
    let into = ["replay", "--since", "2026-01-01T00:01:00Z", "--into", "copy"];
    assert_eq!(shown("replay", "into", dir.path(), &into).code, 0);
    assert_eq!(shown("replay", "into-again", dir.path(), &into).code, 2);
    let exact = ["replay", "--with-state", "--open-calls", "keep", "--into", "exact"];
    assert_eq!(shown("replay", "into-exact", dir.path(), &exact).code, 0);
    assert_eq!(shown("replay", "of-copy", dir.path(), &["replay", "--dir", "copy"]).code, 0);
    // A host can go on with it; the open call of key 4 is made by the one that kept it.
    for (copy, calls) in [("copy", 0), ("exact", 1)] {
        let host = Command::new(env!("CARGO_BIN_EXE_fanin"))
            .current_dir(dir.path())
            .args(["run", "workflow.yaml", "--dir", copy, "--events", "/dev/null", "-o", "json"])
            .output()
            .unwrap();
        let told: serde_json::Value = serde_json::from_slice(&host.stdout).unwrap();
        assert_eq!(told["calls"].as_array().unwrap().len(), calls, "{copy}: {told}");
    }
}

#[test]
fn a_running_host_is_read_in_place() {
    let dir = tempfile::tempdir().unwrap();
    let mut host = Recorder::new(&dir.path().join(".fanin/orders"), ORDERS);
    host.event(0, "order", "o1", r#"{"id":"1"}"#);
    host.event(1_000, "order", "o2", r#"{"id":"1"}"#);
    host.snapshot();
    // The recorder still holds the lock.
    assert_eq!(shown("replay", "running", dir.path(), &["replay"]).code, 0);
    host.close();
}
