//! Bases, moments, and what is missing.

use std::ops::ControlFlow;

use fanin_condition::Key;
use fanin_event::Timestamp;
use fanin_history::story::{self, Extent};
use fanin_history::{History, HistoryError, IdAsked};
use fanin_runtime::SEMANTICS;
use fanin_store_embedded::Options;

use crate::workflows::{ORDERS, PARTS};
use crate::world::{BEGIN, World};

fn part(world: &mut World, job: u32, part: u32) {
    let detail = format!(r#"{{"job":"{job}","part":"{part}","file":"a.csv"}}"#);
    world.send(&format!("p-{job}-{part}"), "Part", &detail);
}

#[test]
fn the_base_before_a_moment_is_found() {
    let mut world = World::new(PARTS);
    for n in 1..=3 {
        part(&mut world, n, 1);
        world.snapshot();
    }
    part(&mut world, 4, 1);
    let history = History::open(world.dir()).unwrap();
    assert_eq!(history.inspection().bases(), [0, 2, 3, 4]);
    let at = |seconds: i64| history.since(Timestamp(BEGIN + seconds * 1000)).unwrap().at;
    assert_eq!([at(0), at(1), at(2), at(3), at(99)], [0, 2, 3, 4, 4]);
    assert_eq!(history.since_frame(3).unwrap().at, 3);
    assert_eq!(history.earliest().unwrap().at, 0);
    assert_eq!((history.first(), history.last()), (1, 5));
    assert_eq!(history.known_from().unwrap().at, None);
    assert_eq!(history.present().unwrap().engine.instance_count(), 4);
}

#[test]
fn playing_stops_when_it_is_told_to_and_at_its_moment() {
    let mut world = World::new(ORDERS);
    world.send("pay-1", "Paid", r#"{"order":"7"}"#);
    world.later(3600);
    let history = History::open(world.dir()).unwrap();
    let mut past = history.earliest().unwrap();
    let mut seen = 0;
    history
        .play(&mut past, &mut |_, _| {
            seen += 1;
            if seen == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    assert_eq!((seen, past.at), (2, 2));
    // Up to a millisecond before the deadline nothing has timed out; at it, it has.
    for (until, timeouts) in [(600_999, 0), (601_000, 1)] {
        let mut past = history.earliest().unwrap();
        let until = Some(Timestamp(BEGIN + until));
        history.play_until(&mut past, until, &mut |_, _| ControlFlow::Continue(())).unwrap();
        assert_eq!(past.engine.stats().timeouts, timeouts);
    }
}

#[test]
fn one_instance_is_seen_without_the_others() {
    let mut world = World::new(PARTS);
    for n in 1..=100 {
        part(&mut world, n, 1);
    }
    let key = Key::of(&["42"]);
    let glance = |world: &World, key: &Key| {
        let history = History::open(world.dir()).unwrap();
        history.glance(Some(("parts_complete", key))).unwrap()
    };
    assert!(glance(&world, &key).is_none(), "no snapshot");
    world.snapshot();
    let past = glance(&world, &key).unwrap();
    assert_eq!(past.engine.instance_count(), 1);
    let whole = History::open(world.dir()).unwrap().present().unwrap();
    let (one, all) =
        (past.engine.instance("parts_complete", "42"), whole.engine.instance("parts_complete", "42"));
    assert_eq!(one.unwrap().instance, all.unwrap().instance);
    assert_eq!((past.engine.now(), past.engine.stats()), (whole.engine.now(), whole.engine.stats()));
    assert!(
        glance(&world, &Key::of(&["nobody"])).unwrap().engine.instance("parts_complete", "nobody").is_none()
    );
    part(&mut world, 101, 1);
    assert!(glance(&world, &key).is_none(), "something came after the snapshot");
}

#[test]
fn a_story_begins_at_a_snapshot_in_the_middle() {
    let mut world = World::new(PARTS);
    part(&mut world, 1, 1);
    part(&mut world, 1, 2);
    world.snapshot();
    world.send("m-1", "Manifest", r#"{"job":"1","parts":2}"#);
    let whole = World::new(PARTS);
    drop(whole);
    let history = History::open(world.dir()).unwrap();
    let asked = IdAsked::read("m-1").unwrap();
    let told = |extent| serde_json::to_value(story::of_event(&history, &asked, extent).unwrap()).unwrap();
    let all = told(Extent::default());
    assert_eq!(all["effects"][0]["fate"], "completed");
    assert_eq!(all["effects"][0]["count"], 2);
    let ends =
        story::of_instance(&history, ("parts_complete", &Key::of(&["1"])), 1, Extent::default()).unwrap();
    let ends = serde_json::to_value(&ends).unwrap();
    assert_eq!(ends[0]["because"]["members"].as_array().unwrap().len(), 3);
}

/// A store that keeps as little as it can.
fn forgetful(workflow: &str) -> World {
    let options = Options { retain_bytes: 0, segment_bytes: 4096, spares: 0, ..Options::new(SEMANTICS) };
    World::with(workflow, options)
}

#[test]
fn what_came_before_the_retained_log_is_said_to_be_unknown() {
    let mut world = forgetful(PARTS);
    for n in 1..=40 {
        part(&mut world, n, 1);
    }
    world.snapshot();
    for n in 41..=80 {
        part(&mut world, n, 1);
    }
    world.snapshot();
    world.send("m-1", "Manifest", r#"{"job":"1","parts":1}"#);
    let history = History::open(world.dir()).unwrap();
    let known = history.known_from().unwrap();
    assert!(known.frame > 0 && known.at.is_some(), "{known:?}");
    let answer = story::of_event(&history, &IdAsked::read("p-1-1").unwrap(), Extent::default()).unwrap();
    let answer = serde_json::to_value(&answer).unwrap();
    assert_eq!(answer["answer"], "unknown");
    assert_eq!(answer["known_from"]["frame"], known.frame);
    // The firing is known, its first member is not: nothing of it is made up.
    let ends =
        story::of_instance(&history, ("parts_complete", &Key::of(&["1"])), 1, Extent::default()).unwrap();
    let ends = serde_json::to_value(&ends).unwrap();
    assert_eq!(ends[0]["because"]["count"], 1);
    assert_eq!(ends[0]["because"]["members"].as_array().unwrap().len(), 1);
}

#[test]
fn a_log_that_nothing_leads_to_says_what_is_missing() {
    let mut world = forgetful(PARTS);
    for n in 1..=40 {
        part(&mut world, n, 1);
    }
    world.snapshot();
    for n in 41..=80 {
        part(&mut world, n, 1);
    }
    world.snapshot();
    for entry in std::fs::read_dir(world.dir()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("snapshot-") {
            std::fs::remove_file(path).unwrap();
        }
    }
    let history = History::open(world.dir()).unwrap();
    let error = history.earliest().unwrap_err();
    assert!(matches!(error, HistoryError::Gone { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("no snapshot leads to frame 1") && text.contains("fanin doctor"), "{text}");
}
