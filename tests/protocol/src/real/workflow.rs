//! Random workflows: one condition of any kind, maybe another one that names it, and rules that show and call.

use std::fmt::Write;

use crate::chance::Chance;

/// The names of the events.
pub(crate) const NAMES: [&str; 3] = ["a", "b", "c"];

/// What a condition asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    All,
    Any,
    AtLeast(usize),
    Sequence,
    Count {
        reach: u64,
        distinct: bool,
    },
    /// `c` brings the number of `a`.
    Captured,
    Sliding {
        reach: u64,
        length: i64,
    },
    Tumbling {
        reach: u64,
        length: i64,
    },
    Watch {
        hold: i64,
    },
    /// No `a` after `b`.
    Follow {
        hold: i64,
    },
}

/// The second condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chained {
    None,
    /// With an event of the same key.
    With,
    /// So many of all keys.
    Count(u64),
    /// Every outcome.
    Each,
}

/// The rule that calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Calls {
    /// Retries.
    pub(crate) retries: u32,
    /// What is given up becomes an event.
    pub(crate) catches: bool,
    /// One call for each member `a` of the firing.
    pub(crate) maps: bool,
}

/// A workflow.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    /// So many of the names.
    pub(crate) names: usize,
    pub(crate) every: bool,
    pub(crate) within: Option<i64>,
    pub(crate) collect: &'static str,
    pub(crate) chained: Chained,
    pub(crate) calls: Option<Calls>,
    /// How long the events take to come, in milliseconds.
    pub(crate) wide: i64,
    /// So many events of one key; `None`: a few of a few keys.
    pub(crate) hot: Option<u64>,
    /// Bytes by which each event is larger.
    pub(crate) padding: usize,
}

impl Shape {
    /// What the seed decides.
    pub(crate) fn of(workload: u64) -> Shape {
        let mut chance = Chance::part(workload, 3);
        let wide = *chance.pick(&[2_000, 60_000, 1_800_000]).unwrap_or(&2_000);
        let reach = chance.between(2, 4);
        let length = chance.millis(wide / 4, wide);
        let kind = match chance.below(13) {
            0 | 1 => Kind::All,
            2 => Kind::Any,
            3 => Kind::AtLeast(2),
            4 | 5 => Kind::Sequence,
            6 | 7 => Kind::Count { reach, distinct: false },
            8 => Kind::Count { reach, distinct: true },
            9 => Kind::Captured,
            10 => Kind::Sliding { reach, length },
            11 => Kind::Tumbling { reach, length },
            _ if chance.one_in(2) => Kind::Watch { hold: length },
            _ => Kind::Follow { hold: length },
        };
        let windowed = matches!(kind, Kind::Sliding { .. } | Kind::Tumbling { .. });
        let absent = matches!(kind, Kind::Watch { .. } | Kind::Follow { .. });
        let within = (!windowed && !absent && chance.one_in(2)).then(|| chance.millis(wide / 4, wide * 2));
        let every = match kind {
            Kind::Sliding { .. } | Kind::Tumbling { .. } | Kind::Watch { .. } => true,
            Kind::Follow { .. } => false,
            _ => chance.one_in(2),
        };
        let chained = match chance.below(6) {
            0 => Chained::With,
            1 => Chained::Count(chance.between(1, 2)),
            2 => Chained::Each,
            _ => Chained::None,
        };
        let calls = chance.one_in(2).then(|| Calls {
            retries: u32::try_from(chance.below(3)).unwrap_or(0),
            catches: chance.one_in(2),
            maps: chance.one_in(2),
        });
        let collect = if chance.one_in(2) { "captures" } else { "event" };
        let names = if kind == Kind::AtLeast(2) { 3 } else { chance.place(2) + 2 };
        let padding = if chance.one_in(8) { 4_000 } else { 0 };
        Shape { kind, names, every, within, collect, chained, calls, wide, hot: None, padding }
    }

    /// One key with so many events that one cell cannot hold them: just enough to fire, or one too few.
    pub(crate) fn hot(workload: u64) -> Shape {
        let mut chance = Chance::part(workload, 6);
        let events = chance.between(1_030, 2_600);
        let reach = events + chance.below(2);
        Shape {
            kind: Kind::Count { reach, distinct: false },
            names: 2,
            every: false,
            within: None,
            collect: "none",
            chained: Chained::None,
            calls: None,
            wide: 20_000,
            hot: Some(events),
            padding: 0,
        }
    }

