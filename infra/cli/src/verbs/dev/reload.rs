//! Takes an edited workflow file over; on a mistake says which, and keeps the old version.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use fanin_local::Service;
use notify::{RecursiveMode, Watcher};
use tokio::sync::mpsc;

use super::receivers::Schedules;
use crate::args::Global;
use crate::console::say;
use crate::verbs::files;

/// Editors write in several steps: the file is read when it has been quiet for so long.
const QUIET: Duration = Duration::from_millis(100);

/// Watches until the watch itself fails.
pub(super) async fn watch(
    global: Global,
    workflow: PathBuf,
    service: Arc<Service>,
    schedules: Schedules,
) -> anyhow::Result<()> {
    let (send, mut changes) = mpsc::channel(1);
    let file = workflow.canonicalize().with_context(|| format!("cannot find {}", workflow.display()))?;
    let watched = file.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|e| !e.kind.is_access() && e.paths.contains(&watched)) {
            // One waiting notice is enough: it makes the file be read once more.
            let _ = send.try_send(());
        }
    })?;
    // The folder, since many editors replace the file.
    let folder = file.parent().unwrap_or(Path::new("/"));
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    let mut current = std::fs::read(&file).unwrap_or_default();
    loop {
        changes.recv().await.context("the watch of the workflow file ended")?;
        while let Ok(Some(())) = tokio::time::timeout(QUIET, changes.recv()).await {}
        let Ok(text) = std::fs::read(&file) else { continue };
        if text == current {
            continue;
        }
        current = text;
        take_over(&global, &workflow, &service, &schedules).await;
    }
}

async fn take_over(global: &Global, workflow: &Path, service: &Arc<Service>, schedules: &Schedules) {
    let plan = match files::compile(global, workflow) {
        Ok(Some(plan)) => plan,
        Ok(None) => return say("the workflow file has mistakes: the version before it stays"),
        Err(error) => return say(&format!("{error:#}: the version before it stays")),
    };
    let version = plan.version.clone();
    let (held, for_service) = (service.clone(), plan.clone());
    match tokio::task::spawn_blocking(move || held.activate(&for_service)).await {
        Ok(Ok(())) => {
            schedules.replace(service, &plan).await;
            say(&format!("took version {version} over"));
        }
        Ok(Err(error)) => say(&format!("{error}: the version before it stays")),
        Err(error) => say(&format!("{error}: the version before it stays")),
    }
}
