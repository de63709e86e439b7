//! What followed at once from an intervention: derived events and calls.

use std::collections::BTreeMap;

use fanin_rule::{Action, SendTarget, Target};
use serde::{Deserialize, Serialize};

use crate::limits::MAX_FOLLOWED;
use crate::turn::{Notice, Outbox};

/// What followed within the same turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    /// Derived events, in order; the first 100.
    pub derived: Vec<HappenedNow>,
    /// Calls that are to be made, in order; the first 100.
    pub calls: Vec<CalledNow>,
    /// Derived events and calls beyond those.
    pub more: u64,
}

/// A derived event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HappenedNow {
    /// Its deterministic id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was decided.
    pub at: String,
    /// Its captures.
    pub key: BTreeMap<String, String>,
}

/// A call that is to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalledNow {
    /// The action's id: the target's idempotency key.
    pub action: String,
    /// Name of the rule.
    pub rule: String,
    /// Name of the function, or the kind of target.
    pub target: String,
    /// 1 for the first call.
    pub attempt: u32,
}

impl Followed {
    /// Of what a turn gave out.
    #[must_use]
    pub fn of(outbox: &Outbox) -> Followed {
        let all = outbox.derived.len().saturating_add(outbox.actions.len());
        let derived: Vec<HappenedNow> = outbox.derived.iter().take(MAX_FOLLOWED).map(happened).collect();
        let calls: Vec<CalledNow> = outbox.actions.iter().take(MAX_FOLLOWED).map(called).collect();
        let more = all.saturating_sub(derived.len()).saturating_sub(calls.len()) as u64;
        Followed { derived, calls, more }
    }

    /// Whether nothing followed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.derived.is_empty() && self.calls.is_empty()
    }
}

fn happened(notice: &Notice) -> HappenedNow {
    HappenedNow {
        id: notice.identity.to_uuid(),
        name: notice.name.to_string(),
        at: notice.at.to_string(),
        key: notice.captures.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect(),
    }
}

fn called(action: &Action) -> CalledNow {
    CalledNow {
        action: action.id.to_string(),
        rule: action.rule.to_string(),
        target: target_name(&action.target),
        attempt: action.attempt,
    }
}

/// Name of the function, or the kind of target with its address: `log:orders`.
#[must_use]
pub fn target_name(target: &Target) -> String {
    let (kind, name) = match target {
        Target::Invoke { function } => return function.to_string(),
        Target::Send(SendTarget::Sqs(name)) => ("sqs", name),
        Target::Send(SendTarget::Sns(name)) => ("sns", name),
        Target::Send(SendTarget::Eventbridge(name)) => ("eventbridge", name),
        Target::Send(SendTarget::StepFunctions(name)) => ("step_functions", name),
        Target::Send(SendTarget::Http(name)) => ("http", name),
        Target::Send(SendTarget::Log(name)) => ("log", name),
    };
    format!("{kind}:{name}")
}

#[cfg(test)]
mod tests {
    use fanin_event::{Identity, Timestamp};

    use super::*;

    #[test]
    fn so_many_are_told_and_the_rest_is_counted() {
        let notice = Notice {
            identity: Identity([0; 16]),
            parent: None,
            name: "a".into(),
            captures: Vec::new(),
            at: Timestamp(0),
            envelope: String::new(),
        };
        for (many, more) in [(MAX_FOLLOWED, 0), (MAX_FOLLOWED + 1, 1)] {
            let told = Followed::of(&Outbox { derived: vec![notice.clone(); many], ..Outbox::default() });
            assert_eq!((told.derived.len(), told.more), (MAX_FOLLOWED, more));
        }
    }
}
