//! Named limits of the files. Going past one has the outcome its comment states.

/// The smallest segment; an option below it is refused with `BadOption`.
pub const MIN_SEGMENT_BYTES: u64 = 4096;
/// The largest segment; an option above it is refused with `BadOption`. Offsets in frames are 32 bits wide.
pub const MAX_SEGMENT_BYTES: u64 = 1 << 30;
/// Bytes of a segment unless the options say otherwise.
pub const DEFAULT_SEGMENT_BYTES: u64 = 64 << 20;
/// The first segment of an opening is no larger than this when no spare is there: a short run pre-writes little.
pub const STARTER_SEGMENT_BYTES: u64 = 4 << 20;

/// Bytes of history kept unless the options say otherwise: released segments and the older snapshots they follow. Past it the
/// oldest snapshot goes with the segments up to the next one.
pub const DEFAULT_RETAIN_BYTES: u64 = 1 << 30;
/// Released segments kept for replay unless the options say otherwise; older ones are recycled or removed.
pub const DEFAULT_RETAIN_SEGMENTS: usize = 1024;

/// Older snapshots kept as bases of the history unless the options say otherwise; past it the oldest one goes, with the log
/// that only it leads to.
pub const DEFAULT_RETAIN_BASES: usize = 1024;

/// Recycled segments kept as spares unless the options say otherwise; further ones are removed.
pub const DEFAULT_SPARES: usize = 2;
/// The most spares; an option above it is refused with `BadOption`.
pub const MAX_SPARES: usize = 64;

/// Bytes read or pre-written at once.
pub(crate) const CHUNK_BYTES: usize = 1 << 20;
/// The append buffer is given back when one append made it larger than this.
pub(crate) const KEEP_BUFFER_BYTES: usize = 4 << 20;
/// Directories of what repairs moved aside; with so many a repair is refused and nothing is done.
pub(crate) const MAX_DAMAGED_DIRS: u32 = 1000;
/// How often a tail is read again while a live process may be writing it; what is bad every time is damage.
pub(crate) const INSPECT_ATTEMPTS: usize = 3;
/// Bytes of a manifest; a larger one is damaged.
pub(crate) const MAX_MANIFEST_BYTES: u64 = 4096;
