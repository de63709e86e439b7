//! What must have come of everything that was acknowledged, compared with what did.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::calls::{Call, Calls, Subject};
use super::load::Load;
use super::problem::Problem;
use super::stories::{Kind, Story, item};
use super::workflow::CLICKS;

/// Compares.
pub(crate) struct Verdict<'a> {
    load: &'a Load,
    calls: &'a Calls,
    expected: BTreeSet<Subject>,
    /// Clicks that are in a reward already.
    clicks: HashSet<String>,
    problems: Vec<Problem>,
}

/// Everything that is wrong once nothing is left to do.
pub(crate) fn judge(load: &Load, calls: &Calls) -> Vec<Problem> {
    let mut verdict =
        Verdict { load, calls, expected: BTreeSet::new(), clicks: HashSet::new(), problems: Vec::new() };
    for (story, told) in load.stories() {
        if told {
            verdict.story(story);
        } else {
            verdict
                .problems
                .push(Problem::Lost(format!("{}: not all of it was ever acknowledged", story.key)));
        }
    }
    let unexpected = calls.subjects().filter(|subject| !verdict.expected.contains(subject));
    let unexpected: Vec<Problem> =
        unexpected.map(|subject| Problem::Double(format!("{subject}: nothing asked for it"))).collect();
    verdict.problems.extend(unexpected);
    verdict.problems
}

impl<'a> Verdict<'a> {
    fn story(&mut self, story: &Story) {
        let key = &story.key;
        match story.kind {
            Kind::Job { parts } => self.job(key, parts),
            Kind::Order => {
                if let Some(call) = self.call("ship", key, 0)
                    && call.payload.get("count").and_then(Value::as_u64) != Some(3)
                {
                    self.wrong(key, "was shipped with other than 3 members", call);
                }
            }
            Kind::User { clicks } => (1..=clicks / CLICKS).for_each(|round| self.reward(key, round as u64)),
            Kind::Ticket { closed: true } => {}
            Kind::Ticket { closed: false } => drop(self.call("remind", key, 0)),
            Kind::Pair { both } => self.pair(key, both),
            Kind::Basket { items } => self.basket(key, items),
        }
    }

    /// The call that must be there, ended well.
    fn call(&mut self, function: &str, key: &str, part: u64) -> Option<&'a Call> {
        let subject = Subject { function: function.to_owned(), key: key.to_owned(), part };
        let call = self.calls.of(&subject);
        match call {
            None => self.problems.push(Problem::Lost(format!("{subject}: never called"))),
            Some(call) if !call.done() => {
                self.problems.push(Problem::Lost(format!("{subject}: called and never called again")));
            }
            Some(_) => {}
        }
        self.expected.insert(subject);
        call
    }

    fn wrong(&mut self, key: &str, what: &str, call: &Call) {
        self.problems.push(Problem::Wrong(format!("{key}: {what}: {}", call.payload)));
    }

    fn job(&mut self, key: &str, parts: usize) {
        if let Some(call) = self.call("assemble", key, 0) {
            let wanted: BTreeSet<String> = (1..=parts).map(|part| part.to_string()).collect();
            let given = call.payload.get("parts").and_then(Value::as_array);
            let given: Vec<&str> = given.into_iter().flatten().filter_map(Value::as_str).collect();
            let all: BTreeSet<String> = given.iter().map(|part| (*part).to_owned()).collect();
            if all != wanted || given.len() != parts {
                self.wrong(key, &format!("does not have each of {parts} parts once"), call);
            }
        }
        self.call("archive", key, 0);
    }

    fn reward(&mut self, key: &str, round: u64) {
        let Some(call) = self.call("reward", key, round) else { return };
        let given = call.payload.get("clicks").and_then(Value::as_array);
        let given: Vec<&str> = given.into_iter().flatten().filter_map(Value::as_str).collect();
        if given.len() != CLICKS {
            self.wrong(key, &format!("round {round} has not {CLICKS} clicks"), call);
        }
        for click in given {
            if !self.clicks.insert(click.to_owned()) {
                self.problems.push(Problem::Double(format!("{key}: click {click} counts in two rounds")));
            }
            if !self.load.knows(click) || !click.starts_with(&format!("{key}.")) {
                self.wrong(key, &format!("round {round} counts {click}"), call);
            }
        }
    }

    /// Both halves are sent at once, but a crash between may make the second late: then it timed out, and only that.
    fn pair(&mut self, key: &str, both: bool) {
        let met = Subject { function: "greet".to_owned(), key: key.to_owned(), part: 0 };
        let late = Subject { function: "chase".to_owned(), ..met.clone() };
        let (was_met, was_late) = (self.calls.of(&met).is_some(), self.calls.of(&late).is_some());
        if was_met && was_late {
            self.problems.push(Problem::Double(format!("{key}: met and timed out")));
        }
        let function = if both && !was_late { "greet" } else { "chase" };
        let Some(call) = self.call(function, key, 0) else { return };
        if function == "chase" && call.payload.get("missing") != Some(&serde_json::json!(["right"])) {
            self.wrong(key, "timed out, but not for want of the right half", call);
        }
    }

    fn basket(&mut self, key: &str, items: usize) {
        for index in 0..items {
            if let Some(call) = self.call("price", key, index as u64)
                && call.payload.get("item") != Some(&item(key, index))
            {
                self.wrong(key, &format!("item {index} is another"), call);
            }
        }
        let Some(call) = self.call("invoice", key, 0) else { return };
        let results = call.payload.get("results").and_then(Value::as_array);
        let given: Vec<Option<&Value>> =
            results.into_iter().flatten().map(|result| result.pointer("/ok/item")).collect();
        let wanted: Vec<Value> = (0..items).map(|index| item(key, index)).collect();
        if given != wanted.iter().map(Some).collect::<Vec<_>>() {
            self.wrong(key, "the invoice does not have the results in the order of the items", call);
        }
    }
}
