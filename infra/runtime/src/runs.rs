//! All runs: those in progress, and a bounded memory of finished ones so that a repeated event does not call again.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use fanin_event::{Identity, Span, Timestamp};
use fanin_rule::{Action, CompiledRule, Run};

use crate::limits::MAX_REMEMBERED_RUNS;
use crate::slab::{Image, Place, Slab};
use crate::snapshot::take_identity;
use crate::timers::{Sleeper, Timers, Wake};

/// How long a finished run is remembered: as long as an instance is by default.
const REMEMBER: Span = Span::days(5);

/// A run, or the memory of one.
#[derive(Debug)]
pub(crate) enum RunEntry {
    /// In progress.
    Active {
        rule: Arc<CompiledRule>,
        run: Box<Run>,
        /// The earliest entry in the timer queue, or `NEVER`.
        armed: Timestamp,
        /// Caused by an event from outside, which may be repeated.
        raw: bool,
    },
    /// Finished; remembered until then.
    Over { run: Identity, until: Timestamp },
}

impl Image for RunEntry {
    fn write(&self, out: &mut Vec<u8>) {
        let from = out.len();
        out.extend_from_slice(&[0; 4]);
        match self {
            RunEntry::Active { run, raw, .. } => {
                out.push(if *raw { 1 } else { 2 });
                out.extend_from_slice(&run.encode());
            }
            RunEntry::Over { run, until } => {
                out.push(3);
                out.extend_from_slice(&run.0);
                out.extend_from_slice(&until.0.to_le_bytes());
            }
        }
        let length = u32::try_from(out.len() - from - 4).unwrap_or(u32::MAX);
        if let Some(head) = out.get_mut(from..from + 4) {
            head.copy_from_slice(&length.to_le_bytes());
        }
    }
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    slab: Slab<RunEntry>,
    places: HashMap<Identity, Place>,
    /// Finished runs, the one to forget first in front.
    over: VecDeque<(Timestamp, Identity)>,
}

impl Runs {
    pub(crate) fn find(&self, run: Identity) -> Option<Place> {
        self.places.get(&run).copied()
    }

    pub(crate) fn get(&self, place: Place) -> Option<&RunEntry> {
        self.slab.get(place)
    }

    pub(crate) fn get_mut(&mut self, place: Place) -> Option<&mut RunEntry> {
        self.slab.get_mut(place)
    }

    pub(crate) fn slab_mut(&mut self) -> &mut Slab<RunEntry> {
        &mut self.slab
    }

    /// Runs in progress.
    pub(crate) fn active(&self) -> usize {
        self.slab.len() - self.over.len()
    }

    /// Takes a run in. A finished one of the same identity (a redrive) gives way.
    pub(crate) fn insert(&mut self, rule: Arc<CompiledRule>, run: Run, raw: bool) -> Option<Place> {
        let identity = run.identity();
        if let Some(place) = self.places.remove(&identity) {
            self.slab.remove(place);
            self.over.retain(|(_, over)| *over != identity);
        }
        let entry = RunEntry::Active { rule, run: Box::new(run), armed: Timestamp::NEVER, raw };
        let place = self.slab.insert(entry)?;
        self.places.insert(identity, place);
        Some(place)
    }

    /// A run is over: remembered if its cause may be repeated, else gone.
    pub(crate) fn finish(&mut self, place: Place, now: Timestamp) {
        let Some(RunEntry::Active { run, raw, .. }) = self.slab.get(place) else { return };
        let (identity, raw) = (run.identity(), *raw);
        if !raw {
            self.slab.remove(place);
            self.places.remove(&identity);
            return;
        }
        let until = now.plus(REMEMBER);
        if let Some(entry) = self.slab.get_mut(place) {
            *entry = RunEntry::Over { run: identity, until };
        }
        self.over.push_back((until, identity));
        if self.over.len() > MAX_REMEMBERED_RUNS {
            self.forget_first();
        }
    }

    /// Forgets what has been remembered long enough.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        while self.over.front().is_some_and(|(until, _)| *until < now) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, identity)) = self.over.pop_front()
            && let Some(place) = self.places.remove(&identity)
        {
            self.slab.remove(place);
        }
    }

    /// Runs in progress, in no meaningful order.
    pub(crate) fn all_active(&self) -> impl Iterator<Item = (&CompiledRule, &Run)> {
        self.slab.iter().filter_map(|(_, entry)| match entry {
            RunEntry::Active { rule, run, .. } => Some((&**rule, &**run)),
            RunEntry::Over { .. } => None,
        })
    }

    /// The calls that are made and not settled, in the order of their runs' identities.
    pub(crate) fn pending(&self) -> Vec<Action> {
        let mut active: Vec<(&Arc<CompiledRule>, &Run)> = self
            .slab
            .iter()
            .filter_map(|(_, entry)| match entry {
                RunEntry::Active { rule, run, .. } => Some((rule, &**run)),
                RunEntry::Over { .. } => None,
            })
            .collect();
        active.sort_by_key(|(_, run)| run.identity());
        active.into_iter().flat_map(|(rule, run)| run.pending(rule)).collect()
    }

    /// Takes an entity of a snapshot in.
    pub(crate) fn restore(
        &mut self,
        bytes: &[u8],
        find: impl Fn(&str, u64) -> Option<Arc<CompiledRule>>,
        timers: &mut Timers,
    ) -> Result<(), String> {
        let (kind, body) = bytes.split_first().ok_or("too short")?;
        if *kind == 3 {
            let (run, rest) = take_identity(body).ok_or("too short")?;
            let (until, _) = rest.split_first_chunk::<8>().ok_or("too short")?;
            let until = Timestamp(i64::from_le_bytes(*until));
            let place = self.slab.insert(RunEntry::Over { run, until }).ok_or("too many")?;
            self.places.insert(run, place);
            self.over.push_back((until, run));
            return Ok(());
        }
        let run = Run::decode(body).map_err(|e| e.to_string())?;
        let (name, version) = run.rule();
        let rule = find(name, version)
            .ok_or_else(|| format!("no plan has the version of rule {name:?} it needs"))?;
        let (identity, due) = (run.identity(), run.next_due());
        let raw = *kind == 1;
        let entry = RunEntry::Active { rule, run: Box::new(run), armed: due, raw };
        let place = self.slab.insert(entry).ok_or("too many")?;
        self.places.insert(identity, place);
        timers.push(Wake { due, tie: identity.short(), sleeper: Sleeper::Run(place) });
        Ok(())
    }

    /// The snapshot is read: puts the finished runs back in order.
    pub(crate) fn restored(&mut self) {
        self.over.make_contiguous().sort_unstable();
    }
}
