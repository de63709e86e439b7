//! What was sent and what was acknowledged: the ledger from which the outcome is computed.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use fanin_simulate::random::Random;

use super::chance::between;
use super::stories::{Event, Piece, Story};

/// Events of one request.
const MAX_BATCH: usize = 50;
/// Stories told at one time.
const OPEN_STORIES: usize = 80;
/// Acknowledged events that wait to be sent again; further ones are not.
const MAX_AGAIN: usize = 10_000;
/// Every so many acknowledged events are sent again on purpose.
const AGAIN_EVERY: u64 = 5;

/// The load and its ledger.
#[derive(Debug)]
pub(crate) struct Load {
    random: Random,
    stories: Vec<Told>,
    open: Vec<VecDeque<Piece>>,
    again: VecDeque<Arc<Event>>,
    acknowledged: HashSet<String>,
    /// Calls that follow from the stories acknowledged in full.
    owed: usize,
    closing: bool,
    /// Acknowledgements, those of repetitions too.
    answers: u64,
}

#[derive(Debug)]
struct Told {
    story: Story,
    events: Vec<Arc<Event>>,
    /// Events not acknowledged yet.
    missing: usize,
}

impl Load {
    pub(crate) fn new(random: Random) -> Load {
        Load {
            random,
            stories: Vec::new(),
            open: Vec::new(),
            again: VecDeque::new(),
            acknowledged: HashSet::new(),
            owed: 0,
            closing: false,
            answers: 0,
        }
    }

    /// The next request's events; nothing when the load is closed and everything has been handed out.
    pub(crate) fn batch(&mut self) -> Vec<Arc<Event>> {
        let wanted = if self.random.one_in(4) { 1 } else { between(&mut self.random, 1, MAX_BATCH) };
        let mut batch = Vec::new();
        while batch.len() < wanted {
            if self.random.one_in(6)
                && let Some(event) = self.again.pop_front()
            {
                batch.push(event);
                continue;
            }
            while self.open.len() < OPEN_STORIES && !self.closing {
                self.begin();
            }
            if self.open.is_empty() {
                batch.extend(self.again.pop_front());
                if self.again.is_empty() {
                    break;
                }
                continue;
            }
            let place = self.random.below(self.open.len());
            let Some(story) = self.open.get_mut(place) else { break };
            batch.extend(story.pop_front().into_iter().flatten());
            if story.is_empty() {
                self.open.swap_remove(place);
            }
        }
        batch
    }

    fn begin(&mut self) {
        let story = Story::choose(self.stories.len(), &mut self.random);
        self.tell(story);
    }

    /// Begins a story. Returns all its events.
    pub(crate) fn tell(&mut self, story: Story) -> Vec<Arc<Event>> {
        let pieces = story.pieces(self.stories.len(), &mut self.random);
        let events: Vec<Arc<Event>> = pieces.iter().flatten().cloned().collect();
        self.stories.push(Told { story, missing: events.len(), events: events.clone() });
        self.open.push(pieces.into());
        events
    }

    /// These events were acknowledged.
    pub(crate) fn acknowledged(&mut self, batch: &[Arc<Event>]) {
        for event in batch {
            self.answers += 1;
            if self.answers.is_multiple_of(AGAIN_EVERY) && self.again.len() < MAX_AGAIN && !self.closing {
                self.again.push_back(event.clone());
            }
            if !self.acknowledged.insert(event.id.clone()) {
                continue;
            }
            if let Some(told) = self.stories.get_mut(event.story) {
                told.missing -= 1;
                if told.missing == 0 {
                    self.owed += told.story.calls();
                }
            }
        }
    }

    /// Begins no new story; those begun are told to their end.
    pub(crate) fn close(&mut self) {
        self.closing = true;
    }

    /// Calls that follow from what was acknowledged.
    pub(crate) fn owed(&self) -> usize {
        self.owed
    }

    /// Events acknowledged, each counted once, and acknowledgements in all.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.acknowledged.len() as u64, self.answers)
    }

    /// Whether this event was acknowledged.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.acknowledged.contains(id)
    }

    /// Every story, and whether all of it was acknowledged.
    pub(crate) fn stories(&self) -> impl Iterator<Item = (&Story, bool)> {
        self.stories.iter().map(|told| (&told.story, told.missing == 0))
    }

    /// All events of up to `count` stories, chosen at random, to be sent again.
    pub(crate) fn repetitions(&mut self, count: usize) -> Vec<Arc<Event>> {
        let mut places: Vec<usize> = (0..self.stories.len()).collect();
        self.random.shuffle(&mut places);
        let chosen = places.into_iter().take(count).filter_map(|place| self.stories.get(place));
        let mut events: Vec<Arc<Event>> = chosen.flat_map(|told| told.events.iter().cloned()).collect();
        self.random.shuffle(&mut events);
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_load_comes_to_its_end_with_every_story_told() {
        let mut load = Load::new(Random::new(3));
        for _ in 0..200 {
            let batch = load.batch();
            assert!(!batch.is_empty() && batch.len() <= MAX_BATCH + 1);
            load.acknowledged(&batch);
        }
        assert!(load.stories().any(|(_, told)| !told));
        let (once, all) = load.counts();
        assert!(all > once + once / 10, "{all} answers for {once} events: repetitions are missing");
        load.close();
        loop {
            let batch = load.batch();
            if batch.is_empty() {
                break;
            }
            load.acknowledged(&batch);
        }
        assert!(load.stories().all(|(_, told)| told));
        let owed: usize = load.stories().map(|(story, _)| story.calls()).sum();
        assert_eq!(load.owed(), owed);
    }
}
