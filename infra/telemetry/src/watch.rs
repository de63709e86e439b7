//! Who hears what a service does: it passes all of it on, and puts aside what spans are made of.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::{Duration, SystemTime};

use fanin_dispatch::Settled;
use fanin_event::{Identity, Timestamp};
use fanin_local::{Arrival, Observer, Refused, Spent, Taken};
use fanin_rule::{Action, Outcome};
use fanin_runtime::documents::target_name;
use fanin_runtime::{Notice, Reception};
use serde::Deserialize;

/// An event that somebody wanted.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) identity: Identity,
    pub(crate) reception: Reception,
}

/// An event that was derived.
#[derive(Debug)]
pub(crate) struct Derived {
    pub(crate) identity: Identity,
    pub(crate) parent: Option<Identity>,
    pub(crate) name: Arc<str>,
    pub(crate) at: Timestamp,
}

/// A run that calls.
#[derive(Debug)]
pub(crate) struct Calling {
    pub(crate) run: Identity,
    pub(crate) workflow: Arc<str>,
    pub(crate) rule: Arc<str>,
}

/// A call that ended.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) of: Calling,
    pub(crate) action: String,
    pub(crate) index: u32,
    pub(crate) attempt: u32,
    pub(crate) target: String,
    /// Error name and cause.
    pub(crate) error: Option<(String, String)>,
    pub(crate) took: Duration,
}

/// What was heard, and when.
#[derive(Debug)]
pub(crate) enum Heard {
    Taken {
        accepted: Timestamp,
        durable: SystemTime,
        events: Vec<Event>,
    },
    Derived {
        durable: SystemTime,
        events: Vec<Derived>,
    },
    Calling(Vec<Calling>),
    Called {
        at: SystemTime,
        call: Box<Called>,
    },
    /// Nothing more will be heard.
    End,
}

/// The watcher.
#[derive(Debug)]
pub(crate) struct Watch {
    next: Arc<dyn Observer>,
    heard: SyncSender<Heard>,
    left_out: Arc<AtomicU64>,
}

impl Watch {
    /// Hears before `next`; what is left out is counted in `left_out`.
    pub(crate) fn new(next: Arc<dyn Observer>, heard: SyncSender<Heard>, left_out: Arc<AtomicU64>) -> Watch {
        Watch { next, heard, left_out }
    }

    fn hear(&self, heard: Heard) {
        if let Err(TrySendError::Full(_)) = self.heard.try_send(heard)
            && self.left_out.fetch_add(1, Ordering::Relaxed) == 0
        {
            tracing::warn!("more happens than is exported: traces are left out from now on");
        }
    }
}

/// What of an envelope makes its identity.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    id: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    source: std::borrow::Cow<'a, str>,
}

fn identity(arrival: &Arrival) -> Option<Identity> {
    let read = || serde_json::from_str::<Head<'_>>(&arrival.text).ok();
    arrival.identity.or_else(|| read().map(|head| Identity::of(&[&head.source, &head.id])))
}

fn wanted(taken: &Taken) -> Vec<Event> {
    let both = taken.events.iter().zip(&taken.receptions);
    let wanted = both.filter(|(_, reception)| reception.matched > 0);
    let event = |(arrival, reception): (&Arrival, &Reception)| {
        Some(Event { identity: identity(arrival)?, reception: reception.clone() })
    };
    wanted.filter_map(event).collect()
}

fn calling(action: &Action) -> Calling {
    Calling { run: action.run, workflow: action.workflow.clone(), rule: action.rule.clone() }
}

impl Observer for Watch {
    fn taken(&self, spent: Spent) {
        if let Spent::Taken(taken) = &spent {
            let events = wanted(taken);
            if !events.is_empty() {
                self.hear(Heard::Taken { accepted: taken.at, durable: SystemTime::now(), events });
            }
        }
        self.next.taken(spent);
    }

    fn refused(&self, refused: Refused) {
        self.next.refused(refused);
    }

    fn derived(&self, notices: Vec<Notice>) {
        let derived = |notice: &Notice| Derived {
            identity: notice.identity,
            parent: notice.parent,
            name: notice.name.clone(),
            at: notice.at,
        };
        let events = notices.iter().map(derived).collect();
        self.hear(Heard::Derived { durable: SystemTime::now(), events });
        self.next.derived(notices);
    }

    fn calling(&self, actions: &[Action]) {
        self.hear(Heard::Calling(actions.iter().map(calling).collect()));
        self.next.calling(actions);
    }

    fn called(&self, settled: &Settled) {
        let Settled { action, outcome, took } = settled;
        let error = match outcome {
            Outcome::Done { .. } => None,
            Outcome::Failed { error, cause } => Some((error.clone(), cause.clone())),
        };
        let call = Called {
            of: calling(action),
            action: action.id.to_string(),
            index: action.index,
            attempt: action.attempt,
            target: target_name(&action.target),
            error,
            took: *took,
        };
        self.hear(Heard::Called { at: SystemTime::now(), call: Box::new(call) });
        self.next.called(settled);
    }
}
