//! What an event set off, as an indented list.

use fanin_history::story::document::{CallTold, Consequence, Effect, Fate, LetterTold, RunTold};

use super::{derived, indent, titled};
use crate::show::explanation::Look;

/// Characters of an answer that are shown on its line.
const ANSWER: usize = 80;

/// The lines of what an event set off.
pub(super) fn effects(effects: &[Effect], look: Look, depth: usize) -> Vec<String> {
    effects.iter().flat_map(|effect| one(effect, look, depth)).collect()
}

fn one(effect: &Effect, look: Look, depth: usize) -> Vec<String> {
    let pad = indent(depth);
    match effect {
        Effect::Reached { .. } => reached(effect, look, depth),
        Effect::Ran { run: ran, known: true, .. } => {
            vec![format!("{pad}rule {}  was started by the same event before: nothing happened", ran.rule)]
        }
        Effect::Ran { run: ran, then, .. } => {
            let mut lines = run(ran, look, depth);
            match then {
                Some(then) => lines.extend(consequence(then, look, depth + 1)),
                None => lines.push(format!("{pad}  {}", look.paint.wait("has not ended yet"))),
            }
            lines
        }
        Effect::Died { letter } => vec![format!("{pad}{}", dead(letter, look))],
    }
}

/// `parts_complete [job=42]  counted as part, 1 of 3  02:00:01Z`, and what came of it.
fn reached(effect: &Effect, look: Look, depth: usize) -> Vec<String> {
    let Effect::Reached { place, member, at, fate, count, needed, open, dropped, then } = effect else {
        return Vec::new();
    };
    let so_far = match needed {
        Some(needed) => format!("{count} of {needed}"),
        None => format!("{count} so far"),
    };
    let paint = look.paint;
    let fate = match fate {
        Fate::Counted => format!("counted as {member}, {so_far}"),
        Fate::Completed => format!("counted as {member} and completed it, {count} in all"),
        Fate::Duplicate => paint.faint(&format!("duplicate {member}: the same event came before")),
        Fate::Late => paint.wait(&format!("late as {member}: it was closed already")),
        Fate::Extra => paint.wait(&format!("extra {member}: its place was taken already")),
        Fate::Rejected => paint.bad(&format!("could not be taken as {member}")),
    };
    let round = if place.round > 1 { format!(", round {}", place.round) } else { String::new() };
    let title = titled(&place.condition, &place.key);
    let mut lines = vec![format!("{}{title}  {fate}{round}  {}", indent(depth), look.clock.moment(at.0))];
    if let Some(then) = then {
        lines.extend(consequence(then, look, depth + 1));
    }
    let pad = indent(depth + 1);
    if let Some(dropped) = dropped {
        lines.push(format!("{pad}was dropped by {}: {}", dropped.by, dropped.why));
    }
    if let Some(open) = open {
        let needed = open.needed.map(|needed| format!(" of {needed}")).unwrap_or_default();
        let until =
            open.deadline.map(|at| format!(", until {}", look.clock.moment(at.0))).unwrap_or_default();
        lines.push(format!("{pad}{}", paint.wait(&format!("is still open: {}{needed}{until}", open.count))));
    }
    lines
}

/// A derived event, and what it set off.
fn consequence(then: &Consequence, look: Look, depth: usize) -> Vec<String> {
    let others = match then.count {
        Some(count) if count > 1 => format!("  ({count} counted)"),
        _ => String::new(),
    };
    let elsewhere = if then.told_elsewhere { "  (told above)" } else { "" };
    let mut lines = vec![format!("{}{}{others}{elsewhere}", indent(depth), derived(&then.event, look))];
    lines.extend(effects(&then.effects, look, depth + 1));
    lines
}

/// A run: what it called, and how that ended.
pub(super) fn run(told: &RunTold, look: Look, depth: usize) -> Vec<String> {
    let pad = indent(depth);
    let several = told.calls.iter().any(|call| call.index > 0);
    let many = if told.made > 1 {
        let failed = if told.failed > 0 { format!(", {} failed", told.failed) } else { String::new() };
        format!(", {} calls{failed}", told.made)
    } else {
        String::new()
    };
    let target = if told.target.is_empty() { "nobody".to_owned() } else { told.target.clone() };
    let mut lines = vec![format!("{pad}rule {}  calls {target}{many}", told.rule)];
    for call in &told.calls {
        lines.push(format!("{pad}  {}", one_call(call, several, look)));
    }
    let hidden = told.made.saturating_sub(told.calls.len() as u64);
    if hidden > 0 {
        lines.push(format!("{pad}  and {hidden} calls more"));
    }
    lines.extend(told.letters.iter().map(|letter| format!("{pad}  {}", dead(letter, look))));
    lines
}

/// `item 2, attempt 1  02:00:06Z  failed with Busy: come back later`
fn one_call(call: &CallTold, several: bool, look: Look) -> String {
    let item = if several { format!("item {}, ", call.index) } else { String::new() };
    let end = match (&call.error, &call.result) {
        (Some(error), _) => {
            let cause = call.cause.as_deref().unwrap_or_default();
            look.paint.bad(&format!("failed with {error}: {}", short(cause)))
        }
        (None, Some(result)) => format!("answered {}", short(result)),
        (None, None) => look.paint.wait("no answer yet"),
    };
    format!("{item}attempt {}  {}  {end}", call.attempt, look.clock.moment(call.at.0))
}

fn dead(letter: &LetterTold, look: Look) -> String {
    let LetterTold { number, code, reason, .. } = letter;
    look.paint.bad(&format!("dead letter {number}: {code}: {}", short(reason)))
}

/// One line of a text, cut where it is long.
pub(crate) fn short(text: &str) -> String {
    let line = text.replace(['\n', '\r'], " ");
    if line.chars().count() <= ANSWER {
        return line;
    }
    let head: String = line.chars().take(ANSWER).collect();
    format!("{head}...")
}
