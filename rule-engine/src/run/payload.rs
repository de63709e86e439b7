//! Makes the payloads of a run: parses the cause once, renders the template for each call.

use std::sync::Arc;

use serde_json::{Value, json};

use super::failure::Failure;
use super::{Place, Run};
use crate::action::{Action, ActionId};
use crate::compiled::CompiledRule;
use crate::errors::{DATA_LIMIT_EXCEEDED, ITEMS_NOT_A_LIST, PARAMETER_PATH_FAILURE, RUNTIME, TOO_MANY_ITEMS};
use crate::limits::{MAX_MAP_ITEMS, MAX_PAYLOAD_BYTES};

/// The cause's envelope and the items of a `map`, parsed. Never stored: made again from the cause.
#[derive(Clone, Debug)]
pub(super) struct Parsed {
    envelope: Value,
    items: Vec<Value>,
}

impl Run {
    /// How many calls the run has. Keeps what it parsed on the way.
    pub(super) fn lay_out(&mut self, rule: &CompiledRule) -> Result<usize, Failure> {
        if rule.items.is_none() {
            return Ok(1);
        }
        let parsed = self.parse(rule)?;
        let slots = parsed.items.len();
        self.parsed = Some(Box::new(parsed));
        Ok(slots)
    }

    /// Parses the cause, where a payload needs it and it is not parsed yet. What goes wrong here goes wrong again,
    /// and is reported, where the payload is made.
    pub(super) fn ensure_parsed(&mut self, rule: &CompiledRule) {
        if self.parsed.is_none() && rule.input.is_some() {
            self.parsed = self.parse(rule).ok().map(Box::new);
        }
    }

    /// Parses the cause and finds its items.
    pub(super) fn parse(&self, rule: &CompiledRule) -> Result<Parsed, Failure> {
        let envelope: Value = serde_json::from_str(&self.cause.envelope)
            .map_err(|error| Failure::new(RUNTIME, &format!("the event is not JSON: {error}")))?;
        let (Some(path), Some(map)) = (&rule.items, &rule.rule().map) else {
            return Ok(Parsed { envelope, items: Vec::new() });
        };
        let found = path.find(&envelope).ok_or_else(|| {
            Failure::new(
                PARAMETER_PATH_FAILURE,
                &format!("map.items `{}` finds nothing in the event", map.items),
            )
        })?;
        let Value::Array(items) = found else {
            let what = format!("map.items `{}` is not a list in this event", map.items);
            return Err(Failure::new(ITEMS_NOT_A_LIST, &what));
        };
        if items.len() > MAX_MAP_ITEMS {
            let what = format!(
                "map.items `{}` has {} items; at most {MAX_MAP_ITEMS} are allowed",
                map.items,
                items.len()
            );
            return Err(Failure::new(TOO_MANY_ITEMS, &what));
        }
        Ok(Parsed { envelope, items })
    }

    /// The payload of one call, JSON text: the same at every attempt.
    pub(super) fn payload(
        &self,
        rule: &CompiledRule,
        parsed: Option<&Parsed>,
        index: u32,
        id: ActionId,
    ) -> Result<Arc<str>, Failure> {
        let Some(template) = &rule.input else {
            return limited(self.cause.envelope.clone());
        };
        let Some(parsed) = parsed else {
            // It could not be parsed: say why.
            return Err(self
                .parse(rule)
                .err()
                .unwrap_or_else(|| Failure::new(RUNTIME, "the event was not parsed")));
        };
        let definition = rule.rule();
        let mut context = json!({
            "Action": {"Id": id.to_string()},
            "Rule": {"Name": &*definition.name},
            "Workflow": {"Name": &*definition.workflow},
        });
        if let (Some(item), Value::Object(context)) = (parsed.items.get(index as usize), &mut context) {
            let value = if template.uses_map_item() { item.clone() } else { Value::Null };
            context.insert("Map".to_owned(), json!({"Item": {"Index": index, "Value": value}}));
        }
        match template.render(&parsed.envelope, &context) {
            Ok(payload) => limited(payload.to_string().into()),
            Err(failure) => Err(Failure::new(failure.error, &failure.message)),
        }
    }

    /// A call as the dispatcher gets it.
    pub(super) fn action(&self, rule: &CompiledRule, payload: Arc<str>, place: Place) -> Action {
        let definition = rule.rule();
        Action {
            id: place.id,
            run: self.identity,
            index: place.index,
            attempt: place.attempt,
            rule: definition.name.clone(),
            workflow: definition.workflow.clone(),
            target: definition.target.clone(),
            payload,
        }
    }
}

fn limited(payload: Arc<str>) -> Result<Arc<str>, Failure> {
    if payload.len() <= MAX_PAYLOAD_BYTES {
        return Ok(payload);
    }
    let what = format!("a payload of {} bytes; at most {MAX_PAYLOAD_BYTES} are allowed", payload.len());
    Err(Failure::new(DATA_LIMIT_EXCEEDED, &what))
}
