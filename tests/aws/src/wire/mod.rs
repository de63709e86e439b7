//! The wire: one HTTP endpoint that answers for every AWS service the functions use.

mod gateway;
mod sinks;
mod sqs;

pub use gateway::{Answer, Call, Gateway, Handler, Reply, Service};
pub use sinks::Sinks;
pub(crate) use sinks::percent;
pub use sqs::sqs;
