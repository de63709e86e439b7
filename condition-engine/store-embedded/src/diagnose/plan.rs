//! What a repair does, decided from what was found. Pure: it looks at facts and gives back steps.
//!
//! The newest usable snapshot always reaches furthest: from it the log is followed as far as it goes without a break. If the log
//! does not lead on from there, the snapshot itself is the last state that is known. Everything else is moved aside.

use std::fmt;

use fanin_store::Seq;
use serde::Serialize;

use super::facts::ManifestFacts;
use super::log::{Examined, Run};
use super::snapshots::States;
use crate::log::FIRST_OFFSET;
use crate::snapshot::{self, Manifest};

/// What a repair does, what is there afterwards, and what is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepairPlan {
    /// In their order.
    pub steps: Vec<Step>,
    /// The snapshot the state is built from afterwards; `None`: from frame 1.
    pub snapshot: Option<Seq>,
    /// The first frame of the log afterwards.
    pub first: Seq,
    /// The last frame afterwards.
    pub last: Seq,
    /// The frame from which on past states can be built afterwards.
    pub history: Seq,
    /// Acknowledged frames that are lost.
    pub lost: Option<Lost>,
    /// Frames that are lost to the history only: what they did is in the state.
    pub lost_history: Option<(Seq, Seq)>,
}

/// Acknowledged frames that are lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// The first one.
    pub first: Seq,
    /// The last one that is known of; `first - 1` when it is only known that there may have been some.
    pub last: Seq,
    /// Whether there may have been more of them.
    pub perhaps_more: bool,
    /// Bytes of the log that are taken out of use after the first one, as far as they can be told.
    pub bytes: u64,
}

/// One thing that a repair does. Nothing is deleted: what goes is moved or copied into a directory beside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Step {
    /// Keep a copy of a segment aside and cut it behind its last good frame.
    Cut {
        /// The segment.
        file: String,
        /// Where, in bytes.
        offset: u64,
        /// The last frame that stays.
        after: Seq,
    },
    /// Write frames that are whole, behind a bad place, into new segments.
    Rewrite {
        /// The first of them.
        first: Seq,
        /// The last of them.
        last: Seq,
    },
    /// Begin a new segment.
    Begin {
        /// The frame it will begin with.
        first: Seq,
    },
    /// Write a new manifest.
    Manifest {
        /// The newest snapshot.
        newest: Option<Seq>,
        /// Its substitute.
        previous: Option<Seq>,
    },
    /// Move a file aside.
    MoveAside {
        /// The file.
        file: String,
    },
}

/// What the state is built from.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) snapshot: Option<Seq>,
    /// `None`: the snapshot stands alone.
    pub(crate) run: Option<Run>,
    pub(crate) first: Seq,
    pub(crate) last: Seq,
}

/// `None` when nothing leads from a state to the log.
pub(crate) fn ground(log: &Examined, states: &States) -> Option<Ground> {
    let snapshot = states.usable().next_back();
    let at = snapshot.unwrap_or(0);
    let next = at.saturating_add(1);
    let leads = |run: &&Run| run.first <= next && next <= run.last.saturating_add(1);
    let best = log.runs.iter().filter(leads).max_by_key(|run| {
        let epoch = run.parts.first().map_or(0, |part| part.0);
        (run.last, !starts_inside(log, run), std::cmp::Reverse(run.first), epoch)
    });
    let empty = log.pieces.is_empty() && log.unreadable.is_empty();
    match (best, snapshot) {
        (Some(run), _) => {
            let run = without_the_rest_of_a_bad_segment(log, run, next);
            Some(Ground { snapshot, first: run.first, last: run.last, run: Some(run) })
        }
        (None, Some(at)) => Some(Ground { snapshot, run: None, first: next, last: at }),
        (None, None) => empty.then_some(Ground { snapshot, run: None, first: 1, last: 0 }),
    }
}

/// Frames behind a bad place would have to be written again. Where the state does not need them, the next segment is as good a
/// beginning, and nothing is.
fn without_the_rest_of_a_bad_segment(log: &Examined, run: &Run, next: Seq) -> Run {
    let second = run.parts.get(1).and_then(|part| log.stretch(*part)).map(|stretch| stretch.first);
    match second.filter(|first| *first <= next && starts_inside(log, run)) {
        Some(first) => Run { parts: run.parts.iter().skip(1).copied().collect(), first, last: run.last },
        None => run.clone(),
    }
}

/// Whether a run begins behind a bad place in its segment.
pub(crate) fn starts_inside(log: &Examined, run: &Run) -> bool {
    let first = run.parts.first().and_then(|part| log.stretch(*part));
    first.is_some_and(|stretch| stretch.from != FIRST_OFFSET)
}

