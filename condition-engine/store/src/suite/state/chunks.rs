//! Chunks: order, replacement, attempts that failed, lives, expiry.

use super::support::{
    AT, At, Checked, commit, conflict, done, holds, load, ok, put, put_chunks, same, there,
};
use crate::limits::CHUNK_OUTLIVES_MS;
use crate::state::{CellWrite, Change, Chunks, Read, StateStore};

fn numbered(count: u8) -> Vec<Vec<u8>> {
    (0..count).map(|n| vec![n; usize::from(n) + 1]).collect()
}

pub(super) async fn appended<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    let mut base = None;
    for chunk in numbered(6) {
        base = Some(done(store, put_chunks(&key, base.as_ref(), b"head", Chunks::Append(chunk))).await?);
        base = Some(done(store, put(&key, base.as_ref(), b"between")).await?);
    }
    let cell = there(store, &key).await?;
    same("chunks", &cell.chunks, &numbered(6))?;
    same("base", &Some(cell.base.clone()), &base)?;
    let bytes: Vec<u32> = cell.base.chunks.iter().map(|chunk| chunk.bytes).collect();
    same("their sizes", &bytes, &vec![1, 2, 3, 4, 5, 6])?;
    // Two cells of different shapes, asked for together and perhaps staler.
    let single = at.key("single");
    done(store, put_chunks(&single, None, b"head", Chunks::Append(b"only".to_vec()))).await?;
    let found = ok("load", store.load(&[single, key, at.key("none")], Read::Fresh).await)?;
    let chunks: Vec<_> = found.into_iter().map(|cell| cell.map(|cell| cell.chunks)).collect();
    same("chunks of all", &chunks, &vec![Some(vec![b"only".to_vec()]), Some(numbered(6)), None])
}

pub(super) async fn replaced<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    let base = done(store, put_chunks(&key, None, b"a", Chunks::Replace(numbered(5)))).await?;
    same("chunks", &there(store, &key).await?.chunks, &numbered(5))?;
    let base =
        done(store, put_chunks(&key, Some(&base), b"b", Chunks::Replace(vec![b"one".to_vec()]))).await?;
    same("chunks", &there(store, &key).await?.chunks, &vec![b"one".to_vec()])?;
    let base = done(store, put_chunks(&key, Some(&base), b"c", Chunks::Append(b"two".to_vec()))).await?;
    same("chunks", &there(store, &key).await?.chunks, &vec![b"one".to_vec(), b"two".to_vec()])?;
    done(store, put_chunks(&key, Some(&base), b"d", Chunks::Replace(Vec::new()))).await?;
    same("chunks", &there(store, &key).await?.chunks, &Vec::new())
}

pub(super) async fn abandoned<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    let base = done(store, put_chunks(&key, None, b"a", Chunks::Append(b"first".to_vec()))).await?;
    let winner = put_chunks(&key, Some(&base), b"b", Chunks::Append(b"winner".to_vec()));
    let loser = put_chunks(&key, Some(&base), b"b", Chunks::Append(b"loser".to_vec()));
    let base = done(store, winner).await?;
    conflict("the second of two", commit(store, loser).await)?;
    let replacing = put_chunks(&key, None, b"b", Chunks::Replace(vec![b"loser".to_vec()]));
    conflict("one that comes too late", commit(store, replacing).await)?;
    let cell = there(store, &key).await?;
    same("chunks", &cell.chunks, &vec![b"first".to_vec(), b"winner".to_vec()])?;
    same("base", &cell.base, &base)
}

pub(super) async fn earlier_life<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    let base = done(store, put_chunks(&key, None, b"a", Chunks::Replace(numbered(3)))).await?;
    let removal = CellWrite { key: key.clone(), base: Some(base), change: Change::Remove };
    ok("remove", commit(store, removal).await)?;
    same("removed", &load(store, &key).await?, &None)?;
    let base = done(store, put(&key, None, b"b")).await?;
    same("chunks", &there(store, &key).await?.chunks, &Vec::new())?;
    done(store, put_chunks(&key, Some(&base), b"c", Chunks::Append(b"new".to_vec()))).await?;
    same("chunks", &there(store, &key).await?.chunks, &vec![b"new".to_vec()])
}

pub(super) async fn extended<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    let mut base = None;
    let day = 24 * 3_600_000;
    for days in 0..30_i64 {
        let expires = AT.saturating_add(days.saturating_mul(day));
        let chunks = if days < 3 { Chunks::Append(vec![1; 10]) } else { Chunks::Keep };
        let change = Change::Put { head: b"h".to_vec(), chunks, outbox: Vec::new(), expires: Some(expires) };
        let next = done(store, CellWrite { key: key.clone(), base, change }).await?;
        let shortest = next.chunks.iter().map(|chunk| chunk.expires).min().unwrap_or(0);
        holds("chunks outlive their cell", shortest >= expires.saturating_add(CHUNK_OUTLIVES_MS))?;
        base = Some(next);
    }
    let change = Change::Put { head: b"h".to_vec(), chunks: Chunks::Keep, outbox: Vec::new(), expires: None };
    let forever = done(store, CellWrite { key: key.clone(), base, change }).await?;
    holds("chunks of what stays stay", forever.chunks.iter().all(|chunk| chunk.expires == i64::MAX))?;
    let cell = there(store, &key).await?;
    same("chunks", &cell.chunks, &vec![vec![1; 10]; 3])?;
    same("base", &cell.base, &forever)
}

pub(super) async fn pages<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    let large: Vec<Vec<u8>> = (0..7_u8).map(|n| vec![n; 300 * 1024]).collect();
    done(store, put_chunks(&key, None, b"large", Chunks::Replace(large.clone()))).await?;
    let cell = there(store, &key).await?;
    holds("seven chunks of 300 KB come back", cell.chunks == large)
}
