//! Compares a test file with the plan of its workflow: names, captures, functions.

use std::collections::BTreeSet;
use std::sync::Arc;

use fanin_event::{EventDefinition, capture_names};
use fanin_plan::{Names, Plan};

use super::reach::Reached;
use super::{Expect, Given, Never, TestCase, TestFile};
use crate::allow::{self, Allow};
use crate::analysis::shape::Shape;
use crate::codes;
use crate::diagnostic::{Diagnostic, SourceSpan};
use crate::report::{Mistake, Report};
use crate::suggest::{did_you_mean, list, nearest};
use crate::tree::{self, Place, Value};

/// What does not fit, and what is silenced of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checked {
    /// Errors and warnings in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
    /// Warnings that an `allow` of the test file silences, each with its reason.
    pub silenced: Vec<Diagnostic>,
}

/// What in `tests`, whose name and text are given, does not fit `plan`.
#[must_use]
pub fn check(tests: &TestFile, file_name: &str, text: &str, plan: &Plan) -> Vec<Diagnostic> {
    check_all(tests, file_name, text, plan).diagnostics
}

/// As [`check`], with what is silenced.
#[must_use]
pub fn check_all(tests: &TestFile, file_name: &str, text: &str, plan: &Plan) -> Checked {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut report = Report::new(file_name, text);
    report.allow(allows(file_name, text));
    let shapes: Vec<Option<Shape>> = plan.events.iter().map(Shape::of).collect();
    let mut checker = Checker { plan, names: Names::link(plan), report };
    let mut seen = BTreeSet::new();
    for case in &tests.tests {
        if !seen.insert(case.name.as_str()) {
            let message = format!("another test above is called \"{}\" too", case.name);
            let help = "say what is different about this one: names tell failures apart";
            checker.add(&case.span, |place| Mistake::new(codes::TEST_TWICE, place, message).help(help));
        }
        checker.case(case, &shapes);
    }
    if !checker.report.failed() {
        checker.report.unused_allows();
    }
    let (diagnostics, silenced) = checker.report.finish_both();
    Checked { diagnostics, silenced }
}

/// The mistake of a test file, whose name and text are given, that names a workflow it cannot be compared with: `why`.
#[must_use]
pub fn without_workflow(file_name: &str, text: &str, why: &str) -> Diagnostic {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = tree::read(file_name, text, &mut Report::new(file_name, text));
    let named = root.as_ref().and_then(|root| match &root.value {
        Value::Map(members) => members.iter().find(|e| e.key == "workflow").map(|e| &e.value),
        _ => None,
    });
    let path = match named.map(|node| &node.value) {
        Some(Value::Text(path)) => path.as_str(),
        _ => "",
    };
    let message = format!("the workflow `{path}` cannot be used: {why}");
    let help = "`workflow` is a path relative to this file; mend it, or the workflow it names";
    let place = named.map(|node| node.place).unwrap_or_default();
    Report::new(file_name, text).one(Mistake::new(codes::NO_WORKFLOW, place, message).help(help))
}

/// The `allow`s of a test file. What is wrong with them was said when it was read.
fn allows(file_name: &str, text: &str) -> Vec<Allow> {
    let mut scratch = Report::new(file_name, text);
    if let Some(root) = tree::read(file_name, text, &mut scratch) {
        allow::of_tests(&root, &mut scratch);
    }
    scratch.take_allows()
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

    fn case(&mut self, case: &TestCase, shapes: &[Option<Shape>]) {
        let before = self.report.failed();
        case.given.iter().for_each(|given| self.given(given));
        for never in &case.never {
            match never {
                Never::Event { name, span } => self.event(name, span),
                Never::Invoke { function, span } => self.function(function, span),
            }
        }
        case.functions.iter().for_each(|function| self.function(&function.name, &case.span));
        let unknown = |checker: &Checker<'_>| checker.report.failed() && !before;
        let given_known = !unknown(self);
        let reached = Reached::of(case, self.plan, shapes);
        for expect in &case.expect {
            match expect {
                Expect::Event { name, span, .. } => self.event(name, span),
                Expect::Invoke { function, span, .. } => self.function(function, span),
            }
            if !self.contradicted(expect, &case.never) && given_known {
                self.can_come(expect, &reached);
            }
        }
    }

    /// What is expected and forbidden at once.
    fn contradicted(&mut self, expect: &Expect, never: &[Never]) -> bool {
        let (what, span) = match expect {
            Expect::Event { name, span, .. } => (name, span),
            Expect::Invoke { function, span, .. } => (function, span),
        };
        let same = |never: &&Never| match (expect, never) {
            (Expect::Event { name, .. }, Never::Event { name: other, .. }) => name == other,
            (Expect::Invoke { function, .. }, Never::Invoke { function: other, .. }) => function == other,
            _ => false,
        };
        let Some(_) = never.iter().find(same) else { return false };
        let message = format!("this test expects `{what}` and says under `never` that it must not come");
        let help =
            "take it out of one of the two; how often it comes is the number of its entries in `expect`";
        self.add(span, |place| Mistake::new(codes::CONTRADICTION, place, message).help(help));
        true
    }

    fn can_come(&mut self, expect: &Expect, reached: &Reached<'_>) {
        let (what, span, why) = match expect {
            Expect::Event { name, span, .. } if self.names.find(name).is_some() => {
                (format!("`{name}`"), span, reached.why_not(name))
            }
            Expect::Invoke { function, span, .. }
                if self.plan.functions.iter().any(|f| *f.name == **function) =>
            {
                (format!("a call of `{function}`"), span, reached.why_not_called(function))
            }
            _ => return,
        };
        if let Some((why, help)) = why {
            let message = format!("{what} is expected and cannot come in this test: {why}");
            self.add(span, |place| Mistake::new(codes::CANNOT_COME, place, message).help(help));
        }
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
        // A misspelled name is not missing besides.
        let meant = |k: &str| given.captures.iter().any(|(name, _)| nearest(name, known()) == Some(k));
        let missing: Vec<&str> =
            known().filter(|k| !given.captures.iter().any(|(name, _)| name == k) && !meant(k)).collect();
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
