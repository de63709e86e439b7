//! The conformance suite of the state-first stores: one list of cases, run on the model and on every real store.
//!
//! Every case has names of its own, made from the label of the run, so a store need not be empty and need not be wiped. The
//! cases are futures without a runtime: the caller polls them on his.

mod cells;
mod chunks;
mod limits;
mod races;
mod shelves;
mod slots;
mod support;

use std::pin::Pin;

use super::Failure;
use crate::state::{Shelf, StateStore};
use support::{At, Checked};

type Running<'a> = Pin<Box<dyn Future<Output = Checked> + Send + 'a>>;

/// One case: its name, and how it is begun.
type Case<S> = (&'static str, for<'a> fn(&'a S, At) -> Running<'a>);

macro_rules! cases {
    ($($name:literal => $module:ident::$check:ident,)*) => {
        vec![$(($name, |store, at| Box::pin($module::$check(store, at)))),*]
    };
}

/// Every case by name.
fn cases<S: StateStore + Shelf>() -> Vec<Case<S>> {
    cases! {
        "what was never written is not there" => cells::nothing,
        "a cell comes back as it was written" => cells::round_trip,
        "commits of a life are counted, the base of one is what the next builds on" => cells::versions,
        "a base that is not the newest is a conflict and writes nothing" => cells::conflicts,
        "a cell made again never has a version it had before" => cells::another_life,
        "the writes of one commit stand each for itself, answered in order" => cells::independent,
        "kinds, workflows, names and keys are kept apart" => cells::apart,
        "many cells are loaded in the order asked for, twice asked twice given" => cells::many,
        "a commit made again from the same base happens once" => cells::again,
        "a scan finds the cells of a name, page by page, and no others" => cells::scan,
        "of many who make a cell one does" => races::one_maker,
        "of many who commit to a base one does" => races::one_committer,
        "nothing is lost when many count in one cell" => races::counting,
        "chunks come back in the order they were appended" => chunks::appended,
        "chunks in place of all others" => chunks::replaced,
        "the chunk of an attempt that failed is never seen" => chunks::abandoned,
        "no chunk of an earlier life comes back" => chunks::earlier_life,
        "chunks outlive a cell whose end moves on" => chunks::extended,
        "more chunks than fit one page" => chunks::pages,
        "a slot is filled once" => slots::filled_once,
        "a closed cell of slots stays as it is" => slots::closed,
        "a complete cell of slots is not closed" => slots::complete,
        "a cell of slots that is not there is not closed" => slots::nothing_to_close,
        "a new life begins from the life known, once" => slots::renewed,
        "slots and close race, everybody sees one outcome" => slots::race,
        "slots and cells of one key do not meet" => slots::beside_cells,
        "values come back in order, page by page" => shelves::order,
        "a put waits for its condition" => shelves::conditions,
        "of many who put where nothing is one does" => shelves::one_winner,
        "shelves are kept apart" => shelves::apart,
        "many values are taken out, missing ones are no error" => shelves::removed,
        "a cell at the limit is taken, one past it refused whole" => limits::cell,
        "a chunk at the limit is taken, one past it refused whole" => limits::chunk,
        "more chunks than a cell may have are refused" => limits::chunk_count,
        "keys and places at the limit are taken, ones past it refused" => limits::names,
        "numbers of slots past the limit are refused" => limits::slot_numbers,
        "a value at the limit is taken, one past it refused" => limits::value,
    }
}

/// Runs every case and returns those that failed. The label must be new to the store.
pub async fn run<S: StateStore + Shelf>(store: &S, label: u32) -> Vec<Failure> {
    let mut failures = Vec::new();
    for (number, (case, check)) in cases::<S>().into_iter().enumerate() {
        if let Err(what) = check(store, At::new(label, number)).await {
            failures.push(Failure { case, what });
        }
    }
    failures
}
