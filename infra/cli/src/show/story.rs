//! A story as text: what an event is, what it came from, what it set off.

mod effects;

pub(crate) use effects::short;

use std::collections::BTreeMap;

use fanin_history::KnownFrom;
use fanin_history::story::document::{Because, Caused, EventKind, EventTold, OperatorTold, Story};

use super::explanation::{Look, near_misses};
use super::moment::short_id;

/// Two spaces a level.
fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

/// The lines of a story. With `head`, the event itself stands first.
pub(crate) fn story(story: &Story, look: Look, head: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if head {
        lines.extend(event(&story.event, look));
    }
    if let Some(because) = &story.because {
        lines.push(look.paint.strong("came from"));
        lines.extend(came_from(because, look, (1, true)));
    }
    let misses: Vec<(String, String)> =
        story.near_misses.iter().map(|miss| (miss.name.clone(), miss.reason.clone())).collect();
    if !misses.is_empty() {
        lines.push(look.paint.strong("is none of the named events"));
        let width = misses.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        lines.extend(misses.iter().map(|(name, why)| {
            format!("  not `{name}`{:pad$}  {why}", "", pad = width - name.chars().count())
        }));
    }
    if !story.effects.is_empty() {
        lines.push(look.paint.strong("set off"));
        lines.extend(effects::effects(&story.effects, look, 1));
    } else if misses.is_empty() {
        lines.push(format!(
            "{}: no condition and no rule listens to it",
            look.paint.strong("set off nothing")
        ));
    }
    lines.extend(limits(story, look));
    lines
}

fn limits(story: &Story, look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    if story.cut {
        lines.push(
            look.paint.wait(
                "more followed than is told here: narrow it with --until, or ask about one of its events",
            ),
        );
    }
    lines.extend(known_from(&story.known_from, look));
    lines
}

/// Says from where on everything is known, if that is not the beginning.
pub(crate) fn known_from(known: &KnownFrom, look: Look) -> Option<String> {
    let at = known.at.as_ref()?;
    Some(look.paint.faint(&format!("the log goes back to {at}; what happened before is not kept")))
}

/// What the event is: its names, when it came, how often.
fn event(told: &EventTold, look: Look) -> Vec<String> {
    if told.kind != EventKind::Raw {
        return vec![derived(told, look)];
    }
    let mut line = format!("event {}", look.paint.strong(&told.id));
    if told.names.is_empty() {
        line.push_str(&format!("  {}", look.paint.wait("unmatched")));
    }
    for named in &told.names {
        line.push_str(&format!("  {}", titled(&named.name, &named.captures)));
    }
    let way = told.origin.as_ref().map(|way| format!(" by {way}")).unwrap_or_default();
    let came = format!("accepted {}{way}", look.clock.moment(told.at.0));
    let mut lines =
        vec![line, format!("  source {:?}, detail-type {:?}, {came}", told.source, told.detail_type)];
    if told.times > 1 {
        let again: Vec<String> = told.again.iter().map(|at| look.clock.moment(at.0)).collect();
        let hidden = told.times.saturating_sub(1).saturating_sub(again.len() as u64);
        let more = if hidden > 0 { format!(" and {hidden} times more") } else { String::new() };
        lines.push(format!("  came again {}{more}", again.join(", ")));
    }
    lines
}

/// `* parts_complete [job=42] fired 02:00:06Z  event 2dd7..ab`
fn derived(told: &EventTold, look: Look) -> String {
    let paint = look.paint;
    let name = told
        .names
        .first()
        .map_or_else(|| told.detail_type.clone(), |named| titled(&named.name, &named.captures));
    let (mark, verb) = match told.kind {
        EventKind::Fired => (paint.good("*"), " fired"),
        EventKind::Timeout => (paint.bad("x"), ""),
        EventKind::Completed | EventKind::Raw => (paint.faint("-"), ""),
        EventKind::Waived => (paint.wait("o"), " was taken as given"),
    };
    let at = look.clock.moment(told.at.0);
    let who = told.operator.as_ref().map(by).unwrap_or_default();
    format!("{mark} {}{verb} {at}{who}  event {}", paint.strong(&name), short_id(&told.id))
}

/// ` by ops@host: no manifest today`
fn by(operator: &OperatorTold) -> String {
    format!(" by {}: {}", operator.by, operator.why)
}

