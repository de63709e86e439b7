//! The cost model: the figures of the design's three workloads, and what makes them larger or smaller.

use crate::support::compiled;
use fanin_deploy::cost::{ConditionCost, Protocol, Workload, predict};

/// The one condition of a workflow under a workload.
fn only(condition: &str, events: &str, workload: &Workload) -> ConditionCost {
    let text = format!("version: 1\nname: w\nevents:\n{events}conditions:\n  it: {condition}\n");
    predict(&compiled(&text), workload)
        .conditions
        .into_iter()
        .next()
        .unwrap_or_else(|| panic!("no condition"))
}

fn event(name: &str) -> String {
    format!(
        "  {name}: {{ match: {{ source: [{name}] }}, capture: {{ $.detail.k: \"{{k}}\", $.detail.v: \"{{v}}\" }} }}\n"
    )
}

const ONE_BY_ONE: Workload = Workload {
    events: 1_000_000,
    members: None,
    batch: 1,
    messages: 100,
    event_bytes: 300,
    rate: 100,
    disorder: 1,
};

#[test]
fn joins_of_four() {
    let events: String = ["a", "b", "c", "d"].map(event).concat();
    let cost = only("{ all: [a, b, c, d], by: k, within: 1h, collect: none }", &events, &ONE_BY_ONE);
    assert_eq!((cost.protocol, cost.lives), (Protocol::Cell, 250_000.0));
    let each = (cost.write_units - cost.deadline_write_units) / cost.events;
    assert!(each <= 1.2, "{each} W an event without deadlines");
    assert!(cost.read_units / cost.events <= 1.0, "{} R an event", cost.read_units / cost.events);
}

#[test]
fn joins_of_a_thousand() {
    let workload = Workload { events: 200_000, members: Some(1_000), batch: 100, ..ONE_BY_ONE };
    let cost = only("{ count: a, by: k, distinct: v, reach: 1000, collect: none }", &event("a"), &workload);
    assert_eq!((cost.protocol, cost.lives), (Protocol::Cell, 200.0));
    assert!(cost.write_units / cost.events <= 0.08, "{} W an event", cost.write_units / cost.events);
    assert!(cost.read_units / cost.events <= 0.04, "{} R an event", cost.read_units / cost.events);
}

#[test]
fn a_hot_key_is_linear() {
    let of = |events: u64, batch: u64| {
        let workload = Workload { events, members: Some(events), batch, ..ONE_BY_ONE };
        only("{ count: a, by: k, reach: 10000000, collect: none }", &event("a"), &workload)
    };
    assert_eq!(of(100_000, 1_000).protocol, Protocol::Pages);
    // What is played whole, and a life drawn out from that; also by batches that do not divide it.
    for batch in [1_000, 2_449, 9_200, 10_000] {
        let (whole, drawn) = (of(60_000, batch).write_units, of(600_000, batch).write_units);
        let ratio = drawn / whole;
        assert!((9.0..=11.0).contains(&ratio), "{ratio} by {batch}");
    }
}

#[test]
fn a_count_that_keeps_its_members_has_no_pages() {
    let of = |collect: &str| {
        let workload = Workload { events: 5_000, members: Some(5_000), batch: 100, ..ONE_BY_ONE };
        only(&format!("{{ count: a, by: k, reach: 5000{collect} }}"), &event("a"), &workload)
    };
    assert_eq!(of("").protocol, Protocol::Cell);
    assert_eq!(of(", collect: none").protocol, Protocol::Pages);
    assert_eq!(of(", collect: none, fire: every").protocol, Protocol::Cell);
}

#[test]
fn disorder_and_distinct_values_cost_a_hot_key_more() {
    let of = |condition: &str, disorder: u64| {
        let n = 9_000;
        let workload =
            Workload { events: n, members: Some(n), batch: 100, rate: 500, disorder, ..ONE_BY_ONE };
        only(condition, &event("a"), &workload).write_units / 9_000.0
    };
    let plain = "{ count: a, by: k, reach: 10000000, collect: none }";
    let (in_order, disordered) = (of(plain, 1), of(plain, 5_000));
    assert!(in_order * 1.5 < disordered, "a batch meets more pages: {in_order} {disordered}");
    let distinct = of("{ count: a, by: k, distinct: v, reach: 10000000, collect: none }", 1);
    assert!(distinct > in_order * 1.5 && distinct <= 1.1, "a value may be on any page: {distinct}");
}

#[test]
fn what_is_kept_costs() {
    let of = |collect: &str| {
        let condition = format!("{{ count: a, by: k, reach: 50, collect: {collect} }}");
        only(&condition, &event("a"), &ONE_BY_ONE).write_units
    };
    assert!(of("none") < of("captures") && of("captures") < of("event"));
    let in_batches = Workload { batch: 10, ..ONE_BY_ONE };
    let batched = only("{ count: a, by: k, reach: 50, collect: none }", &event("a"), &in_batches).write_units;
    assert!(batched * 4.0 < of("none"), "coalescing");
}
