//! Events for writes: handed over before the client is answered.

use fanin_sources::{Clock as _, Inbound, IntakeError, Origin, Receipt, SystemClock};
use fanin_triggers::{ObjectChange, ObjectEvent};
use s3s::{S3Error, S3Result, s3_error};

use super::Endpoint;

/// An object that was written.
pub(super) struct Written<'a> {
    pub(super) reason: &'a str,
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
    pub(super) size: u64,
    pub(super) etag: &'a str,
}

impl Endpoint {
    /// An object is there, and durable. The caller holds its key, so events are in the order of the writes.
    pub(super) async fn created(&self, written: &Written<'_>) -> S3Result<()> {
        let event = ObjectEvent {
            change: ObjectChange::Created,
            reason: written.reason,
            bucket: written.bucket,
            key: written.key,
            size: Some(written.size),
            etag: Some(written.etag),
            sequencer: &self.sequencer.next(),
            time: SystemClock.now(),
        };
        self.announce(vec![Inbound::new(event.to_event(), Origin::Store)]).await
    }

    /// Objects will be gone in a moment. Deletions are told before they are done: were it the other way round, a client
    /// that repeats one whose event could not be taken would find nothing to delete, and the event were lost.
    pub(super) async fn deleted(&self, bucket: &str, keys: &[&str]) -> S3Result<()> {
        let event = |key: &&str| {
            let event = ObjectEvent {
                change: ObjectChange::Deleted,
                reason: "DeleteObject",
                bucket,
                key,
                size: None,
                etag: None,
                sequencer: &self.sequencer.next(),
                time: SystemClock.now(),
            };
            Inbound::new(event.to_event(), Origin::Store)
        };
        if keys.is_empty() {
            return Ok(());
        }
        self.announce(keys.iter().map(event).collect()).await
    }

    async fn announce(&self, events: Vec<Inbound>) -> S3Result<()> {
        let expected = events.len();
        let receipts = self.intake.submit(events).await.map_err(not_taken)?;
        if receipts.len() != expected {
            return Err(s3_error!(InternalError, "the host did not answer every event; write again"));
        }
        for receipt in receipts {
            if let Receipt::Rejected { code, reason } = receipt {
                // The host has recorded the refusal; the write itself is good.
                tracing::warn!(code, "the event of an object was refused: {reason}");
            }
        }
        Ok(())
    }
}

fn not_taken(error: IntakeError) -> S3Error {
    match error {
        IntakeError::Busy(_) => s3_error!(SlowDown, "too many events wait; write again later"),
        IntakeError::Closed => {
            s3_error!(ServiceUnavailable, "the host is stopping; write again when it is back")
        }
        IntakeError::Failed(reason) => s3_error!(InternalError, "the event could not be stored: {}", reason),
    }
}
