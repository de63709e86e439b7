//! `sequence`: an increasing choice of events by their own time.

use fanin_condition::{Condition, Fire, Kind, Verdict};
use serde_json::json;

use crate::world::{HOUR, World, condition, happening, ids, span};

fn fulfilled() -> Condition {
    Condition { within: Some(span(HOUR)), ..condition(Kind::Sequence, &["order", "paid", "packed"]) }
}

/// Each `(name id, time)`, accepted one millisecond after the other; true for the one that fired.
fn play(world: &mut World, events: &[(&str, i64)]) -> Vec<Verdict> {
    let play = (0..).zip(events).map(|(ms, (text, time))| {
        let mut event = happening(text);
        event.time = Some(*time);
        world.happens(ms, &event)
    });
    play.collect()
}

#[test]
fn order_paid_packed_whatever_order_they_arrive_in() {
    let events = [("order o", 10), ("paid p", 20), ("packed k", 30)];
    for [a, b, c] in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut world = World::new(fulfilled());
        let verdicts = play(&mut world, &[events[a], events[b], events[c]]);
        assert_eq!(verdicts, [Verdict::Waiting, Verdict::Waiting, Verdict::Fired]);
        assert_eq!(world.fired(), ["done#1 x3 at 2"]);
    }
}

#[test]
fn packed_before_paid_is_not_the_sequence() {
    let mut world = World::new(fulfilled());
    play(&mut world, &[("order o", 10), ("paid p", 30), ("packed k", 20)]);
    world.timer(HOUR);
    let detail = world.detail();
    assert_eq!(detail["missing"], json!(["packed"]), "none that follows");
    assert_eq!(ids(&detail, "packed"), [""; 0]);
    assert_eq!(world.fired(), ["done.timeout#1 x2 at 3600000"]);
}

#[test]
fn a_later_event_of_the_name_can_still_fit() {
    let mut world = World::new(fulfilled());
    play(&mut world, &[("packed early", 5), ("order o", 10), ("paid p", 30), ("packed late", 40)]);
    assert_eq!(ids(&world.detail(), "packed"), ["late"]);
}

#[test]
fn an_earlier_predecessor_makes_a_waiting_event_fit() {
    let mut world = World::new(fulfilled());
    let verdicts =
        play(&mut world, &[("paid p", 20), ("packed k", 30), ("order too-late", 25), ("order in-time", 15)]);
    assert_eq!(verdicts, [Verdict::Waiting, Verdict::Waiting, Verdict::Waiting, Verdict::Fired]);
    let detail = world.detail();
    assert_eq!(ids(&detail, "order"), ["in-time"]);
    assert_eq!(detail["count"], json!(3));
}

#[test]
fn what_no_future_event_could_use_is_extra() {
    let mut world = World::new(fulfilled());
    let verdicts =
        play(&mut world, &[("order o", 10), ("order later", 11), ("paid p", 20), ("paid later", 21)]);
    assert_eq!(verdicts, [Verdict::Waiting, Verdict::Ignored, Verdict::Waiting, Verdict::Ignored]);
}

#[test]
fn equal_times_are_ordered_by_acceptance_then_identity() {
    let mut world = World::new(condition(Kind::Sequence, &["order", "paid"]));
    let verdicts = play(&mut world, &[("order o", 10), ("paid p", 10)]);
    assert_eq!(verdicts[1], Verdict::Fired, "paid was accepted later");
    let mut world = World::new(condition(Kind::Sequence, &["order", "paid"]));
    let verdicts = play(&mut world, &[("paid p", 10), ("order o", 10)]);
    assert_eq!(verdicts[1], Verdict::Waiting, "paid was accepted earlier");
    // Accepted in the same millisecond: one of the two identities is the lower one, so of both orders one fires.
    let fires = |first: &str, second: &str| {
        let mut world = World::new(condition(Kind::Sequence, &["order", "paid"]));
        world.event(0, first);
        world.event(0, second) == Verdict::Fired
    };
    assert_ne!(fires("order x", "paid y"), fires("order y", "paid x"));
    assert_eq!(fires("order x", "paid y"), fires("paid y", "order x"), "whatever came first");
    assert!(!fires("order x", "paid x"), "an event does not follow itself");
}

#[test]
fn rounds_start_empty() {
    let mut world =
        World::new(Condition { fire: Fire::Every, ..condition(Kind::Sequence, &["order", "paid"]) });
    play(&mut world, &[("order a", 10), ("paid b", 20), ("paid c", 30), ("order d", 40), ("paid e", 50)]);
    assert_eq!(world.fired(), ["done#1 x2 at 1", "done#2 x2 at 4"]);
}

/// The definition, tried out: is there a choice at all?
fn exists(events: &[(usize, i64)], names: usize) -> bool {
    let mut last = i64::MIN;
    for name in 0..names {
        let Some(next) = events.iter().filter(|(n, t)| *n == name && *t > last).map(|(_, t)| *t).min() else {
            return false;
        };
        last = next;
    }
    true
}

proptest::proptest! {
    #[test]
    fn fires_exactly_when_a_choice_exists(times in proptest::collection::vec((0_usize..4, 0_i64..1000), 1..20)) {
        let mut world = World::new(condition(Kind::Sequence, &["a", "b", "c", "d"]));
        // Different times, so that arrival does not matter.
        let events: Vec<(usize, i64)> = times.iter().enumerate().map(|(i, (n, t))| (*n, t * 100 + i as i64)).collect();
        for (i, (name, time)) in events.iter().enumerate() {
            let mut event = happening(&format!("{} e{i}", ["a", "b", "c", "d"][*name]));
            event.time = Some(*time);
            let fired = world.happens(i as i64, &event) == Verdict::Fired;
            let expected = exists(&events[..=i], 4);
            proptest::prop_assert_eq!(fired, expected);
            if fired {
                break;
            }
        }
    }
}
