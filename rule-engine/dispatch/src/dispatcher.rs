//! Bounded concurrency around the runners: calls queue by target, so many run at once, every outcome reaches the host.

mod queue;

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fanin_rule::{Action, Outcome};
use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::errors::{INTERNAL, failed};
use crate::limits::{MAX_QUEUED, MAX_QUEUED_BYTES, MAX_RUNNING};
use crate::runners::Runners;
use queue::{Queue, Started};

/// Takes calls, makes them, hands back their outcomes.
///
/// Every accepted call is answered exactly once, except those open when the dispatcher is dropped: they are ended (processes
/// killed, connections closed) without an answer, for the host to make them again after its restart.
#[derive(Debug)]
pub struct Dispatcher {
    shared: Arc<Shared>,
    open: watch::Sender<bool>,
}

/// How much a dispatcher takes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls running at once, [`MAX_RUNNING`].
    pub running: usize,
    /// Calls of one function running at once, beside the limit of its kind; no other limit by default.
    pub running_per_function: usize,
    /// Calls queued, [`MAX_QUEUED`].
    pub queued: usize,
    /// Bytes of the payloads queued, [`MAX_QUEUED_BYTES`].
    pub queued_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            running: MAX_RUNNING,
            running_per_function: usize::MAX,
            queued: MAX_QUEUED,
            queued_bytes: MAX_QUEUED_BYTES,
        }
    }
}

/// A call that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// The call.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it ran; queueing not counted.
    pub took: Duration,
}

/// The queue is full: the call comes back. Submit it again when some of the calls have ended.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the queue of calls is full")]
pub struct Full(pub Box<Action>);

struct Shared {
    queue: Mutex<Queue>,
    runners: Mutex<Arc<Runners>>,
    done: Box<dyn Fn(Settled) + Send + Sync>,
    /// Calls that run or wait.
    load: watch::Sender<usize>,
    runtime: Handle,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("queue", &self.queue).finish_non_exhaustive()
    }
}

impl Dispatcher {
    /// A dispatcher on the current tokio runtime (it panics outside one, as `tokio::spawn` does).
    ///
    /// `done` is called once for each call, on a worker of the runtime; for a stub that answers at once inside
    /// [`Dispatcher::submit`]. It must not block: hand the outcome to a channel.
    pub fn new(
        runners: Runners,
        limits: Limits,
        done: impl Fn(Settled) + Send + Sync + 'static,
    ) -> Dispatcher {
        let shared = Shared {
            queue: Mutex::new(Queue::new(limits)),
            runners: Mutex::new(Arc::new(runners)),
            done: Box::new(done),
            load: watch::Sender::new(0),
            runtime: Handle::current(),
        };
        Dispatcher { shared: Arc::new(shared), open: watch::Sender::new(true) }
    }

    /// Takes a call: starts it, queues it, or answers it on the spot. Never waits.
    ///
    /// # Errors
    /// [`Full`]: the queue is at its limit; the call is handed back.
    pub fn submit(&self, action: Action) -> Result<(), Full> {
        let runners = self.shared.runners();
        if let Some(outcome) = runners.immediate(&action) {
            (self.shared.done)(Settled { action, outcome, took: Duration::ZERO });
            return Ok(());
        }
        let lane = runners.lane(&action);
        let ready = {
            let mut queue = self.shared.queue();
            queue.push(lane, action)?;
            let ready = queue.start();
            self.shared.load.send_replace(queue.load());
            ready
        };
        for started in ready {
            self.shared.runtime.spawn(work(self.shared.clone(), self.open.subscribe(), started));
        }
        Ok(())
    }

    /// Replaces the functions, as after an edit of the workflow. Running calls finish under the old ones; queued calls run
    /// under the new ones.
    pub fn replace(&self, runners: Runners) {
        *self.shared.runners.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(runners);
    }

    /// Calls running and calls queued.
    #[must_use]
    pub fn load(&self) -> (usize, usize) {
        let queue = self.shared.queue();
        (queue.running(), queue.load().saturating_sub(queue.running()))
    }

    /// Waits until nothing runs and nothing is queued.
    pub async fn idle(&self) {
        let mut load = self.shared.load.subscribe();
        // The sender lives as long as this dispatcher.
        let _ = load.wait_for(|load| *load == 0).await;
    }
}

impl Drop for Dispatcher {
    fn drop(&mut self) {
        self.open.send_replace(false);
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call of `lane` has ended: what may start now.
    fn finish(&self, lane: &Arc<str>) -> Vec<Started> {
        let mut queue = self.queue();
        queue.finish(lane);
        let ready = queue.start();
        self.load.send_replace(queue.load());
        ready
    }

    fn runners(&self) -> Arc<Runners> {
        self.runners.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A task's work. Boxed, for a task starts others of its own kind.
type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Makes a call, then those that its end lets start: one here, the others in tasks of their own.
fn work(shared: Arc<Shared>, mut open: watch::Receiver<bool>, first: Started) -> Work {
    Box::pin(async move {
        let mut next = Some(first);
        while let Some(Started { lane, action }) = next.take() {
            let runners = shared.runners();
            let begun = Instant::now();
            let outcome = tokio::select! {
                biased;
                _ = open.wait_for(|open| !open) => return,
                // The lints forbid what panics; should something do so all the same, the run still gets its answer.
                outcome = AssertUnwindSafe(runners.call(&action)).catch_unwind() => {
                    outcome.unwrap_or_else(|_| failed(INTERNAL, "the call crashed inside fanin: see the log"))
                }
            };
            drop(runners);
            (shared.done)(Settled { action, outcome, took: begun.elapsed() });
            let mut ready = shared.finish(&lane).into_iter();
            next = ready.next();
            for started in ready {
                shared.runtime.spawn(work(shared.clone(), open.clone(), started));
            }
        }
    })
}
