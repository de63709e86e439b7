//! `retry` and `catch`, with the names and bounds of Amazon States Language.

use fanin_rule::limits::MAX_RETRY_DELAY_SECONDS;
use fanin_rule::{Catcher, Jitter, Retrier};

use super::rule::CatchDraft;
use crate::codes;
use crate::limits::{MAX_HANDLERS, MAX_RETRY_NUMBER};
use crate::read::{At, Fields, Range, choice, decimal, declared, text, texts, whole, wrong_type};
use crate::report::{Mistake, Report};
use crate::tree::{Node, Value};

const RETRY_KEYS: [&str; 6] =
    ["ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"];
const CATCH_KEYS: [&str; 2] = ["ErrorEquals", "emit"];
const ALL: &str = fanin_rule::errors::ALL;

/// The defaults of Amazon States Language, for every error.
fn standard() -> Retrier {
    Retrier {
        errors: vec![ALL.to_owned()],
        interval_seconds: 1,
        max_attempts: 3,
        backoff_rate: 2.0,
        max_delay_seconds: None,
        jitter: Jitter::None,
    }
}

/// Reads a `retry`: a number, or a list of retriers.
pub(super) fn retry(what: &str, node: &Node, report: &mut Report<'_>) -> Vec<Retrier> {
    let what = format!("`retry` of {what}");
    if let Value::Number(_) = node.value {
        let range = Range(0..=MAX_RETRY_NUMBER);
        let number = whole(node, &what, &range, report).and_then(|n| u32::try_from(n.value).ok());
        return number.map(|max_attempts| Retrier { max_attempts, ..standard() }).into_iter().collect();
    }
    let help = "write `retry: 3`, or a list such as [ { ErrorEquals: [States.ALL], MaxAttempts: 3 } ]";
    let entries = entries(node, (&what, "a number or a list", help), report);
    let last = entries.len().saturating_sub(1);
    let read = |(i, node): (usize, &Node)| retrier(&what, node, i == last, report);
    let retriers: Vec<Option<Retrier>> = entries.iter().enumerate().map(read).collect();
    unreached(entries, retriers.iter().map(|r| r.as_ref().map(|r| r.errors.as_slice())), report);
    retriers.into_iter().flatten().collect()
}

/// Entries whose errors earlier entries take, each of them.
fn unreached<'e>(
    entries: &[Node],
    errors: impl Iterator<Item = Option<&'e [String]>>,
    report: &mut Report<'_>,
) {
    let mut taken: Vec<&str> = Vec::new();
    for (node, errors) in entries.iter().zip(errors) {
        // What follows `States.ALL` is an error already.
        let (Some(errors), false) = (errors, taken.contains(&ALL)) else { return };
        let any_call = taken.contains(&fanin_rule::errors::TASK_FAILED);
        let own = [
            ALL,
            fanin_rule::errors::TIMEOUT,
            fanin_rule::errors::RUNTIME,
            fanin_rule::errors::DATA_LIMIT_EXCEEDED,
        ];
        let reached = |error: &&String| {
            !(taken.contains(&error.as_str()) || any_call && !own.contains(&error.as_str()))
        };
        if !errors.iter().any(|error| reached(&error)) {
            let names = crate::suggest::list(errors.iter().map(String::as_str));
            let by_any =
                if any_call { " (`States.TaskFailed` is every error but `States.Timeout`)" } else { "" };
            let message = format!("this entry is never reached: an earlier one takes {names}{by_any}");
            let help =
                "the first entry that names the error decides: put the narrower one first, or take it out";
            report.add(Mistake::new(codes::UNREACHED_HANDLER, node.place, message).help(help));
        }
        taken.extend(errors.iter().map(String::as_str));
    }
}

fn retrier(what: &str, node: &Node, last: bool, report: &mut Report<'_>) -> Option<Retrier> {
    let what = format!("an entry of {what}");
    let fields = Fields::of(node, (&what, node.place), &RETRY_KEYS, report)?;
    let mut retrier = Retrier { errors: errors(&what, &fields, last, report)?, ..standard() };
    let seconds = Range(1..=MAX_RETRY_NUMBER);
    if let Some(node) = fields.get("IntervalSeconds") {
        retrier.interval_seconds = whole(node, "`IntervalSeconds`", &seconds, report)?.value;
    }
    if let Some(node) = fields.get("MaxAttempts") {
        let number = whole(node, "`MaxAttempts`", &Range(0..=MAX_RETRY_NUMBER), report)?;
        retrier.max_attempts = u32::try_from(number.value).ok()?;
    }
    if let Some(node) = fields.get("BackoffRate") {
        retrier.backoff_rate = decimal(node, "`BackoffRate`", 1.0..=f64::MAX, report)?;
    }
    if let Some(node) = fields.get("MaxDelaySeconds") {
        let cap = whole(node, "`MaxDelaySeconds`", &Range(1..=MAX_RETRY_DELAY_SECONDS), report)?;
        if cap.value <= retrier.interval_seconds {
            let message = format!(
                "`MaxDelaySeconds` must be more than `IntervalSeconds`, which is {}",
                retrier.interval_seconds
            );
            report
                .add(Mistake::new(codes::OUT_OF_RANGE, cap.place, message).help("raise it, or leave it out"));
        }
        retrier.max_delay_seconds = Some(cap.value);
    }
    if let Some(node) = fields.get("JitterStrategy") {
        let words = [("FULL", Jitter::Full), ("NONE", Jitter::None)];
        retrier.jitter = choice(node, "`JitterStrategy`", &words, report)?;
    }
    Some(retrier)
}

