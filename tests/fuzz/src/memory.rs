//! An intake that takes everything and keeps nothing but counts.

use fanin_event::Timestamp;
use fanin_sources::{Clock, Inbound, Intake, IntakeError, Origin, Receipt};
use fanin_triggers::Rejected;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

/// The intake.
pub(crate) struct Memory;

impl Intake for Memory {
    fn submit(&self, events: Vec<Inbound>) -> BoxFuture<'static, Result<Vec<Receipt>, IntakeError>> {
        let receipts = events.into_iter().map(|event| {
            let envelope: Value = serde_json::from_str(&event.envelope).expect("an envelope is JSON");
            let id = envelope.get("id").and_then(Value::as_str).expect("an envelope has an id");
            Receipt::Accepted { id: id.to_owned() }
        });
        std::future::ready(Ok(receipts.collect())).boxed()
    }

    fn reject(&self, rejected: Rejected, _: Origin) -> BoxFuture<'static, Result<(), IntakeError>> {
        assert!(!rejected.reason.is_empty(), "a dead letter has a reason");
        std::future::ready(Ok(())).boxed()
    }
}

/// A clock that stands.
pub(crate) struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp(1_700_000_000_000)
    }
}
