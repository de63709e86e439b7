//! Order does not matter, except in `sequence`, `absent` and windows.

use fanin_condition::{Condition, Derived, Kind, Verdict};
use proptest::prelude::*;
use serde_json::Value;

use crate::random::NAMES;
use crate::world::{World, condition, count, detail, span};

/// What a firing says, without what the order of arrival decides: ids, moments, and which of several members it was.
fn content(derived: &Derived) -> (String, Vec<Value>) {
    let detail = detail(derived);
    let fields = ["key", "reason", "round", "count", "missing"].map(|name| detail[name].clone());
    (derived.name.to_string(), fields.to_vec())
}

/// Plays `events` in the given order over the moments 0, 1, 2, ... with some of them twice, then a last timer.
fn outcome(condition: &Condition, events: &[String], twice: &[bool]) -> Vec<(String, Vec<Value>)> {
    let mut world = World::new(condition.clone());
    for (ms, text) in (0..).zip(events) {
        world.event(ms, text);
        if twice.get(ms as usize).copied().unwrap_or(false) {
            // What came after the end and was not counted is late again.
            assert!(matches!(world.event(ms, text), Verdict::Duplicate | Verdict::Late));
        }
    }
    for ms in [10_000, 20_000] {
        world.timer(ms);
    }
    world.derived.iter().map(content).collect()
}

fn shuffled(events: Vec<String>) -> impl Strategy<Value = (Vec<String>, Vec<String>, Vec<bool>)> {
    let len = events.len();
    (Just(events.clone()), Just(events).prop_shuffle(), prop::collection::vec(any::<bool>(), len))
}

proptest! {
    #[test]
    fn of_names((events, other, twice) in prop::collection::vec(0_usize..3, 0..8).prop_flat_map(|names| {
        shuffled(names.iter().enumerate().map(|(i, name)| format!("{} e{i}", NAMES[*name])).collect())
    }), n in 1_u32..4, within in any::<bool>()) {
        for kind in [Kind::All, Kind::Any, Kind::AtLeast { n }] {
            let mut condition = condition(kind.clone(), &NAMES);
            condition.within = within.then_some(span(5_000));
            let strip = |mut all: Vec<(String, Vec<Value>)>| {
                // A firing of some of the names says which are missing: that is which came first.
                all.iter_mut().filter(|(name, _)| name == "done").for_each(|(_, fields)| fields.truncate(4));
                all
            };
            prop_assert_eq!(
                strip(outcome(&condition, &events, &[])),
                strip(outcome(&condition, &other, &twice)),
                "{:?}", kind
            );
        }
    }

    #[test]
    fn of_distinct_parts_and_their_number((events, other, twice) in (prop::collection::vec(0_u8..6, 0..12), 1_u8..6)
        .prop_flat_map(|(parts, reach)| {
            let mut events: Vec<String> = parts.iter().enumerate().map(|(i, part)| format!("part p{i} {part}")).collect();
            events.push(format!("manifest m {reach}"));
            shuffled(events)
        })
    ) {
        let mut condition = Condition { within: Some(span(5_000)), ..count(None) };
        condition.members[0].distinct = Some(0);
        let reach: u64 = events.last().and_then(|text| text.rsplit(' ').next()).unwrap().parse().unwrap();
        let names = |all: Vec<(String, Vec<Value>)>| -> Vec<(String, bool)> {
            // The manifest may come after more parts than it asks for; then the firing has them all.
            all.into_iter().map(|(name, fields)| (name, fields[3].as_u64().unwrap() >= reach)).collect()
        };
        let expected = names(outcome(&condition, &events, &[]));
        prop_assert_eq!(&expected, &names(outcome(&condition, &other, &twice)));
        prop_assert_eq!(expected.len(), 1, "fires or times out, once");
    }

    #[test]
    fn of_a_plain_count_round_after_round((events, other, twice) in (0_usize..12).prop_flat_map(|n| {
        shuffled((0..n).map(|i| format!("part p{i} 1")).collect())
    }), reach in 1_u64..4) {
        let mut condition = count(Some(reach));
        condition.fire = fanin_condition::Fire::Every;
        condition.within = Some(span(5_000));
        let expected = outcome(&condition, &events, &[]);
        prop_assert_eq!(&expected, &outcome(&condition, &other, &twice));
        let full = events.len() as u64 / reach;
        let rest = u64::from(!(events.len() as u64).is_multiple_of(reach));
        prop_assert_eq!(expected.len() as u64, full + rest, "so many full rounds, and one that times out");
    }
}

#[test]
fn processed_out_of_acceptance_order_the_outcome_is_the_same() {
    // A host may process events in another order than they were accepted in: three names within a minute.
    let condition = Condition { within: Some(span(60_000)), ..condition(Kind::All, &NAMES) };
    let accepted = [(0_i64, "a x"), (30_000, "b y"), (60_000, "c z")];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut world = World::new(condition.clone());
        for place in order {
            let (ms, text) = accepted[place];
            world.event(ms, text);
        }
        assert_eq!(world.derived.len(), 1, "{order:?}");
        assert_eq!(&*world.derived[0].name, "done");
    }
}
