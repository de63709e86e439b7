//! Rewrites entries of `expect` in the text of a test file and leaves every other byte as it is: comments, order, spelling.
//!
//! An [`Edit`] is made as small as it can be: of an entry whose fields are the same only the values change. What was
//! written is read again, and an edit that gave something else than was asked for is refused.

mod patch;
mod render;
mod splice;

use serde_json::{Map, Value as Json};

use crate::report::Report;
use crate::tree::{self, Entry, Node, Value};
use patch::patch;
use splice::Text;

pub use render::{Notation, flow};

/// A change of one entry of a case's `expect`.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// The entry at this place asks for these fields from now on.
    Replace {
        /// Its place, from 0.
        entry: usize,
        /// What it asks for.
        fields: Map<String, Json>,
    },
    /// The entry at this place goes.
    Remove {
        /// Its place, from 0.
        entry: usize,
    },
    /// A new last entry.
    Add(Expected),
}

/// A new entry of `expect`.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// An event of the workflow with what it must have.
    Event(String, Map<String, Json>),
    /// A call with what its payload must have.
    Invoke(String, Map<String, Json>),
}

/// An edit that was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateError {
    /// The text is no test file.
    Unreadable,
    /// There is no such case or entry.
    Missing,
    /// The text has a form that cannot be edited safely.
    Form(&'static str),
}

impl std::fmt::Display for UpdateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            UpdateError::Unreadable => f.write_str("the test file has mistakes: run `fanin check`"),
            UpdateError::Missing => f.write_str("the test file has no such test or expectation any more"),
            UpdateError::Form(why) => write!(
                f,
                "`expect` is written in a way that cannot be rewritten safely ({why}); edit it by hand"
            ),
        }
    }
}

impl std::error::Error for UpdateError {}

/// The text with `edits` made to the `expect` of the case at `case`, from 0.
///
/// # Errors
/// [`UpdateError`]: nothing is changed then.
pub fn update(file_name: &str, text: &str, case: usize, edits: &[Edit]) -> Result<String, UpdateError> {
    let plain = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut report = Report::new(file_name, plain);
    let root = tree::read(file_name, plain, &mut report).ok_or(UpdateError::Unreadable)?;
    let node =
        member(&root, "tests").and_then(|tests| item(&tests.value, case)).ok_or(UpdateError::Missing)?;
    let notation = Notation::of(plain);
    let mut editor = Editor { text: Text::new(plain), notation, case: node };
    editor.edit(edits)?;
    let mut after = editor.text.finish().ok_or(UpdateError::Form("two changes at one place"))?;
    let mut wanted = root.to_json();
    apply(&mut wanted, case, edits).ok_or(UpdateError::Missing)?;
    let mut report = Report::new(file_name, &after);
    let told = tree::read(file_name, &after, &mut report).map(|root| root.to_json());
    if told != Some(wanted) {
        return Err(UpdateError::Form("an alias, or an unusual layout"));
    }
    if text.len() != plain.len() {
        after.insert(0, '\u{feff}');
    }
    Ok(after)
}

fn member<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    match &node.value {
        Value::Map(entries) => entries.iter().find(|entry| entry.key == key),
        _ => None,
    }
}

fn item(node: &Node, place: usize) -> Option<&Node> {
    match &node.value {
        Value::List(nodes) => nodes.get(place),
        _ => None,
    }
}

struct Editor<'t> {
    text: Text<'t>,
    notation: Notation,
    case: &'t Node,
}

impl Editor<'_> {
    fn edit(&mut self, edits: &[Edit]) -> Result<(), UpdateError> {
        let added: Vec<&Expected> = edits
            .iter()
            .filter_map(|edit| if let Edit::Add(new) = edit { Some(new) } else { None })
            .collect();
        let Some(list) = member(self.case, "expect") else {
            let lines = added.iter().map(|new| new.text(self.notation)).collect::<Vec<_>>();
            return self.text.add_key(self.case, ("expect", &lines), self.notation);
        };
        let Value::List(nodes) = &list.value.value else { return Err(UpdateError::Form("it is no list")) };
        let mut removed = Vec::new();
        for edit in edits {
            match edit {
                Edit::Replace { entry, fields } => {
                    self.replace(nodes.get(*entry).ok_or(UpdateError::Missing)?, fields)?;
                }
                Edit::Remove { entry } => removed.push(*entry),
                Edit::Add(_) => {}
            }
        }
        let lines: Vec<String> = added.iter().map(|new| new.text(self.notation)).collect();
        if removed.len() >= nodes.len() {
            return self.text.new_list((self.case, list), &lines);
        }
        self.text.remove(&list.value, nodes, &removed)?;
        self.text.add(&list.value, nodes, &lines)
    }

    /// Only what differs, where that can be.
    fn replace(&mut self, node: &Node, fields: &Map<String, Json>) -> Result<(), UpdateError> {
        let Value::Map(entries) = &node.value else { return Err(UpdateError::Form("it names no fields")) };
        let call = entries.iter().any(|entry| entry.key == "invoke");
        let value = if call { member(node, "input") } else { entries.first() };
        let value = value.ok_or(UpdateError::Missing)?;
        patch(&value.value, &Json::Object(fields.clone()), self.notation, &mut self.text)
    }
}

/// Makes the edits to the value of the whole file: what has to be read from the text afterwards.
fn apply(root: &mut Json, case: usize, edits: &[Edit]) -> Option<()> {
    let case = root.get_mut("tests")?.get_mut(case)?.as_object_mut()?;
    let list = case.entry("expect").or_insert_with(|| Json::Array(Vec::new())).as_array_mut()?;
    let mut removed = Vec::new();
    let mut added = Vec::new();
    for edit in edits {
        match edit {
            Edit::Remove { entry } => removed.push(*entry),
            Edit::Add(new) => added.push(new.value()),
            Edit::Replace { entry, fields } => {
                let entry = list.get_mut(*entry)?.as_object_mut()?;
                let key =
                    if entry.contains_key("invoke") { "input" } else { entry.keys().next()? }.to_owned();
                *entry.get_mut(&key)? = Json::Object(fields.clone());
            }
        }
    }
    let mut place = 0;
    list.retain(|_| {
        place += 1;
        !removed.contains(&(place - 1))
    });
    list.append(&mut added);
    Some(())
}

impl Expected {
    /// In one line, to stand in a list in brackets or behind a dash.
    fn text(&self, notation: Notation) -> String {
        match self {
            // A function's name is a word like an event's.
            Expected::Invoke(function, input) if notation == Notation::Yaml && render::is_word(function) => {
                let input = Json::Object(input.clone());
                match &input {
                    Json::Object(fields) if fields.is_empty() => format!("{{ invoke: {function} }}"),
                    _ => format!("{{ invoke: {function}, input: {} }}", flow(&input, notation)),
                }
            }
            _ => flow(&self.value(), notation),
        }
    }

    fn value(&self) -> Json {
        match self {
            Expected::Event(name, fields) => {
                Json::Object(Map::from_iter([(name.clone(), Json::Object(fields.clone()))]))
            }
            Expected::Invoke(function, input) => {
                let mut call = Map::from_iter([("invoke".to_owned(), Json::from(function.as_str()))]);
                if !input.is_empty() {
                    call.insert("input".to_owned(), Json::Object(input.clone()));
                }
                Json::Object(call)
            }
        }
    }
}

#[cfg(test)]
mod tests;
