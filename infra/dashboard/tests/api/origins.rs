//! What started a run: told while it is in progress, and the same when it is over.

use fanin_dashboard::limits::MAX_EVENTS;
use serde_json::{Value, json};

use crate::world::{World, envelope};

/// What a run says of the event that started it.
fn origin(run: &Value) -> [Value; 4] {
    ["cause", "event", "event_id", "since"].map(|field| run[field].clone())
}

fn only(runs: &Value) -> Value {
    runs["rows"][0].clone()
}

#[test]
fn a_run_that_is_over_tells_the_same_origin_as_in_progress() {
    let world = World::new();
    world.event("Order", "o", r#"{"id":"7"}"#);
    let waiting = only(&world.until("/api/runs?state=waiting", |runs| runs["total"] == 1));
    let [cause, event, id, since] = origin(&waiting);
    assert_eq!((&cause, &id, &since), (&json!("order"), &json!("o"), &json!("2026-01-02T03:00:00Z")));
    let story = world.get(&format!("/events/{}", event.as_str().unwrap()));
    assert_eq!((&story["answer"], &story["event"]["id"]), (&json!("story"), &json!("o")));
    // A repetition does not start it, however much later it came.
    world.later(60);
    world.event("Order", "o", r#"{"id":"7"}"#);
    let failed = only(&world.until("/api/runs?state=failed", |runs| runs["total"] == 1));
    assert_eq!(origin(&failed), [cause, event, id, since]);
    let run = failed["run"].as_str().unwrap();
    assert_eq!(origin(&world.get(&format!("/api/runs/{run}"))), origin(&failed));
}

#[test]
fn a_firing_is_an_origin_too() {
    let world = World::new();
    for (id, n) in [("a", 1), ("b", 2)] {
        world.event("Part", id, &format!(r#"{{"job":"42","n":"{n}"}}"#));
    }
    let done = only(&world.until("/api/runs?state=done", |runs| runs["total"] == 1));
    let derived = only(&world.get("/api/stream?kind=derived&name=parts"));
    assert_eq!(
        origin(&done),
        ["parts".into(), derived["id"].clone(), derived["id"].clone(), derived["at"].clone()]
    );
}

#[test]
fn an_origin_is_known_when_its_event_has_left_the_stream() {
    let world = World::new();
    world.event("Order", "o", r#"{"id":"7"}"#);
    let most = usize::try_from(MAX_EVENTS).unwrap();
    let others: Vec<String> = (0..most).map(|n| envelope("Else", &format!("e{n}"), "{}")).collect();
    others.chunks(1_000).for_each(|some| world.events(some.to_vec()));
    let stream = world.get("/api/stream?limit=1");
    assert!(stream["oldest"].as_u64().unwrap() > 1, "{stream}");
    world.later(60);
    world.until("/dead", |dead| dead["total"] == 1);
    let failed = only(&world.until("/api/runs?state=failed", |runs| runs["total"] == 1));
    assert_eq!((&failed["cause"], &failed["event_id"]), (&json!("order"), &json!("o")));
}
