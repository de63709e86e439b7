//! Sending into the queues of a stack: one message a request, for a person sends few.

use std::sync::Arc;

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use fanin_state_first::{Lane, Outgoing, Queue};
use fanin_store::state::StateError;
use tokio::sync::OnceCell;

use crate::aws::{Aws, trouble};
use crate::names::Names;

/// The two queues; their URLs are asked for when they are needed.
#[derive(Debug)]
pub(crate) struct Sender {
    aws: Arc<Aws>,
    conditions: (String, OnceCell<String>),
    rules: (String, OnceCell<String>),
}

impl Sender {
    pub(crate) fn new(aws: Arc<Aws>, names: &Names) -> Sender {
        Sender {
            aws,
            conditions: (names.conditions_queue(), OnceCell::new()),
            rules: (names.rules_queue(), OnceCell::new()),
        }
    }

    /// The URL of a queue.
    pub(crate) async fn url(&self, lane: Lane) -> Result<&str, StateError> {
        let (name, url) = match lane {
            Lane::Conditions => &self.conditions,
            Lane::Rules => &self.rules,
        };
        let ask = || async {
            let answer = self.aws.sqs.get_queue_url().queue_name(name).send().await;
            let answer = answer.map_err(|error| unusable(name, "sqs:GetQueueUrl", &error))?;
            answer.queue_url.ok_or_else(|| StateError::Unusable(format!("the queue {name} has no URL")))
        };
        url.get_or_try_init(ask).await.map(String::as_str)
    }

    async fn one(&self, lane: Lane, message: Outgoing) -> Result<(), StateError> {
        let url = self.url(lane).await?.to_owned();
        let seconds = i32::try_from(message.delay.0.div_ceil(1_000)).unwrap_or(i32::MAX);
        let send = self.aws.sqs.send_message().queue_url(&url).message_body(message.body);
        let sent = send.delay_seconds(seconds).send().await;
        sent.map(drop).map_err(|error| unusable(&url, "sqs:SendMessage", &error))
    }
}

impl Queue for Sender {
    async fn send(&self, lane: Lane, messages: Vec<Outgoing>) -> Vec<Result<(), StateError>> {
        let mut answers = Vec::with_capacity(messages.len());
        for message in messages {
            answers.push(self.one(lane, message).await);
        }
        answers
    }
}

fn unusable<E>(queue: &str, permission: &str, error: &SdkError<E>) -> StateError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    StateError::Unusable(trouble(&format!("the queue {queue}"), permission, error).to_string())
}
