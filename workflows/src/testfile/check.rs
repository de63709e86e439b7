//! Compares a test file with the plan of its workflow: names, captures, functions.

use std::sync::Arc;

use fanin_event::{EventDefinition, capture_names};
use fanin_plan::{Names, Plan};

use super::{Expect, Given, Never, TestFile};
use crate::codes;
use crate::diagnostic::{Diagnostic, SourceSpan};
use crate::report::{Mistake, Report};
use crate::suggest::{did_you_mean, list};
use crate::tree::Place;

/// What in `tests`, whose name and text are given, does not fit `plan`.
#[must_use]
pub fn check(tests: &TestFile, file_name: &str, text: &str, plan: &Plan) -> Vec<Diagnostic> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut checker = Checker { plan, names: Names::link(plan), report: Report::new(file_name, text) };
    for case in &tests.tests {
        case.given.iter().for_each(|given| checker.given(given));
        for expect in &case.expect {
            match expect {
                Expect::Event { name, span, .. } => checker.event(name, span),
                Expect::Invoke { function, span, .. } => checker.function(function, span),
            }
        }
        for never in &case.never {
            match never {
                Never::Event { name, span } => checker.event(name, span),
                Never::Invoke { function, span } => checker.function(function, span),
            }
        }
        case.functions.iter().for_each(|function| checker.function(&function.name, &case.span));
    }
    checker.report.finish()
}

struct Checker<'a> {
    plan: &'a Plan,
    names: Names,
    report: Report<'a>,
}

impl Checker<'_> {
    fn add(&mut self, span: &SourceSpan, build: impl FnOnce(Place) -> Mistake) {
        let place = Place { start: span.bytes.start, end: span.bytes.end };
        self.report.add(build(place));
    }

    fn given(&mut self, given: &Given) {
        let Some(event) = self.plan.events.iter().find(|e| *e.name == *given.event) else {
            let help = if self.names.find(&given.event).is_some() {
                format!("`{}` is made by the workflow itself; give the events that lead to it", given.event)
            } else {
                let known = self.plan.events.iter().map(|e| &*e.name);
                did_you_mean(&given.event, known.clone())
                    .unwrap_or_else(|| format!("its events are {}", list(known)))
            };
            let message = format!("the workflow has no event `{}` to give", given.event);
            self.add(&given.span, |place| Mistake::new(codes::UNKNOWN_EVENT, place, message).help(help));
            return;
        };
        let captures = capture_names(event).unwrap_or_default();
        self.captures(given, event, &captures);
    }

    fn captures(&mut self, given: &Given, event: &EventDefinition, captures: &[Arc<str>]) {
        let known = || captures.iter().map(|c| &**c);
        for (name, _) in given.captures.iter().filter(|(name, _)| !known().any(|k| k == name)) {
            let message = format!("`{}` has no capture `{name}`", event.name);
            let help = did_you_mean(name, known()).unwrap_or_else(|| {
                format!("its captures are {}; other fields go into `detail`", list(known()))
            });
            self.add(&given.span, |place| Mistake::new(codes::TEST_CAPTURE, place, message).help(help));
        }
        let missing: Vec<&str> =
            known().filter(|k| !given.captures.iter().any(|(name, _)| name == k)).collect();
        if !missing.is_empty() {
            let message = format!("`{}` needs a value for {}", event.name, list(missing.iter().copied()));
            let help = format!("an event without it is no `{}`", event.name);
            self.add(&given.span, |place| Mistake::new(codes::TEST_CAPTURE, place, message).help(help));
        }
    }

    fn event(&mut self, name: &str, span: &SourceSpan) {
        if self.names.find(name).is_some() {
            return;
        }
        let known = self.names.entries.iter().map(|e| &*e.name);
        let help = did_you_mean(name, known).unwrap_or_else(|| {
            "write the name of an event or a condition, NAME.timeout, RULE.done or RULE.failed".to_owned()
        });
        let message = format!("the workflow has no event `{name}`");
        self.add(span, |place| Mistake::new(codes::UNKNOWN_EVENT, place, message).help(help));
    }

    fn function(&mut self, name: &str, span: &SourceSpan) {
        if self.plan.functions.iter().any(|f| *f.name == *name) {
            return;
        }
        let known = || self.plan.functions.iter().map(|f| &*f.name);
        let help =
            did_you_mean(name, known()).unwrap_or_else(|| format!("its functions are {}", list(known())));
        let message = format!("the workflow has no function `{name}`");
        self.add(span, |place| Mistake::new(codes::UNKNOWN_FUNCTION, place, message).help(help));
    }
}
