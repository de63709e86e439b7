//! What waits for the engine: bounded for those who can come again, never refused for those who cannot.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fanin_condition::OperateError;
use fanin_event::Identity;
use fanin_rule::Outcome;
use fanin_runtime::documents::{Followed, Redriven};
use fanin_runtime::{Ahead, Engine, Operation, Origin, Reception};

use crate::error::HostError;
use crate::handle::Refusal;
use crate::limits::{MAX_QUEUED_BYTES, MAX_QUEUED_EVENTS};

/// An event to accept.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The envelope, JSON text.
    pub text: String,
    /// Its identity; none: source and id of the envelope.
    pub identity: Option<Identity>,
    /// Where it came in.
    pub origin: Origin,
}

/// What hears how a command ended, once that is durable.
pub type Reply<T> = Box<dyn FnOnce(Result<T, HostError>) + Send>;

/// A command to the engine.
pub(crate) enum Command {
    /// Accept events.
    Submit {
        /// In this order.
        events: Vec<Arrival>,
        /// What was recognized where they came in.
        ahead: Option<Ahead>,
        /// An answer per event.
        reply: Reply<Vec<Reception>>,
    },
    /// Put something that is no event into the dead letters.
    Refuse {
        /// What, and why.
        refusal: Refusal,
        /// Hears when it is durable.
        reply: Reply<()>,
    },
    /// A call ended.
    Settle {
        /// The run.
        run: Identity,
        /// Place in the run.
        index: u32,
        /// The attempt.
        attempt: u32,
        /// How it ended.
        outcome: Outcome,
    },
    /// Make this plan (wire form) the current one.
    Activate {
        /// JSON text.
        plan: String,
        /// Hears when it is durable.
        reply: Reply<()>,
    },
    /// Try a dead letter again.
    Redrive {
        /// Its number.
        letter: u64,
        /// Hears what became of it when that is durable; nothing: there is no such letter.
        reply: Reply<Option<Redriven>>,
    },
    /// A person intervenes at an instance.
    Operate {
        /// What, by whom and why.
        operation: Box<Operation>,
        /// Hears what followed when it is durable, or at once why it cannot be.
        reply: Reply<Result<Followed, OperateError>>,
    },
    /// Look at the clock now and wake whoever is due (virtual time has been moved).
    Tick {
        /// Hears when it is durable.
        reply: Reply<()>,
    },
    /// Nothing but an answer: once everything before it is durable and let out.
    Flush {
        /// Hears when it is.
        reply: Reply<()>,
    },
    /// Look at the state between two turns.
    Query(Box<dyn FnOnce(&Engine) + Send>),
    /// Take a snapshot now; hears when it is committed.
    Snapshot(Reply<()>),
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Command::Submit { .. } => "Submit",
            Command::Refuse { .. } => "Refuse",
            Command::Settle { .. } => "Settle",
            Command::Activate { .. } => "Activate",
            Command::Redrive { .. } => "Redrive",
            Command::Operate { .. } => "Operate",
            Command::Tick { .. } => "Tick",
            Command::Flush { .. } => "Flush",
            Command::Query(_) => "Query",
            Command::Snapshot(_) => "Snapshot",
        })
    }
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Command>,
    events: usize,
    bytes: usize,
    napping: bool,
    closed: bool,
}

/// The engine's inbox.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    ready: Condvar,
}

/// What came out of a wait.
#[derive(Debug)]
pub(crate) enum Woken {
    /// Commands, in order.
    Work(VecDeque<Command>),
    /// Nothing came in time.
    Nap,
    /// Closed and empty.
    Closed,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, State> {
        // The guarded state is only ever changed in one step, so a panicking holder leaves it whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a command in.
    ///
    /// # Errors
    /// [`HostError::Busy`] for events past the limits, [`HostError::Closed`] after [`Inbox::close`]; the command comes back.
    pub(crate) fn push(&self, command: Command) -> Result<(), Box<(HostError, Command)>> {
        let (events, bytes) = match &command {
            Command::Submit { events, .. } => (events.len(), events.iter().map(|e| e.text.len()).sum()),
            _ => (0, 0),
        };
        let mut state = self.lock();
        if state.closed {
            return Err(Box::new((HostError::Closed, command)));
        }
        let full = state.events + events > MAX_QUEUED_EVENTS || state.bytes + bytes > MAX_QUEUED_BYTES;
        if events > 0 && full && state.events > 0 {
            return Err(Box::new((HostError::Busy, command)));
        }
        state.events += events;
        state.bytes += bytes;
        state.queue.push_back(command);
        let napping = std::mem::take(&mut state.napping);
        drop(state);
        if napping {
            self.ready.notify_one();
        }
        Ok(())
    }

    /// Takes everything that waits; waits up to `nap` if that is nothing (`None`: until something comes).
    pub(crate) fn take(&self, nap: Option<Duration>) -> Woken {
        let mut state = self.lock();
        if state.queue.is_empty() && !state.closed {
            state.napping = true;
            state = match nap {
                Some(nap) => self.ready.wait_timeout(state, nap).unwrap_or_else(PoisonError::into_inner).0,
                None => self.ready.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
            state.napping = false;
        }
        if state.queue.is_empty() {
            return if state.closed { Woken::Closed } else { Woken::Nap };
        }
        state.events = 0;
        state.bytes = 0;
        Woken::Work(std::mem::take(&mut state.queue))
    }

    /// Lets nothing more in; what is in is still done.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.ready.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submit(n: usize, size: usize) -> Command {
        let event = Arrival { text: "x".repeat(size), identity: None, origin: Origin::Internal };
        Command::Submit { events: vec![event; n], ahead: None, reply: Box::new(|_| ()) }
    }

    #[test]
    fn events_past_the_limit_come_back_and_the_rest_is_let_in() {
        let inbox = Inbox::default();
        inbox.push(submit(MAX_QUEUED_EVENTS, 1)).unwrap();
        assert!(matches!(*inbox.push(submit(1, 1)).unwrap_err(), (HostError::Busy, Command::Submit { .. })));
        inbox.push(Command::Query(Box::new(|_| ()))).unwrap();
        let Woken::Work(work) = inbox.take(None) else { panic!("there is work") };
        assert_eq!(work.len(), 2);
        inbox.push(submit(1, 1)).unwrap();
    }

    #[test]
    fn bytes_count_too_and_one_large_submission_passes_an_empty_inbox() {
        let inbox = Inbox::default();
        inbox.push(submit(1, MAX_QUEUED_BYTES + 1)).unwrap();
        assert!(matches!(*inbox.push(submit(1, 1)).unwrap_err(), (HostError::Busy, _)));
    }

    #[test]
    fn a_closed_inbox_is_emptied_first() {
        let inbox = Inbox::default();
        inbox.push(submit(1, 1)).unwrap();
        inbox.close();
        assert!(matches!(*inbox.push(submit(1, 1)).unwrap_err(), (HostError::Closed, _)));
        assert!(matches!(inbox.take(None), Woken::Work(_)));
        assert!(matches!(inbox.take(None), Woken::Closed));
    }
}
