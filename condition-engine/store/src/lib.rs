//! The ports of the log-first stores, the model store, a fault wrapper and the one conformance suite.
//!
//! A log-first host keeps its truth in two places: a [`Journal`] of numbered opaque frames, and a [`Checkpoint`],
//! a snapshot of the state after some frame. The state is the newest snapshot plus the frames after it; nothing else
//! is needed, and nothing else is trusted. The central type is the number of a frame, [`Seq`]: a snapshot is *at* a
//! `Seq`, a replay starts *after* a `Seq`, the log may be thinned *up to* a `Seq`.
//!
//! Both ports are synchronous: a host runs them on threads of their own and acknowledges after `append` has returned.
//!
//! The road not taken: one port with `load` and `commit` for every host. It would force the log-first engine through
//! a read and a conditional write per instance, which costs several times what the log itself costs.
//!
//! ```
//! use fanin_store::{Checkpoint, Journal, ModelDisk};
//!
//! let disk = ModelDisk::new();
//! let (mut journal, mut checkpoint) = disk.open()?;
//! let last = journal.append(&[b"one", b"two"])?;
//! let mut writer = checkpoint.begin(last)?;
//! writer.put(0, b"state after two frames")?;
//! writer.commit()?;
//! drop((journal, checkpoint)); // the process dies
//!
//! let (mut journal, mut checkpoint) = disk.open()?;
//! let at = checkpoint.load(&mut |_section, block| {
//!     assert_eq!(block, b"state after two frames");
//!     Ok(())
//! })?;
//! assert_eq!(at, Some(2));
//! assert_eq!(journal.replay(2, &mut |_, _| Ok(()))?, 2);
//! # Ok::<(), fanin_store::StoreError>(())
//! ```

mod error;
mod fault;
pub mod limits;
mod model;
mod ports;
pub mod state;
pub mod suite;

pub use error::{StoreError, Version};
pub use fault::{Fault, Faults, FaultyCheckpoint, FaultyJournal};
pub use model::{ModelCheckpoint, ModelDisk, ModelJournal};
pub use ports::{BlockVisit, Checkpoint, CheckpointWriter, FrameVisit, Journal, Seq};
