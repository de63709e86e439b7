//! Shelves: order, pages, conditions.

use super::support::{AT, At, Checked, entry, holds, ok, same, together};
use crate::state::{PutIf, Read, Shelf, ShelfName};

async fn put<S: Shelf>(store: &S, shelf: &ShelfName, sort: &str, value: &[u8]) -> Checked {
    let written = ok("put", store.put(shelf, entry(sort, value), PutIf::Any, Some(AT)).await)?;
    holds("a put without a condition writes", written)
}

async fn sorts<S: Shelf>(store: &S, shelf: &ShelfName) -> Result<Vec<String>, String> {
    let found = ok("list", store.list(shelf, None, 1_000).await)?;
    Ok(found.into_iter().map(|entry| entry.sort).collect())
}

pub(super) async fn order<S: Shelf>(store: &S, at: At) -> Checked {
    let shelf = at.timers(0);
    same("at first", &ok("list", store.list(&shelf, None, 10).await)?, &Vec::new())?;
    let names = ["b", "a", "a1", "B", "a#", "\u{e9}", "10", "9", "z"];
    for name in names {
        put(store, &shelf, name, name.as_bytes()).await?;
    }
    let mut wanted: Vec<_> = names.map(|name| entry(name, name.as_bytes())).to_vec();
    wanted.sort_by(|one, other| one.sort.as_bytes().cmp(other.sort.as_bytes()));
    same("all", &ok("list", store.list(&shelf, None, 100).await)?, &wanted)?;
    let (mut found, mut after) = (Vec::new(), None);
    for _ in 0..=names.len() {
        let page = ok("list", store.list(&shelf, after.as_deref(), 2).await)?;
        holds("a page is no longer than asked for", page.len() <= 2)?;
        let Some(last) = page.last() else { break };
        after = Some(last.sort.clone());
        found.extend(page);
    }
    same("page by page", &found, &wanted)?;
    same(
        "after a place that is not there",
        &ok("list", store.list(&shelf, Some("y"), 1).await)?,
        &vec![entry("z", b"z")],
    )
}

pub(super) async fn conditions<S: Shelf>(store: &S, at: At) -> Checked {
    let shelf = ShelfName::Plans { workflow: at.workflow().to_owned() };
    for (when, value, written, after) in [
        (PutIf::Is(b"a".to_vec()), "x", false, None),
        (PutIf::Absent, "a", true, Some("a")),
        (PutIf::Absent, "x", false, Some("a")),
        (PutIf::Is(b"x".to_vec()), "x", false, Some("a")),
        (PutIf::Is(b"a".to_vec()), "b", true, Some("b")),
        (PutIf::Any, "c", true, Some("c")),
    ] {
        let what = format!("{when:?} {value}");
        same(
            &what,
            &ok("put", store.put(&shelf, entry("current", value.as_bytes()), when, None).await)?,
            &written,
        )?;
        let found = ok("get", store.get(&shelf, "current", Read::Fresh).await)?;
        same(&what, &found, &after.map(|text| text.as_bytes().to_vec()))?;
    }
    same("another place", &ok("get", store.get(&shelf, "other", Read::Fresh).await)?, &None)
}

pub(super) async fn one_winner<S: Shelf>(store: &S, at: At) -> Checked {
    let shelf = ShelfName::Notes { workflow: at.workflow().to_owned() };
    let racers = (0..16_u8).map(|racer| store.put(&shelf, entry("lease", &[racer]), PutIf::Absent, Some(AT)));
    let mut winner = Vec::new();
    for (racer, answer) in (0_u8..).zip(together(racers).await) {
        if ok("put", answer)? {
            winner.push(racer);
        }
    }
    same("winners", &winner.len(), &1)?;
    same("value", &ok("get", store.get(&shelf, "lease", Read::Fresh).await)?, &Some(winner))
}

pub(super) async fn apart<S: Shelf>(store: &S, at: At) -> Checked {
    let name = || at.workflow().to_owned();
    let shelves = [
        at.timers(0),
        at.timers(1),
        ShelfName::Dead { workflow: name() },
        ShelfName::Plans { workflow: name() },
        ShelfName::Notes { workflow: name() },
    ];
    for (number, shelf) in (0_u8..).zip(&shelves) {
        put(store, shelf, "same", &[number]).await?;
    }
    for (number, shelf) in (0_u8..).zip(&shelves) {
        same("values", &ok("list", store.list(shelf, None, 10).await)?, &vec![entry("same", &[number])])?;
    }
    Ok(())
}

pub(super) async fn removed<S: Shelf>(store: &S, at: At) -> Checked {
    let shelf = at.timers(2);
    let names: Vec<String> = (0..60).map(|n| format!("{n:03}")).collect();
    for outcome in together(names.iter().map(|name| put(store, &shelf, name, b"v"))).await {
        outcome?;
    }
    same("all", &sorts(store, &shelf).await?, &names)?;
    let (mut out, kept): (Vec<String>, Vec<String>) =
        names.into_iter().partition(|name| name.as_str() < "055");
    out.push("not there".to_owned());
    out.push("000".to_owned());
    ok("remove", store.remove(&shelf, &out).await)?;
    same("kept", &sorts(store, &shelf).await?, &kept)?;
    ok("remove again", store.remove(&shelf, &out).await)?;
    ok("remove nothing", store.remove(&shelf, &[]).await)?;
    same("kept", &sorts(store, &shelf).await?, &kept)
}
