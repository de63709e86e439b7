//! Every limit that shows from outside, on both sides.

use fanin_condition::limits::{
    MAX_CANDIDATES, MAX_COLLECTED, MAX_EXPLAINED, MAX_KEY_BYTES, MAX_REACH, MAX_REPEATS, MAX_SEEN,
    MAX_SEEN_WATCHED,
};
use fanin_condition::{
    Collect, Condition, Fire, Input, Instance, Kind, MemberEvent, Reach, Verdict, Window, apply, explain,
};
use fanin_event::{Identity, Timestamp};
use serde_json::json;

use crate::world::{START, World, condition, count, happening, ids, span};

/// The `n`th event of member 0, cheap enough for a million of them.
fn cheap(n: u64, accepted: i64) -> MemberEvent<'static> {
    let mut identity = [7; 16];
    identity[..8].copy_from_slice(&n.to_le_bytes());
    MemberEvent {
        member: 0,
        identity: Identity(identity),
        id: "e",
        accepted: Timestamp(accepted),
        time: Timestamp(accepted),
        captures: &["1"],
        envelope: "{}",
        hops: 0,
        waived: None,
    }
}

fn bulk(world: &mut World, numbers: std::ops::Range<u64>) -> Verdict {
    let mut verdict = Verdict::Ignored;
    let mut effects = Vec::new();
    for n in numbers {
        let input = Input::Event(cheap(n, START + n as i64));
        verdict = apply(&world.condition, "k", &mut world.instance, &input, &mut effects);
    }
    verdict
}

#[test]
fn past_the_limit_of_ids_the_older_half_becomes_the_floor() {
    let limit = MAX_SEEN as u64;
    let mut world = World::new(Condition { collect: Collect::None, ..count(Some(MAX_REACH)) });
    bulk(&mut world, 0..limit);
    assert_eq!(world.input(&Input::Event(cheap(0, START))), Verdict::Duplicate, "at the limit all are known");
    bulk(&mut world, limit..limit + 1);
    let half = limit / 2;
    assert_eq!(world.input(&Input::Event(cheap(half, START + half as i64))), Verdict::Duplicate);
    let folded = cheap(half - 1, START + half as i64 - 1);
    assert_eq!(world.input(&Input::Event(folded)), Verdict::Rejected, "may have been counted");
    assert_eq!(world.rejected, ["late-past-floor"]);
    // A new event just above the floor counts, at the floor it does not.
    let count = |world: &World| explain(&world.condition, "k", &world.instance, Timestamp(START)).count;
    assert_eq!(count(&world), limit + 1);
    assert_eq!(world.input(&Input::Event(cheap(limit * 2, START + half as i64 - 1))), Verdict::Rejected);
    assert_eq!(world.input(&Input::Event(cheap(limit * 2, START + half as i64))), Verdict::Waiting);
    assert_eq!(count(&world), limit + 2);
}

#[test]
fn a_watched_device_remembers_a_few_ids_and_refuses_nothing() {
    let watched = condition(Kind::Absent { hold: span(i64::MAX) }, &["heartbeat"]);
    let mut world = World::new(watched);
    for n in 0..=MAX_SEEN_WATCHED as i64 {
        world.event(n, &format!("heartbeat h{n}"));
    }
    assert_eq!(world.event(20, "heartbeat h20"), Verdict::Duplicate);
    assert_eq!(world.event(3, "heartbeat h3"), Verdict::Ignored, "forgotten, but older than the last");
    assert!(world.rejected.is_empty());
}

#[test]
fn a_key_may_have_a_kilobyte() {
    for (bytes, taken) in [(MAX_KEY_BYTES, true), (MAX_KEY_BYTES + 1, false)] {
        let mut world = World::new(count(Some(1)));
        world.key = "k".repeat(bytes).as_str().into();
        assert_eq!(world.event(0, "part a 1") == Verdict::Fired, taken);
        assert_eq!(world.rejected.is_empty(), taken);
        assert_eq!(world.instance.is_new(), !taken);
    }
}

