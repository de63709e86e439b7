//! The log: segments of frames, how they are written, walked, recovered and recycled.

mod active;
mod frame;
mod journal;
mod judge;
mod mend;
mod recover;
mod replay;
mod retain;
mod segment;
mod spares;
mod walk;
mod window;

pub use journal::FileJournal;
pub(crate) use journal::Ground;
pub(crate) use judge::judge;
pub(crate) use mend::{After, Source, begin, rewrite};
pub(crate) use recover::{Found, find};
pub use replay::FrameWhile;
pub(crate) use replay::replay;
pub use segment::FORMAT;
pub(crate) use segment::{FIRST_OFFSET, Segment};
pub(crate) use spares::is_spare;
pub(crate) use walk::Walk;
pub(crate) use window::Window;
