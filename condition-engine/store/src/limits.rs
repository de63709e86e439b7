//! Named limits of the ports. Going past one has the outcome its comment states.

/// Bytes of one frame of the journal; a larger one is refused with `FrameTooLarge` and nothing is written.
pub const MAX_FRAME_BYTES: usize = 8 * 1024 * 1024;

/// Bytes of one block of a snapshot; a larger one is refused with `BlockTooLarge`, and that snapshot is abandoned.
pub const MAX_BLOCK_BYTES: usize = 16 * 1024 * 1024;

/// Bytes which the model store holds, frames and snapshots together; past it a write is refused with `DiskFull`.
pub const MODEL_CAPACITY_BYTES: usize = 256 * 1024 * 1024;
