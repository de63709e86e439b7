//! The targets that need an SDK, one file each: functions, queues, topics, buses and state machines of AWS.
//!
//! [`AwsTargets`] makes one call of one target. A failure is an [`Outcome`] with the error name that retriers and catchers
//! match, never a Rust error: `Lambda.TooManyRequestsException`, `Sqs.QueueDoesNotExist`, `States.Timeout`. Its cause names the
//! thing, and what mends it. Retries are not made here: the run decides them.
//!
//! Every call carries the action's id, by which a receiver tells a repetition: in the client context of a function, as the
//! attribute `fanin-action-id` of a message, as the name of an execution, among the `resources` of an event.
//!
//! [`Outcome`]: fanin_rule::Outcome

mod eventbridge;
mod failure;
mod lambda;
pub mod limits;
mod names;
mod sns;
mod sqs;
mod step_functions;
mod targets;

pub use lambda::Mode;
pub use names::Home;
pub use targets::{AwsTargets, Called, Services};
