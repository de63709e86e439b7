//! Schedules as EventBridge writes them: `rate(5 minutes)`, `cron(0 12 * * ? *)`. All times are UTC.
//!
//! A rate is aligned to the epoch, so that every host and every restart has the same ticks. A tick that passed while
//! nobody watched is not made up for.

mod cron;
mod field;
mod rate;

use fanin_event::{Identity, Timestamp};

use crate::decode::Decoded;
use crate::limits;
use crate::text::quote;

pub use cron::Cron;
pub use rate::Rate;

/// The `source` of scheduled events.
pub const SOURCE: &str = "fanin.schedule";
/// The `detail-type` of scheduled events.
pub const DETAIL_TYPE: &str = "Scheduled Event";

/// When something is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Every so often.
    Rate(Rate),
    /// By the calendar.
    Cron(Box<Cron>),
}

/// A schedule that cannot be read, with what to write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Neither of the two forms.
    #[error("`{0}` is no schedule; write rate(5 minutes) or cron(0 12 * * ? *)")]
    UnknownForm(String),
    /// A rate that is none.
    #[error("rate: {0}")]
    Rate(String),
    /// A cron expression that is none: which field, and what is wrong with it.
    #[error("cron: {field}: {reason}")]
    Cron {
        /// The field's name, or "fields" where their number is wrong.
        field: &'static str,
        /// What is wrong and what to write.
        reason: String,
    },
}

impl Schedule {
    /// Reads an expression.
    ///
    /// # Errors
    /// [`ScheduleError`] says which part is wrong and what to write.
    pub fn parse(expression: &str) -> Result<Schedule, ScheduleError> {
        let text = expression.trim();
        let inside = |name: &str| text.strip_prefix(name)?.trim_start().strip_prefix('(')?.strip_suffix(')');
        let unknown = || ScheduleError::UnknownForm(crate::text::bounded(text, 60).to_owned());
        if text.len() > limits::MAX_SCHEDULE_BYTES {
            return Err(unknown());
        }
        if let Some(rate) = inside("rate") {
            return Rate::parse(rate).map(Schedule::Rate);
        }
        let cron = inside("cron").ok_or_else(unknown)?;
        Cron::parse(cron).map(|cron| Schedule::Cron(Box::new(cron)))
    }

    /// The first moment after `t` at which it is due; nothing when it never is again.
    #[must_use]
    pub fn next_after(&self, t: Timestamp) -> Option<Timestamp> {
        match self {
            Schedule::Rate(rate) => rate.next_after(t),
            Schedule::Cron(cron) => cron.next_after(t),
        }
    }
}

/// The first moment after `t` at which `expression` is due.
///
/// # Errors
/// See [`Schedule::parse`].
pub fn next_after(expression: &str, t: Timestamp) -> Result<Option<Timestamp>, ScheduleError> {
    Schedule::parse(expression).map(|schedule| schedule.next_after(t))
}

/// The event of one tick of `workflow`'s event `name`. Its id follows from all three: a restart cannot double a tick.
#[must_use]
pub fn tick_event(workflow: &str, name: &str, at: Timestamp) -> Decoded {
    let id = format!("{workflow}/{name}@{at}");
    let envelope = format!(
        "{{\"version\":\"0\",\"id\":{},\"detail-type\":\"{DETAIL_TYPE}\",\"source\":\"{SOURCE}\",\"time\":\"{at}\",\"resources\":[{}],\"detail\":{{}}}}",
        quote(&id),
        quote(&format!("{workflow}/{name}")),
    );
    let identity = Identity::of(&[SOURCE, &id]);
    Decoded { envelope, id, identity, generated: false, own_time: true }
}

#[cfg(test)]
mod tests;
