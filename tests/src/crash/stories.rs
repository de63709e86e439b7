//! What is sent: stories, each a few events on one key, and what must come of them.

use std::sync::Arc;

use fanin_simulate::random::Random;
use serde_json::{Value, json};

use super::chance::between;
use super::workflow::CLICKS;

/// What happens in a story, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A manifest and so many parts, some sent twice under another id: assembled once, then archived once.
    Job { parts: usize },
    /// Paid, packed, labelled: shipped once.
    Order,
    /// So many clicks: a reward for every [`CLICKS`].
    User { clicks: usize },
    /// Opened; reminded of once, unless it was closed before.
    Ticket { closed: bool },
    /// Left, and perhaps right: met or timed out, never both.
    Pair { both: bool },
    /// One price for each item, then one invoice.
    Basket { items: usize },
}

/// One story.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    /// The value of its key, unique in the run.
    pub(crate) key: String,
    pub(crate) kind: Kind,
}

/// An event to send.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) id: String,
    /// The envelope, JSON text.
    pub(crate) text: String,
    /// Place of its story.
    pub(crate) story: usize,
}

/// Events that are sent together, in this order.
pub(crate) type Piece = Vec<Arc<Event>>;

impl Story {
    /// A story of a kind chosen at random.
    pub(crate) fn choose(number: usize, random: &mut Random) -> Story {
        let (name, kind) = match random.below(8) {
            0 | 1 => ("job", Kind::Job { parts: between(random, 1, 12) }),
            2 => ("order", Kind::Order),
            3 | 4 => ("user", Kind::User { clicks: between(random, 1, 60) }),
            5 => ("ticket", Kind::Ticket { closed: random.one_in(3) }),
            6 => ("pair", Kind::Pair { both: random.one_in(2) }),
            _ => ("basket", Kind::Basket { items: between(random, 1, 12) }),
        };
        Story { key: format!("{name}-{number}"), kind }
    }

    /// Its events, in a random order where the order does not matter.
    pub(crate) fn pieces(&self, story: usize, random: &mut Random) -> Vec<Piece> {
        let mut events = Events { key: &self.key, story, number: 0 };
        let key = &self.key;
        let mut pieces: Vec<Piece> = match self.kind {
            Kind::Job { parts } => {
                let manifest = events.one("Manifest", json!({ "job": key, "parts": parts }));
                let mut pieces = vec![manifest];
                for part in 1..=parts {
                    let copies = if random.one_in(4) { 2 } else { 1 };
                    for _ in 0..copies {
                        pieces.push(events.one("Part", json!({ "job": key, "part": part.to_string() })));
                    }
                }
                pieces
            }
            Kind::Order => ["Paid", "Packed", "Labelled"]
                .into_iter()
                .map(|name| events.one(name, json!({ "order": key })))
                .collect(),
            Kind::User { clicks } => {
                (0..clicks).map(|_| events.one("Click", json!({ "user": key }))).collect()
            }
            Kind::Ticket { closed: true } => {
                // In one request and in this order: whatever crashes, the closing is accepted first.
                let mut both = events.one("Closed", json!({ "ticket": key }));
                both.extend(events.one("Opened", json!({ "ticket": key })));
                vec![both]
            }
            Kind::Ticket { closed: false } => vec![events.one("Opened", json!({ "ticket": key }))],
            Kind::Pair { both } => {
                let mut piece = events.one("Left", json!({ "pair": key }));
                if both {
                    piece.extend(events.one("Right", json!({ "pair": key })));
                }
                vec![piece]
            }
            Kind::Basket { items } => {
                let items: Vec<Value> = (0..items).map(|i| item(key, i)).collect();
                vec![events.one("Basket", json!({ "basket": key, "items": items }))]
            }
        };
        random.shuffle(&mut pieces);
        pieces
    }

    /// How many calls it leads to, repetitions not counted.
    pub(crate) fn calls(&self) -> usize {
        match self.kind {
            Kind::Job { .. } => 2,
            Kind::Order | Kind::Pair { .. } => 1,
            Kind::User { clicks } => clicks / CLICKS,
            Kind::Ticket { closed } => usize::from(!closed),
            Kind::Basket { items } => items + 1,
        }
    }
}

/// Item `index` of a basket.
pub(crate) fn item(basket: &str, index: usize) -> Value {
    json!({ "name": format!("{basket}/{index}"), "cents": index * 10 })
}

struct Events<'a> {
    key: &'a str,
    story: usize,
    number: usize,
}

impl Events<'_> {
    fn one(&mut self, name: &str, detail: Value) -> Piece {
        let id = format!("{}.{}", self.key, self.number);
        self.number += 1;
        let text = json!({ "id": id, "source": "crash", "detail-type": name, "detail": detail }).to_string();
        vec![Arc::new(Event { id, text, story: self.story })]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_ticket_is_closed_first_and_ids_are_unique() {
        let mut random = Random::new(1);
        let ticket = Story { key: "t".into(), kind: Kind::Ticket { closed: true } };
        let pieces = ticket.pieces(0, &mut random);
        let texts: Vec<&str> = pieces[0].iter().map(|e| e.text.as_str()).collect();
        assert!(texts[0].contains("Closed") && texts[1].contains("Opened"));
        for number in 0..200 {
            let story = Story::choose(number, &mut random);
            let pieces = story.pieces(number, &mut random);
            let ids: std::collections::BTreeSet<&str> =
                pieces.iter().flatten().map(|e| e.id.as_str()).collect();
            assert_eq!(ids.len(), pieces.iter().flatten().count());
        }
    }
}
