//! Protocols with a cell: load, decide, commit under a condition, publish (E, F, G, J, L, T and what breaks them).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fanin_store::state::{CellKey, CellKind, CellWrite, Change, Chunks, Read, StateError, StateStore};

use serde::{Deserialize, Serialize};

use super::job::text;
use super::machine::{Entry, Input, Machine, State, decode, encode};
use crate::limits::MAX_ATTEMPTS;
use crate::queue::Delivered;
use crate::world::World;

/// When the outbox is cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clear {
    /// By a write of its own, after publishing.
    AtOnce,
    /// By whoever loads it next: he publishes first.
    Lazily,
    /// By whoever commits next, who does not publish it.
    Unpublished,
    /// There is none: who commits publishes, and that is all.
    NoOutbox,
    /// By the next commit; the store's stream of images publishes what each version held.
    Streamed,
    /// By the next commit; the store's stream has the keys only, and who reads it looks what the cell holds.
    StreamedKeys,
}

impl Clear {
    /// What is committed is published by who reads the store's stream.
    pub(crate) fn is_streamed(self) -> bool {
        matches!(self, Clear::Streamed | Clear::StreamedKeys)
    }
}

/// How a turn is done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    pub(crate) machine: Machine,
    pub(crate) clear: Clear,
    /// A stale image in which nothing is to be done is believed.
    pub(crate) believes_stale: bool,
    /// Timers are sent after the commit, without an entry in the outbox.
    pub(crate) timers_outside: bool,
}

/// The key of a cell of the small protocols.
pub(crate) fn key(cell: &str) -> CellKey {
    CellKey {
        kind: CellKind::Instance,
        workflow: Arc::from("small"),
        name: Arc::from("count"),
        key: Arc::from(cell),
    }
}

/// What a stream brought: the images of cells, or their keys.
pub(crate) async fn streamed(turn: Turn, world: World, batch: Vec<Delivered>) -> Vec<bool> {
    let mut done = Vec::with_capacity(batch.len());
    for message in batch {
        let safe = match serde_json::from_str::<Changed>(&message.body) {
            Ok(changed) => turn.publish_changed(&world, changed).await.is_ok(),
            Err(_) => true,
        };
        done.push(safe);
    }
    done
}

/// A record of the store's stream.
#[derive(Serialize, Deserialize)]
pub(crate) struct Changed {
    /// Of the small protocols' key.
    pub(crate) cell: String,
    /// The outbox of this version.
    pub(crate) outbox: Vec<Entry>,
}

/// The record that the store's stream has of a write.
pub(crate) fn record(write: &CellWrite) -> String {
    let Change::Put { outbox, .. } = &write.change else { return String::new() };
    text(&Changed { cell: write.key.key.to_string(), outbox: decode(outbox) })
}

/// Everything of one cell in a batch is one turn.
pub(crate) async fn batch(turn: Turn, world: World, batch: Vec<Delivered>) -> Vec<bool> {
    let mut cells: BTreeMap<String, Vec<(usize, Input)>> = BTreeMap::new();
    let mut order: Vec<(usize, &Delivered)> = batch.iter().enumerate().collect();
    order.sort_by_key(|(_, message)| (message.sent, message.id));
    for (place, message) in order {
        if let Ok(note) = serde_json::from_str(&message.body) {
            let input = Input { note, sent: message.sent, now: message.received };
            cells.entry(turn.machine.cell(&input)).or_default().push((place, input));
        }
    }
    let mut done = vec![false; batch.len()];
    for (cell, inputs) in cells {
        let only: Vec<Input> = inputs.iter().map(|(_, input)| input.clone()).collect();
        let safe = turn.run(&world, &cell, &only).await.is_ok();
        for (place, _) in inputs {
            if let Some(done) = done.get_mut(place) {
                *done = safe;
            }
        }
    }
    done
}

