//! One expression of a template: a path, a literal argument, or a call of an intrinsic function.

use serde_json::Value;

use super::functions::{self, Function};
use super::{PathFailure, Scope, intrinsic};
use crate::errors::PARAMETER_PATH_FAILURE;
use crate::limits::MAX_EXPRESSION_BYTES;
use crate::path::Path;

/// What the context object has at its top, for the message and for the check.
const CONTEXT_NAMES: [&str; 4] = ["Action", "Map", "Rule", "Workflow"];

/// A compiled expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    /// A literal argument of a function.
    Literal(Value),
    /// `$...`, with its text.
    Event(Path),
    /// `$$...`.
    Context(Path),
    /// `States.Name(...)`.
    Call { function: Function, arguments: Vec<Expression> },
}

impl Expression {
    /// Compiles what stands in a `.$` member. The error is a sentence for people.
    pub(super) fn parse(text: &str) -> Result<Expression, String> {
        if text.len() > MAX_EXPRESSION_BYTES {
            return Err(format!(
                "{} bytes in one expression; at most {MAX_EXPRESSION_BYTES} are allowed",
                text.len()
            ));
        }
        if text.starts_with('$') {
            return Expression::path(text);
        }
        if text.starts_with("States.") {
            return intrinsic::parse(text);
        }
        Err(format!(
            "`{text}` is neither a path (`$.detail.id`, `$$.Action.Id`) nor a function (`States.Format(...)`); \
             without `.$` the text is taken as it is"
        ))
    }

    /// Compiles a path of either kind.
    pub(super) fn path(text: &str) -> Result<Expression, String> {
        let Some(context) = text.strip_prefix("$$") else {
            return Path::compile(text).map(Expression::Event).map_err(|error| error.to_string());
        };
        let path = Path::compile(&format!("${context}")).map_err(|error| error.to_string())?;
        match path.first_name() {
            Some(name) if !CONTEXT_NAMES.contains(&name) => Err(format!(
                "the context object has no `{name}`: it has $$.Action.Id, $$.Map.Item.Index, $$.Map.Item.Value, \
                 $$.Rule.Name and $$.Workflow.Name"
            )),
            _ => Ok(Expression::Context(path)),
        }
    }

    /// Its value for an event.
    pub(super) fn value(&self, scope: &Scope<'_>) -> Result<Value, PathFailure> {
        let nothing = |place: &str| PathFailure {
            error: PARAMETER_PATH_FAILURE,
            message: format!("the path finds nothing in the {place}"),
        };
        match self {
            Expression::Literal(value) => Ok(value.clone()),
            Expression::Event(path) => path.find(scope.event).ok_or_else(|| nothing("event")),
            Expression::Context(path) => path.find(scope.context).ok_or_else(|| nothing("context object")),
            Expression::Call { function, arguments } => {
                let values: Result<Vec<Value>, PathFailure> =
                    arguments.iter().map(|argument| argument.value(scope)).collect();
                functions::call(*function, values?)
            }
        }
    }

    /// Paths and calls in it.
    pub(super) fn size(&self) -> usize {
        match self {
            Expression::Literal(_) => 0,
            Expression::Event(_) | Expression::Context(_) => 1,
            Expression::Call { arguments, .. } => {
                arguments.iter().map(Expression::size).fold(1, usize::saturating_add)
            }
        }
    }

    /// Whether it reads `$$.Map`.
    pub(super) fn reads_item(&self) -> bool {
        match self {
            Expression::Context(path) => path.first_name() == Some("Map"),
            Expression::Call { arguments, .. } => arguments.iter().any(Expression::reads_item),
            Expression::Literal(_) | Expression::Event(_) => false,
        }
    }
}
