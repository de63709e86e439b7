//! The counters for Prometheus: gathered when they are asked for, and at no other time.

use fanin_workflow::graph::{Node, NodeKind};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::counts::{Counts, OfNode};

/// The form of [`text`].
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = Vec<(String, String)>;
type Counters = Family<Labels, Counter>;
type Gauges = Family<Labels, Gauge>;

struct Page(Registry);

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn signed(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl Page {
    fn counters(&mut self, name: &str, help: &str) -> Counters {
        let family = Counters::default();
        self.0.register(name, help, family.clone());
        family
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        let counter: Counter = Counter::default();
        counter.inc_by(value);
        self.0.register(name, help, counter);
    }

    fn gauges(&mut self, name: &str, help: &str) -> Gauges {
        let family = Gauges::default();
        self.0.register(name, help, family.clone());
        family
    }

    fn gauge(&mut self, name: &str, help: &str, value: usize) {
        let gauge: Gauge = Gauge::default();
        gauge.set(signed(value));
        self.0.register(name, help, gauge);
    }

    fn whole(&mut self, counts: &Counts) {
        let stats = counts.totals.stats;
        let events = self.counters("events", "Events since the log began, by what became of them");
        for (outcome, count) in [
            ("accepted", stats.accepted),
            ("unmatched", stats.unmatched),
            ("duplicate", stats.duplicates),
            ("late", stats.late),
            ("ignored", stats.ignored),
            ("refused", stats.refused),
        ] {
            events.get_or_create(&labels(&[("outcome", outcome)])).inc_by(count);
        }
        let calls = self.counters("calls", "Calls since the log began, by how they ended");
        for (outcome, count) in [("done", stats.done), ("failed", stats.failed)] {
            calls.get_or_create(&labels(&[("outcome", outcome)])).inc_by(count);
        }
        self.counter("derived", "Derived events since the log began", stats.derived);
        self.counter("dead_letters_written", "Dead letters since the log began", stats.dead_letters);
        self.gauge("instances", "Instances held", counts.totals.instances);
        self.gauge("open_instances", "Instances with a round under way", counts.totals.open_instances);
        self.gauge("runs", "Runs of rules in progress", counts.totals.runs);
        self.gauge("open_calls", "Calls that wait or run", counts.totals.open_calls);
        self.gauge("dead_letters", "Dead letters kept", counts.totals.dead_now);
    }

    fn nodes(&mut self, counts: &Counts) {
        let named = self.counters("named_events", "Events by name since the host started");
        let fired = self.counters("fired", "Firings since the host started");
        let timeouts = self.counters("timeouts", "Timeouts since the host started");
        let runs = self.counters("rule_runs", "Runs that ended since the host started");
        let open = self.gauges("condition_open_instances", "Instances of a condition with a round under way");
        let nodes = counts.shown.graph.nodes.iter().zip(&counts.nodes);
        for (Node { kind, name, .. }, (_, of)) in nodes {
            match (kind, *of) {
                (NodeKind::Event, OfNode::Event { seen }) => {
                    named.get_or_create(&labels(&[("event", name)])).inc_by(seen);
                }
                (NodeKind::Condition, OfNode::Condition { pending, fired: times, timed_out }) => {
                    let condition = labels(&[("condition", name)]);
                    open.get_or_create(&condition).set(signed(pending));
                    fired.get_or_create(&condition).inc_by(times);
                    timeouts.get_or_create(&condition).inc_by(timed_out);
                }
                (NodeKind::Rule, OfNode::Ends { done, failed, .. }) => {
                    for (outcome, count) in [("done", done), ("failed", failed)] {
                        runs.get_or_create(&labels(&[("rule", name), ("outcome", outcome)])).inc_by(count);
                    }
                }
                _ => {}
            }
        }
    }
}

/// The counters as text. None: they cannot be written.
pub(crate) fn text(counts: &Counts, syncs: u64) -> Option<String> {
    let mut page = Page(Registry::with_prefix("fanin"));
    page.whole(counts);
    page.nodes(counts);
    page.counter("log_syncs", "Syncs of the log since the host started", syncs);
    let plan = &counts.shown.plan;
    let about = labels(&[
        ("version", env!("CARGO_PKG_VERSION")),
        ("workflow", &plan.workflow),
        ("workflow_version", &plan.version),
    ]);
    page.0.register("build", "What runs", Info::new(about));
    let mut text = String::new();
    encode(&mut text, &page.0).ok().map(|()| text)
}
