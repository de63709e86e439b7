//! The fault wrapper: makes a chosen call of a store fail before, in the middle of, or after its effect.
//!
//! Calls which write are counted over both ports, from 0. A test runs its script once without faults, reads
//! [`Faults::taken`], and then once more for every step and every kind of fault.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{BlockVisit, Checkpoint, CheckpointWriter, FrameVisit, Journal, Seq, StoreError};

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no room: nothing is written, and the call may be tried again.
    DiskFull,
    /// The call fails before its effect, and the store is poisoned.
    Before,
    /// Only the first so many frames of an append become durable, then the call fails and the store is poisoned. Other
    /// calls have no middle: for them it is [`Fault::Before`].
    Torn(usize),
    /// The effect is durable, yet the call fails and the store is poisoned: the answer was lost.
    After,
}

/// The plan of faults, shared by the wrapped ports.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    shared: Arc<Mutex<Plan>>,
}

#[derive(Debug, Default)]
struct Plan {
    at: BTreeMap<u64, Fault>,
    taken: u64,
    poisoned: bool,
}

impl Faults {
    /// A plan without faults.
    #[must_use]
    pub fn none() -> Faults {
        Faults::default()
    }

    /// A plan with one fault at the given step, counted from 0.
    #[must_use]
    pub fn at(step: u64, fault: Fault) -> Faults {
        let faults = Faults::default();
        faults.add(step, fault);
        faults
    }

    /// Adds a fault.
    pub fn add(&self, step: u64, fault: Fault) {
        self.plan().at.insert(step, fault);
    }

    /// How many writing calls were made.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.plan().taken
    }

    /// Wraps both ports of one opening. The steps go on counting over several openings; the poison of the one before
    /// is forgotten, as a new process forgets.
    #[must_use]
    pub fn wrap<J: Journal, C: Checkpoint>(
        &self,
        journal: J,
        checkpoint: C,
    ) -> (FaultyJournal<J>, FaultyCheckpoint<C>) {
        self.plan().poisoned = false;
        (
            FaultyJournal { inner: journal, faults: self.clone() },
            FaultyCheckpoint { inner: checkpoint, faults: self.clone() },
        )
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one call and says what is to go wrong with it.
    fn step(&self, action: &'static str) -> Result<Option<Fault>, StoreError> {
        let mut plan = self.plan();
        if plan.poisoned {
            return Err(StoreError::Poisoned { cause: "an injected fault".to_owned() });
        }
        let step = plan.taken;
        plan.taken = step.saturating_add(1);
        let fault = plan.at.get(&step).copied();
        if fault == Some(Fault::DiskFull) {
            return Err(StoreError::DiskFull { path: "an injected fault".to_owned(), action });
        }
        plan.poisoned = fault.is_some();
        Ok(fault)
    }

    /// Runs one call which happens wholly or not at all.
    fn whole<T>(
        &self,
        action: &'static str,
        call: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self.step(action)? {
            None => call(),
            Some(Fault::After) => call().and_then(|_| Err(injected(action))),
            Some(_) => Err(injected(action)),
        }
    }
}

fn injected(action: &'static str) -> StoreError {
    StoreError::from_io(action, "an injected fault", io::Error::other("the device did not answer"))
}

/// A journal that fails where its plan says.
#[derive(Debug)]
pub struct FaultyJournal<J> {
    inner: J,
    faults: Faults,
}

impl<J: Journal> Journal for FaultyJournal<J> {
    fn append(&mut self, frames: &[&[u8]]) -> Result<Seq, StoreError> {
        match self.faults.step("append")? {
            None => self.inner.append(frames),
            Some(Fault::Torn(whole)) => {
                self.inner.append(frames.get(..whole).unwrap_or(frames))?;
                Err(injected("append"))
            }
            Some(Fault::After) => self.inner.append(frames).and_then(|_| Err(injected("append"))),
            Some(Fault::Before | Fault::DiskFull) => Err(injected("append")),
        }
    }

    fn replay(&mut self, after: Seq, visit: &mut FrameVisit<'_>) -> Result<Seq, StoreError> {
        self.inner.replay(after, visit)
    }

    fn last(&self) -> Seq {
        self.inner.last()
    }

    fn release(&mut self, seq: Seq) -> Result<(), StoreError> {
        let inner = &mut self.inner;
        self.faults.whole("release", || inner.release(seq))
    }
}

/// A checkpoint that fails where its plan says.
#[derive(Debug)]
pub struct FaultyCheckpoint<C> {
    inner: C,
    faults: Faults,
}

impl<C: Checkpoint> Checkpoint for FaultyCheckpoint<C> {
    fn begin(&mut self, at: Seq) -> Result<Box<dyn CheckpointWriter>, StoreError> {
        let inner = &mut self.inner;
        let writer = self.faults.whole("begin", || inner.begin(at))?;
        Ok(Box::new(FaultyWriter { inner: writer, faults: self.faults.clone() }))
    }

    fn load(&mut self, visit: &mut BlockVisit<'_>) -> Result<Option<Seq>, StoreError> {
        self.inner.load(visit)
    }
}

struct FaultyWriter {
    inner: Box<dyn CheckpointWriter>,
    faults: Faults,
}

impl CheckpointWriter for FaultyWriter {
    fn put(&mut self, section: u8, block: &[u8]) -> Result<(), StoreError> {
        let inner = &mut self.inner;
        self.faults.whole("put", || inner.put(section, block))
    }

    fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let FaultyWriter { inner, faults } = *self;
        faults.whole("commit", || inner.commit())
    }
}
