//! M: slots that are filled once, without reading and without a version; and what breaks it.

use std::collections::BTreeMap;

use fanin_store::state::{Read, Slots, StateError, StateStore};

use super::cells::key;
use super::job::{Firing, Note, text};
use super::machine::{decode, encode};
use crate::queue::Delivered;
use crate::world::World;

/// How the deadline is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deadline {
    /// There is none.
    None,
    /// A conditional write closes, and only the image after that decides.
    Closed,
    /// Closed, but a complete image fires whenever its members came.
    Timeless,
    /// A look says that something is missing, and that decides.
    Looked,
    /// Closed, but only who fills the first slot sends the wake-up, as far as he sees in the image.
    FirstSends,
}

/// The protocol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filling {
    pub(crate) n: u64,
    pub(crate) within: i64,
    pub(crate) deadline: Deadline,
}

/// What a slot holds: id, value, when it was sent.
type Filled = (u32, u64, i64);

/// Each key of a batch is one write.
pub(crate) async fn batch(filling: Filling, world: World, batch: Vec<Delivered>) -> Vec<bool> {
    let mut keys: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
    let notes: Vec<Option<Note>> =
        batch.iter().map(|message| serde_json::from_str(&message.body).ok()).collect();
    let mut order: Vec<usize> = (0..batch.len()).collect();
    order.sort_by_key(|place| batch.get(*place).map(|message| (message.sent, message.id)));
    for place in order {
        if let Some(Some(Note::Event { key, .. } | Note::Wake { key })) = notes.get(place) {
            keys.entry(*key).or_default().push(place);
        }
    }
    let mut done = vec![false; batch.len()];
    for (key, places) in keys {
        let mut slots: Vec<(u16, Filled)> = Vec::new();
        let (mut now, mut woken) = (i64::MIN, false);
        for (message, note) in places.iter().filter_map(|place| batch.get(*place).zip(notes.get(*place))) {
            now = now.max(message.received);
            match note {
                Some(Note::Event { id, slot, value, .. }) => slots.push((*slot, (*id, *value, message.sent))),
                _ => woken = true,
            }
        }
        let safe = filling.run(&world, key, (&slots, woken), now).await.is_ok();
        for place in places {
            if let Some(done) = done.get_mut(place) {
                *done = safe;
            }
        }
    }
    done
}

impl Filling {
    async fn run(
        &self,
        world: &World,
        whose: u8,
        (slots, woken): (&[(u16, Filled)], bool),
        now: i64,
    ) -> Result<(), StateError> {
        let cell = key(&whose.to_string());
        if !slots.is_empty() {
            let wire: Vec<(u16, Vec<u8>)> =
                slots.iter().map(|(slot, filled)| (*slot, encode(filled))).collect();
            let image = world.fill(&cell, &wire, None).await?;
            self.publish(world, whose, &image).await?;
            if self.deadline != Deadline::None && !self.is_over(&image) && self.has_to_wake(&image, slots) {
                let due = first(&image).unwrap_or(now) + self.within;
                world.send(0, text(&Note::Wake { key: whose }), (due - now).max(0)).await?;
            }
        }
        if !woken {
            return Ok(());
        }
        let image = world.slots(&cell, Read::Fresh).await?.unwrap_or_default();
        let Some(first) = first(&image) else { return Ok(()) };
        if first + self.within > now {
            return Ok(());
        }
        if self.deadline == Deadline::Looked {
            let complete = image.filled.len() as u64 >= self.n;
            return if complete { Ok(()) } else { self.say(world, whose, &image, true).await };
        }
        let total = u16::try_from(self.n).unwrap_or(u16::MAX);
        let image = world.close(&cell, total, b"deadline".to_vec()).await?;
        self.publish(world, whose, &image).await
    }

    /// Nothing can change this image any more.
    fn is_over(&self, image: &Slots) -> bool {
        image.closed.is_some() || image.filled.len() as u64 >= self.n
    }

    /// The holder of the earliest member sends the wake-up before he acknowledges: he is sure to be there.
    fn has_to_wake(&self, image: &Slots, slots: &[(u16, Filled)]) -> bool {
        if self.deadline == Deadline::FirstSends {
            return image.filled.len() <= slots.len();
        }
        let earliest =
            image.filled.values().map(|filled| decode::<Filled>(filled)).min_by_key(|filled| filled.2);
        earliest.is_some_and(|earliest| slots.iter().any(|(_, filled)| filled.0 == earliest.0))
    }

    /// What a final image says, again and again the same.
    async fn publish(&self, world: &World, whose: u8, image: &Slots) -> Result<(), StateError> {
        if !self.is_over(image) {
            return Ok(());
        }
        let sent: Vec<i64> = image.filled.values().map(|filled| decode::<Filled>(filled).2).collect();
        let span = sent.iter().max().unwrap_or(&0) - sent.iter().min().unwrap_or(&0);
        let in_time = matches!(self.deadline, Deadline::None | Deadline::Timeless) || span <= self.within;
        self.say(world, whose, image, image.closed.is_some() || !in_time).await
    }

    async fn say(&self, world: &World, whose: u8, image: &Slots, timeout: bool) -> Result<(), StateError> {
        let filled: Vec<Filled> = image.filled.values().map(|filled| decode(filled)).collect();
        let sent = || filled.iter().map(|filled| filled.2);
        let firing = Firing {
            key: whose,
            timeout,
            count: filled.len() as u64,
            sum: filled.iter().map(|filled| filled.1).sum(),
            ids: Some(filled.iter().map(|filled| filled.0).collect()),
            span: sent().max().unwrap_or(0) - sent().min().unwrap_or(0),
        };
        let id = if timeout { format!("{whose}#timeout") } else { format!("{whose}#1") };
        world.publish(&id, &text(&firing)).await
    }
}

/// The earliest member's moment.
fn first(image: &Slots) -> Option<i64> {
    image.filled.values().map(|filled| decode::<Filled>(filled).2).min()
}
