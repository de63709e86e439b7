//! Recognizing ahead of the turn: the dear part of an event, done where it comes in, on as many threads as bring events.
//!
//! It is a hint. A turn takes it only if the plan is still the newest and no older one drains; else, and on every replay, the
//! turn recognizes by itself. Both ways are the same function of text and plan, so nothing depends on which was taken.

use std::sync::Arc;

use fanin_event::{Identity, Recognized, Scratch, Timestamp};

use crate::plans::LoadedPlan;

/// A plan that others than the engine may recognize with.
#[derive(Clone, Debug)]
pub struct Recognition(pub(crate) Arc<LoadedPlan>);

/// A stretch of the event's text, or of the batch's own.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    start: u32,
    len: u32,
    /// In [`Ahead::side`]: the value had escapes.
    side: bool,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    identity: Identity,
    time: Option<Timestamp>,
    id: Stretch,
    /// Where its hits begin; they end where those of the next event begin.
    hits: u32,
    /// The text could not be recognized: the turn says why.
    failed: bool,
}

/// A batch of events recognized ahead.
#[derive(Debug)]
pub struct Ahead {
    pub(crate) plan: Arc<LoadedPlan>,
    events: Vec<Seen>,
    /// Definition, and where its values begin.
    hits: Vec<(u32, u32)>,
    values: Vec<Stretch>,
    side: String,
}

/// One event of the batch.
pub(crate) struct One<'a> {
    pub(crate) identity: Identity,
    pub(crate) time: Option<Timestamp>,
    pub(crate) id: &'a str,
    hits: std::ops::Range<usize>,
}

impl Recognition {
    /// Recognizes a batch of texts. `scratch` is reused from batch to batch.
    pub fn ahead<'a>(
        &self,
        texts: impl ExactSizeIterator<Item = (&'a str, Option<Identity>)>,
        scratch: &mut Scratch,
    ) -> Ahead {
        let count = texts.len();
        let mut ahead = Ahead {
            plan: self.0.clone(),
            events: Vec::with_capacity(count),
            hits: Vec::with_capacity(count),
            values: Vec::with_capacity(count * 2),
            side: String::new(),
        };
        for (text, identity) in texts {
            let seen = match self.0.recognizer.recognize(text, scratch) {
                Ok(recognized) => ahead.see(text, identity, &recognized),
                Err(_) => None,
            };
            let nothing = Stretch { start: 0, len: 0, side: false };
            let hits = index(ahead.hits.len());
            ahead.events.push(seen.unwrap_or(Seen {
                identity: Identity([0; 16]),
                time: None,
                id: nothing,
                hits,
                failed: true,
            }));
        }
        ahead
    }
}

fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Ahead {
    fn see(&mut self, text: &str, identity: Option<Identity>, recognized: &Recognized<'_>) -> Option<Seen> {
        let header = recognized.header();
        let (id, source) = (header.id.filter(|id| !id.is_empty())?, header.source.filter(|s| !s.is_empty())?);
        let hits = index(self.hits.len());
        for hit in recognized.hits() {
            self.hits.push((index(hit.definition), index(self.values.len())));
            for value in hit.captures() {
                let stretch = self.stretch(text, value);
                self.values.push(stretch);
            }
        }
        Some(Seen {
            identity: identity.unwrap_or_else(|| Identity::of(&[source, id])),
            time: header.time.and_then(Timestamp::parse),
            id: self.stretch(text, id),
            hits,
            failed: false,
        })
    }

    /// Where `part` lies: in the text it was taken from, or, if it had to be unescaped, in a copy here.
    fn stretch(&mut self, text: &str, part: &str) -> Stretch {
        let offset = (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
        let len = index(part.len());
        if text.get(offset..).is_some_and(|rest| rest.len() >= part.len()) {
            return Stretch { start: index(offset), len, side: false };
        }
        let start = index(self.side.len());
        self.side.push_str(part);
        Stretch { start, len, side: true }
    }

    fn text<'a>(&'a self, text: &'a str, stretch: Stretch) -> &'a str {
        let from = if stretch.side { self.side.as_str() } else { text };
        let start = stretch.start as usize;
        from.get(start..start + stretch.len as usize).unwrap_or_default()
    }

    /// The `n`th event, whose text is `text`. None: the turn has to recognize it.
    pub(crate) fn event<'a>(&'a self, n: usize, text: &'a str) -> Option<One<'a>> {
        let seen = self.events.get(n).filter(|seen| !seen.failed)?;
        let until = self.events.get(n + 1).map_or(self.hits.len(), |next| next.hits as usize);
        Some(One {
            identity: seen.identity,
            time: seen.time,
            id: self.text(text, seen.id),
            hits: seen.hits as usize..until,
        })
    }

    /// The hits of an event: the definition, and the values of its captures.
    pub(crate) fn hits<'a>(
        &'a self,
        one: &One<'a>,
        text: &'a str,
    ) -> impl Iterator<Item = (usize, impl Iterator<Item = &'a str>)> {
        one.hits.clone().filter_map(move |hit| {
            let (definition, from) = *self.hits.get(hit)?;
            let until = self.hits.get(hit + 1).map_or(self.values.len(), |(_, next)| *next as usize);
            let values = self.values.get(from as usize..until).unwrap_or_default();
            Some((definition as usize, values.iter().map(move |stretch| self.text(text, *stretch))))
        })
    }
}
