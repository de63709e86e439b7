//! Cases of the journal within one opening.

use super::Place;
use super::support::{Checked, append, frames, ok, open, payloads, refused, same, snapshot};
use crate::StoreError;

pub(super) fn numbers(place: &mut dyn Place) -> Checked {
    let mut opened = open(place)?;
    same("last of an empty journal", &opened.journal.last(), &0)?;
    same("frames of an empty journal", &frames(&mut opened, 0)?, &vec![])?;
    let all = payloads(1, 7);
    same("first append", &append(&mut opened, all.get(..3).unwrap_or_default())?, &3)?;
    same("second append", &append(&mut opened, all.get(3..).unwrap_or_default())?, &7)?;
    same("last", &opened.journal.last(), &7)?;
    same("frames", &frames(&mut opened, 0)?, &all)
}

pub(super) fn empty_append(place: &mut dyn Place) -> Checked {
    let mut opened = open(place)?;
    same("empty append at the start", &append(&mut opened, &[])?, &0)?;
    append(&mut opened, &payloads(1, 2))?;
    same("empty append", &append(&mut opened, &[])?, &2)?;
    same("frames", &frames(&mut opened, 0)?, &payloads(1, 2))
}

pub(super) fn empty_frame(place: &mut dyn Place) -> Checked {
    let all = vec![vec![], vec![], b"x".to_vec(), vec![]];
    let mut opened = open(place)?;
    same("append", &append(&mut opened, &all)?, &4)?;
    drop(opened);
    same("frames", &frames(&mut open(place)?, 0)?, &all)
}

pub(super) fn largest_frame(place: &mut dyn Place) -> Checked {
    let largest = vec![7u8; place.max_frame_bytes()];
    let over = vec![7u8; largest.len().saturating_add(1)];
    let mut opened = open(place)?;
    refused("a frame past the limit", opened.journal.append(&[b"small", &over]), "S008")?;
    same("nothing was written", &opened.journal.last(), &0)?;
    same("append", &ok("append", opened.journal.append(&[b"small", &largest]))?, &2)?;
    drop(opened);
    same("frames", &frames(&mut open(place)?, 0)?, &vec![b"small".to_vec(), largest])
}

pub(super) fn replay_from_anywhere(place: &mut dyn Place) -> Checked {
    let all = payloads(1, 60);
    let mut opened = open(place)?;
    for some in all.chunks(4) {
        append(&mut opened, some)?;
    }
    for after in 0..=60u64 {
        let wanted: Vec<_> = all.iter().skip(usize::try_from(after).unwrap_or(0)).cloned().collect();
        same("frames", &frames(&mut opened, after)?, &wanted)?;
    }
    Ok(())
}

pub(super) fn replay_past_the_end(place: &mut dyn Place) -> Checked {
    let mut opened = open(place)?;
    append(&mut opened, &payloads(1, 3))?;
    same("replay at the end", &frames(&mut opened, 3)?, &vec![])?;
    refused("a replay past the end", opened.journal.replay(4, &mut |_, _| Ok(())), "S011")
}

pub(super) fn visitor_error(place: &mut dyn Place) -> Checked {
    let mut opened = open(place)?;
    append(&mut opened, &payloads(1, 5))?;
    let mut seen = 0;
    let outcome = opened.journal.replay(0, &mut |seq, _| {
        seen = seq;
        if seq == 3 { Err(StoreError::Unreadable { seq, what: "no".to_owned() }) } else { Ok(()) }
    });
    refused("the replay", outcome, "S014")?;
    same("frames seen", &seen, &3)?;
    same("the journal goes on", &append(&mut opened, &payloads(6, 1))?, &6)
}

pub(super) fn release_keeps_substitute(place: &mut dyn Place) -> Checked {
    let all = payloads(1, 120);
    let mut opened = open(place)?;
    for some in all.chunks(5) {
        append(&mut opened, some)?;
    }
    ok("release", opened.journal.release(120))?;
    same("without a snapshot everything stays", &frames(&mut opened, 0)?, &all)?;
    snapshot(&mut opened, 80, b"a")?;
    ok("release", opened.journal.release(80))?;
    same("with one snapshot everything stays", &frames(&mut opened, 0)?, &all)?;
    snapshot(&mut opened, 110, b"b")?;
    ok("release", opened.journal.release(110))?;
    let wanted: Vec<_> = all.iter().skip(80).cloned().collect();
    same("from the older snapshot on everything stays", &frames(&mut opened, 80)?, &wanted)?;
    drop(opened);
    same("and after a crash", &frames(&mut open(place)?, 80)?, &wanted)
}

pub(super) fn release_past_the_end(place: &mut dyn Place) -> Checked {
    let mut opened = open(place)?;
    append(&mut opened, &payloads(1, 3))?;
    refused("a release past the end", opened.journal.release(4), "S011")
}
