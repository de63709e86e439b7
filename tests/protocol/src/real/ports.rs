//! The ports of the turn, over the world: queues, claims, a caller, and the time a worker has.

use std::sync::Arc;

use fanin_event::Span;
use fanin_rule::{Action, Outcome, Target};
use fanin_state_first::{
    CallTag, Called, Caller, Claims, Deadline, Lane, Message, Outgoing, Queue, SettledMessage, WireOutcome,
};
use fanin_store::state::StateError;

use crate::chance::Chance;
use crate::exec::Timeline;
use crate::world::{Effect, Inner, World};

/// The queue of a lane.
pub(crate) fn place(lane: Lane) -> usize {
    match lane {
        Lane::Conditions => 0,
        Lane::Rules => 1,
    }
}

impl Queue for World {
    async fn send(&self, lane: Lane, messages: Vec<Outgoing>) -> Vec<Result<(), StateError>> {
        let mut answers = Vec::with_capacity(messages.len());
        for message in messages {
            let delay = i64::try_from(message.delay.0).unwrap_or(i64::MAX);
            answers.push(World::send(self, place(lane), message.body, delay).await);
        }
        answers
    }
}

impl Claims for World {
    async fn put(&self, key: &str, body: &str) -> Result<(), StateError> {
        let label = self.label(|| format!("claim {key}"));
        let (key, body) = (key.to_owned(), body.to_owned());
        let op = move |inner: &mut Inner| drop(inner.claims.insert(key.clone(), body.clone()));
        self.effect(Effect::Write, || label.clone(), op).await
    }

    async fn get(&self, key: &str) -> Result<Option<String>, StateError> {
        let wanted = key.to_owned();
        let op = move |inner: &mut Inner| inner.claims.get(&wanted).cloned();
        self.effect(Effect::Read, || format!("get claim {key}"), op).await
    }
}

/// A call as the target saw it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) rule: Arc<str>,
    pub(crate) id: String,
    pub(crate) run: String,
    pub(crate) index: u32,
    pub(crate) attempt: u32,
    pub(crate) payload: Arc<str>,
    /// When.
    pub(crate) at: i64,
}

impl Seen {
    /// What a target sees of an action, and when.
    pub(crate) fn of(action: &Action, at: i64) -> Seen {
        Seen {
            rule: action.rule.clone(),
            id: action.id.to_string(),
            run: action.run.to_uuid(),
            index: action.index,
            attempt: action.attempt,
            payload: action.payload.clone(),
            at,
        }
    }
}

/// Targets that keep to themselves what they answered to an id and an attempt: asked again, they say the same.
#[derive(Clone)]
pub(crate) struct Targets {
    pub(crate) world: World,
    pub(crate) workload: u64,
}

/// What a target says to this call.
pub(crate) fn answer_of(workload: u64, id: &str, attempt: u32) -> Result<String, String> {
    let salt =
        id.bytes().fold(u64::from(attempt), |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut chance = Chance::part(workload ^ salt, 5);
    if chance.one_in(3) { Err("Busy".to_owned()) } else { Ok(format!("\"{id}\"")) }
}

impl Caller for Targets {
    async fn call(&self, action: &Action, _tag: &CallTag) -> Called {
        let seen = Seen::of(action, 0);
        let answer = match &action.target {
            Target::Send(_) => Ok("null".to_owned()),
            Target::Invoke { .. } => answer_of(self.workload, &seen.id, seen.attempt),
        };
        let invoked = matches!(action.target, Target::Invoke { .. });
        let settled = SettledMessage {
            rule: action.rule.clone(),
            run: action.run,
            index: action.index,
            attempt: action.attempt,
            outcome: match &answer {
                Ok(result) => WireOutcome::Done(result.clone()),
                Err(error) => WireOutcome::Failed(error.clone(), "it said so".to_owned()),
            },
        };
        // Every second function answers later, by the queue; every sixth twice.
        let salt = seen.id.len() as u64 + seen.id.bytes().map(u64::from).sum::<u64>();
        let later = invoked && salt.is_multiple_of(2);
        let copies = if salt.is_multiple_of(6) { 2 } else { 1 };
        let body = Message::Settled(settled).to_text();
        let label = self.world.label(|| format!("call {} {} attempt {}", seen.rule, seen.id, seen.attempt));
        let op = move |inner: &mut Inner| {
            inner.calls.push(Seen { at: inner.now, ..seen.clone() });
            if later {
                for copy in 0..copies {
                    inner.send(1, body.clone(), 20 + copy * 300);
                }
            }
        };
        match self.world.effect(Effect::Write, || label.clone(), op).await {
            Err(_) => Called::Unfinished,
            Ok(()) if later => Called::Accepted,
            Ok(()) => Called::Answered(match answer {
                Ok(result) => Outcome::Done { result },
                Err(error) => Outcome::Failed { error, cause: "it said so".to_owned() },
            }),
        }
    }
}

/// A worker's time.
#[derive(Clone, Debug)]
pub(crate) struct Until {
    pub(crate) line: Timeline,
    pub(crate) end: i64,
}

impl Deadline for Until {
    fn left(&self) -> Span {
        Span(u64::try_from(self.end - self.line.now()).unwrap_or(0))
    }
}
