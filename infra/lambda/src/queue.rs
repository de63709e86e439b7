//! The two queues: messages in batches, what a batch answer refused sent again, what is too large put aside.

use std::sync::Arc;

use aws_sdk_sqs::types::{BatchResultErrorEntry, SendMessageBatchRequestEntry};
use fanin_event::{Identity, Span};
use fanin_state_first::{Claims, Lane, Message, Outgoing, Queue};
use fanin_store::state::StateError;
use futures_util::{StreamExt, stream};

use crate::clients::Clients;
use crate::config::Config;
use crate::limits::{
    MAX_BATCH_BYTES, MAX_BATCH_ENTRIES, MAX_DELAY_SECONDS, MAX_MESSAGE_BYTES, MAX_SEND_ROUNDS,
    MAX_SENDS_AT_ONCE, SEND_BACKOFF,
};
use crate::trouble::Thing;

/// The queues of a stack; clones share them.
#[derive(Clone, Debug)]
pub struct SqsQueues<C> {
    clients: Arc<Clients>,
    conditions: Arc<str>,
    rules: Arc<str>,
    claims: C,
}

/// A message on its way: its place among the caller's, its text, its delay in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    place: usize,
    body: String,
    delay: i32,
}

impl<C: Claims> SqsQueues<C> {
    /// The queues that the configuration names.
    #[must_use]
    pub fn new(clients: Arc<Clients>, config: &Config, claims: C) -> SqsQueues<C> {
        SqsQueues {
            clients,
            conditions: config.conditions_queue.as_str().into(),
            rules: config.rules_queue.as_str().into(),
            claims,
        }
    }

    fn thing(&self, lane: Lane) -> Thing<'_> {
        let (name, variable) = match lane {
            Lane::Conditions => (&self.conditions, "FANIN_CONDITIONS_QUEUE"),
            Lane::Rules => (&self.rules, "FANIN_RULES_QUEUE"),
        };
        Thing { service: "SQS", kind: "queue", name, variable, permission: "sqs:SendMessage" }
    }

    /// The message as it is sent: itself, or the key of its claim. The key is made of the text: a repetition makes no second one.
    async fn entry(&self, place: usize, message: Outgoing) -> Result<Entry, StateError> {
        let delay = delay_seconds(message.delay);
        if message.body.len() <= MAX_MESSAGE_BYTES {
            return Ok(Entry { place, body: message.body, delay });
        }
        let key = claim_key(&message.body);
        self.claims.put(&key, &message.body).await?;
        Ok(Entry { place, body: Message::Claimed { key }.to_text(), delay })
    }

    /// Sends one batch, what was refused for a passing reason again. Gives what became of each entry.
    async fn send_batch(&self, lane: Lane, mut batch: Vec<Entry>) -> Vec<(usize, Result<(), StateError>)> {
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut wait = SEND_BACKOFF;
        for round in 1..=MAX_SEND_ROUNDS {
            let refused = match self.send_once(lane, &batch).await {
                Ok(refused) => refused,
                Err(error) => {
                    outcomes.extend(batch.into_iter().map(|entry| (entry.place, Err(error.clone()))));
                    return outcomes;
                }
            };
            let mut again = Vec::new();
            for (index, entry) in batch.into_iter().enumerate() {
                match refused.iter().find(|failure| failure.id() == index.to_string()) {
                    None => outcomes.push((entry.place, Ok(()))),
                    Some(failure) if round < MAX_SEND_ROUNDS && !failure.sender_fault() => again.push(entry),
                    Some(failure) => outcomes.push((entry.place, Err(self.refused(lane, failure)))),
                }
            }
            if again.is_empty() {
                return outcomes;
            }
            batch = again;
            tokio::time::sleep(wait).await;
            wait = wait.saturating_mul(2);
        }
        outcomes
    }

    async fn send_once(&self, lane: Lane, batch: &[Entry]) -> Result<Vec<BatchResultErrorEntry>, StateError> {
        let thing = self.thing(lane);
        let mut request = self.clients.sqs().send_message_batch().queue_url(thing.name);
        for (index, entry) in batch.iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(&entry.body)
                .set_delay_seconds((entry.delay > 0).then_some(entry.delay))
                .build()
                .map_err(|error| StateError::Unusable(format!("queue {}: {error}", thing.name)))?;
            request = request.entries(entry);
        }
        match request.send().await {
            Ok(answer) => Ok(answer.failed),
            Err(error) => Err(thing.error(self.clients.aws(), &error)),
        }
    }

    fn refused(&self, lane: Lane, failure: &BatchResultErrorEntry) -> StateError {
        let status = if failure.sender_fault() { 400 } else { 500 };
        let message = failure.message().unwrap_or_default();
        self.thing(lane).refusal(self.clients.aws(), failure.code(), message, status)
    }
}

