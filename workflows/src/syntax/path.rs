//! Paths inside payload templates, as far as their beginnings are plain names.

use super::payload::PathText;
use crate::tree::{Entry, Node, Place, Value};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A member's name.
    Name(String),
    /// An index, a slice, a wildcard, a filter, a descent.
    Other,
}

/// The steps of a path up to a descent or to what is no step.
pub(crate) fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path.strip_prefix('$').unwrap_or_default();
    loop {
        if rest.starts_with("..") {
            steps.push(Step::Other);
            return steps;
        }
        if let Some(dotted) = rest.strip_prefix('.') {
            let end = dotted.find(['.', '[']).unwrap_or(dotted.len());
            let (name, after) = dotted.split_at_checked(end).unwrap_or((dotted, ""));
            steps.push(if name == "*" { Step::Other } else { Step::Name(name.to_owned()) });
            rest = after;
        } else if let Some(inner) = rest.strip_prefix('[') {
            let quoted = ['\'', '"'].into_iter().find_map(|quote| {
                let (name, after) = inner.strip_prefix(quote)?.split_once(quote)?;
                Some((name, after.strip_prefix(']')?))
            });
            match quoted {
                Some((name, after)) => {
                    steps.push(Step::Name(name.to_owned()));
                    rest = after;
                }
                None => {
                    steps.push(Step::Other);
                    // A bracket inside of a filter ends what is looked at.
                    match inner.split_once(']') {
                        Some((index, after)) if !index.contains(['[', '\'', '"']) => rest = after,
                        _ => return steps,
                    }
                }
            }
        } else {
            return steps;
        }
    }
}

/// The paths into the event that a template reads, each with the place of its text.
pub(super) fn of_template(node: &Node) -> Vec<PathText> {
    let mut found = Vec::new();
    if let Value::Text(text) = &node.value {
        expressions(text, node.place, &mut found);
    }
    of_members(node, &mut found);
    found
}

fn of_members(node: &Node, found: &mut Vec<PathText>) {
    match &node.value {
        Value::List(nodes) => nodes.iter().for_each(|n| of_members(n, found)),
        Value::Map(entries) => entries.iter().for_each(|entry| of_entry(entry, found)),
        _ => {}
    }
}

fn of_entry(entry: &Entry, found: &mut Vec<PathText>) {
    match &entry.value.value {
        Value::Text(text) if entry.key.ends_with(".$") => expressions(text, entry.value.place, found),
        _ => of_members(&entry.value, found),
    }
}

/// A path alone, or those among the arguments of a function.
fn expressions(text: &str, place: Place, found: &mut Vec<PathText>) {
    let mut add = |path: &str| {
        if !path.starts_with("$$") && path.starts_with('$') {
            found.push(PathText { value: path.trim().to_owned(), place, items: false });
        }
    };
    if !text.starts_with("States.") {
        return add(text);
    }
    let (mut quoted, mut brackets, mut begin) = (false, 0_usize, None);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '\'' if begin.is_none() && before != '\\' => quoted = !quoted,
            '$' if !quoted && begin.is_none() => begin = Some(at),
            '[' if begin.is_some() => brackets += 1,
            ']' if begin.is_some() => brackets = brackets.saturating_sub(1),
            ',' | ')' if brackets == 0 => {
                if let Some(path) = begin.take().and_then(|from: usize| text.get(from..at)) {
                    add(path);
                }
            }
            _ => {}
        }
        before = c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_names_until_something_else() {
        let shown = |path: &str| {
            let show = |step: &Step| match step {
                Step::Name(name) => name.clone(),
                Step::Other => "*".to_owned(),
            };
            steps(path).iter().map(show).collect::<Vec<_>>().join("/")
        };
        for (path, expected) in [
            ("$.detail.key.job", "detail/key/job"),
            ("$.detail.members['build.done'][0].detail", "detail/members/build.done/*/detail"),
            ("$.detail.members.part[*].id", "detail/members/part/*/id"),
            ("$.detail..id", "detail/*"),
            ("$.a[?(@.b == 'c')].d", "a/*"),
            ("$", ""),
        ] {
            assert_eq!(shown(path), expected, "{path}");
        }
    }

    #[test]
    fn functions_are_looked_into() {
        let mut found = Vec::new();
        let text = "States.Format('{} $.no {}', $.detail.a[0], States.Array($.detail['b'], $$.Action.Id))";
        expressions(text, Place::default(), &mut found);
        let paths: Vec<&str> = found.iter().map(|p| p.value.as_str()).collect();
        assert_eq!(paths, ["$.detail.a[0]", "$.detail['b']"]);
    }
}
