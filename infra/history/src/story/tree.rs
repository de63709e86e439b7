//! The tree of a story, built of its facts: upwards what the event came from, downwards what it set off.

use std::collections::HashSet;

use fanin_event::Identity;

use super::document::{Because, Caused, Consequence, Effect, EventKind, EventTold, Fate, NameTold, RunTold};
use super::facts::{Delivery, Facts, RunFacts};
use super::links::{Causes, Place};
use crate::moment::Moment;

/// Levels of a tree; a longer chain is cut there, and the story says so. Chains of derived events are shorter (`MAX_HOPS`),
/// and a run and a round each make a level.
const DEPTH: usize = 128;

/// Builds the tree.
pub(super) struct Tree<'a> {
    facts: &'a Facts,
    causes: &'a Causes,
    /// Events whose causes, or effects, stand somewhere already.
    causes_told: HashSet<Identity>,
    effects_told: HashSet<Identity>,
    pub(super) cut: bool,
}

impl<'a> Tree<'a> {
    pub(super) fn new(facts: &'a Facts, causes: &'a Causes) -> Tree<'a> {
        let (causes_told, effects_told) = (HashSet::new(), HashSet::new());
        Tree { facts, causes, causes_told, effects_told, cut: facts.cut }
    }

    /// An event, as far as it is known.
    pub(super) fn event(&self, identity: Identity) -> EventTold {
        self.facts.events.get(&identity).cloned().unwrap_or_else(|| EventTold {
            id: identity.to_uuid(),
            identity: identity.to_uuid(),
            kind: EventKind::Raw,
            at: Moment(fanin_event::Timestamp(0)),
            frame: 0,
            names: Vec::new(),
            origin: None,
            source: String::new(),
            detail_type: String::new(),
            again: Vec::new(),
            times: 0,
            envelope: None,
            operator: None,
        })
    }

    /// What an event came from; none: from outside.
    pub(super) fn because(&mut self, event: Identity, depth: usize) -> Option<Because> {
        match self.facts.events.get(&event) {
            None => return Some(Because::Forgotten),
            Some(told) if matches!(told.kind, EventKind::Raw | EventKind::Waived) => return None,
            Some(_) => {}
        }
        self.causes_told.insert(event);
        let facts = self.facts;
        if let Some((place, firing)) = facts.firings.iter().find(|(_, firing)| firing.event == event) {
            let mut members: Vec<Caused> = Vec::new();
            let mut aged = 0;
            for delivery in facts.deliveries.iter().filter(|d| d.place == *place && counted(d)) {
                if firing.first_at.is_some_and(|first| delivery.at.0 < first) {
                    aged += 1;
                } else if self.causes.events.contains(&delivery.event) {
                    members.push(self.caused(delivery.event, &delivery.member, depth + 1));
                }
            }
            let all = self.causes.counts.get(place).copied().unwrap_or(0);
            let not_shown = all.saturating_sub(aged).saturating_sub(members.len() as u64);
            return Some(Because::Round {
                place: firing.told.clone(),
                by_time: firing.by_time,
                count: firing.count,
                missing: firing.missing.clone(),
                operator: firing.operator.clone(),
                members,
                not_shown,
            });
        }
        let (identity, run) = facts.runs.iter().find(|(_, run)| run.completion == Some(event))?;
        let trigger = facts.triggers.iter().find(|trigger| trigger.run == *identity && !trigger.known);
        let Some(trigger) = trigger else { return Some(Because::Forgotten) };
        let cause = Box::new(self.caused(trigger.event, "", depth + 1));
        Some(Because::Run { run: told(run), cause })
    }

    fn caused(&mut self, event: Identity, name: &str, depth: usize) -> Caused {
        let told_elsewhere = self.causes_told.contains(&event);
        let too_deep = depth > DEPTH;
        self.cut |= too_deep;
        let because = if told_elsewhere || too_deep { None } else { self.because(event, depth) };
        let mut told = self.event(event);
        if !told.names.iter().any(|named| named.name == name) && !name.is_empty() {
            told.names.push(NameTold { name: name.to_owned(), captures: Default::default() });
        }
        let because = because.filter(|b| !(told.times == 0 && matches!(b, Because::Forgotten)) || depth > 0);
        Caused { name: name.to_owned(), event: told, because, told_elsewhere }
    }

    /// What an event set off, in order.
    pub(super) fn effects(&mut self, event: Identity, depth: usize) -> Vec<Effect> {
        self.effects_told.insert(event);
        let facts = self.facts;
        let mut effects = Vec::new();
        for delivery in facts.deliveries.iter().filter(|d| d.event == event) {
            let then = if counted(delivery) { self.round(delivery.place, depth + 1) } else { None };
            let open = facts.open.get(&delivery.place).filter(|_| counted(delivery)).cloned();
            let count = match (&then, delivery.fate) {
                (Some(then), Fate::Completed) => then.count.unwrap_or(delivery.count),
                _ => delivery.count,
            };
            effects.push(Effect::Reached {
                place: delivery.told.clone(),
                member: delivery.member.clone(),
                at: delivery.at,
                fate: delivery.fate,
                count,
                needed: delivery.needed,
                open,
                dropped: facts.dropped.get(&delivery.place).filter(|_| counted(delivery)).cloned(),
                then,
            });
        }
        for trigger in facts.triggers.iter().filter(|t| t.event == event) {
            let Some(run) = facts.runs.get(&trigger.run) else { continue };
            let completion = run.completion.filter(|_| !trigger.known);
            let then = completion.and_then(|event| self.consequence(event, None, depth + 1));
            effects.push(Effect::Ran { run: told(run), at: trigger.at, known: trigger.known, then });
        }
        let letters = facts.letters.iter().filter(|(died, _)| *died == event);
        effects.extend(letters.map(|(_, letter)| Effect::Died { letter: letter.clone() }));
        effects
    }

    /// What a round gave out in the end.
    fn round(&mut self, place: Place, depth: usize) -> Option<Box<Consequence>> {
        let firing = self.facts.firings.get(&place)?;
        self.consequence(firing.event, Some(firing.count), depth)
    }

    fn consequence(&mut self, event: Identity, count: Option<u64>, depth: usize) -> Option<Box<Consequence>> {
        self.facts.events.get(&event)?;
        let told_elsewhere = self.effects_told.contains(&event);
        let too_deep = depth > DEPTH;
        self.cut |= too_deep;
        let effects = if told_elsewhere || too_deep { Vec::new() } else { self.effects(event, depth) };
        let event = self.event(event);
        Some(Box::new(Consequence { event, count, effects, told_elsewhere }))
    }
}

fn counted(delivery: &Delivery) -> bool {
    matches!(delivery.fate, Fate::Counted | Fate::Completed)
}

fn told(run: &RunFacts) -> RunTold {
    run.told.clone()
}
