//! Queues as they are: at least once, in any order, hidden for a while, set aside after too many deliveries.

use crate::chance::Chance;

/// A message in a queue.
#[derive(Clone, Debug)]
struct Stored {
    id: u64,
    body: String,
    sent: i64,
    received: Option<i64>,
    visible: i64,
    attempt: u32,
}

/// A message as it is delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The queue's id.
    pub id: u64,
    /// The body.
    pub body: String,
    /// When it entered the queue.
    pub sent: i64,
    /// When it was delivered for the first time.
    pub received: i64,
    /// Which delivery this is, from 1.
    pub attempt: u32,
}

/// How a queue behaves.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// How long a delivered message is hidden, in milliseconds.
    pub visibility: i64,
    /// Deliveries before it is set aside.
    pub max_receive: u32,
    /// Of a thousand deliveries so many leave the message visible.
    pub double: u32,
    /// The moments that the queue notes are later than the real ones by at most so much, in milliseconds.
    pub ahead: i64,
}

/// One queue, and what was set aside from it.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    messages: Vec<Stored>,
    aside: Vec<Stored>,
}

impl Queue {
    /// A message enters; the queue's clock is `ahead`.
    pub fn push(&mut self, id: u64, body: String, (now, ahead): (i64, i64), delay: i64) {
        let (visible, sent) = (now.saturating_add(delay), now.saturating_add(ahead));
        self.messages.push(Stored { id, body, sent, received: None, visible, attempt: 0 });
    }

    /// Anything to deliver?
    #[must_use]
    pub fn has_visible(&self, now: i64) -> bool {
        self.messages.iter().any(|message| message.visible <= now)
    }

    /// When something becomes visible.
    #[must_use]
    pub fn earliest(&self) -> Option<i64> {
        self.messages.iter().map(|message| message.visible).min()
    }

    /// Delivers at most `most` messages, any of those that are visible; the queue's clock says `noted`.
    pub fn receive(
        &mut self,
        most: usize,
        (now, noted): (i64, i64),
        manner: Manner,
        chance: &mut Chance,
    ) -> Vec<Delivered> {
        let mut batch: Vec<Delivered> = Vec::new();
        while batch.len() < most {
            let visible: Vec<usize> = (0..self.messages.len())
                .filter(|place| {
                    self.messages.get(*place).is_some_and(|message| {
                        message.visible <= now && batch.iter().all(|other| other.id != message.id)
                    })
                })
                .collect();
            let Some(place) = chance.pick(&visible).copied() else { break };
            let Some(message) = self.messages.get_mut(place) else { break };
            if message.attempt >= manner.max_receive {
                self.aside.push(self.messages.swap_remove(place));
                continue;
            }
            message.attempt += 1;
            let received = *message.received.get_or_insert(noted.max(message.sent));
            if !chance.per_mille(manner.double) {
                message.visible = now.saturating_add(manner.visibility);
            }
            batch.push(Delivered {
                id: message.id,
                body: message.body.clone(),
                sent: message.sent,
                received,
                attempt: message.attempt,
            });
        }
        batch
    }

    /// Forgets a message.
    pub fn delete(&mut self, id: u64) {
        self.messages.retain(|message| message.id != id);
    }

    /// What was set aside enters again, as new messages.
    pub fn redrive(&mut self, now: i64, mut id: impl FnMut() -> u64) {
        let aside = std::mem::take(&mut self.aside);
        for message in aside {
            self.push(id(), message.body, (now, 0), 0);
        }
    }

    /// Nothing here, nothing aside.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.aside.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANNER: Manner = Manner { visibility: 10, max_receive: 2, double: 0, ahead: 0 };

    #[test]
    fn a_message_hides_comes_again_and_is_set_aside() {
        let (mut queue, mut chance) = (Queue::default(), Chance::new(1));
        queue.push(1, "a".into(), (0, 0), 5);
        assert!(queue.receive(9, (4, 4), MANNER, &mut chance).is_empty(), "delayed");
        for (now, attempt) in [(5, 1), (15, 2)] {
            let batch = queue.receive(9, (now, now), MANNER, &mut chance);
            let [only] = &batch[..] else { panic!("one message") };
            assert_eq!((only.sent, only.received, only.attempt), (0, 5, attempt));
            assert!(queue.receive(9, (now + 9, now + 9), MANNER, &mut chance).is_empty(), "hidden");
        }
        assert!(queue.receive(9, (25, 25), MANNER, &mut chance).is_empty() && !queue.is_empty(), "aside");
        queue.redrive(30, || 2);
        assert_eq!(queue.receive(9, (30, 30), MANNER, &mut chance)[0].sent, 30);
        queue.delete(2);
        assert!(queue.is_empty());
    }
}
