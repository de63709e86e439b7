//! A function: a bootstrap with an environment, as many processes as are needed at once, up to a number.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;

use super::runtime_api::{Failed, Instance};
use crate::limits::INVOCATION_TIMEOUT;

/// How a function is started.
#[derive(Clone, Debug)]
pub struct FunctionSpec {
    /// Its name.
    pub name: String,
    /// Its bootstrap.
    pub binary: PathBuf,
    /// Its environment, whole: nothing is inherited.
    pub environment: BTreeMap<String, String>,
    /// Where what it says is appended.
    pub log: PathBuf,
    /// Invocations at once, each in a process of its own.
    pub at_once: usize,
    /// How long an invocation may take.
    pub timeout: Duration,
}

impl FunctionSpec {
    /// One process at a time, with the usual timeout.
    #[must_use]
    pub fn new(
        name: &str,
        binary: PathBuf,
        environment: BTreeMap<String, String>,
        log: PathBuf,
    ) -> FunctionSpec {
        let name = name.to_owned();
        FunctionSpec { name, binary, environment, log, at_once: 1, timeout: INVOCATION_TIMEOUT }
    }
}

/// What a function has lived through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lived {
    /// Processes started.
    pub started: u64,
    /// Invocations that were answered.
    pub answered: u64,
    /// Invocations that failed: an error, a process that ended, a timeout.
    pub failed: u64,
}

/// The function.
pub struct Function {
    spec: FunctionSpec,
    idle: Mutex<Vec<Arc<Instance>>>,
    busy: Mutex<Vec<Arc<Instance>>>,
    places: Semaphore,
    started: AtomicU64,
    answered: AtomicU64,
    failed: AtomicU64,
}

impl Function {
    /// A function without a process: the first invocation starts one.
    #[must_use]
    pub fn new(spec: FunctionSpec) -> Function {
        let places = Semaphore::new(spec.at_once);
        let (idle, busy) = (Mutex::default(), Mutex::default());
        let (started, answered, failed) = Default::default();
        Function { spec, idle, busy, places, started, answered, failed }
    }

    /// Invokes it in a process that is idle, or in a new one, or when one becomes idle.
    ///
    /// # Errors
    /// [`Failed`] as Lambda reports it.
    pub async fn invoke(&self, payload: Bytes) -> Result<Bytes, Failed> {
        let _place = self.places.acquire().await.map_err(|e| failed(e.to_string()))?;
        let instance = self.instance().await.map_err(|e| failed(format!("{e:#}")))?;
        self.busy.lock().unwrap().push(instance.clone());
        let answer = instance.invoke(payload, self.spec.timeout).await;
        self.busy.lock().unwrap().retain(|other| !Arc::ptr_eq(other, &instance));
        if instance.lives() {
            self.idle.lock().unwrap().push(instance);
        }
        let count = if answer.is_ok() { &self.answered } else { &self.failed };
        count.fetch_add(1, Ordering::Relaxed);
        answer
    }

    async fn instance(&self) -> anyhow::Result<Arc<Instance>> {
        loop {
            let Some(instance) = self.idle.lock().unwrap().pop() else { break };
            if instance.lives() {
                return Ok(instance);
            }
        }
        self.started.fetch_add(1, Ordering::Relaxed);
        let FunctionSpec { name, binary, environment, log, .. } = &self.spec;
        Ok(Arc::new(Instance::start(name, binary, environment, log).await?))
    }

    /// Kills one process that is in the middle of an invocation. False: none is.
    pub fn kill_one(&self) -> bool {
        let busy = self.busy.lock().unwrap();
        busy.first().inspect(|instance| instance.kill()).is_some()
    }

    /// Kills every process that has nothing to do.
    pub async fn kill_idle(&self) {
        let idle = std::mem::take(&mut *self.idle.lock().unwrap());
        for instance in idle {
            instance.kill();
            instance.ended().await;
        }
    }

    /// What it has lived through.
    #[must_use]
    pub fn lived(&self) -> Lived {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Lived { started: read(&self.started), answered: read(&self.answered), failed: read(&self.failed) }
    }
}

fn failed(error_message: String) -> Failed {
    Failed { error_type: "Runtime.StartError".to_owned(), error_message }
}
