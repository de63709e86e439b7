//! Cells of set-once slots.

use super::support::{AT, At, Checked, conflict, done, holds, ok, put, same, there, together};
use crate::state::{CellKey, Read, Slots, StateStore};

fn filled(image: &Slots) -> Vec<(u16, &[u8])> {
    image.filled.iter().map(|(slot, value)| (*slot, value.as_slice())).collect()
}

async fn fill<S: StateStore>(store: &S, key: &CellKey, slot: u16, value: &[u8]) -> Result<Slots, String> {
    ok("fill", store.fill(key, &[(slot, value.to_vec())], Some(AT)).await)
}

async fn read<S: StateStore>(store: &S, key: &CellKey) -> Result<Option<Slots>, String> {
    ok("slots", store.slots(key, Read::Fresh).await)
}

pub(super) async fn filled_once<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    same("at first", &read(store, &key).await?, &None)?;
    let first = fill(store, &key, 1, b"one").await?;
    holds("a life is not 0", first.life != 0)?;
    same("filled", &filled(&first), &vec![(1, &b"one"[..])])?;
    let again = fill(store, &key, 1, b"other").await?;
    same("filled again", &again, &first)?;
    let both = ok("fill", store.fill(&key, &[(1, b"x".to_vec()), (0, Vec::new())], None).await)?;
    same("filled", &filled(&both), &vec![(0, &b""[..]), (1, &b"one"[..])])?;
    same("life", &both.life, &first.life)?;
    same("closed", &both.closed, &None)?;
    same("read", &read(store, &key).await?, &Some(both.clone()))?;
    same("none given", &ok("fill", store.fill(&key, &[], None).await)?, &both)
}

pub(super) async fn closed<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    fill(store, &key, 0, b"zero").await?;
    let closed = ok("close", store.close(&key, 2, b"timeout".to_vec()).await)?;
    same("note", &closed.closed, &Some(b"timeout".to_vec()))?;
    same("filled", &filled(&closed), &vec![(0, &b"zero"[..])])?;
    same("filled later", &fill(store, &key, 1, b"late").await?, &closed)?;
    same("closed again", &ok("close", store.close(&key, 2, b"second".to_vec()).await)?, &closed)?;
    same("read", &read(store, &key).await?, &Some(closed))
}

pub(super) async fn complete<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    for slot in 0..3 {
        fill(store, &key, slot, b"v").await?;
    }
    let image = ok("close", store.close(&key, 3, b"timeout".to_vec()).await)?;
    same("closed", &image.closed, &None)?;
    same("filled", &image.filled.len(), &3)?;
    // Where more slots are asked for than were filled it is not complete.
    let image = ok("close", store.close(&key, 4, b"timeout".to_vec()).await)?;
    same("closed", &image.closed, &Some(b"timeout".to_vec()))
}

pub(super) async fn nothing_to_close<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    same("image", &ok("close", store.close(&key, 2, b"note".to_vec()).await)?, &Slots::default())?;
    same("after that", &read(store, &key).await?, &None)
}

pub(super) async fn renewed<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    let slots = |value: &[u8]| vec![(2, value.to_vec())];
    conflict("a life that never was", store.renew(&key, 7, &slots(b"x"), Some(AT)).await)?;
    let first = ok("renew", store.renew(&key, 0, &slots(b"first"), Some(AT)).await)?;
    conflict("made twice", store.renew(&key, 0, &slots(b"x"), Some(AT)).await)?;
    fill(store, &key, 0, b"zero").await?;
    ok("close", store.close(&key, 3, b"note".to_vec()).await)?;
    let racers = (0..8_u8).map(|racer| {
        let with = slots(&[racer]);
        let key = &key;
        async move { store.renew(key, first.life, &with, None).await }
    });
    let answers = together(racers).await;
    let won: Vec<&Slots> = answers.iter().flatten().collect();
    let [second] = won.as_slice() else { return Err(format!("winners: {won:?}, wanted one")) };
    holds("another life has another number", second.life != first.life && second.life != 0)?;
    same("closed", &second.closed, &None)?;
    same("filled", &second.filled.keys().copied().collect::<Vec<u16>>(), &vec![2])?;
    same("read", &read(store, &key).await?.as_ref(), &Some(*second))
}

/// Whoever sees it complete never sees it closed, and the other way round; in every round one of the two happens.
pub(super) async fn race<S: StateStore>(store: &S, at: At) -> Checked {
    let total = 4_u16;
    for round in 0..12_u32 {
        let key = at.key(&round.to_string());
        fill(store, &key, 0, b"0").await?;
        let closer = u16::try_from(round % 4).unwrap_or(0);
        let racers = (1..=total).map(|slot| {
            let key = &key;
            async move {
                if slot == closer || slot == total {
                    store.close(key, total, b"timeout".to_vec()).await
                } else {
                    store.fill(key, &[(slot, vec![1])], Some(AT)).await
                }
            }
        });
        let mut images = Vec::new();
        for answer in together(racers).await {
            images.push(ok("race", answer)?);
        }
        fill(store, &key, closer, b"last").await?;
        let last = read(store, &key).await?.ok_or("the cell is gone")?;
        images.push(last.clone());
        let full = |image: &&Slots| (0..total).all(|slot| image.filled.contains_key(&slot));
        let complete = images.iter().filter(full).count();
        let closed = images.iter().filter(|image| image.closed.is_some()).count();
        holds("complete and closed were both seen", complete == 0 || closed == 0)?;
        holds("neither complete nor closed in the end", full(&&last) || last.closed.is_some())?;
    }
    Ok(())
}

pub(super) async fn beside_cells<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    done(store, put(&key, None, b"cell")).await?;
    same("slots", &read(store, &key).await?, &None)?;
    fill(store, &key, 0, b"slot").await?;
    same("cell", &there(store, &key).await?.head, &b"cell".to_vec())
}
