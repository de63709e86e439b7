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

/// An upload as the bus brings it.
fn upload(world: &mut World, number: u32, name: &str) -> Received {
    let body = format!(
        r#"{{"version":"0","id":"17793124-05d4-b198-2fde-7ededc63b1{number:02}","detail-type":"Object Created","source":"aws.s3","account":"111122223333","time":"2026-01-05T09:00:03Z","region":"eu-central-1","resources":["arn:aws:s3:::uploads"],"detail":{{"version":"0","bucket":{{"name":"uploads"}},"object":{{"key":"jobs/alpha/{name}","size":1024,"etag":"b1946ac92492d2347c6235b4d2611100","sequencer":"00617F08299329D100"}},"request-id":"N4N7GDK58NMKJ00R","requester":"111122223333","source-ip-address":"203.0.113.7","reason":"PutObject"}}}}"#
    );
    world.message(body)
}

/// The lines of the example of uploads, with the bytes that `docs/deploy.md` says: what they cost is counted from that.
#[test]
fn a_line_has_so_many_bytes() {
    use Occurrence::{Accepted, Dead, Duplicate, Fired, Late, Unmatched};
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../examples/uploads/workflow.yaml");
    let workflow = std::fs::read_to_string(file).unwrap().replace("name: uploads", "name: w");
    let mut world = World::new(&workflow);
    let first = upload(&mut world, 1, "part-1-of-2.csv");
    let second = upload(&mut world, 2, "part-2-of-2.csv");
    let typo = upload(&mut world, 3, "part-2-of-2.CSV");
    let late = upload(&mut world, 4, "part-3-of-2.csv");
    let odd = world.message(r#"{"size":1}"#.to_owned());
    let again = world.again(&first);
    let mut lines = Vec::new();
    for batch in [vec![first, second, typo.clone()], vec![again], vec![late], vec![odd]] {
        lines.extend(telling(&world, Telling::All, &batch).happened.lines);
    }
    lines.extend(telling(&world, Telling::Outcomes, &[typo]).happened.lines);
    for line in &lines {
        let bytes = serde_json::to_string(line).unwrap().len() + 1;
        let value = line.near.as_ref().is_some_and(|near| near.reason.is_some());
        assert!(if value { bytes <= 300 } else { (120..=185).contains(&bytes) }, "{bytes}: {line:?}");
    }
    let mut kinds: Vec<Occurrence> = lines.iter().map(|line| line.what).collect();
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds, [Accepted, Unmatched, Duplicate, Late, Fired, Dead]);
}
