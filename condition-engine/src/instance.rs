//! An instance: one partial match of a condition for one correlation key, with its rounds inside.

use std::collections::BTreeMap;

use fanin_event::{Identity, Timestamp};
use minicbor::{Decode, Encode};

use crate::codec::fields;
use crate::collected::Collection;
use crate::condition::{Collect, Condition};
use crate::kinds::{self, Step};
use crate::limits::{MAX_REPEATS, MAX_SEEN, MAX_SEEN_WATCHED};
use crate::print::{Print, scramble};
use crate::progress::Progress;
use crate::round::Arrival;
use crate::seen::{Fold, Seen};
use crate::stamped::Stamped;

/// The state of one condition for one key: the only atomic unit of the engine.
///
/// Small on purpose, hosts hold millions: what only some instances have is boxed. Changed by [`apply`](crate::apply())
/// alone. Everything in it is decided by its inputs, so the same inputs in the same order make the same bytes.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Instance {
    /// The condition version it is pinned to.
    #[n(0)]
    pub(crate) version: u64,
    /// Nonce of this life of the key, from the first event: part of every derived id. 0: no event yet.
    #[n(1)]
    pub(crate) generation: u64,
    #[n(2)]
    pub(crate) phase: Phase,
    /// Number of the current or last round; 0: none yet.
    #[n(3)]
    pub(crate) round: u32,
    /// Highest hop count of this round's members.
    #[n(4)]
    pub(crate) hops: u8,
    /// Earliest and latest acceptance in this round.
    #[cbor(n(5), with = "fields::moment")]
    pub(crate) first_at: Timestamp,
    #[cbor(n(6), with = "fields::moment")]
    pub(crate) last_at: Timestamp,
    /// Latest acceptance of any member, counted or extra, in any round.
    #[cbor(n(7), with = "fields::moment")]
    pub(crate) touched_at: Timestamp,
    /// When it wants the next timer.
    #[cbor(n(8), with = "fields::moment")]
    pub(crate) due: Timestamp,
    /// What this round has counted: names, events or values. Kept when closed.
    #[n(9)]
    pub(crate) counted: u64,
    #[n(10)]
    pub(crate) duplicates: u32,
    #[n(11)]
    pub(crate) late: u32,
    #[n(12)]
    pub(crate) extra: u32,
    #[n(13)]
    pub(crate) seen: Seen,
    #[n(14)]
    pub(crate) progress: Progress,
    #[n(15)]
    pub(crate) members: Option<Box<Collection>>,
    #[n(16)]
    pub(crate) reach: Option<Box<KnownReach>>,
    /// How often an id (with `distinct`: a value) came again.
    #[n(17)]
    pub(crate) repeats: Option<Box<Repeats>>,
}

/// Where an instance is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub enum Phase {
    /// No member yet.
    #[default]
    #[n(0)]
    New,
    /// A round is under way.
    #[n(1)]
    Open,
    /// Between rounds.
    #[n(2)]
    Idle,
    /// Over; remembered for `retain`.
    #[n(3)]
    Closed {
        /// When it closed.
        #[cbor(n(0), with = "fields::moment")]
        at: Timestamp,
        /// Why.
        #[n(1)]
        ending: Ending,
    },
}

/// How a round or an instance ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Ending {
    /// The condition was met and fired.
    #[n(0)]
    Complete,
    /// The deadline passed.
    #[n(1)]
    Timeout,
    /// `absent` with `after`: the awaited event came in time, there is nothing to fire.
    #[n(2)]
    Satisfied,
}

/// The number a captured `reach` turned out to be.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct KnownReach {
    #[n(0)]
    pub(crate) value: u64,
    /// Envelope id of the event that brought it.
    #[n(1)]
    pub(crate) from: Box<str>,
    /// Later events that said something else: how many, and the last one.
    #[n(2)]
    pub(crate) conflicts: u32,
    #[n(3)]
    pub(crate) conflict: Option<Conflict>,
}

/// An event whose value of `reach` came too late to hold.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Conflict {
    #[n(0)]
    pub(crate) value: u64,
    #[n(1)]
    pub(crate) from: Box<str>,
}

/// Repetitions by print, at most [`MAX_REPEATS`] of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub(crate) struct Repeats(#[cbor(n(0), with = "fields::repeats")] pub(crate) BTreeMap<Print, u32>);

impl Instance {
    /// An instance that has seen nothing, pinned to `condition`'s version.
    #[must_use]
    pub fn new(condition: &Condition) -> Instance {
        Instance {
            version: condition.version,
            generation: 0,
            phase: Phase::New,
            round: 0,
            hops: 0,
            first_at: Timestamp::NEVER,
            last_at: Timestamp(i64::MIN),
            touched_at: Timestamp(i64::MIN),
            due: Timestamp::NEVER,
            counted: 0,
            duplicates: 0,
            late: 0,
            extra: 0,
            seen: Seen::default(),
            progress: Progress::new(&condition.kind),
            members: None,
            reach: None,
            repeats: None,
        }
    }

