//! Payload templates as Amazon States Language has them: keys ending in `.$` hold paths and intrinsic functions.

mod expression;
mod functions;
mod intrinsic;

#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::limits::MAX_TEMPLATE_EXPRESSIONS;
use expression::Expression;

/// A payload template, compiled once.
///
/// A member `name.$` becomes `name` with the value of its expression: a JSONPath into the event's envelope (`$...`) or
/// into the context object (`$$...`), or an intrinsic function (`States.Format(...)`). Everything else stays as it
/// is, at any depth, lists included. A template that is nothing but a text beginning with `$` or `States.` is that
/// expression.
#[derive(Clone, Debug, PartialEq)]
pub struct PayloadTemplate {
    root: Node,
    uses_item: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Literal(Value),
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
    Computed(Box<Computed>),
}

#[derive(Clone, Debug, PartialEq)]
struct Computed {
    pointer: String,
    text: String,
    expression: Expression,
}

/// A template that does not compile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", if pointer.is_empty() { "the template" } else { pointer.as_str() })]
pub struct TemplateError {
    /// JSON pointer (RFC 6901) to the member at fault, empty for the whole template.
    pub pointer: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// A template that could not be rendered for an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {message}")]
pub struct PathFailure {
    /// `States.ParameterPathFailure`, `States.IntrinsicFailure` or `States.DataLimitExceeded`: see [`crate::errors`].
    pub error: &'static str,
    /// Where and why.
    pub message: String,
}

impl PayloadTemplate {
    /// Compiles a template.
    ///
    /// # Errors
    /// [`TemplateError`]: a `.$` member that is no expression, stands beside a member of the same name, or goes past a
    /// limit.
    pub fn compile(template: &Value) -> Result<PayloadTemplate, TemplateError> {
        let mut compiler = Compiler { expressions: 0, uses_item: false };
        let root = match template {
            Value::String(text) if text.starts_with('$') || text.starts_with("States.") => {
                compiler.computed(text, String::new())?
            }
            other => compiler.node(other, "")?,
        };
        Ok(PayloadTemplate { root, uses_item: compiler.uses_item })
    }

    /// Whether an expression reads `$$.Map`: it finds nothing there in a rule without `map`.
    #[must_use]
    pub fn uses_map_item(&self) -> bool {
        self.uses_item
    }

    /// The payload for an event's envelope and a context object.
    ///
    /// # Errors
    /// [`PathFailure`]: a path found nothing, or an intrinsic function could not work with its arguments.
    pub fn render(&self, event: &Value, context: &Value) -> Result<Value, PathFailure> {
        render(&self.root, &Scope { event, context })
    }
}

/// What expressions read.
#[derive(Clone, Copy, Debug)]
struct Scope<'a> {
    event: &'a Value,
    context: &'a Value,
}

fn render(node: &Node, scope: &Scope<'_>) -> Result<Value, PathFailure> {
    match node {
        Node::Literal(value) => Ok(value.clone()),
        Node::Object(members) => {
            members.iter().map(|(key, node)| Ok((key.clone(), render(node, scope)?))).collect()
        }
        Node::Array(nodes) => nodes.iter().map(|node| render(node, scope)).collect(),
        Node::Computed(computed) => computed.expression.value(scope).map_err(|failure| {
            let place = if computed.pointer.is_empty() { "input" } else { computed.pointer.as_str() };
            PathFailure { message: format!("{place} `{}`: {}", computed.text, failure.message), ..failure }
        }),
    }
}

struct Compiler {
    expressions: usize,
    uses_item: bool,
}

impl Compiler {
    fn node(&mut self, value: &Value, pointer: &str) -> Result<Node, TemplateError> {
        match value {
            Value::Object(members) => {
                let mut nodes = Vec::with_capacity(members.len());
                for (key, value) in members {
                    nodes.push(self.member(key, value, members, pointer)?);
                }
                Ok(fold_object(nodes))
            }
            Value::Array(items) => {
                let nodes: Result<Vec<Node>, TemplateError> = items
                    .iter()
                    .enumerate()
                    .map(|(i, item)| self.node(item, &format!("{pointer}/{i}")))
                    .collect();
                Ok(fold_array(nodes?))
            }
            literal => Ok(Node::Literal(literal.clone())),
        }
    }

    fn member(
        &mut self,
        key: &str,
        value: &Value,
        siblings: &serde_json::Map<String, Value>,
        pointer: &str,
    ) -> Result<(String, Node), TemplateError> {
        let place = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
        let Some(name) = key.strip_suffix(".$") else {
            return Ok((key.to_owned(), self.node(value, &place)?));
        };
        let wrong = |message: String| TemplateError { pointer: place.clone(), message };
        if name.is_empty() {
            return Err(wrong("`.$` needs a name before it, such as `id.$`".to_owned()));
        }
        if siblings.contains_key(name) {
            return Err(wrong(format!(
                "`{name}` stands beside `{key}` and both would be `{name}`: remove one"
            )));
        }
        let Value::String(text) = value else {
            return Err(wrong(format!(
                "`{key}` must be a text: a path such as `$.detail.id`, or a function such as `States.Format(...)`; \
                 without `.$` the value is taken as it is"
            )));
        };
        Ok((name.to_owned(), self.computed(text, place)?))
    }

    fn computed(&mut self, text: &str, pointer: String) -> Result<Node, TemplateError> {
        let wrong = |message: String| TemplateError { pointer: pointer.clone(), message };
        let expression = Expression::parse(text).map_err(&wrong)?;
        self.expressions = self.expressions.saturating_add(expression.size());
        if self.expressions > MAX_TEMPLATE_EXPRESSIONS {
            return Err(wrong(format!(
                "more than {MAX_TEMPLATE_EXPRESSIONS} paths and functions in one template"
            )));
        }
        self.uses_item |= expression.reads_item();
        Ok(Node::Computed(Box::new(Computed { pointer, text: text.to_owned(), expression })))
    }
}

/// An object without expressions is a literal: rendering it is one clone.
fn fold_object(nodes: Vec<(String, Node)>) -> Node {
    if !nodes.iter().all(|(_, node)| matches!(node, Node::Literal(_))) {
        return Node::Object(nodes);
    }
    Node::Literal(nodes.into_iter().filter_map(|(key, node)| Some((key, literal(node)?))).collect())
}

fn fold_array(nodes: Vec<Node>) -> Node {
    if !nodes.iter().all(|node| matches!(node, Node::Literal(_))) {
        return Node::Array(nodes);
    }
    Node::Literal(nodes.into_iter().filter_map(literal).collect())
}

fn literal(node: Node) -> Option<Value> {
    match node {
        Node::Literal(value) => Some(value),
        _ => None,
    }
}