/// The steps that leave nothing but the ground.
pub(crate) fn plan(log: &Examined, states: &States, ground: &Ground) -> RepairPlan {
    let rewrites = ground.run.as_ref().is_some_and(|run| starts_inside(log, run));
    let mut steps = Vec::new();
    let kept: Vec<usize> = match &ground.run {
        Some(run) if !rewrites => run.parts.iter().map(|part| part.0).collect(),
        _ => Vec::new(),
    };
    if rewrites {
        steps.push(Step::Rewrite { first: ground.first, last: ground.last });
    } else if !ends_the_log(log, ground) {
        steps.extend(cut(log, ground));
        steps.push(Step::Begin { first: ground.last.saturating_add(1) });
    }
    let usable: Vec<Seq> = states
        .usable()
        .filter(|at| at.saturating_add(1) >= ground.first && Some(*at) <= ground.snapshot)
        .collect();
    let mut newest_first = usable.iter().rev().copied();
    let manifest = Manifest { newest: newest_first.next(), previous: newest_first.next() };
    let written = states.named == Some(manifest);
    if !written && (manifest != Manifest::default() || states.manifest != ManifestFacts::Missing) {
        steps.push(Step::Manifest { newest: manifest.newest, previous: manifest.previous });
    }
    let segments = log.pieces.iter().enumerate().filter(|(index, _)| !kept.contains(index));
    let segments = segments.map(|(_, piece)| piece.segment.name.clone());
    let snapshots = states.facts.iter().filter(|one| one.bytes > 0 || one.usable);
    let snapshots = snapshots.filter(|one| !usable.contains(&one.at)).map(|one| one.file.clone());
    let aside = segments.chain(log.unreadable.iter().cloned()).chain(snapshots);
    steps.extend(aside.map(|file| Step::MoveAside { file }));
    let history = if ground.first <= 1 { Some(0) } else { usable.first().copied() };
    RepairPlan {
        steps,
        snapshot: ground.snapshot,
        first: ground.first,
        last: ground.last,
        history: history.unwrap_or(ground.last),
        lost: lost(log, ground),
        lost_history: lost_history(log, ground),
    }
}

/// Whether the run ends where the log ends, with nothing wrong there.
fn ends_the_log(log: &Examined, ground: &Ground) -> bool {
    let Some(run) = &ground.run else { return log.pieces.is_empty() && ground.last == 0 };
    let Some((piece, stretch)) = run.parts.last().copied() else { return false };
    let last = log.pieces.get(piece);
    let ends = last.is_some_and(|last| last.whole && stretch.saturating_add(1) == last.stretches.len());
    ends && piece.saturating_add(1) == log.pieces.len()
}

/// Nothing of what stands behind the last good frame may stay in the file.
fn cut(log: &Examined, ground: &Ground) -> Option<Step> {
    let part = ground.run.as_ref()?.parts.last().copied()?;
    let (stretch, piece) = (log.stretch(part)?, log.pieces.get(part.0)?);
    let file = piece.segment.name.clone();
    // Behind the last frame of a whole segment stands nothing that could be taken for the next one.
    (!piece.whole && stretch.to < piece.segment.len).then_some(Step::Cut {
        file,
        offset: stretch.to,
        after: ground.last,
    })
}

fn lost(log: &Examined, ground: &Ground) -> Option<Lost> {
    let first = ground.last.saturating_add(1);
    let last = log.known.max(ground.last);
    let perhaps_more = log.open_end || (ground.run.is_none() && ground.last > 0);
    if last < first && !perhaps_more {
        return None;
    }
    let stretches = log.pieces.iter().flat_map(|piece| &piece.stretches);
    let beyond = stretches.filter(|stretch| stretch.last >= first);
    let bytes = beyond.fold(0u64, |sum, stretch| sum.saturating_add(stretch.to.saturating_sub(stretch.from)));
    Some(Lost { first, last, perhaps_more, bytes })
}

/// Frames before the ground: whole ones that nothing leads to any more, and bad ones.
fn lost_history(log: &Examined, ground: &Ground) -> Option<(Seq, Seq)> {
    let readable = log.runs.iter().filter(|run| run.last >= run.first).map(|run| run.first);
    let bad = log.damages.iter().filter_map(|damage| damage.frames).map(|frames| frames.0);
    let first = readable.chain(bad).min()?;
    (first < ground.first).then_some((first, ground.first.saturating_sub(1)))
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |at: &Option<Seq>| at.map_or_else(|| "none".to_owned(), snapshot::name);
        match self {
            Step::Cut { file, offset, after } => {
                write!(f, "cut {file} at byte {offset}, behind frame {after}; a copy of it is kept aside")
            }
            Step::Rewrite { first, last } => write!(f, "write frames {first} to {last} into new segments"),
            Step::Begin { first } => write!(f, "begin a new segment with frame {first}"),
            Step::Manifest { newest, previous } => {
                write!(f, "write a manifest: newest {}, before it {}", named(newest), named(previous))
            }
            Step::MoveAside { file } => write!(f, "move {file} aside"),
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Lost { first, last, perhaps_more, bytes } = self;
        if last < first {
            return write!(f, "frames from {first} on, if there were any: it cannot be told");
        }
        let more = if *perhaps_more { ", and perhaps later ones," } else { "" };
        let count = last.saturating_sub(*first).saturating_add(1);
        write!(f, "frames {first} to {last}{more} which were acknowledged: {count} frames")?;
        if *bytes > 0 { write!(f, "; {bytes} bytes of whole ones among them lie aside") } else { Ok(()) }
    }
}
