//! Templates: text with names in it, read out of a value and filled in again.
//!
//! `{name}` is one or more characters other than `/`, `{name...}` one or more of any; `{{` and `}}` are braces. Names
//! take the shortest text that lets the whole fit, from the left.

use std::sync::Arc;

use super::error::{CaptureError, CapturePart, FillError};
use super::fit::Fit;
use crate::limits::{MAX_TEMPLATE_BYTES, MAX_TEMPLATE_NAMES};

/// A compiled template.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    pub(super) parts: Vec<Part>,
    names: Vec<Arc<str>>,
    text: Box<str>,
}

/// A piece of a template. Literals are never empty and never side by side.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Literal(Box<str>),
    Name {
        /// `{name...}`: may contain `/`.
        rest: bool,
    },
}

const HELP: &str = "write jobs/{job}/part-{part}.csv; {name...} may contain `/`, and {{ }} are braces";

fn fail<T>(offset: usize, message: impl Into<String>) -> Result<T, CaptureError> {
    Err(CaptureError::new(CapturePart::Template, offset, message, HELP))
}

impl Template {
    /// Compiles a template.
    ///
    /// # Errors
    /// Braces that do not close, a name that is none or stands twice, or a limit ([`crate::limits`]).
    pub fn parse(text: &str) -> Result<Template, CaptureError> {
        if text.len() > MAX_TEMPLATE_BYTES {
            return fail(
                MAX_TEMPLATE_BYTES,
                format!("the template is longer than {MAX_TEMPLATE_BYTES} bytes"),
            );
        }
        let mut template = Template { parts: Vec::new(), names: Vec::new(), text: text.into() };
        let mut literal = String::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
            let plain = rest.find(['{', '}']).unwrap_or(rest.len());
            literal.push_str(rest.get(..plain).unwrap_or_default());
            at += plain;
            let rest = rest.get(plain..).unwrap_or_default();
            if rest.starts_with("{{") || rest.starts_with("}}") {
                literal.push_str(rest.get(..1).unwrap_or_default());
                at += 2;
            } else if rest.starts_with('}') {
                return fail(at, "a `}` that closes nothing");
            } else if let Some(inner) = rest.strip_prefix('{') {
                let Some(end) = inner.find('}') else { return fail(at, "a `{` that is never closed") };
                template.literal(&mut literal);
                template.name(at + 1, inner.get(..end).unwrap_or_default())?;
                at += end + 2;
            }
        }
        template.literal(&mut literal);
        Ok(template)
    }

    fn literal(&mut self, literal: &mut String) {
        if !literal.is_empty() {
            self.parts.push(Part::Literal(std::mem::take(literal).into()));
        }
    }

    fn name(&mut self, at: usize, text: &str) -> Result<(), CaptureError> {
        let (name, rest) = text.strip_suffix("...").map_or((text, false), |name| (name, true));
        let first = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !first || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) {
            return fail(
                at,
                format!("`{text}` is no name: letters, digits, `_` and `-`, not starting with a digit"),
            );
        }
        if self.names.iter().any(|n| **n == *name) {
            return fail(at, format!("`{name}` stands twice in one template"));
        }
        if self.names.len() >= MAX_TEMPLATE_NAMES {
            return fail(at, format!("more than {MAX_TEMPLATE_NAMES} names"));
        }
        self.names.push(name.into());
        self.parts.push(Part::Name { rest });
        Ok(())
    }

    /// Its names, in the order they stand.
    #[must_use]
    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    /// The template as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What each name stands for in `text`, in the order of [`Template::names`]; `None` when `text` does not fit.
    #[must_use]
    pub fn read<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let mut fit = Fit::default();
        if !self.fit(text, &mut fit) {
            return None;
        }
        fit.ranges.iter().map(|(start, end)| text.get(*start..*end)).collect()
    }

    /// Builds the text whose names have these values.
    ///
    /// # Errors
    /// When a name has no value, or one it could not be read with.
    pub fn fill<'v>(&self, mut value: impl FnMut(&str) -> Option<&'v str>) -> Result<String, FillError> {
        let mut text = String::new();
        let mut names = self.names.iter();
        for part in &self.parts {
            let rest = match part {
                Part::Literal(literal) => {
                    text.push_str(literal);
                    continue;
                }
                Part::Name { rest } => *rest,
            };
            let Some(name) = names.next() else { continue };
            let Some(value) = value(name) else { return Err(FillError::Missing { name: name.to_string() }) };
            if value.is_empty() || (!rest && value.contains('/')) {
                return Err(FillError::Unfit { name: name.to_string(), value: value.to_owned() });
            }
            text.push_str(value);
        }
        Ok(text)
    }
}
