//! The world of a run: store, queues, time, and what goes wrong between a worker and them.
//!
//! Everything a worker does to the world is one [`World::effect`]: a wait, the effect or what befalls it, a wait.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use fanin_store::state::{CellWrite, StateError};

use crate::chance::Chance;
use crate::db::Db;
use crate::exec::{Timeline, lock};
use crate::limits::MAX_LATER;
use crate::queue::{Manner, Queue};
use crate::real::Seen;
use crate::settings::{Faults, Sabotage, Settings};
use crate::table::Table;
use crate::trace::brief;

/// A thing that was published to the outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its identity.
    pub id: String,
    /// What it says.
    pub payload: String,
    /// When.
    pub at: i64,
}

/// Does an effect change anything?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// No.
    Read,
    /// Yes.
    Write,
}

/// What befalls an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Fine,
    Throttled,
    Never,
    Lost,
    Later,
    Repeated,
    Retried,
}

pub(crate) type Ghost = Box<dyn Fn(&mut Inner) + Send>;

/// What is shared by all workers.
pub struct Inner {
    /// The store, as its port sees it.
    pub db: Db,
    /// The table, as the real store sees it.
    pub(crate) table: Table,
    /// The run's store is the real one.
    pub(crate) on_table: bool,
    /// The queues.
    pub lanes: [Queue; 2],
    /// What was published, repetitions included.
    pub published: Vec<Published>,
    /// Now, as the last effect saw it.
    pub now: i64,
    /// Payloads put aside.
    pub claims: BTreeMap<String, String>,
    /// The calls that targets saw, repetitions included.
    pub(crate) calls: Vec<Seen>,
    /// The store has a stream: what it says of a write that happened goes to the second queue.
    pub(crate) streams: Option<fn(&CellWrite) -> String>,
    /// The minute of the last scheduled invocation.
    pub(crate) ticked: i64,
    pub(crate) chance: Chance,
    /// Of the queues' clocks alone.
    pub(crate) clocks: Chance,
    pub(crate) faults: Faults,
    sabotage: Sabotage,
    pub(crate) manner: Manner,
    pub(crate) arrivals: Vec<(i64, usize, String)>,
    pub(crate) ghosts: Vec<(i64, Ghost)>,
    pub(crate) names: u64,
    trace: Option<Vec<String>>,
}

impl Inner {
    /// A name nobody else has.
    pub fn name(&mut self) -> u64 {
        self.names += 1;
        self.names
    }

    /// A message enters a queue.
    pub fn send(&mut self, lane: usize, body: String, delay: i64) {
        let (id, now) = (self.name(), self.now);
        let ahead = self.clocks.millis(0, self.manner.ahead);
        if let Some(queue) = self.lanes.get_mut(lane) {
            queue.push(id, body, (now, ahead), delay);
        }
    }

    /// One of `items`, by chance.
    pub(crate) fn choose<T: Clone>(&mut self, items: &[T]) -> Option<T> {
        self.chance.pick(items).cloned()
    }

    /// Nothing goes wrong meanwhile: gives the faults there were.
    pub(crate) fn faults(&mut self, faults: Faults) -> Faults {
        std::mem::replace(&mut self.faults, faults)
    }

    pub(crate) fn spend(&mut self, often: u32) -> bool {
        let hit = self.faults.budget > 0 && self.chance.per_mille(often);
        if hit {
            self.faults.budget -= 1;
        }
        hit
    }

    fn fate(&mut self, effect: Effect) -> Fate {
        let faults = self.faults;
        let fates = [
            (faults.throttle, Fate::Throttled),
            (faults.never, Fate::Never),
            (faults.lost_reply, Fate::Lost),
            (faults.later, Fate::Later),
            (faults.repeated, Fate::Repeated),
            (faults.retried, Fate::Retried),
        ];
        let possible = if effect == Effect::Read { 2 } else { fates.len() };
        let hit = fates.into_iter().take(possible).find(|(often, _)| self.spend(*often));
        hit.map_or(Fate::Fine, |(_, fate)| fate)
    }
}

/// The world, as one worker sees it.
#[derive(Clone)]
pub struct World {
    inner: Arc<Mutex<Inner>>,
    line: Timeline,
    who: u64,
    skew: i64,
}

impl World {
    /// A world in which `arrivals` (when, queue, body) will happen.
    #[must_use]
    pub fn new(
        settings: &Settings,
        start: i64,
        mut arrivals: Vec<(i64, usize, String)>,
        traced: bool,
    ) -> World {
        arrivals.sort_by_key(|arrival| std::cmp::Reverse(arrival.0));
        let faults = settings.faults;
        let manner = Manner {
            visibility: settings.visibility,
            max_receive: settings.max_receive,
            double: faults.double,
            ahead: settings.queue_ahead,
        };
        let inner = Inner {
            db: Db::new(Chance::part(settings.schedule, 10), faults.stale, settings.sabotage),
            table: Table::new(Chance::part(settings.schedule, 13), faults.stale, settings.sabotage),
            on_table: false,
            lanes: [Queue::default(), Queue::default()],
            published: vec![],
            now: start,
            claims: BTreeMap::new(),
            calls: vec![],
            streams: None,
            ticked: start,
            chance: Chance::part(settings.schedule, 11),
            clocks: Chance::part(settings.schedule, 12),
            faults,
            sabotage: settings.sabotage,
            manner,
            arrivals,
            ghosts: vec![],
            names: 0,
            trace: traced.then(Vec::new),
        };
        World { inner: Arc::new(Mutex::new(inner)), line: Timeline::new(start), who: 0, skew: 0 }
    }

