//! An entry of `given`: an event with its captures, when it comes, and what else is in it.

use super::Given;
use crate::codes;
use crate::read::{duration, raw_text, wrong_type};
use crate::report::{Mistake, Report};
use crate::tree::{Entry, Node, Value};

const FORM: &str = "write the event's name with its captures: - part: { job: \"42\" }; beside it may stand `at`, `id` and `detail`";

/// Reads an entry; nothing when it has a mistake.
pub(super) fn read(node: &Node, report: &mut Report<'_>) -> Option<Given> {
    let entries = match &node.value {
        Value::Map(entries) => entries,
        Value::Text(name) => return Some(bare(name, node, report)),
        _ => {
            wrong_type(node, "an entry of `given`", "an event", report, Some(FORM));
            return None;
        }
    };
    let option = |key: &str| entries.iter().find(|e| e.key == key).map(|e| &e.value);
    let mut events = entries.iter().filter(|e| !matches!(e.key.as_str(), "at" | "id" | "detail"));
    let Some(event) = events.next() else {
        report.add(
            Mistake::new(codes::TEST_STEP, node.place, "this entry of `given` names no event").help(FORM),
        );
        return None;
    };
    if let Some(second) = events.next() {
        let message =
            format!("one entry of `given` is one event, and `{}` stands beside `{}`", second.key, event.key);
        report.add(
            Mistake::new(codes::TEST_STEP, second.place, message).help("begin a new entry for it with `- `"),
        );
        return None;
    }
    let captures = captures(event, report);
    let at = match option("at") {
        None => Some(None),
        Some(node) => since_start(node, report).map(Some),
    };
    let id = match option("id") {
        None => Some(None),
        Some(node) => raw_text(node, "`id`", report).map(|t| Some(t.value)),
    };
    let detail = match option("detail") {
        None => Some(None),
        Some(node @ Node { value: Value::Map(_), .. }) => Some(Some(node.to_json())),
        Some(node) => {
            wrong_type(
                node,
                "`detail`",
                "a mapping",
                report,
                Some("write what to add: detail: { total: 12 }"),
            );
            None
        }
    };
    Some(Given {
        event: event.key.clone(),
        captures: captures?,
        at: at?,
        id: id?,
        detail: detail?,
        span: report.span(event.place),
    })
}

fn bare(name: &str, node: &Node, report: &Report<'_>) -> Given {
    let span = report.span(node.place);
    Given { event: name.to_owned(), captures: Vec::new(), at: None, id: None, detail: None, span }
}

fn captures(event: &Entry, report: &mut Report<'_>) -> Option<Vec<(String, String)>> {
    let entries = match &event.value.value {
        Value::Map(entries) => entries,
        Value::Null => return Some(Vec::new()),
        _ => {
            wrong_type(
                &event.value,
                &format!("`{}`", event.key),
                "a mapping of captures",
                report,
                Some(FORM),
            );
            return None;
        }
    };
    let values: Vec<Option<(String, String)>> = entries
        .iter()
        .map(|e| {
            Some((e.key.clone(), raw_text(&e.value, &format!("the capture `{}`", e.key), report)?.value))
        })
        .collect();
    values.into_iter().collect()
}

/// `+5m`, also without the plus.
fn since_start(node: &Node, report: &mut Report<'_>) -> Option<fanin_event::Span> {
    let mut plain = node.clone();
    if let Value::Text(text) = &mut plain.value
        && let Some(rest) = text.strip_prefix('+')
    {
        *text = rest.to_owned();
    }
    duration(&plain, "`at`", report).map(|at| at.value)
}
