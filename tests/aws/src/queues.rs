//! Queues in memory, with the rules of SQS standard queues: at least once, delays, visibility, receive counts, redrive.
//!
//! No clock: whoever calls says what time it is.

use std::collections::BTreeMap;

use fanin_event::{Span, Timestamp};
use fanin_simulate::random::Random;

use crate::limits::{MAX_RECEIVES, VISIBILITY, WINDOW};

/// A message as it is received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The queue's id of it.
    pub id: String,
    /// For deleting or releasing it.
    pub receipt: u64,
    /// Its text.
    pub body: String,
    /// When it was sent.
    pub sent: Timestamp,
    /// When it was received for the first time.
    pub first_received: Timestamp,
    /// How often it was received, this time included.
    pub receives: u32,
}

#[derive(Clone, Debug)]
struct Stored {
    id: String,
    body: String,
    sent: Timestamp,
    visible: Timestamp,
    first_received: Option<Timestamp>,
    receives: u32,
    /// A delayed message comes after what was sent for the same moment without a delay.
    delayed: bool,
    /// How often it was taken: a receipt is good for the newest taking only.
    taking: u64,
}

/// One queue.
#[derive(Debug)]
pub struct Queue {
    messages: BTreeMap<u64, Stored>,
    next: u64,
    visibility: Span,
    max_receives: u32,
    dead: Vec<String>,
    disorder: Option<Random>,
    duplicate_one_in: usize,
    sends: u64,
    duplicates: u64,
}

impl Default for Queue {
    fn default() -> Queue {
        Queue {
            messages: BTreeMap::new(),
            next: 1,
            visibility: VISIBILITY,
            max_receives: MAX_RECEIVES,
            dead: Vec::new(),
            disorder: None,
            duplicate_one_in: 0,
            sends: 0,
            duplicates: 0,
        }
    }
}

impl Queue {
    /// From now on messages are received in any order, and one of `duplicate_one_in` (0: none) is delivered twice; all
    /// fixed by `seed`.
    pub fn disturb(&mut self, seed: u64, duplicate_one_in: usize) {
        self.disorder = Some(Random::new(seed));
        self.duplicate_one_in = duplicate_one_in;
    }

    /// Receives after which a message goes to the dead-letter queue.
    pub fn redrive_after(&mut self, receives: u32) {
        self.max_receives = receives;
    }

    /// How long a received message is not given to anybody else.
    pub fn visible_after(&mut self, visibility: Span) {
        self.visibility = visibility;
    }

    /// Takes a message in and gives its id.
    pub fn send(&mut self, now: Timestamp, body: String, delay: Span) -> String {
        self.sends += 1;
        let id = format!("00000000-0000-4000-8000-{:012x}", self.next);
        let stored = Stored {
            id: id.clone(),
            body,
            sent: now,
            visible: now.plus(delay),
            first_received: None,
            receives: 0,
            delayed: delay.0 > 0,
            taking: 0,
        };
        let twice = match &mut self.disorder {
            Some(random) if self.duplicate_one_in > 0 => random.one_in(self.duplicate_one_in),
            _ => false,
        };
        if twice {
            // The second delivery of the same message: it may come together with the first, or when that is over.
            self.duplicates += 1;
            self.messages.insert(self.next + 1, stored.clone());
        }
        self.messages.insert(self.next, stored);
        self.next += 2;
        id
    }

    /// Takes up to `max` messages that are visible at `now`. One that was received too often goes to the dead letters.
    pub fn receive(&mut self, now: Timestamp, max: usize) -> Vec<Message> {
        let visible = self.messages.iter().filter(|(_, m)| m.visible <= now).map(|(place, _)| *place);
        let mut places: Vec<u64> = visible.take(WINDOW.max(max)).collect();
        match &mut self.disorder {
            Some(random) => random.shuffle(&mut places),
            None => {
                places.sort_by_key(|place| self.messages.get(place).map(|m| (m.visible, m.delayed, *place)))
            }
        }
        let mut taken = Vec::new();
        for place in places {
            if taken.len() == max {
                break;
            }
            taken.extend(self.take(now, place));
        }
        taken
    }

