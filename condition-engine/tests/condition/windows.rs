//! `count` in a sliding and in a tumbling window.

use fanin_condition::{Verdict, Window};
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
