//! A replay as text.

use std::path::Path;

use fanin_history::replay::{Copied, Decision, DecisionKind, Replayed};
use serde_json::Value;

use crate::console::many;
use crate::show::moment::short_id;
use crate::show::paint::Paint;

/// Characters shown of a payload.
const SHOWN: usize = 80;

/// One decision on one line.
pub(super) fn decision(told: &Decision, paint: Paint) -> String {
    let id = told.id.as_deref().map(|id| paint.faint(&short_id(id))).unwrap_or_default();
    let outcome = told.outcome.as_deref().unwrap_or_default();
    let rest = match told.kind {
        DecisionKind::Fired | DecisionKind::TimedOut => {
            let mut text = paint.strong(&told.name);
            if !told.key.is_empty() {
                let key: Vec<String> = told.key.iter().map(|(n, v)| format!("{n}={v}")).collect();
                text.push_str(&format!(" [{}]", key.join(", ")));
            }
            if let Some(count) = told.body.pointer("/detail/count").and_then(Value::as_u64) {
                text.push_str(&format!(" with {}", many(count, "member")));
            }
            text
        }
        DecisionKind::Called => {
            let attempt =
                told.attempt.filter(|n| *n > 1).map(|n| format!(" attempt {n}")).unwrap_or_default();
            let index = told.index.filter(|n| *n > 0).map(|n| format!(" item {n}")).unwrap_or_default();
            let target = told.target.as_deref().unwrap_or_default();
            format!(
                "{}{index}{attempt} -> {target} {}",
                paint.strong(&told.name),
                cut(&told.body.to_string())
            )
        }
        DecisionKind::Ended => format!("{} with {outcome}", paint.strong(&told.name)),
        DecisionKind::Died => {
            format!("{}: {outcome}: {}", paint.strong(&told.name), told.reason.as_deref().unwrap_or_default())
        }
    };
    let word = match told.kind {
        DecisionKind::Fired => paint.good("fired    "),
        DecisionKind::TimedOut => paint.bad("timed out"),
        DecisionKind::Called => paint.wait("called   "),
        DecisionKind::Ended => "ended    ".to_owned(),
        DecisionKind::Died => paint.bad("died     "),
    };
    let at = if told.at.contains('.') { told.at.clone() } else { format!("{:24}", told.at) };
    format!("{at} {word} {rest}  {id}").trim_end().to_owned()
}

/// What a replay amounts to.
pub(super) fn summary(told: &Replayed, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(from) = &told.known_from {
        lines.push(format!("the history begins at {from}: what came before is not kept any more"));
    }
    lines.push(format!(
        "{} in {}: {}, {}, {}, {} ended, {}",
        many(told.events, "event"),
        many(told.records, "record"),
        many(told.fired, "firing"),
        many(told.timed_out, "timeout"),
        many(told.called, "call"),
        many(told.ended, "run"),
        many(told.died, "dead letter"),
    ));
    if let Some(check) = &told.check {
        if check.same {
            lines.push(format!(
                "{}: the state after frame {} is the one that the snapshot at frame {} leads to",
                paint.good("same as recorded"),
                check.last,
                check.snapshot
            ));
        } else {
            lines.push(format!(
                "{}: replayed from frame {}, the state after frame {} is not the one that the snapshot at frame {} leads to",
                paint.bad("differs from what was recorded"),
                check.from,
                check.last,
                check.snapshot
            ));
            lines.extend(check.differences.iter().map(|line| format!("  {line}")));
            lines
                .push("  the log is the truth; please report this, with the directory if you can".to_owned());
        }
    }
    lines
}

/// What was copied.
pub(super) fn copied(told: &Copied, into: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(from) = &told.known_from {
        lines.push(format!("the history begins at {from}: what came before is not kept any more"));
    }
    let until = told.until.as_deref().map(|at| format!(", up to {at}")).unwrap_or_default();
    let (records, events) = (many(told.records, "record"), many(told.events, "event"));
    lines.push(format!("wrote {records} ({events}) to {}{until}", into.display()));
    if told.foreign_answers > 0 {
        let answers = many(told.foreign_answers, "answer");
        lines.push(format!("left out: {answers} to calls of runs that the copy does not have"));
    }
    if told.by_hand > 0 {
        let redrives = many(told.by_hand, "redrive or operation");
        lines.push(format!(
            "left out: {redrives} on a state that the copy does not have (--with-state keeps it)"
        ));
    }
    if told.failed_calls > 0 {
        let calls = many(told.failed_calls, "open call");
        lines.push(format!("{calls} failed with Fanin.NotReplayed, so that nobody makes them (--open-calls keep leaves them open)"));
    }
    if told.open_calls > 0 {
        let (is, it) = one_or_more(told.open_calls);
        let calls = many(told.open_calls, "call");
        lines.push(format!(
            "careful: {calls} {is} open; `fanin dev` or `fanin run` on this directory makes {it}"
        ));
    }
    if told.retries > 0 {
        let runs = many(told.retries, "run");
        let waits = if told.retries == 1 { "waits" } else { "wait" };
        lines.push(format!(
            "careful: {runs} {waits} for a retry; `fanin dev` or `fanin run` on this directory makes it when it is due"
        ));
    }
    lines.push(format!("look at it with `fanin replay --dir {}`", into.display()));
    lines
}

fn one_or_more(n: u64) -> (&'static str, &'static str) {
    if n == 1 { ("is", "it") } else { ("are", "them") }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain("...".chars()).collect()
}
