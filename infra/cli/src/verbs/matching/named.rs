//! Which named events of a workflow an event is, what that touches, and why it is not the others.

use std::path::Path;

use anyhow::Context as _;
use fanin_condition::{Condition, Kind, Member};
use fanin_event::{Hit, NearMiss, Recognizer, Scratch};
use fanin_plan::{Names, Plan};
use fanin_triggers::{Decoded, Rejected};
use fanin_workflow::duration;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::payloads::{self, Payload};
use super::{exit, single};
use crate::args::{Global, Output};
use crate::console::{Exit, data};
use crate::show::paint::Paint;
use crate::verbs::files;

/// Events that it is not, shown as text; `-o json` has all of them.
const MISSES: usize = 12;

/// An event and what it is.
#[derive(Debug, Serialize)]
struct Seen {
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    id: String,
    source: String,
    detail_type: String,
    time: String,
    named: Vec<Named>,
    misses: Vec<Miss>,
}

/// A named event that it is.
#[derive(Debug, Serialize)]
struct Named {
    event: String,
    captures: Map<String, Value>,
    conditions: Vec<Touched>,
    rules: Vec<String>,
}

/// An instance that it goes to.
#[derive(Debug, Serialize)]
struct Touched {
    condition: String,
    key: Map<String, Value>,
    /// What it is there, in words.
    role: String,
}

/// A named event that it is not.
#[derive(Debug, Serialize)]
struct Miss {
    event: String,
    field: String,
    reason: String,
    fields_fit: usize,
    fields: usize,
}

pub(super) fn run(global: &Global, workflow: &Path, payloads: &[Payload]) -> anyhow::Result<Exit> {
    let Some(plan) = files::compile(global, workflow)? else { return Ok(Exit::No) };
    let recognizer = Recognizer::new(&plan.events).context("the workflow's events")?;
    let names = Names::link(&plan);
    let (mut seen, mut refused) = (Vec::new(), Vec::new());
    let paint = Paint::of_output(global);
    let mut matched = false;
    let mut scratch = Scratch::new();
    for payload in payloads {
        let answers = payloads::events(payload);
        payloads::tell_empty(payload, &answers);
        for answer in answers {
            match answer {
                Ok(event) => {
                    let event = look(&plan, &names, &recognizer, (&event, payload), &mut scratch);
                    matched |= !event.named.is_empty();
                    match global.output {
                        Output::Text => lines(&event, paint).iter().for_each(|line| data(line)),
                        Output::Jsonl => data(&serde_json::to_string(&event)?),
                        Output::Json => seen.push(event),
                    }
                }
                Err(rejected) => refused.push(refusal(global, payload, &rejected, paint)),
            }
        }
    }
    if global.output == Output::Json {
        data(&json!({ "workflow": &*plan.workflow, "events": seen, "refused": refused }).to_string());
    }
    Ok(exit(matched, !refused.is_empty()))
}

/// Tells of a payload that cannot be read, unless it goes into the one document; gives it as JSON.
pub(super) fn refusal(global: &Global, payload: &Payload, rejected: &Rejected, paint: Paint) -> Value {
    let document = json!({ "place": payload.place, "code": rejected.code, "reason": rejected.reason });
    match global.output {
        Output::Text => {
            let place = payload.place.as_ref().map(|p| format!("{p}: ")).unwrap_or_default();
            data(&format!("{place}{}: {} ({})", paint.bad("refused"), rejected.reason, rejected.code));
        }
        Output::Jsonl => data(&json!({ "refused": document }).to_string()),
        Output::Json => {}
    }
    document
}

fn look(
    plan: &Plan,
    names: &Names,
    recognizer: &Recognizer,
    (event, payload): (&Decoded, &Payload),
    scratch: &mut Scratch,
) -> Seen {
    let mut seen = Seen {
        place: payload.place.clone(),
        id: event.id.clone(),
        source: String::new(),
        detail_type: String::new(),
        time: String::new(),
        named: Vec::new(),
        misses: nearest(recognizer.explain(&event.envelope)),
    };
    if let Ok(recognized) = recognizer.recognize(&event.envelope, scratch) {
        let header = recognized.header();
        let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
        (seen.source, seen.detail_type) = (text(header.source), text(header.detail_type));
        seen.time = text(header.time);
        seen.named = recognized.hits().map(|hit| named(plan, names, recognizer, &hit)).collect();
    }
    seen
}

/// The nearest first: by the part of the fields that fit, then in the order of the workflow.
fn nearest(misses: Vec<NearMiss>) -> Vec<Miss> {
    let mut misses: Vec<Miss> = misses
        .into_iter()
        .map(|miss| Miss {
            event: miss.name.to_string(),
            field: miss.field,
            reason: miss.reason,
            fields_fit: miss.matched.0,
            fields: miss.matched.1,
        })
        .collect();
    misses.sort_by(|a, b| (b.fields_fit * a.fields.max(1)).cmp(&(a.fields_fit * b.fields.max(1))));
    misses
}

