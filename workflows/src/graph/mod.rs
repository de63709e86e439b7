//! The picture of a workflow: sources, events, conditions, rules, functions and targets, and what leads to what.
//!
//! A [`Graph`] is made of a [`Plan`] and is plain data (it is also the JSON form). Each format that shows it has its own
//! file: [`mermaid()`], [`dot()`] and [`svg()`]. Nodes and edges keep the order of the workflow file, so the same file
//! always gives the same text. Circles are kept: only the layout of the drawing breaks them, for its own use.

mod build;
mod dot;
mod mermaid;
mod svg;
mod words;

use fanin_plan::Plan;
use serde::Serialize;

pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::{TooLarge, svg};

/// A workflow as nodes and edges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// Name of the workflow.
    pub workflow: String,
    /// Sources, events, conditions, rules, caught failures, functions and targets, in this order.
    pub nodes: Vec<Node>,
    /// What leads to what.
    pub edges: Vec<Edge>,
}

/// One thing of the workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Unique in the graph: kind and name, such as `condition.shipped`.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// Its name in the workflow; for a bucket or a target the name there.
    pub name: String,
    /// What it does, in words: one short line each, at most three.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// A bucket that uploads come from.
    Bucket,
    /// A schedule that ticks.
    Schedule,
    /// A named event.
    Event,
    /// A condition.
    Condition,
    /// A rule.
    Rule,
    /// An event that a `catch` emits.
    Caught,
    /// A function that a rule invokes.
    Function,
    /// What a rule sends to.
    Target,
}

/// One thing that leads to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// Id of the node it starts at.
    pub from: String,
    /// Id of the node it ends at.
    pub to: String,
    /// What it means.
    pub kind: EdgeKind,
    /// Which outcome of a condition or a rule it starts with; nothing for a firing and for an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Outcome>,
    /// What stands beside it, such as `by job`; may be empty.
    pub label: String,
}

/// What an edge means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    /// The source brings the event.
    Brings,
    /// The event is a member of the condition.
    Member,
    /// The event only brings the number that a count has to reach.
    Reach,
    /// The event starts the wait of an `absent` with `after`.
    After,
    /// The event triggers the rule.
    Triggers,
    /// The rule calls the function or sends to the target.
    Calls,
    /// A failure of the rule becomes the event.
    Catches,
}

/// How a condition or a rule ended, when that is what an edge starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// `NAME.timeout` of a condition.
    Timeout,
    /// `NAME.done` of a rule.
    Done,
    /// `NAME.failed` of a rule.
    Failed,
}

impl Graph {
    /// The graph of a compiled workflow.
    #[must_use]
    pub fn of(plan: &Plan) -> Graph {
        build::build(plan)
    }

    /// One JSON document, indented, without a line feed at its end.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Places in [`Graph::nodes`] of both ends of each edge, in the order of the edges.
    fn ends(&self) -> Vec<(usize, usize)> {
        let places: std::collections::BTreeMap<&str, usize> =
            self.nodes.iter().enumerate().map(|(i, node)| (node.id.as_str(), i)).collect();
        let place = |id: &str| places.get(id).copied().unwrap_or(0);
        self.edges.iter().map(|edge| (place(&edge.from), place(&edge.to))).collect()
    }
}

impl Edge {
    /// Whether it is the road of what did not go as hoped: drawn dashed.
    #[must_use]
    pub fn dashed(&self) -> bool {
        matches!(self.on, Some(Outcome::Timeout | Outcome::Failed)) || self.kind == EdgeKind::Catches
    }
}

impl NodeKind {
    /// The word for it: the beginning of ids, and the legend of drawings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            NodeKind::Bucket => "bucket",
            NodeKind::Schedule => "schedule",
            NodeKind::Event => "event",
            NodeKind::Condition => "condition",
            NodeKind::Rule => "rule",
            NodeKind::Caught => "caught",
            NodeKind::Function => "function",
            NodeKind::Target => "target",
        }
    }
}
