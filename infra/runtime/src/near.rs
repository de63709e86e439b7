//! Near misses: unmatched events that are almost a member of a condition, and the field that stands in the way. Computed
//! on request, from what the engine remembers; a host takes the [`NearQuestion`] away from the engine and answers it
//! elsewhere.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use fanin_event::{EventDefinition, Identity, Recognizer, Timestamp};

use crate::engine::Engine;
use crate::limits::MAX_NEAR_LOOKS;
use crate::unmatched::UnmatchedEvent;

/// An event that is almost one of the names in question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMissed {
    /// The event.
    pub event: UnmatchedEvent,
    /// The name it is not.
    pub name: String,
    /// The field that failed; empty when it is none in particular.
    pub field: String,
    /// Why, as a sentence.
    pub reason: String,
    /// How many fields of the pattern were as asked for, and of how many. All: a capture failed.
    pub matched: (usize, usize),
}

impl NearMissed {
    /// Identity of the event.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.event.identity
    }

    /// Fewer is nearer: first those of which one field alone fails, then by the part that fits, then the newest.
    fn distance(&self) -> (bool, Reverse<usize>, Reverse<Timestamp>) {
        let (good, of) = self.matched;
        let alone = of.saturating_sub(good) <= 1;
        let permille = good * 1000 / of.max(1);
        (!alone, Reverse(permille), Reverse(self.event.at))
    }
}

/// The definitions in question, and the events to look at: everything an answer needs.
#[derive(Clone, Debug, Default)]
pub struct NearQuestion {
    definitions: Vec<EventDefinition>,
    events: Vec<UnmatchedEvent>,
}

impl Engine {
    /// What came near the members of a condition, the nearest first.
    #[must_use]
    pub fn near_misses(&self, condition: &str, limit: usize) -> Vec<NearMissed> {
        self.near_question(condition).answer(limit)
    }

    /// The question which events came near the members of a condition: those members that are events from outside, as
    /// the newest version has them, else an older one that drains. Cheap to ask.
    #[must_use]
    pub fn near_question(&self, condition: &str) -> NearQuestion {
        let plans = self.newest.iter().chain(self.draining.iter().rev());
        let found = plans.into_iter().find_map(|loaded| {
            let found = loaded.plan.conditions.iter().find(|c| *c.name == *condition)?;
            Some((loaded, found.members.iter().map(|member| &*member.name).collect::<BTreeSet<&str>>()))
        });
        let Some((loaded, names)) = found else { return NearQuestion::default() };
        let wanted = |definition: &&EventDefinition| names.contains(&*definition.name);
        self.question(loaded.plan.events.iter().filter(wanted).cloned().collect())
    }

    /// The question which events came near any named event of the newest version.
    #[must_use]
    pub fn near_question_of_all(&self) -> NearQuestion {
        self.question(self.newest.as_ref().map(|loaded| loaded.plan.events.clone()).unwrap_or_default())
    }

    fn question(&self, definitions: Vec<EventDefinition>) -> NearQuestion {
        let most = MAX_NEAR_LOOKS / definitions.len().max(1);
        let events = if definitions.is_empty() { 0 } else { most };
        NearQuestion { definitions, events: self.unmatched().rev().take(events).cloned().collect() }
    }
}

impl NearQuestion {
    /// Whether there is something to ask for, and nothing to look at: the engine remembers no such event.
    #[must_use]
    pub fn lacks_events(&self) -> bool {
        self.events.is_empty() && !self.definitions.is_empty()
    }

    /// Adds events to look at, the newest first, as far as there is room: from a log that the engine did not play.
    pub fn look_at(&mut self, events: Vec<UnmatchedEvent>) {
        let most = MAX_NEAR_LOOKS / self.definitions.len().max(1);
        let room = if self.definitions.is_empty() { 0 } else { most.saturating_sub(self.events.len()) };
        self.events.extend(events.into_iter().take(room));
    }

    /// How many events it looks at.
    #[must_use]
    pub fn events(&self) -> usize {
        self.events.len()
    }

    /// The nearest misses, the nearest first. A miss is near when at least one field was as asked for.
    #[must_use]
    pub fn answer(&self, limit: usize) -> Vec<NearMissed> {
        // The plan was loaded with these definitions: they compile.
        let Ok(recognizer) = Recognizer::new(&self.definitions) else { return Vec::new() };
        let mut near = Vec::new();
        for event in &self.events {
            let misses = recognizer.explain(&event.text).into_iter().filter(|miss| miss.matched.0 > 0);
            let misses = misses.map(|miss| NearMissed {
                event: event.clone(),
                name: miss.name.to_string(),
                field: miss.field,
                reason: miss.reason,
                matched: miss.matched,
            });
            // Of the names it is not, the nearest one says most.
            near.extend(misses.min_by_key(NearMissed::distance));
            // Memory stays bounded by what is asked for.
            if near.len() > limit.saturating_mul(4).saturating_add(1_000) {
                near.sort_by_key(NearMissed::distance);
                near.truncate(limit);
            }
        }
        near.sort_by_key(NearMissed::distance);
        near.truncate(limit);
        near
    }
}
