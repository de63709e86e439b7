//! The port through which every event enters.

use std::sync::Arc;
use std::time::Duration;

pub use fanin_event::Origin;

use fanin_event::Identity;
use fanin_triggers::{Decoded, Rejected};
use futures_util::future::BoxFuture;

use crate::limits;

/// An event at the door: decoded, and not accepted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbound {
    /// The text of a complete EventBridge envelope.
    pub envelope: String,
    /// What makes another delivery the same event.
    pub identity: Identity,
    /// Which way it came.
    pub origin: Origin,
}

/// The answer for one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It is durable. A repeat of an event already accepted is answered so too.
    Accepted {
        /// The event's id.
        id: String,
    },
    /// It was refused for good.
    Rejected {
        /// A stable code.
        code: &'static str,
        /// What is wrong, and what to do.
        reason: String,
    },
}

/// The bounded queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too busy; try again in {} ms", retry_after.as_millis())]
pub struct Busy {
    /// When to try again.
    pub retry_after: Duration,
}

/// Why a submission as a whole has no answer. None of its events may be taken as accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// Try again later.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The host is stopping and takes no more.
    #[error("the host is stopping; send it again when it is back")]
    Closed,
    /// It could not be made durable.
    #[error("the event could not be stored: {0}")]
    Failed(String),
}

/// Takes events in. An answer means durable; an error means that the whole submission must be sent again.
pub trait Intake: Send + Sync + 'static {
    /// Takes `events` in: one receipt for each, in order.
    fn submit(&self, events: Vec<Inbound>) -> BoxFuture<'static, Result<Vec<Receipt>, IntakeError>>;

    /// Puts a payload that could not be decoded into the dead letters.
    fn reject(&self, rejected: Rejected, origin: Origin) -> BoxFuture<'static, Result<(), IntakeError>>;

    /// A payload could not be decoded, and its sender is told so: for intakes that somebody watches. Nothing is kept.
    fn turned_away(&self, _: &Rejected, _: Origin) {}
}

impl Inbound {
    /// A decoded event from `origin`.
    #[must_use]
    pub fn new(event: Decoded, origin: Origin) -> Inbound {
        Inbound { envelope: event.envelope, identity: event.identity, origin }
    }
}

/// Submits, and waits as long as the intake is busy: for receivers whose sender cannot be told to slow down, which by
/// waiting stop reading. It ends with an answer, with an error that waiting does not cure, or by being dropped.
///
/// # Errors
/// [`IntakeError::Closed`] or [`IntakeError::Failed`].
pub async fn patiently(intake: &Arc<dyn Intake>, events: Vec<Inbound>) -> Result<Vec<Receipt>, IntakeError> {
    loop {
        match intake.submit(events.clone()).await {
            Err(IntakeError::Busy(busy)) => wait(busy).await,
            answer => return answer,
        }
    }
}

/// Puts a payload into the dead letters, and waits as long as the intake is busy.
///
/// # Errors
/// [`IntakeError::Closed`] or [`IntakeError::Failed`].
pub async fn reject_patiently(
    intake: &Arc<dyn Intake>,
    rejected: Rejected,
    origin: Origin,
) -> Result<(), IntakeError> {
    loop {
        match intake.reject(rejected.clone(), origin).await {
            Err(IntakeError::Busy(busy)) => wait(busy).await,
            answer => return answer,
        }
    }
}

async fn wait(busy: Busy) {
    let (shortest, longest) = limits::BUSY_WAIT;
    tokio::time::sleep(busy.retry_after.clamp(shortest, longest)).await;
}
