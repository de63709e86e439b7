//! What is noted of a story while the log is replayed: flat facts, from which the tree is built afterwards.

use std::collections::{BTreeMap, HashMap};

use fanin_event::{Identity, Timestamp};
use fanin_rule::{Action, Outcome};
use fanin_runtime::DeadLetter;
use fanin_runtime::documents::target_name;

use super::document::{
    CallTold, EventTold, Fate, LetterTold, Miss, OpenTold, OperatorTold, PlaceTold, RunTold,
};
use super::links::Place;
use crate::limits::{MAX_CALLS_TOLD, MAX_TEXT_TOLD};
use crate::moment::Moment;

/// An event came to an instance.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) event: Identity,
    pub(super) place: Place,
    pub(super) told: PlaceTold,
    pub(super) member: String,
    pub(super) at: Moment,
    pub(super) fate: Fate,
    pub(super) count: u64,
    pub(super) needed: Option<u64>,
}

/// A round ended with an event.
#[derive(Clone, Debug)]
pub(super) struct Firing {
    pub(super) event: Identity,
    pub(super) told: PlaceTold,
    pub(super) by_time: bool,
    pub(super) count: u64,
    pub(super) missing: serde_json::Value,
    pub(super) operator: Option<OperatorTold>,
    /// Acceptance of its first member: what counted before has left the window.
    pub(super) first_at: Option<Timestamp>,
}

/// An event started a run.
#[derive(Clone, Debug)]
pub(super) struct Trigger {
    pub(super) event: Identity,
    pub(super) run: Identity,
    pub(super) at: Moment,
    pub(super) known: bool,
}

/// A run, as it is noted.
#[derive(Clone, Debug)]
pub(super) struct RunFacts {
    pub(super) told: RunTold,
    pub(super) completion: Option<Identity>,
    /// Calls that are listed although they are not among the first.
    late_failures: usize,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) events: HashMap<Identity, EventTold>,
    pub(super) deliveries: Vec<Delivery>,
    pub(super) firings: HashMap<Place, Firing>,
    pub(super) triggers: Vec<Trigger>,
    pub(super) runs: HashMap<Identity, RunFacts>,
    /// By the event that died.
    pub(super) letters: Vec<(Identity, LetterTold)>,
    /// Rounds that are open at the end.
    pub(super) open: HashMap<Place, OpenTold>,
    /// Instances that a person dropped.
    pub(super) dropped: HashMap<Place, OperatorTold>,
    pub(super) misses: Vec<Miss>,
    /// Something did not find room.
    pub(super) cut: bool,
}

impl RunFacts {
    pub(super) fn new(rule: &str, run: Identity) -> RunFacts {
        let told = RunTold {
            rule: rule.to_owned(),
            id: run.to_uuid(),
            target: String::new(),
            calls: Vec::new(),
            made: 0,
            done: 0,
            failed: 0,
            letters: Vec::new(),
        };
        RunFacts { told, completion: None, late_failures: 0 }
    }

    pub(super) fn called(&mut self, action: &Action, at: Timestamp) {
        self.told.made += 1;
        self.told.target = target_name(&action.target);
        // A retry of a listed call is listed too: its story is not whole without it.
        let listed = self.told.calls.iter().any(|call| call.index == action.index);
        if listed && self.told.calls.len() < MAX_CALLS_TOLD * 3 || self.told.calls.len() < MAX_CALLS_TOLD {
            self.told.calls.push(call(action, at));
        }
    }

    pub(super) fn settled(&mut self, (index, attempt): (u32, u32), outcome: &Outcome, at: Timestamp) {
        let failed = matches!(outcome, Outcome::Failed { .. });
        if failed {
            self.told.failed += 1;
        } else {
            self.told.done += 1;
        }
        let place = self.told.calls.iter().position(|c| (c.index, c.attempt) == (index, attempt));
        let place = place.or_else(|| {
            let room = failed && self.late_failures < MAX_CALLS_TOLD;
            room.then(|| {
                self.late_failures += 1;
                self.told.calls.push(unlisted((index, attempt), at));
                self.told.calls.len() - 1
            })
        });
        let Some(call) = place.and_then(|place| self.told.calls.get_mut(place)) else { return };
        call.ended = Some(Moment(at));
        match outcome {
            Outcome::Done { result } => call.result = Some(cut(result)),
            Outcome::Failed { error, cause } => {
                (call.error, call.cause) = (Some(error.clone()), Some(cut(cause)));
            }
        }
    }
}

fn call(action: &Action, at: Timestamp) -> CallTold {
    CallTold {
        action: action.id.to_string(),
        input: cut(&action.payload),
        ..unlisted((action.index, action.attempt), at)
    }
}

/// A call of which only the failure is told.
fn unlisted((index, attempt): (u32, u32), at: Timestamp) -> CallTold {
    CallTold {
        action: String::new(),
        index,
        attempt,
        at: Moment(at),
        input: String::new(),
        ended: None,
        result: None,
        error: None,
        cause: None,
    }
}

/// A text, cut where it is too long to tell.
pub(crate) fn cut(text: &str) -> String {
    if text.len() <= MAX_TEXT_TOLD {
        return text.to_owned();
    }
    let mut end = MAX_TEXT_TOLD;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}... ({} bytes)", text.get(..end).unwrap_or_default(), text.len())
}

pub(super) fn letter(letter: &DeadLetter) -> LetterTold {
    LetterTold {
        number: letter.number,
        at: Moment(letter.at),
        code: letter.code.clone(),
        reason: letter.reason.clone(),
    }
}

/// Names with values, as a map.
pub(crate) fn by_name<N: AsRef<str>, V: AsRef<str>>(
    names: impl IntoIterator<Item = N>,
    values: impl IntoIterator<Item = V>,
) -> BTreeMap<String, String> {
    let both = names.into_iter().zip(values);
    both.map(|(name, value)| (name.as_ref().to_owned(), value.as_ref().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use fanin_event::Identity;
    use fanin_rule::ActionId;

    use super::*;

    #[test]
    fn long_texts_are_cut_where_a_character_ends() {
        assert_eq!(cut(&"x".repeat(MAX_TEXT_TOLD)).len(), MAX_TEXT_TOLD);
        let long = format!("{}é", "x".repeat(MAX_TEXT_TOLD - 1));
        assert_eq!(cut(&long), format!("{}... ({} bytes)", "x".repeat(MAX_TEXT_TOLD - 1), MAX_TEXT_TOLD + 1));
    }

    #[test]
    fn of_many_calls_the_first_ones_and_some_failures_are_told() {
        let mut run = RunFacts::new("price", Identity([1; 16]));
        let many = u32::try_from(MAX_CALLS_TOLD).unwrap() * 4;
        for index in 0..many {
            let action = Action {
                id: ActionId(Identity([2; 16])),
                run: Identity([1; 16]),
                index,
                attempt: 1,
                rule: "price".into(),
                workflow: "w".into(),
                target: fanin_rule::Target::Invoke { function: "f".into() },
                payload: "{}".into(),
            };
            run.called(&action, Timestamp(0));
            let failed = Outcome::Failed { error: "E".into(), cause: "c".into() };
            run.settled((index, 1), &failed, Timestamp(1));
        }
        assert_eq!((run.told.made, run.told.failed), (u64::from(many), u64::from(many)));
        assert_eq!(run.told.calls.len(), MAX_CALLS_TOLD * 2);
        assert!(run.told.calls.iter().all(|call| call.error.is_some()));
    }
}
