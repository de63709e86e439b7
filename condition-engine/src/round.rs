//! One turn at one instance: what the kinds work with, and how a round ends.

use fanin_event::Timestamp;

use crate::condition::{Condition, Fire, Member};
use crate::derived;
use crate::input::{Effect, MemberEvent, Verdict};
use crate::instance::{Ending, Instance, Phase};
use crate::kinds;
use crate::operate::Operator;
use crate::print::Print;
use crate::reject::OTHER_VERSION;

/// The surroundings of a decision.
pub(crate) struct Turn<'a> {
    pub(crate) condition: &'a Condition,
    pub(crate) key: &'a str,
    pub(crate) effects: &'a mut Vec<Effect>,
    /// The person who ends the round, if it is one.
    pub(crate) operator: Option<Operator<'a>>,
}

/// An event on its way into an instance.
#[derive(Clone, Copy)]
pub(crate) struct Arrival<'a> {
    pub(crate) event: &'a MemberEvent<'a>,
    pub(crate) member: &'a Member,
    /// The event as this member.
    pub(crate) print: Print,
    /// What repetitions are known by: the value with `distinct`, else `print`.
    pub(crate) tag: Print,
}

impl Turn<'_> {
    /// The round ends with a derived event decided at `at`.
    pub(crate) fn finish(&mut self, instance: &mut Instance, ending: Ending, at: Timestamp) {
        kinds::choose(self.condition, instance);
        let derived = derived::build(self, instance, ending, at);
        self.effects.push(Effect::Derived(derived));
        let closes = self.condition.fire == Fire::Once || self.condition.follows();
        instance.end_round(self.condition, closes.then_some(Phase::Closed { at, ending }));
    }

    /// The event goes to the dead letters.
    pub(crate) fn reject(&mut self, code: &'static str, reason: String) -> Verdict {
        self.effects.push(Effect::Rejected { code, reason });
        Verdict::Rejected
    }

    /// The instance does not belong to this condition: a mistake of the host, but no event is lost by it.
    pub(crate) fn mismatch(&mut self) -> Verdict {
        let reason = format!(
            "the state of {} for key {:?} was made by another version of the condition; \
             redrive the event after `fanin state` shows that instance closed",
            self.condition.name, self.key
        );
        self.reject(OTHER_VERSION, reason)
    }
}
