//! JSONPath over the tree of an event that keeps the spelling of numbers. Only for paths that need it.

use std::collections::BTreeMap;

use jsonpath_rust::parser::model::JpQuery;
use jsonpath_rust::query::js_path_process;
use jsonpath_rust::query::queryable::Queryable;

use crate::json::tree::{Json, Node, Text};

/// The text of the first value `query` finds: strings, numbers as they are spelt, true and false.
pub(super) fn first_text(query: &JpQuery, event: &Json) -> Option<String> {
    let found = js_path_process(query, event).ok()?;
    match &found.first()?.val.node {
        Node::Text(text) if !text.broken => Some(text.text.clone()),
        Node::Number(text) => Some(text.clone()),
        Node::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

fn of(node: Node) -> Json {
    Json { at: 0, node }
}

impl From<&str> for Json {
    fn from(text: &str) -> Json {
        Json::from(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Json {
        of(Node::Text(Text { text, broken: false }))
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Json {
        of(Node::Bool(value))
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Json {
        of(Node::Number(value.to_string()))
    }
}

impl From<f64> for Json {
    fn from(value: f64) -> Json {
        of(Node::Number(value.to_string()))
    }
}

impl From<Vec<Json>> for Json {
    fn from(elements: Vec<Json>) -> Json {
        of(Node::Array(elements))
    }
}

impl PartialEq for Json {
    /// Equal values, as filters compare them: numbers by size, objects in any order.
    fn eq(&self, other: &Json) -> bool {
        match (&self.node, &other.node) {
            (Node::Null, Node::Null) => true,
            (Node::Bool(a), Node::Bool(b)) => a == b,
            (Node::Number(a), Node::Number(b)) => a == b || a.parse::<f64>() == b.parse::<f64>(),
            (Node::Text(a), Node::Text(b)) => a == b,
            (Node::Array(a), Node::Array(b)) => a == b,
            (Node::Object(_), Node::Object(_)) => {
                let (a, b) = (self.members(), other.members());
                a.len() == b.len() && a.iter().all(|(name, value)| other.get(name) == Some(*value))
            }
            _ => false,
        }
    }
}

impl Json {
    /// The members, each name once, with its last value.
    fn members(&self) -> Vec<(&str, &Json)> {
        let Node::Object(members) = &self.node else { return Vec::new() };
        let mut last = BTreeMap::new();
        for (i, member) in members.iter().enumerate() {
            last.insert(member.name.text.as_str(), i);
        }
        let each = members.iter().enumerate();
        each.filter(|(i, m)| last.get(m.name.text.as_str()) == Some(i))
            .map(|(_, m)| (m.name.text.as_str(), &m.value))
            .collect()
    }
}

impl Queryable for Json {
    fn get(&self, key: &str) -> Option<&Json> {
        let Node::Object(members) = &self.node else { return None };
        members.iter().rev().find(|m| m.name.text == key).map(|m| &m.value)
    }

    fn as_array(&self) -> Option<&Vec<Json>> {
        if let Node::Array(elements) = &self.node { Some(elements) } else { None }
    }

    fn as_object(&self) -> Option<Vec<(&str, &Json)>> {
        matches!(self.node, Node::Object(_)).then(|| self.members())
    }

    fn as_str(&self) -> Option<&str> {
        if let Node::Text(text) = &self.node { Some(&text.text) } else { None }
    }

    fn as_i64(&self) -> Option<i64> {
        if let Node::Number(text) = &self.node { text.parse().ok() } else { None }
    }

    fn as_f64(&self) -> Option<f64> {
        if let Node::Number(text) = &self.node { text.parse().ok() } else { None }
    }

    fn as_bool(&self) -> Option<bool> {
        if let Node::Bool(value) = self.node { Some(value) } else { None }
    }

    fn null() -> Json {
        Json::default()
    }
}
