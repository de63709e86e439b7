//! Journal and checkpoint on files: one directory, one process, no database.
//!
//! [`FileStore::open`] locks a directory, recovers what is durable and hands out the two ports of `fanin-store`:
//! [`FileJournal`] and [`FileCheckpoint`]. The central type is the journal: a chain of pre-written segment files. Every append
//! is one write and one `fdatasync`.
//!
//! What lies in the directory:
//!
//! | file | is |
//! |---|---|
//! | `log-<epoch>` | a segment: a header, then frames one after the other |
//! | `spare-<n>.zero`, `spare-<n>.used` | a segment to come: pre-written with zeros, or recycled |
//! | `snapshot-<seq>` | a committed snapshot of the state after frame `seq`: the two newest, and older ones as bases |
//! | `MANIFEST` | which snapshots count; bases are older than those it names |
//! | `LOCK` | held by the process which writes; its number is inside |
//! | `damaged-<n>/` | what a repair took out of use; nobody reads it |
//! | `*.tmp` | not finished; removed at the next opening |
//!
//! A power cut may persist any part of the last, unacknowledged write. Three protections keep such remains from
//! becoming history: checksums are seeded by the segment's epoch (a recycled segment is full of old frames), each frame names the
//! checksum of the one before (a later frame of a torn write cannot follow a new one), and recovery begins a new segment,
//! whose header pins where the old one ends. They overlap on purpose; the simulation shows for each of them a store without
//! the others that loses or forges history, and that this one alone mends it.
//!
//! A torn tail is told from damage by the *group* in each frame's header, the offset at which its write began: a write
//! begins only after the one before is durable, so a frame of a later write behind a bad one proves that the bad one was
//! durable once. Then the store refuses to start. Otherwise the bad frame belongs to the last write, which nobody was
//! told about, and it is cut. Damage within the last write alone cannot be told from a torn tail by any means.
//!
//! The two newest snapshots are kept, and the log back to the older one, so a damaged snapshot costs time, not state. Older
//! ones stay with the log after them as long as retention allows: the *history*, in which past states can be built again. It
//! begins at such a *base*, or at frame 1.
//!
//! The roads not taken: a key-value store (several times the CPU per event), `O_DIRECT` (no gain was measured for one writer
//! with group commit), and `fallocate` alone (the first write to such a block still changes the file's metadata in the sync).

mod diagnose;
mod disk;
mod inspect;
pub mod limits;
mod lock;
mod log;
mod options;
mod repair;
mod report;
mod snapshot;
mod store;
mod tail;

#[cfg(any(test, feature = "simulation"))]
pub mod simulation;

pub use diagnose::{
    Costs, DamageFacts, Diagnosis, FileFacts, FileKind, Lost, ManifestFacts, RepairPlan, Role, SegmentFacts,
    SnapshotFacts, Step,
};
pub use disk::{Access, Disk, DiskFile};
pub use inspect::{Inspection, SegmentInfo};
pub use lock::Holder;
pub use log::{FORMAT, FileJournal, FrameWhile};
pub use options::Options;
pub use repair::{RepairError, RepairReport};
pub use report::{Damage, OpenReport, TornTail};
pub use snapshot::FileCheckpoint;
pub use store::FileStore;
pub use tail::Tail;
