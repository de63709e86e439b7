//! What started each run: looked up soon after its first call, while its event is still kept, and not where calls are made.
//!
//! A call names its run and not the event behind it. But a run's identity is a hash of workflow, rule and event, so the event
//! is found by trying those that came last. What is in progress the engine knows as well; what is over it has forgotten.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Weak};

use fanin_event::{Identity, Scratch, Timestamp};
use fanin_local::HostError;
use fanin_rule::{Action, Cause, run_identity};
use fanin_runtime::Engine;

use crate::dashboard::Dashboard;
use crate::limits::{MAX_CALLS, MAX_ORIGINS, ORIGINS_PAUSE};
use crate::ring::{Entry as OfStream, Part, What};
use crate::row::Kind;
use crate::shown::Shown;

/// The event that started a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The name it had for the rule.
    pub(crate) name: String,
    pub(crate) identity: Identity,
    /// As its sender wrote it.
    pub(crate) id: Option<String>,
    pub(crate) at: Timestamp,
}

/// Whose runs these are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct OfRule {
    workflow: Arc<str>,
    rule: Arc<str>,
}

/// Origins of runs, those that are found and those to be looked for.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    known: HashMap<Identity, Option<Arc<Origin>>>,
    wanted: VecDeque<(Identity, OfRule)>,
}

impl Origins {
    /// Notes the runs that have begun. True: there is something to look for.
    pub(crate) fn begun(&mut self, actions: &[Action]) -> bool {
        for action in actions {
            if let Entry::Vacant(place) = self.known.entry(action.run) {
                place.insert(None);
                let of = OfRule { workflow: action.workflow.clone(), rule: action.rule.clone() };
                self.wanted.push_back((action.run, of));
            }
        }
        while self.wanted.len() > MAX_CALLS {
            self.wanted.pop_front();
        }
        !self.wanted.is_empty()
    }

    /// The origin of a run.
    pub(crate) fn of(&self, run: Identity) -> Option<Arc<Origin>> {
        self.known.get(&run)?.clone()
    }

    /// Whether so many are known that those of forgotten runs should go.
    pub(crate) fn is_full(&self) -> bool {
        self.known.len() > MAX_ORIGINS
    }

    /// Forgets all but those of these runs.
    pub(crate) fn retain(&mut self, runs: &HashSet<Identity>) {
        let wanted: HashSet<Identity> = self.wanted.iter().map(|(run, _)| *run).collect();
        self.known.retain(|run, _| runs.contains(run) || wanted.contains(run));
    }
}

/// A rule whose runs are looked for, and the names that start them; none: the version that runs does not have it.
struct Sought<'a> {
    of: OfRule,
    when: Option<&'a [Arc<str>]>,
}

impl Sought<'_> {
    fn listens(&self, name: &str) -> bool {
        self.when.is_none_or(|when| when.iter().any(|known| **known == *name))
    }

    /// The run that an event starts.
    fn run(&self, event: Identity) -> Identity {
        run_identity(&self.of.workflow, &self.of.rule, event)
    }
}

/// Looks for the events behind `wanted` among those that are kept, the newest first; those that are found leave `wanted`.
fn search(
    part: &Part,
    shown: &Shown,
    wanted: &mut HashMap<Identity, OfRule>,
) -> Vec<(Identity, Arc<Origin>)> {
    let rules: HashSet<OfRule> = wanted.values().cloned().collect();
    let when = |of: &OfRule| shown.plan.rules.iter().find(|rule| rule.name == of.rule).map(|r| &*r.when);
    let rules: Vec<Sought<'_>> = rules.into_iter().map(|of| Sought { when: when(&of), of }).collect();
    let (mut scratch, mut found) = (Scratch::default(), Vec::new());
    for entry in part.newest_first() {
        if wanted.is_empty() {
            break;
        }
        let Some(identity) = identity(entry, shown, &mut scratch) else { continue };
        for sought in &rules {
            if matches!(entry.what, What::Derived(notice) if !sought.listens(&notice.name)) {
                continue;
            }
            let run = sought.run(identity);
            if wanted.remove(&run).is_some() {
                let (name, id) = named(entry, shown, sought, &mut scratch);
                found.push((run, Arc::new(Origin { name, identity, id, at: entry.at })));
            }
        }
    }
    found
}

/// The identity of an event that can have started something.
fn identity(entry: OfStream<'_>, shown: &Shown, scratch: &mut Scratch) -> Option<Identity> {
    match entry.what {
        What::Derived(notice) => Some(notice.identity),
        What::Event(arrival, reception)
            if reception.reached > 0 && Kind::of(entry.what) != Kind::Duplicate =>
        {
            arrival.identity.or_else(|| {
                let known = shown.recognize(&arrival.text, scratch);
                Some(Identity::of(&[&known.source?, &known.id?]))
            })
        }
        What::Event(..) | What::Refused(_) => None,
    }
}

