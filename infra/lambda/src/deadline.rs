//! How much time an invocation has left. The only clock a turn is led by, and by this alone: what is decided depends on
//! the times in the messages.

use std::time::{Duration, Instant, SystemTime};

use fanin_event::Span;
use fanin_state_first::Deadline;

use crate::limits::{ANSWER_RESERVE, DEFAULT_TIME};

/// The end of an invocation.
#[derive(Clone, Copy, Debug)]
pub struct InvocationDeadline {
    ends: Instant,
}

impl InvocationDeadline {
    /// From the moment at which the platform ends the invocation; before that [`ANSWER_RESERVE`] is kept for the answer. The
    /// epoch itself means that the platform did not say.
    #[must_use]
    pub fn new(ends: SystemTime) -> InvocationDeadline {
        let left = match ends {
            SystemTime::UNIX_EPOCH => DEFAULT_TIME,
            ends => ends.duration_since(SystemTime::now()).unwrap_or_default(),
        };
        InvocationDeadline::after(left.saturating_sub(ANSWER_RESERVE))
    }

    /// Ends so long from now.
    #[must_use]
    pub fn after(left: Duration) -> InvocationDeadline {
        let now = Instant::now();
        InvocationDeadline { ends: now.checked_add(left).unwrap_or(now) }
    }
}

impl Deadline for InvocationDeadline {
    fn left(&self) -> Span {
        let left = self.ends.saturating_duration_since(Instant::now());
        Span(u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_has_its_time() {
        let ends = SystemTime::now() + Duration::from_secs(10);
        let left = InvocationDeadline::new(ends).left().0;
        assert!((8_000..=9_000).contains(&left), "{left}");
    }

    #[test]
    fn what_is_over_is_zero() {
        let ends = SystemTime::now() - Duration::from_secs(10);
        assert_eq!(InvocationDeadline::new(ends).left(), Span(0));
        assert_eq!(InvocationDeadline::new(SystemTime::now() + ANSWER_RESERVE / 2).left(), Span(0));
    }

    #[test]
    fn a_platform_that_does_not_say() {
        assert!(InvocationDeadline::new(SystemTime::UNIX_EPOCH).left().0 > 20_000);
    }
}
