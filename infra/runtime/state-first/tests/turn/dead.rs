//! Dead letters, hop limits, and what people do: every letter can be found, and tried again where that makes sense.

use std::collections::BTreeMap;

use crate::support::*;
use fanin_event::Timestamp;
use fanin_runtime::{Command, Operation};
use fanin_state_first::*;

const WORKFLOW: &str = "
version: 1
name: w
events:
  item: { match: { source: [t], detail-type: [Item] }, capture: { $.detail.k: '{k}', $.detail.n: '{n}' } }
  other: { match: { source: [t], detail-type: [Other] }, capture: { $.detail.k: '{k}' } }
conditions:
  items: { count: item, by: k, reach: item.n, within: 1h }
  both: { all: [item, other], by: k, within: 1h }
rules:
  call: { when: [items, both.timeout], invoke: f }
functions:
  f: { respond: null }
";

const LOOP: &str = "
version: 1
name: w
events:
  seed: { match: { source: [t], detail-type: [Seed] } }
conditions:
  one: { any: [seed] }
rules:
  call: { when: one, invoke: f }
functions:
  f: { respond: null }
";

#[test]
fn what_is_no_event_is_buried_under_the_same_codes_as_in_the_other_host() {
    let mut world = World::new(LOOP);
    let bodies = [
        "hello",
        "{\"source\":\"t\"",
        r#"{"Records":[]}"#,
        r#"{"id":"","source":"t","detail-type":"Seed","detail":{}}"#,
        r#"{"fanin":1,"do":"dance"}"#,
    ];
    let batch: Vec<Received> = bodies.iter().map(|body| world.message((*body).to_owned())).collect();
    world.done(&batch);
    assert_eq!(world.codes(), ["not-json", "not-json", "unknown-form", "bad-field", "not-a-message"]);
    world.done(&batch);
    assert_eq!(world.codes().len(), 5, "again is the same row");
    let sort = world.dead_sorts().remove(0);
    let error = run(world.conditions.redrive(&sort, Timestamp(world.at))).unwrap().unwrap_err();
    assert!(matches!(error, DeadError::Stays(_)), "{error}");
    run(drop_dead(&world.store, "w", &sort)).unwrap().unwrap();
    assert_eq!(world.codes().len(), 4);
    let error = run(world.conditions.redrive(&sort, Timestamp(world.at))).unwrap().unwrap_err();
    assert!(error.to_string().contains("fanin dead list"), "{error}");
}

