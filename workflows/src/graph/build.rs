//! From the plan to nodes and edges.

use fanin_condition::{Condition, Kind, Member};
use fanin_plan::{NameEntry, NameSource, Names, Plan};
use fanin_rule::{Rule, Target};

use super::words::{self, target};
use super::{Edge, EdgeKind, Graph, Node, NodeKind, Outcome};
use crate::duration;

/// Between the parts of a label.
const SEPARATOR: &str = " · ";

/// The graph of a plan.
pub(super) fn build(plan: &Plan) -> Graph {
    let names = Names::link(plan);
    let mut graph = Graph { workflow: plan.workflow.to_string(), nodes: Vec::new(), edges: Vec::new() };
    graph.sources(plan);
    graph.things(plan, &names);
    for entry in &names.entries {
        graph.listeners(plan, entry);
    }
    for rule in &plan.rules {
        graph.calls(rule);
    }
    graph.by_place();
    graph
}

fn id(kind: NodeKind, name: &str) -> String {
    format!("{}.{name}", kind.word())
}

impl Graph {
    fn node(&mut self, kind: NodeKind, name: &str, details: Vec<String>) {
        self.nodes.push(Node { id: id(kind, name), kind, name: name.to_owned(), details });
    }

    fn has(&self, id: &str) -> bool {
        self.nodes.iter().any(|node| node.id == id)
    }

    fn edge(&mut self, from: String, to: String, kind: EdgeKind, label: String) {
        self.edges.push(Edge { from, to, kind, on: None, label });
    }

    /// Buckets and schedules, with the events they bring.
    fn sources(&mut self, plan: &Plan) {
        for event in &plan.events {
            let to = id(NodeKind::Event, &event.name);
            for bucket in words::buckets(event) {
                self.source(NodeKind::Bucket, &bucket, to.clone());
            }
            if let Some(schedule) = plan.schedules.iter().find(|s| s.event == event.name) {
                self.source(NodeKind::Schedule, &schedule.expression, to);
            }
        }
    }

    /// A source, once, and its edge to an event.
    fn source(&mut self, kind: NodeKind, name: &str, to: String) {
        let from = id(kind, name);
        if !self.has(&from) {
            self.node(kind, name, Vec::new());
        }
        self.edge(from, to, EdgeKind::Brings, String::new());
    }

    /// Everything the workflow names, and what it sends to.
    fn things(&mut self, plan: &Plan, names: &Names) {
        for event in &plan.events {
            let scheduled = plan.schedules.iter().any(|s| s.event == event.name);
            self.node(NodeKind::Event, &event.name, words::event(event, scheduled));
        }
        for condition in &plan.conditions {
            self.node(NodeKind::Condition, &condition.name, words::condition(condition));
        }
        for rule in &plan.rules {
            self.node(NodeKind::Rule, &rule.name, words::rule(rule));
        }
        for entry in names.entries.iter().filter(|e| e.source == NameSource::Emitted) {
            self.node(NodeKind::Caught, &entry.name, Vec::new());
        }
        for function in &plan.functions {
            self.node(NodeKind::Function, &function.name, words::function(function));
        }
        for rule in &plan.rules {
            if let Target::Send(send) = &rule.target {
                let (service, name) = target(send);
                let id = format!("{}.{service}.{name}", NodeKind::Target.word());
                if !self.has(&id) {
                    let details = vec![service.to_owned()];
                    self.nodes.push(Node { id, kind: NodeKind::Target, name: name.to_owned(), details });
                }
            }
        }
    }

    /// The edges from one name to the conditions and rules that listen to it.
    fn listeners(&mut self, plan: &Plan, entry: &NameEntry) {
        let (from, on) = start(plan, entry);
        for (place, member) in &entry.members {
            let Some(condition) = plan.conditions.get(*place) else { continue };
            let Some(listening) = condition.members.get(usize::from(*member)) else { continue };
            let (kind, role) = role(condition, usize::from(*member), listening);
            let mut parts = vec![outcome_words(plan, entry), role];
            if !condition.by.is_empty() {
                parts.push(format!("by {}", condition.by.join(", ")));
            }
            parts.retain(|part| !part.is_empty());
            let (from, to) = (from.clone(), id(NodeKind::Condition, &condition.name));
            self.edges.push(Edge { from, to, kind, on, label: parts.join(SEPARATOR) });
        }
        for rule in entry.rules.iter().filter_map(|place| plan.rules.get(*place)) {
            let (from, to) = (from.clone(), id(NodeKind::Rule, &rule.name));
            let label = outcome_words(plan, entry);
            self.edges.push(Edge { from, to, kind: EdgeKind::Triggers, on, label });
        }
    }

