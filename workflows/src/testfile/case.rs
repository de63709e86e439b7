//! One test case.

use super::{TestCase, expect, given};
use crate::codes;
use crate::limits::{MAX_SHUFFLE, MAX_STEPS};
use crate::read::{Fields, Range, duration, named, text, whole, wrong_type};
use crate::report::{Mistake, Report};
use crate::syntax::function;
use crate::tree::{Node, Place, Value};

const KEYS: [&str; 8] = ["name", "given", "wait", "expect", "never", "shuffle", "functions", "allow"];

/// Reads a case; nothing when it has a mistake. One that is unfinished may expect nothing.
pub(super) fn read(node: &Node, unfinished: bool, report: &mut Report<'_>) -> Option<TestCase> {
    let begin = Place { start: node.place.start, end: node.place.start };
    let fields = Fields::of(node, ("a test", begin), &KEYS, report)?;
    let help = "say what it shows: `name: a second upload counts once`";
    let name =
        fields.require("name", ("a test", help), report).and_then(|n| text(n, "the test's `name`", report));
    let place = name.as_ref().map_or(begin, |n| n.place);
    let given = steps(&fields, "given", report, given::read);
    let expect = steps(&fields, "expect", report, expect::read);
    let never = steps(&fields, "never", report, expect::read_never);
    let wait = optional(fields.get("wait"), |n| duration(n, "`wait`", report));
    let range = Range(0..=u64::from(MAX_SHUFFLE));
    let shuffle = optional(fields.get("shuffle"), |n| whole(n, "`shuffle`", &range, report));
    let mut functions = Some(Vec::new());
    if let Some(node) = fields.get("functions") {
        for (name, entry) in named(node, ("functions", "a function"), report) {
            let read = function::read(name, &entry.value, report).function;
            functions = functions.zip(read).map(|(mut list, one)| {
                list.push(one);
                list
            });
        }
    }
    let (given, expect, never) = (given?, expect?, never?);
    if expect.is_empty() && never.is_empty() && !unfinished && !fields.misspelled(&["expect", "never"]) {
        let mistake = Mistake::new(codes::EMPTY_TEST, place, "this test cannot fail: it expects nothing");
        report.add(mistake.help(
            "add `expect: [ { parts_complete: { job: \"42\" } } ]` or `never: [parts_complete.timeout]`",
        ));
        return None;
    }
    Some(TestCase {
        name: name?.value.to_owned(),
        given,
        wait: wait?.map(|w| w.value),
        expect,
        never,
        shuffle: shuffle?.and_then(|n| u32::try_from(n.value).ok()),
        functions: functions?,
        span: report.span(place),
    })
}

/// A value that need not be there: outer nothing is a mistake.
fn optional<T>(node: Option<&Node>, read: impl FnOnce(&Node) -> Option<T>) -> Option<Option<T>> {
    match node {
        None => Some(None),
        Some(node) => read(node).map(Some),
    }
}

/// The entries of a list that need not be there.
fn steps<T>(
    fields: &Fields<'_>,
    key: &str,
    report: &mut Report<'_>,
    read: impl Fn(&Node, &mut Report<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let Some(node) = fields.get(key) else { return Some(Vec::new()) };
    let Value::List(nodes) = &node.value else {
        let help = format!("write `{key}: [ ... ]`, or each entry on a line of its own with `- ` before it");
        wrong_type(node, &format!("`{key}`"), "a list", report, Some(&help));
        return None;
    };
    if nodes.len() > MAX_STEPS {
        let message = format!("`{key}` has {} entries; at most {MAX_STEPS} are read", nodes.len());
        report.add(Mistake::new(codes::LIMIT, node.place, message).help("split the test"));
        return None;
    }
    let steps: Vec<Option<T>> = nodes.iter().map(|n| read(n, report)).collect();
    steps.into_iter().collect()
}
