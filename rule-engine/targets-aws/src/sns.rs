//! `send: { sns: ... }`: a message of a topic, with the action's id as an attribute. To a FIFO topic as to a FIFO queue.

use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use fanin_rule::{Action, Outcome};

use crate::failure::{Thing, done};
use crate::limits::MAX_MESSAGE_BYTES;
use crate::names::{Home, is_arn};
use crate::sqs::{ACTION_ID, attribute_bytes};

/// Publishes the payload.
pub(crate) async fn call(client: &Client, (topic, home): (&str, &Home), action: &Action) -> Outcome {
    let thing = Thing { service: "Sns", kind: "topic", name: topic, permission: "sns:Publish", home };
    let arn = if is_arn(topic) { Some(topic.to_owned()) } else { home.arn("sns", topic) };
    let Some(arn) = arn else { return thing.needs_arn() };
    let id = action.id.to_string();
    let bytes = action.payload.len() + attribute_bytes(&id);
    if bytes > MAX_MESSAGE_BYTES {
        return thing.too_large(bytes, MAX_MESSAGE_BYTES);
    }
    let attribute = MessageAttributeValue::builder().data_type("String").string_value(&id).build();
    let Ok(attribute) = attribute else {
        return thing.failure("Sns.InvalidRequest".to_owned(), "the attribute cannot be made");
    };
    let fifo = arn.ends_with(".fifo");
    let mut request =
        client.publish().topic_arn(arn).message(&*action.payload).message_attributes(ACTION_ID, attribute);
    if fifo {
        request = request.message_deduplication_id(&id).message_group_id(action.run.to_uuid());
    }
    match request.send().await {
        Ok(_) => done(),
        Err(error) => thing.failed(&error),
    }
}
