//! The three functions of the AWS host, and what they are wired from.
//!
//! `condition-engine` and `rule-engine` take batches of their queues, `timers` a tick every minute. What they decide
//! stands in `fanin_state_first`; here are its ports on the services: [`SqsQueues`], [`BucketClaims`], the
//! table, the callers; and around them the platform: [`Config`] from the environment, [`Clients`] made
//! when needed, [`serve`] with deadlines, partial batch answers, log lines and metrics.
//!
//! Nothing here decides by a clock. The clock is read for the time an invocation has left, for signatures, and for log lines.

pub mod answer;
pub mod caller;
pub mod claims;
pub mod clients;
pub mod config;
pub mod deadline;
pub mod engines;
pub mod event;
mod https;
pub mod limits;
pub mod logs;
pub mod queue;
mod s3;
pub mod serve;
pub mod trouble;

pub use answer::BatchAnswer;
pub use claims::BucketClaims;
pub use clients::Clients;
pub use config::{Aws, Config, ConfigError};
pub use deadline::InvocationDeadline;
pub use event::{EventError, SqsBatch, Tick};
pub use queue::SqsQueues;
pub use serve::{Batch, Number, Report, Setup, Sweep};