#[test]
fn a_written_number_is_held_inside_its_bounds() {
    let mut world = World::new(count(Some(0)));
    assert_eq!(world.event(0, "part a 1"), Verdict::Fired, "0 is taken as 1");
    let world = World::new(count(Some(u64::MAX)));
    let told = explain(&world.condition, "k", &world.instance, Timestamp(START));
    assert_eq!(told.needed, Some(MAX_REACH));
}

#[test]
fn a_firing_says_when_it_does_not_carry_all() {
    let collected = MAX_COLLECTED as u64;
    for (reach, truncated) in [(collected, None), (collected + 1, Some(&json!(true)))] {
        let mut world = World::new(Condition { collect: Collect::Captures, ..count(Some(reach)) });
        bulk(&mut world, 0..reach - 1);
        world.input(&Input::Event(cheap(reach, START + reach as i64)));
        let detail = world.detail();
        assert_eq!(detail.get("truncated"), truncated);
        assert_eq!(detail["count"], json!(reach));
    }
}

#[test]
fn a_sequence_keeps_so_many_events_that_wait_for_a_predecessor() {
    for (waiting, still_there) in [(MAX_CANDIDATES, true), (MAX_CANDIDATES + 1, false)] {
        let mut world = World::new(Condition {
            collect: Collect::None,
            ..condition(Kind::Sequence, &["order", "paid", "packed"])
        });
        for n in 0..waiting {
            assert_eq!(world.event(n as i64 + 10, &format!("paid p{n}")), Verdict::Waiting);
        }
        let mut packed = happening("packed k");
        packed.time = Some(10);
        world.happens(5_000, &packed);
        let mut order = happening("order o");
        order.time = Some(5);
        // Only the earliest payment lies between this order and that parcel.
        assert_eq!(world.happens(5_001, &order) == Verdict::Fired, still_there, "{waiting}");
    }
}

#[test]
fn explain_lists_so_many_members_and_says_how_many_more() {
    let mut world = World::new(Condition { collect: Collect::Captures, ..count(Some(MAX_REACH)) });
    let explained = MAX_EXPLAINED as u64;
    for (events, hidden) in [(0..explained, 0), (explained..explained + 1, 1)] {
        bulk(&mut world, events);
        let told = explain(&world.condition, "k", &world.instance, Timestamp(START));
        assert_eq!((told.members.len(), told.members_not_shown), (MAX_EXPLAINED, hidden));
    }
}

#[test]
fn explain_knows_so_many_repeated_ids() {
    let mut world = World::new(Condition { collect: Collect::Captures, ..count(Some(MAX_REACH)) });
    let repeats = MAX_REPEATS as u64;
    bulk(&mut world, 0..repeats + 1);
    bulk(&mut world, 0..repeats + 1);
    bulk(&mut world, 0..1);
    let told = explain(&world.condition, "k", &world.instance, Timestamp(START));
    assert_eq!(u64::from(told.duplicates), repeats + 2);
    let times: Vec<u32> = told.members.iter().map(|member| member.times).collect();
    assert_eq!((times[0], times[MAX_REPEATS - 1]), (3, 2));
    let last = world.instance.clone();
    bulk(&mut world, repeats..repeats + 1);
    assert_ne!(last, world.instance, "the total still grows");
}

#[test]
fn a_number_from_an_event_outlives_the_window_it_came_in() {
    let kind = Kind::Count { reach: Reach::Captured, window: Some(Window::Sliding(span(10))) };
    let mut world =
        World::new(Condition { fire: Fire::Every, ..condition(kind, &["part part", "manifest parts"]) });
    world.condition.members[1].reach = Some(0);
    world.instance = Instance::new(&world.condition);
    world.event(0, "manifest m 2");
    world.event(100, "part a 1");
    assert_eq!(world.event(110, "part b 1"), Verdict::Fired);
    assert_eq!(ids(&world.detail(), "part"), ["a", "b"]);
}
