//! The derived event: its envelope, what it carries of its members, and the claim check.

use std::sync::Arc;

use fanin_condition::limits::MAX_INLINE_BYTES;
use fanin_condition::{Collect, Condition, Key, Kind};
use serde_json::{Value, json};

use crate::world::{World, condition, count, detail, envelope, happening};

fn fired(collect: Collect) -> World {
    let mut world = World::new(Condition { collect, ..count(Some(2)) });
    world.event(5, "part b 2");
    world.event(2, "part a 1");
    world
}

#[test]
fn the_envelope_is_an_eventbridge_event_in_its_usual_order() {
    let mut condition = count(Some(1));
    condition.by = vec!["tenant".into(), "job".into()];
    let mut world = World::new(condition);
    world.key = Key::of(&["eu,1", "4\"2"]);
    world.event(5, "part b 2");
    let derived = &world.derived[0];
    assert_eq!(derived.captures, [Arc::from("eu,1"), Arc::from("4\"2")]);
    assert_eq!((&*derived.name, derived.hops), ("done", 1));
    let event = envelope(derived);
    let names: Vec<&String> = event.as_object().unwrap().keys().collect();
    let order =
        ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"];
    assert_eq!(names, order);
    assert_eq!(event["id"], derived.identity.to_uuid());
    assert_eq!(event["time"], "2026-01-02T03:00:00.005Z");
    let rest = json!({
        "version": "0", "detail-type": "done", "source": "fanin.video", "account": "000000000000", "region": "local",
        "resources": [], "id": event["id"], "time": event["time"], "detail": event["detail"]
    });
    assert_eq!(event, rest);
    let mut detail = event["detail"].clone();
    assert_eq!(detail["members"]["part"][0]["captures"], json!({"part": "2"}));
    detail.as_object_mut().unwrap().remove("members");
    let expected = json!({
        "workflow": "video", "condition": "done", "key": {"tenant": "eu,1", "job": "4\"2"}, "reason": "complete", "round": 1,
        "first_at": event["time"], "last_at": event["time"], "count": 1, "missing": 0
    });
    assert_eq!(detail, expected);
}

#[test]
fn a_condition_without_by_has_an_empty_key() {
    let mut world = World::new(Condition { by: vec![], ..count(Some(1)) });
    assert_eq!(&*world.key, "");
    world.event(0, "part a 1");
    assert_eq!(world.detail()["key"], json!({}));
    assert!(world.derived[0].captures.is_empty());
}

#[test]
fn collect_event_carries_envelopes_with_captures_in_order_of_acceptance() {
    let detail = fired(Collect::Event).detail();
    assert_eq!(
        detail["members"]["part"],
        json!([
            {"id": "a", "detail-type": "part", "time": "2026-01-02T03:00:00.002Z", "detail": {"captures": ["1"]}, "captures": {"part": "1"}},
            {"id": "b", "detail-type": "part", "time": "2026-01-02T03:00:00.005Z", "detail": {"captures": ["2"]}, "captures": {"part": "2"}},
        ])
    );
}

#[test]
fn collect_captures_carries_id_time_and_captures() {
    let detail = fired(Collect::Captures).detail();
    assert_eq!(
        detail["members"],
        json!({"part": [
            {"id": "a", "time": "2026-01-02T03:00:00.002Z", "captures": {"part": "1"}},
            {"id": "b", "time": "2026-01-02T03:00:00.005Z", "captures": {"part": "2"}},
        ]})
    );
}

#[test]
fn collect_none_carries_counts() {
    let detail = fired(Collect::None).detail();
    assert_eq!((detail.get("members"), &detail["counts"]), (None, &json!({"part": 2})));
    let mut world = World::new(Condition { collect: Collect::None, ..count(None) });
    world.event(0, "manifest m 1");
    world.event(1, "part a 1");
    assert_eq!(world.detail()["counts"], json!({"part": 1, "manifest": 1}));
    let kinds: [(Kind, Value); 3] = [
        (Kind::All, json!({"a": 1, "b": 1})),
        (Kind::Sequence, json!({"a": 1, "b": 1})),
        (Kind::AtLeast { n: 1 }, json!({"a": 1, "b": 0})),
    ];
    for (kind, counts) in kinds {
        let mut world = World::new(Condition { collect: Collect::None, ..condition(kind, &["a", "b"]) });
        world.event(0, "a x");
        world.event(1, "b y");
        assert_eq!(world.detail()["counts"], counts);
    }
}

#[test]
fn a_name_that_stands_twice_is_one_list() {
    let mut world = World::new(condition(Kind::Sequence, &["ping", "pong", "ping"]));
    let mut play = |ms, text, member| world.happens_as(ms, &happening(text), member);
    play(0, "ping a", 0);
    play(1, "pong b", 1);
    play(2, "ping c", 2);
    let detail = world.detail();
    assert_eq!(crate::world::ids(&detail, "ping"), ["a", "c"]);
    assert_eq!(crate::world::ids(&detail, "pong"), ["b"]);
}

/// A firing whose `members` JSON has `size` bytes.
fn sized(size: usize) -> World {
    let mut world = World::new(Condition { collect: Collect::Captures, ..count(Some(1)) });
    let mut event = happening("part a");
    let frame = r#"{"part":[{"id":"a","time":"2026-01-02T03:00:00Z","captures":{"part":""}}]}"#.len();
    event.captures = vec!["x".repeat(size - frame)];
    world.happens(0, &event);
    world
}

#[test]
fn members_past_the_limit_go_to_the_object_store() {
    let world = sized(MAX_INLINE_BYTES);
    assert_eq!(world.derived[0].claim, None);
    assert_eq!(detail(&world.derived[0])["members"].to_string().len(), MAX_INLINE_BYTES);

    let world = sized(MAX_INLINE_BYTES + 1);
    let derived = &world.derived[0];
    let claim = derived.claim.as_ref().unwrap();
    assert_eq!(claim.key, format!("fanin-claims/{}.json", derived.identity.to_uuid()));
    assert_eq!(claim.body.len(), MAX_INLINE_BYTES + 1);
    let body: Value = serde_json::from_str(&claim.body).unwrap();
    assert_eq!(body["part"][0]["id"], "a");
    let reference = json!({"$claim": claim.key, "bytes": MAX_INLINE_BYTES + 1});
    assert_eq!(detail(derived)["members"], reference);
    assert!(derived.envelope.len() < 2_000);
}
