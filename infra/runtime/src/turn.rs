//! What one turn gives out. Nothing of it may leave the process before the turn's record is durable.

use fanin_condition::Derived;
use fanin_event::{Identity, Timestamp};
use fanin_rule::Action;
use std::sync::Arc;

/// The outbox of one or more turns: released by the host once their records are durable.
#[derive(Debug, Default)]
pub struct Outbox {
    /// Calls to make.
    pub actions: Vec<Action>,
    /// Payloads to put aside, by object key: before the calls, since these may refer to them.
    pub claims: Vec<(String, String)>,
    /// Derived events, for observers; already delivered inside.
    pub derived: Vec<Notice>,
}

impl Outbox {
    /// Whether there is nothing to release.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty() && self.claims.is_empty() && self.derived.is_empty()
    }

    /// Takes everything out.
    #[must_use]
    pub fn take(&mut self) -> Outbox {
        std::mem::take(self)
    }

    /// Adds what another turn gave out.
    pub fn append(&mut self, mut other: Outbox) {
        self.actions.append(&mut other.actions);
        self.claims.append(&mut other.claims);
        self.derived.append(&mut other.derived);
    }
}

/// A derived event that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Its deterministic identity.
    pub identity: Identity,
    /// The event that completed it, or that started the run; none: not known.
    pub parent: Option<Identity>,
    /// Its name.
    pub name: Arc<str>,
    /// Names and values of its captures.
    pub captures: Vec<(Arc<str>, Arc<str>)>,
    /// When it was decided.
    pub at: Timestamp,
    /// The envelope, JSON text.
    pub envelope: String,
}

/// What became of one event, in the words of the answer to its sender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reception {
    /// How many named events it was.
    pub matched: u16,
    /// How many members and rules it reached.
    pub reached: u16,
    /// How many of these had it before.
    pub duplicates: u16,
    /// How many had closed before it came.
    pub late: u16,
    /// Why it went to the dead letters instead.
    pub refused: Option<(&'static str, String)>,
}

/// A derived event on its way back to matching.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) identity: Identity,
    pub(crate) name: Arc<str>,
    pub(crate) at: Timestamp,
    pub(crate) names: Vec<Arc<str>>,
    pub(crate) values: Vec<Arc<str>>,
    pub(crate) hops: u8,
    pub(crate) envelope: String,
    /// The event that completed it: the chain's next link.
    pub(crate) parent: Identity,
}

impl Pending {
    pub(crate) fn of(
        derived: Derived,
        by: &[Arc<str>],
        parent: Identity,
    ) -> (Pending, Option<(String, String)>) {
        let claim = derived.claim.map(|c| (c.key, c.body));
        let pending = Pending {
            identity: derived.identity,
            name: derived.name,
            at: derived.at,
            names: by.to_vec(),
            values: derived.captures,
            hops: derived.hops,
            envelope: derived.envelope,
            parent,
        };
        (pending, claim)
    }
}
