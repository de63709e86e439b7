//! Makes the event of a `given` entry: one that its pattern accepts, with its captures written in, through the ordinary decoder.

use fanin_event::{EventDefinition, Identity, Timestamp};
use fanin_plan::Plan;
use fanin_triggers::{Context, Raw, decode};
use fanin_workflow::testfile::Given;
use serde_json::{Map, Value};

/// An event, ready to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// Its own time, and when it arrives unless that is varied.
    pub at: Timestamp,
    /// What makes a repetition a repetition.
    pub identity: Identity,
    /// The envelope.
    pub text: String,
    /// The envelope's id: as the test wrote it, or `given-N`.
    pub id: String,
    /// As which event it was given.
    pub event: String,
}

/// An entry of which no event can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("given entry {}, {event:?}: {reason}", .ordinal + 1)]
pub struct BuildError {
    /// Its place in `given`, from 0.
    pub ordinal: usize,
    /// The event's name.
    pub event: String,
    /// What is wrong and what to write.
    pub reason: String,
}

/// Makes the event of `given`, the `ordinal`th of its case.
///
/// # Errors
/// The field for which no value could be found, and what to write.
pub fn build(plan: &Plan, given: &Given, ordinal: usize, at: Timestamp) -> Result<Built, BuildError> {
    let fail = |reason: String| BuildError { ordinal, event: given.event.to_string(), reason };
    let definition = plan.events.iter().find(|e| *e.name == *given.event);
    let definition = definition.ok_or_else(|| fail("the workflow has no event of this name".to_owned()))?;
    let pattern =
        fanin_event::pattern::Pattern::parse(&definition.pattern).map_err(|e| fail(e.to_string()))?;
    let mut event = pattern.example().map_err(|e| fail(e.to_string()))?;
    for rule in &definition.captures {
        let text = fill(definition, &rule.template, given).map_err(&fail)?;
        let pointer = pointer(&rule.path).ok_or_else(|| {
            fail(format!("a value cannot be written at {}: give it with `detail: ...`", rule.path))
        })?;
        write(&mut event, &pointer, text);
    }
    let id = given.id.clone().unwrap_or_else(|| format!("given-{}", ordinal + 1));
    let envelope =
        event.as_object_mut().ok_or_else(|| fail("the pattern's example is no object".to_owned()))?;
    complete(envelope, given, &id, at);
    let text = event.to_string();
    let mut no_ids = || id.clone();
    let mut answers = decode(&Raw::detect(text.as_bytes()), &mut Context::new(at, &mut no_ids));
    match answers.pop() {
        Some(Ok(decoded)) => {
            let event = given.event.clone();
            Ok(Built { at, identity: decoded.identity, text: decoded.envelope, id: id.clone(), event })
        }
        Some(Err(rejected)) => Err(fail(rejected.reason)),
        None => Err(fail("it is no event".to_owned())),
    }
}

fn fill(definition: &EventDefinition, template: &str, given: &Given) -> Result<String, String> {
    let template = fanin_event::capture::Template::parse(template).map_err(|e| e.to_string())?;
    let value = |name: &str| given.captures.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    template.fill(value).map_err(|e| format!("`{}`: {e}", definition.name))
}

/// The members a simple path goes through; none for a path with wildcards, filters or indexes.
fn pointer(path: &str) -> Option<Vec<String>> {
    fanin_event::capture::simple_path(path)
}

fn write(event: &mut Value, steps: &[String], text: String) {
    let mut at = event;
    for step in steps {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        let Some(object) = at.as_object_mut() else { return };
        at = object.entry(step.clone()).or_insert(Value::Null);
    }
    *at = Value::String(text);
}

/// Adds what every event has, where the pattern did not fix it: id, time, and what tells one upload from the next.
fn complete(envelope: &mut Map<String, Value>, given: &Given, id: &str, at: Timestamp) {
    envelope.insert("id".to_owned(), Value::String(id.to_owned()));
    envelope.insert("time".to_owned(), Value::String(at.to_string()));
    for name in ["source", "detail-type"] {
        envelope.entry(name).or_insert_with(|| Value::String("test".to_owned()));
    }
    let upload = envelope.get("source").and_then(Value::as_str) == Some("aws.s3");
    let detail = envelope.entry("detail").or_insert_with(|| Value::Object(Map::new()));
    if upload
        && let Some(object) =
            detail.as_object_mut().and_then(|d| d.get_mut("object")).and_then(Value::as_object_mut)
    {
        // Two uploads of one key are two events; one delivered twice is one: the sequencer says so, as in the store.
        object
            .entry("sequencer")
            .or_insert_with(|| Value::String(format!("{:016X}", Identity::of(&[id]).short())));
        object.entry("size").or_insert_with(|| Value::from(1));
    }
    if let Some(extra) = &given.detail {
        merge(detail, extra);
    }
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}
