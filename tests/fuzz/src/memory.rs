//! An intake that takes everything and keeps nothing but counts.

use fanin_event::Timestamp;
use fanin_sources::{Clock, Inbound, Intake, IntakeError, Origin, Receipt};
use fanin_triggers::Rejected;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::decoders::members;

/// The intake.
pub(crate) struct Memory;

impl Intake for Memory {
    fn submit(&self, events: Vec<Inbound>) -> BoxFuture<'static, Result<Vec<Receipt>, IntakeError>> {
        let receipts = events.into_iter().map(|event| {
            let members = members(&event.envelope);
            let id = members.get("id").expect("an envelope has an id");
            Receipt::Accepted { id: serde_json::from_str(id.get()).expect("an id is a text") }
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
