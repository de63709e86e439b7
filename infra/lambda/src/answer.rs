//! What a function answers the event source mapping: the messages that have to come again.

use fanin_state_first::{Handled, Received};
use serde::Serialize;

/// A partial batch answer. Only with `ReportBatchItemFailures` on the mapping does the queue keep what is named here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchAnswer {
    batch_item_failures: Vec<Failure>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

impl BatchAnswer {
    /// From what became of each message. A message without an answer comes again: nothing is forgotten by a mistake.
    #[must_use]
    pub fn new(received: Vec<Received>, handled: &[Handled]) -> BatchAnswer {
        let again = |(index, message): (usize, Received)| {
            (handled.get(index) != Some(&Handled::Done)).then_some(Failure { item_identifier: message.id })
        };
        BatchAnswer { batch_item_failures: received.into_iter().enumerate().filter_map(again).collect() }
    }

    /// How many come again.
    #[must_use]
    pub fn again(&self) -> usize {
        self.batch_item_failures.len()
    }
}
