//! `send: { sqs: ... }`: a message with the action's id as an attribute.
//!
//! To a FIFO queue the id is the deduplication id too, and the run is the group: fanin promises no order between runs, and one
//! run must not wait for another.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::MessageAttributeValue;
use fanin_rule::{Action, Outcome};

use crate::failure::{Thing, done};
use crate::limits::MAX_MESSAGE_BYTES;
use crate::names::{Home, is_arn, parts};

/// The attribute that carries the action's id.
pub(crate) const ACTION_ID: &str = "fanin-action-id";

fn thing<'a>((queue, home): (&'a str, &'a Home), permission: &'static str) -> Thing<'a> {
    Thing { service: "Sqs", kind: "queue", name: queue, permission, home }
}

/// The URL of a queue: asked for, unless it was written.
pub(crate) async fn address(client: &Client, (queue, home): (&str, &Home)) -> Result<String, Outcome> {
    if queue.starts_with("http://") || queue.starts_with("https://") {
        return Ok(queue.to_owned());
    }
    let (owner, name) = match parts(queue).filter(|_| is_arn(queue)) {
        Some((owner, name)) => (Some(owner.to_owned()), name),
        None => (None, queue),
    };
    let request = client.get_queue_url().queue_name(name).set_queue_owner_aws_account_id(owner);
    let thing = thing((queue, home), "sqs:GetQueueUrl");
    match request.send().await {
        Ok(answer) => answer
            .queue_url
            .ok_or_else(|| thing.failure("Sqs.NoQueueUrl".to_owned(), "the service gave no address for it")),
        Err(error) => Err(thing.failed(&error)),
    }
}

/// Sends the payload.
pub(crate) async fn send(client: &Client, place: (&str, &Home), url: &str, action: &Action) -> Outcome {
    let thing = thing(place, "sqs:SendMessage");
    let id = action.id.to_string();
    let bytes = action.payload.len() + attribute_bytes(&id);
    if bytes > MAX_MESSAGE_BYTES {
        return thing.too_large(bytes, MAX_MESSAGE_BYTES);
    }
    let attribute = MessageAttributeValue::builder().data_type("String").string_value(&id).build();
    let Ok(attribute) = attribute else {
        return thing.failure("Sqs.InvalidRequest".to_owned(), "the attribute cannot be made");
    };
    let mut request = client
        .send_message()
        .queue_url(url)
        .message_body(&*action.payload)
        .message_attributes(ACTION_ID, attribute);
    if url.ends_with(".fifo") {
        request = request.message_deduplication_id(&id).message_group_id(action.run.to_uuid());
    }
    match request.send().await {
        Ok(_) => done(),
        Err(error) => thing.failed(&error),
    }
}

/// What the attribute counts: its name, its type and its value.
pub(crate) fn attribute_bytes(id: &str) -> usize {
    ACTION_ID.len() + "String".len() + id.len()
}
