//! What the dashboard remembers of a service: told by the service, read by whoever looks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fanin_dispatch::Settled;
use fanin_event::Timestamp;
use fanin_local::{Clock, Observer, Refused, Spent};
use fanin_rule::Action;
use fanin_runtime::Notice;
use tokio::sync::Notify;

use crate::calls::Calls;
use crate::origins::Origins;
use crate::ring::{Batch, Ring};

/// The memory. Give it to [`fanin_local::Service::open_watched`].
#[derive(Debug)]
pub struct Memory {
    clock: Clock,
    since: Timestamp,
    ring: Mutex<Ring>,
    calls: Mutex<Calls>,
    origins: Mutex<Origins>,
    /// Told when runs have begun.
    begun: Arc<Notify>,
    /// Derived events by name since the beginning.
    derived: Mutex<HashMap<Arc<str>, u64>>,
}

/// Nothing is ever half written: a panicking holder leaves it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    /// An empty memory that begins now.
    #[must_use]
    pub fn new(clock: Clock) -> Memory {
        Memory {
            since: clock.now(),
            clock,
            ring: Mutex::default(),
            calls: Mutex::default(),
            origins: Mutex::default(),
            begun: Arc::default(),
            derived: Mutex::default(),
        }
    }

    pub(crate) fn since(&self) -> Timestamp {
        self.since
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn ring(&self) -> MutexGuard<'_, Ring> {
        lock(&self.ring)
    }

    pub(crate) fn calls(&self) -> MutexGuard<'_, Calls> {
        lock(&self.calls)
    }

    pub(crate) fn origins(&self) -> MutexGuard<'_, Origins> {
        lock(&self.origins)
    }

    pub(crate) fn begun(&self) -> Arc<Notify> {
        self.begun.clone()
    }

    /// How often a derived event of each of these names happened.
    pub(crate) fn derived(&self) -> MutexGuard<'_, HashMap<Arc<str>, u64>> {
        lock(&self.derived)
    }
}

impl Observer for Memory {
    fn taken(&self, spent: Spent) {
        self.ring().push(match spent {
            Spent::Taken(taken) => Batch::Taken(taken),
            Spent::Refused(refused) => Batch::Refused(refused),
        });
    }

    fn refused(&self, refused: Refused) {
        self.ring().push(Batch::Refused(refused));
    }

    fn derived(&self, notices: Vec<Notice>) {
        let mut counts = lock(&self.derived);
        for notice in &notices {
            match counts.get_mut(&notice.name) {
                Some(count) => *count += 1,
                None => drop(counts.insert(notice.name.clone(), 1)),
            }
        }
        drop(counts);
        self.ring().push(Batch::Derived(notices));
    }

    fn calling(&self, actions: &[Action]) {
        self.calls().begun(actions);
        if self.origins().begun(actions) {
            self.begun.notify_one();
        }
    }

    fn called(&self, settled: &Settled) {
        let at = self.clock.now();
        self.calls().ended(settled, at);
    }
}
