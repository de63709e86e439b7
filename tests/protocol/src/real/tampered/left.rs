//! What a host leaves undone, and what is done to what a run has left, is named: behind the store's port, and in the table.

use std::collections::BTreeSet;

use fanin_store::state::{CellKey, CellKind, CellWrite, Change, Chunks, PutIf, ShelfEntry, ShelfName};
use serde_json::{Value, json};

use super::{FEWEST, SEEDS, clean, left};
use crate::drive::{End, Host, calmly};
use crate::exec::Boxed;
use crate::queue::Delivered;
use crate::real::host::{RealHost, WORKFLOW};
use crate::real::played::{Ground, Kept, PORT, Played, TABLE};
use crate::real::{Seen, Shape};
use crate::settings::Settings;
use crate::world::World;

/// Of the runs that show something behind the port, so many are played on the table: there one takes several times as long.
const ON_TABLE: usize = FEWEST;

/// A host that does not do all of its work.
struct Lazy<S> {
    host: RealHost<S>,
    sweeps: bool,
    hears: bool,
}

impl<S: Kept> Host for Lazy<S> {
    fn invoke(&self, world: World, lane: usize, batch: Vec<Delivered>) -> Boxed<Vec<bool>> {
        let ignored = |message: &Delivered| !self.hears && message.body.contains("settled");
        let heard: Vec<bool> = batch.iter().map(|message| !ignored(message)).collect();
        let rest = batch.into_iter().filter(|message| !ignored(message)).collect();
        let work = self.host.invoke(world, lane, rest);
        Box::pin(async move {
            let mut done = work.await.into_iter();
            heard.into_iter().map(|heard| !heard || done.next().unwrap_or(false)).collect()
        })
    }

    fn scheduled(&self, world: &World) -> Option<i64> {
        self.sweeps.then(|| self.host.scheduled(world)).flatten()
    }

    fn tick(&self, world: World) -> Boxed<Vec<bool>> {
        self.host.tick(world)
    }
}

/// What a host does not do, and the words by which what it leaves is named.
#[derive(Clone, Copy, Debug)]
enum Undone {
    Sweeps,
    Answers,
}

impl Undone {
    fn words(self) -> &'static str {
        match self {
            Undone::Sweeps => "its deadline is missed",
            Undone::Answers => "never ends",
        }
    }
}

fn lazy<S: Kept>(seed: u64, ground: Ground<S>, undone: Undone) -> Played<S> {
    let (sweeps, hears) = match undone {
        Undone::Sweeps => (false, true),
        Undone::Answers => (true, false),
    };
    let settings = Settings::calm(seed);
    let of = (Shape::of(seed), &settings);
    let played = Played::of(of, false, ground, |host| Lazy { host, sweeps, hears });
    let played = played.unwrap_or_else(|verdict| panic!("seed {seed}: {verdict:?}"));
    assert_eq!(played.end, End::Rest, "seed {seed}");
    played
}

/// How many actions the targets saw, repetitions aside.
fn actions(calls: &[Seen]) -> usize {
    calls.iter().map(|call| &call.id).collect::<BTreeSet<_>>().len()
}

fn is_told<S: Kept>(run: &Played<S>, undone: Undone) -> bool {
    left(run).iter().any(|problem| problem.contains(undone.words()))
}

/// What a host leaves undone shows in what targets do not see: the checks of what is left know nothing of that, and must name
/// just these runs.
#[test]
fn what_a_host_leaves_undone_is_named() {
    let whole: Vec<usize> = (0..SEEDS).map(|seed| actions(&clean(seed, PORT).calls)).collect();
    for undone in [Undone::Sweeps, Undone::Answers] {
        let (mut missing, mut told) = (Vec::new(), Vec::new());
        for (seed, all) in (0..).zip(&whole) {
            let run = lazy(seed, PORT, undone);
            missing.extend((actions(&run.calls) < *all).then_some(seed));
            told.extend(is_told(&run, undone).then_some(seed));
        }
        println!("{undone:?}: {} of {SEEDS} runs lack something, {} are named", missing.len(), told.len());
        assert_eq!(missing, told, "{undone:?}");
        assert!(missing.len() >= FEWEST, "{undone:?}: {missing:?}");
        let on_table =
            missing.iter().take(ON_TABLE).filter(|seed| is_told(&lazy(**seed, TABLE, undone), undone));
        assert_eq!(on_table.count(), ON_TABLE, "{undone:?}: on the table, of {missing:?}");
    }
}

fn dead() -> ShelfName {
    ShelfName::Dead { workflow: WORKFLOW.to_owned() }
}

fn put<S: Kept>(run: &Played<S>, shelf: &ShelfName, sort: &str, expires: Option<i64>) {
    let entry = ShelfEntry { sort: sort.to_owned(), value: vec![] };
    let put = async |world: World| (run.store)(&world).put(shelf, entry, PutIf::Any, expires).await;
    assert!(calmly(&run.world, put).unwrap());
}

