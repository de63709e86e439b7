//! `respond`: a stub that answers or fails as declared.

use std::time::Duration;

use fanin_event::Span;
use fanin_rule::Outcome;

use crate::errors::failed;

/// A stub.
#[derive(Debug)]
pub(super) struct Respond {
    outcome: Outcome,
    after: Duration,
}

impl Respond {
    pub(super) fn new(value: &serde_json::Value, fail: Option<&str>, after: Span) -> Respond {
        let outcome = match fail {
            Some(error) => failed(error, "the workflow declares this function to fail"),
            None => Outcome::Done { result: value.to_string() },
        };
        Respond { outcome, after: super::duration(after) }
    }

    pub(super) async fn call(&self) -> Outcome {
        if !self.after.is_zero() {
            tokio::time::sleep(self.after).await;
        }
        self.outcome.clone()
    }

    /// The answer of a stub without `after`.
    pub(super) fn immediate(&self) -> Option<Outcome> {
        self.after.is_zero().then(|| self.outcome.clone())
    }
}