#[test]
fn a_newer_message_is_left_to_a_newer_program() {
    let mut world = World::new(LOOP);
    let newer = world.message(r#"{"fanin":99,"do":"wake"}"#.to_owned());
    let told = world.batch(&[newer]);
    assert_eq!(told.handled, [Handled::Again]);
    assert!(told.troubles[0].contains("99"));
    assert!(world.codes().is_empty());
}

#[test]
fn an_event_a_condition_cannot_take_is_buried_and_redriven() {
    let mut world = World::new(WORKFLOW);
    let long = "k".repeat(2_000);
    let bad = world.event("Other", "a", &format!(r#"{{"k":"{long}"}}"#));
    world.done(std::slice::from_ref(&bad));
    assert_eq!(world.codes(), ["key-too-long"]);
    assert!(world.store.model.cells().is_empty(), "nothing was opened");
    world.done(&[bad]);
    assert_eq!(world.codes().len(), 1);
    let sort = world.dead_sorts().remove(0);
    world.mood(Mood::Down);
    assert!(run(world.conditions.redrive(&sort, Timestamp(world.at))).unwrap().is_err());
    assert_eq!(world.codes().len(), 1, "it stays until it is on its way");
    world.mood(Mood::Works);
    run(world.conditions.redrive(&sort, Timestamp(world.at))).unwrap().unwrap();
    assert!(world.codes().is_empty());
    let (_, message, _) = world.sent().remove(0);
    assert!(matches!(&message, Message::Event { envelope, .. } if envelope.contains(&long)));
    let again = world.message(message.to_text());
    world.done(&[again]);
    assert_eq!(world.codes(), ["key-too-long"], "it is as bad as before");
}

#[test]
fn a_chain_that_is_too_long_ends_in_a_dead_letter_with_its_chain() {
    let mut world = World::new(LOOP);
    let limit = run(world.conditions.plans().at((&world.store, &world.claims), Timestamp(world.at)));
    let limit = limit.unwrap().unwrap().newest.hop_limit;
    for (hops, dies) in [(limit - 1, false), (limit, true)] {
        let seed = Message::Derived(DerivedMessage {
            identity: fanin_event::Identity::of(&["seed", &hops.to_string()]),
            name: "seed".into(),
            captures: Vec::new(),
            at: Timestamp(world.at),
            hops,
            envelope: r#"{"id":"1","source":"t","detail-type":"Seed","detail":{}}"#.into(),
            chain: vec!["a".into(), "seed".into()],
        });
        run(world.conditions.operate(&operation("one", "", Command::Drop), Timestamp(world.at)))
            .unwrap()
            .ok();
        world.at += 100 * 24 * 60 * MINUTE;
        let message = world.message(seed.to_text());
        world.done(&[message]);
        assert_eq!(world.codes().is_empty(), !dies, "{hops}");
    }
    let letter = world.dead().remove(0).letter;
    let fanin_runtime::LetterKind::Derived { name, chain, .. } = &letter.what else { unreachable!() };
    assert_eq!((letter.code.as_str(), name.as_str()), ("too-many-hops", "one"));
    assert_eq!(chain, &["one", "seed", "a"]);
    world.names();
    let sort = world.dead_sorts().remove(0);
    run(world.conditions.redrive(&sort, Timestamp(world.at))).unwrap().unwrap();
    assert_eq!(world.names(), ["start call"], "tried again it has no history");
}

#[test]
fn a_large_letter_is_put_aside() {
    let mut world = World::new(LOOP);
    let big = world.message(format!("hello {}", "x".repeat(limits::MAX_DEAD_ROW_BYTES)));
    world.done(&[big]);
    assert!(world.claims.0.lock().unwrap().keys().any(|key| key.starts_with("fanin-dead/")));
    assert!(world.dead()[0].letter.payload.len() > limits::MAX_DEAD_ROW_BYTES);
}

#[test]
fn an_instance_the_store_cannot_take_is_a_dead_letter() {
    let mut world = World::new(WORKFLOW);
    let a = world.event("Other", "a", r#"{"k":"1"}"#);
    world.faults(&[Fault::TooLarge]);
    world.done(&[a]);
    assert_eq!(world.codes(), ["instance-too-large"]);
}

#[test]
fn what_was_put_aside_is_fetched() {
    let mut world = World::new(WORKFLOW);
    let a = world.event("Other", "a", r#"{"k":"1"}"#);
    world.claims.0.lock().unwrap().insert("here".into(), a.body);
    let claimed = |key: &str| Message::Claimed { key: key.into() }.to_text();
    let batch = [world.message(claimed("here")), world.message(claimed("gone"))];
    world.done(&batch);
    assert_eq!(world.store.model.cells().len(), 1);
    assert_eq!(world.codes(), ["claim-gone"]);
}

fn operation(condition: &str, key: &str, command: Command) -> Operation {
    Operation {
        condition: condition.into(),
        key: key.into(),
        command,
        by: "me".into(),
        why: "because".into(),
    }
}

#[test]
fn a_person_drops_expires_and_waives() {
    let mut world = World::new(WORKFLOW);
    let open = |world: &mut World, id: &str| {
        let event = world.event("Other", id, r#"{"k":"1"}"#);
        world.done(&[event]);
        world.names();
    };
    let operate = |world: &World, command: Command| {
        run(world.conditions.operate(&operation("both", "1", command), Timestamp(world.at + 1))).unwrap()
    };
    open(&mut world, "a");
    operate(&world, Command::Drop).unwrap();
    assert!(world.store.model.cells().is_empty());
    let error = operate(&world, Command::Expire).unwrap_err();
    assert!(matches!(error, OperateTrouble::Refused(_)), "{error}");
    open(&mut world, "b");
    let operated = operate(&world, Command::Expire).unwrap();
    assert_eq!((operated.derived.len(), operated.sent), (1, true));
    assert!(operated.derived[0].envelope.contains(r#""by":"me""#));
    let sent = world.sent();
    assert_eq!(sent.iter().map(|(_, m, _)| name(m)).collect::<Vec<_>>(), ["wake both", "start call"]);
    // The wake-up that comes after it lets out again what may not have left, and clears it.
    world.at += 30_000;
    let look = world.message(sent[0].1.to_text());
    world.done(&[look]);
    assert_eq!((world.names(), world.outboxes()), (vec!["start call".to_owned()], 0));
    operate(&world, Command::Drop).unwrap();
    open(&mut world, "c");
    let set = BTreeMap::from([("n".to_owned(), "1".to_owned())]);
    let waived = operate(&world, Command::Waive { member: "item".into(), set }).unwrap();
    assert_eq!(&*waived.derived[0].name, "both");
    let looked = run(world.conditions.look("both", "1", Timestamp(world.at))).unwrap().unwrap().unwrap();
    assert!(!looked.instance.is_open());
}

#[test]
fn an_operation_goes_on_through_conflicts() {
    let mut world = World::new(WORKFLOW);
    let event = world.event("Other", "a", r#"{"k":"1"}"#);
    world.done(&[event]);
    let at = Timestamp(world.at + 1);
    world.faults(&[Fault::Unknown; limits::MAX_OPERATION_ATTEMPTS]);
    let busy = run(world.conditions.operate(&operation("both", "1", Command::Expire), at)).unwrap();
    assert!(matches!(busy, Err(OperateTrouble::Busy { .. })));
    world.faults(&[Fault::Unknown; limits::MAX_OPERATION_ATTEMPTS - 1]);
    run(world.conditions.operate(&operation("both", "1", Command::Expire), at)).unwrap().unwrap();
}

#[test]
fn a_damaged_cell_is_a_matter_of_its_own_key() {
    let mut world = World::new(WORKFLOW);
    *world.store.damaged.lock().unwrap() = Some("b".to_owned());
    let batch: Vec<Received> =
        ["a", "b", "c"].map(|key| world.event("Item", key, &format!(r#"{{"k":"{key}","n":"1"}}"#))).into();
    let told = world.batch(&batch);
    assert_eq!(told.handled, [Handled::Done, Handled::Again, Handled::Done]);
    assert_eq!(told.fired, 2);
    assert!(told.troubles.iter().all(|trouble| trouble.contains("for key \"b\"")), "{:?}", told.troubles);
    assert!(!told.troubles.is_empty());
    *world.store.damaged.lock().unwrap() = None;
    let again: Vec<Received> = batch.iter().map(|message| world.again(message)).collect();
    let told = world.done(&again);
    assert_eq!(told.fired, 1, "once it is mended its message does what it should");
}
