//! Entries: searched and followed.

use fanin_event::Timestamp;
use fanin_history::chronicle::{self, Entries, EntryKind, Follower, Query};
use fanin_history::{History, IdAsked, Window};
use fanin_runtime::{CommandRef, OutcomeRef, Record};

use crate::golden;
use crate::workflows::{ORDERS, PARTS};
use crate::world::{BEGIN, World};

fn world() -> World {
    let mut world = World::new(PARTS);
    world.send("p-1", "Part", r#"{"job":"42","part":"1","file":"a.csv"}"#);
    world.send("m-1", "Manifest", r#"{"job":"42","parts":2}"#);
    world.send("odd", "Part", r#"{"job":"42","part":"2","file":"b.CSV"}"#);
    world.send("p-2", "Part", r#"{"job":"42","part":"2","file":"b.csv"}"#);
    world.answer("assemble", OutcomeRef::Failed("Busy", "later"));
    world.later(2);
    world.answer("assemble", OutcomeRef::Failed("Broken", "for good"));
    world.send("p-3", "Part", r#"{"job":"7","part":"1","file":"a.csv"}"#);
    world.later(3600);
    world
}

fn query() -> Query {
    Query { limit: 100, ..Query::default() }
}

fn find(world: &World, query: &Query) -> Entries {
    chronicle::search(&History::open(world.dir()).unwrap(), query).unwrap()
}

fn ids(found: &Entries) -> Vec<String> {
    found.entries.iter().map(|entry| entry.id.clone()).collect()
}

#[test]
fn everything_in_order() {
    golden::check("entries.json", &find(&world(), &query()));
}

#[test]
fn each_filter_narrows() {
    let world = world();
    let kinds = |kinds: &[EntryKind]| Query { kinds: kinds.to_vec(), ..query() };
    assert_eq!(ids(&find(&world, &kinds(&[EntryKind::Event]))), ["p-1", "m-1", "odd", "p-2", "p-3"]);
    assert_eq!(ids(&find(&world, &Query { unmatched: true, ..query() })), ["odd"]);
    assert_eq!(ids(&find(&world, &Query { limit: 2, ..kinds(&[EntryKind::Event]) })), ["p-2", "p-3"]);
    assert!(find(&world, &Query { limit: 2, ..kinds(&[EntryKind::Event]) }).more);
    let name = |name: &str| Query { name: Some(name.to_owned()), ..kinds(&[EntryKind::Event]) };
    assert_eq!(ids(&find(&world, &name("manif"))), ["m-1"]);
    let key = vec![("job".to_owned(), "7".to_owned())];
    assert_eq!(ids(&find(&world, &Query { key, ..kinds(&[EntryKind::Event]) })), ["p-3"]);
    let pattern = Some(r#"{"detail":{"job":["42"],"file":[{"exists":true}]}}"#.to_owned());
    assert_eq!(ids(&find(&world, &Query { pattern, ..query() })), ["p-1", "odd", "p-2"]);
    let text = Some("b.CSV".to_owned());
    assert_eq!(ids(&find(&world, &Query { text, ..kinds(&[EntryKind::Event]) })), ["odd"]);
    let since = Some(Timestamp(BEGIN + 4_000));
    let window = Window { since, until: Some(Timestamp(BEGIN + 5_000)) };
    assert_eq!(ids(&find(&world, &Query { window, ..kinds(&[EntryKind::Event]) })), ["p-2"]);
    let id = IdAsked::read(&fanin_event::Identity::of(&["shop", "m-1"]).to_uuid());
    assert_eq!(ids(&find(&world, &Query { id, ..kinds(&[EntryKind::Event]) })), ["m-1"]);
    let dead = find(&world, &kinds(&[EntryKind::Dead]));
    assert_eq!((dead.entries[0].name.as_str(), dead.entries[0].id.as_str()), ("Broken", "1"));
}

#[test]
fn a_pattern_that_is_none_is_refused() {
    let world = World::new(PARTS);
    let query = Query { pattern: Some("{".to_owned()), ..query() };
    let error = chronicle::search(&History::open(world.dir()).unwrap(), &query).unwrap_err();
    assert!(error.to_string().starts_with("this is not an event pattern"), "{error}");
}

#[test]
fn stretches_between_snapshots_make_one_list() {
    let sent = |snapshots: bool| {
        let mut world = World::new(ORDERS);
        for n in 1..=6 {
            world.send(&format!("o-{n}"), "Order", &format!(r#"{{"order":"{n}"}}"#));
            world.send(&format!("pay-{n}"), "Paid", &format!(r#"{{"order":"{n}"}}"#));
            if snapshots && n % 2 == 0 {
                world.snapshot();
            }
        }
        world.later(700);
        world
    };
    let (whole, cut) = (sent(false), sent(true));
    for limit in [1, 3, 7, 100] {
        for kinds in [vec![], vec![EntryKind::Event], vec![EntryKind::Fired, EntryKind::Timeout]] {
            let query = Query { kinds, limit, ..query() };
            let (a, b) = (find(&whole, &query), find(&cut, &query));
            assert_eq!(ids(&a), ids(&b), "{query:?}");
            assert_eq!(a.more, b.more, "{query:?}");
        }
    }
}

#[test]
fn a_follower_hears_what_is_new_and_nothing_twice() {
    for kinds in [vec![], vec![EntryKind::Event]] {
        let mut world = world();
        let query = Query { kinds, ..query() };
        let mut follower = Follower::open(&History::open(world.dir()).unwrap(), &query).unwrap();
        let mut heard = Vec::new();
        let poll = |follower: &mut Follower, heard: &mut Vec<String>| {
            follower.poll(&mut |entry| heard.push(entry.id)).unwrap()
        };
        poll(&mut follower, &mut heard);
        assert!(heard.is_empty(), "{heard:?}");
        world.send("new-1", "Manifest", r#"{"job":"9","parts":1}"#);
        poll(&mut follower, &mut heard);
        world.snapshot();
        world.send("new-2", "Part", r#"{"job":"9","part":"1","file":"a.csv"}"#);
        poll(&mut follower, &mut heard);
        poll(&mut follower, &mut heard);
        let all = find(&world, &query);
        let new: Vec<String> = ids(&all).into_iter().skip_while(|id| id != "new-1").collect();
        assert_eq!(heard, new);
        assert!(heard.len() >= 2);
    }
}

#[test]
fn what_a_person_did_is_told_with_who_and_why() {
    let mut world = World::new(ORDERS);
    world.send("pay-1", "Paid", r#"{"order":"7"}"#);
    let command = CommandRef::Waive { member: "packed", values: "{}" };
    let (condition, key) = ("ready", "7");
    world.turn(&Record::Operated { at: world.now(), condition, key, command, by: "ada", why: "by hand" });
    let found = find(&world, &Query { kinds: vec![EntryKind::Operated], ..query() });
    let entry = &found.entries[0];
    assert_eq!((entry.name.as_str(), entry.key["order"].as_str()), ("waive", "7"));
    assert_eq!(entry.note, "packed of ready was taken as given by ada: by hand");
    let fired = find(&world, &Query { kinds: vec![EntryKind::Fired], ..query() });
    assert_eq!(fired.entries[0].name, "ready");
}
