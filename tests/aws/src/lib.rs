//! The AWS host under test: our own AWS double, emulators, faults, costs.
//!
//! The double is one process that plays AWS around the real functions, which run as processes of their own: a Runtime API
//! host ([`lambda`]), queues ([`queues`]), an endpoint that speaks the wire protocols ([`wire`]), event source mappings
//! ([`esm`]) and destinations ([`destinations`]). **Time is virtual**: a message says when it was sent and first received,
//! and these moments come from the double ([`world`]), so a month passes in a second.
//!
//! A [`stage::Host`] is the whole as a stage for scenarios, with the library or with the real functions as workers.
#![expect(
    clippy::unwrap_used,
    reason = "a test harness ends its test when something of its own does not work"
)]

pub mod cases;
pub mod cost;
pub mod destinations;
pub mod double;
pub mod dynamo;
pub mod esm;
pub mod fault_run;
pub mod faults;
pub mod lambda;
pub mod library;
pub mod limits;
pub mod load;
pub mod meter;
pub mod observers;
pub mod play;
pub mod processes;
pub mod pump;
pub mod queues;
pub mod rig;
pub mod stage;
pub mod sweeper;
pub mod units;
pub mod wire;
pub mod world;
