//! Sequencers: hex numbers that order the writes of this endpoint, over restarts too.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Gives strictly increasing numbers.
#[derive(Debug, Default)]
pub(crate) struct Sequencer {
    last: AtomicU64,
}

impl Sequencer {
    /// The next one: the time in nanoseconds, or one more than the last where the clock did not move on.
    pub(crate) fn next(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let next = |last: u64| Some(now.max(last.saturating_add(1)));
        let before = match self.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next) {
            Ok(before) | Err(before) => before,
        };
        format!("{:016X}", now.max(before.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_only_grow() {
        let sequencer = Sequencer::default();
        let numbers: Vec<String> = (0..1_000).map(|_| sequencer.next()).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
