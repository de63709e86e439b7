//! The state as blocks of bytes, taken while the engine goes on; and back.
//!
//! Format 1. Section 1 is the header (JSON): clock, counters, plans, the table of conditions. Sections 2 to 4 hold entities,
//! each with a 32-bit length: instances (number of the condition, key, state), runs (in progress and remembered), dead letters.

use std::sync::Arc;

use fanin_condition::Instance;
use fanin_event::{Identity, Timestamp};
use fanin_plan::Plan;
use fanin_rule::CompiledRule;
use serde::{Deserialize, Serialize};

use crate::dead::DeadLetter;
use crate::engine::Engine;
use crate::instances::NewEntry;
use crate::plans::{ActivateError, LoadedPlan};
use crate::stats::Stats;
use crate::timers::{Sleeper, Wake};

const FORMAT: u32 = 1;
const HEADER: u8 = 1;
const INSTANCES: u8 = 2;
const RUNS: u8 = 3;
const LETTERS: u8 = 4;

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: u32,
    now: Timestamp,
    floor: Timestamp,
    letters: u64,
    dropped: u64,
    stats: Stats,
    /// Oldest first; the last is the newest.
    plans: Vec<Plan>,
    /// Name and version of each condition, by the engine's number.
    conditions: Vec<(Arc<str>, u64)>,
}

/// A snapshot that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Written by a newer fanin.
    #[error("the snapshot has format {0}, this fanin reads up to {FORMAT}")]
    Newer(u32),
    /// Something else than expected.
    #[error("the snapshot's {section} cannot be read: {what}")]
    Malformed {
        /// Which part.
        section: &'static str,
        /// What is wrong.
        what: String,
    },
    /// A plan in it does not load.
    #[error(transparent)]
    Plan(#[from] ActivateError),
}

impl Engine {
    /// Begins a snapshot of the state as it is now and gives its header block. [`Engine::sweep`] gives the rest.
    pub fn begin_snapshot(&mut self) -> (u8, Vec<u8>) {
        self.instances.slab_mut().begin_snapshot();
        self.runs.slab_mut().begin_snapshot();
        self.dead.slab_mut().begin_snapshot();
        let plans = self.draining.iter().chain(&self.newest).map(|p| p.plan.clone()).collect();
        let header = Header {
            format: FORMAT,
            now: self.now,
            floor: self.floor,
            letters: self.letters,
            dropped: self.dead.dropped,
            stats: self.stats,
            plans,
            conditions: self
                .conditions
                .iter()
                .map(|k| (k.condition.name.clone(), k.condition.version))
                .collect(),
        };
        (HEADER, serde_json::to_vec(&header).unwrap_or_default())
    }

    /// Goes on with the running snapshot for about `places` entities; `true` when it has everything.
    pub fn sweep(&mut self, places: usize, blocks: &mut Vec<(u8, Vec<u8>)>) -> bool {
        let mut done = true;
        let mut block = |section, swept: bool, bytes: Vec<u8>| {
            done &= swept;
            if !bytes.is_empty() {
                blocks.push((section, bytes));
            }
        };
        let mut bytes = Vec::new();
        let swept = self.instances.slab_mut().sweep(places, &mut bytes);
        block(INSTANCES, swept, std::mem::take(&mut bytes));
        let swept = self.runs.slab_mut().sweep(places, &mut bytes);
        block(RUNS, swept, std::mem::take(&mut bytes));
        let swept = self.dead.slab_mut().sweep(places, &mut bytes);
        block(LETTERS, swept, bytes);
        done
    }
}

/// Builds an engine from the blocks of a snapshot. Without any block it is a new engine.
#[derive(Debug, Default)]
pub struct Restore {
    engine: Engine,
    /// The engine's numbers of the snapshot's conditions.
    numbers: Vec<Option<u32>>,
    /// The header has been read.
    begun: bool,
    letters: Vec<DeadLetter>,
    /// For each section what the blocks so far left unfinished: entities do not stop at the end of a block.
    unfinished: [Vec<u8>; 4],
    only: Option<Only>,
}

/// The part of a snapshot that somebody wants to look at: the header, and at most one instance.
#[derive(Debug)]
struct Only {
    instance: Option<(String, String)>,
}

fn malformed(section: &'static str) -> impl Fn(&str) -> RestoreError {
    move |what| RestoreError::Malformed { section, what: what.to_owned() }
}

impl Restore {
    /// Takes nothing but the header and the instance of a condition for a key in its canonical text, if one is asked for:
    /// a fraction of the work. The engine is to be looked at; it has not what a turn needs.
    #[must_use]
    pub fn only(instance: Option<(&str, &str)>) -> Restore {
        let instance = instance.map(|(condition, key)| (condition.to_owned(), key.to_owned()));
        Restore { only: Some(Only { instance }), ..Restore::default() }
    }

    /// Whether it has what it was asked for, so that the rest of the snapshot need not be read.
    #[must_use]
    pub fn has_enough(&self) -> bool {
        let wanted = |only: &Only| only.instance.is_some();
        self.begun && self.only.as_ref().is_some_and(|o| !wanted(o) || self.engine.instance_count() > 0)
    }