/// `parts_complete [job=42]`
fn titled(name: &str, captures: &BTreeMap<String, String>) -> String {
    let key: Vec<String> = captures.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if key.is_empty() { name.to_owned() } else { format!("{name} [{}]", key.join(", ")) }
}

/// What an event came from; `title`: what it is was not said on the line before.
fn came_from(because: &Because, look: Look, (depth, title): (usize, bool)) -> Vec<String> {
    let pad = indent(depth);
    match because {
        Because::Round { place, by_time, count, missing, operator, members, not_shown } => {
            let how = match (operator, by_time) {
                (Some(operator), _) => format!("ended{}", by(operator)),
                (None, true) => "ended by its time".to_owned(),
                (None, false) => "completed by the last of these".to_owned(),
            };
            let lacked = lacked(missing);
            let round = if place.round > 1 { format!(", round {}", place.round) } else { String::new() };
            let title =
                if title { format!("{}  ", titled(&place.condition, &place.key)) } else { String::new() };
            let mut lines = vec![format!("{pad}{title}{count} counted{lacked}{round}; {how}")];
            lines.extend(members.iter().flat_map(|member| caused(member, look, depth + 1)));
            if *not_shown > 0 {
                let at = lines.len().saturating_sub(usize::from(members.len() > 1));
                lines.insert(at, format!("{pad}  and {not_shown} more"));
            }
            lines
        }
        Because::Run { run, cause } => {
            let mut lines = effects::run(run, look, depth);
            lines.push(format!("{}  started by", indent(depth)));
            lines.extend(caused(cause, look, depth + 2));
            lines
        }
        Because::Forgotten => {
            vec![format!("{pad}{}", look.paint.faint("events before what the log still holds"))]
        }
    }
}

/// `, 1 more was missing`
fn lacked(missing: &serde_json::Value) -> String {
    match missing {
        serde_json::Value::Array(names) if !names.is_empty() => {
            let names: Vec<String> =
                names.iter().filter_map(|n| n.as_str()).map(|n| format!("`{n}`")).collect();
            format!(", {} was missing", names.join(", "))
        }
        serde_json::Value::Number(number) if number.as_u64() != Some(0) => {
            format!(", {number} more was missing")
        }
        _ => String::new(),
    }
}

/// One event that something came from, and what it came from in its turn.
fn caused(member: &Caused, look: Look, depth: usize) -> Vec<String> {
    let told = &member.event;
    let pad = indent(depth);
    let elsewhere = if member.told_elsewhere { "  (told above)" } else { "" };
    let mut lines = if told.kind == EventKind::Raw {
        let named = told.names.iter().find(|named| named.name == member.name).or(told.names.first());
        let none = BTreeMap::new();
        let (name, captures) = named.map_or((member.name.as_str(), &none), |n| (&n.name, &n.captures));
        let name = titled(name, captures);
        let when =
            if told.times == 0 { "before what is kept".to_owned() } else { look.clock.moment(told.at.0) };
        vec![format!("{pad}{name}  {when}  event {}{elsewhere}", short_id(&told.id))]
    } else {
        vec![format!("{pad}{}{elsewhere}", derived(told, look))]
    };
    if let Some(because) = &member.because {
        lines.extend(came_from(because, look, (depth + 1, false)));
    }
    lines
}

/// The lines about several events that fit what was asked for.
pub(crate) fn candidates(all: &[EventTold], more: bool, look: Look) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for told in all {
        let name = told.names.first().map_or(told.detail_type.as_str(), |named| &named.name);
        let at = look.clock.moment(told.at.0);
        let source = if told.source.is_empty() { String::new() } else { format!("  from {}", told.source) };
        lines.push(format!("  {}  {at}  {name}{source}  (id {})", told.identity, told.id));
    }
    if more {
        lines.push("  and more".to_owned());
    }
    lines
}

/// The near misses of an instance, under a title.
pub(crate) fn misses(rows: &[fanin_runtime::documents::NearMissRow], most: usize, look: Look) -> Vec<String> {
    let told: Vec<(String, String)> =
        rows.iter().take(most).map(|row| (row.event.clone(), row.reason.clone())).collect();
    near_misses("near misses", &told, look)
}
