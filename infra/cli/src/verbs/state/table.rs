//! Instances and runs as a table for people.

use fanin_condition::{Missing, State};
use fanin_event::Timestamp;
use fanin_runtime::documents::{InstanceRow, RunRow};

use super::ask::{Listed, key_text};
use crate::show::explanation::Look;
use crate::show::moment::{duration, short_id};

/// Names of what is missing that are listed; further ones are given as a number.
const NAMES: usize = 3;

/// The lines: a head, then one for each instance; below, the runs in progress.
pub(super) fn lines(listed: &Listed, look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    if !listed.instances.is_empty() {
        let head = ["CONDITION", "KEY", "STATE", "PROGRESS", "MISSING", "DEADLINE"].map(str::to_owned);
        let rows = listed.instances.iter().map(|row| cells(row, look));
        lines.extend(columns(std::iter::once(head).chain(rows).collect(), look));
    }
    if let Some(runs) = listed.runs.as_ref().filter(|runs| !runs.is_empty()) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let head = ["RULE", "CALLS", "BECAUSE OF", "SINCE", "OPEN CALLS", "NEXT"].map(str::to_owned);
        let rows = runs.iter().map(|run| run_cells(run, look));
        lines.extend(columns(std::iter::once(head).chain(rows).collect(), look));
    }
    lines
}

/// What people are told beside the table.
pub(super) fn note(listed: &Listed) -> Option<String> {
    let runs = listed.runs.as_ref().is_some_and(|runs| !runs.is_empty());
    if listed.instances.is_empty() && !runs {
        return Some("there is no such instance".to_owned());
    }
    listed.more.then(|| format!("only the first {} are shown; more with --limit", listed.instances.len()))
}

/// One instance in a line, as it is told when it changes.
pub(super) fn line(row: &InstanceRow, look: Look) -> String {
    let [condition, key, state, progress, missing, deadline] = cells(row, look);
    let parts = [condition, format!("[{key}]"), state, progress, missing, deadline];
    let shown = |part: &String| !part.is_empty() && part != "[]";
    parts.into_iter().filter(shown).collect::<Vec<_>>().join("  ")
}

fn cells(row: &InstanceRow, look: Look) -> [String; 6] {
    let key = key_text(&row.key);
    let key = key.trim_matches(['[', ']']).to_owned();
    let mut state = match row.state {
        State::New => "new",
        State::Open => "open",
        State::Idle => "between rounds",
        State::Fired => "fired",
        State::TimedOut => "timed out",
        State::Satisfied => "will not fire",
    }
    .to_owned();
    if row.draining {
        state.push_str(" (old version)");
    }
    let open = row.state == State::Open;
    let progress = match row.needed {
        Some(needed) => format!("{}/{needed}", row.count),
        None if matches!(row.missing, Missing::Unknown) => format!("{}/?", row.count),
        None => row.count.to_string(),
    };
    let progress = if row.state == State::Idle { format!("round {}", row.round) } else { progress };
    let missing = if open || row.state == State::TimedOut { missing(&row.missing) } else { String::new() };
    let moment = |text: &Option<String>| text.as_deref().and_then(Timestamp::parse);
    let deadline = match (moment(&row.deadline), moment(&row.forgotten_at)) {
        (Some(at), _) => until(at, look),
        (None, Some(at)) => format!("forgotten {}", until(at, look)),
        (None, None) => String::new(),
    };
    [row.condition.clone(), key, state, progress, missing, deadline]
}

fn missing(missing: &Missing) -> String {
    match missing {
        Missing::More(more) => format!("{more} more"),
        Missing::Unknown => "how many".to_owned(),
        Missing::Names(names) => {
            let mut shown: Vec<String> = names.iter().take(NAMES).map(ToString::to_string).collect();
            if names.len() > NAMES {
                shown.push(format!("{} more", names.len() - NAMES));
            }
            shown.join(", ")
        }
    }
}

fn until(at: Timestamp, look: Look) -> String {
    let now = look.clock.now;
    if at > now {
        format!("in {}", duration(at.since(now)))
    } else {
        format!("{} ago", duration(now.since(at)))
    }
}

fn run_cells(run: &RunRow, look: Look) -> [String; 6] {
    let moment = |text: &str| Timestamp::parse(text);
    let since = moment(&run.since).map(|at| until(at, look)).unwrap_or_default();
    let next = run.retry_at.as_deref().and_then(moment).map(|at| format!("tries again {}", until(at, look)));
    let calls = match run.attempt {
        0 | 1 => run.open_calls.to_string(),
        attempt => format!("{} (attempt {attempt})", run.open_calls),
    };
    let because = format!("{} {}", run.cause, short_id(&run.event));
    [run.rule.clone(), run.target.clone(), because, since, calls, next.unwrap_or_default()]
}

/// Columns as wide as their widest cell; the head is faint, the end of a line has no blanks.
fn columns<const N: usize>(rows: Vec<[String; N]>, look: Look) -> Vec<String> {
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |(n, row): (usize, &[String; N])| {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let text = cells.join("  ").trim_end().to_owned();
        if n == 0 { look.paint.faint(&text) } else { text }
    };
    rows.iter().enumerate().map(line).collect()
}