    /// As a worker with a clock of its own sees it.
    #[must_use]
    pub fn seen_by(&self, who: u64, skew: i64) -> World {
        World { who, skew, ..self.clone() }
    }

    /// Virtual time.
    #[must_use]
    pub fn line(&self) -> &Timeline {
        &self.line
    }

    /// What this worker's clock says: wrong by its skew.
    #[must_use]
    pub fn clock(&self) -> i64 {
        self.line.now().saturating_add(self.skew)
    }

    /// Looks at everything, or changes it, outside of any worker.
    pub fn with<R>(&self, look: impl FnOnce(&mut Inner) -> R) -> R {
        let mut inner = lock(&self.inner);
        inner.now = self.line.now();
        look(&mut inner)
    }

    /// A line for the trace.
    pub fn note(&self, text: impl FnOnce() -> String) {
        if lock(&self.inner).trace.is_none() {
            return;
        }
        let line = format!("{:>8} w{:<3} {}", self.line.now(), self.who, text());
        if let Some(trace) = &mut lock(&self.inner).trace {
            trace.push(line);
        }
    }

    /// The name of an effect, if anybody will read it.
    pub(crate) fn label(&self, text: impl FnOnce() -> String) -> String {
        let traced = lock(&self.inner).trace.is_some();
        if traced { text() } else { String::new() }
    }

    /// The trace so far.
    #[must_use]
    pub fn trace(&self) -> Vec<String> {
        lock(&self.inner).trace.clone().unwrap_or_default()
    }

    /// Waits a little, seldom longer than messages stay hidden.
    pub async fn pause(&self) {
        let millis = self.with(|inner| {
            let slow = inner.faults.slow;
            if inner.chance.per_mille(slow) {
                inner.chance.millis(0, inner.manner.visibility.saturating_mul(3))
            } else {
                inner.chance.millis(0, 4)
            }
        });
        self.line.pause(millis).await;
    }

    /// One effect, or what befalls it.
    ///
    /// # Errors
    /// `Throttled`: not done. `Unknown`: done, not done, or done later.
    pub async fn effect<R: Debug>(
        &self,
        effect: Effect,
        label: impl Fn() -> String,
        op: impl Fn(&mut Inner) -> R + Send + Sync + 'static,
    ) -> Result<R, StateError> {
        self.pause().await;
        let (fate, answer) = self.befall(effect, op);
        self.note(|| match fate {
            Fate::Fine => format!("{} -> {}", label(), brief(&answer)),
            fate => format!("{} -> {fate:?}: {}", label(), brief(&answer)),
        });
        self.pause().await;
        answer
    }

    fn befall<R>(
        &self,
        effect: Effect,
        op: impl Fn(&mut Inner) -> R + Send + 'static,
    ) -> (Fate, Result<R, StateError>) {
        let mut inner = lock(&self.inner);
        inner.now = self.line.now();
        let fate = inner.fate(effect);
        let unknown = || Err(StateError::Unknown("no answer came".into()));
        let answer = match fate {
            Fate::Fine => Ok(op(&mut inner)),
            Fate::Throttled => Err(StateError::Throttled("slow down".into())),
            Fate::Never => unknown(),
            Fate::Lost => {
                op(&mut inner);
                unknown()
            }
            Fate::Later => {
                let at = inner.now + inner.chance.millis(1, MAX_LATER);
                inner.ghosts.push((at, Box::new(move |inner| drop(op(inner)))));
                unknown()
            }
            Fate::Repeated => {
                let answer = op(&mut inner);
                let at = inner.now + inner.chance.millis(1, MAX_LATER);
                inner.ghosts.push((at, Box::new(move |inner| drop(op(inner)))));
                Ok(answer)
            }
            Fate::Retried => {
                op(&mut inner);
                Ok(op(&mut inner))
            }
        };
        (fate, answer)
    }

    /// Publishes to the outside.
    ///
    /// # Errors
    /// As [`World::effect`].
    pub async fn publish(&self, id: &str, payload: &str) -> Result<(), StateError> {
        let (id, payload) = (id.to_owned(), payload.to_owned());
        let label = self.label(|| format!("publish {id} {payload}"));
        let op = move |inner: &mut Inner| {
            let at = inner.now;
            inner.published.push(Published { id: id.clone(), payload: payload.clone(), at });
        };
        self.effect(Effect::Write, || label.clone(), op).await
    }

    /// Sends a message.
    ///
    /// # Errors
    /// As [`World::effect`].
    pub async fn send(&self, lane: usize, body: String, delay: i64) -> Result<(), StateError> {
        let label = self.label(|| format!("send to {lane} after {delay} {body}"));
        let op = move |inner: &mut Inner| {
            let loses = inner.sabotage == Sabotage::LostSends && inner.chance.one_in(20);
            if !loses {
                inner.send(lane, body.clone(), delay);
            }
        };
        self.effect(Effect::Write, || label.clone(), op).await
    }
}
