//! The two ports of a log-first store: the journal of frames and the checkpoint of the state.

use crate::StoreError;

/// The number of a frame: from 1, without gaps. 0 means "nothing yet".
pub type Seq = u64;

/// What a reader does with one frame. An error ends the reading and is handed back as it is.
pub type FrameVisit<'a> = dyn FnMut(Seq, &[u8]) -> Result<(), StoreError> + 'a;

/// What a reader does with one block of a snapshot: its section and its bytes. An error ends the reading.
pub type BlockVisit<'a> = dyn FnMut(u8, &[u8]) -> Result<(), StoreError> + 'a;

/// An append-only log of opaque frames. The log is the truth; everything else is a cache of it.
pub trait Journal: Send {
    /// Appends the frames (opaque payloads) and returns once they are durable. Returns the number of the last one;
    /// an empty slice writes nothing and returns [`Journal::last`].
    ///
    /// # Errors
    /// `FrameTooLarge` when one frame is larger than [`crate::limits::MAX_FRAME_BYTES`] or than the store's own, smaller
    /// bound; nothing is written. `DiskFull` when there was no room: nothing of the frames was written and the same
    /// append may be tried again. Every other error leaves open how many of the frames are durable, in order from the first:
    /// the journal is `Poisoned` from then on, and only opening the store again tells.
    fn append(&mut self, frames: &[&[u8]]) -> Result<Seq, StoreError>;

    /// Visits every durable frame with a number greater than `after`, in order. Returns the number of the last durable
    /// frame, so the reader is level with the log.
    ///
    /// # Errors
    /// `Gap` when frame `after + 1` is gone (released) or `after` is past the end; `Corrupt` when a frame cannot be
    /// read; whatever `visit` returns.
    fn replay(&mut self, after: Seq, visit: &mut FrameVisit<'_>) -> Result<Seq, StoreError>;

    /// The number of the last durable frame; 0 when there is none.
    fn last(&self) -> Seq;

    /// Says that frames up to and including `seq` are covered by a committed checkpoint: they may go when retention
    /// says so. Frames which the older of the two kept snapshots needs stay nevertheless.
    ///
    /// # Errors
    /// `Gap` when `seq` is past the end; `Io` and its relatives when a file could not be removed.
    fn release(&mut self, seq: Seq) -> Result<(), StoreError>;
}

/// Snapshots of the state. The two newest committed ones are kept, so a damaged one has a substitute.
pub trait Checkpoint: Send {
    /// Begins a consistent snapshot of the state after frame `at`, which need not be durable yet. The journal may go on
    /// meanwhile.
    ///
    /// # Errors
    /// `OutOfOrder` when a newer snapshot is committed; `DiskFull`, `ReadOnly`, `Io`.
    fn begin(&mut self, at: Seq) -> Result<Box<dyn CheckpointWriter>, StoreError>;

    /// Visits the blocks of the newest committed snapshot in the order in which they were put, and returns the frame it
    /// is at; `None` when there is no snapshot.
    ///
    /// # Errors
    /// `Corrupt` when a block cannot be read; whatever `visit` returns.
    fn load(&mut self, visit: &mut BlockVisit<'_>) -> Result<Option<Seq>, StoreError>;
}

/// One snapshot being written. Dropped without a commit it is abandoned and leaves nothing behind.
pub trait CheckpointWriter: Send {
    /// Adds a block to a section. Sections are the engine's; blocks come back in the order of the calls.
    ///
    /// # Errors
    /// `BlockTooLarge` past [`crate::limits::MAX_BLOCK_BYTES`]; `DiskFull`, `Io`. After an error the writer commits no more.
    fn put(&mut self, section: u8, block: &[u8]) -> Result<(), StoreError>;

    /// Makes the snapshot durable and the newest one. Call it only when everything that follows from the frames it
    /// covers has been published: a replay will never see them again.
    ///
    /// # Errors
    /// `Gap` when its frame is not durable; `OutOfOrder` when a newer one was committed meanwhile, `DiskFull`, `Io`; the snapshots of before stay as they are.
    fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
