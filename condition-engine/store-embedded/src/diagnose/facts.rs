//! What a diagnosis says: facts for tools, each of which can be written as JSON.

use std::fmt;

use fanin_store::Seq;
use serde::Serialize;

use super::plan::RepairPlan;
use crate::report::TornTail;

/// What lies in the directory of a store, what is wrong with it, and what a repair would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// The directory.
    pub dir: String,
    /// Its plain files, by name.
    pub files: Vec<FileFacts>,
    /// The segments whose headers can be read, oldest first.
    pub segments: Vec<SegmentFacts>,
    /// The snapshots, oldest first; also one which the manifest names and which is missing.
    pub snapshots: Vec<SnapshotFacts>,
    /// The manifest.
    pub manifest: ManifestFacts,
    /// The newest snapshot that can be used; `None`: the state is built from frame 1.
    pub snapshot: Option<Seq>,
    /// The first frame from which the log goes on without a break to `last`.
    pub first: Seq,
    /// The last frame that the state can be built up to.
    pub last: Seq,
    /// The highest frame number which anything in the directory names; larger than `last` if frames are lost.
    pub known: Seq,
    /// Where the past can be taken up: see [`crate::Inspection::bases`].
    pub bases: Vec<Seq>,
    /// The remains of an unacknowledged write. No damage: the next opening cuts it off.
    pub torn: Option<TornTail>,
    /// Everything that is damaged.
    pub damages: Vec<DamageFacts>,
    /// Why an opening would refuse as it is; `None`: it would succeed.
    pub refusal: Option<String>,
    /// What a repair would do; `None` when nothing is to be done, or nothing can be done.
    pub plan: Option<RepairPlan>,
    /// Why nothing can be repaired.
    pub hopeless: Option<String>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    /// Its name in the directory.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Its size.
    pub bytes: u64,
}

/// What a file is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Frames of the log.
    Segment,
    /// A state.
    Snapshot,
    /// Says which snapshots count.
    Manifest,
    /// A segment to come.
    Spare,
    /// Left by a process that died; the next opening removes it.
    Unfinished,
    /// Held by the process which writes.
    Lock,
    /// Not the store's.
    Other,
}

/// A segment of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SegmentFacts {
    /// Its name in the directory.
    pub file: String,
    /// Number of this use of the file.
    pub epoch: u64,
    /// Semantics number of the engine that wrote it.
    pub semantics: u32,
    /// The number of its first frame, or of the first one to come.
    pub first: Seq,
    /// The number of its last frame that is whole; `first - 1` when it has none.
    pub last: Seq,
    /// Its size.
    pub bytes: u64,
    /// Whether every frame in it is.
    pub whole: bool,
}

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SnapshotFacts {
    /// Its name in the directory.
    pub file: String,
    /// The frame it is at.
    pub at: Seq,
    /// Its size; 0 when it is missing.
    pub bytes: u64,
    /// Semantics number of the engine that wrote it, if it can be read.
    pub semantics: Option<u32>,
    /// What it is to the manifest.
    pub role: Role,
    /// Whether it is whole.
    pub usable: bool,
}

/// What a snapshot is to the manifest. Without a manifest the newest two take its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The newest committed one.
    Newest,
    /// The one before it, its substitute.
    Previous,
    /// An older one, for the history.
    Base,
    /// Not committed; the next opening removes it.
    Unnamed,
}

/// The manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ManifestFacts {
    /// It says which snapshots count.
    Whole,
    /// There is none: every snapshot counts.
    Missing,
    /// It cannot be read: every snapshot counts.
    Damaged,
}

/// Something that is damaged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DamageFacts {
    /// The file's name in the directory.
    pub file: String,
    /// Where in it, in bytes.
    pub offset: u64,
    /// What is wrong there.
    pub what: String,
    /// The first and the last frame that are not readable because of it, as far as they are known.
    pub frames: Option<(Seq, Seq)>,
    /// What it costs.
    pub costs: Costs,
}

/// What a damage costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Costs {
    /// Nothing: something else stands in.
    Nothing,
    /// Past states cannot be built again, or not as far back. The present state is whole.
    History,
    /// Acknowledged events.
    State,
}

impl fmt::Display for DamageFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}: {}", self.file, self.offset, self.what)
    }
}

impl fmt::Display for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Costs::Nothing => "costs nothing, something else stands in",
            Costs::History => "costs history, the present state is whole",
            Costs::State => "costs acknowledged events",
        })
    }
}
