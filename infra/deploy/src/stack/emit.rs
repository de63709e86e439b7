//! Events of a person, straight into the queue of a stack: past the bus, so that none of its rules can drop them.

use fanin_event::Span;
use fanin_state_first::{Lane, Outgoing, Queue};
use serde::Serialize;
use serde_json::Value;

use super::sender::Sender;
use super::{Stack, told};
use crate::limits::MAX_EMITTED_BYTES;

/// What became of one event.
#[derive(Clone, Debug, Serialize)]
pub struct Emitted {
    /// `sent` or `rejected`.
    pub status: &'static str,
    /// Its id, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why it was not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What its sender should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<&'static str>,
}

impl Stack {
    /// Sends events, each the JSON text of an envelope.
    ///
    /// # Errors
    /// The queue cannot be used.
    pub fn emit(&self, events: &[&str]) -> anyhow::Result<Vec<Emitted>> {
        let sender = Sender::new(self.aws.clone(), &self.names);
        let mut told_of = Vec::with_capacity(events.len());
        for text in events {
            let id = serde_json::from_str::<Value>(text)
                .ok()
                .and_then(|event| event.get("id").and_then(Value::as_str).map(str::to_owned));
            if text.len() > MAX_EMITTED_BYTES {
                let reason = format!("{} bytes, at most {MAX_EMITTED_BYTES} are possible", text.len());
                told_of.push(Emitted { status: "rejected", id, reason: Some(reason), warning: None });
                continue;
            }
            let message = Outgoing { body: (*text).to_owned(), delay: Span(0) };
            let sent = self.runtime.block_on(sender.send(Lane::Conditions, vec![message]));
            for answer in sent {
                answer.map_err(|error| told(&error))?;
            }
            let warning = id.is_none().then_some("without an `id` a repetition of this event counts again");
            told_of.push(Emitted { status: "sent", id, reason: None, warning });
        }
        Ok(told_of)
    }
}
