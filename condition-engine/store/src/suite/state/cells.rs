//! Cells: what was written comes back, versions, conflicts, lives, scans.

use super::support::{At, Checked, commit, conflict, done, holds, load, ok, put, same, there};
use crate::state::{CellKind, CellWrite, Change, Chunks, Read, StateStore};

pub(super) async fn nothing<S: StateStore>(store: &S, at: At) -> Checked {
    let keys = [at.key("a"), at.key("b")];
    for read in [Read::Fresh, Read::Stale] {
        same("cells", &ok("load", store.load(&keys, read).await)?, &vec![None, None])?;
        same("none asked for", &ok("load", store.load(&[], read).await)?, &Vec::new())?;
    }
    same("none written", &store.commit(Vec::new()).await, &Vec::new())
}

pub(super) async fn round_trip<S: StateStore>(store: &S, at: At) -> Checked {
    let every_byte: Vec<u8> = (0..=255).collect();
    for (key, head, outbox) in [
        ("full", every_byte.clone(), every_byte.clone()),
        ("no outbox", b"head".to_vec(), Vec::new()),
        ("nothing", Vec::new(), Vec::new()),
        ("unicode \u{1f600} # / \u{0} %23", b"x".to_vec(), b"y".to_vec()),
    ] {
        let key = at.key(key);
        let change =
            Change::Put { head: head.clone(), chunks: Chunks::Keep, outbox: outbox.clone(), expires: None };
        let base = done(store, CellWrite { key: key.clone(), base: None, change }).await?;
        let cell = there(store, &key).await?;
        same("head", &cell.head, &head)?;
        same("outbox", &cell.outbox, &outbox)?;
        same("chunks", &cell.chunks, &Vec::new())?;
        same("base", &cell.base, &base)?;
    }
    Ok(())
}

pub(super) async fn versions<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    let mut base = done(store, put(&key, None, b"1")).await?;
    same("first count", &base.version.count, &1)?;
    for count in 2..6_u64 {
        let next = done(store, put(&key, Some(&base), &count.to_be_bytes())).await?;
        same("nonce", &next.version.nonce, &base.version.nonce)?;
        same("count", &next.version.count, &count)?;
        let cell = there(store, &key).await?;
        same("head", &cell.head, &count.to_be_bytes().to_vec())?;
        same("base loaded", &cell.base, &next)?;
        base = next;
    }
    Ok(())
}

pub(super) async fn conflicts<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    let first = done(store, put(&key, None, b"first")).await?;
    conflict("made twice", commit(store, put(&key, None, b"other")).await)?;
    let second = done(store, put(&key, Some(&first), b"second")).await?;
    conflict("from an old base", commit(store, put(&key, Some(&first), b"other")).await)?;
    let removal = CellWrite { key: key.clone(), base: Some(first.clone()), change: Change::Remove };
    conflict("removed from an old base", commit(store, removal).await)?;
    let missing = at.key("missing");
    conflict("a base of nothing", commit(store, put(&missing, Some(&first), b"other")).await)?;
    same("missing", &load(store, &missing).await?, &None)?;
    let cell = there(store, &key).await?;
    same("head", &cell.head, &b"second".to_vec())?;
    same("base", &cell.base, &second)
}

pub(super) async fn another_life<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    let first = done(store, put(&key, None, b"first")).await?;
    let removal = CellWrite { key: key.clone(), base: Some(first.clone()), change: Change::Remove };
    same("removed", &ok("remove", commit(store, removal.clone()).await)?, &None)?;
    same("after that", &load(store, &key).await?, &None)?;
    conflict("removed twice", commit(store, removal).await)?;
    conflict("from the life before", commit(store, put(&key, Some(&first), b"ghost")).await)?;
    let again = done(store, put(&key, None, b"again")).await?;
    same("count", &again.version.count, &first.version.count)?;
    holds("the nonce of another life is another", again.version.nonce != first.version.nonce)?;
    conflict("from the life before", commit(store, put(&key, Some(&first), b"ghost")).await)?;
    same("head", &there(store, &key).await?.head, &b"again".to_vec())
}

pub(super) async fn independent<S: StateStore>(store: &S, at: At) -> Checked {
    done(store, put(&at.key("7"), None, b"before")).await?;
    let keys: Vec<_> = (0..40).map(|n| at.key(&n.to_string())).collect();
    let answers = store.commit(keys.iter().map(|key| put(key, None, key.key.as_bytes())).collect()).await;
    same("answers", &answers.len(), &keys.len())?;
    for (key, answer) in keys.iter().zip(answers) {
        let cell = there(store, key).await?;
        if &*key.key == "7" {
            conflict("the one that was there", answer)?;
            same("its head", &cell.head, &b"before".to_vec())?;
        } else {
            same("base", &ok("commit", answer)?, &Some(cell.base))?;
            same("head", &cell.head, &key.key.as_bytes().to_vec())?;
        }
    }
    Ok(())
}

