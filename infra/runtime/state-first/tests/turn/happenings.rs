//! What is told of a batch: each outcome once it has left, no payload, and nothing where nothing is to be told.

use std::collections::BTreeMap;

use crate::support::*;
use fanin_event::Span;
use fanin_state_first::*;

const WORKFLOW: &str = "
version: 1
name: w
events:
  item: { match: { source: [t], detail-type: [Item] }, capture: { $.detail.k: '{k}' } }
  other: { match: { source: [t], detail-type: [Other], detail: { size: [big] } }, capture: { $.detail.k: '{k}' } }
conditions:
  both: { all: [item, other], by: k, within: 1h }
";

fn telling(world: &World, telling: Telling, messages: &[Received]) -> Told {
    let told = run(world.other().telling(telling).batch_told(messages, &TIME)).unwrap();
    assert!(told.troubles.is_empty(), "{told:?}");
    told
}

fn words(told: &Told) -> Vec<(Occurrence, String)> {
    told.happened.lines.iter().map(|line| (line.what, line.name.clone())).collect()
}

#[test]
fn outcomes_are_told_and_all_is_told_when_it_is_wanted() {
    for (how, wanted) in [
        (Telling::Off, vec![]),
        (Telling::Outcomes, vec![(Occurrence::Fired, "both")]),
        (
            Telling::All,
            vec![
                (Occurrence::Accepted, "item"),
                (Occurrence::Accepted, "other"),
                (Occurrence::Fired, "both"),
            ],
        ),
    ] {
        let mut world = World::new(WORKFLOW);
        let item = world.event("Item", "a", r#"{"k":"1","secret":"s3cret"}"#);
        let other = world.event("Other", "b", r#"{"k":"1","size":"big","secret":"s3cret"}"#);
        let told = telling(&world, how, &[item, other]);
        let wanted: Vec<(Occurrence, String)> =
            wanted.into_iter().map(|(what, name)| (what, name.to_owned())).collect();
        assert_eq!(words(&told), wanted);
        for line in &told.happened.lines {
            assert_eq!(line.key, BTreeMap::from([("k".to_owned(), "1".to_owned())]));
            assert!(!serde_json::to_string(line).unwrap().contains("s3cret"), "{line:?}");
        }
    }
}

#[test]
fn a_firing_whose_commit_was_not_answered_is_told_all_the_same() {
    let mut world = World::new(WORKFLOW);
    let item = world.event("Item", "a", r#"{"k":"1"}"#);
    let other = world.event("Other", "b", r#"{"k":"1","size":"big"}"#);
    world.faults(&[Fault::Lost]);
    let told = telling(&world, Telling::Outcomes, &[item, other]);
    assert_eq!(words(&told), [(Occurrence::Fired, "both".to_owned())]);
}

#[test]
fn an_event_that_is_almost_one_says_which_field_stands_in_the_way() {
    let mut world = World::new(WORKFLOW);
    let small = world.event("Other", "b", r#"{"k":"1","size":"s3cret"}"#);
    let told = telling(&world, Telling::Outcomes, std::slice::from_ref(&small));
    let line = &told.happened.lines[0];
    assert_eq!((line.what, line.id.as_str()), (Occurrence::Unmatched, "b"));
    let near = line.near.as_ref().unwrap();
    assert_eq!((near.name.as_str(), near.field.contains("size")), ("other", true));
    assert!(!serde_json::to_string(line).unwrap().contains("s3cret"), "the value is told only where all is");
    let told = telling(&world, Telling::All, &[small]);
    let near = told.happened.lines[0].near.clone().unwrap();
    assert!(near.reason.unwrap().contains("s3cret"));
}

#[test]
fn so_many_misses_are_looked_at() {
    let mut world = World::new(WORKFLOW);
    let most = limits::MAX_MISSES_A_BATCH;
    let batch: Vec<Received> =
        (0..=most).map(|n| world.event("Nothing", &format!("n{n}"), r#"{"k":"1"}"#)).collect();
    let told = telling(&world, Telling::Outcomes, &batch);
    assert_eq!((told.happened.lines.len(), told.happened.more), (most, 1));
}

#[test]
fn what_is_given_up_is_told_by_its_place() {
    let mut world = World::new(WORKFLOW);
    let odd = world.message("s3cret".to_owned());
    let told = telling(&world, Telling::Outcomes, &[odd]);
    assert_eq!(words(&told), [(Occurrence::Dead, "not-json".to_owned())]);
    assert_eq!(told.happened.lines[0].id, world.dead_sorts()[0]);
    assert!(!serde_json::to_string(&told.happened.lines).unwrap().contains("s3cret"));
}

#[test]
fn what_was_told_before_its_message_left_is_told_when_it_leaves() {
    let mut world = World::new(WORKFLOW);
    let item = world.event("Item", "a", r#"{"k":"1"}"#);
    let other = world.event("Other", "b", r#"{"k":"1","size":"big"}"#);
    world.done(&[item]);
    let other_again = world.again(&other);
    let told = telling(&world, Telling::All, &[other]);
    assert!(words(&told).contains(&(Occurrence::Fired, "both".to_owned())));
    let told = telling(&world, Telling::All, &[other_again]);
    assert!(words(&told).contains(&(Occurrence::Duplicate, "both".to_owned())), "{:?}", words(&told));
}

#[test]
fn a_wake_up_says_how_long_it_was_due() {
    let mut world = World::new(WORKFLOW);
    let due = fanin_event::Timestamp(world.at - 5_000);
    let wake = Message::Wake { condition: "both".into(), key: "1".to_owned(), due };
    let wake = world.message(wake.to_text());
    assert_eq!(world.batch(&[wake]).overdue, Span(5_001));
}
