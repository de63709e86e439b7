//! The turn of the log-first hosts: the only package that knows both engines. Synchronous and deterministic.
//!
//! An [`Engine`] is the whole state of a host. A [`Record`] is something that happened: an event came, time passed, a call
//! ended. [`Engine::turn`] takes the state over a record; [`Engine::outbox`] gives what has to leave the process, once the
//! record is durable. The host writes the record to its log first and replays the log after a crash: the same records give
//! the same state, the same ids and the same payloads.
//!
//! The road not taken: loading and storing instances around each decision, as a host on a database has to, costs 6 to 20
//! times as much here (the design's measurements), and gives nothing, since the log is the truth.

mod ahead;
mod chain;
mod dead;
mod deliver;
pub mod documents;
mod engine;
mod fresh;
mod instances;
pub mod limits;
mod listing;
mod named;
mod near;
mod operate;
mod plans;
mod record;
mod relay;
mod rule_turn;
mod runs;
mod slab;
mod snapshot;
mod stats;
mod timers;
mod trace;
mod turn;
mod unmatched;
mod view;

pub use ahead::{Ahead, Recognition};
pub use dead::{DeadLetter, DeadLetters, LetterKind};
pub use engine::Engine;
pub use fanin_event::Origin;
pub use listing::{InstanceFilter, ListedInstances};
pub use near::{NearMissed, NearQuestion};
pub use operate::{Command, Operation};
pub use plans::{ActivateError, LoadedPlan};
pub use record::{CommandRef, OutcomeRef, Record, RecordError, Records, SEMANTICS};
pub use snapshot::{Restore, RestoreError};
pub use stats::Stats;
pub use trace::{Spot, Step};
pub use turn::{Notice, Outbox, Reception};
pub use unmatched::UnmatchedEvent;
pub use view::{InstanceView, RunView};
