//! The pages of a hot key: events go down to the page that takes them, reports go up. The rules are
//! [`fanin_condition::pages`]; here is the way through the store.
//!
//! A page is a cell like others: what it took and the report that follows from it are one conditional write, and the
//! report leaves from its outbox. A report says how much there is in all, so a later one makes an earlier one needless:
//! whoever commits need not look what was in the outbox before. Whoever finds nothing new sends what is in it once more,
//! and clears it.

mod node;

use std::collections::BTreeMap;
use std::sync::Arc;

use fanin_condition::pages::{Paging, Place, Report};
use fanin_condition::{Condition, MemberEvent};
use fanin_event::{Identity, Timestamp};
use fanin_store::state::{Base, CellKey, CellKind, CellWrite, Change, Chunks, Read, StateError, StateStore};

use crate::limits::{MAX_CELLS_AT_ONCE, MAX_PAGE_ROUNDS};
use crate::message::Message;
use crate::outbox::Entry;
use crate::ports::Lane;
use crate::route::Touch;
use node::{Here, Visit};

/// A report on its way: to a page or to the root, of which life, from which page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Partial {
    pub(crate) generation: u64,
    /// `None`: to the root.
    pub(crate) to: Option<Place>,
    pub(crate) from: String,
    pub(crate) report: Report,
}

impl Partial {
    /// Reads a message; `None`: it is of another format.
    pub(crate) fn of(to: &str, from: String, report: &str) -> Option<Partial> {
        let (generation, place) = to.split_once(':')?;
        let generation = u64::from_str_radix(generation, 16).ok()?;
        let to = if place.is_empty() { None } else { Some(Place::parse(place)?) };
        Some(Partial { generation, to, from, report: Report::from_text(report)? })
    }
}

/// What a batch has for the pages of one root.
#[derive(Debug)]
pub(crate) struct PageWork {
    pub(crate) workflow: Arc<str>,
    pub(crate) condition: Condition,
    pub(crate) key: String,
    pub(crate) generation: u64,
    pub(crate) paging: Paging,
    pub(crate) touches: Vec<Touch>,
    pub(crate) partials: Vec<Partial>,
    /// When the store may drop the pages it makes.
    pub(crate) expires: Option<i64>,
}

/// What came of it: all of it is written.
#[derive(Debug, Default)]
pub(crate) struct Paged {
    /// What has to leave.
    pub(crate) entries: Vec<Entry>,
    /// What may be written once it has left.
    pub(crate) clears: Vec<CellWrite>,
    pub(crate) duplicates: usize,
    pub(crate) commits: usize,
    pub(crate) conflicts: usize,
}

/// An event on its way down.
#[derive(Clone, Copy, Debug)]
struct Comer {
    /// Its number among the touches.
    touch: usize,
    /// What decides between children.
    turn: u64,
}

/// What is to be done at one page.
#[derive(Clone, Debug, Default)]
struct Task {
    comers: Vec<Comer>,
    /// Numbers of partials.
    reports: Vec<usize>,
    /// The next load has to see everything.
    fresh: bool,
}

type Tasks = BTreeMap<Place, Task>;

impl PageWork {
    /// Takes everything to its page. An error: the messages have to come again; what was written by then is found then.
    pub(crate) async fn done<S: StateStore>(&self, store: &S) -> Result<Paged, StateError> {
        let mut paged = Paged::default();
        let mut tasks = self.begin();
        for _ in 0..MAX_PAGE_ROUNDS {
            let mut now = Tasks::new();
            while now.len() < MAX_CELLS_AT_ONCE
                && let Some((place, task)) = tasks.pop_first()
            {
                now.insert(place, task);
            }
            if now.is_empty() {
                return Ok(paged);
            }
            for (place, task) in self.round(store, now, &mut paged).await? {
                let known = tasks.entry(place).or_default();
                known.comers.extend(task.comers);
                known.reports.extend(task.reports);
                known.fresh |= task.fresh;
            }
        }
        Err(StateError::Throttled(format!(
            "the pages of {} for key {:?} are changed by too many at once",
            self.condition.name, self.key
        )))
    }

    /// Where everybody begins.
    fn begin(&self) -> Tasks {
        let mut tasks = Tasks::new();
        for (number, touch) in self.touches.iter().enumerate() {
            let own = touch.event.own_time();
            let turn = touch.with_event(|event| self.paging.turn(&self.condition, &self.key, &event, own));
            let first = self.paging.first(&self.condition, own);
            let comer = Comer { touch: number, turn: turn.unwrap_or(0) };
            tasks.entry(first).or_default().comers.push(comer);
        }
        for (number, partial) in self.partials.iter().enumerate() {
            if let Some(to) = &partial.to {
                tasks.entry(to.clone()).or_default().reports.push(number);
            }
        }
        tasks
    }

