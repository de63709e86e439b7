//! `apply` is total and deterministic, and a repetition changes nothing but counters.

use std::collections::BTreeMap;

use fanin_condition::{Verdict, Waiver, explain};
use fanin_event::Timestamp;
use proptest::prelude::*;

use crate::random::{Step, conditions, histories, play};
use crate::world::{OPERATOR, START, World, envelope};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_input_whatever_makes_it_panic(condition in conditions(), history in histories()) {
        let mut world = World::new(condition);
        let mut again = World::new(world.condition.clone());
        for step in &history {
            let before = world.derived.len();
            let rejected = world.rejected.len();
            let verdict = play(&mut world, step);
            prop_assert!(world.derived.len() <= before + 3, "a bounded number of effects");
            prop_assert_eq!(verdict == Verdict::Rejected, world.rejected.len() > rejected);
            for derived in &world.derived[before..] {
                let event = envelope(derived);
                prop_assert_eq!(&event["id"], &serde_json::json!(derived.identity.to_uuid()));
            }
            let name = world.condition.members[0].name.clone();
            if let Ok(waiver) = Waiver::new((&world.condition, &world.key, &world.instance), &name, &BTreeMap::new(), OPERATOR, Timestamp(START)) {
                prop_assert!(world.instance.is_open(), "only what is open can be helped on");
                prop_assert!(!waiver.envelope().is_empty());
            }
            let told = explain(&world.condition, &world.key, &world.instance, Timestamp(START));
            prop_assert!(serde_json::to_string(&told).is_ok());
            prop_assert_eq!(play(&mut again, step), verdict, "the same again");
            if verdict == Verdict::Forgotten {
                // The very event that opened this life could open the next one, with the same ids.
                break;
            }
        }
        prop_assert_eq!(&world.instance, &again.instance);
        prop_assert_eq!(&world.derived, &again.derived);
        let mut ids: Vec<_> = world.derived.iter().map(|derived| derived.identity).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), world.derived.len(), "each firing has its own id");
    }

    #[test]
    fn the_same_event_twice_changes_nothing(condition in conditions(), history in histories()) {
        let mut once = World::new(condition);
        let mut twice = World::new(once.condition.clone());
        for step in &history {
            let verdict = play(&mut once, step);
            prop_assert_eq!(play(&mut twice, step), verdict);
            if let Step::Event { .. } = step {
                let derived = twice.derived.len();
                let second = play(&mut twice, step);
                prop_assert_eq!(twice.derived.len(), derived, "nothing follows from a repetition");
                let expected: &[Verdict] = match verdict {
                    Verdict::Late => &[Verdict::Late],
                    Verdict::Rejected => &[Verdict::Rejected],
                    _ => &[Verdict::Duplicate],
                };
                prop_assert!(expected.contains(&second), "{verdict:?} then {second:?}");
            }
            prop_assert_eq!(once.instance.next_due(), twice.instance.next_due());
            prop_assert_eq!(once.instance.phase(), twice.instance.phase());
        }
        prop_assert_eq!(&once.derived, &twice.derived);
    }

    #[test]
    fn a_timer_at_the_due_moment_does_something_and_before_it_nothing(condition in conditions(), history in histories()) {
        let mut world = World::new(condition);
        for step in &history {
            play(&mut world, step);
            let Some(due) = world.due() else { continue };
            let mut early = World::new(world.condition.clone());
            early.instance = world.instance.clone();
            prop_assert_eq!(early.timer(due - 1), Verdict::Ignored);
            prop_assert_eq!(&early.instance, &world.instance);
            prop_assert_ne!(early.timer(due), Verdict::Ignored);
            prop_assert!(early.instance.next_due() > Timestamp(START + due), "and is not due again");
        }
    }
}
