//! `send: { eventbridge: ... }`: an event on a bus.
//!
//! A payload that looks like an envelope (`source`, `detail-type` and an object `detail`) is that event; any other is the
//! detail of an event of the source `fanin.WORKFLOW` and of the rule's name as its type. The bus gives it an id of its own:
//! the action's id stands among its resources.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use fanin_rule::{Action, Outcome};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::failure::{Thing, done};
use crate::limits::MAX_BUS_EVENT_BYTES;
use crate::names::Home;

/// A payload that is an event already.
#[derive(Deserialize)]
struct Envelope<'a> {
    source: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    #[serde(borrow)]
    detail: &'a RawValue,
    #[serde(default)]
    resources: Vec<String>,
}

/// Puts the event.
pub(crate) async fn call(client: &Client, (bus, home): (&str, &Home), action: &Action) -> Outcome {
    let thing =
        Thing { service: "EventBridge", kind: "event bus", name: bus, permission: "events:PutEvents", home };
    let envelope = serde_json::from_str::<Envelope<'_>>(&action.payload).ok();
    let envelope = envelope.filter(|envelope| envelope.detail.get().starts_with('{'));
    let (source, detail_type, detail, mut resources) = match envelope {
        Some(e) => (e.source, e.detail_type, e.detail.get().to_owned(), e.resources),
        None => (
            format!("fanin.{}", action.workflow),
            action.rule.to_string(),
            action.payload.to_string(),
            Vec::new(),
        ),
    };
    resources.push(format!("fanin-action-id:{}", action.id));
    let bytes =
        source.len() + detail_type.len() + detail.len() + resources.iter().map(String::len).sum::<usize>();
    if bytes > MAX_BUS_EVENT_BYTES {
        return thing.too_large(bytes, MAX_BUS_EVENT_BYTES);
    }
    let entry = PutEventsRequestEntry::builder()
        .event_bus_name(bus)
        .source(source)
        .detail_type(detail_type)
        .detail(detail)
        .set_resources(Some(resources))
        .build();
    match client.put_events().entries(entry).send().await {
        Err(error) => thing.failed(&error),
        Ok(answer) if answer.failed_entry_count() == 0 => done(),
        Ok(answer) => {
            let refused = answer.entries().iter().find(|entry| entry.error_code().is_some());
            let code = refused.and_then(|entry| entry.error_code()).unwrap_or("FailedEntry").to_owned();
            let message = refused.and_then(|entry| entry.error_message()).unwrap_or("no reason given");
            thing.refused(Some(code), 200, message)
        }
    }
}
