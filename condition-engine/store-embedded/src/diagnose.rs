//! Looks at everything in a directory, tells what is wrong, and decides what a repair would do. Writes nothing.

mod facts;
mod log;
mod plan;
mod snapshots;

use fanin_store::{Seq, StoreError};

use crate::disk::{Access, Dir};
use crate::limits::INSPECT_ATTEMPTS;
use crate::log::Segment;
use crate::options::Protections;
use crate::snapshot;
use crate::store;
pub use facts::{
    Costs, DamageFacts, Diagnosis, FileFacts, FileKind, ManifestFacts, Role, SegmentFacts, SnapshotFacts,
};
pub(crate) use log::{Examined, Run};
use plan::Ground;
pub use plan::{Lost, RepairPlan, Step};
use snapshots::States;

/// A diagnosis with what a repair needs beyond it.
pub(crate) struct Examination {
    pub(crate) diagnosis: Diagnosis,
    pub(crate) log: Examined,
    /// The frames the state goes on with.
    pub(crate) run: Option<Run>,
}

/// What a live process changes meanwhile looks like damage; what is bad every time is.
pub(crate) fn examine(dir: &Dir, live: bool) -> Result<Examination, StoreError> {
    let attempts = if live { INSPECT_ATTEMPTS } else { 1 };
    let mut attempt = 1;
    loop {
        let outcome = look(dir);
        let calm = outcome.as_ref().is_ok_and(|found| found.diagnosis.damages.is_empty());
        if calm || attempt == attempts {
            return outcome;
        }
        attempt = attempt.saturating_add(1);
    }
}

fn look(dir: &Dir) -> Result<Examination, StoreError> {
    let files = files(dir)?;
    let mut log = log::examine(dir)?;
    let mut states = snapshots::examine(dir)?;
    let states_known = states.facts.iter().filter(|one| one.role != Role::Unnamed);
    log.known = states_known.map(|one| one.at).fold(log.known, Seq::max);
    let ground = plan::ground(&log, &states);
    let mut damages = std::mem::take(&mut log.damages);
    damages.append(&mut states.damages);
    let refusal = refusal(dir);
    judge_costs(&mut damages, &log, &states, ground.as_ref());
    log.damages = damages;
    if let (true, Some(why)) = (log.damages.is_empty(), &refusal) {
        // Each file is whole, and together they do not make a state.
        let costs = ground.as_ref().map_or(Costs::State, |ground| costs_of_gap(&log, ground));
        let file =
            log.pieces.first().map_or_else(|| "MANIFEST".to_owned(), |piece| piece.segment.name.clone());
        log.damages.push(DamageFacts { file, offset: 0, what: why.clone(), frames: None, costs });
    }
    let newer = log.newer.take().or_else(|| states.newer.take());
    let hopeless = match (&newer, &ground) {
        (Some(newer), _) => Some(newer.clone()),
        (None, None) => Some(NOTHING_LEADS.to_owned()),
        (None, Some(_)) => None,
    };
    let plan = ground.as_ref().filter(|_| hopeless.is_none() && !log.damages.is_empty());
    let plan = plan.map(|ground| plan::plan(&log, &states, ground));
    let diagnosis = Diagnosis {
        dir: dir.path(""),
        files,
        segments: log.pieces.iter().map(segment_facts).collect(),
        manifest: states.manifest,
        snapshot: ground.as_ref().and_then(|ground| ground.snapshot),
        first: ground.as_ref().map_or(1, |ground| ground.first),
        last: ground.as_ref().map_or(0, |ground| ground.last),
        known: log.known,
        bases: ground.as_ref().map(|ground| bases(&states, ground)).unwrap_or_default(),
        snapshots: states.facts,
        torn: log.torn.clone(),
        damages: log.damages.clone(),
        refusal,
        plan,
        hopeless,
    };
    Ok(Examination { diagnosis, log, run: ground.and_then(|ground| ground.run) })
}

