//! Workers: the library in this process, over the model store and queues in memory. Fast, so that every scenario is played
//! in many orders.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use fanin_event::{Span, Timestamp};
use fanin_plan::Plan;
use fanin_rule::{Action, Outcome, Target};
use fanin_runtime::DeadLetter;
use fanin_state_first::{
    CallTag, Called, Caller, Claims, Conditions, Deadline, Handled, Lane, Message, Outgoing, Plans, Queue,
    Received, Rules, SettledMessage, list_dead, publish_plan, sweep,
};
use fanin_store::state::{ModelState, ShelfName, StateError};
use tokio::runtime::Runtime;

use crate::queues;
use crate::stage::Workers;
use crate::sweeper::{self, Sweeper};
use crate::world::{CONDITIONS, Invoked, RULES, Shared};

/// Dead letters that are looked at.
const MAX_DEAD: usize = 1_000;

/// An invocation that has all the time it wants.
#[derive(Clone, Copy, Debug)]
pub struct Unhurried;

impl Deadline for Unhurried {
    fn left(&self) -> Span {
        Span(600_000)
    }
}

#[derive(Clone)]
struct Queues {
    shared: Shared,
    /// So many sends fail from now on.
    failing: Arc<AtomicU32>,
}

impl Queue for Queues {
    async fn send(&self, lane: Lane, messages: Vec<Outgoing>) -> Vec<Result<(), StateError>> {
        let name = match lane {
            Lane::Conditions => CONDITIONS,
            Lane::Rules => RULES,
        };
        let one = |message: Outgoing| {
            let less = |left: u32| left.checked_sub(1);
            if self.failing.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
                return Err(StateError::Throttled("the queue fails on purpose".to_owned()));
            }
            let mut world = self.shared.lock();
            let now = world.now;
            world.queue(name).send(now, message.body, message.delay);
            Ok(())
        };
        messages.into_iter().map(one).collect()
    }
}

/// Payloads put aside, in memory.
#[derive(Clone, Default)]
struct Aside(Arc<Mutex<HashMap<String, String>>>);

impl Claims for Aside {
    async fn put(&self, key: &str, body: &str) -> Result<(), StateError> {
        self.0.lock().unwrap().insert(key.to_owned(), body.to_owned());
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<String>, StateError> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }
}

#[derive(Clone)]
struct Recorder {
    shared: Shared,
}

impl Caller for Recorder {
    async fn call(&self, action: &Action, _: &CallTag) -> Called {
        let mut world = self.shared.lock();
        let at_once = match &action.target {
            Target::Send(_) => Some(Outcome::Done { result: "null".to_owned() }),
            Target::Invoke { function } => {
                world.stub.as_ref().and_then(|stub| stub(function, &action.payload))
            }
        };
        let (request, answered) = (action.payload.to_string(), at_once.is_some());
        world.invoked.push(Invoked { action: action.clone(), request, answered });
        at_once.map_or(Called::Accepted, Called::Answered)
    }
}

/// The workers.
pub struct Library {
    runtime: Runtime,
    shared: Shared,
    plan: Plan,
    store: ModelState,
    claims: Aside,
    queue: Queues,
    conditions: Conditions<ModelState, Queues, Aside>,
    rules: Rules<ModelState, Queues, Aside, Recorder>,
    crashes: u32,
    /// The next batch is worked on and its answer is lost.
    forgetful: bool,
}

