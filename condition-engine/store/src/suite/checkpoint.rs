//! Cases of the snapshots within one opening.

use super::Place;
use super::support::{Blocks, Checked, append, blocks, frames, ok, open, payloads, refused, same, snapshot};
use crate::limits::MAX_BLOCK_BYTES;

pub(super) fn none(place: &mut dyn Place) -> Checked {
    same("blocks", &blocks(&mut open(place)?)?, &(None, vec![]))
}

pub(super) fn round_trip(place: &mut dyn Place) -> Checked {
    let wanted: Blocks =
        vec![(0, b"zero".to_vec()), (200, vec![]), (0, vec![3; 70_000]), (255, b"last".to_vec())];
    let mut opened = open(place)?;
    append(&mut opened, &payloads(1, 2))?;
    let mut writer = ok("begin", opened.checkpoint.begin(2))?;
    for (section, block) in &wanted {
        ok("put", writer.put(*section, block))?;
    }
    ok("commit", writer.commit())?;
    same("blocks", &blocks(&mut opened)?, &(Some(2), wanted.clone()))?;
    drop(opened);
    same("blocks after a crash", &blocks(&mut open(place)?)?, &(Some(2), wanted))
}

pub(super) fn abandoned(place: &mut dyn Place) -> Checked {
    let mut opened = open(place)?;
    append(&mut opened, &payloads(1, 3))?;
    snapshot(&mut opened, 1, b"kept")?;
    let mut writer = ok("begin", opened.checkpoint.begin(3))?;
    ok("put", writer.put(0, b"dropped"))?;
    drop(writer);
    same("blocks", &blocks(&mut opened)?, &(Some(1), vec![(1, b"kept".to_vec())]))
}

pub(super) fn newest(place: &mut dyn Place) -> Checked {
    let mut opened = open(place)?;
    append(&mut opened, &payloads(1, 9))?;
    for at in 0..=9u64 {
        snapshot(&mut opened, at, &at.to_le_bytes())?;
        same("blocks", &blocks(&mut opened)?, &(Some(at), vec![(1, at.to_le_bytes().to_vec())]))?;
    }
    Ok(())
}

pub(super) fn out_of_order(place: &mut dyn Place) -> Checked {
    let mut opened = open(place)?;
    append(&mut opened, &payloads(1, 9))?;
    let late = ok("begin", opened.checkpoint.begin(3))?;
    snapshot(&mut opened, 5, b"five")?;
    refused("beginning an older one", opened.checkpoint.begin(4), "S012")?;
    refused("committing an older one", late.commit(), "S012")?;
    same("blocks", &blocks(&mut opened)?, &(Some(5), vec![(1, b"five".to_vec())]))
}

pub(super) fn replaced(place: &mut dyn Place) -> Checked {
    let mut opened = open(place)?;
    append(&mut opened, &payloads(1, 40))?;
    snapshot(&mut opened, 10, b"older")?;
    snapshot(&mut opened, 30, b"first")?;
    snapshot(&mut opened, 30, b"second")?;
    same("blocks", &blocks(&mut opened)?, &(Some(30), vec![(1, b"second".to_vec())]))?;
    ok("release", opened.journal.release(30))?;
    let wanted: Vec<_> = payloads(11, 30);
    same("the older snapshot is still the substitute", &frames(&mut opened, 10)?, &wanted)?;
    drop(opened);
    same("blocks after a crash", &blocks(&mut open(place)?)?, &(Some(30), vec![(1, b"second".to_vec())]))
}

pub(super) fn past_the_end(place: &mut dyn Place) -> Checked {
    let mut opened = open(place)?;
    append(&mut opened, &payloads(1, 3))?;
    let early = ok("begin", opened.checkpoint.begin(4))?;
    let in_time = ok("begin", opened.checkpoint.begin(4))?;
    refused("a snapshot past the log", early.commit(), "S011")?;
    same("snapshot", &blocks(&mut opened)?.0, &None)?;
    append(&mut opened, &payloads(4, 1))?;
    ok("a commit once the frame is durable", in_time.commit())?;
    same("snapshot", &blocks(&mut opened)?.0, &Some(4))
}

pub(super) fn largest_block(place: &mut dyn Place) -> Checked {
    let largest = vec![9u8; MAX_BLOCK_BYTES];
    let over = vec![9u8; MAX_BLOCK_BYTES.saturating_add(1)];
    let mut opened = open(place)?;
    snapshot(&mut opened, 0, &largest)?;
    same("blocks", &blocks(&mut opened)?, &(Some(0), vec![(1, largest)]))?;
    let mut writer = ok("begin", opened.checkpoint.begin(0))?;
    refused("a block past the limit", writer.put(0, &over), "S009")?;
    refused("a put after that", writer.put(0, b"more"), "S010")?;
    refused("a commit after that", writer.commit(), "S010")
}

pub(super) fn alongside(place: &mut dyn Place) -> Checked {
    let mut opened = open(place)?;
    append(&mut opened, &payloads(1, 3))?;
    let mut writer = ok("begin", opened.checkpoint.begin(3))?;
    for n in 4..40u64 {
        append(&mut opened, &payloads(n, 1))?;
        ok("put", writer.put(2, &n.to_le_bytes()))?;
    }
    ok("commit", writer.commit())?;
    let wanted: Blocks = (4..40u64).map(|n| (2, n.to_le_bytes().to_vec())).collect();
    same("blocks", &blocks(&mut opened)?, &(Some(3), wanted))?;
    same("frames", &frames(&mut opened, 3)?, &payloads(4, 36))
}
