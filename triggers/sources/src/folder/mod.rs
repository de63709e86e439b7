//! A folder that stands for a bucket: each complete file is an "Object Created" event, its relative path the key.
//!
//! A file is complete when its writer closed it or moved it here, or when size and time have not changed for
//! [`limits::FILE_STABLE`]. Its sequencer is made of modification time and size, so a file that is found again, by a
//! rescan or after a restart, is the same event and does not count twice; a file that was written again is a new one.
//! Dot files, `.tmp` and `.part` are being written and skipped; symbolic links are not followed; deletions are no events.

mod scan;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use fanin_event::Timestamp;
use fanin_triggers::{ObjectChange, ObjectEvent, Rejected, codes};

use crate::intake::{Inbound, Intake, IntakeError, Origin, Receipt, patiently, reject_patiently};
use crate::limits;

pub use watch::run;

/// The folder and the bucket it stands for.
#[derive(Clone, Debug)]
pub struct FolderOptions {
    /// The folder; it must exist.
    pub root: PathBuf,
    /// The bucket's name.
    pub bucket: String,
}

/// Why watching ended.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder cannot be read.
    #[error("the folder {path}: {source}")]
    Read {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The system does not let it be watched.
    #[error("the folder {path} cannot be watched: {reason}")]
    Watch {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The events cannot be handed over.
    #[error(transparent)]
    Intake(#[from] IntakeError),
}

/// A file as it stood when it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    size: u64,
    modified: SystemTime,
}

impl Stamp {
    /// Looks at a regular file; nothing for all that is none, links included.
    pub(crate) fn of(path: &Path) -> Option<Stamp> {
        let metadata = std::fs::symlink_metadata(path).ok().filter(std::fs::Metadata::is_file)?;
        Some(Stamp { size: metadata.len(), modified: metadata.modified().ok()? })
    }
}

/// Hands files over as events.
pub(crate) struct Folder {
    pub(crate) root: PathBuf,
    bucket: String,
    intake: Arc<dyn Intake>,
}

impl Folder {
    /// Hands over complete files.
    pub(crate) async fn submit(&self, files: Vec<(PathBuf, Stamp)>) -> Result<(), IntakeError> {
        let mut events = Vec::with_capacity(files.len());
        for (path, stamp) in files {
            match self.event(&path, stamp) {
                Ok(event) => events.push(event),
                Err(rejected) => reject_patiently(&self.intake, rejected, Origin::Folder).await?,
            }
        }
        if events.is_empty() {
            return Ok(());
        }
        for receipt in patiently(&self.intake, events).await? {
            if let Receipt::Rejected { code, reason } = receipt {
                tracing::warn!(code, "a file's event was refused: {reason}");
            }
        }
        Ok(())
    }

    fn event(&self, path: &Path, stamp: Stamp) -> Result<Inbound, Rejected> {
        let refuse = |reason: &str| Rejected {
            code: codes::BAD_FIELD,
            reason: format!("the file's path {reason}"),
            payload: path.to_string_lossy().into_owned(),
            whole: true,
        };
        let relative = path.strip_prefix(&self.root).map_err(|_| refuse("is outside of the folder"))?;
        let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
        let key = parts.ok_or_else(|| refuse("is not UTF-8, so it can be no key; rename it"))?.join("/");
        if key.len() > limits::MAX_KEY_BYTES {
            return Err(refuse(&format!("is longer than a key may be, {} bytes", limits::MAX_KEY_BYTES)));
        }
        let since = stamp.modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let (nanos, size) = (since.as_nanos(), stamp.size);
        let event = ObjectEvent {
            change: ObjectChange::Created,
            reason: "PutObject",
            bucket: &self.bucket,
            key: &key,
            size: Some(size),
            etag: Some(&format!("{nanos:x}-{size:x}")),
            sequencer: &format!("{nanos:016X}{size:010X}"),
            time: Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)),
        };
        Ok(Inbound::new(event.to_event(), Origin::Folder))
    }
}

/// Whether a path below the root is one of a file still being written: a dot file, `.tmp`, `.part`.
pub(crate) fn is_temporary(relative: &Path) -> bool {
    relative
        .iter()
        .map(|part| part.to_string_lossy())
        .any(|part| part.starts_with('.') || part.ends_with(".tmp") || part.ends_with(".part"))
}
