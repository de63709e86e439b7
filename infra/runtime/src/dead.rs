//! Dead letters: what could not be taken or was given up, with payload, reason and attempts. Nothing is lost silently.

use std::collections::VecDeque;

use fanin_event::{Identity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::limits::MAX_DEAD_LETTERS;
use crate::slab::{Image, Place, Slab};

/// What a dead letter was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum LetterKind {
    /// Bytes that could not become an event.
    Refused,
    /// An event that a condition could not take; it stays an event.
    Event {
        /// What makes a repetition a repetition.
        identity: Identity,
    },
    /// A derived event at the end of too long a chain.
    Derived {
        /// Its deterministic id.
        identity: Identity,
        /// Its name.
        name: String,
        /// Values of its captures.
        captures: Vec<String>,
        /// Names of the derived events that led to it, the latest first.
        chain: Vec<String>,
    },
    /// A call that was given up.
    Action {
        /// The action's id: the target's idempotency key.
        id: Identity,
        /// Name of the rule.
        rule: String,
        /// Calls made.
        attempts: u32,
        /// Identity of the event that caused it.
        cause: Identity,
        /// The name that event had for the rule.
        cause_name: String,
        /// Values of the captures of that event.
        captures: Vec<String>,
        /// The causing event's envelope, with which a redrive starts again.
        envelope: String,
    },
}

/// One dead letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Counting from 1, never used again.
    pub number: u64,
    /// When it died.
    pub at: Timestamp,
    /// Stable code or error name.
    pub code: String,
    /// Why, for people.
    pub reason: String,
    /// What was refused or given up, whole.
    pub payload: String,
    /// What it was.
    pub what: LetterKind,
}

impl Image for DeadLetter {
    fn write(&self, out: &mut Vec<u8>) {
        let json = serde_json::to_vec(self).unwrap_or_default();
        out.extend_from_slice(&u32::try_from(json.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(&json);
    }
}

/// The bounded list.
#[derive(Debug, Default)]
pub struct DeadLetters {
    slab: Slab<DeadLetter>,
    order: VecDeque<(u64, Place)>,
    /// Letters that left the list because it was full.
    pub dropped: u64,
}

impl DeadLetters {
    /// Adds a letter; the oldest leaves a full list.
    pub fn push(&mut self, letter: DeadLetter) {
        if self.order.len() >= MAX_DEAD_LETTERS
            && let Some((_, oldest)) = self.order.pop_front()
        {
            self.slab.remove(oldest);
            self.dropped += 1;
        }
        let number = letter.number;
        if let Some(place) = self.slab.insert(letter) {
            self.order.push_back((number, place));
        }
    }

    /// Takes a letter out, to try it again.
    pub fn take(&mut self, number: u64) -> Option<DeadLetter> {
        let index = self.order.binary_search_by_key(&number, |(n, _)| *n).ok()?;
        let (_, place) = self.order.remove(index)?;
        self.slab.remove(place)
    }

    /// Puts a letter back where it was: it could not be tried again.
    pub(crate) fn put_back(&mut self, letter: DeadLetter) {
        let number = letter.number;
        let Err(index) = self.order.binary_search_by_key(&number, |(n, _)| *n) else { return };
        if let Some(place) = self.slab.insert(letter) {
            self.order.insert(index, (number, place));
        }
    }

    /// The letter of a number.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<&DeadLetter> {
        let index = self.order.binary_search_by_key(&number, |(n, _)| *n).ok()?;
        let (_, place) = self.order.get(index)?;
        self.slab.get(*place)
    }

    /// Letters with numbers after `after`, the oldest first.
    pub fn after(&self, after: u64) -> impl Iterator<Item = &DeadLetter> {
        let from = self.order.partition_point(|(number, _)| *number <= after);
        self.order.range(from..).filter_map(|(_, place)| self.slab.get(*place))
    }

    /// The number of the latest letter.
    #[must_use]
    pub fn last_number(&self) -> Option<u64> {
        self.order.back().map(|(number, _)| *number)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// All letters, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &DeadLetter> {
        self.order.iter().filter_map(|(_, place)| self.slab.get(*place))
    }

    pub(crate) fn slab_mut(&mut self) -> &mut Slab<DeadLetter> {
        &mut self.slab
    }

    /// Puts letters of a snapshot back; they may come in any order.
    pub(crate) fn restore(&mut self, mut letters: Vec<DeadLetter>) {
        letters.sort_by_key(|letter| letter.number);
        letters.into_iter().for_each(|letter| self.push(letter));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(number: u64) -> DeadLetter {
        DeadLetter {
            number,
            at: Timestamp(1),
            code: "c".into(),
            reason: "r".into(),
            payload: "p".into(),
            what: LetterKind::Refused,
        }
    }

    #[test]
    fn a_full_list_loses_its_oldest_and_counts_it() {
        let mut list = DeadLetters::default();
        (1..=MAX_DEAD_LETTERS as u64).for_each(|n| list.push(letter(n)));
        assert_eq!((list.len(), list.dropped), (MAX_DEAD_LETTERS, 0));
        list.push(letter(MAX_DEAD_LETTERS as u64 + 1));
        assert_eq!((list.len(), list.dropped), (MAX_DEAD_LETTERS, 1));
        assert_eq!(list.iter().next().unwrap().number, 2);
        assert_eq!(list.take(3).unwrap().number, 3);
        assert!(list.take(3).is_none() && list.take(1).is_none());
    }
}
