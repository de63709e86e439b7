//! What a replay tells.

use std::ops::ControlFlow;
use std::path::Path;

use fanin_event::Timestamp;
use fanin_history::History;
use fanin_history::replay::{Decision, DecisionKind, Listener, Replayed, replay};
use fanin_rule::Outcome;

use crate::recorder::{Recorder, START};

pub(crate) const WORKFLOW: &str = r#"
version: 1
name: w
events:
  order: { match: { source: [t], detail-type: [order] }, capture: { $.detail.id: "{id}" } }
conditions:
  pair: { count: order, by: id, reach: 2, within: 1h }
rules:
  price: { when: pair, invoke: pricer, input: { id.$: $.detail.key.id } }
  late:  { when: pair.timeout, send: { log: late } }
functions:
  pricer: { http: "http://127.0.0.1:1" }
"#;

/// Key 1 completes and is priced, key 2 times out, key 3 completes and its call fails, key 4 completes and is not answered.
pub(crate) fn record(dir: &Path, snapshot: bool) -> fanin_runtime::Engine {
    let mut host = Recorder::new(dir, WORKFLOW);
    host.answer = Box::new(|action| {
        if action.payload.contains("\"4\"") {
            return None;
        }
        let failed = Outcome::Failed { error: "NoPrice".into(), cause: "no such order".into() };
        let done = Outcome::Done { result: r#"{"cents":250}"#.into() };
        Some((if action.payload.contains("\"3\"") { failed } else { done }, 2_000))
    });
    for (n, id) in ["1", "1", "2", "3", "3", "4", "4"].iter().enumerate() {
        let n = i64::try_from(n).unwrap();
        host.event(n * 60_000, "order", &format!("o{n}"), &format!(r#"{{"id":"{id}"}}"#));
        if n == 3 && snapshot {
            host.snapshot();
        }
    }
    host.wait(2 * 3_600_000);
    host.close()
}

pub(crate) fn told(dir: &Path, since: Option<i64>, until: Option<i64>) -> (Replayed, Vec<Decision>) {
    let history = History::open(dir).unwrap();
    let mut decisions = Vec::new();
    let mut listener = Listener {
        progress: &mut |_| {},
        each: &mut |decision| {
            decisions.push(decision.clone());
            ControlFlow::Continue(())
        },
    };
    let at = |ms: i64| Timestamp(START + ms);
    let replayed = replay(&history, since.map(at), until.map(at), &mut listener).unwrap();
    (replayed, decisions)
}

fn lines(decisions: &[Decision]) -> Vec<String> {
    let line = |d: &Decision| {
        let what = d.outcome.as_deref().or(d.target.as_deref()).unwrap_or_default();
        let key: Vec<&str> = d.key.values().map(String::as_str).collect();
        format!("{} {:?} {} {}{what}", d.at.get(11..).unwrap(), d.kind, d.name, key.join(","))
    };
    decisions.iter().map(line).collect()
}

#[test]
fn everything_in_order_with_its_moment() {
    let dir = tempfile::tempdir().unwrap();
    record(dir.path(), false);
    let (replayed, decisions) = told(dir.path(), None, None);
    let expected = [
        "00:01:00Z Fired pair 1",
        "00:01:00Z Called price pricer",
        "00:01:02Z Ended price price.done",
        "00:04:00Z Fired pair 3",
        "00:04:00Z Called price pricer",
        "00:04:02Z Died price NoPrice",
        "00:04:02Z Ended price price.failed",
        "00:06:00Z Fired pair 4",
        "00:06:00Z Called price pricer",
        "01:02:00Z TimedOut pair 2",
        "01:02:00Z Called late log:late",
        "01:02:02Z Ended late late.done",
    ];
    assert_eq!(lines(&decisions), expected);
    assert_eq!(decisions[0].body["detail"]["count"], 2);
    assert_eq!(decisions[1].body["id"], "1");
    assert_eq!((replayed.events, replayed.fired, replayed.timed_out, replayed.called), (7, 3, 1, 4));
    assert_eq!((replayed.ended, replayed.died), (3, 1));
    assert_eq!(replayed.until.as_deref(), Some("2026-01-01T02:00:00Z"));
    for decision in &decisions {
        let text = serde_json::to_string(decision).unwrap();
        assert_eq!(&serde_json::from_str::<Decision>(&text).unwrap(), decision);
    }
    assert_eq!(decisions[0].kind, DecisionKind::Fired);
}

#[test]
fn since_and_until_bound_what_is_told_and_not_the_state() {
    let dir = tempfile::tempdir().unwrap();
    record(dir.path(), true);
    let (replayed, decisions) = told(dir.path(), Some(4 * 60_000), Some(5 * 60_000));
    let expected = [
        "00:04:00Z Fired pair 3",
        "00:04:00Z Called price pricer",
        "00:04:02Z Died price NoPrice",
        "00:04:02Z Ended price price.failed",
    ];
    assert_eq!(lines(&decisions), expected, "its first event came before");
    assert_eq!((replayed.events, replayed.check), (2, None));
    // A timeout between the last record in the stretch and its end belongs to it.
    let (_, decisions) = told(dir.path(), Some(3_000_000), Some(3_720_000));
    assert_eq!(lines(&decisions), ["01:02:00Z TimedOut pair 2", "01:02:00Z Called late log:late"]);
    let (replayed, decisions) = told(dir.path(), Some(9 * 3_600_000), None);
    assert!(decisions.is_empty());
    assert_eq!(replayed.records, 0);
}

#[test]
fn a_listener_may_stop() {
    let dir = tempfile::tempdir().unwrap();
    record(dir.path(), true);
    let history = History::open(dir.path()).unwrap();
    let mut heard = 0;
    let mut listener = Listener {
        progress: &mut |_| {},
        each: &mut |_| {
            heard += 1;
            ControlFlow::Break(())
        },
    };
    let replayed = replay(&history, None, None, &mut listener).unwrap();
    assert_eq!((heard, replayed.check), (1, None));
}
