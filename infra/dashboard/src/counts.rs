//! The counters: of the whole, and of each node of the graph. Gathered in one short look, only while somebody watches.

use std::collections::BTreeMap;
use std::sync::Arc;

use fanin_event::Timestamp;
use fanin_local::HostError;
use fanin_runtime::{Engine, Stats};
use fanin_workflow::graph::{EdgeKind, Node, NodeKind};
use serde::Serialize;

use crate::calls::OfRule;
use crate::dashboard::Dashboard;
use crate::shown::Shown;

/// Of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Totals {
    /// Of the whole history.
    #[serde(flatten)]
    pub(crate) stats: Stats,
    pub(crate) instances: usize,
    pub(crate) open_instances: usize,
    pub(crate) runs: usize,
    pub(crate) open_calls: usize,
    /// Dead letters kept.
    pub(crate) dead_now: usize,
}

/// Of one node, since the host started; what is open is open now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum OfNode {
    Event { seen: u64 },
    Condition { pending: usize, fired: u64, timed_out: u64 },
    Ends { running: u64, done: u64, failed: u64 },
    Caught { emitted: u64 },
    Source {},
}

/// Everything at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    pub(crate) now: Timestamp,
    pub(crate) totals: Totals,
    /// In the order of the graph.
    pub(crate) nodes: Vec<(String, OfNode)>,
    /// The version whose nodes these are.
    pub(crate) shown: Arc<Shown>,
    /// Events accepted per second of late.
    pub(crate) rate: f64,
}

/// What only the engine knows.
struct Looked {
    now: Timestamp,
    totals: Totals,
    named: BTreeMap<Arc<str>, u64>,
    open: BTreeMap<Arc<str>, usize>,
}

fn look(engine: &Engine) -> Looked {
    Looked {
        now: engine.now(),
        totals: Totals {
            stats: engine.stats(),
            instances: engine.instance_count(),
            open_instances: engine.open_instances(),
            runs: engine.active_runs(),
            open_calls: 0,
            dead_now: engine.dead_letters().len(),
        },
        named: named(engine),
        open: engine.open_by_condition().into_iter().collect(),
    }
}

/// How often each named event came, those of the recovery included.
pub(crate) fn named(engine: &Engine) -> BTreeMap<Arc<str>, u64> {
    engine.named_events().map(|(name, count)| (name.clone(), count)).collect()
}

impl Dashboard {
    /// The counters now.
    ///
    /// # Errors
    /// When the host has stopped.
    pub(crate) async fn counts(&self) -> Result<Counts, HostError> {
        let mut looked = self.service().handle().look_async(look).await?;
        looked.totals.open_calls = self.service().handle().open_calls();
        let shown = self.shown();
        let derived = self.memory().derived();
        let of_name = |name: &str| derived.get(name).copied().unwrap_or(0);
        let calls = self.memory().calls();
        let of_calls = |node: &Node| {
            let callers = shown.graph.edges.iter().filter(|e| e.kind == EdgeKind::Calls && e.to == node.id);
            let rules = callers.filter_map(|edge| edge.from.strip_prefix("rule."));
            rules.map(|rule| calls.of_rule(rule)).fold(OfRule::default(), |a, b| OfRule {
                begun: a.begun + b.begun,
                done: a.done + b.done,
                failed: a.failed + b.failed,
            })
        };
        let of_node = |node: &Node| match node.kind {
            NodeKind::Bucket | NodeKind::Schedule => OfNode::Source {},
            NodeKind::Event => {
                let seen = looked.named.get(node.name.as_str()).copied().unwrap_or(0);
                OfNode::Event { seen: seen.saturating_sub(self.before(&node.name)) }
            }
            NodeKind::Condition => OfNode::Condition {
                pending: looked.open.get(node.name.as_str()).copied().unwrap_or(0),
                fired: of_name(&node.name),
                timed_out: of_name(&format!("{}.timeout", node.name)),
            },
            NodeKind::Rule => OfNode::Ends {
                running: calls.of_rule(&node.name).running(),
                done: of_name(&format!("{}.done", node.name)),
                failed: of_name(&format!("{}.failed", node.name)),
            },
            NodeKind::Caught => OfNode::Caught { emitted: of_name(&node.name) },
            NodeKind::Function | NodeKind::Target => {
                let of = of_calls(node);
                OfNode::Ends { running: of.running(), done: of.done, failed: of.failed }
            }
        };
        let nodes = shown.graph.nodes.iter().map(|node| (node.id.clone(), of_node(node))).collect();
        drop((derived, calls));
        Ok(Counts { now: looked.now, totals: looked.totals, nodes, shown, rate: 0.0 })
    }
}
