//! What can go wrong in a store: what, where, and what to do about it. Each kind has a stable code.

use std::fmt;
use std::io;

use crate::Seq;

/// Which of the two numbers in a file's header is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The layout of the bytes.
    Format,
    /// What the engine makes of a frame.
    Semantics,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Version::Format => "format",
            Version::Semantics => "semantics",
        })
    }
}

/// An error of a store. [`StoreError::code`] is stable; the text names the place and the way out.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the store open.
    #[error("{dir} is in use by {}; stop it or choose another directory", holder(*.pid))]
    Locked {
        /// The directory.
        dir: String,
        /// The process which holds it, as far as it left its number.
        pid: Option<u32>,
    },
    /// The place does not allow writing.
    #[error(
        "{path} cannot be written ({action}); make the directory writable for this user, or choose another"
    )]
    ReadOnly {
        /// The file or directory.
        path: String,
        /// What was tried.
        action: &'static str,
    },
    /// No space, no quota, or a file size limit was met.
    #[error("no space left for {path} ({action}); free space on its disk, or lower the retention")]
    DiskFull {
        /// The file.
        path: String,
        /// What was tried.
        action: &'static str,
    },
    /// Any other error of the operating system.
    #[error("{path}: {action} failed: {source}")]
    Io {
        /// The file or directory.
        path: String,
        /// What was tried.
        action: &'static str,
        /// The system's own error.
        source: io::Error,
    },
    /// Bytes which must be whole are not. The store refuses to start: going on would silently lose what was acknowledged.
    #[error("{file} is damaged at byte {offset}: {what}; run `{}` to see what can be saved", doctor(.file))]
    Corrupt {
        /// The file.
        file: String,
        /// Where in it, in bytes.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
    /// Written by a newer program.
    #[error("{file} has {version} {found}, this program reads up to {supported}; {way}")]
    TooNew {
        /// The file.
        file: String,
        /// Format or semantics.
        version: Version,
        /// The number in the file.
        found: u32,
        /// The highest number this program reads.
        supported: u32,
        /// What to do.
        way: &'static str,
    },
    /// Written by a program too old for this one to read on.
    #[error("{file} has {version} {found}, this program reads from {supported} on; {way}")]
    TooOld {
        /// The file.
        file: String,
        /// Format or semantics.
        version: Version,
        /// The number in the file.
        found: u32,
        /// The lowest number this program reads.
        supported: u32,
        /// What to do.
        way: &'static str,
    },
    /// A frame past the limit; nothing was written.
    #[error("a frame of {bytes} bytes is larger than the limit of {max}; split it")]
    FrameTooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// A block of a snapshot past the limit.
    #[error("a snapshot block of {bytes} bytes is larger than the limit of {max}; split it")]
    BlockTooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// An earlier write or sync failed. Nothing is ever written again by this handle: the system may have dropped the
    /// bytes, and a second sync would report success for what is lost.
    #[error(
        "the store stopped writing after an error ({cause}); restart the process, it recovers what is durable"
    )]
    Poisoned {
        /// The first error.
        cause: String,
    },
    /// Frames were asked for that the log does not hold.
    #[error("frame {wanted} is not in the log, which holds {first} to {last}; load a snapshot in between")]
    Gap {
        /// The frame asked for.
        wanted: Seq,
        /// The first one held.
        first: Seq,
        /// The last one held.
        last: Seq,
    },
    /// A snapshot older than the newest committed one.
    #[error("a snapshot at frame {at} is older than the committed one at {newest}; take it at a later frame")]
    OutOfOrder {
        /// The frame of the refused snapshot.
        at: Seq,
        /// The frame of the newest committed one.
        newest: Seq,
    },
    /// A setting outside its bounds.
    #[error("option {option} is {found}, allowed is {least} to {most}")]
    BadOption {
        /// Its name.
        option: &'static str,
        /// Its value.
        found: u64,
        /// The lowest allowed value.
        least: u64,
        /// The highest allowed value.
        most: u64,
    },
    /// A reader could not make sense of a frame or block which the store holds unharmed.
    #[error("the contents of frame {seq} were refused: {what}; run `fanin doctor`")]
    Unreadable {
        /// The frame, or the frame a snapshot is at.
        seq: Seq,
        /// Why.
        what: String,
    },
}

impl StoreError {
    /// The stable code of this kind, for documentation and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::Locked { .. } => "S001",
            StoreError::ReadOnly { .. } => "S002",
            StoreError::DiskFull { .. } => "S003",
            StoreError::Io { .. } => "S004",
            StoreError::Corrupt { .. } => "S005",
            StoreError::TooNew { .. } => "S006",
            StoreError::TooOld { .. } => "S007",
            StoreError::FrameTooLarge { .. } => "S008",
            StoreError::BlockTooLarge { .. } => "S009",
            StoreError::Poisoned { .. } => "S010",
            StoreError::Gap { .. } => "S011",
            StoreError::OutOfOrder { .. } => "S012",
            StoreError::BadOption { .. } => "S013",
            StoreError::Unreadable { .. } => "S014",
        }
    }

    /// Names an error of the operating system: what was tried on which path.
    #[must_use]
    pub fn from_io(action: &'static str, path: impl Into<String>, source: io::Error) -> StoreError {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                StoreError::DiskFull { path, action }
            }
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                StoreError::ReadOnly { path, action }
            }
            _ => StoreError::Io { path, action, source },
        }
    }
}

/// What to type to have a look at the directory of a file.
fn doctor(file: &str) -> String {
    let dir = std::path::Path::new(file).parent().map(|dir| dir.display().to_string()).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%".contains(c);
    match dir.as_str() {
        "" => "fanin doctor".to_owned(),
        dir if dir.chars().all(plain) => format!("fanin doctor --dir {dir}"),
        dir => format!("fanin doctor --dir '{}'", dir.replace('\'', r"'\''")),
    }
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_error_gets_its_kind() {
        let named = |kind| StoreError::from_io("write", "/d/f", io::Error::from(kind)).code();
        assert_eq!(named(io::ErrorKind::StorageFull), "S003");
        assert_eq!(named(io::ErrorKind::QuotaExceeded), "S003");
        assert_eq!(named(io::ErrorKind::FileTooLarge), "S003");
        assert_eq!(named(io::ErrorKind::PermissionDenied), "S002");
        assert_eq!(named(io::ErrorKind::ReadOnlyFilesystem), "S002");
        assert_eq!(named(io::ErrorKind::NotFound), "S004");
    }

    #[test]
    fn messages_name_the_place_and_the_way() {
        let locked = StoreError::Locked { dir: "/d".into(), pid: Some(7) }.to_string();
        assert!(locked.contains("/d") && locked.contains("process 7"), "{locked}");
        let unknown = StoreError::Locked { dir: "/d".into(), pid: None }.to_string();
        assert!(unknown.contains("another process"), "{unknown}");
        let damaged = StoreError::Corrupt { file: "log-3".into(), offset: 512, what: "bad checksum".into() };
        let text = damaged.to_string();
        for part in ["log-3", "512", "bad checksum", "fanin doctor"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_damaged_file_comes_with_what_to_type() {
        let said =
            |file: &str| StoreError::Corrupt { file: file.into(), offset: 0, what: "bad".into() }.to_string();
        assert!(said("MANIFEST").contains("run `fanin doctor` to"), "{}", said("MANIFEST"));
        assert!(said(".fanin/uploads/log-1").contains("run `fanin doctor --dir .fanin/uploads` to"));
        assert!(said("/my jobs/it's/log-1").contains(r"run `fanin doctor --dir '/my jobs/it'\''s'` to"));
    }
}
