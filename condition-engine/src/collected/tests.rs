//! Forms and limits of collected members.

use std::sync::Arc;

use super::*;
use fanin_event::Identity;

fn keep(collection: &mut Collection, collect: Collect, event: MemberEvent<'_>) {
    let tag = Print::of_member(0, event.identity);
    collection.keep(collect, &Arrival { event: &event, member: &member(), print: tag, tag });
}

fn member() -> Member {
    let captures = vec![Arc::from("part"), Arc::from("by \"x\"")];
    Member { name: Arc::from("part"), captures, key: vec![], distinct: None, reach: None }
}

fn event(envelope: &str) -> MemberEvent<'_> {
    MemberEvent {
        member: 0,
        identity: Identity::of(&["s3", "1"]),
        id: "e-1",
        accepted: Timestamp(1_000),
        time: Timestamp(500),
        captures: &["7", "y"],
        envelope,
        hops: 0,
        waived: None,
    }
}

fn kept(collect: Collect, envelope: &str) -> String {
    let mut collection = Collection::default();
    keep(&mut collection, collect, event(envelope));
    collection.records().next().unwrap().json.to_string()
}

#[test]
fn a_whole_envelope_gets_captures() {
    let captures = r#""captures":{"part":"7","by \"x\"":"y"}"#;
    for (envelope, expected) in [
        (r#"{"id":"1","detail":{}}"#, format!(r#"{{"id":"1","detail":{{}},{captures}}}"#)),
        (" { \"id\":\"1\" } \n", format!(r#"{{"id":"1",{captures}}}"#)),
        ("{}", format!("{{{captures}}}")),
        ("not json", format!(r#"{{"id":"e-1","time":"1970-01-01T00:00:00.500Z",{captures}}}"#)),
    ] {
        let json = kept(Collect::Event, envelope);
        assert_eq!(json, expected);
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    }
    assert!(kept(Collect::Captures, "{\"id\":\"1\"}").starts_with(r#"{"id":"e-1","time""#));
}

#[test]
fn envelopes_give_way_to_captures_at_the_thousandth() {
    let mut collection = Collection::default();
    for _ in 0..=MAX_ENVELOPES {
        keep(&mut collection, Collect::Event, event(r#"{"id":"e-1","detail":{}}"#));
    }
    let whole: Vec<bool> = collection.records().map(|r| r.json.contains("detail")).collect();
    assert_eq!(whole.iter().filter(|w| **w).count(), MAX_ENVELOPES);
    assert_eq!(whole.last(), Some(&false));
    assert_eq!(collection.omitted(), 0);
}

#[test]
fn large_envelopes_give_way_to_captures_at_the_byte_limit() {
    let large = format!(r#"{{"id":"e-1","detail":"{}"}}"#, "x".repeat(1024 * 1024));
    let mut collection = Collection::default();
    for _ in 0..9 {
        keep(&mut collection, Collect::Event, event(&large));
    }
    let whole: Vec<bool> = collection.records().map(|r| r.json.contains("detail")).collect();
    assert_eq!(whole, [true, true, true, true, true, true, true, false, false]);
    collection.drop_front_while(|r| r.json.contains("detail"));
    keep(&mut collection, Collect::Event, event(&large));
    assert!(collection.records().last().unwrap().json.contains("detail"), "room was made");
}

#[test]
fn past_the_limit_members_are_only_counted() {
    let mut collection = Collection::default();
    for _ in 0..MAX_COLLECTED {
        keep(&mut collection, Collect::Captures, event("{}"));
    }
    assert_eq!((collection.records().len(), collection.omitted()), (MAX_COLLECTED, 0));
    keep(&mut collection, Collect::Captures, event("{}"));
    assert_eq!((collection.records().len(), collection.omitted()), (MAX_COLLECTED, 1));
}

#[test]
fn past_the_byte_limit_members_are_only_counted() {
    let huge = "x".repeat(MAX_COLLECTED_BYTES - 100);
    let values = [huge.as_str(), ""];
    let mut collection = Collection::default();
    keep(&mut collection, Collect::Captures, MemberEvent { captures: &values, ..event("{}") });
    keep(&mut collection, Collect::Captures, event("{}"));
    assert_eq!((collection.records().len(), collection.omitted()), (1, 1));
}
