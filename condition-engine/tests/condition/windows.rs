//! `count` in a sliding and in a tumbling window.

use std::collections::{BTreeMap, BTreeSet};

use fanin_condition::{Verdict, Window};
use proptest::prelude::*;
use serde_json::json;

use crate::world::{DAY, HOUR, MINUTE, SECOND, World, detail, ids, span, windowed};

fn sliding(reach: u64) -> World {
    World::new(windowed(reach, Window::Sliding(span(10 * MINUTE))))
}

fn tumbling(reach: u64) -> World {
    World::new(windowed(reach, Window::Tumbling(span(10 * MINUTE))))
}

#[test]
fn a_burst_is_so_many_within_the_last_ten_minutes() {
    for (last, verdict) in [
        (10 * MINUTE - 1, Verdict::Fired),
        (10 * MINUTE, Verdict::Fired),
        (10 * MINUTE + 1, Verdict::Waiting),
    ] {
        let mut world = sliding(3);
        world.event(0, "order a 1");
        world.event(MINUTE, "order b 1");
        assert_eq!(world.event(last, "order c 1"), verdict, "{last}");
    }
}

#[test]
fn the_window_slides_and_starts_empty_after_a_firing() {
    let mut world = sliding(3);
    for (minute, id) in [(0, "a"), (6, "b"), (12, "c"), (14, "d"), (15, "e"), (16, "f"), (17, "g")] {
        world.event(minute * MINUTE, &format!("order {id} 1"));
    }
    let rounds: Vec<_> = world.derived.iter().map(detail).collect();
    assert_eq!(ids(&rounds[0], "order"), ["b", "c", "d"], "a had left the window");
    assert_eq!(rounds[0]["first_at"], "2026-01-02T03:06:00Z");
    assert_eq!(world.fired(), ["done#1 x3 at 840000", "done#2 x3 at 1020000"]);
}

#[test]
fn distinct_values_of_the_last_ten_minutes() {
    let mut condition = windowed(3, Window::Sliding(span(10 * MINUTE)));
    condition.members[0].distinct = Some(0);
    let mut world = World::new(condition);
    world.event(0, "order a red");
    world.event(MINUTE, "order b blue");
    assert_eq!(
        world.event(8 * MINUTE, "order c red"),
        Verdict::Waiting,
        "red stays in the window for longer"
    );
    assert_eq!(world.event(11 * MINUTE, "order d green"), Verdict::Fired);
    let detail = world.detail();
    assert_eq!(ids(&detail, "order"), ["b", "c", "d"], "the last event of each value");
    assert_eq!(detail["count"], json!(3));
}

#[test]
fn one_value_again_and_again_does_not_fill_the_window() {
    let mut condition = windowed(3, Window::Sliding(span(HOUR)));
    condition.members[0].distinct = Some(0);
    let mut world = World::new(condition);
    world.event(0, "order first red");
    for second in 1..200 {
        assert_eq!(world.event(second * SECOND, &format!("order b{second} blue")), Verdict::Waiting);
        assert_eq!(world.event(second * SECOND, &format!("order c{second} blue")), Verdict::Ignored);
    }
    world.event(201 * SECOND, "order last green");
    let detail = world.detail();
    assert_eq!(ids(&detail, "order"), ["first", "b199", "last"]);
    assert_eq!(detail["count"], json!(3));
    assert!(detail.get("truncated").is_none());
}

#[test]
fn an_event_older_than_the_window_is_late_an_older_one_inside_it_counts() {
    let mut world = sliding(3);
    world.event(20 * MINUTE, "order a 1");
    assert_eq!(world.event(10 * MINUTE - 1, "order b 1"), Verdict::Late);
    assert_eq!(world.event(10 * MINUTE, "order c 1"), Verdict::Waiting);
    assert_eq!(world.event(15 * MINUTE, "order d 1"), Verdict::Fired);
    assert_eq!(ids(&world.detail(), "order"), ["c", "d", "a"], "in order of acceptance");
}

#[test]
fn a_sliding_window_is_forgotten_after_retain() {
    let mut world = sliding(3);
    world.event(0, "order a 1");
    assert_eq!(world.due(), Some(5 * DAY));
    assert_eq!(world.timer(5 * DAY - 1), Verdict::Ignored);
    assert_eq!(world.timer(5 * DAY), Verdict::Forgotten);
    let mut world = World::new(windowed(3, Window::Sliding(span(9 * DAY))));
    world.event(0, "order a 1");
    assert_eq!(world.due(), Some(9 * DAY), "not while its member is in the window");
}

#[test]
fn a_tumbling_window_runs_from_multiple_to_multiple_its_end_excluded() {
    for (last, verdict) in [(10 * MINUTE - 1, Verdict::Fired), (10 * MINUTE, Verdict::Waiting)] {
        let mut world = tumbling(2);
        world.event(9 * MINUTE, "order a 1");
        assert_eq!(world.due(), Some(10 * MINUTE));
        assert_eq!(world.event(last, "order b 1"), verdict, "{last}");
    }
}

