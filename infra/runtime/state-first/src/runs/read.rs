//! From a body of the rules queue to the run it is about; or to the dead letters, or back into the queue.

use std::sync::Arc;

use fanin_event::{Identity, Timestamp};
use fanin_rule::run_identity;
use fanin_runtime::LetterKind;
use fanin_store::state::StateError;

use super::destination::{self, Destination};
use super::input::{Input, What};
use super::limits::MAX_CLAIM_DEPTH;
use crate::dead::DeadRecord;
use crate::message::{Message, MessageError};
use crate::ports::{Claims, Received};

/// What a body is.
#[derive(Debug)]
pub(super) enum Task {
    /// About this run of this rule.
    Run(Arc<str>, Identity, Box<Input>),
    /// Came before its moment: it has to be sent again.
    Early(Message, Timestamp),
    /// Nothing that can be done.
    Dead(Box<DeadRecord>),
}

/// Reads a body; what was put aside is fetched.
///
/// # Errors
/// It has to come again: the claims could not be asked, or it needs a newer program.
pub(super) async fn read(
    workflow: &str,
    received: &Received,
    claims: &impl Claims,
) -> Result<Task, StateError> {
    let mut body = std::borrow::Cow::Borrowed(received.body.as_str());
    let mut depth = 0;
    loop {
        let message = match Message::from_text(&body) {
            Ok(message) => message,
            Err(newer @ MessageError::Newer(_)) => return Err(StateError::Unreadable(newer.to_string())),
            Err(error) => return Ok(refused(received, "not-a-message", error.to_string())),
        };
        let Some(Message::Claimed { key }) = message else {
            return Ok(task(workflow, received, &body, message));
        };
        depth += 1;
        if depth > MAX_CLAIM_DEPTH {
            return Ok(refused(received, "claim-in-claim", format!("`{key}` is a claim inside a claim")));
        }
        match claims.get(&key).await? {
            Some(text) => body = std::borrow::Cow::Owned(text),
            None => {
                let reason = format!("the object `{key}` that holds this message is gone");
                return Ok(refused(received, "claim-gone", reason));
            }
        }
    }
}

fn task(workflow: &str, received: &Received, body: &str, message: Option<Message>) -> Task {
    let run = |rule: Arc<str>, run: Identity, what: What| {
        let message = received.id.as_str().into();
        Task::Run(rule, run, Box::new(Input { at: received.received, message, what }))
    };
    match message {
        Some(Message::Start(start)) => {
            let identity = run_identity(workflow, &start.rule, start.cause);
            run(start.rule.clone(), identity, What::Start(Box::new(start)))
        }
        Some(Message::Settled(settled)) => {
            let call = (settled.index, settled.attempt);
            run(settled.rule, settled.run, What::Answer(call, settled.outcome.into()))
        }
        Some(early @ Message::WakeRun { due, .. }) if due > received.received => Task::Early(early, due),
        Some(Message::WakeRun { rule, run: identity, due }) => run(rule, identity, What::Wake(due)),
        Some(_) => refused(
            received,
            "not-for-rules",
            "this message belongs into the conditions queue: send it there".to_owned(),
        ),
        None => match destination::read(body) {
            Some(Destination::Answer(settled)) => {
                let call = (settled.index, settled.attempt);
                run(settled.rule, settled.run, What::Answer(call, settled.outcome.into()))
            }
            Some(Destination::Foreign(function)) => refused(
                received,
                "not-our-call",
                format!(
                    "a destination's record of `{function}`, which somebody else invoked: the destination of a function that fanin invokes serves fanin alone"
                ),
            ),
            None => refused(
                received,
                "not-a-message",
                "no message of fanin, and no record of a function's destination".to_owned(),
            ),
        },
    }
}

fn refused(received: &Received, code: &str, reason: String) -> Task {
    let payload = received.body.clone();
    Task::Dead(Box::new(DeadRecord::new(received.sent, (code, reason), payload, LetterKind::Refused)))
}
