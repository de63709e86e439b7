//! JSON text to a tree (RFC 8259). YAML's parser reads most of it, but not tabs and surrogate pairs.

use super::scalar::is_json_number;
use super::{Budget, Entry, Node, Place, Value};
use crate::codes;
use crate::report::Mistake;

/// Reads one value and nothing after it.
pub(super) fn read(text: &str) -> Result<Node, Box<Mistake>> {
    let mut reader = Reader { text, at: 0, budget: Budget::default() };
    let node = reader.value(1)?;
    reader.blank();
    if reader.at < text.len() {
        return Err(reader.fail("something follows the end of the JSON value", "delete it"));
    }
    Ok(node)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    budget: Budget,
}

type Read<T> = Result<T, Box<Mistake>>;

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn fail(&self, message: &str, help: &str) -> Box<Mistake> {
        let width = self.rest().chars().next().map_or(0, char::len_utf8);
        let place = Place { start: self.at, end: self.at + width };
        Box::new(Mistake::new(codes::SYNTAX, place, format!("this is not JSON: {message}")).help(help))
    }

    fn value(&mut self, depth: usize) -> Read<Node> {
        self.blank();
        let start = self.at;
        self.budget.take(1, Place { start, end: start + 1 }).map_err(Box::new)?;
        let value = match self.peek() {
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(_) => self.word()?,
            None => return Err(self.fail("the file ends where a value is expected", "write the value")),
        };
        Ok(Node { value, place: Place { start, end: self.at } })
    }

    fn word(&mut self) -> Read<Value> {
        let start = self.at;
        let end = self
            .rest()
            .find([',', ']', '}', ' ', '\t', '\n', '\r', ':', '"'])
            .map_or(self.text.len(), |n| start + n);
        let word = self.text.get(start..end).unwrap_or_default();
        let value = match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            number if is_json_number(number) => Value::Number(number.to_owned()),
            _ => {
                let begin = self.text.get(..start).is_some_and(|before| before.trim().is_empty());
                let help = if begin {
                    "a JSON file begins with `{`; a file in YAML ends in .yaml"
                } else {
                    "texts stand in double quotes; comments are not allowed"
                };
                return Err(self.fail("a value is expected here", help));
            }
        };
        self.at = end;
        Ok(value)
    }

    fn deeper(&mut self, depth: usize) -> Read<()> {
        Budget::depth(depth, Place { start: self.at, end: self.at + 1 }).map_err(Box::new)?;
        self.at += 1;
        Ok(())
    }

    /// After a value: whether another one follows.
    fn more(&mut self, close: u8) -> Read<bool> {
        self.blank();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.blank();
                if self.peek() == Some(close) {
                    return Err(self.fail("a comma before the end", "delete the comma"));
                }
                Ok(true)
            }
            Some(b) if b == close => {
                self.at += 1;
                Ok(false)
            }
            _ => Err(self.fail(
                &format!("`,` or `{}` is expected here", char::from(close)),
                "check the commas and the closing brackets above",
            )),
        }
    }

    fn list(&mut self, depth: usize) -> Read<Value> {
        self.deeper(depth)?;
        self.blank();
        let mut nodes = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(nodes));
        }
        loop {
            nodes.push(self.value(depth + 1)?);
            if !self.more(b']')? {
                return Ok(Value::List(nodes));
            }
        }
    }

    fn map(&mut self, depth: usize) -> Read<Value> {
        self.deeper(depth)?;
        self.blank();
        let mut entries = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Map(entries));
        }
        loop {
            self.blank();
            if self.peek() != Some(b'"') {
                return Err(self.fail("a key in double quotes is expected here", "write \"key\": value"));
            }
            let start = self.at;
            let key = self.string()?;
            let place = Place { start, end: self.at };
            self.blank();
            if self.peek() != Some(b':') {
                return Err(self.fail("`:` is expected here", "write \"key\": value"));
            }
            self.at += 1;
            entries.push(Entry { key, place, value: self.value(depth + 1)? });
            if !self.more(b'}')? {
                return Ok(Value::Map(entries));
            }
        }
    }

    /// A text in quotes: its end is found here, its escapes are read by the JSON library.
    fn string(&mut self) -> Read<String> {
        let start = self.at;
        let mut bytes = self.rest().bytes().enumerate().skip(1);
        let mut length = None;
        while let Some((i, byte)) = bytes.next() {
            match byte {
                b'"' => {
                    length = Some(i + 1);
                    break;
                }
                b'\\' => {
                    bytes.next();
                }
                _ => {}
            }
        }
        let Some(length) = length else {
            return Err(self.fail("this text has no closing quote", "end it with \""));
        };
        let quoted = self.text.get(start..start + length).unwrap_or_default();
        let Ok(text) = serde_json::from_str(quoted) else {
            return Err(self.fail(
                "this text has an escape or a character JSON does not allow",
                "write \\n for a new line, \\t for a tab and \\\\ for a backslash",
            ));
        };
        self.at = start + length;
        Ok(text)
    }
}