/// The name that an event had for a rule, and the id that it was sent with.
fn named(
    entry: OfStream<'_>,
    shown: &Shown,
    sought: &Sought<'_>,
    scratch: &mut Scratch,
) -> (String, Option<String>) {
    let known = shown.recognize(entry.what.text(), scratch);
    let name = match entry.what {
        What::Derived(notice) => notice.name.to_string(),
        _ => {
            let mut names = known.names.iter().map(|(name, _)| name);
            names.find(|name| sought.listens(name)).map(ToString::to_string).unwrap_or_default()
        }
    };
    (name, known.id)
}

/// The causes of those of `runs` that are in progress.
fn causes(engine: &Engine, runs: &[Identity]) -> Vec<(Identity, Cause)> {
    let cause = |run: &Identity| Some((*run, engine.run(*run)?.run.cause().clone()));
    runs.iter().filter_map(cause).collect()
}

impl Dashboard {
    /// Finds out what started the runs that have begun since the last time.
    ///
    /// # Errors
    /// When the host has stopped.
    pub(crate) async fn find_origins(&self) -> Result<(), HostError> {
        let _turn = self.finding.lock().await;
        // They stay wanted until they are found out: whoever asks may go away in the middle.
        let mut wanted: HashMap<Identity, OfRule> = self.memory().origins().wanted.iter().cloned().collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let looked_for: HashSet<Identity> = wanted.keys().copied().collect();
        let shown = self.shown();
        let part = self.memory().ring().part(0, u64::MAX);
        let mut found = search(&part, &shown, &mut wanted);
        if !wanted.is_empty() {
            let runs: Vec<Identity> = wanted.into_keys().collect();
            let causes = self.service().handle().look_async(move |engine| causes(engine, &runs)).await?;
            let mut scratch = Scratch::default();
            found.extend(causes.into_iter().map(|(run, cause)| {
                let id = shown.recognize(&cause.envelope, &mut scratch).id;
                let Cause { identity, accepted: at, .. } = cause;
                (run, Arc::new(Origin { name: cause.name.to_string(), identity, id, at }))
            }));
        }
        // Never both locks at once.
        let full = self.memory().origins().is_full();
        let kept = full.then(|| self.memory().calls().all().iter().map(|call| call.action.run).collect());
        let mut origins = self.memory().origins();
        origins.wanted.retain(|(run, _)| !looked_for.contains(run));
        origins.known.extend(found.into_iter().map(|(run, origin)| (run, Some(origin))));
        kept.iter().for_each(|runs| origins.retain(runs));
        Ok(())
    }
}

/// Looks for origins as runs begin, until the host stops.
pub(crate) async fn follow(dashboard: Weak<Dashboard>) {
    loop {
        // Nothing that is waited for here may keep the host.
        let Some((begun, mut stop)) =
            dashboard.upgrade().map(|dashboard| (dashboard.memory().begun(), dashboard.stop()))
        else {
            return;
        };
        tokio::select! {
            () = begun.notified() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let Some(dashboard) = dashboard.upgrade() else { return };
        if dashboard.find_origins().await.is_err() {
            return;
        }
        drop(dashboard);
        tokio::time::sleep(ORIGINS_PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use fanin_rule::{ActionId, SendTarget, Target};

    use super::*;

    fn action(run: usize) -> Action {
        let run = Identity::of(&[&run.to_string()]);
        Action {
            id: ActionId(run),
            run,
            index: 0,
            attempt: 1,
            rule: "r".into(),
            workflow: "w".into(),
            target: Target::Send(SendTarget::Log("l".into())),
            payload: "{}".into(),
        }
    }

    #[test]
    fn a_run_is_looked_for_once_and_so_many_at_a_time() {
        let mut origins = Origins::default();
        assert!(origins.begun(&[action(1), action(1)]));
        assert_eq!(origins.wanted.len(), 1);
        origins.wanted.clear();
        assert!(!origins.begun(&[action(1)]), "a retry of it is not looked for again");
        let many: Vec<Action> = (2..MAX_CALLS + 2).map(action).collect();
        origins.begun(&many);
        assert_eq!(origins.wanted.len(), MAX_CALLS);
        origins.begun(&[action(0)]);
        assert_eq!(origins.wanted.len(), MAX_CALLS, "the oldest has left");
        assert_eq!(origins.wanted.front().unwrap().0, action(3).run);
    }

    #[test]
    fn those_of_runs_that_are_forgotten_go_when_there_are_too_many() {
        let mut origins = Origins::default();
        (0..MAX_ORIGINS).for_each(|n| drop(origins.known.insert(action(n).run, None)));
        assert!(!origins.is_full());
        origins.begun(&[action(MAX_ORIGINS)]);
        assert!(origins.is_full());
        origins.retain(&HashSet::from([action(7).run]));
        let mut kept: Vec<Identity> = origins.known.keys().copied().collect();
        kept.sort();
        let mut expected = vec![action(7).run, action(MAX_ORIGINS).run];
        expected.sort();
        assert_eq!(kept, expected);
    }
}
