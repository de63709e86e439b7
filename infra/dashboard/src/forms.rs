//! What the workflow wants to see, as forms; and the events that are made of what was filled in.

use fanin_event::{EventDefinition, Timestamp};
use fanin_plan::Plan;
use fanin_simulate::build::{Built, build};
use fanin_workflow::SourceSpan;
use fanin_workflow::testfile::Given;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// All forms.
#[derive(Debug, Serialize)]
pub(crate) struct Forms {
    events: Vec<Form>,
    buckets: Vec<String>,
}

/// Of one named event.
#[derive(Debug, Serialize)]
struct Form {
    name: String,
    /// `upload`, `schedule` or `event`.
    kind: &'static str,
    bucket: Option<String>,
    object_key: Option<String>,
    pattern: Value,
    fields: Vec<Field>,
    example: Option<Box<RawValue>>,
}

/// One capture.
#[derive(Debug, Serialize)]
struct Field {
    name: String,
    path: String,
    template: String,
    /// It may have slashes in it.
    deep: bool,
}

/// A form that was filled in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filled {
    pub(crate) event: String,
    #[serde(default)]
    pub(crate) captures: Map<String, Value>,
    #[serde(default)]
    pub(crate) detail: Option<Map<String, Value>>,
    #[serde(default)]
    pub(crate) id: Option<String>,
}

/// Where the key of an upload stands.
const OBJECT_KEY: &str = "$.detail.object.key";

/// The buckets that an event comes from.
fn buckets(pattern: &Value) -> impl Iterator<Item = String> {
    let names = pattern.pointer("/detail/bucket/name").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned))
}

impl Forms {
    /// The forms of a plan.
    pub(crate) fn of(plan: &Plan) -> Forms {
        let events: Vec<Form> = plan.events.iter().map(|event| form(plan, event)).collect();
        let mut all: Vec<String> = events.iter().flat_map(|form| buckets(&form.pattern)).collect();
        all.sort();
        all.dedup();
        Forms { events, buckets: all }
    }
}

fn form(plan: &Plan, event: &EventDefinition) -> Form {
    let pattern: Value = serde_json::from_str(&event.pattern).unwrap_or_default();
    let bucket = buckets(&pattern).next();
    let object_key = event.captures.iter().find(|rule| rule.path == OBJECT_KEY);
    let scheduled = plan.schedules.iter().any(|schedule| schedule.event == event.name);
    let fields: Vec<Field> = event.captures.iter().flat_map(fields).fold(Vec::new(), |mut all, field| {
        if !all.iter().any(|known: &Field| known.name == field.name) {
            all.push(field);
        }
        all
    });
    let captures = fields.iter().map(|field| (field.name.clone(), "1".to_owned())).collect();
    let given = given(&event.name, captures, (None, None));
    let example = build(plan, &given, 0, fanin_simulate::START).ok();
    Form {
        name: event.name.to_string(),
        kind: match &bucket {
            Some(_) => "upload",
            None if scheduled => "schedule",
            None => "event",
        },
        object_key: bucket.as_ref().and(object_key.map(|rule| rule.template.clone())),
        bucket,
        pattern,
        fields,
        example: example.and_then(|built| RawValue::from_string(built.text).ok()),
    }
}

fn fields(rule: &fanin_event::CaptureRule) -> Vec<Field> {
    let Ok(template) = fanin_event::capture::Template::parse(&rule.template) else { return Vec::new() };
    let field = |name: &std::sync::Arc<str>| Field {
        name: name.to_string(),
        path: rule.path.clone(),
        template: rule.template.clone(),
        deep: rule.template.contains(&format!("{{{name}...}}")),
    };
    template.names().iter().map(field).collect()
}

/// An entry of a test's `given`, which is what a filled form is.
pub(crate) fn given(
    event: &str,
    captures: Vec<(String, String)>,
    (id, detail): (Option<String>, Option<Value>),
) -> Given {
    let span = SourceSpan { line: 0, column: 0, length: 0, bytes: 0..0 };
    Given { event: event.to_owned(), captures, at: None, id, detail, span }
}

/// Makes the event of a filled form.
///
/// # Errors
/// The field for which there is no value, and what to write.
pub(crate) fn compose(plan: &Plan, filled: &Filled, now: Timestamp) -> Result<Built, String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let captures = filled.captures.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    let id = filled.id.clone().filter(|id| !id.is_empty()).unwrap_or_else(fanin_sources::fresh_id);
    let detail = filled.detail.clone().map(Value::Object);
    build(plan, &given(&filled.event, captures, (Some(id), detail)), 0, now).map_err(|error| error.reason)
}
