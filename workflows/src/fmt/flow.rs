//! Lists and mappings on one line: `{ a: b, c: [d, e] }`.

use super::model::{Entry, Group, Item, Shape};

/// A value on one line; nothing when it cannot stand there.
pub(super) fn item(item: &Item) -> Option<String> {
    let text = match &item.shape {
        Shape::Nothing => String::new(),
        Shape::Word(word) => one_line(word)?,
        Shape::Text { .. } => return None,
        Shape::Group(group) => self::group(group)?,
    };
    Some(with_props(&item.props, &text))
}

/// Anchor and tag, then the text.
pub(super) fn with_props(props: &str, text: &str) -> String {
    if props.is_empty() || text.is_empty() { format!("{props}{text}") } else { format!("{props} {text}") }
}

fn group(group: &Group) -> Option<String> {
    if !group.flow || group.commented() {
        return None;
    }
    let entries: Vec<String> = group.entries.iter().map(entry).collect::<Option<_>>()?;
    let inner = entries.join(", ");
    Some(match (group.keyed, inner.is_empty()) {
        (true, true) => "{}".to_owned(),
        (true, false) => format!("{{ {inner} }}"),
        // A mapping at the beginning gets room: `[ { a: 1 } ]`.
        (false, _) if inner.starts_with("{ ") => format!("[ {inner} ]"),
        (false, _) => format!("[{inner}]"),
    })
}

fn entry(entry: &Entry) -> Option<String> {
    let value = item(&entry.value)?;
    let Some(key) = &entry.key else { return Some(value) };
    let key = one_line(key)?;
    Some(match (value.is_empty(), entry.colon) {
        (true, false) => key,
        (true, true) => colon(&key),
        (false, _) => format!("{} {value}", colon(&key)),
    })
}

/// `key:`; an alias would take the colon into its name.
pub(super) fn colon(key: &str) -> String {
    if key.starts_with('*') { format!("{key} :") } else { format!("{key}:") }
}

/// A scalar that goes over several lines, folded as a reader of YAML folds it. Blank lines and escaped line ends stay.
fn one_line(word: &str) -> Option<String> {
    if !word.contains('\n') {
        return Some(word.to_owned());
    }
    let lines: Vec<&str> = word.split('\n').map(str::trim).collect();
    let folds = lines.iter().all(|line| !line.is_empty() && !line.ends_with('\\'));
    // A quote alone on its line stands for a blank.
    (folds && lines.iter().all(|line| line.len() > 1)).then(|| lines.join(" "))
}