    /// When it wants an [`Input::Timer`](crate::Input::Timer); [`Timestamp::NEVER`] if it waits for events only.
    #[must_use]
    pub fn next_due(&self) -> Timestamp {
        self.due
    }

    /// When it gives something out though no event comes: a timeout, or the firing of an `absent`;
    /// [`Timestamp::NEVER`] if nothing. What else is due (a window's end, being forgotten) the next event finds done as
    /// well, so a host need not wake it for that.
    #[must_use]
    pub fn speaks_at(&self, condition: &Condition) -> Timestamp {
        match kinds::next_step(condition, self) {
            (at, Step::Timeout | Step::Fire) => at,
            (_, Step::EndWindow | Step::Forget) => Timestamp::NEVER,
        }
    }

    /// The condition version it is pinned to.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The nonce of this life of the key; 0 before the first member.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Number of the current or last round, from 1; 0 before the first member.
    #[must_use]
    pub fn round(&self) -> u32 {
        self.round
    }

    /// Where it is in its life.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// A round is under way.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// Nothing was taken yet: the host need not keep it.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.phase == Phase::New
    }

    /// Seed of its hash tables.
    pub(crate) fn seed(&self) -> u64 {
        self.generation
    }

    /// Takes `arrival` into the round, opening one if there is none: times, hops, identity. Not what it counts for.
    pub(crate) fn join(&mut self, condition: &Condition, arrival: &Arrival<'_>) {
        let event = arrival.event;
        if self.phase != Phase::Open {
            self.phase = Phase::Open;
            self.round = self.round.saturating_add(1);
            self.hops = 0;
            self.first_at = event.accepted;
            self.last_at = event.accepted;
        }
        if self.generation == 0 {
            self.generation = generation(event.identity, event.accepted);
        }
        self.first_at = self.first_at.min(event.accepted);
        self.last_at = self.last_at.max(event.accepted);
        self.hops = self.hops.max(event.hops);
        self.remember(condition, arrival);
        if condition.collect != Collect::None {
            let members = self.members.get_or_insert_default();
            members.keep(condition.collect, arrival);
        }
    }

    /// Adds the identity, which is not known.
    pub(crate) fn remember(&mut self, condition: &Condition, arrival: &Arrival<'_>) {
        let entry = Stamped { at: arrival.event.accepted, print: arrival.print };
        self.touched_at = self.touched_at.max(entry.at);
        let seed = self.seed();
        let (limit, fold) =
            if condition.watches() { (MAX_SEEN_WATCHED, Fold::Drop) } else { (MAX_SEEN, Fold::Floor) };
        self.seen.insert(entry, seed, limit, fold);
    }

    /// An event that adds nothing to the round: remembered, counted as extra.
    pub(crate) fn pass_over(&mut self, condition: &Condition, arrival: &Arrival<'_>) {
        self.extra = self.extra.saturating_add(1);
        self.remember(condition, arrival);
    }

    /// Notes for `explain` that `print` came again.
    pub(crate) fn note_repeat(&mut self, print: Print) {
        let repeats = &mut self.repeats.get_or_insert_default().0;
        if repeats.len() < MAX_REPEATS || repeats.contains_key(&print) {
            let times = repeats.entry(print).or_default();
            *times = times.saturating_add(1);
        }
    }

    /// Ends the round: the instance closes, or waits for the event that opens the next round.
    pub(crate) fn end_round(&mut self, condition: &Condition, closed: Option<Phase>) {
        self.members = None;
        if let Some(closed) = closed {
            self.phase = closed;
            self.progress.shed();
        } else {
            self.phase = Phase::Idle;
            self.counted = 0;
            self.progress = self.progress.next_round(&condition.kind);
            self.reach = None;
            self.repeats = None;
        }
    }

    /// The hash tables that were read as lists become tables again.
    pub(crate) fn index(&mut self) {
        let seed = self.seed();
        self.seen.ids.index(seed);
        self.progress.index(seed);
    }
}

/// The nonce of a new life. It has to differ from the life before, whose first event was another one or was accepted
/// at another time; it is fixed by the log's order.
fn generation(identity: Identity, accepted: Timestamp) -> u64 {
    let at = scramble(u64::from_le_bytes(accepted.0.to_le_bytes()).wrapping_add(0x9e37_79b9_7f4a_7c15));
    scramble(identity.short() ^ at).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_small() {
        let size = size_of::<Instance>();
        assert!(size <= 304, "{size} bytes; a million of them are held in memory");
    }

    #[test]
    fn a_generation_depends_on_the_event_and_on_its_moment() {
        let (a, b) = (Identity::of(&["a"]), Identity::of(&["b"]));
        assert_eq!(generation(a, Timestamp(1)), generation(a, Timestamp(1)));
        assert_ne!(generation(a, Timestamp(1)), generation(b, Timestamp(1)));
        assert_ne!(generation(a, Timestamp(1)), generation(a, Timestamp(2)));
    }
}