fn named(plan: &Plan, names: &Names, recognizer: &Recognizer, hit: &Hit<'_>) -> Named {
    let event = recognizer.name(hit.definition).map(ToString::to_string).unwrap_or_default();
    let captured: Vec<&str> = hit.captures().collect();
    let pairs = recognizer.capture_names(hit.definition).iter().zip(&captured);
    let captures = pairs.map(|(name, value)| (name.to_string(), json!(value))).collect();
    let entry = names.find(&event).and_then(|id| names.get(id));
    let members = entry.into_iter().flat_map(|entry| &entry.members);
    let conditions = members
        .filter_map(|(condition, member)| {
            let condition = plan.conditions.get(*condition)?;
            Some(touched(condition, usize::from(*member), &captured))
        })
        .collect();
    let rules = entry.into_iter().flat_map(|entry| &entry.rules);
    let rules = rules.filter_map(|at| Some(plan.rules.get(*at)?.name.to_string())).collect();
    Named { event, captures, conditions, rules }
}

fn touched(condition: &Condition, place: usize, captured: &[&str]) -> Touched {
    let member = condition.members.get(place);
    let value = |at: u16| captured.get(usize::from(at)).copied().unwrap_or_default();
    let key = member.map(|m| m.key.as_slice()).unwrap_or_default();
    let key = condition.by.iter().zip(key).map(|(name, at)| (name.to_string(), json!(value(*at)))).collect();
    let role = member.map(|member| role(condition, place, member, &value)).unwrap_or_default();
    Touched { condition: condition.name.to_string(), key, role }
}

/// What the event is to the condition, in words.
fn role<'a>(condition: &Condition, place: usize, member: &Member, value: &dyn Fn(u16) -> &'a str) -> String {
    let of = condition.members.len();
    match &condition.kind {
        Kind::All => format!("one of {of} that must all come"),
        Kind::Any => "enough on its own".to_owned(),
        Kind::AtLeast { n } => format!("one of {of}, of which {n} must come"),
        Kind::Sequence => format!("step {} of {of}", place + 1),
        Kind::Count { .. } => {
            let mut words = Vec::new();
            if place == 0 {
                let distinct =
                    member.distinct.and_then(|at| Some((member.captures.get(usize::from(at))?, at)));
                words.push(match distinct {
                    Some((name, at)) => format!("counts once for {name}={}", value(at)),
                    None => "counts".to_owned(),
                });
            }
            words.extend(member.reach.map(|at| match single::whole_number(value(at)) {
                Some(number) => format!("says that {number} must be reached"),
                None => format!(
                    "brings `{}` as the number to reach, which is no whole number from 1 to 10,000,000: it would go to the \
                     dead letters",
                    value(at)
                ),
            }));
            words.join(", ")
        }
        Kind::Absent { hold } => {
            let hold = duration::format(*hold);
            match (place, of) {
                (0, 1) => format!("starts the wait of {hold} again"),
                (0, _) => "came, so nothing is missing".to_owned(),
                _ => format!("starts the wait of {hold}"),
            }
        }
    }
}

fn lines(event: &Seen, paint: Paint) -> Vec<String> {
    let place = event.place.as_ref().map(|p| format!("{p}: ")).unwrap_or_default();
    let mut lines = vec![format!(
        "{place}event {}  {:?} from {:?}, {}",
        paint.strong(&event.id),
        event.detail_type,
        event.source,
        event.time
    )];
    for named in &event.named {
        let captures: Vec<String> = named.captures.iter().map(pair).collect();
        let captures = if captures.is_empty() { String::new() } else { format!("  {}", captures.join(" ")) };
        lines.push(format!("  {} {}{captures}", paint.good("is"), paint.strong(&named.event)));
        for touched in &named.conditions {
            let key: Vec<String> = touched.key.iter().map(pair).collect();
            let key = if key.is_empty() { String::new() } else { format!(" [{}]", key.join(", ")) };
            lines.push(format!("    condition {}{key}: {}", touched.condition, touched.role));
        }
        lines.extend(named.rules.iter().map(|rule| format!("    rule {rule}: called")));
        if named.conditions.is_empty() && named.rules.is_empty() {
            lines.push("    no condition and no rule listens to it".to_owned());
        }
    }
    if event.named.is_empty() {
        lines.push(format!("  {} of the named events; nearest first:", paint.bad("is none")));
    } else if !event.misses.is_empty() {
        lines.push("  is not".to_owned());
    }
    let width = event.misses.iter().take(MISSES).map(|miss| miss.event.chars().count()).max().unwrap_or(0);
    for miss in event.misses.iter().take(MISSES) {
        let fit = if miss.fields > 0 && miss.fields_fit < miss.fields {
            paint.faint(&format!("  ({} of {} fields fit)", miss.fields_fit, miss.fields))
        } else {
            String::new()
        };
        lines.push(format!("    {:width$}  {}{fit}", miss.event, miss.reason));
    }
    if event.misses.len() > MISSES {
        lines.push(format!("    and {} more; `-o json` has them all", event.misses.len() - MISSES));
    }
    lines
}

fn pair((name, value): (&String, &Value)) -> String {
    format!("{name}={}", value.as_str().unwrap_or_default())
}
