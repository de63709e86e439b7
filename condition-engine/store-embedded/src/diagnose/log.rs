//! Reads every segment as far as its frames go, and behind a bad place on from the next whole frame.
//!
//! A *stretch* is a sequence of frames in one segment which follow one another; a *run* goes on over several segments. A healthy
//! log is one run.

use fanin_store::{Seq, StoreError};

use super::facts::{Costs, DamageFacts};
use crate::disk::Dir;
use crate::log::{FIRST_OFFSET, Segment, Walk, judge};
use crate::options::Protections;
use crate::report::TornTail;

/// Frames of one segment which follow one another.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub(crate) first: Seq,
    /// `first - 1` when there are none.
    pub(crate) last: Seq,
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// The checksum its first frame names, and that of its last.
    pub(crate) prev: u32,
    pub(crate) chain: u32,
}

/// A segment and what can be read of it.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) segment: Segment,
    pub(crate) stretches: Vec<Stretch>,
    /// Whether nothing is wrong with it.
    pub(crate) whole: bool,
}

/// Frames which follow one another, over segments.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Piece and stretch.
    pub(crate) parts: Vec<(usize, usize)>,
    pub(crate) first: Seq,
    pub(crate) last: Seq,
}

/// The whole log.
#[derive(Debug, Default)]
pub(crate) struct Examined {
    pub(crate) pieces: Vec<Piece>,
    /// Names of segments whose headers cannot be read.
    pub(crate) unreadable: Vec<String>,
    pub(crate) runs: Vec<Run>,
    pub(crate) damages: Vec<DamageFacts>,
    pub(crate) torn: Option<TornTail>,
    /// The file of a newer format, with the error.
    pub(crate) newer: Option<String>,
    /// The highest frame number seen.
    pub(crate) known: Seq,
    /// Whether there may have been later frames than `known`.
    pub(crate) open_end: bool,
}

impl Examined {
    pub(crate) fn stretch(&self, (piece, stretch): (usize, usize)) -> Option<&Stretch> {
        self.pieces.get(piece)?.stretches.get(stretch)
    }

    /// The highest epoch that any file claims.
    pub(crate) fn epoch(&self) -> u64 {
        let held = self.pieces.iter().map(|piece| piece.segment.header.epoch);
        // A name that cannot have been given out by counting is no epoch.
        let named = self.unreadable.iter().filter_map(|name| Segment::epoch_of(name));
        held.chain(named.filter(|epoch| *epoch < u64::MAX / 2)).max().unwrap_or(0)
    }
}

pub(crate) fn examine(dir: &Dir) -> Result<Examined, StoreError> {
    let mut examined = Examined::default();
    let mut segments = Vec::new();
    for name in dir.list()?.into_iter().filter(|name| Segment::epoch_of(name).is_some()) {
        match Segment::read(dir, &name) {
            Ok(segment) => segments.push(segment),
            Err(StoreError::Corrupt { offset, what, .. }) => {
                let what = format!("{what}; its frames cannot be read");
                examined.damages.push(damage(&name, offset, what, None));
                examined.unreadable.push(name);
            }
            Err(error @ StoreError::TooNew { .. }) => examined.newer = Some(error.to_string()),
            Err(error) => return Err(error),
        }
    }
    segments.sort_by_key(|segment| segment.header.epoch);
    let last_readable = segments.last().map_or(0, |segment| segment.header.epoch);
    let named = examined.unreadable.iter().filter_map(|name| Segment::epoch_of(name)).max();
    examined.open_end = named.is_some_and(|epoch| epoch > last_readable);
    for (index, segment) in segments.iter().enumerate() {
        let next = segments.get(index.saturating_add(1));
        let next = next.filter(|next| next.header.first_seq >= segment.header.first_seq);
        let piece = examine_segment(dir, segment, next, &mut examined)?;
        examined.pieces.push(piece);
    }
    examined.runs = runs(&mut examined);
    Ok(examined)
}

fn damage(file: &str, offset: u64, what: String, frames: Option<(Seq, Seq)>) -> DamageFacts {
    DamageFacts { file: file.to_owned(), offset, what, frames, costs: Costs::History }
}