impl<C: Claims> Queue for SqsQueues<C> {
    async fn send(&self, lane: Lane, messages: Vec<Outgoing>) -> Vec<Result<(), StateError>> {
        let mut outcomes: Vec<Result<(), StateError>> = messages
            .iter()
            .map(|_| Err(StateError::Unknown("the message was not sent".to_owned())))
            .collect();
        let mut set = |place: usize, outcome| {
            if let Some(slot) = outcomes.get_mut(place) {
                *slot = outcome;
            }
        };
        let mut entries = Vec::with_capacity(messages.len());
        // In order, and no more at once than batches are sent.
        let made = stream::iter(messages.into_iter().enumerate())
            .map(|(place, message)| async move { (place, self.entry(place, message).await) });
        let mut made = made.buffered(MAX_SENDS_AT_ONCE);
        while let Some((place, entry)) = made.next().await {
            match entry {
                Ok(entry) => entries.push(entry),
                Err(error) => set(place, Err(error)),
            }
        }
        let sends = stream::iter(batches(entries)).map(|batch| self.send_batch(lane, batch));
        let mut sends = sends.buffer_unordered(MAX_SENDS_AT_ONCE);
        while let Some(done) = sends.next().await {
            for (place, outcome) in done {
                set(place, outcome);
            }
        }
        outcomes
    }
}

/// Whole seconds, never less than was asked for.
fn delay_seconds(delay: Span) -> i32 {
    let seconds = delay.0.div_ceil(1_000).min(MAX_DELAY_SECONDS);
    i32::try_from(seconds).unwrap_or(0)
}

fn claim_key(body: &str) -> String {
    format!("messages/{}", Identity::of(&["message", body]).to_uuid())
}

/// Fills batches in order.
fn batches(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut batches: Vec<Vec<Entry>> = Vec::new();
    let mut bytes = 0;
    for entry in entries {
        let size = entry.body.len();
        match batches.last_mut() {
            Some(batch) if batch.len() < MAX_BATCH_ENTRIES && bytes + size <= MAX_BATCH_BYTES => {
                bytes += size;
                batch.push(entry);
            }
            _ => {
                bytes = size;
                batches.push(vec![entry]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(sizes: &[usize]) -> Vec<Entry> {
        sizes
            .iter()
            .enumerate()
            .map(|(place, size)| Entry { place, body: "x".repeat(*size), delay: 0 })
            .collect()
    }

    fn shape(sizes: &[usize]) -> Vec<usize> {
        batches(entries(sizes)).iter().map(Vec::len).collect()
    }

    #[test]
    fn ten_a_batch() {
        assert_eq!(shape(&[]), Vec::<usize>::new());
        assert_eq!(shape(&[1; 10]), [10]);
        assert_eq!(shape(&[1; 11]), [10, 1]);
        assert_eq!(shape(&[1; 25]), [10, 10, 5]);
    }

    #[test]
    fn bytes_of_a_batch() {
        assert_eq!(shape(&[MAX_BATCH_BYTES / 2, MAX_BATCH_BYTES / 2]), [2]);
        assert_eq!(shape(&[MAX_BATCH_BYTES / 2, MAX_BATCH_BYTES / 2 + 1]), [1, 1]);
        assert_eq!(shape(&[MAX_MESSAGE_BYTES, 1, 1]), [1, 2]);
    }

    #[test]
    fn order_is_kept() {
        let places: Vec<usize> = batches(entries(&[1; 25])).into_iter().flatten().map(|e| e.place).collect();
        assert_eq!(places, (0..25).collect::<Vec<_>>());
    }

    #[test]
    fn delays_never_come_early() {
        let seconds = |ms| delay_seconds(Span(ms));
        assert_eq!((seconds(0), seconds(1), seconds(1_000), seconds(1_001)), (0, 1, 1, 2));
        assert_eq!((seconds(900_000), seconds(900_001), seconds(u64::MAX)), (900, 900, 900));
    }
}
