//! `bootstrap`: a real Lambda bootstrap on our Runtime API, several instances at once, idle ones kept.

mod api;
mod instance;
mod phase;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fanin_rule::{Action, Outcome};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::errors::{EXIT_ERROR, INTERNAL, failed};
use crate::limits::{MAX_BOOTSTRAP_INSTANCES, MAX_RESTART_BACKOFF, RESTART_BACKOFF};
use instance::{Instance, Invoked};

/// The instances of one function. Dropping it kills them.
#[derive(Debug)]
pub(super) struct Pool {
    function: Arc<str>,
    path: String,
    dir: PathBuf,
    permits: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Instance>,
    /// Crashes in a row.
    crashes: u32,
    not_before: Option<Instant>,
}

impl Pool {
    pub(super) fn new(function: &Arc<str>, path: &str, dir: &Path) -> Pool {
        // A bare file name means the file beside the workflow, as for every other path in it.
        let path = if path.contains('/') { path.to_owned() } else { format!("./{path}") };
        Pool {
            function: function.clone(),
            path,
            dir: dir.to_owned(),
            permits: Semaphore::new(MAX_BOOTSTRAP_INSTANCES),
            state: Mutex::new(State::default()),
        }
    }

    /// Makes a call. `timeout` counts from the moment the function has it, as on Lambda.
    pub(super) async fn call(&self, action: &Action, timeout: Duration) -> Outcome {
        let Ok(_permit) = self.permits.acquire().await else {
            return failed(INTERNAL, "the function's instances are gone");
        };
        // An instance that died while it was idle never saw the call: a fresh one gets it.
        if let Some(mut instance) = self.idle() {
            let invoked = instance.invoke(action, timeout).await;
            if !matches!(invoked, Invoked::Crashed { delivered: false, .. }) {
                return self.conclude(instance, invoked);
            }
        }
        self.wait_for_restart().await;
        match Instance::start(&self.function, &self.path, &self.dir).await {
            Ok(mut instance) => {
                let invoked = instance.invoke(action, timeout).await;
                self.conclude(instance, invoked)
            }
            Err(outcome) => {
                self.crashed();
                outcome
            }
        }
    }

    fn conclude(&self, instance: Instance, invoked: Invoked) -> Outcome {
        match invoked {
            Invoked::Answered(outcome) => {
                let mut state = self.lock();
                state.crashes = 0;
                state.not_before = None;
                state.idle.push(instance);
                outcome
            }
            // Dropping the instance kills it. It could start: the next one may at once.
            Invoked::Killed(outcome) => outcome,
            Invoked::Unready(outcome) => {
                self.crashed();
                outcome
            }
            Invoked::Crashed { ending, .. } => {
                self.crashed();
                failed(EXIT_ERROR, ending)
            }
        }
    }

    fn idle(&self) -> Option<Instance> {
        let mut state = self.lock();
        while let Some(mut instance) = state.idle.pop() {
            if instance.is_alive() {
                return Some(instance);
            }
        }
        None
    }

    fn crashed(&self) {
        let mut state = self.lock();
        let wait = RESTART_BACKOFF.saturating_mul(1 << state.crashes.min(16)).min(MAX_RESTART_BACKOFF);
        state.crashes = state.crashes.saturating_add(1);
        state.not_before = Instant::now().checked_add(wait);
    }

    async fn wait_for_restart(&self) {
        let not_before = self.lock().not_before;
        if let Some(moment) = not_before {
            tokio::time::sleep_until(moment).await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
