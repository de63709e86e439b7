//! Named limits of the ports. Going past one has the outcome its comment states.

/// Bytes of one frame of the journal; a larger one is refused with `FrameTooLarge` and nothing is written.
pub const MAX_FRAME_BYTES: usize = 8 * 1024 * 1024;

/// Bytes of one block of a snapshot; a larger one is refused with `BlockTooLarge`, and that snapshot is abandoned.
pub const MAX_BLOCK_BYTES: usize = 16 * 1024 * 1024;

/// Bytes which the model store holds, frames and snapshots together; past it a write is refused with `DiskFull`.
pub const MODEL_CAPACITY_BYTES: usize = 256 * 1024 * 1024;

/// Bytes of a cell without its chunks, of one chunk, of a cell of slots, and of a value on a shelf, names and key included;
/// a larger one is refused with `TooLarge` and nothing is written.
pub const MAX_ITEM_BYTES: usize = 380 * 1024;

/// Bytes of the text of a cell's key, or of a shelf's name; past it every operation is refused with `TooLarge`.
pub const MAX_PATH_BYTES: usize = 2048;

/// Bytes of a place on a shelf; past it every operation is refused with `TooLarge`.
pub const MAX_SORT_BYTES: usize = 1024;

/// Chunks of a cell; a commit that would make more is refused with `TooLarge`, to be made again with `Replace`.
pub const MAX_CHUNKS: usize = 1_000;

/// Slots of a cell of set-once slots; a number past it is refused with `TooLarge`.
pub const MAX_SLOTS: u16 = 64;

/// A chunk lives at least so much longer than the cell that needs it, in milliseconds, because garbage is dropped in any
/// order: three days.
pub const CHUNK_OUTLIVES_MS: i64 = 3 * 24 * 3_600_000;

/// How much longer than that a chunk gets when it is written or its life extended, in milliseconds, so that a cell whose end
/// moves with every event does not extend its chunks with every commit: seven days.
pub const CHUNK_AHEAD_MS: i64 = 7 * 24 * 3_600_000;

/// Older images which the model store keeps for reads that may be stale; asking for older ones gives the oldest.
pub const MAX_STALENESS: usize = 16;

/// Values of one page of a shelf; a longer page asked for ends here.
pub const MAX_PAGE: usize = 1_000;

/// Cells of one page of a scan.
pub const MAX_SCAN_PAGE: usize = 500;
