//! What a join costs at the store, in the units the store bills: the ceilings of the design, held by a test.

use fanin_event::Timestamp;
use fanin_state_first::*;

use crate::support::*;

fn workflow(collect: &str) -> String {
    let event = |name: &str| {
        format!(
            "  {name}: {{ match: {{ source: [t], detail-type: [{name}] }}, capture: {{ $.detail.k: '{{k}}' }} }}\n"
        )
    };
    let events: String = ["one", "two", "three", "four"].into_iter().map(event).collect();
    format!(
        "
version: 1
name: w
events:
{events}
conditions:
  joined: {{ all: [one, two, three, four], by: k, within: 1h, collect: {collect} }}
rules:
  call: {{ when: [joined, joined.timeout], invoke: f }}
functions:
  f: {{ respond: null }}
"
    )
}

/// Write units and halves of read units of a number of joins, each event a batch of its own, deadlines included.
fn joins(collect: &str, joins: usize) -> (u64, u64) {
    let mut world = World::new(&workflow(collect));
    let warm = world.event("Nothing", "w", "{}");
    world.done(&[warm]);
    run(world.conditions.sweep(Timestamp(world.at), &TIME)).unwrap().unwrap();
    let before = world.store.model.usage();
    let at = world.at;
    for n in 0..joins {
        for name in ["one", "two", "three", "four"] {
            world.at = at + i64::try_from(n).unwrap();
            let event = world.event(name, &format!("{name}{n}"), &format!(r#"{{"k":"{n}"}}"#));
            world.done(&[event]);
        }
    }
    assert_eq!(world.names().iter().filter(|name| *name == "start call").count(), joins);
    // What a sweep costs is the same however many deadlines there are; the messages it sends are what counts here.
    let joined = world.store.model.usage();
    run(world.conditions.sweep(Timestamp(at + 59 * MINUTE), &TIME)).unwrap().unwrap();
    let wakes: Vec<Message> = world.sent().into_iter().map(|(_, message, _)| message).collect();
    assert_eq!(wakes.len(), joins);
    world.at = at + 61 * MINUTE;
    // Not to look for a new plan in the middle.
    let warm = world.event("Nothing", "w2", "{}");
    world.done(&[warm]);
    let warmed = world.store.model.usage();
    for wake in wakes {
        world.at = at + 61 * MINUTE;
        let message = world.message(wake.to_text());
        world.done(&[message]);
    }
    let after = world.store.model.usage();
    let both = |count: fn(&fanin_store::state::Usage) -> u64| {
        count(&joined) - count(&before) + count(&after) - count(&warmed)
    };
    (both(|usage| usage.write_units), both(|usage| usage.read_halves))
}

#[test]
fn a_join_of_four_costs_what_the_design_allows() {
    let n = 20;
    for (collect, writes) in [("none", 5.0), ("captures", 6.0), ("event", 9.0)] {
        let (written, halves) = joins(collect, n);
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let (written, read) = (written as f64 / n as f64, halves as f64 / 2.0 / n as f64);
        println!("join of 4, collect {collect}: {written} W, {read} R a join with its deadline");
        assert!(written <= writes, "{collect}: {written} W a join, at most {writes}");
        assert!(read <= 4.0, "{collect}: {read} R a join, at most 4");
    }
}