/// Whether it had any.
fn letters_are_counted<S: Kept>(run: &Played<S>) -> bool {
    let letters =
        calmly(&run.world, async |world| (run.store)(&world).list(&dead(), None, 100).await).unwrap();
    let sorts: Vec<String> = letters.into_iter().map(|letter| letter.sort).collect();
    calmly(&run.world, async |world| (run.store)(&world).remove(&dead(), &sorts).await).unwrap();
    assert!(sorts.is_empty() || left(run)[0].starts_with("0 dead letters"), "{:?}", left(run));
    (0..100).for_each(|number| put(run, &dead(), &format!("more {number}"), Some(1)));
    assert!(left(run)[0].starts_with("100 dead letters"), "{:?}", left(run));
    !sorts.is_empty()
}

#[test]
fn dead_letters_that_are_missing_or_too_many_are_named() {
    let with: Vec<u64> = (0..SEEDS).filter(|seed| letters_are_counted(&clean(*seed, PORT))).collect();
    println!("{} runs have dead letters", with.len());
    assert!(with.len() >= FEWEST, "{with:?}");
    for seed in with.iter().take(ON_TABLE) {
        assert!(letters_are_counted(&clean(*seed, TABLE)), "seed {seed}");
    }
}

fn page(chunks: Chunks, expires: Option<i64>) -> CellWrite {
    let key = CellKey { kind: CellKind::Page, workflow: "sim".into(), name: "first".into(), key: "k".into() };
    CellWrite { key, base: None, change: Change::Put { head: vec![], chunks, outbox: vec![], expires } }
}

fn commit<S: Kept>(run: &Played<S>, write: CellWrite) {
    let written = calmly(&run.world, async |world| (run.store)(&world).commit(vec![write]).await);
    assert!(written.iter().all(Result::is_ok), "{written:?}");
}

fn ends_are_asked_for<S: Kept>(run: &Played<S>) {
    commit(run, page(Chunks::Keep, None));
    assert_eq!(left(run), ["Page first \"k\" never expires"]);
    put(run, &ShelfName::Timers { minute: 1, part: 0 }, "wakes", None);
    put(run, &ShelfName::Timers { minute: 1, part: 0 }, "later", Some(1));
    put(run, &ShelfName::Notes { workflow: WORKFLOW.to_owned() }, "note", None);
    let all = left(run);
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(all[1].contains("wakes never expires"), "{all:?}");
    put(run, &dead(), "letter", None);
    let all = left(run).join("; ");
    assert!(all.contains("1 dead letters") && all.contains("letter never expires"), "{all}");
}

#[test]
fn cells_timers_and_letters_without_an_end_are_named() {
    ends_are_asked_for(&clean(1, PORT));
    ends_are_asked_for(&clean(1, TABLE));
}

/// A request past the store.
fn ask<S>(run: &Played<S>, operation: &str, request: &Value) -> u16 {
    run.world.with(|inner| inner.table.ask(operation, request, 0).status)
}

fn place(path: &str, sort: &str) -> Value {
    json!({ "pk": { "S": path }, "sk": { "S": sort } })
}

#[test]
fn chunks_of_nobody_and_cells_without_their_chunks_are_named() {
    for (lost, words) in [("i", "never expires"), ("c#", "has lost its chunk")] {
        let run = clean(1, TABLE);
        let write = page(Chunks::Replace(vec![vec![1], vec![2]]), None);
        let path = write.key.path();
        commit(&run, write);
        assert_eq!(left(&run), ["Page first \"k\" never expires"]);
        let rows = run.world.with(|inner| inner.table.places(&path));
        assert_eq!(rows.len(), 3, "{rows:?}");
        for sort in rows.iter().filter(|sort| sort.starts_with(lost)) {
            assert_eq!(
                ask(&run, "DeleteItem", &json!({ "TableName": "sim", "Key": place(&path, sort) })),
                200
            );
        }
        let all = left(&run);
        assert!(!all.is_empty() && all.iter().all(|problem| problem.contains(words)), "{all:?}");
    }
}

#[test]
fn what_stands_nowhere_and_what_was_refused_is_named() {
    let run = clean(1, TABLE);
    for (path, sort) in [("X#sim", "a"), ("T#1", "wakes"), ("P#sim#first#k", "a")] {
        assert_eq!(ask(&run, "PutItem", &json!({ "TableName": "sim", "Item": place(path, sort) })), 200);
        let all = left(&run).join("; ");
        assert!(all.contains(&format!("{path} {sort} is no place of the store")), "{all}");
    }
    let known = left(&run).len();
    assert_eq!(ask(&run, "Scan", &json!({ "TableName": "sim" })), 400);
    let all = left(&run);
    assert_eq!(all.len(), known + 1);
    assert!(all.contains(&"the service refused Scan: Scan is not modelled".to_owned()), "{all:?}");
}
