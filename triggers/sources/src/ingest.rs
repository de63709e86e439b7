//! Decode and submit: what the receivers with a sender to answer have in common.

use std::sync::Arc;

use fanin_event::Timestamp;
use fanin_triggers::{Context, Raw, Rejected, decode};

use crate::intake::{Inbound, Intake, IntakeError, Origin, Receipt};

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is durable.
    Accepted {
        /// The event's id.
        id: String,
        /// The id was made up: a repeat will count again.
        generated: bool,
    },
    /// It was refused.
    Rejected {
        /// A stable code.
        code: &'static str,
        /// What is wrong, and what to write.
        reason: String,
        /// Not the event but the whole payload was refused.
        whole: bool,
    },
}

/// A new event id: a UUID of version 7, so ids sort by the time they were made.
#[must_use]
pub fn fresh_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Decodes `raw` and submits what can be read, all at once: one outcome per event, in order.
///
/// # Errors
/// When the intake has no answer; then nothing may be taken as accepted, and all of it may be sent again.
pub async fn ingest(
    intake: &Arc<dyn Intake>,
    raw: &Raw<'_>,
    now: Timestamp,
    idempotency_key: Option<&str>,
    origin: Origin,
) -> Result<Vec<Outcome>, IntakeError> {
    let decoded = {
        let mut fresh = fresh_id;
        decode(raw, &mut Context { now, idempotency_key, fresh_id: &mut fresh })
    };
    let mut outcomes = Vec::with_capacity(decoded.len());
    let mut inbound = Vec::with_capacity(decoded.len());
    for answer in decoded {
        match answer {
            Ok(event) => {
                outcomes.push(Outcome::Accepted { id: event.id.clone(), generated: event.generated });
                inbound.push(Inbound::new(event, origin));
            }
            Err(rejected) => {
                intake.turned_away(&rejected, origin);
                outcomes.push(Outcome::from(rejected));
            }
        }
    }
    if inbound.is_empty() {
        return Ok(outcomes);
    }
    let expected = inbound.len();
    let receipts = intake.submit(inbound).await?;
    if receipts.len() != expected {
        let reason = format!("{} answers for {expected} events", receipts.len());
        return Err(IntakeError::Failed(reason));
    }
    let accepted = outcomes.iter_mut().filter(|outcome| matches!(outcome, Outcome::Accepted { .. }));
    for (outcome, receipt) in accepted.zip(receipts) {
        if let Receipt::Rejected { code, reason } = receipt {
            *outcome = Outcome::Rejected { code, reason, whole: false };
        }
    }
    Ok(outcomes)
}

impl From<Rejected> for Outcome {
    fn from(rejected: Rejected) -> Outcome {
        Outcome::Rejected { code: rejected.code, reason: rejected.reason, whole: rejected.whole }
    }
}
