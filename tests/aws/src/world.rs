//! What the double knows: what time it is, the queues, what was called, what was sent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fanin_event::Timestamp;
use fanin_rule::{Action, Outcome};

use crate::queues::Queue;
use crate::wire::Sinks;

/// Name of the conditions queue.
pub const CONDITIONS: &str = "double-conditions";
/// Name of the rules queue.
pub const RULES: &str = "double-rules";

/// How a user's function answers when it is asked and waited for: its name and the payload; nothing: it takes time, the
/// answer comes later.
pub type Stub = Box<dyn Fn(&str, &str) -> Option<Outcome> + Send + Sync>;

/// A call of a user's function.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoked {
    /// The call, as far as its request tells.
    pub action: Action,
    /// The payload as it came, JSON text.
    pub request: String,
    /// It was answered at once; else the answer goes by a destination.
    pub answered: bool,
}

/// The state.
pub struct World {
    /// The time.
    pub now: Timestamp,
    /// The queues by name.
    pub queues: BTreeMap<String, Queue>,
    /// The other services.
    pub sinks: Sinks,
    /// Calls since somebody looked.
    pub invoked: Vec<Invoked>,
    /// The answers of functions that are waited for: function name, payload.
    pub stub: Option<Stub>,
}

/// The state, shared.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<World>>);

impl Shared {
    /// Both queues, empty, at this moment.
    #[must_use]
    pub fn at(now: Timestamp) -> Shared {
        let queues = [CONDITIONS, RULES].map(|name| (name.to_owned(), Queue::default())).into();
        Shared(Arc::new(Mutex::new(World {
            now,
            queues,
            sinks: Sinks::default(),
            invoked: Vec::new(),
            stub: None,
        })))
    }

    /// To look at it and to change it.
    pub fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    /// A queue that is there from the beginning.
    pub fn queue(&mut self, name: &str) -> &mut Queue {
        self.queues.entry(name.to_owned()).or_default()
    }

    /// When the next message becomes visible in one of the two queues that somebody reads.
    #[must_use]
    pub fn next_visible(&self) -> Timestamp {
        let read = [CONDITIONS, RULES].into_iter().filter_map(|name| self.queues.get(name));
        read.map(Queue::next_visible).min().unwrap_or(Timestamp::NEVER)
    }
}