    fn take(&mut self, now: Timestamp, place: u64) -> Option<Message> {
        if self.messages.get(&place)?.receives >= self.max_receives {
            self.dead.push(self.messages.remove(&place)?.body);
            return None;
        }
        let stored = self.messages.get_mut(&place)?;
        stored.receives += 1;
        stored.taking += 1;
        stored.visible = now.plus(self.visibility);
        Some(Message {
            id: stored.id.clone(),
            receipt: place << 16 | (stored.taking & 0xffff),
            body: stored.body.clone(),
            sent: stored.sent,
            first_received: *stored.first_received.get_or_insert(now),
            receives: stored.receives,
        })
    }

    fn of(&self, receipt: u64) -> Option<u64> {
        let place = receipt >> 16;
        self.messages.get(&place).filter(|m| m.taking & 0xffff == receipt & 0xffff).map(|_| place)
    }

    /// Forgets a received message. One that was received again by somebody else meanwhile stays.
    pub fn delete(&mut self, receipt: u64) {
        if let Some(place) = self.of(receipt) {
            self.messages.remove(&place);
        }
    }

    /// Makes a received message visible at `at` instead of when its visibility timeout ends.
    pub fn release(&mut self, receipt: u64, at: Timestamp) {
        if let Some(place) = self.of(receipt)
            && let Some(stored) = self.messages.get_mut(&place)
        {
            stored.visible = at;
        }
    }

    /// When the next message becomes visible; `NEVER`: there is none.
    #[must_use]
    pub fn next_visible(&self) -> Timestamp {
        self.messages.values().map(|m| m.visible).min().unwrap_or(Timestamp::NEVER)
    }

    /// How many messages there are, visible or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// What went to the dead-letter queue.
    #[must_use]
    pub fn dead(&self) -> &[String] {
        &self.dead
    }

    /// Messages sent, and how many of them are delivered twice on purpose.
    #[must_use]
    pub fn sends(&self) -> (u64, u64) {
        (self.sends, self.duplicates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp(ms)
    }

    #[test]
    fn a_message_is_received_again_when_nobody_deleted_it() {
        let mut queue = Queue::default();
        queue.send(at(0), "a".into(), Span(0));
        let first = queue.receive(at(5), 10);
        assert_eq!((first.len(), first[0].receives, first[0].sent), (1, 1, at(0)));
        assert!(queue.receive(at(6), 10).is_empty());
        let later = at(5).plus(VISIBILITY);
        assert!(queue.receive(later.minus(Span(1)), 10).is_empty());
        let again = queue.receive(later, 10);
        assert_eq!((again[0].receives, again[0].first_received, &again[0].id), (2, at(5), &first[0].id));
        queue.delete(first[0].receipt);
        assert_eq!(queue.len(), 1, "an old receipt deletes nothing");
        queue.delete(again[0].receipt);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_delay_is_kept_to_the_millisecond() {
        let mut queue = Queue::default();
        queue.send(at(0), "a".into(), Span(1_000));
        assert_eq!(queue.next_visible(), at(1_000));
        assert!(queue.receive(at(999), 10).is_empty());
        assert_eq!(queue.receive(at(1_000), 10).len(), 1);
    }

    #[test]
    fn at_one_moment_what_was_not_delayed_comes_first() {
        let mut queue = Queue::default();
        queue.send(at(0), "timer".into(), Span(10));
        queue.send(at(10), "event".into(), Span(0));
        let bodies: Vec<String> = queue.receive(at(10), 10).into_iter().map(|m| m.body).collect();
        assert_eq!(bodies, ["event", "timer"]);
    }

    #[test]
    fn too_many_receives_end_in_the_dead_letter_queue() {
        let mut queue = Queue::default();
        queue.send(at(0), "a".into(), Span(0));
        for n in 0..MAX_RECEIVES {
            let got = queue.receive(at(0), 10);
            assert_eq!(got.len(), 1, "receive {n}");
            queue.release(got[0].receipt, at(0));
        }
        assert!(queue.receive(at(0), 10).is_empty());
        assert_eq!(queue.dead(), ["a"]);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_seed_fixes_order_and_duplicates() {
        let run = |seed| {
            let mut queue = Queue::default();
            queue.disturb(seed, 3);
            for n in 0..30 {
                queue.send(at(0), n.to_string(), Span(0));
            }
            queue.receive(at(0), 100).into_iter().map(|m| m.body).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        assert!(run(1).len() > 30);
    }
}
