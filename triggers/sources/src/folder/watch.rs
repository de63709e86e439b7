//! The watcher: notices from the file system to complete files. Lost notices are made up for by a rescan.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Config, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::scan::Scan;
use super::{Folder, FolderError, FolderOptions, Stamp, is_temporary};
use crate::intake::Intake;
use crate::limits;

/// What the file system said of one path.
struct Notice {
    path: PathBuf,
    /// Its writer is done with it.
    complete: bool,
}

/// The receiving end of the notices.
struct Notices {
    receiver: mpsc::Receiver<Notice>,
    /// Some were lost.
    lost: Arc<AtomicBool>,
    /// Stops the notices when dropped.
    _watcher: RecommendedWatcher,
}

/// Files that are not known to be complete: how they stood, and when that is long enough ago.
type Pending = BTreeMap<PathBuf, (Option<Stamp>, Instant)>;

/// Watches the folder until dropped. What is in it already is handed over first; while that lasts, or the intake is
/// busy, notices wait, and those that find no room are made up for by a rescan.
///
/// # Errors
/// [`FolderError`] when the folder cannot be read or watched, or the intake closes.
pub async fn run(options: FolderOptions, intake: Arc<dyn Intake>) -> Result<(), FolderError> {
    let unreadable = |source| FolderError::Read { path: options.root.clone(), source };
    let root = options.root.canonicalize().map_err(unreadable)?;
    let mut notices = watch(&root)?;
    let folder = Folder { root, bucket: options.bucket.clone(), intake };
    let mut pending = Pending::new();
    scan(&folder, &mut pending).await?;
    loop {
        if notices.lost.swap(false, Ordering::AcqRel) || pending.len() > limits::MAX_PENDING_FILES {
            tracing::info!("notices of {} were lost; scanning it again", folder.root.display());
            pending.clear();
            scan(&folder, &mut pending).await?;
        }
        let wake = pending.values().map(|(_, at)| *at).min();
        tokio::select! {
            notice = notices.receiver.recv() => {
                let Some(notice) = notice else { return Err(gone(&folder.root)) };
                take(&folder, notice, &mut pending).await?;
            }
            () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {
                settle(&folder, &mut pending).await?;
            }
        }
    }
}

fn gone(root: &Path) -> FolderError {
    FolderError::Watch { path: root.to_owned(), reason: "the watcher ended".to_owned() }
}

fn watch(root: &Path) -> Result<Notices, FolderError> {
    let (sender, receiver) = mpsc::channel(limits::MAX_PENDING_NOTICES);
    let lost = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&lost);
    let handle = move |event: notify::Result<notify::Event>| match event {
        Ok(event) if event.need_rescan() => wake(&flag, &sender),
        Ok(event) => {
            let Some(complete) = completes(event.kind) else { return };
            for path in event.paths {
                if sender.try_send(Notice { path, complete }).is_err() {
                    flag.store(true, Ordering::Release);
                }
            }
        }
        Err(error) => {
            tracing::warn!("watching: {error}");
            wake(&flag, &sender);
        }
    };
    let failed =
        |error: notify::Error| FolderError::Watch { path: root.to_owned(), reason: error.to_string() };
    let config = Config::default().with_follow_symlinks(false);
    let mut watcher = RecommendedWatcher::new(handle, config).map_err(failed)?;
    watcher.watch(root, RecursiveMode::Recursive).map_err(failed)?;
    Ok(Notices { receiver, lost, _watcher: watcher })
}

/// Says that notices were lost, with a notice of nothing so that the watcher's loop looks.
fn wake(flag: &AtomicBool, sender: &mpsc::Sender<Notice>) {
    flag.store(true, Ordering::Release);
    // A full channel wakes the loop as well.
    let _ = sender.try_send(Notice { path: PathBuf::new(), complete: false });
}

/// Whether a notice says that its file is complete; nothing for notices that do not matter.
fn completes(kind: EventKind) -> Option<bool> {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(true),
        EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both)) => Some(true),
        EventKind::Access(_) | EventKind::Remove(_) => None,
        _ => Some(false),
    }
}

async fn take(folder: &Folder, notice: Notice, pending: &mut Pending) -> Result<(), FolderError> {
    let Ok(relative) = notice.path.strip_prefix(&folder.root) else { return Ok(()) };
    if is_temporary(relative) {
        return Ok(());
    }
    // A folder that was moved here brings its files without a notice of each.
    if std::fs::symlink_metadata(&notice.path).is_ok_and(|m| m.is_dir()) {
        return scan_below(folder, &notice.path, pending).await;
    }
    let Some(stamp) = inside(&folder.root, &notice.path).then(|| Stamp::of(&notice.path)).flatten() else {
        pending.remove(&notice.path);
        return Ok(());
    };
    if notice.complete {
        pending.remove(&notice.path);
        folder.submit(vec![(notice.path, stamp)]).await?;
    } else {
        pending.insert(notice.path, (Some(stamp), Instant::now() + limits::FILE_STABLE));
    }
    Ok(())
}

/// Hands over the pending files that have stayed the same for long enough.
async fn settle(folder: &Folder, pending: &mut Pending) -> Result<(), FolderError> {
    let now = Instant::now();
    let due: Vec<PathBuf> =
        pending.iter().filter(|(_, (_, at))| *at <= now).map(|(path, _)| path.clone()).collect();
    let mut complete = Vec::new();
    for path in due {
        let Some((before, _)) = pending.remove(&path) else { continue };
        match Stamp::of(&path) {
            Some(stamp) if before == Some(stamp) => complete.push((path, stamp)),
            Some(stamp) => {
                pending.insert(path, (Some(stamp), now + limits::FILE_STABLE));
            }
            None => {}
        }
        if complete.len() >= limits::BATCH_EVENTS {
            folder.submit(std::mem::take(&mut complete)).await?;
        }
    }
    folder.submit(complete).await?;
    Ok(())
}

async fn scan(folder: &Folder, pending: &mut Pending) -> Result<(), FolderError> {
    scan_below(folder, &folder.root, pending).await
}

/// Looks at all files below `from`. One that was touched just now may still be written to and has to wait.
async fn scan_below(folder: &Folder, from: &Path, pending: &mut Pending) -> Result<(), FolderError> {
    let unreadable = |source| FolderError::Read { path: from.to_owned(), source };
    let mut scan = match Scan::new(from) {
        Ok(scan) => scan,
        Err(_) if from != folder.root => return Ok(()), // Gone again.
        Err(source) => return Err(unreadable(source)),
    };
    loop {
        let batch = scan.next_batch();
        if batch.is_empty() {
            return Ok(());
        }
        let old = |stamp: &Stamp| stamp.modified.elapsed().is_ok_and(|age| age >= limits::FILE_STABLE);
        let (complete, fresh): (Vec<_>, Vec<_>) = batch.into_iter().partition(|(_, stamp)| old(stamp));
        let at = Instant::now() + limits::FILE_STABLE;
        pending.extend(fresh.into_iter().map(|(path, stamp)| (path, (Some(stamp), at))));
        folder.submit(complete).await?;
    }
}

/// Whether the path, links resolved, is still in the folder.
fn inside(root: &Path, path: &Path) -> bool {
    path.parent().and_then(|parent| parent.canonicalize().ok()).is_some_and(|parent| parent.starts_with(root))
}
