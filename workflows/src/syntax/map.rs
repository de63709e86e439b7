//! `map`: one call per item.

use fanin_rule::{MapSpec, Path};

use crate::codes;
use crate::limits::{DEFAULT_CONCURRENCY, MAX_CONCURRENCY};
use crate::read::{Fields, Range, decimal, text, whole};
use crate::report::{Mistake, Report};
use crate::tree::{Node, Place};

const KEYS: [&str; 3] = ["items", "max_concurrency", "tolerated_failure_percentage"];

/// Reads a `map`.
pub(super) fn read(what: &str, node: &Node, place: Place, report: &mut Report<'_>) -> Option<MapSpec> {
    let what = format!("`map` of {what}");
    let fields = Fields::of(node, (&what, place), &KEYS, report)?;
    let help = "say where the list stands: `items: $.detail.lines`";
    let items = fields.require("items", (&what, help), report);
    let items = items.and_then(|n| path(n, &format!("`items` of {what}"), report));
    let range = Range(1..=u64::from(MAX_CONCURRENCY));
    let concurrency = match fields.get("max_concurrency") {
        None => Some(u64::from(DEFAULT_CONCURRENCY)),
        Some(node) => whole(node, &format!("`max_concurrency` of {what}"), &range, report).map(|n| n.value),
    };
    let tolerated = match fields.get("tolerated_failure_percentage") {
        None => Some(0.0),
        Some(node) => {
            decimal(node, &format!("`tolerated_failure_percentage` of {what}"), 0.0..=100.0, report)
        }
    };
    Some(MapSpec {
        items: items?,
        max_concurrency: u32::try_from(concurrency?).unwrap_or(MAX_CONCURRENCY),
        tolerated_failure_percentage: tolerated?,
    })
}

fn path(node: &Node, what: &str, report: &mut Report<'_>) -> Option<String> {
    let written = text(node, what, report)?;
    let help = "write a path into the triggering event, for example $.detail.lines";
    if !written.value.starts_with('$') || written.value.starts_with("$$") {
        let message = format!("{what} must be a path that begins with `$.`, not `{}`", written.value);
        report.add(Mistake::new(codes::BAD_PATH, node.place, message).help(help));
        return None;
    }
    match Path::compile(written.value) {
        Ok(_) => Some(written.value.to_owned()),
        Err(error) => {
            report.add(Mistake::new(codes::BAD_PATH, node.place, error.to_string()).help(help));
            None
        }
    }
}
