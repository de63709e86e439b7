//! From messages to what they touch: bodies are read, claims fetched, events recognized and routed.

use fanin_event::{Scratch, Span};
use fanin_runtime::LetterKind;
use fanin_store::state::{Shelf, StateError, StateStore};
use futures_util::stream::{self, StreamExt};

use super::{Batch, Conditions, Told};
use crate::dead::DeadRecord;
use crate::limits::{MAX_CLAIM_DEPTH, MAX_CLAIMS_AT_ONCE};
use crate::message::{Message, MessageError};
use crate::outbox::Entry;
use crate::pages::Partial;
use crate::plans::PlanSet;
use crate::ports::{Claims, Lane, Queue, Received};
use crate::route::{self, Routed};

/// A body after its claims are fetched.
enum Body {
    Raw(String),
    Message(Message),
    /// It can become nothing.
    Dead(&'static str, String),
    /// It is for a newer program, or a claim could not be fetched.
    Again(String),
}

impl<S: StateStore + Shelf, Q: Queue, C: Claims> Conditions<S, Q, C> {
    /// Reads all messages of a batch.
    pub(super) async fn read(&self, plans: &PlanSet, received: &[Received], told: &mut Told) -> Batch {
        // Made first, streamed after: a stream over borrowed messages is not `Send`.
        let opening: Vec<_> = received.iter().map(|message| open(&self.claims, &message.body)).collect();
        let opened: Vec<Body> = stream::iter(opening).buffered(MAX_CLAIMS_AT_ONCE).collect().await;
        let (mut batch, mut scratch) = (Batch::default(), Scratch::default());
        (told.accepted, told.matched) = (0, 0);
        for (number, (message, body)) in received.iter().zip(opened).enumerate() {
            match body {
                Body::Raw(text) => {
                    let happened = std::mem::take(&mut told.happened);
                    let fresh = Routed { telling: self.telling, happened, ..Routed::default() };
                    let mut routed = route::raw(plans, (message, &text), &mut scratch, fresh);
                    told.happened = std::mem::take(&mut routed.happened);
                    told.accepted += routed.events;
                    told.matched += routed.matched;
                    take(&mut batch, number, routed);
                }
                Body::Message(inside) => {
                    told.overdue = told.overdue.max(overdue(&inside, message));
                    self.inside(plans, (number, message), inside, (&mut batch, &mut scratch))
                }
                Body::Dead(code, reason) => refuse(&mut batch, (number, message), code, reason),
                Body::Again(trouble) => {
                    batch.again.insert(number);
                    told.trouble(trouble);
                }
            }
        }
        batch
    }

    /// A message of our own.
    fn inside(
        &self,
        plans: &PlanSet,
        (number, message): (usize, &Received),
        inside: Message,
        (batch, scratch): (&mut Batch, &mut Scratch),
    ) {
        match inside {
            Message::Derived(derived) => take(batch, number, route::derived(plans, derived, scratch)),
            Message::Event { identity, envelope } => {
                let mut routed = Routed::default();
                route::outside(plans, (message.sent, identity, false), envelope, (scratch, &mut routed));
                take(batch, number, routed);
            }
            Message::Wake { condition, key, due } if due <= message.received => {
                let inputs = batch.work((condition, key), number);
                inputs.wakes.push(due);
                inputs.now = inputs.now.max(message.received);
            }
            Message::Wake { due, .. } => {
                // Not yet: a queue delays fifteen minutes at most.
                let entry = Entry::Send { lane: Lane::Conditions, message: inside, due: Some(due) };
                batch.entries.push((number, entry));
            }
            Message::Partial { condition, key, to, from, report, .. } => {
                match Partial::of(&to, from, &report) {
                    Some(partial) => batch.work((condition, key), number).partials.push(partial),
                    None => {
                        let reason = "a page of a hot key reports in another format: deploy the newer program everywhere";
                        refuse(batch, (number, message), "not-a-message", reason.to_owned());
                    }
                }
            }
            Message::Start(_) | Message::Settled(_) | Message::WakeRun { .. } | Message::Claimed { .. } => {
                let reason = "it belongs into the queue of the rules: send it there".to_owned();
                refuse(batch, (number, message), "wrong-queue", reason);
            }
        }
    }
}

/// How long a wake-up was due when it came.
fn overdue(message: &Message, received: &Received) -> Span {
    match message {
        Message::Wake { due, .. } => received.received.since(*due),
        _ => Span(0),
    }
}

fn take(batch: &mut Batch, number: usize, routed: Routed) {
    for (spot, touch) in routed.touches {
        batch.work(spot, number).touches.push(touch);
    }
    let starts = routed.starts.into_iter().map(|start| Entry::Send {
        lane: Lane::Rules,
        message: Message::Start(start),
        due: None,
    });
    let dead = routed.dead.into_iter().map(|record| Entry::Dead(Box::new(record)));
    batch.entries.extend(starts.chain(dead).map(|entry| (number, entry)));
}

fn refuse(batch: &mut Batch, (number, message): (usize, &Received), code: &str, reason: String) {
    let record = DeadRecord::new(message.sent, (code, reason), message.body.clone(), LetterKind::Refused);
    batch.entries.push((number, Entry::Dead(Box::new(record))));
}

/// Reads a body, with what was put aside of it.
async fn open<C: Claims>(claims: &C, body: &str) -> Body {
    let mut body = body.to_owned();
    for _ in 0..=MAX_CLAIM_DEPTH {
        let key = match Message::from_text(&body) {
            Ok(None) => return Body::Raw(body),
            Ok(Some(Message::Claimed { key })) => key,
            Ok(Some(message)) => return Body::Message(message),
            Err(error @ MessageError::Newer(_)) => return Body::Again(error.to_string()),
            Err(error @ MessageError::Malformed(_)) => return Body::Dead("not-a-message", error.to_string()),
        };
        match claims.get(&key).await {
            Ok(Some(text)) => body = text,
            Ok(None) => {
                let reason = format!("what was put aside as {key:?} is not there any more");
                return Body::Dead("claim-gone", reason);
            }
            Err(error @ (StateError::Unreadable(_) | StateError::TooLarge { .. })) => {
                return Body::Dead("claim-gone", error.to_string());
            }
            Err(error) => return Body::Again(error.to_string()),
        }
    }
    Body::Dead("claim-gone", format!("more than {MAX_CLAIM_DEPTH} references to references"))
}
