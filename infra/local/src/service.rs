//! A host that calls functions: the log-first host, the dispatcher, and a memory of what happened last.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use fanin_dispatch::{Dispatcher, Full, Limits, Outbox, RunnerOptions, Runners, Settled};
use fanin_plan::Plan;
use fanin_rule::Action;
use fanin_runtime::Notice;
use tokio::sync::watch;

use crate::error::HostError;
use crate::handle::Handle;
use crate::host::{Host, HostOptions, Opened};
use crate::observer::{Observer, Refused, Spent};
use crate::recent::Recent;
use crate::shared::Outlet;

/// How to open a service.
#[derive(Clone, Debug)]
pub struct ServiceOptions {
    /// Of the host.
    pub host: HostOptions,
    /// The directory of the workflow file: functions run in it.
    pub workflow_dir: PathBuf,
}

/// A running service. Needs a tokio runtime.
#[derive(Debug)]
pub struct Service {
    host: Host,
    calls: Arc<Calls>,
    outbox: Outbox,
    workflow_dir: PathBuf,
    dir: PathBuf,
    url: OnceLock<String>,
}

/// Everything the calls need.
#[derive(Debug)]
struct Calls {
    dispatcher: OnceLock<Dispatcher>,
    handle: OnceLock<Handle>,
    /// Calls that the dispatcher's bounded queue did not take; bounded by what the host lets be open.
    backlog: Mutex<VecDeque<Action>>,
    recent: Recent,
    observer: Option<Arc<dyn Observer>>,
    failure: watch::Sender<Option<String>>,
}

impl Calls {
    /// Hands calls to the dispatcher, in order; what it does not take waits.
    fn submit(&self, actions: Vec<Action>) {
        let mut backlog = self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        backlog.extend(actions);
        drop(backlog);
        self.go_on();
    }

    fn go_on(&self) {
        let Some(dispatcher) = self.dispatcher.get() else { return };
        loop {
            let next = self.backlog.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(action) = next else { return };
            if let Err(Full(action)) = dispatcher.submit(action) {
                self.backlog.lock().unwrap_or_else(PoisonError::into_inner).push_front(*action);
                return;
            }
        }
    }

    fn settled(&self, settled: Settled) {
        self.recent.called(&settled);
        if let Some(observer) = &self.observer {
            observer.called(&settled);
        }
        if let Some(handle) = self.handle.get() {
            handle.settle(&settled.action, settled.outcome);
        }
        // A stub is answered while it is submitted: whoever submits goes on by itself then.
        if !settled.took.is_zero() {
            self.go_on();
        }
    }
}

struct ServiceOutlet(Arc<Calls>);

impl Outlet for ServiceOutlet {
    fn actions(&self, actions: Vec<Action>) {
        if let Some(observer) = &self.0.observer {
            observer.calling(&actions);
        }
        self.0.submit(actions);
    }

    fn notices(&self, notices: Vec<Notice>) {
        self.0.recent.happened(&notices);
        if let Some(observer) = &self.0.observer {
            observer.derived(notices);
        }
    }

    fn failed(&self, reason: &str) {
        self.0.failure.send_replace(Some(reason.to_owned()));
    }

    fn listens(&self) -> bool {
        self.0.observer.is_some()
    }

    fn taken(&self, spent: Spent) {
        if let Some(observer) = &self.0.observer {
            observer.taken(spent);
        }
    }

    fn refused(&self, refused: Refused) {
        if let Some(observer) = &self.0.observer {
            observer.refused(refused);
        }
    }
}

impl Service {
    /// Opens the host and starts calling.
    ///
    /// # Errors
    /// As [`Host::open`], and when the outbox file cannot be opened.
    pub fn open(options: &ServiceOptions, plan: &Plan) -> Result<(Service, Opened), HostError> {
        Service::begin(options, plan, None)
    }

    /// As [`Service::open`], with somebody who watches from the beginning.
    ///
    /// # Errors
    /// As [`Service::open`].
    pub fn open_watched(
        options: &ServiceOptions,
        plan: &Plan,
        observer: Arc<dyn Observer>,
    ) -> Result<(Service, Opened), HostError> {
        Service::begin(options, plan, Some(observer))
    }

    fn begin(
        options: &ServiceOptions,
        plan: &Plan,
        observer: Option<Arc<dyn Observer>>,
    ) -> Result<(Service, Opened), HostError> {
        let calls = Arc::new(Calls {
            dispatcher: OnceLock::new(),
            handle: OnceLock::new(),
            backlog: Mutex::default(),
            recent: Recent::default(),
            observer,
            failure: watch::Sender::new(None),
        });
        let dir = &options.host.dir;
        std::fs::create_dir_all(dir).map_err(HostError::io(format!("cannot create {}", dir.display())))?;
        let sent = dir.join("sent.jsonl");
        let outbox = Outbox::open(&sent).map_err(HostError::io(format!("cannot open {}", sent.display())))?;
        let runner_options =
            RunnerOptions { workflow_dir: options.workflow_dir.clone(), outbox: outbox.clone() };
        let runners = Runners::new(&plan.functions, &runner_options);
        // Weak: the calls own the dispatcher, and with the service both end, and with them the processes it started.
        let done: Weak<Calls> = Arc::downgrade(&calls);
        let dispatcher = Dispatcher::new(runners, Limits::default(), move |settled| {
            if let Some(calls) = done.upgrade() {
                calls.settled(settled);
            }
        });
        let (host, opened) = Host::open(&options.host, plan, Box::new(ServiceOutlet(calls.clone())))?;
        // Calls that were let out already wait in the backlog until both are there.
        let _ = calls.handle.set(host.handle());
        let _ = calls.dispatcher.set(dispatcher);
        calls.go_on();
        let dir = dir.canonicalize().unwrap_or_else(|_| dir.clone());
        let workflow_dir = options.workflow_dir.clone();
        Ok((Service { host, calls, outbox, workflow_dir, dir, url: OnceLock::new() }, opened))
    }

    /// The way to talk to the host.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.host.handle()
    }

    /// The directory in which everything durable lies.
    #[must_use]
    pub fn dir(&self) -> &std::path::Path {
        &self.dir
    }

    /// The URL at which it answers, once it does.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.url.get().map(String::as_str)
    }

    /// Remembers the URL at which it answers. The first one stays.
    pub fn answers_at(&self, url: &str) {
        let _ = self.url.set(url.to_owned());
    }

    /// What happened last.
    #[must_use]
    pub fn recent(&self) -> &Recent {
        &self.calls.recent
    }

    /// Becomes the reason when the log cannot be written any more.
    #[must_use]
    pub fn failure(&self) -> watch::Receiver<Option<String>> {
        self.calls.failure.subscribe()
    }

    /// Makes another version of the workflow the current one, with its functions.
    ///
    /// # Errors
    /// When the plan cannot be activated; the old version stays.
    pub fn activate(&self, plan: &Plan) -> Result<(), HostError> {
        self.handle().activate(plan)?;
        let options = RunnerOptions { workflow_dir: self.workflow_dir.clone(), outbox: self.outbox.clone() };
        if let Some(dispatcher) = self.calls.dispatcher.get() {
            dispatcher.replace(Runners::new(&plan.functions, &options));
        }
        Ok(())
    }

    /// Stops in good order. Calls that run are given up; they are made again after the next start, with the same ids.
    ///
    /// # Errors
    /// [`HostError::Failed`] when the log could not be written.
    pub fn close(self) -> Result<(), HostError> {
        self.host.close()
    }
}
