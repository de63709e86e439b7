//! The story of an event: what it came from, back to the events from outside, and everything that it set off.
//!
//! The log holds what came from outside and nothing of what followed, so a story is told by replaying. An event from outside
//! is found by reading the log, and one replay from there on gathers what follows. A derived event has to be derived again
//! to be found: a first replay notes how everything hangs together in a few bytes each, and a second one, over the stretch
//! that matters, gathers the texts.

pub mod document;
mod facts;
mod find;
mod gather;
mod links;
mod tree;
mod words;

use fanin_condition::Key;
use fanin_event::Identity;
use fanin_store::Seq;

use crate::error::HistoryError;
use crate::history::{History, Past, Window};
use crate::ids::IdAsked;
use crate::limits::{MAX_MEMBERS_TOLD, MAX_ROUNDS_TOLD, MAX_STORY_EVENTS};
use document::{Answer, EventTold, Story};
use links::{Causes, Links, Wanted};
use tree::Tree;

pub(crate) use facts::{by_name, cut};
pub(crate) use find::{Heads, origin};
pub(crate) use words::key_told;

/// How much is told, and of which stretch of time.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Only what happened in it is looked at.
    pub window: Window,
    /// Members of a firing that are told one by one.
    pub members: usize,
}

impl Default for Extent {
    fn default() -> Extent {
        Extent { window: Window::default(), members: crate::limits::DEFAULT_MEMBERS_TOLD }
    }
}

impl Extent {
    fn members(self) -> usize {
        self.members.clamp(2, MAX_MEMBERS_TOLD)
    }
}

/// Tells what became of the event that `asked` names.
///
/// # Errors
/// When the past cannot be read, or the stretch of time holds more than a question may remember.
pub fn of_event(history: &History, asked: &IdAsked, extent: Extent) -> Result<Answer, HistoryError> {
    let begin = begin(history, extent.window)?;
    let raw = find::raw(history, begin.at, asked, extent.window)?;
    if let Some((identity, told)) = raw.only() {
        let from = history.since_frame(told.frame.saturating_sub(1))?;
        return Ok(Answer::Story(Box::new(tell(history, from, extent, (identity, &Causes::default()))?)));
    }
    if raw.is_certain() {
        return Ok(several(raw.candidates()));
    }
    let mut links = Links::read(history, begin, extent.window, Wanted::Id(asked))?;
    let found = std::mem::take(&mut links.found);
    let called = std::mem::take(&mut links.called);
    let only = match (found.only(), called.len()) {
        (Some((identity, _)), _) => Some(identity),
        (None, 1) if found.is_empty() && raw.is_empty() => called.into_iter().next(),
        _ => None,
    };
    match only {
        Some(identity) if raw.is_empty() || found.is_certain() => {
            Ok(Answer::Story(Box::new(of_derived(history, &links, extent, identity)?)))
        }
        _ if raw.is_empty() && found.is_empty() => Ok(Answer::Unknown { known_from: history.known_from()? }),
        _ => {
            let ((mut candidates, more), (derived, even_more)) = (raw.candidates(), found.candidates());
            candidates.extend(derived);
            Ok(several((candidates, more || even_more)))
        }
    }
}

/// Tells how the last rounds of an instance ended: for each, in order, what led to it and what it set off. `key` is in its
/// canonical text.
///
/// # Errors
/// As [`of_event`].
pub fn of_instance(
    history: &History,
    (condition, key): (&str, &Key),
    rounds: usize,
    extent: Extent,
) -> Result<Vec<Story>, HistoryError> {
    let begin = begin(history, extent.window)?;
    let rounds = rounds.clamp(1, MAX_ROUNDS_TOLD);
    let links = Links::read(history, begin, extent.window, Wanted::Ends { condition, key, rounds })?;
    links.ends.iter().map(|end| of_derived(history, &links, extent, *end)).collect()
}

fn of_derived(
    history: &History,
    links: &Links,
    extent: Extent,
    identity: Identity,
) -> Result<Story, HistoryError> {
    let causes = links.causes_of(identity, extent.members(), MAX_STORY_EVENTS);
    let first: Seq = if causes.first == Seq::MAX { 0 } else { causes.first.saturating_sub(1) };
    tell(history, history.since_frame(first)?, extent, (identity, &causes))
}

fn tell(
    history: &History,
    from: Past,
    extent: Extent,
    (identity, causes): (Identity, &Causes),
) -> Result<Story, HistoryError> {
    let facts = gather::gather(history, from, extent.window, (identity, causes))?;
    let mut tree = Tree::new(&facts, causes);
    let because = tree.because(identity, 0);
    let effects = tree.effects(identity, 0);
    Ok(Story {
        known_from: history.known_from()?,
        event: tree.event(identity),
        because,
        effects,
        near_misses: facts.misses.clone(),
        cut: tree.cut,
    })
}

fn several((candidates, more): (Vec<EventTold>, bool)) -> Answer {
    Answer::Several { candidates, more }
}

/// Where looking begins: before the stretch of time, else as early as possible.
pub(crate) fn begin(history: &History, window: Window) -> Result<Past, HistoryError> {
    match window.since {
        Some(since) => history.since(since),
        None => history.earliest(),
    }
}