fn examine_segment(
    dir: &Dir,
    segment: &Segment,
    next: Option<&Segment>,
    examined: &mut Examined,
) -> Result<Piece, StoreError> {
    let end = next.map_or(Seq::MAX, |next| next.header.first_seq.saturating_sub(1));
    let mut walk = Walk::new(dir, segment, Protections::default())?;
    let mut piece = Piece { segment: segment.clone(), stretches: Vec::new(), whole: true };
    examined.known = examined.known.max(segment.header.first_seq.saturating_sub(1));
    loop {
        let stretch = stretch(&mut walk)?;
        let (last, to) = (stretch.last, stretch.to);
        examined.known = examined.known.max(last);
        piece.stretches.push(stretch);
        let what = match next {
            Some(_) if last >= end => return Ok(piece),
            Some(_) => format!("frame {} is bad", last.saturating_add(1)),
            None if segment.len < segment.header.size => format!(
                "the file was cut short: it has {} bytes, its header says {}",
                segment.len, segment.header.size
            ),
            None => match judge(&mut walk, segment) {
                Ok(torn) => {
                    examined.torn = torn;
                    return Ok(piece);
                }
                Err(StoreError::Corrupt { .. }) => format!("frame {} is bad", last.saturating_add(1)),
                Err(error) => return Err(error),
            },
        };
        piece.whole = false;
        let resumed = resume(&mut walk)?;
        if let Some(first) = resumed {
            let lost = (last.saturating_add(1), first.saturating_sub(1));
            examined.damages.push(damage(&segment.name, to, what, Some(lost)));
            continue;
        }
        match next {
            // What comes next in number is in another file, or in none.
            Some(next) if nothing_more(&mut walk, to)? => {
                let lost = (last.saturating_add(1), end);
                let what = format!(
                    "it ends with frame {last}, and {} goes on with frame {}",
                    next.name, next.header.first_seq
                );
                piece.whole = true;
                examined.damages.push(damage(&segment.name, to, what, Some(lost)));
            }
            Some(_) => {
                let lost = (last.saturating_add(1), end);
                examined.damages.push(damage(&segment.name, to, what, Some(lost)));
            }
            None => {
                examined.open_end = true;
                examined.damages.push(damage(&segment.name, to, what, None));
            }
        }
        return Ok(piece);
    }
}

/// Walks on as far as frames follow, also past the number with which the next segment begins: then that one is the beginning of
/// a repair, and these frames are what it was to hold.
fn stretch(walk: &mut Walk) -> Result<Stretch, StoreError> {
    let (first, from, prev) = (walk.expected, walk.offset, walk.chain);
    while walk.next()?.is_some() {}
    Ok(Stretch { first, last: walk.last(), from, to: walk.offset, prev, chain: walk.chain })
}

/// Goes on behind a bad place, with the next frame that is whole; returns its number.
fn resume(walk: &mut Walk) -> Result<Option<Seq>, StoreError> {
    let (at, expected, chain) = (walk.offset, walk.expected, walk.chain);
    while let Some((offset, head)) = walk.head_behind()? {
        (walk.offset, walk.expected, walk.chain) = (offset, head.seq, head.prev);
        if walk.next()?.is_some() {
            (walk.offset, walk.expected, walk.chain) = (offset, head.seq, head.prev);
            return Ok(Some(head.seq));
        }
        // Its header is whole and its payload is not: the search goes on behind the header.
        (walk.expected, walk.chain) = (expected, chain);
    }
    (walk.offset, walk.expected, walk.chain) = (at, expected, chain);
    Ok(None)
}

/// Whether nothing but the zeros of an unused segment, or its end, stands from here on.
fn nothing_more(walk: &mut Walk, from: u64) -> Result<bool, StoreError> {
    let rest = walk.window.at(from, crate::limits::CHUNK_BYTES)?;
    Ok(rest.iter().all(|byte| *byte == 0))
}

/// Joins the stretches that follow one another over segments; what does not follow is damage.
fn runs(examined: &mut Examined) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut before: Option<(Seq, u32)> = None;
    let mut broken = Vec::new();
    for (number, piece) in examined.pieces.iter().enumerate() {
        for (index, stretch) in piece.stretches.iter().enumerate() {
            let part = (number, index);
            let adjacent = stretch.from == FIRST_OFFSET && number > 0;
            let follows = before.filter(|(last, _)| adjacent && last.saturating_add(1) == stretch.first);
            let chained = follows.is_some_and(|(_, chain)| chain == stretch.prev);
            if follows.is_some() && !chained {
                let what =
                    format!("frame {} is not the one which it follows", stretch.first.saturating_sub(1));
                broken.push(damage(&piece.segment.name, 40, what, None));
            }
            match runs.last_mut() {
                Some(run) if chained => {
                    run.parts.push(part);
                    run.last = stretch.last;
                }
                _ => runs.push(Run { parts: vec![part], first: stretch.first, last: stretch.last }),
            }
            before = Some((stretch.last, stretch.chain));
        }
    }
    examined.damages.extend(broken);
    runs
}