    /// Names the first condition listens to.
    pub(crate) fn listens(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::All | Kind::Any | Kind::AtLeast(_) | Kind::Sequence => {
                NAMES.get(..self.names).unwrap_or(&NAMES)
            }
            Kind::Follow { .. } => &["a", "b"],
            Kind::Captured => &["a", "c"],
            _ => &["a"],
        }
    }

    /// The first condition has timeouts.
    pub(crate) fn times_out(&self) -> bool {
        self.within.is_some()
    }

    /// The text of the workflow.
    pub(crate) fn text(&self) -> String {
        let mut out = "version: 1\nname: sim\nevents:\n".to_owned();
        for name in NAMES {
            let captures = r#"$.detail.job: "{job}", $.detail.v: "{v}", $.detail.n: "{n}""#;
            let _ = writeln!(
                out,
                "  {name}: {{ match: {{ source: [s], detail-type: [{name}] }}, capture: {{ {captures} }} }}"
            );
        }
        out.push_str("conditions:\n");
        self.first(&mut out);
        let outcomes = if self.times_out() { "[first, first.timeout]" } else { "[first]" };
        match self.chained {
            Chained::None => {}
            Chained::With => out.push_str("  second: { all: [first, b], by: job, collect: captures }\n"),
            Chained::Count(reach) => {
                let _ = writeln!(
                    out,
                    "  second: {{ count: first, reach: {reach}, fire: every, collect: captures }}"
                );
            }
            Chained::Each => {
                let _ =
                    writeln!(out, "  second: {{ any: {outcomes}, by: job, fire: every, collect: captures }}");
            }
        }
        let _ = writeln!(out, "rules:\n  see_first: {{ when: {outcomes}, send: {{ log: first }} }}");
        if self.chained != Chained::None {
            out.push_str("  see_second: { when: second, send: { log: second } }\n");
        }
        self.rules(&mut out);
        out
    }

    fn first(&self, out: &mut String) {
        let names = self.listens().join(", ");
        let kind = match self.kind {
            Kind::All => format!("all: [{names}]"),
            Kind::Any => format!("any: [{names}]"),
            Kind::AtLeast(n) => format!("at_least: {n}, of: [{names}]"),
            Kind::Sequence => format!("sequence: [{names}]"),
            Kind::Count { reach, distinct: false } => format!("count: a, reach: {reach}"),
            Kind::Count { reach, distinct: true } => format!("count: a, reach: {reach}, distinct: v"),
            Kind::Captured => "count: a, reach: c.n".to_owned(),
            Kind::Sliding { reach, length } => format!("count: a, reach: {reach}, sliding: {length}ms"),
            Kind::Tumbling { reach, length } => format!("count: a, reach: {reach}, tumbling: {length}ms"),
            Kind::Watch { hold } => format!("absent: a, for: {hold}ms"),
            Kind::Follow { hold } => format!("absent: a, after: b, for: {hold}ms"),
        };
        let _ = write!(out, "  first: {{ {kind}, by: job, collect: {}", self.collect);
        if let Some(within) = self.within {
            let _ = write!(out, ", within: {within}ms");
        }
        if self.every && !matches!(self.kind, Kind::Watch { .. }) {
            out.push_str(", fire: every");
        }
        out.push_str(" }\n");
    }

    fn rules(&self, out: &mut String) {
        let Some(calls) = self.calls else { return };
        out.push_str("  act:\n    when: first\n    invoke: f\n");
        if calls.maps {
            out.push_str("    map: { items: $.detail.members.a, max_concurrency: 2 }\n    input: { item.$: $$.Map.Item.Value }\n");
        }
        if calls.retries > 0 {
            let _ = writeln!(
                out,
                "    retry: [ {{ ErrorEquals: [States.ALL], IntervalSeconds: 1, MaxAttempts: {} }} ]",
                calls.retries
            );
        }
        if calls.catches {
            out.push_str("    catch: [ { ErrorEquals: [States.ALL], emit: broken } ]\n");
            out.push_str("  see_broken: { when: broken, send: { log: broken } }\n");
            out.push_str("  see_done: { when: act.done, send: { log: done } }\n");
        } else {
            out.push_str("  see_done: { when: [act.done, act.failed], send: { log: done } }\n");
        }
        out.push_str("functions:\n  f: { command: ./f }\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workflow_is_one() {
        for seed in 0..300 {
            let text = Shape::of(seed).text();
            let compiled = fanin_workflow::compile("sim.yaml", &text);
            assert!(compiled.plan.is_some(), "seed {seed}\n{text}\n{:?}", compiled.diagnostics);
        }
    }
}
