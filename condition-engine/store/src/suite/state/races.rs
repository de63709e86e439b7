//! Many workers at one cell.

use super::support::{At, Checked, commit, conflict, done, ok, put, same, there, together};
use crate::state::{CellKey, StateError, StateStore};

const RACERS: u64 = 24;

/// Checks that one of the answers is a success and the others are conflicts; gives the place of the one.
fn one_winner<T: std::fmt::Debug>(answers: Vec<Result<T, StateError>>) -> Result<u64, String> {
    let mut won = Vec::new();
    for (place, answer) in (0_u64..).zip(answers) {
        match answer {
            Ok(_) => won.push(place),
            other => conflict("a loser", other)?,
        }
    }
    match won.as_slice() {
        [one] => Ok(*one),
        other => Err(format!("winners: {other:?}, wanted one")),
    }
}

pub(super) async fn one_maker<S: StateStore>(store: &S, at: At) -> Checked {
    for round in 0..5_u32 {
        let key = at.key(&round.to_string());
        let racers = (0..RACERS).map(|racer| commit(store, put(&key, None, &racer.to_be_bytes())));
        let winner = one_winner(together(racers).await)?;
        same("head", &there(store, &key).await?.head, &winner.to_be_bytes().to_vec())?;
    }
    Ok(())
}

pub(super) async fn one_committer<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    let mut base = done(store, put(&key, None, b"first")).await?;
    for _ in 0..5 {
        let racers = (0..RACERS).map(|racer| commit(store, put(&key, Some(&base), &racer.to_be_bytes())));
        let winner = one_winner(together(racers).await)?;
        let cell = there(store, &key).await?;
        same("head", &cell.head, &winner.to_be_bytes().to_vec())?;
        base = cell.base;
    }
    // Equal contents are no excuse: each of these would count the same event.
    let racers = (0..RACERS).map(|_| commit(store, put(&key, Some(&base), b"equal")));
    one_winner(together(racers).await)?;
    Ok(())
}

async fn count<S: StateStore>(store: &S, key: &CellKey, times: u64) -> Checked {
    let mut left = times;
    for _ in 0..10_000 {
        if left == 0 {
            return Ok(());
        }
        let cell = there(store, key).await?;
        let number =
            u64::from_be_bytes(cell.head.try_into().map_err(|_| "a head of another length".to_owned())?);
        match commit(store, put(key, Some(&cell.base), &number.saturating_add(1).to_be_bytes())).await {
            Err(StateError::Conflict) => {}
            other => {
                ok("commit", other)?;
                left = left.saturating_sub(1);
            }
        }
    }
    Err("conflicts without an end".to_owned())
}

pub(super) async fn counting<S: StateStore>(store: &S, at: At) -> Checked {
    let key = at.key("k");
    done(store, put(&key, None, &0_u64.to_be_bytes())).await?;
    for outcome in together((0..8).map(|_| count(store, &key, 6))).await {
        outcome?;
    }
    let cell = there(store, &key).await?;
    same("count", &cell.head, &48_u64.to_be_bytes().to_vec())?;
    same("commits", &cell.base.version.count, &49)
}