impl Library {
    /// Workers of a plan, which is current from `at` on.
    ///
    /// # Errors
    /// The plan is not accepted.
    pub fn new(shared: &Shared, plan: &Plan, at: Timestamp) -> anyhow::Result<Library> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let (store, claims) = (ModelState::new(), Aside::default());
        runtime.block_on(publish_plan(&store, &claims, plan, at))?;
        let queue = Queues { shared: shared.clone(), failing: Arc::default() };
        let (conditions, rules) = engines(shared, plan, (&store, &queue, &claims));
        Ok(Library {
            runtime,
            shared: shared.clone(),
            plan: plan.clone(),
            store,
            claims,
            queue,
            conditions,
            rules,
            crashes: 0,
            forgetful: false,
        })
    }

    /// Stale reads of the store are so many commits old from now on.
    pub fn stale_by(&self, commits: usize) {
        self.store.stale_by(commits);
    }

    fn received(batch: &[queues::Message]) -> Vec<Received> {
        let one = |message: &queues::Message| Received {
            id: message.id.clone(),
            body: message.body.clone(),
            sent: message.sent,
            received: message.first_received,
            attempt: message.receives,
        };
        batch.iter().map(one).collect()
    }

    fn remembered(&mut self, handled: Vec<Handled>) -> Vec<Handled> {
        if std::mem::take(&mut self.forgetful) {
            return handled.iter().map(|_| Handled::Again).collect();
        }
        handled
    }
}

type Engines = (Conditions<ModelState, Queues, Aside>, Rules<ModelState, Queues, Aside, Recorder>);

fn engines(shared: &Shared, plan: &Plan, (store, queue, claims): (&ModelState, &Queues, &Aside)) -> Engines {
    let conditions = Conditions::new(&plan.workflow, store.clone(), queue.clone(), claims.clone());
    let plans = Arc::new(Plans::new(&plan.workflow));
    let caller = Recorder { shared: shared.clone() };
    (conditions, Rules::new(store.clone(), queue.clone(), claims.clone(), caller, plans))
}

impl Workers for Library {
    fn conditions(&mut self, batch: &[queues::Message]) -> Vec<Handled> {
        let handled = self.runtime.block_on(self.conditions.batch(&Library::received(batch), &Unhurried));
        self.remembered(handled)
    }

    fn rules(&mut self, batch: &[queues::Message]) -> Vec<Handled> {
        let handled = self.runtime.block_on(self.rules.batch(&Library::received(batch), &Unhurried));
        self.remembered(handled)
    }

    fn timers(&mut self, now: Timestamp) {
        let ports = (&self.store, &self.queue);
        // A sweep that fails is made again a minute later.
        let _ = self.runtime.block_on(sweep(ports, &self.plan.workflow, now, &Unhurried));
    }

    fn sweeper(&self) -> Sweeper {
        let minutes = self.store.shelves().into_iter().filter_map(|shelf| match shelf {
            ShelfName::Timers { minute, .. } => Some(minute),
            _ => None,
        });
        self.runtime.block_on(sweeper::read(&self.store, &self.plan.workflow, minutes.collect()))
    }

    fn idle_until(&mut self, minute: i64) {
        self.runtime.block_on(sweeper::pass_by(&self.store, &self.plan.workflow, minute));
    }

    fn claim(&self, key: &str) -> Option<String> {
        self.claims.0.lock().unwrap().get(key).cloned()
    }

    fn dead_letters(&self) -> Vec<DeadLetter> {
        let ports = (&self.store, &self.claims);
        let listed = self.runtime.block_on(list_dead(ports, &self.plan.workflow, None, MAX_DEAD));
        listed.unwrap().into_iter().filter_map(|found| Some(found.record?.letter)).collect()
    }

    fn answer(&mut self, now: Timestamp, invoked: &Invoked, outcome: &Outcome) {
        let action = &invoked.action;
        let message = Message::Settled(SettledMessage {
            rule: action.rule.clone(),
            run: action.run,
            index: action.index,
            attempt: action.attempt,
            outcome: outcome.clone().into(),
        });
        self.shared.lock().queue(RULES).send(now, message.to_text(), Span(0));
    }

    fn crash(&mut self) {
        (self.conditions, self.rules) =
            engines(&self.shared, &self.plan, (&self.store, &self.queue, &self.claims));
        // What dies with a process is either what it was about to say, or that it has said it.
        self.crashes += 1;
        if self.crashes.is_multiple_of(2) {
            self.queue.failing.store(1, Ordering::Relaxed);
        } else {
            self.forgetful = true;
        }
    }
}
