//! Why something did not come, or came: from the state at the end of a play and from the steps of its turns.

mod absence;
mod causes;
mod near;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use fanin_condition::Explanation;
use fanin_event::{Identity, Recognizer, Timestamp};
use fanin_plan::{Names, Plan};
use fanin_runtime::{Engine, Step};
use serde_json::{Map, Value};

use crate::build::Built;
use crate::check::{Failure, Seen, Subject, What};
use crate::limits::MAX_LISTED;

/// Why one failure came about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Why {
    /// The instances it hangs on, as they stand at the end; those that others wait for after them.
    pub told: Vec<Explanation>,
    /// What else there is to say, in sentences.
    pub notes: Vec<String>,
    /// Events that came to such an instance and did not count.
    pub uncounted: Vec<Uncounted>,
    /// Given events that are not what was waited for, though they nearly are.
    pub near: Vec<Near>,
    /// What made come what came.
    pub made: Vec<Made>,
}

/// An event that came to an instance and did not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncounted {
    /// Its id.
    pub id: String,
    /// Its name in the workflow.
    pub name: Arc<str>,
    /// When.
    pub at: Timestamp,
    /// Why it did not count.
    pub reason: String,
}

/// A given event that is nearly something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// Its id.
    pub id: String,
    /// What it nearly is.
    pub name: Arc<str>,
    /// Why it is not.
    pub reason: String,
}

/// What made a firing, a timeout, a completion or a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// What came: `parts_complete [job=42]`, `the call of assemble`.
    pub what: String,
    /// When.
    pub at: Timestamp,
    /// What decided it.
    pub by: By,
    /// The events it was made of, in order.
    pub of: Vec<Link>,
}

/// What decided that something came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The last of its events.
    Event,
    /// Time: a deadline.
    Time,
    /// A rule.
    Rule(Arc<str>),
}

/// One event that led to something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: String,
    /// The name it had.
    pub name: Arc<str>,
    /// When it came.
    pub at: Timestamp,
}

/// Looks at a play that is over.
pub(crate) struct Looker<'a> {
    plan: &'a Plan,
    names: Names,
    recognizer: Option<Recognizer>,
    built: &'a [Built],
    steps: &'a [Step],
    engine: &'a Engine,
    end: Timestamp,
    ids: HashMap<Identity, String>,
    /// Under which names each event was recognized.
    named: BTreeMap<Identity, Vec<Arc<str>>>,
}

impl<'a> Looker<'a> {
    pub(crate) fn new(
        plan: &'a Plan,
        (built, steps): (&'a [Built], &'a [Step]),
        engine: &'a Engine,
        end: Timestamp,
    ) -> Looker<'a> {
        let ids = built.iter().map(|b| (b.identity, b.id.clone())).collect();
        let mut named: BTreeMap<Identity, Vec<Arc<str>>> = BTreeMap::new();
        for step in steps {
            if let Step::Named { identity, name, .. } = step {
                let names = named.entry(*identity).or_default();
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        let recognizer = Recognizer::new(&plan.events).ok();
        Looker { plan, names: Names::link(plan), recognizer, built, steps, engine, end, ids, named }
    }

    /// Why `failure` came about.
    pub(crate) fn why(&self, failure: &Failure) -> Why {
        let mut why = Why::default();
        match &failure.what {
            What::Torn => {}
            What::Never { seen } => self.made(&failure.subject, seen.iter(), &mut why),
            What::Unlike(unlike) => {
                let nothing = Map::new();
                for unmet in unlike.unmet.iter().filter(|unmet| unmet.nearest.is_none()) {
                    self.absence(&failure.subject, &unmet.wanted, &mut why);
                }
                if unlike.unmet.is_empty() && unlike.seen.is_empty() {
                    self.absence(&failure.subject, &nothing, &mut why);
                }
                let nearest = unlike.unmet.iter().filter_map(|u| u.nearest.as_ref()).map(|(index, _)| *index);
                let odd = nearest.chain(unlike.surplus.iter().copied());
                self.made(&failure.subject, odd.filter_map(|index| unlike.seen.get(index)), &mut why);
            }
        }
        why.notes.dedup();
        why.uncounted.truncate(MAX_LISTED);
        why.near.truncate(MAX_LISTED);
        why
    }

    fn made<'s>(&self, subject: &Subject, seen: impl Iterator<Item = &'s Seen>, why: &mut Why) {
        for one in seen.take(MAX_LISTED) {
            match subject {
                Subject::Event(_) => self.made_event(one.identity, 0, why),
                Subject::Invoke(function) => self.made_call(function, one, why),
                Subject::Engine => {}
            }
        }
    }

    fn absence(&self, subject: &Subject, wanted: &Map<String, Value>, why: &mut Why) {
        match subject {
            Subject::Event(name) => self.absent_event(name, wanted, 0, why),
            Subject::Invoke(function) => self.absent_call(function, wanted, why),
            Subject::Engine => {}
        }
    }

    /// The id of an event: as its test wrote it, or its UUID.
    fn id(&self, identity: Identity) -> String {
        self.ids.get(&identity).cloned().unwrap_or_else(|| identity.to_uuid())
    }
}
