//! The turn of the state-first hosts, whose truth is a database: load, decide, commit, publish.
//!
//! Every worker may die at any step, any number of workers run at once, and every [`Message`] may come twice, late and in any
//! order. What makes the outcome the same all the same: state, seen ids and outbox of one instance change in one conditional
//! write; nothing leaves but from an outbox that was written; a repetition makes sure the outbox is flushed before it is
//! acknowledged; every receiver drops what it has seen. Time is data of the messages: nothing here reads a clock.

mod conditions;
mod dead;
mod decide;
mod happenings;
mod hex;
mod instances;
pub mod limits;
mod message;
mod outbox;
mod packed;
mod pages;
mod plans;
mod ports;
mod relay;
mod route;
pub mod runs;
mod timers;

pub use conditions::{Conditions, Looked, OperateTrouble, Operated, Told, read_instance};
pub use dead::{DeadError, DeadFound, DeadRecord, bury, drop_dead, get_dead, list_dead};
pub use happenings::{AlmostNamed, Happening, Happenings, Occurrence, Telling};
pub use message::{DerivedMessage, Message, MessageError, SettledMessage, StartMessage, WireOutcome};
pub use plans::{PlanSet, PlanTrouble, Plans, Published, publish_plan};
pub use ports::{CallTag, Called, Caller, Claims, Deadline, Handled, Lane, Outgoing, Queue, Received};
pub use runs::{LookedRun, Rules, RunsFound, RunsTold, list_runs, read_run};
pub use timers::{Swept, sweep};
