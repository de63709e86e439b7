//! Events by the clock: what a workflow schedules, submitted when it is due.
//!
//! A tick's event has an id made of workflow, event and due time, so neither a restart nor a second host can double it.
//! Ticks that were due while nothing ran are not made up for; after a pause (a machine that slept) one tick stands for
//! all that were missed.

use std::sync::Arc;
use std::time::Duration;

use fanin_event::Timestamp;
use fanin_triggers::schedule::{Schedule, tick_event};

use crate::clock::Clock;
use crate::intake::{Inbound, Intake, IntakeError, Origin, Receipt, patiently};
use crate::limits;

/// One scheduled event of a workflow.
#[derive(Clone, Debug)]
pub struct Scheduled {
    /// The workflow's name.
    pub workflow: String,
    /// The event's name.
    pub event: String,
    /// When it is due.
    pub schedule: Schedule,
}

/// Runs until nothing is ever due again (for rates: for ever). A busy intake is waited for; the ticks due meanwhile are
/// then missed.
///
/// # Errors
/// When the intake closes or fails.
pub async fn run(
    scheduled: Vec<Scheduled>,
    intake: Arc<dyn Intake>,
    clock: Arc<dyn Clock>,
) -> Result<(), IntakeError> {
    let start = clock.now();
    let next = |scheduled: Scheduled, after: Timestamp| {
        scheduled.schedule.next_after(after).map(|at| (at, scheduled))
    };
    let mut waiting: Vec<(Timestamp, Scheduled)> =
        scheduled.into_iter().filter_map(|s| next(s, start)).collect();
    while let Some(first) = waiting.iter().map(|(at, _)| *at).min() {
        let now = clock.now();
        if first > now {
            let wait = Duration::from_millis(first.since(now).0).min(limits::MAX_SLEEP);
            tokio::time::sleep(wait).await;
            continue;
        }
        let (due, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(at, _)| *at <= now);
        let events =
            due.iter().map(|(at, s)| Inbound::new(tick_event(&s.workflow, &s.event, *at), Origin::Schedule));
        for receipt in patiently(&intake, events.collect()).await? {
            if let Receipt::Rejected { code, reason } = receipt {
                tracing::warn!(code, "a scheduled event was refused: {reason}");
            }
        }
        let now = clock.now();
        waiting = later;
        waiting.extend(due.into_iter().filter_map(|(at, s)| next(s, at.max(now))));
    }
    Ok(())
}
