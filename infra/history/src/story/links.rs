//! How events hang together, as light as it can be told: for walking from a derived event back to where it came from.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;

use fanin_condition::Verdict;
use fanin_event::Identity;
use fanin_runtime::{Spot, Step};
use fanin_store::Seq;

use super::document::{EventKind, EventTold};
use super::find::Found;
use crate::error::HistoryError;
use crate::history::{History, Past, Window};
use crate::ids::IdAsked;
use crate::limits::MAX_LINKS;
use crate::moment::Moment;

/// An instance in one of its rounds, as a number.
pub(super) type Place = u64;

/// The number of a place.
pub(super) fn place(spot: &Spot) -> Place {
    let mut hasher = DefaultHasher::new();
    (&*spot.condition, &*spot.key, spot.generation, spot.round).hash(&mut hasher);
    hasher.finish()
}

/// What is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted<'a> {
    /// An event, or the event behind a call.
    Id(&'a IdAsked),
    /// The last `rounds` endings of an instance.
    Ends { condition: &'a str, key: &'a str, rounds: usize },
}

/// The links of a stretch of log, in order.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// An event counted at a place.
    counted: Vec<(Identity, Place, Seq)>,
    /// A place gave out an event.
    fired: Vec<(Identity, Place)>,
    /// An event started a run.
    triggered: Vec<(Identity, Identity, Seq)>,
    /// A run gave out an event.
    completed: Vec<(Identity, Identity)>,
    /// What fits an id.
    pub(super) found: Found,
    /// Events that started a run one of whose calls fits the id.
    pub(super) called: HashSet<Identity>,
    /// Endings of an instance, the last ones.
    pub(super) ends: Vec<Identity>,
}

