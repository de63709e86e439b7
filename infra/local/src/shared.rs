//! What the host's threads share: whether it still works, how far it is durable, how many calls are open.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, RwLock};

use fanin_rule::Action;
use fanin_runtime::{Notice, Recognition};
use fanin_store::Seq;

use crate::error::HostError;
use crate::inbox::Inbox;
use crate::observer::{Refused, Spent};

/// Where the host lets things out once they are durable. Called on the writer's thread: it must not block for long.
pub trait Outlet: Send + Sync + 'static {
    /// Calls to make. Each is answered with a settlement, whatever happens.
    fn actions(&self, actions: Vec<Action>);
    /// Derived events that happened, for observers.
    fn notices(&self, notices: Vec<Notice>);
    /// The log cannot be written any more: the process should end.
    fn failed(&self, reason: &str);
    /// Whether somebody watches what comes in: only then [`Outlet::taken`] and [`Outlet::refused`] are told.
    fn listens(&self) -> bool {
        false
    }
    /// What came in and is durable.
    fn taken(&self, _: Spent) {}
    /// What was refused to its sender's face, and is kept nowhere. Called where it came in.
    fn refused(&self, _: Refused) {}
}

/// An outlet for nobody: what is let out stays part of the state, and is made by the next host.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Outlet for Nobody {
    fn actions(&self, _: Vec<Action>) {}
    fn notices(&self, _: Vec<Notice>) {}
    fn failed(&self, _: &str) {}
}

/// The shared part.
pub(crate) struct Shared {
    pub(crate) inbox: Inbox,
    pub(crate) outlet: Box<dyn Outlet>,
    recognition: RwLock<Option<Recognition>>,
    failure: Mutex<Option<String>>,
    durable: Mutex<Seq>,
    advanced: Condvar,
    open_calls: AtomicUsize,
    frames: AtomicU64,
    halted: AtomicBool,
}

impl Shared {
    pub(crate) fn new(outlet: Box<dyn Outlet>, last: Seq) -> Shared {
        Shared {
            inbox: Inbox::default(),
            outlet,
            recognition: RwLock::new(None),
            failure: Mutex::new(None),
            durable: Mutex::new(last),
            advanced: Condvar::new(),
            open_calls: AtomicUsize::new(0),
            frames: AtomicU64::new(0),
            halted: AtomicBool::new(false),
        }
    }

    /// What to recognize arriving events with; the turn makes sure that it is still right.
    pub(crate) fn recognition(&self) -> Option<Recognition> {
        self.recognition.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn recognize_with(&self, recognition: Option<Recognition>) {
        *self.recognition.write().unwrap_or_else(PoisonError::into_inner) = recognition;
    }

    /// The host can do no more.
    pub(crate) fn fail(&self, error: &HostError) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let first = failure.is_none();
        let reason = failure.get_or_insert_with(|| error.to_string()).clone();
        drop(failure);
        self.inbox.close();
        self.advanced.notify_all();
        if first {
            self.outlet.failed(&reason);
        }
    }

    pub(crate) fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The log is durable up to `seq`: one more group is written.
    pub(crate) fn synced(&self, seq: Seq) {
        self.frames.fetch_add(1, Ordering::Relaxed);
        *self.durable.lock().unwrap_or_else(PoisonError::into_inner) = seq;
        self.advanced.notify_all();
    }

    /// Waits until the log is durable up to `seq`; false if it never will be.
    pub(crate) fn wait_durable(&self, seq: Seq) -> bool {
        let mut durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        while *durable < seq {
            if self.failure().is_some() {
                return false;
            }
            durable = self
                .advanced
                .wait_timeout(durable, std::time::Duration::from_millis(100))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }

    /// Stop without a last snapshot.
    pub(crate) fn halt(&self) {
        self.halted.store(true, Ordering::SeqCst);
    }

    pub(crate) fn halted(&self) -> bool {
        self.halted.load(Ordering::SeqCst)
    }

    /// Syncs so far: groups of frames.
    pub(crate) fn syncs(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    pub(crate) fn opened(&self, calls: usize) {
        self.open_calls.fetch_add(calls, Ordering::SeqCst);
    }

    pub(crate) fn closed_one(&self) {
        let _ =
            self.open_calls.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| Some(n.saturating_sub(1)));
    }

    pub(crate) fn open_calls(&self) -> usize {
        self.open_calls.load(Ordering::SeqCst)
    }
}
