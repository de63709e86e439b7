//! What an opening found and what it mended.

use std::fmt;

use fanin_store::Seq;
use serde::Serialize;

/// The end of the last write of a process that died: never acknowledged, and cut off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TornTail {
    /// The segment.
    pub file: String,
    /// Where the log ends in it now, in bytes.
    pub offset: u64,
    /// How many bytes behind that show traces of the write.
    pub bytes: u64,
}

/// A damaged file for which there was a substitute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub file: String,
    /// Where in it, in bytes.
    pub offset: u64,
    /// What is wrong there.
    pub what: String,
}

/// What an opening found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenReport {
    /// Whether the directory held no log.
    pub fresh: bool,
    /// The epoch of the newest segment; grows with each segment.
    pub epoch: u64,
    /// Segments in the directory.
    pub segments: usize,
    /// The number of the first frame held.
    pub first: Seq,
    /// The number of the last durable frame; 0 when there is none.
    pub last: Seq,
    /// The frame of the newest usable snapshot.
    pub snapshot: Option<Seq>,
    /// The semantics number of the segment which was written last.
    pub semantics: Option<u32>,
    /// What was cut off.
    pub torn: Option<TornTail>,
    /// Damaged snapshots or manifest, for which an older one stands in.
    pub damaged: Vec<Damage>,
}

impl OpenReport {
    /// What was mended, in words; `None` when all was well.
    #[must_use]
    pub fn repaired(&self) -> Option<String> {
        let torn = self.torn.iter().map(ToString::to_string);
        let parts: Vec<String> = torn.chain(self.damaged.iter().map(ToString::to_string)).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

impl fmt::Display for TornTail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TornTail { file, offset, bytes } = self;
        write!(f, "{file}: an unacknowledged write of {bytes} bytes was cut off at byte {offset}")
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is damaged at byte {} ({}); an older state and the log stand in",
            self.file, self.offset, self.what
        )
    }
}
