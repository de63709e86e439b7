//! What was committed leaves: payloads put aside first, then rows and messages. All of it may leave twice, in any order.

use std::collections::BTreeSet;
use std::sync::Arc;

use fanin_event::{Scratch, Timestamp};
use fanin_runtime::LetterKind;
use fanin_store::state::{Shelf, StateError};
use futures_util::stream::{self, StreamExt};

use crate::dead::{DeadRecord, bury};
use crate::happenings::{self, Happening, Happenings, Telling};
use crate::limits::{MAX_CLAIMS_AT_ONCE, MAX_ROWS_AT_ONCE};
use crate::message::{DerivedMessage, Message};
use crate::outbox::Entry;
use crate::plans::PlanSet;
use crate::ports::{Claims, Lane, Outgoing, Queue};
use crate::route;
use crate::timers::{Wanted, progress};

/// Where things leave by.
pub(crate) struct Outlet<'a, S, Q, C> {
    pub(crate) shelf: &'a S,
    pub(crate) queue: &'a Q,
    pub(crate) claims: &'a C,
    pub(crate) plans: &'a PlanSet,
    pub(crate) now: Timestamp,
    pub(crate) telling: Telling,
}

/// Whose entry it is: a number of the caller's.
pub(crate) type Owner = usize;

/// What became of what was to leave.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// Those of whom something is still here.
    pub(crate) failed: BTreeSet<Owner>,
    /// Why.
    pub(crate) troubles: Vec<StateError>,
    /// Dead letters written.
    pub(crate) dead: usize,
    /// Derived events sent on.
    pub(crate) derived: usize,
    /// What of it is told.
    pub(crate) happened: Happenings,
}

impl Left {
    fn note(&mut self, owner: Owner, outcome: Result<(), StateError>) {
        if let Err(error) = outcome {
            self.failed.insert(owner);
            self.troubles.push(error);
        }
    }
}

/// Everything sorted by how it leaves.
#[derive(Default)]
struct Sorted {
    claims: Vec<(Owner, String, String)>,
    dead: Vec<(Owner, DeadRecord)>,
    wanted: Vec<(Owner, Wanted)>,
    sends: [Vec<(Owner, Outgoing)>; 2],
    /// To be told once it has left.
    told: Vec<(Owner, Happening)>,
}

impl Sorted {
    fn send(&mut self, owner: Owner, lane: Lane, outgoing: Outgoing) {
        let [conditions, rules] = &mut self.sends;
        match lane {
            Lane::Conditions => conditions.push((owner, outgoing)),
            Lane::Rules => rules.push((owner, outgoing)),
        }
    }
}