    /// What a rule calls, and what its failures become.
    fn calls(&mut self, rule: &Rule) {
        let from = id(NodeKind::Rule, &rule.name);
        let (to, verb) = match &rule.target {
            Target::Invoke { function } => (id(NodeKind::Function, function), "invoke"),
            Target::Send(send) => {
                let (service, name) = target(send);
                (format!("{}.{service}.{name}", NodeKind::Target.word()), "send")
            }
        };
        let label = if rule.map.is_some() { format!("{verb} per item") } else { verb.to_owned() };
        self.edge(from.clone(), to, EdgeKind::Calls, label);
        for catcher in &rule.catch {
            let label = format!("catch {}", catcher.errors.join(", "));
            self.edge(from.clone(), id(NodeKind::Caught, &catcher.emit), EdgeKind::Catches, label);
        }
    }

    /// Sorts the edges by the places of their ends: an order that depends on the file alone.
    fn by_place(&mut self) {
        let ends = self.ends();
        let mut order: Vec<((usize, usize), Edge)> =
            ends.into_iter().zip(std::mem::take(&mut self.edges)).collect();
        order.sort_by_key(|(ends, _)| *ends);
        self.edges = order.into_iter().map(|(_, edge)| edge).collect();
    }
}

/// The node that a name comes from, and which of its outcomes it is.
fn start(plan: &Plan, entry: &NameEntry) -> (String, Option<Outcome>) {
    let condition = |place: usize| plan.conditions.get(place).map_or("", |c| &*c.name);
    let rule = |place: usize| plan.rules.get(place).map_or("", |r| &*r.name);
    match entry.source {
        NameSource::Event(_) => (id(NodeKind::Event, &entry.name), None),
        NameSource::Emitted => (id(NodeKind::Caught, &entry.name), None),
        NameSource::Fired(place) => (id(NodeKind::Condition, condition(place)), None),
        NameSource::Timeout(place) => (id(NodeKind::Condition, condition(place)), Some(Outcome::Timeout)),
        NameSource::Done(place) => (id(NodeKind::Rule, rule(place)), Some(Outcome::Done)),
        NameSource::Failed(place) => (id(NodeKind::Rule, rule(place)), Some(Outcome::Failed)),
    }
}

fn outcome_words(plan: &Plan, entry: &NameEntry) -> String {
    match entry.source {
        NameSource::Event(_) | NameSource::Emitted | NameSource::Fired(_) => String::new(),
        NameSource::Done(_) => ".done".to_owned(),
        NameSource::Failed(_) => ".failed".to_owned(),
        NameSource::Timeout(place) => match plan.conditions.get(place).and_then(|c| c.within) {
            Some(within) => format!(".timeout after {}", duration::format(within)),
            None => ".timeout".to_owned(),
        },
    }
}

/// What a member is to its condition, and what to say of it beside `by`.
fn role(condition: &Condition, place: usize, member: &Member) -> (EdgeKind, String) {
    let reach = member.reach.and_then(|at| member.captures.get(usize::from(at)));
    match (&condition.kind, place) {
        (Kind::Count { .. }, 1..) => {
            (EdgeKind::Reach, reach.map_or_else(|| "reach".to_owned(), |name| format!("reach {name}")))
        }
        (Kind::Count { .. }, _) => {
            (EdgeKind::Member, reach.map_or_else(String::new, |name| format!("reach {name}")))
        }
        (Kind::Sequence, _) => (EdgeKind::Member, format!("step {}", place + 1)),
        (Kind::Absent { .. }, 1..) => (EdgeKind::After, "after".to_owned()),
        (Kind::Absent { .. }, _) => (EdgeKind::Member, "absent".to_owned()),
        (Kind::All | Kind::Any | Kind::AtLeast { .. }, _) => (EdgeKind::Member, String::new()),
    }
}
