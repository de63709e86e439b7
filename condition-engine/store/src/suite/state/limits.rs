//! Limits, on both sides.

use super::support::{
    AT, At, Checked, commit, done, entry, holds, load, ok, put, put_chunks, same, there, too_large,
};
use crate::limits::{MAX_CHUNKS, MAX_ITEM_BYTES, MAX_PATH_BYTES, MAX_SLOTS, MAX_SORT_BYTES};
use crate::state::row::value_bytes;
use crate::state::{Chunks, PutIf, Read, Shelf, StateStore};

/// More than everything but the head of a cell takes.
const BESIDE: usize = 256;

pub(super) async fn cell<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    let base = done(store, put(&key, None, b"small")).await?;
    let large = vec![7; MAX_ITEM_BYTES.saturating_sub(BESIDE)];
    let base = done(store, put(&key, Some(&base), &large)).await?;
    same("bytes", &there(store, &key).await?.head.len(), &large.len())?;
    holds("its size is known", usize::try_from(base.bytes).is_ok_and(|bytes| bytes > large.len()))?;
    let larger = vec![7; MAX_ITEM_BYTES];
    too_large("a head", commit(store, put(&key, Some(&base), &larger)).await)?;
    too_large("a new cell", commit(store, put(&at.key("other"), None, &larger)).await)?;
    same("base", &there(store, &key).await?.base, &base)?;
    same("other", &load(store, &at.key("other")).await?, &None)
}

pub(super) async fn chunk<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    let large = vec![7; MAX_ITEM_BYTES.saturating_sub(BESIDE)];
    let base = done(store, put_chunks(&key, None, b"h", Chunks::Append(large.clone()))).await?;
    let larger = vec![7; MAX_ITEM_BYTES];
    too_large("a chunk", commit(store, put_chunks(&key, Some(&base), b"h", Chunks::Append(larger))).await)?;
    let cell = there(store, &key).await?;
    same("base", &cell.base, &base)?;
    holds("the chunk is as it was", cell.chunks == [large])
}

pub(super) async fn chunk_count<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    let too_many = vec![vec![1]; MAX_CHUNKS.saturating_add(1)];
    too_large("chunks", commit(store, put_chunks(&key, None, b"h", Chunks::Replace(too_many))).await)?;
    same("cell", &load(store, &key).await?, &None)
}

pub(super) async fn names<S: StateStore + Shelf>(store: &S, at: At) -> Checked {
    let room = MAX_PATH_BYTES.saturating_sub(at.key("").path().len());
    let longest = at.key(&"k".repeat(room));
    done(store, put(&longest, None, b"v")).await?;
    same("cell", &there(store, &longest).await?.head, &b"v".to_vec())?;
    let longer = at.key(&"k".repeat(room.saturating_add(1)));
    too_large("put", commit(store, put(&longer, None, b"v")).await)?;
    too_large("load", store.load(std::slice::from_ref(&longer), Read::Fresh).await)?;
    too_large("fill", store.fill(&longer, &[(0, Vec::new())], None).await)?;
    let shelf = at.timers(0);
    let sort = "s".repeat(MAX_SORT_BYTES);
    ok("put", store.put(&shelf, entry(&sort, b"v"), PutIf::Any, None).await)?;
    same("value", &ok("get", store.get(&shelf, &sort, Read::Fresh).await)?, &Some(b"v".to_vec()))?;
    for refused in [format!("{sort}s"), String::new()] {
        too_large("put", store.put(&shelf, entry(&refused, b"v"), PutIf::Any, None).await)?;
        too_large("get", store.get(&shelf, &refused, Read::Fresh).await)?;
        too_large("remove", store.remove(&shelf, std::slice::from_ref(&refused)).await)?;
    }
    Ok(())
}

pub(super) async fn slot_numbers<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    too_large("a slot", store.fill(&key, &[(MAX_SLOTS, vec![1])], None).await)?;
    same("nothing", &ok("slots", store.slots(&key, Read::Fresh).await)?, &None)?;
    let all: Vec<(u16, Vec<u8>)> = (0..MAX_SLOTS).map(|slot| (slot, vec![1])).collect();
    let image = ok("fill", store.fill(&key, &all, Some(AT)).await)?;
    same("filled", &image.filled.len(), &usize::from(MAX_SLOTS))?;
    same("closed", &ok("close", store.close(&key, MAX_SLOTS, vec![1]).await)?, &image)?;
    too_large("a total", store.close(&key, MAX_SLOTS.saturating_add(1), vec![1]).await)?;
    too_large("a note", store.close(&at.key("other"), MAX_SLOTS.saturating_add(1), vec![1]).await)
}

pub(super) async fn value<S: Shelf>(store: &S, at: At) -> Checked {
    let shelf = at.timers(1);
    let beside = ok("size", value_bytes(&shelf.path(), "s", &[], None))?;
    let large = vec![7; MAX_ITEM_BYTES.saturating_sub(beside)];
    ok("put", store.put(&shelf, entry("s", &large), PutIf::Any, None).await)?;
    let mut larger = large.clone();
    larger.push(7);
    too_large("put", store.put(&shelf, entry("s", &larger), PutIf::Any, None).await)?;
    let found = ok("get", store.get(&shelf, "s", Read::Fresh).await)?;
    holds("the value is as it was", found == Some(large))
}