/// Reads a `catch`.
pub(super) fn catch(what: &str, node: &Node, report: &mut Report<'_>) -> Vec<CatchDraft> {
    let what = format!("`catch` of {what}");
    let help = "write a list such as [ { ErrorEquals: [States.ALL], emit: order_broken } ]";
    let entries = entries(node, (&what, "a list", help), report);
    let last = entries.len().saturating_sub(1);
    let read = |(i, node): (usize, &Node)| catcher(&what, node, i == last, report);
    let catchers: Vec<Option<CatchDraft>> = entries.iter().enumerate().map(read).collect();
    unreached(entries, catchers.iter().map(|c| c.as_ref().map(|c| c.catcher.errors.as_slice())), report);
    catchers.into_iter().flatten().collect()
}

fn catcher(what: &str, node: &Node, last: bool, report: &mut Report<'_>) -> Option<CatchDraft> {
    let what = format!("an entry of {what}");
    let fields = Fields::of(node, (&what, node.place), &CATCH_KEYS, report)?;
    let errors = errors(&what, &fields, last, report);
    let help = "name the event that tells of it: `emit: order_broken`";
    let emit = fields.require("emit", (&what, help), report)?;
    let emit = text(emit, &format!("`emit` of {what}"), report)?;
    let emit = declared(emit.value, "an emitted event", emit.place, report);
    Some(CatchDraft { catcher: Catcher { errors: errors?, emit: emit.value.clone() }, emit })
}

fn entries<'t>(
    node: &'t Node,
    (what, expected, help): (&str, &str, &str),
    report: &mut Report<'_>,
) -> &'t [Node] {
    let Value::List(entries) = &node.value else {
        wrong_type(node, what, expected, report, Some(help));
        return &[];
    };
    if entries.len() > MAX_HANDLERS {
        let message = format!("{what} has {} entries; at most {MAX_HANDLERS} are allowed", entries.len());
        report.add(Mistake::new(codes::LIMIT, node.place, message));
        return &[];
    }
    entries
}

/// `ErrorEquals`: `States.ALL` stands alone, in the last entry.
fn errors(what: &str, fields: &Fields<'_>, last: bool, report: &mut Report<'_>) -> Option<Vec<String>> {
    let help = "name the errors it is for, for example `ErrorEquals: [States.ALL]`";
    let node = fields.require("ErrorEquals", (what, help), report)?;
    let names = texts(node, "`ErrorEquals`", MAX_HANDLERS, report)?;
    if let Some(all) = names.iter().find(|n| n.value == ALL) {
        let alone = |place, message: &str| {
            Mistake::new(codes::BAD_ERRORS, place, message.to_owned())
                .help("`States.ALL` names every error: give it the last entry, alone")
        };
        if names.len() > 1 {
            report.add(alone(all.place, "`States.ALL` stands beside other names"));
        }
        if !last {
            report.add(alone(all.place, "the entries after `States.ALL` are never reached"));
        }
    }
    unknown_state_errors(&names, report);
    Some(names.into_iter().map(|n| n.value.to_owned()).collect())
}

/// `States.` is reserved: a name that is not known there is a slip.
fn unknown_state_errors(names: &[At<&str>], report: &mut Report<'_>) {
    const KNOWN: [&str; 8] = [
        fanin_rule::errors::ALL,
        fanin_rule::errors::TASK_FAILED,
        fanin_rule::errors::TIMEOUT,
        fanin_rule::errors::PARAMETER_PATH_FAILURE,
        fanin_rule::errors::INTRINSIC_FAILURE,
        fanin_rule::errors::DATA_LIMIT_EXCEEDED,
        fanin_rule::errors::RUNTIME,
        fanin_rule::errors::TOLERANCE_EXCEEDED,
    ];
    for name in names.iter().filter(|n| n.value.starts_with("States.") && !KNOWN.contains(&n.value)) {
        let message = format!("there is no error `{}`", name.value);
        let help = crate::suggest::did_you_mean(name.value, KNOWN)
            .unwrap_or_else(|| format!("names with `States.` are {}", crate::suggest::list(KNOWN)));
        report.add(Mistake::new(codes::BAD_ERRORS, name.place, message).help(help));
    }
}
