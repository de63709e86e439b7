//! `fanin test --watch`: plays again whenever a file changes that may change a result.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use notify::{RecursiveMode, Watcher};

use super::{Test, find, play_all};
use crate::args::Global;
use crate::console::{Exit, complain, say};

/// Editors write in several steps: files are read when it has been quiet for so long.
const QUIET: Duration = Duration::from_millis(100);

enum Notice {
    Changed,
    Interrupted,
}

/// Plays, and plays again, until Ctrl-C.
pub(super) fn run(global: &Global, args: &Test) -> anyhow::Result<Exit> {
    let (send, notices) = channel();
    interrupts(send.clone())?;
    loop {
        clear();
        let watched = once(global, args);
        let _watcher = watch(args, &watched, send.clone())?;
        say(&format!("waiting for a change of {} files; Ctrl-C ends it", watched.len().max(1)));
        if !changed(&notices) {
            return Ok(Exit::Done);
        }
    }
}

/// One round. A mistake is told, and the watch goes on: it may be mended.
fn once(global: &Global, args: &Test) -> Vec<PathBuf> {
    let found = match find::find(global, args) {
        Ok(found) => found,
        Err(error) => {
            complain(&format!("{error:#}"));
            return Vec::new();
        }
    };
    if let Err(error) = play_all(global, args, &found) {
        complain(&format!("{error:#}"));
    }
    found.watched
}

/// Waits for a change and for quiet after it. False: somebody wants to end it.
fn changed(notices: &Receiver<Notice>) -> bool {
    let Ok(Notice::Changed) = notices.recv() else { return false };
    loop {
        match notices.recv_timeout(QUIET) {
            Ok(Notice::Changed) => {}
            Ok(Notice::Interrupted) | Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => return true,
        }
    }
}

/// Watches the folders of the files that were read, and those that were named: a new test file counts, too.
fn watch(args: &Test, files: &[PathBuf], send: Sender<Notice>) -> anyhow::Result<impl Watcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|e| !e.kind.is_access() && e.paths.iter().any(|path| readable(path))) {
            let _ = send.send(Notice::Changed);
        }
    })?;
    let mut folders: Vec<(PathBuf, RecursiveMode)> = Vec::new();
    for named in args.files.iter().filter(|path| path.is_dir()) {
        folders.push((named.clone(), RecursiveMode::Recursive));
    }
    // The folder of a file, since many editors replace the file.
    for file in files.iter().chain(args.files.iter().filter(|path| !path.is_dir())) {
        let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        folders.push((folder.to_path_buf(), RecursiveMode::NonRecursive));
    }
    folders.sort_by(|a, b| a.0.cmp(&b.0));
    folders.dedup_by(|next, kept| next.0 == kept.0);
    for (folder, mode) in folders.iter().filter(|(folder, _)| folder.is_dir()) {
        watcher.watch(folder, *mode)?;
    }
    Ok(watcher)
}

fn readable(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json")
}

/// Ctrl-C becomes a notice.
fn interrupts(send: Sender<Notice>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("fanin-interrupt".to_owned()).spawn(move || {
        runtime.block_on(async move {
            let _ = tokio::signal::ctrl_c().await;
            let _ = send.send(Notice::Interrupted);
        });
    })?;
    Ok(())
}

/// A fresh page, where somebody looks.
fn clear() {
    let mut out = std::io::stdout();
    if out.is_terminal() {
        let _ = write!(out, "\u{1b}[2J\u{1b}[3J\u{1b}[H").and_then(|()| out.flush());
    }
}
