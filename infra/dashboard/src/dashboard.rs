//! The dashboard of one service: its memory, the workflow as it is shown, and whoever watches.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use fanin_event::DefinitionError;
use fanin_local::{HostError, Service};
use fanin_plan::Plan;
use fanin_sources_s3::endpoint::Endpoint;
use fanin_workflow::Diagnostic;
use tokio::sync::{Mutex, Semaphore, watch};

use crate::counts::named;
use crate::keys::Fresh;
use crate::limits::MAX_VIEWERS;
use crate::live::Hub;
use crate::memory::Memory;
use crate::shown::{Reload, Shown};

/// Where things are.
#[derive(Clone, Debug)]
pub struct Place {
    /// The workflow file.
    pub file: PathBuf,
    /// The URL of the endpoint for uploads.
    pub uploads: String,
}

/// What the routes share.
pub struct Dashboard {
    service: Arc<Service>,
    memory: Arc<Memory>,
    uploads: Endpoint,
    place: Place,
    shown: RwLock<Arc<Shown>>,
    /// How often each named event had come, by what recovery read, when the host was ready.
    before: BTreeMap<Arc<str>, u64>,
    /// Tells this process from the one before.
    boot: String,
    reload: watch::Sender<Option<Arc<Reload>>>,
    stop: watch::Receiver<bool>,
    pub(crate) hub: Hub,
    pub(crate) viewers: Arc<Semaphore>,
    pub(crate) keys: Fresh,
    /// One search for the events of runs at a time.
    pub(crate) finding: Mutex<()>,
}

impl std::fmt::Debug for Dashboard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dashboard")
            .field("place", &self.place)
            .field("boot", &self.boot)
            .finish_non_exhaustive()
    }
}

impl Dashboard {
    /// The dashboard of a service whose memory is `memory`, which runs `plan`, compiled from `text`. Pages that watch are told
    /// to go when `stop` says so.
    ///
    /// # Errors
    /// When the host has stopped, or could not have taken the plan.
    pub async fn new(
        (service, memory): (Arc<Service>, Arc<Memory>),
        uploads: Endpoint,
        place: Place,
        (plan, text): (Plan, String),
        stop: watch::Receiver<bool>,
    ) -> Result<Dashboard, HostError> {
        let before = service.handle().look_async(named).await?;
        let shown = Shown::new(plan, text).map_err(refused)?;
        Ok(Dashboard {
            boot: format!("{:x}", memory.since().0),
            service,
            memory,
            uploads,
            place,
            shown: RwLock::new(Arc::new(shown)),
            before,
            reload: watch::Sender::new(None),
            stop,
            hub: Hub::default(),
            viewers: Arc::new(Semaphore::new(MAX_VIEWERS)),
            keys: Fresh::default(),
            finding: Mutex::default(),
        })
    }

    /// The workflow file was taken over, perhaps with warnings.
    pub fn reloaded(&self, plan: Plan, text: String, diagnostics: &[Diagnostic]) {
        let reload = Reload::taken(self.memory.now(), &plan.version, &text, diagnostics);
        match Shown::new(plan, text) {
            Ok(shown) => {
                *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(shown);
                self.reload.send_replace(Some(Arc::new(reload)));
            }
            Err(error) => tracing::error!(%error, "the version that runs cannot be shown"),
        }
    }

    /// The workflow file could not be taken over, and the version before goes on.
    pub fn kept(&self, text: &str, reason: &str, diagnostics: &[Diagnostic]) {
        let version = self.shown().plan.version.clone();
        let reload = Reload::kept(self.memory.now(), &version, (text, reason), diagnostics);
        self.reload.send_replace(Some(Arc::new(reload)));
    }

    pub(crate) fn service(&self) -> &Arc<Service> {
        &self.service
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    pub(crate) fn uploads(&self) -> &Endpoint {
        &self.uploads
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// The workflow file's name, without its folder.
    pub(crate) fn file_name(&self) -> String {
        let name = self.place.file.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// The version that runs.
    pub(crate) fn shown(&self) -> Arc<Shown> {
        self.shown.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn boot(&self) -> &str {
        &self.boot
    }

    pub(crate) fn reload(&self) -> watch::Receiver<Option<Arc<Reload>>> {
        self.reload.subscribe()
    }

    pub(crate) fn stop(&self) -> watch::Receiver<bool> {
        self.stop.clone()
    }

    /// How often a named event came before the host was ready.
    pub(crate) fn before(&self, name: &str) -> u64 {
        self.before.get(name).copied().unwrap_or(0)
    }
}

/// The compiler and the host have both taken these events before.
fn refused(error: DefinitionError) -> HostError {
    HostError::State(error.to_string())
}