impl Links {
    /// Replays a stretch and notes how its events hang together.
    pub(super) fn read(
        history: &History,
        mut past: Past,
        window: Window,
        wanted: Wanted<'_>,
    ) -> Result<Links, HistoryError> {
        let mut links = Links::default();
        past.engine.gather_steps();
        let mut full = false;
        history.play_until(&mut past, window.until, &mut |turned, engine| {
            for step in engine.take_steps() {
                links.note(&step, turned.frame, (window, wanted));
            }
            full = links.len() > MAX_LINKS;
            if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if full {
            return Err(HistoryError::TooMuch { what: "deliveries, firings and runs", limit: MAX_LINKS });
        }
        Ok(links)
    }

    fn len(&self) -> usize {
        self.counted.len() + self.fired.len() + self.triggered.len() + self.completed.len()
    }

    fn note(&mut self, step: &Step, frame: Seq, (window, wanted): (Window, Wanted<'_>)) {
        match step {
            Step::Delivered { identity, at, verdict: Verdict::Waiting | Verdict::Fired, .. } => {
                self.counted.push((*identity, place(at), frame));
            }
            Step::Fired { at, derived, .. } => {
                self.fired.push((derived.identity, place(at)));
                if !window.has(derived.at) {
                    return;
                }
                match wanted {
                    Wanted::Id(asked) => {
                        let kind =
                            if derived.name == at.condition { EventKind::Fired } else { EventKind::Timeout };
                        self.offer(asked, derived.identity, || {
                            derived_event(derived.identity, kind, (&derived.name, derived.at.into(), frame))
                        });
                    }
                    Wanted::Ends { condition, key, rounds } => {
                        if *at.condition == *condition && *at.key == *key {
                            self.ends.push(derived.identity);
                            let surplus = self.ends.len().saturating_sub(rounds);
                            self.ends.drain(..surplus);
                        }
                    }
                }
            }
            Step::Triggered { identity, run, known: false, .. } => {
                self.triggered.push((*identity, *run, frame));
            }
            Step::Completed { run, emitted, .. } => {
                self.completed.push((emitted.identity, *run));
                if let Wanted::Id(asked) = wanted
                    && window.has(emitted.at)
                {
                    self.offer(asked, emitted.identity, || {
                        let about = (&*emitted.name, emitted.at.into(), frame);
                        derived_event(emitted.identity, EventKind::Completed, about)
                    });
                }
            }
            Step::Called(action) if action.attempt == 1 => {
                if let Wanted::Id(asked) = wanted
                    && asked.fit("", || action.id.0).is_some()
                    && let Some((cause, _, _)) = self.triggered.iter().rfind(|(_, run, _)| *run == action.run)
                {
                    self.called.insert(*cause);
                }
            }
            _ => {}
        }
    }

    fn offer(&mut self, asked: &IdAsked, identity: Identity, told: impl FnOnce() -> EventTold) {
        // The id of a derived event is the UUID of its identity.
        if let Some(fit) = asked.fit("", || identity) {
            self.found.add(identity, fit, told);
        }
    }

    /// What counted at each of these places.
    fn members(&self, places: &HashSet<Place>, most: usize) -> HashMap<Place, Kept> {
        let mut kept: HashMap<Place, Kept> = HashMap::new();
        for (event, place, frame) in self.counted.iter().filter(|(_, place, _)| places.contains(place)) {
            let kept = kept.entry(*place).or_default();
            kept.count += 1;
            if kept.first.len() + 1 < most {
                kept.first.push((*event, *frame));
            } else {
                kept.last = Some((*event, *frame));
            }
        }
        kept
    }

    /// Everything from which `target` came: at most `members` events of each place, the last one among them.
    pub(super) fn causes_of(&self, target: Identity, members: usize, most: usize) -> Causes {
        let mut causes = Causes { first: Seq::MAX, ..Causes::default() };
        let mut frontier = HashSet::from([target]);
        while !frontier.is_empty() && causes.events.len() < most {
            let places: HashSet<Place> = above(&self.fired, &frontier, &causes.places);
            let runs: HashSet<Identity> = above(&self.completed, &frontier, &causes.runs);
            causes.events.extend(frontier.drain());
            let mut next: Vec<Identity> = Vec::new();
            for (place, kept) in self.members(&places, members) {
                causes.counts.insert(place, kept.count);
                for (event, frame) in kept.first.into_iter().chain(kept.last) {
                    next.push(event);
                    causes.first = causes.first.min(frame);
                }
            }
            for (event, _, frame) in self.triggered.iter().filter(|(_, run, _)| runs.contains(run)) {
                next.push(*event);
                causes.first = causes.first.min(*frame);
            }
            causes.places.extend(places);
            causes.runs.extend(runs);
            frontier.extend(next.into_iter().filter(|event| !causes.events.contains(event)));
        }
        causes
    }
}

/// Of the events that counted at a place the first ones, the last one, and how many there were.
#[derive(Debug, Default)]
struct Kept {
    first: Vec<(Identity, Seq)>,
    last: Option<(Identity, Seq)>,
    count: u64,
}

/// What stands beside one of `below`, as far as it is new.
fn above<T: Copy + Eq + Hash>(
    links: &[(Identity, T)],
    below: &HashSet<Identity>,
    known: &HashSet<T>,
) -> HashSet<T> {
    let hit = links.iter().filter(|(event, upper)| below.contains(event) && !known.contains(upper));
    hit.map(|(_, upper)| *upper).collect()
}

/// Where an event came from, back to the beginning.
#[derive(Debug, Default)]
pub(super) struct Causes {
    /// Events, the one asked about among them.
    pub(super) events: HashSet<Identity>,
    /// Places that gave out one of them.
    pub(super) places: HashSet<Place>,
    /// Of each place how many events it counted.
    pub(super) counts: HashMap<Place, u64>,
    /// Runs that gave out one of them.
    pub(super) runs: HashSet<Identity>,
    /// The first frame in which one of them did something; `Seq::MAX`: none did.
    pub(super) first: Seq,
}

fn derived_event(identity: Identity, kind: EventKind, (name, at, frame): (&str, Moment, Seq)) -> EventTold {
    EventTold {
        id: identity.to_uuid(),
        identity: identity.to_uuid(),
        kind,
        at,
        frame,
        names: vec![super::document::NameTold { name: name.to_owned(), captures: Default::default() }],
        origin: None,
        source: String::new(),
        detail_type: name.to_owned(),
        again: Vec::new(),
        times: 1,
        envelope: None,
        operator: None,
    }
}
