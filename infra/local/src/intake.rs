//! The port of the receivers, on this host: an answer means durable.

use fanin_sources::{Busy, Clock as _, Inbound, Intake, IntakeError, Origin, Receipt, SystemClock};
use fanin_triggers::Rejected;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::error::HostError;
use crate::handle::{Handle, Refusal};
use crate::inbox::Arrival;
use crate::limits::RETRY_AFTER;
use crate::observer::Refused;

impl Intake for Handle {
    fn submit(&self, events: Vec<Inbound>) -> BoxFuture<'static, Result<Vec<Receipt>, IntakeError>> {
        let ids: Vec<String> = events.iter().map(|event| id_of(&event.envelope)).collect();
        let arrivals = events.into_iter().map(arrival).collect();
        let handle = self.clone();
        async move {
            let receptions = Handle::submit(&handle, arrivals).await.map_err(intake_error)?;
            let receipts = receptions.into_iter().zip(ids).map(|(reception, id)| match reception.refused {
                Some((code, reason)) => Receipt::Rejected { code, reason },
                None => Receipt::Accepted { id },
            });
            Ok(receipts.collect())
        }
        .boxed()
    }

    fn reject(&self, rejected: Rejected, origin: Origin) -> BoxFuture<'static, Result<(), IntakeError>> {
        let handle = self.clone();
        let Rejected { code, reason, payload, .. } = rejected;
        let refusal = Refusal { origin, code: code.to_owned(), reason, payload };
        async move { handle.refuse(refusal).await.map_err(intake_error) }.boxed()
    }

    fn turned_away(&self, rejected: &Rejected, origin: Origin) {
        if self.shared.outlet.listens() {
            let Rejected { code, reason, payload, .. } = rejected.clone();
            let refusal = Refusal { origin, code: code.to_owned(), reason, payload };
            self.shared.outlet.refused(Refused { at: SystemClock.now(), refusal });
        }
    }
}

fn arrival(event: Inbound) -> Arrival {
    Arrival { text: event.envelope, identity: Some(event.identity), origin: event.origin }
}

fn intake_error(error: HostError) -> IntakeError {
    match error {
        HostError::Busy => IntakeError::Busy(Busy { retry_after: RETRY_AFTER }),
        HostError::Closed => IntakeError::Closed,
        other => IntakeError::Failed(other.to_string()),
    }
}

/// The envelope's id, for the answer.
fn id_of(envelope: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Head<'a> {
        #[serde(borrow)]
        id: std::borrow::Cow<'a, str>,
    }
    serde_json::from_str::<Head<'_>>(envelope).map(|head| head.id.into_owned()).unwrap_or_default()
}
