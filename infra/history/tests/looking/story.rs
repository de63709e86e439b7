//! Stories of events: what led to them, what they set off.

use fanin_condition::Key;
use fanin_history::story::document::{Answer, Because, Effect, Fate, Story};
use fanin_history::story::{self, Extent};
use fanin_history::{History, IdAsked, Window};
use fanin_runtime::OutcomeRef;

use crate::golden;
use crate::workflows::{ORDERS, PARTS};
use crate::world::World;

fn ask(world: &World, id: &str) -> Answer {
    let history = History::open(world.dir()).unwrap();
    story::of_event(&history, &IdAsked::read(id).unwrap(), Extent::default()).unwrap()
}

fn tell(world: &World, id: &str) -> Story {
    match ask(world, id) {
        Answer::Story(story) => *story,
        other => panic!("no story but {other:?}"),
    }
}

/// A job of three parts, with everything that can go beside it.
fn job() -> World {
    let mut world = World::new(PARTS);
    world.send("p-1", "Part", r#"{"job":"42","part":"1","file":"a.csv"}"#);
    world.send("p-2", "Part", r#"{"job":"42","part":"2","file":"b.csv"}"#);
    world.send("p-1", "Part", r#"{"job":"42","part":"1","file":"a.csv"}"#);
    world.send("p-2b", "Part", r#"{"job":"42","part":"2","file":"b.csv"}"#);
    world.send("p-3", "Part", r#"{"job":"42","part":"3","file":"c.csv"}"#);
    world.send("m-1", "Manifest", r#"{"job":"42","parts":3}"#);
    world.answer("assemble", OutcomeRef::Failed("Busy", "come back later"));
    world.later(2);
    world.answer("assemble", OutcomeRef::Done(r#"{"frames":300}"#));
    world.send("p-4", "Part", r#"{"job":"42","part":"4","file":"d.csv"}"#);
    world.send("near", "Part", r#"{"job":"43","part":"4","file":"d.CSV"}"#);
    world
}

#[test]
fn the_parts_of_a_job_with_its_number_arriving_last() {
    let world = job();
    golden::check("part.json", &tell(&world, "p-1"));
    let fates = |id: &str| -> Vec<Fate> {
        let fate = |effect: Effect| match effect {
            Effect::Reached { fate, .. } => fate,
            other => panic!("{other:?}"),
        };
        tell(&world, id).effects.into_iter().map(fate).collect()
    };
    assert_eq!(fates("p-1"), [Fate::Counted, Fate::Duplicate]);
    assert_eq!(fates("p-2b"), [Fate::Extra]);
    assert_eq!(fates("m-1"), [Fate::Completed]);
    assert_eq!(fates("p-4"), [Fate::Late]);
}

#[test]
fn an_event_that_is_none_by_one_letter() {
    let story = tell(&job(), "near");
    assert!(story.effects.is_empty() && story.because.is_none());
    let miss = &story.near_misses[0];
    assert_eq!((miss.name.as_str(), miss.field.as_str()), ("part", "detail.file"));
    assert_eq!(miss.reason, r#"detail.file "d.CSV" is not text that ends with ".csv""#);
}

#[test]
fn a_firing_goes_back_to_the_events_from_outside() {
    let world = job();
    let key = Key::of(&["42"]);
    let history = History::open(world.dir()).unwrap();
    let mut ends = story::of_instance(&history, ("parts_complete", &key), 1, Extent::default()).unwrap();
    assert_eq!(ends.len(), 1);
    let end = ends.remove(0);
    golden::check("firing.json", &end);
    // The same story by every form of its id.
    let uuid = end.event.identity.clone();
    for id in [
        uuid.clone(),
        uuid.replace('-', ""),
        uuid[..9].to_owned(),
        format!("{}..{}", &uuid[..4], &uuid[34..]),
    ] {
        assert_eq!(tell(&world, &id).event.id, uuid, "{id}");
    }
    // And by the id of a call that it set off.
    let Some(Effect::Ran { run, .. }) = end.effects.first() else { panic!("{:?}", end.effects) };
    assert_eq!((run.made, run.done, run.failed), (2, 1, 1));
    assert_eq!(tell(&world, &run.calls[0].action).event.id, uuid);
    // And of the completion back to it.
    let Some(Effect::Ran { then: Some(then), .. }) = end.effects.first() else { panic!() };
    let Some(Because::Run { cause, .. }) = tell(&world, &then.event.id).because else { panic!() };
    assert_eq!(cause.event.id, uuid);
}

#[test]
fn conditions_three_deep() {
    let mut world = World::new(ORDERS);
    for (id, kind) in [("o-1", "Order"), ("pay-1", "Paid"), ("pack-1", "Packed")] {
        world.send(id, kind, r#"{"order":"7"}"#);
    }
    world.answer("notify", OutcomeRef::Failed("Offline", "nobody there"));
    world.answer("again", OutcomeRef::Done("null"));
    golden::check("deep_down.json", &tell(&world, "pay-1"));
    let history = History::open(world.dir()).unwrap();
    let closed = story::of_instance(&history, ("closed", &Key::of(&["7"])), 1, Extent::default()).unwrap();
    golden::check("deep_up.json", &closed);
}

#[test]
fn a_fan_out_with_a_failing_item_and_a_retry() {
    let mut world = World::new(ORDERS);
    world.send("c-1", "Cart", r#"{"order":"7","lines":["a","b","c"]}"#);
    world.answer("price", OutcomeRef::Done("1"));
    world.answer("price", OutcomeRef::Failed("Busy", "later"));
    world.later(1);
    world.answer("price", OutcomeRef::Failed("Broken", "no price"));
    world.answer("price", OutcomeRef::Done("3"));
    world.answer("invoice", OutcomeRef::Failed("Full", "no paper"));
    golden::check("map.json", &tell(&world, "c-1"));
}

#[test]
fn a_timeout_says_what_was_missing_and_what_followed() {
    let mut world = World::new(ORDERS);
    world.send("pay-1", "Paid", r#"{"order":"7"}"#);
    world.later(700);
    world.send("pack-1", "Packed", r#"{"order":"7"}"#);
    golden::check("timeout.json", &tell(&world, "pay-1"));
    let Effect::Reached { fate, .. } = &tell(&world, "pack-1").effects[0] else { panic!() };
    assert_eq!(*fate, Fate::Late);
    let history = History::open(world.dir()).unwrap();
    let ready = story::of_instance(&history, ("ready", &Key::of(&["7"])), 5, Extent::default()).unwrap();
    let Some(Because::Round { by_time, missing, members, .. }) = &ready[0].because else { panic!() };
    assert_eq!((*by_time, missing.to_string(), members.len()), (true, "[\"packed\"]".to_owned(), 1));
}

#[test]
fn rounds_and_generations_are_kept_apart() {
    let mut world = World::new(ORDERS);
    for n in 1..=5 {
        world.send(&format!("o-{n}"), "Order", &format!(r#"{{"order":"{n}"}}"#));
    }
    let history = History::open(world.dir()).unwrap();
    let rounds = story::of_instance(&history, ("burst", &Key::of(&[])), 10, Extent::default()).unwrap();
    let members = |story: &Story| -> Vec<String> {
        let Some(Because::Round { members, .. }) = &story.because else { panic!() };
        members.iter().map(|member| member.event.id.clone()).collect()
    };
    assert_eq!(rounds.iter().map(members).collect::<Vec<_>>(), [["o-1", "o-2"], ["o-3", "o-4"]]);
    let open = tell(&world, "o-5").effects.into_iter().find_map(|effect| match effect {
        Effect::Reached { place, open, .. } if place.condition == "burst" => open,
        _ => None,
    });
    assert_eq!(open.map(|open| (open.count, open.needed)), Some((1, Some(2))));
    // After five days and a bit the key is forgotten, and the same order begins a new life.
    world.later(6 * 86_400);
    world.send("pay-9", "Paid", r#"{"order":"1"}"#);
    world.send("pack-9", "Packed", r#"{"order":"1"}"#);
    world.later(6 * 86_400);
    world.send("pay-10", "Paid", r#"{"order":"1"}"#);
    world.send("pack-10", "Packed", r#"{"order":"1"}"#);
    let history = History::open(world.dir()).unwrap();
    let lives = story::of_instance(&history, ("ready", &Key::of(&["1"])), 10, Extent::default()).unwrap();
    assert_eq!(lives.iter().map(members).collect::<Vec<_>>(), [["pay-9", "pack-9"], ["pay-10", "pack-10"]]);
}

#[test]
fn a_large_firing_lists_some_members_and_counts_the_others() {
    let mut world = World::new(PARTS);
    world.send("m-1", "Manifest", r#"{"job":"1","parts":100}"#);
    for n in 1..=100 {
        world.send(&format!("p-{n}"), "Part", &format!(r#"{{"job":"1","part":"{n}","file":"a.csv"}}"#));
    }
    let history = History::open(world.dir()).unwrap();
    let end =
        story::of_instance(&history, ("parts_complete", &Key::of(&["1"])), 1, Extent::default()).unwrap();
    let Some(Because::Round { members, not_shown, count, .. }) = &end[0].because else { panic!() };
    assert_eq!((members.len(), *not_shown, *count), (20, 81, 100));
    assert_eq!(members.first().unwrap().event.id, "m-1");
    assert_eq!(members.last().unwrap().event.id, "p-100", "the one that completed it is among them");
}

#[test]
fn parts_of_ids_and_what_is_not_there() {
    let mut world = job();
    assert!(matches!(ask(&world, "nobody"), Answer::Unknown { .. }));
    world.send("part-10", "Part", "{}");
    world.send("part-11", "Part", "{}");
    let Answer::Several { candidates, more } = ask(&world, "part-1") else { panic!() };
    assert_eq!((candidates.len(), more), (2, false));
    assert_eq!(tell(&world, "part-11").event.id, "part-11", "an id that is whole wins");
    // Two senders may use the same id; the identity tells them apart.
    world.take(r#"{"id":"part-11","source":"other","detail-type":"x","detail":{}}"#);
    let Answer::Several { candidates, .. } = ask(&world, "part-11") else { panic!() };
    assert_eq!(candidates.len(), 2);
    assert_eq!(tell(&world, &fanin_event::Identity::of(&["shop", "part-11"]).to_uuid()).event.source, "shop");
}

#[test]
fn a_stretch_of_time_bounds_what_is_looked_at() {
    let world = job();
    let history = History::open(world.dir()).unwrap();
    let until = fanin_event::Timestamp(crate::world::BEGIN + 2_000);
    let extent = Extent { window: Window { since: None, until: Some(until) }, members: 20 };
    let answer = story::of_event(&history, &IdAsked::read("p-1").unwrap(), extent).unwrap();
    let Answer::Story(story) = answer else { panic!() };
    assert_eq!((story.event.times, story.effects.len()), (1, 1));
    let answer = story::of_event(&history, &IdAsked::read("p-3").unwrap(), extent).unwrap();
    assert!(matches!(answer, Answer::Unknown { .. }));
}
