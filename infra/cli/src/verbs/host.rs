//! Opening a service for a workflow file: what `run` and `dev` share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use fanin_local::{HostError, HostOptions, Observer, Opened, Service, ServiceOptions};
use fanin_plan::Plan;

use crate::args::Place;
use crate::console::say;

/// Bytes of log after which a snapshot begins, for tests that need many. Not in the help.
const SNAPSHOT_EVERY: &str = "FANIN_SNAPSHOT_EVERY";

/// The directory of the state: as given, else `.fanin/NAME` beside the workflow file.
pub(crate) fn state_dir(place: &Place, workflow: &Path, plan: &Plan) -> PathBuf {
    place.dir.clone().unwrap_or_else(|| workflow_dir(workflow).join(".fanin").join(&*plan.workflow))
}

/// The directory of the workflow file, where its functions run.
pub(crate) fn workflow_dir(workflow: &Path) -> PathBuf {
    let dir = workflow.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    dir.canonicalize().unwrap_or_else(|_| dir.to_path_buf())
}

/// Opens the service and says what recovery found. Needs a tokio runtime.
pub(crate) fn open(place: &Place, workflow: &Path, plan: &Plan) -> anyhow::Result<(Service, PathBuf)> {
    begin(workflow, state_dir(place, workflow, plan), |options| Service::open(options, plan))
}

/// As [`open`], with somebody who watches from the beginning.
pub(crate) fn open_watched(
    place: &Place,
    workflow: &Path,
    plan: &Plan,
    observer: Arc<dyn Observer>,
) -> anyhow::Result<(Service, PathBuf)> {
    let open = |options: &ServiceOptions| Service::open_watched(options, plan, observer);
    begin(workflow, state_dir(place, workflow, plan), open)
}

fn begin(
    workflow: &Path,
    dir: PathBuf,
    open: impl FnOnce(&ServiceOptions) -> Result<(Service, Opened), HostError>,
) -> anyhow::Result<(Service, PathBuf)> {
    let mut host = HostOptions::at(&dir);
    if let Ok(bytes) = std::env::var(SNAPSHOT_EVERY) {
        host.snapshot_every =
            bytes.parse().with_context(|| format!("{SNAPSHOT_EVERY}={bytes}: write a number of bytes"))?;
    }
    let options = ServiceOptions { host, workflow_dir: workflow_dir(workflow) };
    let (service, opened) =
        open(&options).with_context(|| format!("cannot open the state in {}", dir.display()))?;
    tell(&opened);
    Ok((service, dir))
}

fn tell(opened: &Opened) {
    if let Some(repaired) = opened.store.repaired() {
        say(&format!("repaired: {repaired}"));
    }
    if opened.snapshot > 0 || opened.replayed > 0 {
        say(&format!(
            "continued: snapshot at frame {}, {} records replayed in {} ms, {} calls made again",
            opened.snapshot,
            opened.replayed,
            opened.took.as_millis(),
            opened.unsettled
        ));
    }
}

/// A tokio runtime for the receivers and the calls; the engine has threads of its own.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the tasks' threads")
}
