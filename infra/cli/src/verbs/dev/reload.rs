//! Takes an edited workflow file over; on a mistake says which, and keeps the old version.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use fanin_dashboard::Dashboard;
use fanin_local::Service;
use notify::{RecursiveMode, Watcher};
use tokio::sync::mpsc;

use super::receivers::Schedules;
use crate::args::Global;
use crate::console::say;
use crate::verbs::files;

/// Editors write in several steps: the file is read when it has been quiet for so long.
const QUIET: Duration = Duration::from_millis(100);

/// Who hears of another version.
pub(super) struct Watched {
    pub(super) service: Arc<Service>,
    pub(super) schedules: Schedules,
    pub(super) dashboard: Arc<Dashboard>,
}

/// Watches until the watch itself fails.
pub(super) async fn watch(global: Global, workflow: PathBuf, watched: Watched) -> anyhow::Result<()> {
    let (send, mut changes) = mpsc::channel(1);
    let file = workflow.canonicalize().with_context(|| format!("cannot find {}", workflow.display()))?;
    let changed = file.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|e| !e.kind.is_access() && e.paths.contains(&changed)) {
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
        let Ok(bytes) = std::fs::read(&file) else { continue };
        if bytes == current {
            continue;
        }
        match String::from_utf8(bytes.clone()) {
            Ok(text) => take_over(&global, &workflow, text, &watched).await,
            Err(_) => say("the workflow file is no UTF-8 text: the version before it stays"),
        }
        current = bytes;
    }
}

/// Takes the file over, or says why not; to the terminal and to whoever watches the page.
async fn take_over(global: &Global, workflow: &Path, text: String, watched: &Watched) {
    let Watched { service, schedules, dashboard } = watched;
    let compiled = fanin_workflow::compile(&workflow.display().to_string(), &text);
    files::tell(global, &text, &compiled.diagnostics);
    let keep = |reason: &str| {
        say(&format!("{reason}: the version before it stays"));
        dashboard.kept(&text, reason, &compiled.diagnostics);
    };
    let Some(plan) = compiled.plan else { return keep("the workflow file has mistakes") };
    let version = plan.version.clone();
    let (held, for_service) = (service.clone(), plan.clone());
    match tokio::task::spawn_blocking(move || held.activate(&for_service)).await {
        Ok(Ok(())) => {
            schedules.replace(service, &plan).await;
            say(&format!("took version {version} over"));
            dashboard.reloaded(plan, text, &compiled.diagnostics);
        }
        Ok(Err(error)) => keep(&error.to_string()),
        Err(error) => keep(&error.to_string()),
    }
}
