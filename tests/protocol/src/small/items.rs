//! Protocols on plain items that are added to without a version (A, B, D, N) and on shards of a key (K).

use std::collections::BTreeSet;

use fanin_store::state::{Read, StateError};

use super::job::{Firing, Note, text};
use crate::queue::Delivered;
use crate::world::{Effect, Inner, World};

/// Shards of a key.
const SHARDS: u32 = 3;

/// Which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Adding {
    /// `ADD count`; who reaches the number fires.
    Blindly,
    /// The id is put first, in a write of its own.
    IdFirst,
    /// Id and count in one transaction, then a look at the count.
    Together,
    /// A set of ids; who sees it large enough fires with it.
    Set,
    /// Shards, all read after each write; the first complete picture is put once.
    Shards {
        /// How they are read.
        read: Read,
        /// A repetition looks as well.
        repetitions: bool,
    },
}

/// One message after the other.
pub(crate) async fn batch(adding: Adding, n: u64, world: World, batch: Vec<Delivered>) -> Vec<bool> {
    let mut done = Vec::with_capacity(batch.len());
    for message in batch {
        let safe = match serde_json::from_str(&message.body) {
            Ok(Note::Event { key, id, value, .. }) => adding.run(&world, n, (key, id, value)).await.is_ok(),
            _ => true,
        };
        done.push(safe);
    }
    done
}

impl Adding {
    async fn run(self, world: &World, n: u64, event: (u8, u32, u64)) -> Result<(), StateError> {
        let (key, id, value) = event;
        let name = key.to_string();
        match self {
            Adding::Blindly => {
                let (count, sum) = add(world, name, value).await?;
                fire(world, n, Firing { key, count, sum, ..Firing::default() }).await
            }
            Adding::IdFirst => {
                if !put_id(world, format!("{key}/{id}"), id).await? {
                    return Ok(());
                }
                let (count, sum) = add(world, name, value).await?;
                fire(world, n, Firing { key, count, sum, ..Firing::default() }).await
            }
            Adding::Together => {
                add_once(world, name.clone(), id, value).await?;
                let op = move |inner: &mut Inner| inner.db.item(&name, Read::Fresh);
                let item = world.effect(Effect::Read, || "look".into(), op).await?;
                fire(world, n, Firing { key, count: item.count, sum: item.sum, ..Firing::default() }).await
            }
            Adding::Set => {
                let ids = add_once(world, name, id, value).await?.0;
                let count = ids.len() as u64;
                if count < n {
                    return Ok(());
                }
                let firing = Firing { key, count, ids: Some(ids), ..Firing::default() };
                world.publish(&format!("{key}#1"), &text(&firing)).await
            }
            Adding::Shards { read, repetitions } => {
                let new = add_once(world, format!("{key}/{}", id % SHARDS), id, value).await?.1;
                if !new && !repetitions {
                    return Ok(());
                }
                gather(world, n, key, read).await
            }
        }
    }
}

/// Adds and gives count and sum after that.
async fn add(world: &World, name: String, value: u64) -> Result<(u64, u64), StateError> {
    let label = world.label(|| format!("add 1, {value} to {name}"));
    let op = move |inner: &mut Inner| {
        let item = inner.db.change_item(&name, |item| {
            item.count += 1;
            item.sum += value;
        });
        (item.count, item.sum)
    };
    world.effect(Effect::Write, || label.clone(), op).await
}

/// Puts an id if it is not there; false: it is.
async fn put_id(world: &World, name: String, id: u32) -> Result<bool, StateError> {
    let label = world.label(|| format!("put {name} if absent"));
    let op = move |inner: &mut Inner| {
        let mut new = false;
        inner.db.change_item(&name, |item| new = item.ids.insert(id));
        new
    };
    world.effect(Effect::Write, || label.clone(), op).await
}

/// Adds id and value together, once; gives the ids after that, and whether it was new.
async fn add_once(
    world: &World,
    name: String,
    id: u32,
    value: u64,
) -> Result<(BTreeSet<u32>, bool), StateError> {
    let label = world.label(|| format!("add {id}, {value} to {name} once"));
    let op = move |inner: &mut Inner| {
        let mut new = false;
        let item = inner.db.change_item(&name, |item| {
            new = item.ids.insert(id);
            if new {
                item.count += 1;
                item.sum += value;
            }
        });
        (item.ids, new)
    };
    world.effect(Effect::Write, || label.clone(), op).await
}

/// Fires if this is just the number.
async fn fire(world: &World, n: u64, firing: Firing) -> Result<(), StateError> {
    if firing.count != n {
        return Ok(());
    }
    world.publish(&format!("{}#1", firing.key), &text(&firing)).await
}

/// Reads all shards; a complete picture is put where none is, and what is there is published.
async fn gather(world: &World, n: u64, key: u8, read: Read) -> Result<(), StateError> {
    let (mut count, mut sum) = (0, 0);
    for shard in 0..SHARDS {
        let name = format!("{key}/{shard}");
        let op = move |inner: &mut Inner| inner.db.item(&name, read);
        let item = world.effect(Effect::Read, || format!("read shard {shard} {read:?}"), op).await?;
        count += item.count;
        sum += item.sum;
    }
    if count < n {
        return Ok(());
    }
    let payload = text(&Firing { key, count, sum, ..Firing::default() });
    let root = format!("{key}/root");
    let label = world.label(|| format!("put {root} if absent"));
    let op = move |inner: &mut Inner| {
        let item = inner.db.change_item(&root, |item| {
            item.text.get_or_insert_with(|| payload.clone());
        });
        item.text.unwrap_or_default()
    };
    let payload = world.effect(Effect::Write, || label.clone(), op).await?;
    world.publish(&format!("{key}#1"), &payload).await
}
