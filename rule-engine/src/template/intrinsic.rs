//! Parses intrinsic functions: `States.Format('{} of {}', $.detail.part, States.MathAdd($.detail.parts, 1))`.

use serde_json::Value;

use super::expression::Expression;
use super::functions::Function;
use crate::limits::MAX_INTRINSIC_DEPTH;

/// Parses a whole text as one call. The error is a sentence for people.
pub(super) fn parse(text: &str) -> Result<Expression, String> {
    let mut parser = Parser { text, at: 0 };
    let call = parser.call(1)?;
    parser.spaces();
    match parser.rest() {
        "" => Ok(call),
        rest => Err(format!("`{rest}` is left after the function at byte {}: remove it", parser.at)),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn spaces(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, token: char) -> bool {
        self.spaces();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len_utf8();
        }
        found
    }

    fn call(&mut self, depth: usize) -> Result<Expression, String> {
        if depth > MAX_INTRINSIC_DEPTH {
            return Err(format!("functions nested more than {MAX_INTRINSIC_DEPTH} deep"));
        }
        let rest = self.rest();
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_')).unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default();
        let function = Function::named(name)?;
        self.at += end;
        if !self.take('(') {
            return Err(format!("`{name}` needs its arguments in parentheses: `{}`", function.usage()));
        }
        let mut arguments = Vec::new();
        if !self.take(')') {
            loop {
                let is_format = function == Function::Format && arguments.is_empty();
                arguments.push(self.argument(depth, is_format)?);
                if self.take(',') {
                    continue;
                }
                if self.take(')') {
                    break;
                }
                return Err(format!("`,` or `)` is missing at byte {} of `{}`", self.at, self.text));
            }
        }
        function.check(&arguments)?;
        Ok(Expression::Call { function, arguments })
    }

    fn argument(&mut self, depth: usize, is_format: bool) -> Result<Expression, String> {
        self.spaces();
        let rest = self.rest();
        match rest.chars().next() {
            Some('\'') => self.string(is_format),
            Some('$') => {
                let end = path_end(rest);
                let path = rest.get(..end).unwrap_or_default().trim_end();
                self.at += end;
                Expression::path(path)
            }
            Some('S') => self.call(depth.saturating_add(1)),
            _ => self.scalar(),
        }
    }

    /// A text in single quotes. `\\` makes the next character stand for itself. A format keeps its escapes, for
    /// `States.Format` tells braces from placeholders by them.
    fn string(&mut self, is_format: bool) -> Result<Expression, String> {
        let mut chars = self.rest().char_indices().skip(1);
        let mut value = String::new();
        while let Some((place, c)) = chars.next() {
            match c {
                '\'' => {
                    self.at += place + 1;
                    return Ok(Expression::Literal(Value::String(value)));
                }
                '\\' => match chars.next() {
                    Some((_, escaped @ ('\'' | '\\' | '{' | '}'))) => {
                        value.extend(is_format.then_some('\\'));
                        value.push(escaped);
                    }
                    Some((_, other)) => {
                        return Err(format!("`\\{other}` is no escape: write \\', \\\\, \\{{ or \\}}"));
                    }
                    None => break,
                },
                other => value.push(other),
            }
        }
        Err(format!("the text that begins at byte {} has no closing '", self.at))
    }

    /// A number, `true`, `false` or `null`.
    fn scalar(&mut self) -> Result<Expression, String> {
        let rest = self.rest();
        let end = rest.find([',', ')']).unwrap_or(rest.len());
        let text = rest.get(..end).unwrap_or_default().trim_end();
        match serde_json::from_str::<Value>(text) {
            Ok(value) if !value.is_string() && !value.is_array() && !value.is_object() => {
                self.at += end;
                Ok(Expression::Literal(value))
            }
            _ => Err(format!(
                "`{text}` is no argument: write a path ($.a), a text in single quotes, a number, true, false, null or \
                 a function (States.Array(...))"
            )),
        }
    }
}

/// Where a path that is an argument ends: at a comma or a closing parenthesis that is not inside it.
fn path_end(text: &str) -> usize {
    let mut depth: usize = 0;
    let mut string: Option<char> = None;
    let mut escaped = false;
    for (place, c) in text.char_indices() {
        match string {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(delimiter) => {
                if c == delimiter {
                    string = None;
                }
            }
            None => match c {
                '\'' | '"' => string = Some(c),
                '(' | '[' => depth = depth.saturating_add(1),
                ',' | ')' if depth == 0 => return place,
                ')' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            },
        }
    }
    text.len()
}