pub(super) async fn apart<S: StateStore>(store: &S, at: At) -> Checked {
    let mut keys = vec![
        at.named(CellKind::Instance, "n", "k"),
        at.named(CellKind::Page, "n", "k"),
        at.named(CellKind::Run, "n", "k"),
        at.named(CellKind::Instance, "n", "k#i"),
        at.named(CellKind::Instance, "n#k", ""),
        at.named(CellKind::Instance, "n", ""),
        at.named(CellKind::Instance, "n", "K"),
    ];
    let mut elsewhere = at.named(CellKind::Instance, "n", "k");
    elsewhere.workflow = format!("{}#n", at.workflow()).into();
    keys.push(elsewhere);
    for (number, key) in keys.iter().enumerate() {
        done(store, put(key, None, &number.to_be_bytes())).await?;
    }
    for (number, key) in keys.iter().enumerate() {
        same(&key.path(), &there(store, key).await?.head, &number.to_be_bytes().to_vec())?;
    }
    Ok(())
}

pub(super) async fn many<S: StateStore>(store: &S, at: At) -> Checked {
    let keys: Vec<_> = (0..130).map(|n| at.key(&n.to_string())).collect();
    let writes = keys.iter().step_by(2).map(|key| put(key, None, key.key.as_bytes())).collect();
    for answer in store.commit(writes).await {
        ok("commit", answer)?;
    }
    let mut asked: Vec<_> = keys.iter().rev().cloned().collect();
    asked.extend(keys.iter().take(5).cloned());
    let found = ok("load", store.load(&asked, Read::Fresh).await)?;
    same("cells", &found.len(), &asked.len())?;
    for (key, cell) in asked.iter().zip(found) {
        let even = key.key.parse::<u32>().is_ok_and(|n| n.is_multiple_of(2));
        let wanted = even.then(|| key.key.as_bytes().to_vec());
        same(&key.path(), &cell.map(|cell| cell.head), &wanted)?;
    }
    Ok(())
}

/// Whoever does not know whether his write happened may make it again, or look: it never happens twice.
pub(super) async fn again<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    let first = done(store, put(&key, None, b"first")).await?;
    let write = put(&key, Some(&first), b"second");
    let second = done(store, write.clone()).await?;
    conflict("the same again", commit(store, write).await)?;
    let cell = there(store, &key).await?;
    same("count", &cell.base.version.count, &2)?;
    same("base", &cell.base, &second)
}

pub(super) async fn scan<S: StateStore>(store: &S, at: At) -> Checked {
    let mut wanted = Vec::new();
    for n in 0..12_u32 {
        let key = at.named(CellKind::Instance, if n < 8 { "one" } else { "one2" }, &n.to_string());
        done(store, put(&key, None, &n.to_be_bytes())).await?;
        wanted.push((key.path(), n.to_be_bytes().to_vec()));
    }
    let appended = at.named(CellKind::Instance, "one", "0");
    let base = there(store, &appended).await?.base;
    let write = super::support::put_chunks(&appended, Some(&base), &[0; 4], Chunks::Append(vec![1]));
    done(store, write).await?;
    done(store, put(&at.named(CellKind::Run, "one", "0"), None, b"run")).await?;
    let slots = at.named(CellKind::Instance, "one", "slots");
    ok("fill", store.fill(&slots, &[(0, b"v".to_vec())], None).await)?;
    for (name, cells, slots) in [(Some("one"), 8, 1), (Some("one2"), 4, 0), (None, 12, 1), (Some("on"), 0, 0)]
    {
        let (mut found, mut filled, mut after) = (Vec::new(), 0_usize, None);
        loop {
            let page = ok("scan", store.scan(CellKind::Instance, at.workflow(), name, after).await)?;
            found.extend(page.cells.into_iter().map(|(key, cell)| (key.path(), cell.head)));
            filled = filled.saturating_add(page.slots.len());
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        found.sort();
        let mut listed: Vec<_> = wanted.clone();
        listed.retain(|(path, _)| {
            path.starts_with(&crate::state::CellKey::prefix(CellKind::Instance, at.workflow(), name))
        });
        listed.sort();
        same("cells listed", &found, &listed)?;
        same("cells", &(found.len(), filled), &(cells, slots))?;
    }
    Ok(())
}
