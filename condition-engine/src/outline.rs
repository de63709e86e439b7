//! How an instance stands, in a few words: for lists of many. [`explain`](crate::explain()) tells the rest of one.

use fanin_event::Timestamp;

use crate::condition::Condition;
use crate::explain::{State, state};
use crate::instance::Instance;
use crate::kinds::{self, Step};
use crate::missing::Missing;

/// How an instance stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// Where it is in its life.
    pub state: State,
    /// Number of the current or last round.
    pub round: u32,
    /// What the round counts.
    pub count: u64,
    /// The number it needs; `None` while `reach` is unknown, and for `absent`.
    pub needed: Option<u64>,
    /// What is missing.
    pub missing: Missing,
    /// Last acceptance of the round.
    pub last_at: Option<Timestamp>,
    /// When it times out, or fires because nothing came, or its window ends.
    pub deadline: Option<Timestamp>,
    /// When it is forgotten, as things are.
    pub forgotten_at: Option<Timestamp>,
}

/// Outlines `instance`, which is of `condition`.
#[must_use]
pub fn outline(condition: &Condition, instance: &Instance) -> Outline {
    let (due, step) = kinds::next_step(condition, instance);
    let due = (due != Timestamp::NEVER).then_some(due);
    Outline {
        state: state(instance.phase),
        round: instance.round,
        count: instance.counted,
        needed: kinds::needed(condition, instance),
        missing: kinds::missing(condition, instance),
        last_at: (!instance.is_new()).then_some(instance.last_at),
        deadline: due.filter(|_| step != Step::Forget),
        forgotten_at: due.filter(|_| step == Step::Forget),
    }
}
