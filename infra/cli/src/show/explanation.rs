//! An explanation as text: why an instance has, or has not, fired, and what it still needs.

use fanin_condition::{Asks, Explanation, MemberSeen, Missing, State};
use fanin_event::{Span, Timestamp};

use super::moment::{Clock, duration, short_id};
use super::paint::Paint;

/// Members shown; further ones are given as a number.
const MEMBERS: usize = 20;
/// Near misses shown; further ones are given as a number.
const MISSES: usize = 10;

/// How text is shown: its colours, and from where moments are told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) paint: Paint,
    pub(crate) clock: Clock,
}

/// The lines about one instance: what it is, its members, what is needed and by when, what else came.
pub(crate) fn explanation(told: &Explanation, look: Look) -> Vec<String> {
    let mut lines = vec![head(told, look)];
    lines.extend(members(told, look));
    lines.extend(needed(told, look).map(|line| format!("  {line}")));
    lines.extend(besides(told, look).into_iter().map(|line| format!("  {}", look.paint.faint(&line))));
    lines
}

/// The lines about events that came near: `title`, then for each its id and why it is not what was asked for.
pub(crate) fn near_misses(title: &str, misses: &[(String, String)], look: Look) -> Vec<String> {
    if misses.is_empty() {
        return Vec::new();
    }
    let ids: Vec<String> = misses.iter().take(MISSES).map(|(id, _)| short_id(id)).collect();
    let width = ids.iter().map(|id| id.chars().count()).max().unwrap_or(0);
    let mut lines = vec![look.paint.strong(title)];
    for (id, (_, reason)) in ids.iter().zip(misses) {
        lines.push(format!("  event {id:width$}  {reason}"));
    }
    if misses.len() > MISSES {
        lines.push(format!("  and {} more", misses.len() - MISSES));
    }
    lines
}

/// `parts_complete [job=42]`
fn title(told: &Explanation) -> String {
    let key: Vec<String> = told.key.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if key.is_empty() {
        told.condition.to_string()
    } else {
        format!("{} [{}]", told.condition, key.join(", "))
    }
}

fn head(told: &Explanation, look: Look) -> String {
    let paint = look.paint;
    let closed = told.closed_at.map(|at| look.clock.moment(at)).unwrap_or_default();
    let (mark, state) = match told.state {
        State::New => (paint.wait("o"), "has seen nothing yet".to_owned()),
        State::Open => (paint.wait("o"), format!("has not fired{}", progress(told))),
        State::Idle => (
            paint.good("*"),
            format!("is between rounds: round {} is over, the next event opens another", told.round),
        ),
        State::Fired => (paint.good("*"), format!("fired at {closed}{}", progress(told))),
        State::TimedOut => (paint.bad("x"), format!("timed out at {closed}{}", progress(told))),
        State::Satisfied => (paint.faint("-"), format!("will not fire: both came in time, at {closed}")),
    };
    format!("{mark} {} {state}", paint.strong(&title(told)))
}

/// `: 2 of 3 (reach from manifest 018f..c2)`
fn progress(told: &Explanation) -> String {
    let mut text = match (told.asks, told.needed) {
        (Asks::Absent | Asks::AbsentAfter, _) => String::new(),
        (_, Some(needed)) => format!(": {} of {needed}", told.count),
        (_, None) => format!(": {} so far; no event has brought `reach` yet", told.count),
    };
    if let Some(reach) = &told.reach {
        let name = told.members.iter().find(|m| m.id == reach.from).map(|m| format!("{} ", m.name));
        text.push_str(&format!(" (reach from {}{})", name.unwrap_or_default(), short_id(&reach.from)));
    }
    if told.round > 1 && told.state == State::Open {
        text.push_str(&format!(", round {}", told.round));
    }
    text
}

/// One line each: what it is, when it was seen, its id. The event that only brought `reach` stands in the head line.
fn members(told: &Explanation, look: Look) -> Vec<String> {
    let brought = told.reach.as_ref().map(|r| r.from.as_str());
    let shown = |m: &&MemberSeen| {
        let counted = told.counted.as_ref().is_none_or(|name| *name == m.name);
        counted || brought != Some(m.id.as_str())
    };
    let seen: Vec<&MemberSeen> = told.members.iter().filter(shown).collect();
    let absent = matches!(told.asks, Asks::Absent | Asks::AbsentAfter);
    let missing: Vec<String> = match &told.missing {
        Missing::Names(names) if told.state == State::Open && !absent => {
            names.iter().map(ToString::to_string).collect()
        }
        _ => Vec::new(),
    };
    let labels: Vec<String> = seen.iter().take(MEMBERS).map(|m| label(told, m)).collect();
    let width = labels.iter().chain(&missing).map(|l| l.chars().count()).max().unwrap_or(0);
    let mut lines: Vec<String> = Vec::new();
    for (label, member) in labels.iter().zip(&seen) {
        let times = if member.times > 1 { format!("   ({} times)", member.times) } else { String::new() };
        let at = look.clock.moment(member.accepted);
        if let Some(waived) = &member.waived {
            lines.push(format!("  {label:width$}  taken as given {at} by {}: {}", waived.by, waived.why));
            continue;
        }
        lines.push(format!("  {label:width$}  seen {at}  event {}{times}", short_id(&member.id)));
    }
    let hidden = told.members_not_shown + seen.len().saturating_sub(MEMBERS) as u64;
    if hidden > 0 {
        lines.push(format!("  and {hidden} more"));
    }
    for name in &missing {
        let again = told.asks == Asks::Sequence && seen.iter().any(|member| *member.name == **name);
        let not = if again { "not seen after the one before it" } else { "not seen" };
        lines.push(format!("  {name:width$}  {}", look.paint.wait(not)));
    }
    lines
}

