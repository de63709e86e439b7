//! What a side gave out, in the form in which two sides are compared.

use std::borrow::Cow;
use std::sync::Arc;

use fanin_event::{Identity, Timestamp};
use fanin_rule::Target;

use super::report::{Sighting, What};

/// Names and values of a correlation key.
pub(super) type KeyParts = Arc<[(Arc<str>, Arc<str>)]>;

/// One thing that left a side.
#[derive(Clone, Debug)]
pub(super) struct Happening {
    /// The same on both sides for what corresponds.
    pub(super) pair: Identity,
    /// Ending of a condition, call or end of a rule.
    pub(super) what: What,
    /// The condition or the rule, by the old version's name for it.
    pub(super) name: Arc<str>,
    /// The key, or the captures of what started the run.
    pub(super) key: KeyParts,
    /// Which ending of that key it is; the attempt of a call.
    pub(super) nth: u32,
    /// The item of a `map`, else 0.
    pub(super) index: u32,
    /// When.
    pub(super) at: Timestamp,
    /// The envelope's id, or the action's.
    pub(super) identity: Identity,
    /// `fired`, `timed out`, `called`, `done`, `failed`, or the name of the event that a `catch` emits.
    pub(super) outcome: Cow<'static, str>,
    /// The envelope, or the payload of a call.
    pub(super) text: Box<str>,
    /// What was put aside because it is too large for the envelope.
    pub(super) claim: Option<Box<str>>,
    /// Whom a call was for.
    pub(super) call: Option<Box<Call>>,
}

/// A call that waits for an answer.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The run, as its engine knows it.
    pub(super) run: Identity,
    /// The rule, by its version's own name.
    pub(super) rule: Arc<str>,
    /// Whom.
    pub(super) target: Target,
}

impl Happening {
    /// Roughly what it takes to hold it, in bytes.
    pub(super) fn weight(&self) -> usize {
        self.text.len().saturating_add(self.claim.as_ref().map_or(0, |c| c.len())).saturating_add(256)
    }

    /// As it stands in a difference.
    pub(super) fn sighting(&self) -> Sighting {
        Sighting {
            at: self.at.to_string(),
            outcome: self.outcome.clone().into_owned(),
            id: self.identity.to_uuid(),
        }
    }
}