#[test]
fn a_tumbling_window_fires_once_and_the_rest_of_it_is_late() {
    let mut world = tumbling(2);
    assert_eq!(world.event(0, "order a 1"), Verdict::Waiting);
    assert_eq!(world.event(1, "order b 1"), Verdict::Fired);
    for (ms, id) in [(2, "c"), (3, "d"), (10 * MINUTE - 1, "e")] {
        assert_eq!(world.event(ms, &format!("order {id} 1")), Verdict::Late);
    }
    assert_eq!(world.event(10 * MINUTE, "order f 1"), Verdict::Waiting);
    assert_eq!(world.event(10 * MINUTE + 1, "order g 1"), Verdict::Fired);
    assert_eq!(world.fired(), ["done#1 x2 at 1", "done#2 x2 at 600001"]);
}

#[test]
fn the_end_of_a_window_empties_it_silently_and_ends_no_round() {
    for by_timer in [true, false] {
        let mut world = tumbling(2);
        world.event(0, "order a 1");
        if by_timer {
            assert_eq!(world.timer(10 * MINUTE - 1), Verdict::Ignored);
            assert_eq!(world.timer(10 * MINUTE), Verdict::Expired);
        }
        assert_eq!(world.event(10 * MINUTE, "order b 1"), Verdict::Waiting);
        assert_eq!(world.event(9 * MINUTE, "order c 1"), Verdict::Late, "its window is over");
        assert_eq!(world.event(11 * MINUTE, "order d 1"), Verdict::Fired);
        assert_eq!(ids(&world.detail(), "order"), ["b", "d"]);
        assert_eq!(world.fired(), ["done#1 x2 at 660000"]);
    }
}

#[test]
fn windows_before_the_epoch_are_aligned_too() {
    let mut world = tumbling(2);
    world.event(-crate::world::START - 1, "order a 1");
    assert_eq!(world.due(), Some(-crate::world::START));
    assert_eq!(world.event(-crate::world::START, "order b 1"), Verdict::Waiting);
}

#[test]
fn distinct_values_of_a_tumbling_window() {
    let mut condition = windowed(2, Window::Tumbling(span(10 * MINUTE)));
    condition.members[0].distinct = Some(0);
    let mut world = World::new(condition);
    world.event(0, "order a red");
    assert_eq!(world.event(1, "order b red"), Verdict::Ignored);
    assert_eq!(world.event(10 * MINUTE, "order c red"), Verdict::Waiting, "a new window");
    assert_eq!(world.event(10 * MINUTE + 1, "order d blue"), Verdict::Fired);
}

#[test]
fn a_window_longer_than_retain_still_fires_only_once() {
    let window = 30 * DAY;
    let mut condition = windowed(1, Window::Tumbling(span(window)));
    condition.retain = span(HOUR);
    let mut world = World::new(condition);
    assert_eq!(world.event(0, "order a 1"), Verdict::Fired);
    let end = window - crate::world::START.rem_euclid(window);
    assert_eq!(world.due(), Some(end), "days away, remembered until then");
    assert_eq!(world.event(end - 1, "order b 1"), Verdict::Late);
    assert_eq!(world.event(end, "order c 1"), Verdict::Fired);
}

/// Moments, ascending, each with one of a few values.
fn orders() -> impl Strategy<Value = Vec<(i64, u8)>> {
    prop::collection::vec((0_i64..40, 0_u8..4), 0..40).prop_map(|steps| {
        let mut at = 0;
        let moments = steps.into_iter().map(|(step, value)| {
            at += step;
            (at, value)
        });
        moments.collect()
    })
}

proptest! {
    #[test]
    fn a_sliding_window_is_what_its_definition_says(orders in orders(), reach in 1_u64..6, length in 1_i64..100, distinct in any::<bool>()) {
        let mut condition = windowed(reach, Window::Sliding(span(length)));
        condition.members[0].distinct = distinct.then_some(0);
        let mut world = World::new(condition);
        let mut since_firing: Vec<(i64, u8)> = vec![];
        for (n, (at, value)) in orders.into_iter().enumerate() {
            since_firing.push((at, value));
            let in_window = since_firing.iter().filter(|(then, _)| at - then <= length).map(|(_, value)| *value);
            let number = if distinct { in_window.collect::<BTreeSet<_>>().len() } else { in_window.count() };
            let fires = number as u64 >= reach;
            prop_assert_eq!(world.event(at, &format!("order o{n} {value}")) == Verdict::Fired, fires);
            if fires {
                let last = detail(world.derived.last().unwrap());
                prop_assert_eq!(&last["count"], &json!(number));
                prop_assert_eq!(ids(&last, "order").len(), number);
                since_firing.clear();
            }
        }
    }

    #[test]
    fn a_tumbling_window_is_what_its_definition_says(orders in orders(), reach in 1_u64..6, length in 1_i64..100) {
        let mut world = World::new(windowed(reach, Window::Tumbling(span(length))));
        let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
        for (n, (at, value)) in orders.into_iter().enumerate() {
            let count = counts.entry((crate::world::START + at).div_euclid(length)).or_default();
            *count += 1;
            let verdict = world.event(at, &format!("order o{n} {value}"));
            prop_assert_eq!(verdict == Verdict::Fired, *count == reach);
            prop_assert_eq!(verdict == Verdict::Late, *count > reach);
        }
    }
}
