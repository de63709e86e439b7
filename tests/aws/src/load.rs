//! Loads: workflows and their events for the fault and cost runs, and what must have come of them.

use std::collections::BTreeMap;

use fanin_event::Timestamp;
use fanin_plan::Plan;
use fanin_simulate::START;
use fanin_simulate::random::Random;

/// Joins of four by their names, with and without a deadline, and joins of four by number; each calls a function.
const JOINS: &str = r#"
version: 1
name: joins
events:
  a: { match: { source: [load], detail-type: [A] }, capture: { $.detail.order: "{order}" } }
  b: { match: { source: [load], detail-type: [B] }, capture: { $.detail.order: "{order}" } }
  c: { match: { source: [load], detail-type: [C] }, capture: { $.detail.order: "{order}" } }
  d: { match: { source: [load], detail-type: [D] }, capture: { $.detail.order: "{order}" } }
  part: { match: { source: [load], detail-type: [Part] }, capture: { $.detail.order: "{order}", $.detail.part: "{part}" } }
conditions:
  joined:  { all: [a, b, c, d], by: order, within: 1h }
  counted: { count: part, by: order, distinct: part, reach: 4, within: 1h }
rules:
  ship: { when: joined, invoke: shipper, input: { order.$: $.detail.key.order }, retry: 5 }
  bill: { when: counted, invoke: wait-bill, input: { order.$: $.detail.key.order }, retry: 5 }
  late: { when: [joined.timeout, counted.timeout], invoke: reminder, input: { order.$: $.detail.key.order }, retry: 5 }
functions:
  shipper: { respond: {} }
  wait-bill: { respond: {} }
  reminder: { respond: {} }
"#;

/// Only joins by name, without a deadline and without a function.
const PLAIN: &str = r#"
version: 1
name: plain
events:
  a: { match: { source: [load], detail-type: [A] }, capture: { $.detail.order: "{order}" } }
  b: { match: { source: [load], detail-type: [B] }, capture: { $.detail.order: "{order}" } }
  c: { match: { source: [load], detail-type: [C] }, capture: { $.detail.order: "{order}" } }
  d: { match: { source: [load], detail-type: [D] }, capture: { $.detail.order: "{order}" } }
conditions:
  joined: { all: [a, b, c, d], by: orderWITHIN }
rules:
  ship: { when: joined, invoke: wait-ship, input: { order.$: $.detail.key.order } }
functions:
  wait-ship: { respond: {} }
"#;

/// One count by key.
const COUNT: &str = r#"
version: 1
name: counts
events:
  part: { match: { source: [load], detail-type: [Part] }, capture: { $.detail.order: "{order}", $.detail.part: "{part}" } }
conditions:
  counted: { count: part, by: order, reach: REACH, collect: none }
rules:
  bill: { when: counted, invoke: wait-bill, input: { order.$: $.detail.key.order, count.$: $.detail.count } }
functions:
  wait-bill: { respond: {} }
"#;

/// Compiles a workflow of ours.
///
/// # Panics
/// It does not compile.
#[must_use]
pub fn compiled(text: &str) -> Plan {
    let compiled = fanin_workflow::compile("load.yaml", text);
    assert!(compiled.plan.is_some(), "{:?}", compiled.diagnostics);
    compiled.plan.unwrap()
}

/// The joins of the fault runs.
#[must_use]
pub fn joins() -> Plan {
    compiled(JOINS)
}

/// Joins of four by name, with or without a deadline.
#[must_use]
pub fn plain(deadline: bool) -> Plan {
    compiled(&PLAIN.replace("WITHIN", if deadline { ", within: 1h" } else { "" }))
}

/// A count that fires at `reach`.
#[must_use]
pub fn counts(reach: u64) -> Plan {
    compiled(&COUNT.replace("REACH", &reach.to_string()))
}

/// An event as the bus delivers it, of the load's first second.
#[must_use]
pub fn event(id: &str, kind: &str, order: &str, part: u64) -> String {
    event_at(START, id, kind, order, part)
}

/// An event as the bus delivers it: its own time is that of `time`, in whole seconds, as EventBridge and S3 write it.
#[must_use]
pub fn event_at(time: Timestamp, id: &str, kind: &str, order: &str, part: u64) -> String {
    let time = Timestamp(time.0 - time.0.rem_euclid(1_000));
    format!(
        "{{\"version\":\"0\",\"id\":\"{id}\",\"detail-type\":\"{kind}\",\"source\":\"load\",\"account\":\"123456789012\",\
         \"time\":\"{time}\",\"region\":\"us-east-1\",\"resources\":[],\
         \"detail\":{{\"order\":\"{order}\",\"part\":\"{part}\"}}}}"
    )
}

/// The events of a fault run and what must come of them: the rule that fires for each order.
#[derive(Clone, Debug)]
pub struct Load {
    /// In their order.
    pub events: Vec<String>,
    /// Order -> the rule that must fire for it, once.
    pub expected: BTreeMap<String, &'static str>,
}

/// One order in so many stays incomplete, so that its deadline passes.
const INCOMPLETE: usize = 20;
/// One event in so many comes twice, as two messages.
const TWICE: usize = 10;

/// `joins` orders of four events each, in an order fixed by `seed`; every second is joined by names, the others by number.
#[must_use]
pub fn load(joins: usize, seed: u64) -> Load {
    let mut random = Random::new(seed);
    let mut events = Vec::new();
    let mut expected = BTreeMap::new();
    for number in 0..joins {
        let order = format!("order-{number}");
        let by_name = number.is_multiple_of(2);
        let incomplete = random.one_in(INCOMPLETE);
        let rule = match (incomplete, by_name) {
            (true, _) => "late",
            (false, true) => "ship",
            (false, false) => "bill",
        };
        for (part, kind) in ["A", "B", "C", "D"].into_iter().enumerate().take(if incomplete { 3 } else { 4 })
        {
            let kind = if by_name { kind } else { "Part" };
            let text = event(&format!("{order}-{part}"), kind, &order, part as u64);
            if random.one_in(TWICE) {
                events.push(text.clone());
            }
            events.push(text);
        }
        expected.insert(order, rule);
    }
    // Orders that are near each other are mixed: a few hundred are open at once, as in a steady stream.
    for window in events.chunks_mut(800) {
        random.shuffle(window);
    }
    Load { events, expected }
}
