//! Spans of what was heard, each a child of what caused it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, SystemTime};

use fanin_event::{Identity, Timestamp};
use fanin_rule::run_identity;
use opentelemetry::trace::{Span as _, SpanContext, SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, Span};

use crate::limits::{MAX_PARENTS, MAX_SEARCHED};
use crate::watch::{Called, Calling, Derived, Event, Heard};

/// Spans that others may be children of, by the identity of their event or run; the oldest leave.
#[derive(Debug, Default)]
struct Parents {
    known: HashMap<Identity, SpanContext>,
    order: VecDeque<Identity>,
}

impl Parents {
    /// The first one of an identity stays: what comes again caused nothing.
    fn insert(&mut self, identity: Identity, span: SpanContext) {
        if self.known.contains_key(&identity) {
            return;
        }
        self.known.insert(identity, span);
        self.order.push_back(identity);
        while self.order.len() > MAX_PARENTS
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    fn context(&self, identity: Option<Identity>) -> Context {
        let known = identity.and_then(|identity| self.known.get(&identity));
        known.map_or_else(Context::new, |span| Context::new().with_remote_span_context(span.clone()))
    }
}

/// Makes the spans.
pub(crate) struct Spans {
    tracer: SdkTracer,
    events: Parents,
    /// By run: the span of the event that started it.
    runs: Parents,
}

fn moment(at: Timestamp) -> SystemTime {
    let since = Duration::from_millis(u64::try_from(at.0).unwrap_or(0));
    SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)
}

fn number(n: u16) -> i64 {
    i64::from(n)
}

impl Spans {
    pub(crate) fn new(tracer: SdkTracer) -> Spans {
        Spans { tracer, events: Parents::default(), runs: Parents::default() }
    }

    /// Until the end is heard.
    pub(crate) fn make(mut self, heard: &Receiver<Heard>) {
        while let Ok(heard) = heard.recv() {
            match heard {
                Heard::Taken { accepted, durable, events } => {
                    events.iter().for_each(|event| self.taken(event, (accepted, durable)));
                }
                Heard::Derived { durable, events } => {
                    events.iter().for_each(|event| self.derived(event, durable));
                }
                Heard::Calling(calls) => self.calling(calls),
                Heard::Called { at, call } => self.called(&call, at),
                Heard::End => return,
            }
        }
    }

    fn span(
        &self,
        (name, kind): (String, SpanKind),
        parent: &Context,
        start: SystemTime,
        attributes: Vec<KeyValue>,
    ) -> Span {
        let builder = self.tracer.span_builder(name).with_kind(kind).with_start_time(start);
        self.tracer.build_with_context(builder.with_attributes(attributes), parent)
    }

    fn taken(&mut self, event: &Event, (accepted, durable): (Timestamp, SystemTime)) {
        let of = &event.reception;
        let attributes = vec![
            KeyValue::new("fanin.event", event.identity.to_uuid()),
            KeyValue::new("fanin.matched", number(of.matched)),
            KeyValue::new("fanin.reached", number(of.reached)),
            KeyValue::new("fanin.duplicates", number(of.duplicates)),
            KeyValue::new("fanin.late", number(of.late)),
        ];
        let (name, start) = (("turn".to_owned(), SpanKind::Consumer), moment(accepted));
        let mut span = self.span(name, &Context::new(), start, attributes);
        if let Some((code, reason)) = &of.refused {
            span.set_status(Status::error(format!("{code}: {reason}")));
        }
        span.end_with_timestamp(durable.max(start));
        self.events.insert(event.identity, span.span_context().clone());
    }

    fn derived(&mut self, event: &Derived, durable: SystemTime) {
        let attributes = vec![
            KeyValue::new("fanin.event", event.identity.to_uuid()),
            KeyValue::new("fanin.name", event.name.to_string()),
        ];
        let parent = self.events.context(event.parent);
        let start = moment(event.at);
        let name = (format!("derived {}", event.name), SpanKind::Internal);
        let mut span = self.span(name, &parent, start, attributes);
        span.end_with_timestamp(durable.max(start));
        self.events.insert(event.identity, span.span_context().clone());
    }

    /// Finds the events behind the runs that call for the first time: a run's identity is a hash of workflow, rule and event.
    fn calling(&mut self, calls: Vec<Calling>) {
        let fresh = calls.into_iter().filter(|call| !self.runs.known.contains_key(&call.run));
        let mut rules: HashMap<(Arc<str>, Arc<str>), HashSet<Identity>> = HashMap::new();
        for call in fresh {
            rules.entry((call.workflow, call.rule)).or_default().insert(call.run);
        }
        for ((workflow, rule), mut runs) in rules {
            for event in self.events.order.iter().rev().take(MAX_SEARCHED) {
                if runs.is_empty() {
                    break;
                }
                let run = run_identity(&workflow, &rule, *event);
                if runs.remove(&run)
                    && let Some(span) = self.events.known.get(event)
                {
                    self.runs.insert(run, span.clone());
                }
            }
        }
    }

    fn called(&mut self, call: &Called, at: SystemTime) {
        let attributes = vec![
            KeyValue::new("fanin.action", call.action.clone()),
            KeyValue::new("fanin.rule", call.of.rule.to_string()),
            KeyValue::new("fanin.run", call.of.run.to_uuid()),
            KeyValue::new("fanin.target", call.target.clone()),
            KeyValue::new("fanin.index", i64::from(call.index)),
            KeyValue::new("fanin.attempt", i64::from(call.attempt)),
        ];
        let parent = self.runs.context(Some(call.of.run));
        let start = at.checked_sub(call.took).unwrap_or(at);
        let name = (format!("action {}", call.of.rule), SpanKind::Client);
        let mut span = self.span(name, &parent, start, attributes);
        if let Some((error, cause)) = &call.error {
            span.set_attribute(KeyValue::new("error.type", error.clone()));
            span.set_status(Status::error(cause.clone()));
        }
        span.end_with_timestamp(at);
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanId, TraceFlags, TraceId, TraceState};

    use super::*;

    fn span(n: u64) -> SpanContext {
        let (trace, span) = (TraceId::from(u128::from(n)), SpanId::from(n));
        SpanContext::new(trace, span, TraceFlags::SAMPLED, false, TraceState::default())
    }

    #[test]
    fn so_many_parents_are_known_and_the_first_of_an_identity_stays() {
        let identity = |n: u64| Identity::of(&[&n.to_string()]);
        let mut parents = Parents::default();
        parents.insert(identity(0), span(1));
        parents.insert(identity(0), span(2));
        assert_eq!(parents.known[&identity(0)], span(1));
        (1..MAX_PARENTS as u64).for_each(|n| parents.insert(identity(n), span(n)));
        assert_eq!((parents.known.len(), parents.known.contains_key(&identity(0))), (MAX_PARENTS, true));
        parents.insert(identity(MAX_PARENTS as u64), span(1));
        assert_eq!((parents.known.len(), parents.known.contains_key(&identity(0))), (MAX_PARENTS, false));
        assert!(!parents.context(None).span().span_context().is_valid());
    }
}