impl Turn {
    /// One turn of one cell; an error: the messages have to come again.
    async fn run(&self, world: &World, cell: &str, inputs: &[Input]) -> Result<(), StateError> {
        let key = key(cell);
        let mut read = Read::Stale;
        let mut mine: BTreeSet<(u64, String)> = BTreeSet::new();
        for _ in 0..MAX_ATTEMPTS {
            let loaded = world.load(std::slice::from_ref(&key), read).await?.into_iter().next().flatten();
            let mut state: State = loaded.as_ref().map_or_else(State::default, |cell| decode(&cell.head));
            let left: Vec<Entry> = loaded.as_ref().map_or_else(Vec::new, |cell| decode(&cell.outbox));
            // An equal entry of an older commit does not count: it may have arrived before this commit. So what this worker
            // has published is known by the version whose outbox it was.
            let of = loaded.as_ref().map(|cell| cell.base.version.count).unwrap_or(0);
            if self.clear != Clear::Unpublished && !self.clear.is_streamed() {
                publish(world, of, &left, &mut mine).await?;
            }
            let mut entries = Vec::new();
            let mut changed = false;
            for input in inputs {
                changed |= self.machine.apply(&mut state, input, world.clock(), &mut entries);
            }
            if !changed && read == Read::Stale && !self.believes_stale {
                read = Read::Fresh;
                continue;
            }
            if !changed && self.clear == Clear::Unpublished {
                return publish(world, of, &left, &mut mine).await;
            }
            if !changed && (left.is_empty() || self.clear.is_streamed()) {
                return Ok(());
            }
            let (inside, outside) = self.split(entries);
            let outbox = if self.clear == Clear::NoOutbox { vec![] } else { encode(&inside) };
            let base = loaded.map(|cell| cell.base);
            let change = Change::Put { head: encode(&state), chunks: Chunks::Keep, outbox, expires: None };
            let write = CellWrite { key: key.clone(), base, change };
            match world.commit(vec![write]).await.into_iter().next() {
                Some(Ok(_)) if self.clear.is_streamed() => return Ok(()),
                Some(Ok(base)) => {
                    publish(world, of + 1, &inside, &mut mine).await?;
                    publish(world, of + 1, &outside, &mut mine).await?;
                    if self.clear == Clear::AtOnce && !inside.is_empty() {
                        let change = Change::Put {
                            head: encode(&state),
                            chunks: Chunks::Keep,
                            outbox: vec![],
                            expires: None,
                        };
                        drop(world.commit(vec![CellWrite { key, base, change }]).await);
                    }
                    return Ok(());
                }
                Some(Err(StateError::Conflict | StateError::Unknown(_))) => read = Read::Fresh,
                Some(Err(error)) => return Err(error),
                None => break,
            }
        }
        Err(StateError::Conflict)
    }

    /// Publishes what a record of the stream is about.
    async fn publish_changed(&self, world: &World, changed: Changed) -> Result<(), StateError> {
        let mut entries = changed.outbox;
        if self.clear == Clear::StreamedKeys {
            let loaded = world.load(&[key(&changed.cell)], Read::Fresh).await?.into_iter().next().flatten();
            entries = loaded.map_or_else(Vec::new, |cell| decode(&cell.outbox));
        }
        publish(world, 0, &entries, &mut BTreeSet::new()).await
    }

    /// What goes through the outbox, and what does not.
    fn split(&self, entries: Vec<Entry>) -> (Vec<Entry>, Vec<Entry>) {
        entries.into_iter().partition(|entry| !(self.timers_outside && matches!(entry, Entry::Send(..))))
    }
}

/// Publishes what this worker has not published yet.
async fn publish(
    world: &World,
    of: u64,
    entries: &[Entry],
    mine: &mut BTreeSet<(u64, String)>,
) -> Result<(), StateError> {
    for entry in entries {
        let name = (of, text(entry));
        if mine.contains(&name) {
            continue;
        }
        match entry {
            Entry::Fire(id, firing) => world.publish(id, &text(firing)).await?,
            Entry::Late(id) => world.publish(&format!("late:{id}"), "").await?,
            Entry::Send(note, delay) => world.send(0, text(note), *delay).await?,
        }
        mine.insert(name);
    }
    Ok(())
}
