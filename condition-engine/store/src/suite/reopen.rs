//! Cases over several openings: what a crash leaves.

use super::Place;
use super::support::{Checked, Dice, append, blocks, frames, ok, open, payloads, refused, same, snapshot};
use crate::Seq;

pub(super) fn locked(place: &mut dyn Place) -> Checked {
    let mut first = open(place)?;
    refused("a second opening", place.open(), "S001")?;
    append(&mut first, &payloads(1, 1))?;
    let writer = ok("begin", first.checkpoint.begin(1))?;
    drop(first);
    refused("an opening beside a writer", place.open(), "S001")?;
    drop(writer);
    same("frames", &frames(&mut open(place)?, 0)?, &payloads(1, 1))
}

pub(super) fn survives(place: &mut dyn Place) -> Checked {
    let all = payloads(1, 90);
    let mut opened = open(place)?;
    for some in all.chunks(7) {
        append(&mut opened, some)?;
    }
    drop(opened);
    let mut opened = open(place)?;
    same("last", &opened.journal.last(), &90)?;
    same("frames", &frames(&mut opened, 0)?, &all)
}

pub(super) fn many_crashes(place: &mut dyn Place) -> Checked {
    let mut count = 0;
    for life in 0..25u64 {
        let mut opened = open(place)?;
        same("frames", &frames(&mut opened, 0)?, &payloads(1, count))?;
        let some = life % 3;
        append(&mut opened, &payloads(count.saturating_add(1), some))?;
        count = count.saturating_add(some);
    }
    same("frames", &frames(&mut open(place)?, 0)?, &payloads(1, count))
}

pub(super) fn snapshots(place: &mut dyn Place) -> Checked {
    let mut opened = open(place)?;
    append(&mut opened, &payloads(1, 6))?;
    snapshot(&mut opened, 4, b"four")?;
    let mut writer = ok("begin", opened.checkpoint.begin(6))?;
    ok("put", writer.put(0, b"never committed"))?;
    drop((writer, opened));
    let mut opened = open(place)?;
    same("blocks", &blocks(&mut opened)?, &(Some(4), vec![(1, b"four".to_vec())]))?;
    same("frames", &frames(&mut opened, 4)?, &payloads(5, 2))
}

pub(super) fn random_scripts(place: &mut dyn Place) -> Checked {
    for seed in 0..12u64 {
        place.wipe().map_err(|error| error.to_string())?;
        script(place, seed).map_err(|what| format!("seed {seed}: {what}"))?;
    }
    Ok(())
}

/// Appends, snapshots, releases and crashes at random. The state is the list of all frames; a snapshot holds its length,
/// so that after every crash snapshot and replay together must give the whole list.
fn script(place: &mut dyn Place, seed: u64) -> Checked {
    let mut dice = Dice(seed);
    let mut count: Seq = 0;
    let mut newest: Option<Seq> = None;
    let mut opened = open(place)?;
    for _ in 0..150 {
        match dice.below(10) {
            0..=5 => {
                let some = dice.below(9);
                count = count.saturating_add(some);
                let all = payloads(count.saturating_sub(some).saturating_add(1), some);
                same("append", &append(&mut opened, &all)?, &count)?;
            }
            6 => {
                let oldest = newest.unwrap_or(0);
                let at = oldest.saturating_add(dice.below(count.saturating_sub(oldest).saturating_add(1)));
                snapshot(&mut opened, at, &at.to_le_bytes())?;
                newest = Some(at);
            }
            7 => ok("release", opened.journal.release(newest.unwrap_or(0)))?,
            8 => {
                drop(opened);
                opened = open(place)?;
            }
            _ => {
                let (at, held) = blocks(&mut opened)?;
                same("snapshot", &at, &newest)?;
                let at = at.unwrap_or(0);
                same(
                    "its block",
                    &held.first().map(|b| b.1.clone()),
                    &newest.map(|n| n.to_le_bytes().to_vec()),
                )?;
                let rest = payloads(at.saturating_add(1), count.saturating_sub(at));
                same("frames", &frames(&mut opened, at)?, &rest)?;
            }
        }
    }
    Ok(())
}
