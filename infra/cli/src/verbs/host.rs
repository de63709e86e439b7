//! Opening a service for a workflow file: what `run` and `dev` share.

use std::path::{Path, PathBuf};

use anyhow::Context;
use fanin_local::{HostOptions, Opened, Service, ServiceOptions};
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
    let dir = state_dir(place, workflow, plan);
    let mut host = HostOptions::at(&dir);
    if let Ok(bytes) = std::env::var(SNAPSHOT_EVERY) {
        host.snapshot_every =
            bytes.parse().with_context(|| format!("{SNAPSHOT_EVERY}={bytes}: write a number of bytes"))?;
    }
    let options = ServiceOptions { host, workflow_dir: workflow_dir(workflow) };
    let (service, opened) = Service::open(&options, plan)
        .with_context(|| format!("cannot open the state in {}", dir.display()))?;
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
