//! What is still there when everything has come to rest: deadlines that nobody kept, runs that never end, rows without an end or
//! that nobody can read, and what the store asked for in vain.

use std::ops::RangeInclusive;

use fanin_state_first::{Plans, read_instance, read_run};
use fanin_store::state::{Cell, CellKey, CellKind, Shelf, ShelfName};

use fanin_event::Timestamp;

use super::Work;
use super::host::WORKFLOW;
use crate::drive::calmly;
use crate::world::World;

/// What is wrong with what is left.
pub(super) fn check<S: Shelf + 'static>(
    work: &Work,
    (world, store): (&World, fn(&World) -> S),
    letters: &RangeInclusive<usize>,
) -> Vec<String> {
    let cells = world.with(|inner| inner.cells());
    let mut problems = Vec::new();
    for (key, cell, expires) in &cells {
        if expires.is_none() {
            problems.push(format!("{:?} {} {:?} never expires", key.kind, key.name, key.key));
        }
        match key.kind {
            CellKind::Instance => problems.extend(deadline(work, key, cell)),
            CellKind::Run => problems.extend(unfinished((world, store), key, cell)),
            _ => {}
        }
    }
    let dead = ShelfName::Dead { workflow: WORKFLOW.to_owned() };
    let (found, endless) = world.with(|inner| (inner.held(&dead), inner.endless()));
    if !letters.contains(&found) {
        problems.push(format!("{found} dead letters, {letters:?} are right"));
    }
    problems.extend(endless.iter().map(|row| format!("{row} never expires")));
    let (unreadable, refused) = world.with(|inner| (inner.unreadable(), inner.refused()));
    problems.extend(unreadable);
    problems.extend(refused.iter().map(|what| format!("the service refused {what}")));
    problems
}

/// An instance that would still speak was never woken.
fn deadline(work: &Work, key: &CellKey, cell: &Cell) -> Option<String> {
    let instance = match read_instance(cell) {
        Ok(instance) => instance,
        Err(error) => return Some(format!("{} {:?} cannot be read: {error}", key.name, key.key)),
    };
    let of = |condition: &&fanin_condition::Condition| {
        condition.name == key.name && condition.version == instance.version()
    };
    let condition = work.plan.conditions.iter().find(of)?;
    let speaks = instance.speaks_at(condition);
    let missed = speaks != Timestamp::NEVER && !instance.is_new();
    missed.then(|| format!("{} {:?} waits for {speaks} for ever: its deadline is missed", key.name, key.key))
}

/// A run that is not over has no message left that would go on with it.
fn unfinished<S: Shelf + 'static>(
    (world, store): (&World, fn(&World) -> S),
    key: &CellKey,
    cell: &Cell,
) -> Option<String> {
    let looked = calmly(world, async |world| {
        let plans = Plans::new(WORKFLOW);
        read_run((&store(&world), &world), &plans, cell)
            .await
            .map(|run| run.is_some())
            .map_err(|e| e.to_string())
    });
    match looked {
        Ok(false) => None,
        Ok(true) => Some(format!("the run {:?} never ends", key.key)),
        Err(error) => Some(format!("the run {:?} cannot be read: {error}", key.key)),
    }
}
