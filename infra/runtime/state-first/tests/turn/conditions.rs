//! The turn of conditions, step by step: what is written, what leaves, and what a crash at each step leads to.

use crate::support::*;
use fanin_event::{Span, Timestamp};
use fanin_state_first::*;

const PAIR: &str = "
version: 1
name: w
events:
  left: { match: { source: [t], detail-type: [Left] }, capture: { $.detail.k: '{k}' } }
  right: { match: { source: [t], detail-type: [Right] }, capture: { $.detail.k: '{k}' } }
conditions:
  pair: { all: [left, right], by: k, within: 1h }
rules:
  direct: { when: left, invoke: f }
  call: { when: [pair, pair.timeout], invoke: f }
functions:
  f: { respond: null }
";

const ROUNDS: &str = "
version: 1
name: w
events:
  left: { match: { source: [t], detail-type: [Left] }, capture: { $.detail.k: '{k}' } }
  right: { match: { source: [t], detail-type: [Right] }, capture: { $.detail.k: '{k}' } }
conditions:
  pair: { all: [left, right], by: k, within: 5m, fire: every }
  pairs: { count: pair, by: k, reach: 2, within: 1h }
rules:
  call: { when: pairs, invoke: f }
functions:
  f: { respond: null }
";

fn left(world: &mut World, id: &str) -> Received {
    world.event("Left", id, r#"{"k":"1"}"#)
}

fn right(world: &mut World, id: &str) -> Received {
    world.event("Right", id, r#"{"k":"1"}"#)
}

#[test]
fn a_batch_of_one_key_is_one_commit_and_what_follows_leaves_after_it() {
    let mut world = World::new(PAIR);
    let batch = [left(&mut world, "a"), right(&mut world, "b")];
    let told = world.done(&batch);
    assert_eq!((told.accepted, told.matched, told.fired, told.commits), (2, 2, 1, 1), "{told:?}");
    assert_eq!(world.commits(), 1, "both events in one write");
    assert_eq!(world.names(), ["start call", "start direct"], "nobody listens to the firing but a rule");
    let cells = world.store.model.cells();
    assert_eq!(cells.len(), 1);
    assert_eq!(world.outboxes(), 1, "the outbox is cleared by whoever comes next");
}

#[test]
fn a_derived_event_goes_on_to_instances_and_rules() {
    let mut world = World::new(ROUNDS);
    for n in 0..2 {
        let batch = [left(&mut world, &format!("a{n}")), right(&mut world, &format!("b{n}"))];
        world.done(&batch);
    }
    let sent = world.sent();
    let derived: Vec<String> = sent
        .iter()
        .filter(|(lane, message, _)| *lane == Lane::Conditions && name(message) == "pair")
        .map(|(_, message, _)| message.to_text())
        .collect();
    // The second round's worker has let out the first firing again before it overwrote the outbox.
    assert_eq!(derived.len(), 3, "{sent:?}");
    let batch: Vec<Received> = derived.into_iter().map(|body| world.message(body)).collect();
    let told = world.done(&batch);
    assert_eq!((told.fired, told.duplicates), (1, 1));
    assert_eq!(world.names(), ["start call"]);
}

#[test]
fn somebody_else_gets_in_between() {
    let mut world = World::new(PAIR);
    let (a, b) = (left(&mut world, "a"), right(&mut world, "b"));
    let (other, first) = (world.other(), a.clone());
    *world.store.before.lock().unwrap() = Some(Box::new(move || {
        let told = run(other.batch_told(&[first], &TIME)).unwrap();
        assert_eq!(told.handled, [Handled::Done]);
    }));
    let told = world.done(&[b]);
    assert_eq!((told.fired, told.conflicts), (1, 1), "{told:?}");
    assert_eq!(
        world.names(),
        ["start call", "start direct", "wake pair"]
            .map(str::to_owned)
            .into_iter()
            .filter(|n| n != "wake pair")
            .collect::<Vec<_>>()
    );
}

#[test]
fn too_many_conflicts_give_the_message_back() {
    let mut world = World::new(PAIR);
    let a = left(&mut world, "a");
    world.faults(&[Fault::Unknown; limits::MAX_ROUNDS]);
    assert_eq!(world.batch(std::slice::from_ref(&a)).handled, [Handled::Again]);
    let again = world.again(&a);
    world.done(&[again]);
    assert_eq!(world.store.model.cells().len(), 1);
}

#[test]
fn a_lost_reply_is_found_out_by_looking() {
    let mut world = World::new(PAIR);
    let batch = [left(&mut world, "a"), right(&mut world, "b")];
    world.faults(&[Fault::Lost]);
    let told = world.done(&batch);
    assert_eq!((told.conflicts, told.duplicates, told.fired), (1, 2, 0), "{told:?}");
    assert_eq!(world.names(), ["start call", "start direct"], "the outbox was found and let out");
    assert_eq!(world.outboxes(), 0, "and cleared");
}

#[test]
fn a_crash_between_commit_and_publish_loses_nothing() {
    let mut world = World::new(PAIR);
    let batch = [left(&mut world, "a"), right(&mut world, "b")];
    world.mood(Mood::Hangs);
    assert!(run(world.conditions.batch(&batch, &TIME)).is_none(), "it dies while it sends");
    assert_eq!((world.commits(), world.outboxes(), world.names().len()), (1, 1, 0));
    world.mood(Mood::Works);
    let again: Vec<Received> = batch.iter().map(|message| world.again(message)).collect();
    let told = world.done(&again);
    assert_eq!((told.fired, told.duplicates), (0, 2));
    assert_eq!(world.names(), ["start call", "start direct"]);
    assert_eq!((world.commits(), world.outboxes()), (1, 0), "cleared");
}

#[test]
fn a_queue_that_is_down_gives_the_messages_back() {
    let mut world = World::new(PAIR);
    let batch = [left(&mut world, "a"), right(&mut world, "b")];
    world.mood(Mood::Down);
    let told = world.batch(&batch);
    assert_eq!(told.handled, [Handled::Again, Handled::Again]);
    assert!(told.troubles[0].contains("the queue is down"));
    world.mood(Mood::Works);
    world.done(&batch);
    assert_eq!(world.names(), ["start call", "start direct"]);
}

#[test]
fn duplicates_after_a_firing_publish_once_more_and_then_write_nothing() {
    let mut world = World::new(PAIR);
    let batch = [left(&mut world, "a"), right(&mut world, "b")];
    world.done(&batch);
    world.names();
    world.commits();
    world.done(&batch[1..]);
    assert_eq!((world.names(), world.commits()), (vec!["start call".to_owned()], 1));
    world.done(&batch[1..]);
    assert_eq!((world.names(), world.commits()), (Vec::new(), 0));
    let usage = world.store.model.usage();
    world.done(&batch[1..]);
    assert_eq!(world.store.model.usage().write_units, usage.write_units);
}

#[test]
fn what_is_late_changes_nothing() {
    let mut world = World::new(PAIR);
    let batch = [left(&mut world, "a"), right(&mut world, "b")];
    world.done(&batch);
    let late = right(&mut world, "c");
    let told = world.done(std::slice::from_ref(&late));
    assert_eq!((told.late, told.fired), (1, 0));
    world.names();
    world.commits();
    world.done(&[late]);
    assert_eq!((world.names(), world.commits()), (Vec::new(), 0));
}

#[test]
fn stale_reads_cost_a_round_and_nothing_else() {
    let mut world = World::new(PAIR);
    world.store.model.stale_by(1);
    let (a, b) = (left(&mut world, "a"), right(&mut world, "b"));
    world.done(std::slice::from_ref(&a));
    let told = world.done(std::slice::from_ref(&b));
    assert_eq!((told.fired, told.conflicts), (1, 1));
    let told = world.done(&[a, b]);
    assert_eq!((told.fired, told.duplicates), (0, 2), "the old image would have let one of them count again");
}

#[test]
fn an_instance_finishes_under_the_version_that_opened_it() {
    let mut world = World::new(PAIR);
    let a = left(&mut world, "a");
    world.done(&[a]);
    let published = world.deploy(&PAIR.replace("all: [left, right]", "any: [left, right]")).unwrap();
    assert_eq!((published.changed, published.draining.len()), (true, 1));
    let (other_key, b) = (world.event("Right", "x", r#"{"k":"2"}"#), right(&mut world, "b"));
    world.names();
    let told = world.done(&[b]);
    assert_eq!(told.fired, 1, "as a pair");
    let envelope = world.sent().into_iter().find_map(|(_, message, _)| match message {
        Message::Start(start) if &*start.rule == "call" => Some(start.envelope),
        _ => None,
    });
    assert!(envelope.unwrap().contains(r#""count":2"#));
    assert_eq!(world.done(&[other_key]).fired, 1, "what opens now fires at the first");
}

#[test]
fn a_process_that_does_not_know_the_newest_plan_looks_again() {
    let mut world = World::new(PAIR);
    let old = world.other();
    let warm = world.event("Nothing", "w", "{}");
    assert_eq!(run(old.batch(&[warm], &TIME)).unwrap(), [Handled::Done]);
    let changed = PAIR.replace("within: 1h", "within: 2h");
    let plan = compile(&changed);
    run(publish_plan(&world.store, &world.claims, &plan, Timestamp(world.at))).unwrap().unwrap();
    let a = left(&mut world, "a");
    // Made by a process that has the new plan.
    assert_eq!(run(world.other().batch(&[a], &TIME)).unwrap(), [Handled::Done]);
    let b = right(&mut world, "b");
    let told = run(old.batch_told(&[b], &TIME)).unwrap();
    assert_eq!((told.fired, told.handled), (1, vec![Handled::Done]), "{:?}", told.troubles);
}

#[test]
fn the_rest_goes_back_when_time_is_up() {
    let mut world = World::new(PAIR);
    let a = left(&mut world, "a");
    let told = run(world.conditions.batch_told(std::slice::from_ref(&a), &Left(Span::seconds(2)))).unwrap();
    assert_eq!((told.handled, told.stopped), (vec![Handled::Again], true));
    assert_eq!((world.commits(), world.names().len()), (0, 0));
    assert_eq!(run(world.conditions.batch(&[a], &Left(limits::STOP_BEFORE))).unwrap(), [Handled::Done]);
}

#[test]
fn without_a_plan_everything_comes_again_and_the_command_is_named() {
    let world = World::new(PAIR);
    let none = Conditions::new("other", world.store.clone(), world.queue.clone(), world.claims.clone());
    let message = Received {
        id: "1".into(),
        body: "{}".into(),
        sent: Timestamp(1),
        received: Timestamp(1),
        attempt: 1,
    };
    let told = run(none.batch_told(&[message], &TIME)).unwrap();
    assert_eq!(told.handled, [Handled::Again]);
    assert!(told.troubles[0].contains("fanin deploy"), "{told:?}");
}

#[test]
fn a_throttled_store_gives_back_only_what_it_refused() {
    let mut world = World::new(PAIR);
    let (a, b) = (left(&mut world, "a"), world.event("Left", "b", r#"{"k":"2"}"#));
    world.faults(&[Fault::Throttled, Fault::None]);
    let told = world.batch(&[a, b]);
    assert_eq!(told.handled, [Handled::Again, Handled::Done]);
}

#[test]
fn many_cells_are_done_in_turns() {
    let mut world = World::new(PAIR);
    let batch: Vec<Received> = (0..limits::MAX_CELLS_AT_ONCE + 1)
        .map(|n| world.event("Left", &format!("e{n}"), &format!(r#"{{"k":"{n}"}}"#)))
        .collect();
    world.done(&batch);
    assert_eq!(world.store.model.cells().len(), limits::MAX_CELLS_AT_ONCE + 1);
}

#[test]
fn a_large_firing_is_put_aside_and_comes_back() {
    let mut world = World::new(PAIR);
    // Text that deflating does not make much shorter.
    let noise =
        (0..limits::MAX_OUTBOX_BYTES as u64).map(|n| fanin_event::Identity::of(&[&n.to_string()]).short());
    let noise: String = noise.take(limits::MAX_OUTBOX_BYTES / 8).map(|n| format!("{n:016x}")).collect();
    let big = format!(r#"{{"k":"1","x":"{noise}"}}"#);
    let batch = [world.event("Left", "a", &big), right(&mut world, "b")];
    world.mood(Mood::Hangs);
    assert!(run(world.conditions.batch(&batch, &TIME)).is_none());
    assert!(world.claims.0.lock().unwrap().keys().any(|key| key.starts_with("fanin-outbox/")));
    let (_, cell) = world.store.model.cells().remove(0);
    assert!(cell.outbox.len() < 100, "the cell has the reference");
    world.mood(Mood::Works);
    world.done(&batch);
    assert_eq!(world.names(), ["start call", "start direct"]);
}
