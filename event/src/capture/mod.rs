//! Captures: the texts an event gives to the names of its definition.

mod error;
mod fit;
mod path;
mod query;
mod template;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use error::{CaptureError, CapturePart, FillError};
use fit::Fit;
use jsonpath_rust::parser::model::JpQuery;
pub use template::Template;

use crate::definition::EventDefinition;
use crate::json::fields::{Fields, Kind, Value};
use crate::json::tree::Json;
use crate::json::trie::Trie;
use crate::limits::MAX_CAPTURE_RULES;

/// The capture rules of one definition, compiled.
#[derive(Debug)]
pub(crate) struct Program {
    rules: Vec<Rule>,
    pub(crate) names: Vec<Arc<str>>,
}

#[derive(Debug)]
struct Rule {
    source: Source,
    template: Template,
    /// What explanations call the value: the last name of its path.
    label: String,
    /// For each name of the template its place among the definition's names.
    places: Vec<usize>,
}

#[derive(Debug)]
enum Source {
    Slot(u32),
    Query(Box<JpQuery>),
}

/// Working memory of captures, and the values of the hits found.
#[derive(Debug, Default)]
pub(crate) struct Captured {
    /// The values of all hits, one after another.
    pub(crate) values: Vec<Value>,
    pub(crate) hits: Vec<Span>,
    fit: Fit,
    /// The event as a tree, built when the first query needs it; `None` inside for a text that has none.
    tree: Option<Option<Json>>,
}

/// A hit: its definition and its values in [`Captured::values`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) definition: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Captured {
    pub(crate) fn reset(&mut self) {
        self.values.clear();
        self.hits.clear();
        self.tree = None;
    }
}

/// The member names a plain path goes through (`$.detail.order`); none for a path with wildcards, filters or indexes.
#[must_use]
pub fn simple_path(text: &str) -> Option<Vec<String>> {
    match path::parse(text) {
        Ok(path::Path::Names(names)) => Some(names),
        Ok(path::Path::Query(_)) | Err(_) => None,
    }
}

/// The names an event of this definition has values for, in the order they first appear in its templates.
///
/// # Errors
/// When a path or a template is not valid, or there are more than [`MAX_CAPTURE_RULES`].
pub fn capture_names(definition: &EventDefinition) -> Result<Vec<Arc<str>>, CaptureError> {
    Ok(Program::compile(definition, &mut Trie::new())?.names)
}

impl Program {
    /// Compiles the capture rules and registers the plain paths in `trie`.
    pub(crate) fn compile(definition: &EventDefinition, trie: &mut Trie) -> Result<Program, CaptureError> {
        if definition.captures.len() > MAX_CAPTURE_RULES {
            let message = format!("more than {MAX_CAPTURE_RULES} captures");
            let error = CaptureError::new(CapturePart::Path, 0, message, "capture less, or split the event");
            return Err(CaptureError { rule: MAX_CAPTURE_RULES, ..error });
        }
        let mut program = Program { rules: Vec::new(), names: Vec::new() };
        for (i, rule) in definition.captures.iter().enumerate() {
            let here = |e: CaptureError| CaptureError { rule: i, ..e };
            let path = path::parse(&rule.path).map_err(here)?;
            let template = Template::parse(&rule.template).map_err(here)?;
            let places = template.names().iter().map(|name| program.place_of(name)).collect();
            let (source, label) = match path {
                path::Path::Names(names) => {
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    let label = names.last().copied().unwrap_or_default().to_owned();
                    (Source::Slot(trie.add_slot(&names)), label)
                }
                path::Path::Query(query) => (Source::Query(query), rule.path.clone()),
            };
            program.rules.push(Rule { source, template, label, places });
        }
        Ok(program)
    }

    fn place_of(&mut self, name: &Arc<str>) -> usize {
        match self.names.iter().position(|n| n == name) {
            Some(known) => known,
            None => {
                self.names.push(name.clone());
                self.names.len() - 1
            }
        }
    }

    /// Appends the values of all names to `out.values`. False, with nothing appended, when one is lacking, or two rules
    /// give one name different values.
    pub(crate) fn run(&self, text: &str, fields: &mut Fields, out: &mut Captured) -> bool {
        let start = out.values.len();
        out.values.resize(start + self.names.len(), Value::MISSING);
        for rule in &self.rules {
            if !rule.run(text, fields, out, start) {
                out.values.truncate(start);
                return false;
            }
        }
        true
    }

    /// The first rule that gives no value, and why.
    pub(crate) fn misfit(
        &self,
        text: &str,
        fields: &mut Fields,
        out: &mut Captured,
    ) -> Option<(String, String)> {
        let start = out.values.len();
        out.values.resize(start + self.names.len(), Value::MISSING);
        let failed = self.rules.iter().find(|rule| !rule.run(text, fields, out, start));
        out.values.truncate(start);
        let rule = failed?;
        let label = rule.label.clone();
        let Some(value) = rule.value(text, fields, out) else {
            return Some((label.clone(), format!("{label} has no text to capture")));
        };
        let Some(value) = value.text(text, &fields.side) else {
            return Some((label.clone(), format!("{label} has half a surrogate pair, which is no text")));
        };
        let template = rule.template.text();
        if rule.template.fit(value, &mut out.fit) {
            return Some((
                label.clone(),
                format!("{label} {value:?} gives a name another value than before"),
            ));
        }
        let left = value.get(rule.template.misfit(value)..).unwrap_or_default();
        let place = if left.is_empty() { "its end".to_owned() } else { format!("{left:?}") };
        Some((label.clone(), format!("{label} {value:?} does not fit {template:?} at {place}")))
    }
}

impl Rule {
    fn run(&self, text: &str, fields: &mut Fields, out: &mut Captured, start: usize) -> bool {
        let Some(value) = self.value(text, fields, out) else { return false };
        let Some(content) = value.text(text, &fields.side) else { return false };
        if !self.template.fit(content, &mut out.fit) {
            return false;
        }
        for (place, (from, to)) in self.places.iter().zip(&out.fit.ranges) {
            let Some(slot) = out.values.get_mut(start + place) else { continue };
            let (from, to) = (value.start + *from as u32, value.start + *to as u32);
            let named = Value { kind: Kind::Text, side: value.side, start: from, end: to };
            let again = slot.kind != Kind::Missing;
            if again
                && slot.bytes(text.as_bytes(), &fields.side) != named.bytes(text.as_bytes(), &fields.side)
            {
                return false;
            }
            *slot = named;
        }
        true
    }

    /// The value at the path, if it is one with a text.
    fn value(&self, text: &str, fields: &mut Fields, out: &mut Captured) -> Option<Value> {
        let query = match &self.source {
            Source::Slot(slot) => {
                let value = fields.slots.get(*slot as usize).copied()?;
                return (!matches!(value.kind, Kind::Missing | Kind::Null)).then_some(value);
            }
            Source::Query(query) => query,
        };
        let tree = out.tree.get_or_insert_with(|| Json::parse(text).ok());
        let found = query::first_text(query, tree.as_ref()?)?;
        let start = fields.side.len() as u32;
        fields.side.extend_from_slice(found.as_bytes());
        Some(Value { kind: Kind::Text, side: true, start, end: fields.side.len() as u32 })
    }
}
