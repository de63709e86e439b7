//! Expressions as the service reads them: conditions, conditions on keys, and updates. Whatever it does not know it refuses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Item;

/// Names and values that an expression refers to, and which of them it did.
pub(super) struct Terms<'a> {
    names: Option<&'a Value>,
    values: Option<&'a Value>,
    used: BTreeSet<String>,
}

impl<'a> Terms<'a> {
    /// Those of a request.
    pub(super) fn of(request: &'a Value) -> Terms<'a> {
        let (names, values) =
            (request.get("ExpressionAttributeNames"), request.get("ExpressionAttributeValues"));
        Terms { names, values, used: BTreeSet::new() }
    }

    fn name(&mut self, token: &str) -> Result<String, String> {
        self.used.insert(token.to_owned());
        let name = self.names.and_then(|names| names.get(token)).and_then(Value::as_str);
        name.map(str::to_owned).ok_or_else(|| format!("an undefined attribute name: {token}"))
    }

    fn value(&mut self, token: &str) -> Result<Value, String> {
        self.used.insert(token.to_owned());
        let value = self.values.and_then(|values| values.get(token));
        value.cloned().ok_or_else(|| format!("an undefined attribute value: {token}"))
    }

    /// The service refuses names and values that no expression uses.
    pub(super) fn all_used(&self) -> Result<(), String> {
        let given = [self.names, self.values].into_iter().flatten().filter_map(Value::as_object);
        let unused: Vec<&String> =
            given.flat_map(serde_json::Map::keys).filter(|name| !self.used.contains(*name)).collect();
        if unused.is_empty() { Ok(()) } else { Err(format!("unused in expressions: {unused:?}")) }
    }
}

/// A condition that was read.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Exists(String),
    Missing(String),
    Begins(String, String),
    Compares(String, char, Value),
}

impl Condition {
    /// Reads a condition.
    pub(super) fn read(text: &str, terms: &mut Terms<'_>) -> Result<Condition, String> {
        let mut reader = Reader { tokens: tokens(text), next: 0 };
        let condition = reader.any(terms)?;
        reader.end()?;
        Ok(condition)
    }

    /// Whether it holds of what is there; nothing there is an item without attributes.
    pub(super) fn holds(&self, item: &Item) -> bool {
        match self {
            Condition::All(parts) => parts.iter().all(|part| part.holds(item)),
            Condition::Any(parts) => parts.iter().any(|part| part.holds(item)),
            Condition::Exists(name) => item.contains_key(name),
            Condition::Missing(name) => !item.contains_key(name),
            Condition::Begins(name, start) => {
                text(item.get(name)).is_some_and(|text| text.starts_with(start))
            }
            Condition::Compares(name, how, value) => {
                item.get(name).is_some_and(|found| compares(found, *how, value))
            }
        }
    }

    /// The value that an attribute must have.
    pub(super) fn wants(&self, name: &str) -> Option<&Value> {
        match self {
            Condition::All(parts) => parts.iter().find_map(|part| part.wants(name)),
            Condition::Compares(found, '=', value) if found == name => Some(value),
            _ => None,
        }
    }
}

/// The text of an attribute of kind `S`.
pub(super) fn text(value: Option<&Value>) -> Option<&str> {
    value?.get("S")?.as_str()
}

fn compares(found: &Value, how: char, value: &Value) -> bool {
    let number = |value: &Value| value.get("N").and_then(Value::as_str).and_then(|n| n.parse::<i128>().ok());
    let order = match (number(found), number(value)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ if how == '=' => return found == value,
        _ => match (text(Some(found)), text(Some(value))) {
            (Some(a), Some(b)) => a.cmp(b),
            _ => return false,
        },
    };
    match how {
        '=' => order.is_eq(),
        '<' => order.is_lt(),
        _ => order.is_gt(),
    }
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_whitespace() || matches!(c, '(' | ')' | ',' | '=' | '<' | '>') {
            if !word.is_empty() {
                tokens.push(std::mem::take(&mut word));
            }
            if !c.is_whitespace() {
                tokens.push(c.to_string());
            }
        } else {
            word.push(c);
        }
    }
    tokens
}

struct Reader {
    tokens: Vec<String>,
    next: usize,
}

impl Reader {
    fn peek(&self) -> &str {
        self.tokens.get(self.next).map_or("", String::as_str)
    }

    fn take(&mut self) -> String {
        let token = self.peek().to_owned();
        self.next = self.next.saturating_add(1);
        token
    }

    fn is(&mut self, token: &str) -> bool {
        let is = self.peek() == token;
        self.next = self.next.saturating_add(usize::from(is));
        is
    }

    fn must(&mut self, token: &str) -> Result<(), String> {
        if self.is(token) { Ok(()) } else { Err(format!("`{token}` is wanted where `{}` is", self.peek())) }
    }

    fn end(&self) -> Result<(), String> {
        if self.peek().is_empty() { Ok(()) } else { Err(format!("more than wanted: `{}`", self.peek())) }
    }

    fn any(&mut self, terms: &mut Terms<'_>) -> Result<Condition, String> {
        let mut parts = vec![self.all(terms)?];
        while self.is("OR") {
            parts.push(self.all(terms)?);
        }
        Ok(single(Condition::Any(parts)))
    }