    /// Takes a block; the blocks of the header come first. A section is one stream of bytes, cut into blocks anywhere.
    ///
    /// # Errors
    /// [`RestoreError`]: what is wrong with it.
    pub fn block(&mut self, section: u8, block: &[u8]) -> Result<(), RestoreError> {
        if section != HEADER && !self.begun {
            self.begun = true;
            let header = self.unfinished.first_mut().map(std::mem::take).unwrap_or_default();
            self.header(&header)?;
        }
        if section != HEADER && section != INSTANCES && self.only.is_some() {
            return Ok(());
        }
        let unknown = || malformed("list of sections")(&format!("section {section} is unknown"));
        let place = usize::from(section).checked_sub(1).ok_or_else(unknown)?;
        let stream = self.unfinished.get_mut(place).ok_or_else(unknown)?;
        stream.extend_from_slice(block);
        if section == HEADER {
            return Ok(());
        }
        let mut stream = std::mem::take(stream);
        let mut taken = 0;
        while let Some(entity) = entity(&stream, taken) {
            match section {
                INSTANCES => self.instance(entity)?,
                RUNS => self.run(entity)?,
                LETTERS => {
                    let bad = |e: serde_json::Error| malformed("dead letters")(&e.to_string());
                    self.letters.push(serde_json::from_slice(entity).map_err(bad)?);
                }
                _ => return Err(unknown()),
            }
            taken += entity.len() + 4;
        }
        stream.drain(..taken);
        if let Some(unfinished) = self.unfinished.get_mut(place) {
            *unfinished = stream;
        }
        Ok(())
    }

    fn header(&mut self, block: &[u8]) -> Result<(), RestoreError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let bad = |e: serde_json::Error| malformed("header")(&e.to_string());
        let head: Head = serde_json::from_slice(block).map_err(bad)?;
        if head.format > FORMAT {
            return Err(RestoreError::Newer(head.format));
        }
        let header: Header = serde_json::from_slice(block).map_err(bad)?;
        let engine = &mut self.engine;
        (engine.now, engine.floor) = (header.now, header.floor);
        (engine.letters, engine.stats) = (header.letters, header.stats);
        engine.dead.dropped = header.dropped;
        let mut loaded: Vec<LoadedPlan> = Vec::new();
        for plan in header.plans {
            loaded.push(LoadedPlan::load(plan, |condition| engine.know(condition))?);
        }
        let newest = loaded.pop();
        engine.draining = loaded.into_iter().map(Arc::new).collect();
        engine.newest = newest.map(Arc::new);
        let find = |(name, version): &(Arc<str>, u64)| {
            let same =
                |k: &crate::engine::Known| k.condition.name == *name && k.condition.version == *version;
            engine.conditions.iter().position(same).and_then(|n| u32::try_from(n).ok())
        };
        self.numbers = header.conditions.iter().map(find).collect();
        Ok(())
    }

    fn instance(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        let bad = malformed("instances");
        let (number, rest) = bytes.split_first_chunk::<4>().ok_or_else(|| bad("too short"))?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(|| bad("too short"))?;
        let length = u32::from_le_bytes(*length) as usize;
        let (key, state) = rest.split_at_checked(length).ok_or_else(|| bad("too short"))?;
        let key = std::str::from_utf8(key).map_err(|e| bad(&e.to_string()))?;
        let number = self.numbers.get(u32::from_le_bytes(*number) as usize).copied().flatten();
        let number = number.ok_or_else(|| bad("an instance of a condition that no plan has"))?;
        if let Some(only) = &self.only {
            let known = self.engine.conditions.get(number as usize);
            let name = known.map_or("", |known| &*known.condition.name);
            if only.instance.as_ref().is_none_or(|(n, k)| n != name || k != key) {
                return Ok(());
            }
        }
        let instance = Instance::decode(state).map_err(|e| bad(&e.to_string()))?;
        let engine = &mut self.engine;
        let known = engine.conditions.get_mut(number as usize).ok_or_else(|| bad("unknown condition"))?;
        known.live += 1;
        known.open += usize::from(instance.is_open());
        engine.open += usize::from(instance.is_open());
        let due = instance.next_due();
        let new = NewEntry { condition: number, family: known.family, key, instance };
        let place = engine.instances.insert(&known.condition.name, new).ok_or_else(|| bad("too many"))?;
        if let Some(entry) = engine.instances.get_mut(place) {
            entry.armed = due;
            engine.timers.push(Wake { due, tie: entry.tie, sleeper: Sleeper::Instance(place) });
        }
        Ok(())
    }

    fn run(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        let engine = &mut self.engine;
        let plans: Vec<Arc<LoadedPlan>> = engine.draining.iter().chain(&engine.newest).cloned().collect();
        let find = |name: &str, version: u64| -> Option<Arc<CompiledRule>> {
            let mut rules = plans.iter().flat_map(|p| &p.rules);
            rules.rfind(|r| &*r.rule().name == name && r.rule().version == version).cloned()
        };
        engine.runs.restore(bytes, find, &mut engine.timers).map_err(|e| malformed("runs")(&e))
    }

    /// The engine.
    ///
    /// # Errors
    /// When a block was missing.
    pub fn finish(mut self) -> Result<Engine, RestoreError> {
        if !self.begun
            && let Some(header) = self.unfinished.first_mut().map(std::mem::take).filter(|h| !h.is_empty())
        {
            self.header(&header)?;
        }
        if self.only.is_none() && self.unfinished.iter().any(|rest| !rest.is_empty()) {
            return Err(malformed("last block")("it ends early"));
        }
        self.engine.dead.restore(std::mem::take(&mut self.letters));
        self.engine.runs.restored();
        Ok(self.engine)
    }
}

/// The entity that begins at `from`, if all of it is there.
fn entity(stream: &[u8], from: usize) -> Option<&[u8]> {
    let (length, rest) = stream.get(from..)?.split_first_chunk::<4>()?;
    rest.get(..u32::from_le_bytes(*length) as usize)
}

/// The identity at the head of `bytes`.
pub(crate) fn take_identity(bytes: &[u8]) -> Option<(Identity, &[u8])> {
    bytes.split_first_chunk::<16>().map(|(id, rest)| (Identity(*id), rest))
}