impl<S: Shelf, Q: Queue, C: Claims> Outlet<'_, S, Q, C> {
    /// Lets everything out. An owner who is not among those that failed need not keep any of it.
    pub(crate) async fn publish(&self, entries: Vec<(Owner, Entry)>) -> Left {
        let mut left = Left::default();
        if entries.is_empty() {
            return left;
        }
        let mut sorted = self.sort(entries, &mut left);
        let claims = std::mem::take(&mut sorted.claims);
        let told = std::mem::take(&mut sorted.told);
        let put = |(owner, key, body): (Owner, String, String)| async move {
            (owner, self.claims.put(&key, &body).await)
        };
        let put: Vec<_> = stream::iter(claims).map(put).buffer_unordered(MAX_CLAIMS_AT_ONCE).collect().await;
        put.into_iter().for_each(|(owner, outcome)| left.note(owner, outcome));
        sorted.dead.retain(|(owner, _)| !left.failed.contains(owner));
        sorted.wanted.retain(|(owner, _)| !left.failed.contains(owner));
        sorted.sends.iter_mut().for_each(|lane| lane.retain(|(owner, _)| !left.failed.contains(owner)));
        self.rows(&mut sorted, &mut left).await;
        for (lane, messages) in [Lane::Conditions, Lane::Rules].into_iter().zip(sorted.sends) {
            if messages.is_empty() {
                continue;
            }
            let (owners, messages): (Vec<Owner>, Vec<Outgoing>) = messages.into_iter().unzip();
            let mut outcomes = self.queue.send(lane, messages).await.into_iter();
            for owner in owners {
                let missing =
                    || Err(StateError::Unknown("the queue did not answer for every message".to_owned()));
                left.note(owner, outcomes.next().unwrap_or_else(missing));
            }
        }
        for (_, line) in told.into_iter().filter(|(owner, _)| !left.failed.contains(owner)) {
            left.happened.push(line);
        }
        left
    }

    fn sort(&self, entries: Vec<(Owner, Entry)>, left: &mut Left) -> Sorted {
        let (mut sorted, mut scratch) = (Sorted::default(), Scratch::default());
        for (owner, entry) in entries {
            match entry {
                Entry::Claim { key, body } => sorted.claims.push((owner, key, body)),
                Entry::Dead(record) => {
                    self.tell(owner, || happenings::dead(&record), &mut sorted);
                    sorted.dead.push((owner, *record));
                }
                Entry::Send { lane, message, due: None } => {
                    sorted.send(owner, lane, outgoing(&message));
                }
                Entry::Send { lane, message, due: Some(due) } => {
                    let wanted = Wanted { lane, message, due };
                    match wanted.soon(self.now) {
                        Some(outgoing) => sorted.send(owner, lane, outgoing),
                        None => sorted.wanted.push((owner, wanted)),
                    }
                }
                Entry::Derived(derived) => {
                    left.derived += 1;
                    self.tell(owner, || happenings::derived(self.plans, &derived), &mut sorted);
                    self.relay(owner, derived, (&mut sorted, &mut scratch));
                }
            }
        }
        sorted
    }

    /// Notes what is told of something once it has left. All of this is told by every telling but `Off`.
    fn tell(&self, owner: Owner, line: impl FnOnce() -> Happening, sorted: &mut Sorted) {
        if self.telling != Telling::Off {
            sorted.told.push((owner, line()));
        }
    }

    /// A derived event: to the instances, if one listens, and to the rules it starts.
    fn relay(&self, owner: Owner, derived: DerivedMessage, (sorted, scratch): (&mut Sorted, &mut Scratch)) {
        let limit = self.plans.newest.hop_limit;
        if derived.hops > limit {
            let record = too_far(derived, limit);
            self.tell(owner, || happenings::dead(&record), sorted);
            sorted.dead.push((owner, record));
            return;
        }
        let (starts, listened) = route::relayed(self.plans, &derived, scratch);
        if listened {
            sorted.send(owner, Lane::Conditions, outgoing(&Message::Derived(derived)));
        }
        for start in starts {
            sorted.send(owner, Lane::Rules, outgoing(&Message::Start(start)));
        }
    }

    /// Dead letters, and wake-ups that are far away.
    async fn rows(&self, sorted: &mut Sorted, left: &mut Left) {
        let workflow: &str = &self.plans.newest.plan.workflow;
        let dead = std::mem::take(&mut sorted.dead);
        left.dead += dead.len();
        let bury = |(owner, record): (Owner, DeadRecord)| async move {
            (owner, bury((self.shelf, self.claims), workflow, &record).await)
        };
        let buried: Vec<_> = stream::iter(dead).map(bury).buffer_unordered(MAX_ROWS_AT_ONCE).collect().await;
        buried.into_iter().for_each(|(owner, outcome)| left.note(owner, outcome));
        let wanted = std::mem::take(&mut sorted.wanted);
        if wanted.is_empty() {
            return;
        }
        let put = |(owner, wanted): (Owner, Wanted)| async move {
            let outcome = wanted.put(self.shelf).await;
            (owner, wanted, outcome)
        };
        let put: Vec<_> = stream::iter(wanted).map(put).buffer_unordered(MAX_ROWS_AT_ONCE).collect().await;
        let progress = progress(self.shelf, workflow, self.now).await;
        for (owner, wanted, outcome) in put {
            let outcome = outcome.and_then(|()| progress.clone());
            match outcome {
                Err(error) => left.note(owner, Err(error)),
                Ok(progress) => {
                    if let Some(outgoing) = wanted.passed(progress, self.now) {
                        sorted.send(owner, wanted.lane, outgoing);
                    }
                }
            }
        }
    }
}

fn outgoing(message: &Message) -> Outgoing {
    Outgoing { body: message.to_text(), delay: fanin_event::Span(0) }
}

/// The dead letter of a derived event at the end of too long a chain.
fn too_far(derived: DerivedMessage, limit: u8) -> DeadRecord {
    let (names, values): (Vec<Arc<str>>, Vec<Arc<str>>) = derived.captures.into_iter().unzip();
    let what = LetterKind::Derived {
        identity: derived.identity,
        name: derived.name.to_string(),
        captures: values.iter().map(ToString::to_string).collect(),
        chain: derived.chain.iter().rev().map(ToString::to_string).collect(),
    };
    let reason = format!("a chain of more than {limit} derived events");
    let mut record = DeadRecord::new(derived.at, ("too-many-hops", reason), derived.envelope, what);
    record.names = names;
    record
}