/// What tells one member from the others: the distinct capture, else its name and the captures beyond the key.
fn label(told: &Explanation, member: &MemberSeen) -> String {
    if let Some(distinct) = told.distinct.as_deref()
        && let Some(value) = member.captures.get(distinct)
    {
        return format!("{distinct}={value}");
    }
    let beyond = member.captures.iter().filter(|(name, _)| !told.key.contains_key(name.as_str()));
    let beyond: Vec<String> = beyond.map(|(name, value)| format!("{name}={value}")).collect();
    if beyond.is_empty() { member.name.to_string() } else { format!("{} {}", member.name, beyond.join(" ")) }
}

/// `1 more distinct `part` needed; times out 03:10:00Z (in 43m)`
fn needed(told: &Explanation, look: Look) -> Option<String> {
    match told.state {
        State::Open => {
            let parts = [lacks(told), ends(told, look)];
            let text = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
            (!text.is_empty()).then_some(text)
        }
        State::Fired | State::TimedOut | State::Satisfied => {
            let lacked = if told.state == State::TimedOut { lacks(told) } else { None };
            let kept = told.forgotten_at.map(|at| format!("remembered until {}", when(at, look)));
            let text = lacked.into_iter().chain(kept).collect::<Vec<_>>().join("; ");
            (!text.is_empty()).then_some(text)
        }
        State::New | State::Idle => None,
    }
}

fn lacks(told: &Explanation) -> Option<String> {
    let quoted = |names: &[std::sync::Arc<str>]| {
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    let needs = if told.state == State::TimedOut { "was missing" } else { "needed" };
    match &told.missing {
        Missing::More(more) => {
            let what = match (&told.distinct, &told.counted) {
                (Some(distinct), _) => format!("distinct `{distinct}` "),
                (None, Some(name)) => format!("`{name}` "),
                (None, None) => String::new(),
            };
            Some(format!("{more} more {what}{needs}"))
        }
        Missing::Unknown => {
            let other = told.counts.keys().find(|name| Some(*name) != told.counted.as_ref());
            let other = other.map_or("an event".to_owned(), |name| format!("`{name}`"));
            Some(format!("{other} {needs}, which brings `reach`"))
        }
        Missing::Names(names) if names.is_empty() => None,
        Missing::Names(names) => match told.asks {
            Asks::Absent | Asks::AbsentAfter => None,
            Asks::Any => Some(format!("one of {} {needs}", quoted(names))),
            Asks::AtLeast => {
                let more = told.needed.unwrap_or(0).saturating_sub(told.count);
                Some(format!("{more} more of {} {needs}", quoted(names)))
            }
            Asks::Sequence if told.state == State::Open => {
                Some(format!("{} {needs} next in the sequence, by the events' own time", quoted(names)))
            }
            _ => Some(format!("{} {needs}", quoted(names))),
        },
    }
}

fn ends(told: &Explanation, look: Look) -> Option<String> {
    if let Some(deadline) = told.deadline {
        let at = when(deadline, look);
        let awaited = match &told.missing {
            Missing::Names(names) => names.first().map(ToString::to_string).unwrap_or_default(),
            _ => String::new(),
        };
        return Some(match told.asks {
            Asks::Absent | Asks::AbsentAfter => format!("fires {at} unless `{awaited}` comes"),
            Asks::CountTumbling => format!("its window ends {at}"),
            _ => format!("times out {at}"),
        });
    }
    told.forgotten_at.map(|at| format!("has no deadline and is forgotten {}", when(at, look)))
}

/// `03:10:00Z (in 43m)`
fn when(at: Timestamp, look: Look) -> String {
    let now = look.clock.now;
    let far = if at > now {
        format!("in {}", duration(at.since(now)))
    } else if at == now {
        "now".to_owned()
    } else {
        format!("{} ago", duration(now.since(at)))
    };
    format!("{} ({far})", look.clock.moment(at))
}

/// What came and did not count, and a `reach` that does not hold.
fn besides(told: &Explanation, look: Look) -> Vec<String> {
    let counts = [
        (told.duplicates, "repeated delivery", "repeated deliveries", "the same event again"),
        (told.extra, "extra event", "extra events", "its place was taken already"),
        (told.late, "late event", "late events", "it came after the end"),
    ];
    let mut parts = Vec::new();
    for (count, one, many, why) in counts {
        if count > 0 {
            let what = if count == 1 { one } else { many };
            parts.push(format!("{count} {what} ({why})"));
        }
    }
    let mut lines = Vec::new();
    if !parts.is_empty() {
        lines.push(format!("did not count: {}", parts.join(", ")));
    }
    if let Some(reach) = &told.reach
        && let Some((value, from)) = &reach.conflict
    {
        let others =
            if reach.conflicts > 1 { format!(", and {} before", reach.conflicts - 1) } else { String::new() };
        lines.push(format!(
            "another `reach` came later and does not hold: {value} from {}{others}",
            short_id(from)
        ));
    }
    let idle =
        told.state == State::Open && told.last_at.is_some_and(|at| look.clock.now.since(at) > Span::days(1));
    if let Some(at) = told.last_at.filter(|_| idle) {
        lines.push(format!("the last event came {}", when(at, look)));
    }
    lines
}

#[cfg(test)]
#[path = "explanation/tests.rs"]
mod tests;
