//! One clock for everybody who watches: it begins with the first and ends with the last.

mod viewer;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::counts::Counts;
use crate::dashboard::Dashboard;
use crate::limits::TICK;

pub(crate) use viewer::{Asked, open};

/// Over how long the rate is measured.
const RATE_OVER: Duration = Duration::from_secs(1);

/// The latest counters; none: the host has stopped, or nothing was counted yet.
type Latest = Option<Arc<Counts>>;

/// The clock, while there is one.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    ticking: Mutex<Option<watch::Sender<Latest>>>,
}

impl Hub {
    /// Hears the counters from now on.
    pub(crate) fn join(&self, dashboard: &Arc<Dashboard>) -> watch::Receiver<Latest> {
        let mut ticking = self.ticking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = &*ticking {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(None);
        *ticking = Some(sender.clone());
        tokio::spawn(tick(dashboard.clone(), sender));
        receiver
    }

    /// Ends the clock unless somebody listens.
    fn rest(&self, sender: &watch::Sender<Latest>) -> bool {
        let mut ticking = self.ticking.lock().unwrap_or_else(PoisonError::into_inner);
        let alone = sender.is_closed();
        if alone {
            *ticking = None;
        }
        alone
    }
}

async fn tick(dashboard: Arc<Dashboard>, sender: watch::Sender<Latest>) {
    let mut clock = tokio::time::interval(TICK);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen: VecDeque<(Instant, u64)> = VecDeque::new();
    while !dashboard.hub.rest(&sender) {
        clock.tick().await;
        // A host that has stopped says so to its viewers by itself.
        let Ok(mut counts) = dashboard.counts().await else { continue };
        counts.rate = rate(&mut seen, counts.totals.stats.accepted);
        sender.send_replace(Some(Arc::new(counts)));
    }
}

/// Events per second since the oldest look of about a second ago.
fn rate(seen: &mut VecDeque<(Instant, u64)>, accepted: u64) -> f64 {
    let now = Instant::now();
    seen.push_back((now, accepted));
    while seen.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= RATE_OVER) {
        seen.pop_front();
    }
    let Some((at, before)) = seen.front() else { return 0.0 };
    let seconds = now.duration_since(*at).as_secs_f64().max(TICK.as_secs_f64());
    let events = u32::try_from(accepted.saturating_sub(*before)).unwrap_or(u32::MAX);
    (f64::from(events) / seconds * 10.0).round() / 10.0
}
