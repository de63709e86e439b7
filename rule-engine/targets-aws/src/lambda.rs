//! `invoke`: a function, called and waited for, or handed the payload only.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fanin_dispatch::{client_context, function_answer};
use fanin_rule::Action;
use serde_json::json;

use crate::failure::Thing;
use crate::limits::{MAX_EVENT_PAYLOAD_BYTES, MAX_WAIT_PAYLOAD_BYTES};
use crate::names::Home;
use crate::targets::Called;

/// How a function is invoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The call waits for the answer.
    Wait,
    /// The function is handed the payload; what it answers comes by its destination. A payload that is no object, or too
    /// large for it, is waited for all the same.
    Event {
        /// Version of the plan.
        plan: String,
    },
}

/// Invokes a function.
pub(crate) async fn call(
    client: &Client,
    (function, home): (&str, &Home),
    action: &Action,
    mode: &Mode,
) -> Called {
    let thing = Thing {
        service: "Lambda",
        kind: "function",
        name: function,
        permission: "lambda:InvokeFunction",
        home,
    };
    let tagged = match mode {
        Mode::Event { plan } => tagged(action, plan).filter(|text| text.len() <= MAX_EVENT_PAYLOAD_BYTES),
        Mode::Wait => None,
    };
    let wait = tagged.is_none();
    let payload = tagged.unwrap_or_else(|| action.payload.to_string());
    if payload.len() > MAX_WAIT_PAYLOAD_BYTES {
        return Called::Answered(thing.too_large(payload.len(), MAX_WAIT_PAYLOAD_BYTES));
    }
    let kind = if wait { InvocationType::RequestResponse } else { InvocationType::Event };
    let request = client
        .invoke()
        .function_name(function)
        .invocation_type(kind)
        .client_context(STANDARD.encode(client_context(action)))
        .payload(Blob::new(payload.into_bytes()));
    match request.send().await {
        Ok(_) if !wait => Called::Accepted,
        Ok(answer) => {
            let function_error = answer.function_error().is_some();
            let body = answer.payload.map(Blob::into_inner).unwrap_or_default();
            Called::Answered(function_answer(body, function_error))
        }
        Err(error) => Called::Answered(thing.failed(&error)),
    }
}

/// The payload with our tag in it, by which its answer finds its run. `None`: it is no object.
fn tagged(action: &Action, plan: &str) -> Option<String> {
    let fields = action.payload.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let tag = json!({
        "run": action.run,
        "rule": &*action.rule,
        "index": action.index,
        "attempt": action.attempt,
        "action": action.id.to_string(),
        "plan": plan,
    });
    let comma = if fields.is_empty() { "" } else { "," };
    Some(format!("{{{fields}{comma}\"_fanin\":{tag}}}"))
}

#[cfg(test)]
mod tests {
    use fanin_event::Identity;
    use fanin_rule::{ActionId, Target};

    use super::*;

    fn action(payload: &str) -> Action {
        Action {
            id: ActionId(Identity::of(&["a"])),
            run: Identity([1; 16]),
            index: 2,
            attempt: 3,
            rule: "work".into(),
            workflow: "shop".into(),
            target: Target::Invoke { function: "f".into() },
            payload: payload.into(),
        }
    }

    #[test]
    fn objects_carry_the_tag_beside_their_fields() {
        for payload in [r#"{"a":{"b":"}"}}"#, " {} ", "{\n \"a\" : 1 }"] {
            let text = tagged(&action(payload), "p1").unwrap();
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            let tag = &value["_fanin"];
            assert_eq!(tag["run"], "01010101010101010101010101010101");
            assert_eq!((tag["rule"].as_str(), tag["index"].as_u64()), (Some("work"), Some(2)));
            assert_eq!((tag["attempt"].as_u64(), tag["plan"].as_str()), (Some(3), Some("p1")));
            let mut rest = value.clone();
            rest.as_object_mut().unwrap().remove("_fanin");
            assert_eq!(rest, serde_json::from_str::<serde_json::Value>(payload).unwrap());
        }
        for payload in ["[1]", "null", "\"{}\"", "7"] {
            assert_eq!(tagged(&action(payload), "p1"), None, "{payload}");
        }
    }
}
