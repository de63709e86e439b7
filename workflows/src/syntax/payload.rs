//! `input`: a payload template.

use fanin_rule::PayloadTemplate;

use crate::codes;
use crate::report::{Mistake, Report};
use crate::tree::{Entry, Node, Place, Value};

/// A path into the event that triggers a rule, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct PathText {
    pub(crate) value: String,
    pub(crate) place: Place,
    /// Whether a `map` takes its items from there.
    pub(crate) items: bool,
}

/// The template as a JSON value, if it compiles.
pub(super) fn read(node: &Node, mapped: bool, report: &mut Report<'_>) -> Option<serde_json::Value> {
    let before = report.failed();
    let value = node.to_json();
    if let Err(error) = PayloadTemplate::compile(&value) {
        let place = node.at_pointer(&error.pointer);
        let key = error.pointer.rsplit('/').next().unwrap_or_default();
        let help = if key.ends_with(".$") {
            "a key that ends in `.$` holds a path such as $.detail.id or $$.Map.Item.Value, or a function such as States.Format('{}', $.id)"
        } else {
            "write the value as it should arrive; a key that ends in `.$` takes it from the event"
        };
        report.add(Mistake::new(codes::BAD_TEMPLATE, place, error.message).help(help));
        return None;
    }
    paths_without_mark(node, report);
    if !mapped {
        item_without_map(node, report);
    }
    (before == report.failed()).then_some(value)
}

/// A path as the value of an ordinary key would be sent as text: nobody means that.
fn paths_without_mark(node: &Node, report: &mut Report<'_>) {
    each_entry(node, &mut |entry| {
        if let Value::Text(text) = &entry.value.value
            && !entry.key.ends_with(".$")
            && (text.starts_with("$.") || text.starts_with("$$."))
        {
            let message = format!("`{}` would be sent as the text `{text}`", entry.key);
            let help = format!("write the key as `{}.$` to take the value from the event", entry.key);
            report.add(Mistake::new(codes::PATH_AS_TEXT, entry.place, message).help(help));
        }
    });
}

fn item_without_map(node: &Node, report: &mut Report<'_>) {
    let mut found: Vec<Place> = Vec::new();
    each_entry(node, &mut |entry| {
        if let Value::Text(text) = &entry.value.value
            && entry.key.ends_with(".$")
            && text.contains("$$.Map")
        {
            found.push(entry.value.place);
        }
    });
    for place in found {
        let mistake =
            Mistake::new(codes::BAD_TEMPLATE, place, "`$$.Map` has no value in a rule without `map`");
        report.add(
            mistake.help("add `map: { items: $.detail.lines }` to the rule, or read the event: $.detail..."),
        );
    }
}

fn each_entry(node: &Node, visit: &mut dyn FnMut(&Entry)) {
    match &node.value {
        Value::List(nodes) => nodes.iter().for_each(|n| each_entry(n, visit)),
        Value::Map(entries) => {
            for entry in entries {
                visit(entry);
                each_entry(&entry.value, visit);
            }
        }
        _ => {}
    }
}
