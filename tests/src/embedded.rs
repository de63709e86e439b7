//! The embedded host as a stage: real log, real threads, real restarts; only the clock is virtual.
#![expect(clippy::unwrap_used, reason = "a test ends when its host does not work")]

use std::path::Path;
use std::sync::{Arc, Mutex};

use fanin_event::{Identity, Timestamp};
use fanin_local::{Arrival, Clock, Host, HostOptions, Outlet};
use fanin_plan::Plan;
use fanin_rule::{Action, Outcome};
use fanin_runtime::{DeadLetter, Notice, Origin};
use fanin_simulate::Stage;

#[derive(Default)]
struct Out {
    actions: Vec<Action>,
    notices: Vec<Notice>,
}

#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Out>>);

impl Outlet for Collector {
    fn actions(&self, actions: Vec<Action>) {
        self.0.lock().unwrap().actions.extend(actions);
    }
    fn notices(&self, notices: Vec<Notice>) {
        self.0.lock().unwrap().notices.extend(notices);
    }
    fn failed(&self, _: &str) {}
}

/// The stage.
pub struct Embedded {
    host: Option<Host>,
    options: HostOptions,
    plan: Plan,
    out: Collector,
}

impl Embedded {
    /// A host in `dir` on which `plan` is current from `at` on.
    #[must_use]
    pub fn new(dir: &Path, plan: &Plan, at: Timestamp) -> Embedded {
        let mut options = HostOptions { clock: Clock::standing_at(at), ..HostOptions::at(dir) };
        options.store.segment_bytes = 1 << 20;
        let mut stage = Embedded { host: None, options, plan: plan.clone(), out: Collector::default() };
        stage.open();
        stage
    }

    fn open(&mut self) {
        let (host, _) = Host::open(&self.options, &self.plan, Box::new(self.out.clone())).unwrap();
        self.host = Some(host);
    }

    fn host(&self) -> &Host {
        self.host.as_ref().unwrap()
    }
}

impl Stage for Embedded {
    fn submit(&mut self, at: Timestamp, identity: Identity, text: &str) -> Result<(), String> {
        self.options.clock.set(at);
        let arrival = Arrival { text: text.to_owned(), identity: Some(identity), origin: Origin::Internal };
        self.host().handle().submit_wait(vec![arrival]).map(drop).map_err(|e| e.to_string())
    }

    fn tick(&mut self, at: Timestamp) {
        self.options.clock.set(at);
        self.host().handle().tick().unwrap();
    }

    fn settle(&mut self, at: Timestamp, action: &Action, outcome: &Outcome) {
        self.options.clock.set(at);
        self.host().handle().settle(action, outcome.clone());
    }

    fn next_due(&self) -> Timestamp {
        self.host().handle().look(|engine| engine.next_due()).unwrap()
    }

    fn outbox(&mut self) -> (Vec<Action>, Vec<Notice>) {
        self.host().handle().flush().unwrap();
        let mut out = self.out.0.lock().unwrap();
        (std::mem::take(&mut out.actions), std::mem::take(&mut out.notices))
    }

    fn crash(&mut self) {
        if let Some(host) = self.host.take() {
            host.halt();
        }
        self.open();
    }

    fn snapshot(&mut self, _: usize) {
        self.host().handle().snapshot().unwrap();
    }

    fn dead_letters(&self) -> Vec<DeadLetter> {
        self.host().handle().look(|engine| engine.dead_letters().iter().cloned().collect()).unwrap()
    }
}
