//! `match`: an event pattern.

use fanin_event::Pattern;

use crate::analysis::{aws, nothing};
use crate::codes;
use crate::read::wrong_type;
use crate::report::{Mistake, Report};
use crate::tree::{Node, Value, print};

/// Operators that people write without the list around them.
const OPERATORS: [&str; 9] = [
    "exactly",
    "prefix",
    "suffix",
    "equals-ignore-case",
    "wildcard",
    "anything-but",
    "numeric",
    "exists",
    "cidr",
];

/// The exact JSON text of a pattern, if it is one.
pub(super) fn read(what: &str, node: &Node, report: &mut Report<'_>) -> Option<String> {
    if !matches!(node.value, Value::Map(_)) {
        let help = "write the event pattern itself: `match: { source: [shop], detail-type: [Order] }`";
        wrong_type(node, &format!("`match` of {what}"), "a mapping", report, Some(help));
        return None;
    }
    let printed = print(node);
    match Pattern::parse(&printed.text) {
        Ok(pattern) => {
            if pattern.or_is_a_field() {
                let mistake = Mistake::new(
                    codes::OR_IS_A_FIELD,
                    node.place,
                    format!("`$or` in the pattern of {what} is read as the name of a field"),
                );
                report.add(mistake.help(
                    "an alternative is a list of at least two mappings: $or: [ { a: [1] }, { b: [2] } ]",
                ));
            }
            nothing::check(what, node, report);
            aws::pattern_size(what, node, &printed.text, report);
            Some(printed.text)
        }
        Err(error) => {
            let place = printed.place(error.offset).unwrap_or(node.place);
            let operator =
                OPERATORS.iter().find(|name| error.message.starts_with(&format!("`{name}` needs a list")));
            let help = match operator {
                Some(name) => format!("an operator stands in a list: [ {{ {name}: ... }} ]"),
                None => error.help,
            };
            report.add(
                Mistake::new(codes::BAD_PATTERN, place, format!("the pattern of {what}: {}", error.message))
                    .help(help),
            );
            None
        }
    }
}