    fn all(&mut self, terms: &mut Terms<'_>) -> Result<Condition, String> {
        let mut parts = vec![self.one(terms)?];
        while self.is("AND") {
            parts.push(self.one(terms)?);
        }
        Ok(single(Condition::All(parts)))
    }

    fn one(&mut self, terms: &mut Terms<'_>) -> Result<Condition, String> {
        let first = self.take();
        if first == "(" {
            let inner = self.any(terms)?;
            return self.must(")").map(|()| inner);
        }
        if first.starts_with('#') {
            let (name, how, value) = (terms.name(&first)?, self.take(), self.take());
            let how = how.chars().next().filter(|how| matches!(how, '=' | '<' | '>'));
            return Ok(Condition::Compares(name, how.ok_or("an operator is wanted")?, terms.value(&value)?));
        }
        self.must("(")?;
        let token = self.take();
        let name = terms.name(&token)?;
        let condition = match first.as_str() {
            "attribute_exists" => Condition::Exists(name),
            "attribute_not_exists" => Condition::Missing(name),
            "begins_with" => {
                self.must(",")?;
                let token = self.take();
                let value = terms.value(&token)?;
                Condition::Begins(name, text(Some(&value)).ok_or("a text is wanted")?.to_owned())
            }
            other => return Err(format!("an unknown function: {other}")),
        };
        self.must(")").map(|()| condition)
    }
}

fn single(condition: Condition) -> Condition {
    match condition {
        Condition::All(mut parts) | Condition::Any(mut parts) if parts.len() == 1 => {
            parts.pop().unwrap_or(Condition::All(vec![]))
        }
        other => other,
    }
}

/// Changes an item as an update expression says: `SET` of values, perhaps only where there is none, and `REMOVE`.
pub(super) fn update(text: &str, terms: &mut Terms<'_>, item: &mut Item) -> Result<(), String> {
    let mut reader = Reader { tokens: tokens(text), next: 0 };
    let before: BTreeMap<String, Value> = item.clone();
    while !reader.peek().is_empty() {
        let section = reader.take();
        loop {
            let token = reader.take();
            let name = terms.name(&token)?;
            match section.as_str() {
                "SET" => {
                    reader.must("=")?;
                    item.insert(name, operand(&mut reader, terms, &before)?);
                }
                "REMOVE" => drop(item.remove(&name)),
                other => return Err(format!("an unknown section: {other}")),
            }
            if !reader.is(",") {
                break;
            }
        }
    }
    Ok(())
}

fn operand(
    reader: &mut Reader,
    terms: &mut Terms<'_>,
    before: &BTreeMap<String, Value>,
) -> Result<Value, String> {
    let token = reader.take();
    if token != "if_not_exists" {
        return terms.value(&token);
    }
    reader.must("(")?;
    let token = reader.take();
    let name = terms.name(&token)?;
    reader.must(",")?;
    let token = reader.take();
    let value = terms.value(&token)?;
    reader.must(")")?;
    Ok(before.get(&name).cloned().unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_hold_as_the_service_says() {
        let request = json!({
            "ExpressionAttributeNames": { "#a": "a", "#b": "b" },
            "ExpressionAttributeValues": { ":n": { "N": "7" }, ":s": { "S": "ab" } },
        });
        let item: Item =
            [("a".to_owned(), json!({ "N": "7" })), ("b".to_owned(), json!({ "S": "abc" }))].into();
        let holds = |text: &str, item: &Item| {
            Condition::read(text, &mut Terms::of(&request)).map(|condition| condition.holds(item))
        };
        for (text, there, nothing) in [
            ("attribute_exists(#a) AND begins_with(#b, :s)", true, false),
            ("#a < :n OR attribute_not_exists(#b)", false, true),
            ("(#a = :n) AND (#a > :n OR attribute_exists(#b))", true, false),
        ] {
            assert_eq!(holds(text, &item), Ok(there), "{text}");
            assert_eq!(holds(text, &Item::new()), Ok(nothing), "{text}");
        }
        for text in ["#a", "#c = :n", "#a = :x", "size(#a) > :n", "#a = :n #b", "attribute_exists(#a"] {
            assert!(holds(text, &item).is_err(), "{text}");
        }
    }

    #[test]
    fn an_update_sees_the_item_as_it_was() {
        let request = json!({
            "ExpressionAttributeNames": { "#a": "a", "#b": "b", "#c": "c" },
            "ExpressionAttributeValues": { ":n": { "N": "7" } },
        });
        let mut terms = Terms::of(&request);
        let mut item: Item =
            [("b".to_owned(), json!({ "N": "1" })), ("c".to_owned(), json!({ "N": "2" }))].into();
        update("SET #a = :n, #b = if_not_exists(#b, :n) REMOVE #c", &mut terms, &mut item).unwrap();
        assert_eq!(
            item,
            [("a".to_owned(), json!({ "N": "7" })), ("b".to_owned(), json!({ "N": "1" }))].into()
        );
        assert_eq!(terms.all_used(), Ok(()));
        assert!(Terms::of(&request).all_used().is_err());
        assert!(update("ADD #a :n", &mut terms, &mut item).is_err());
    }
}