/// The bytes of a frame that is whole, wherever it stands.
pub(crate) fn frame(dir: &Dir, seq: Seq) -> Result<Option<Vec<u8>>, StoreError> {
    let log = log::examine(dir)?;
    for piece in &log.pieces {
        let holds = piece.stretches.iter().find(|stretch| (stretch.first..=stretch.last).contains(&seq));
        let Some(stretch) = holds else { continue };
        let mut walk = crate::log::Walk::new(dir, &piece.segment, Protections::default())?;
        (walk.offset, walk.expected, walk.chain) = (stretch.from, stretch.first, stretch.prev);
        while let Some((at, bytes)) = walk.next()? {
            if at == seq {
                return Ok(Some(bytes.to_vec()));
            }
        }
    }
    Ok(None)
}

const NOTHING_LEADS: &str = "no snapshot can be used, and the log does not begin at frame 1: the state cannot be built. \
     Restore the directory from a backup, or start with an empty one and send the events again";

/// What an opening would say, semantics aside.
fn refusal(dir: &Dir) -> Option<String> {
    let opening = || -> Result<(), StoreError> {
        let snapshots = snapshot::find(dir)?;
        let found = crate::log::find(dir, Protections::default(), false)?;
        store::check_reach(dir, &found, &snapshots)?;
        let segments: Vec<&Segment> = found.segments.iter().collect();
        let at = snapshots.manifest.newest.unwrap_or(0);
        let mut all = |_, _: &[u8]| Ok(std::ops::ControlFlow::Continue(()));
        crate::log::replay((dir, Protections::default()), &segments, (at, found.last()), &mut all).map(drop)
    };
    opening().err().map(|error| error.to_string())
}

fn bases(states: &States, ground: &Ground) -> Vec<Seq> {
    let leads = |at: &Seq| at.saturating_add(1) >= ground.first && *at <= ground.last;
    let beginning = (ground.first <= 1).then_some(0);
    beginning.into_iter().chain(states.usable().filter(leads).filter(|at| *at > 0)).collect()
}

fn costs_of_gap(log: &Examined, ground: &Ground) -> Costs {
    if log.known > ground.last || ground.run.is_none() { Costs::State } else { Costs::History }
}

/// Damage to the log costs acknowledged events when they come after the state that is left; damage to a snapshot costs the past
/// states which only it leads to.
fn judge_costs(damages: &mut [DamageFacts], log: &Examined, states: &States, ground: Option<&Ground>) {
    let earliest = ground.and_then(|ground| bases(states, ground).first().copied());
    for damage in damages {
        let segment = Segment::epoch_of(&damage.file).is_some();
        damage.costs = match (ground, snapshot::seq_of(&damage.file)) {
            (None, _) => Costs::State,
            (Some(_), Some(at)) if earliest.is_some_and(|earliest| at > earliest) => Costs::Nothing,
            (Some(_), Some(_)) => Costs::History,
            (Some(ground), None) if segment => {
                let reached = damage.frames.is_some_and(|(_, last)| last <= ground.last);
                let all = log.known <= ground.last && !log.open_end;
                if reached || all { Costs::History } else { Costs::State }
            }
            (Some(_), None) => Costs::Nothing,
        };
    }
}

fn segment_facts(piece: &log::Piece) -> SegmentFacts {
    let header = piece.segment.header;
    SegmentFacts {
        file: piece.segment.name.clone(),
        epoch: header.epoch,
        semantics: header.semantics,
        first: header.first_seq,
        last: piece.stretches.first().map_or(header.first_seq.saturating_sub(1), |stretch| stretch.last),
        bytes: piece.segment.len,
        whole: piece.whole,
    }
}

fn files(dir: &Dir) -> Result<Vec<FileFacts>, StoreError> {
    let sized = |name: String| {
        // What went between the listing and now is not there.
        let bytes = dir.open(&name, Access::Read).and_then(|file| file.len()).ok()?;
        Some(FileFacts { kind: kind(&name), name, bytes })
    };
    Ok(dir.list()?.into_iter().filter_map(sized).collect())
}

fn kind(name: &str) -> FileKind {
    match name {
        "MANIFEST" => FileKind::Manifest,
        "LOCK" => FileKind::Lock,
        _ if Segment::epoch_of(name).is_some() => FileKind::Segment,
        _ if snapshot::seq_of(name).is_some() => FileKind::Snapshot,
        _ if snapshot::is_ours(name) => FileKind::Unfinished,
        _ if crate::log::is_spare(name) => FileKind::Spare,
        _ => FileKind::Other,
    }
}