    /// Loads the pages, does what is to be done, writes. Gives what is left to do.
    async fn round<S: StateStore>(
        &self,
        store: &S,
        tasks: Tasks,
        paged: &mut Paged,
    ) -> Result<Tasks, StateError> {
        let mut left = Tasks::new();
        let mut writes = Vec::new();
        let mut visits = Vec::new();
        for read in [Read::Stale, Read::Fresh] {
            let (places, now): (Vec<Place>, Vec<Task>) = tasks
                .iter()
                .filter(|(_, task)| task.fresh == (read == Read::Fresh))
                .map(|(p, t)| (p.clone(), t.clone()))
                .unzip();
            if places.is_empty() {
                continue;
            }
            let keys: Vec<CellKey> = places.iter().map(|place| self.key_of(place)).collect();
            let found = store.load(&keys, read).await?;
            for ((place, task), cell) in places.into_iter().zip(now).zip(found) {
                let here = Here { work: self, place: &place, read };
                let visit = here.visit(&task, cell)?;
                here.pass_on(&visit, &mut left);
                if let Some((head, chunks, outbox)) = visit.write.clone() {
                    writes.push(self.write(&place, (visit.base.clone(), head, chunks), outbox));
                    visits.push((place, visit));
                } else {
                    paged.duplicates += visit.duplicates;
                    self.send_again(&place, visit, paged);
                }
            }
        }
        let outcomes = if writes.is_empty() { Vec::new() } else { store.commit(writes).await };
        for ((place, visit), outcome) in visits.into_iter().zip(outcomes) {
            match outcome {
                Ok(_) => {
                    paged.commits += 1;
                    paged.duplicates += visit.duplicates;
                    paged.entries.extend(visit.report.map(|report| self.entry(&place, report)));
                    for (place, comers) in visit.after {
                        left.entry(place).or_default().comers.extend(comers);
                    }
                }
                Err(StateError::Conflict | StateError::Unknown(_)) => {
                    paged.conflicts += 1;
                    let again = left.entry(place).or_default();
                    again.comers.extend(visit.taken);
                    again.comers.extend(visit.after.into_iter().flat_map(|(_, comers)| comers));
                    again.reports.extend(visit.reports);
                    again.fresh = true;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(left)
    }

    /// Nothing is new here: what may not have left is sent once more.
    fn send_again(&self, place: &Place, visit: Visit, paged: &mut Paged) {
        let Some((cell, report)) = visit.flush else { return };
        paged.entries.push(self.entry(place, report));
        let (head, chunks) = (cell.head, Chunks::Keep);
        paged.clears.push(self.write(place, (Some(cell.base), head, chunks), Vec::new()));
    }

    fn write(
        &self,
        place: &Place,
        (base, head, chunks): (Option<Base>, Vec<u8>, Chunks),
        outbox: Vec<u8>,
    ) -> CellWrite {
        let change = Change::Put { head, chunks, outbox, expires: self.expires };
        CellWrite { key: self.key_of(place), base, change }
    }

    /// The report of a page as a message to its parent.
    fn entry(&self, place: &Place, report: Report) -> Entry {
        let to = place.parent().map(|parent| parent.to_string()).unwrap_or_default();
        let message = Message::Partial {
            condition: self.condition.name.clone(),
            key: self.key.clone(),
            to: format!("{:x}:{to}", self.generation),
            from: place.to_string(),
            version: report.version,
            report: report.to_text(),
        };
        Entry::Send { lane: Lane::Conditions, message, due: None }
    }

    /// The cell of a page. The life of the root is part of its key: another life has other pages.
    pub(crate) fn key_of(&self, place: &Place) -> CellKey {
        let name: Arc<str> = self.condition.name.clone();
        let key = format!("{}#{:x}#{place}", self.key, self.generation);
        // Keys of stores are short: a long one is told by its print.
        let key =
            if key.len() <= 1_024 { key } else { format!("{}#{place}", Identity::of(&[&key]).to_uuid()) };
        CellKey { kind: CellKind::Page, workflow: self.workflow.clone(), name, key: key.into() }
    }
}

impl Touch {
    /// Hands the event to `take` as its member.
    pub(crate) fn with_event<T>(&self, take: impl FnOnce(MemberEvent<'_>) -> T) -> T {
        let captures: Vec<&str> = self.values.iter().map(String::as_str).collect();
        take(MemberEvent {
            member: self.member,
            identity: self.event.identity,
            id: &self.event.id,
            accepted: self.event.accepted,
            time: self.event.time,
            captures: &captures,
            envelope: &self.event.envelope,
            hops: self.event.hops,
            waived: None,
        })
    }
}

/// When the store may drop pages: not before the root, whose own moment may still move.
pub(crate) fn expires_of(condition: &Condition, root: Option<i64>, now: Timestamp) -> Option<i64> {
    if condition.within.is_some() {
        return root;
    }
    // Without a deadline every event gives the root another while: three times that, for keys which live on and on.
    let idle = fanin_condition::limits::IDLE;
    Some(now.plus(idle).plus(idle).plus(idle).plus(condition.retain).0.max(root.unwrap_or(i64::MIN)))
}
