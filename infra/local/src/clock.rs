//! Where the host takes the time from: the machine, or a test that moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use fanin_event::Timestamp;

/// The host's clock. Only acceptance and ticks read it; everything else takes time from the log.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's wall clock.
    #[default]
    Wall,
    /// Stands still until it is set: virtual time.
    Virtual(Arc<AtomicI64>),
}

impl Clock {
    /// A virtual clock that stands at `at`.
    #[must_use]
    pub fn standing_at(at: Timestamp) -> Clock {
        Clock::Virtual(Arc::new(AtomicI64::new(at.0)))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::Wall => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Clock::Virtual(at) => Timestamp(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a virtual clock; does nothing to the wall clock.
    pub fn set(&self, to: Timestamp) {
        if let Clock::Virtual(at) = self {
            at.store(to.0, Ordering::SeqCst);
        }
    }

    /// Whether this is virtual time, in which nobody naps.
    #[must_use]
    pub fn is_virtual(&self) -> bool {
        matches!(self, Clock::Virtual(_))
    }
}
