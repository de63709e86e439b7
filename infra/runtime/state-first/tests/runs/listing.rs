//! Runs in progress, listed for people: what each waits for, and one that cannot be read among others that can.

use fanin_event::{Identity, Timestamp};
use fanin_state_first::*;
use fanin_store::state::{CellKey, CellKind, CellWrite, Change, Chunks, Shelf, ShelfName, StateStore};

use crate::support::run;
use crate::world::{Reply, World, workflow};

const RETRY: &str = ", retry: [{ ErrorEquals: [Busy], IntervalSeconds: 60, MaxAttempts: 2 }]";

/// As somebody finds them who has loaded no plan yet.
fn listed(world: &World, limit: usize) -> Result<RunsFound, PlanTrouble> {
    let place = (&world.inner.store, &world.inner.claims);
    run(list_runs(place, &Plans::new("w"), (limit, 10))).unwrap()
}

fn identities(found: &RunsFound) -> Vec<Identity> {
    found.runs.iter().map(|looked| looked.run.identity()).collect()
}

fn begun(causes: &[&str], replies: &[Reply]) -> World {
    let mut world = World::new(&workflow(RETRY), replies);
    for cause in causes {
        let start = world.start(cause);
        world.done(&[start]);
    }
    world
}

#[test]
fn a_run_says_what_it_waits_for() {
    let mut world = begun(&["a"], &[Reply::Fail("Busy"), Reply::Done("1")]);
    let (wake, _) = world.wake();
    let found = listed(&world, 10).unwrap();
    assert_eq!((identities(&found), found.more), (vec![world.run_of("a")], false));
    let looked = &found.runs[0];
    assert_eq!((&*looked.rule.rule().name, looked.accepted), ("work", 0));
    assert_eq!(looked.wakes, wake.received, "it is woken for its second attempt");
    world.done(&[wake]);
    assert!(listed(&world, 10).unwrap().runs.is_empty(), "what is over is in progress no more");
}

#[test]
fn a_call_that_was_taken_waits_for_its_answer() {
    let world = begun(&["a"], &[Reply::Accept]);
    let found = listed(&world, 10).unwrap();
    assert_eq!((found.runs[0].accepted, found.runs[0].wakes), (1, Timestamp::NEVER));
}

#[test]
fn so_many_are_listed() {
    let world = begun(&["a", "b", "c"], &[Reply::Accept]);
    let all = listed(&world, 3).unwrap();
    assert_eq!((all.runs.len(), all.more), (3, false));
    let some = listed(&world, 2).unwrap();
    assert_eq!((identities(&some), some.more), (identities(&all)[..2].to_vec(), true));
    let place = (&world.inner.store, &world.inner.claims);
    let unread = run(list_runs(place, &Plans::new("w"), (3, 0))).unwrap().unwrap();
    assert!(unread.runs.is_empty(), "no page was read");
}

#[test]
fn one_that_cannot_be_read_is_told_beside_the_others() {
    let world = begun(&["a", "b"], &[Reply::Accept]);
    let key = CellKey {
        kind: CellKind::Run,
        workflow: "w".into(),
        name: "work".into(),
        key: world.run_of("damaged").to_uuid().into(),
    };
    let (head, outbox) = (b"no run".to_vec(), Vec::new());
    let change = Change::Put { head, chunks: Chunks::Keep, outbox, expires: None };
    let write = CellWrite { key: key.clone(), base: None, change };
    run(world.inner.store.commit(vec![write])).unwrap().remove(0).unwrap();
    let found = listed(&world, 10).unwrap();
    assert_eq!(found.runs.len(), 2);
    let (which, why) = &found.unreadable[0];
    assert_eq!((found.unreadable.len(), which), (1, &key));
    assert!(why.contains("cannot be read"), "{why}");
}

#[test]
fn a_run_whose_plan_is_gone_says_which() {
    let world = begun(&["a"], &[Reply::Accept]);
    let shelf = ShelfName::Plans { workflow: "w".to_owned() };
    let rows = run(world.inner.store.list(&shelf, None, 100)).unwrap().unwrap();
    let sorts: Vec<String> = rows.into_iter().map(|row| row.sort).filter(|sort| sort != "current").collect();
    run(world.inner.store.remove(&shelf, &sorts)).unwrap().unwrap();
    let found = listed(&world, 10).unwrap();
    assert!(found.runs.is_empty());
    assert!(found.unreadable[0].1.contains("run `fanin deploy` again"), "{:?}", found.unreadable);
}
