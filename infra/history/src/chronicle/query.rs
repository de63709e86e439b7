//! Which of the things that happened are wanted.

use fanin_event::{EventDefinition, Identity, Pattern, Recognizer, Scratch};

use super::entry::{Entry, EntryKind};
use crate::error::HistoryError;
use crate::history::Window;
use crate::ids::IdAsked;
use crate::limits::MAX_ENTRIES;

/// What is asked for; everything that is set has to hold.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// One of these kinds; empty: all but `named`, which says what `event` says already.
    pub kinds: Vec<EntryKind>,
    /// A part of the name.
    pub name: Option<String>,
    /// Captures, or values of the key.
    pub key: Vec<(String, String)>,
    /// An event pattern that the envelope matches.
    pub pattern: Option<String>,
    /// A text that the envelope, the payload or the note contains.
    pub text: Option<String>,
    /// The id, whole or in part.
    pub id: Option<IdAsked>,
    /// Only events that are none of the named events.
    pub unmatched: bool,
    /// The stretch of time.
    pub window: Window,
    /// The newest so many, at most [`MAX_ENTRIES`].
    pub limit: usize,
}

impl Query {
    /// Whether a kind is wanted.
    #[must_use]
    pub fn wants(&self, kind: EntryKind) -> bool {
        use EntryKind::{Completed, Event, Fired, Named, Timeout};
        if self.unmatched {
            return kind == Event;
        }
        if self.kinds.is_empty() {
            return kind != Named
                && (self.pattern.is_none() || matches!(kind, Event | Fired | Timeout | Completed));
        }
        self.kinds.contains(&kind)
    }

    /// Whether the log alone answers it, without deriving what followed.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        EntryKind::ALL.into_iter().all(|kind| !self.wants(kind) || kind.is_recorded())
    }

    pub(super) fn limit(&self) -> usize {
        self.limit.clamp(1, MAX_ENTRIES)
    }

    /// Makes it ready to be asked.
    ///
    /// # Errors
    /// When the pattern is none.
    pub fn filter(&self) -> Result<Filter, HistoryError> {
        let mut recognizer = None;
        if let Some(pattern) = &self.pattern {
            Pattern::parse(pattern)?;
            let name = "wanted".into();
            let wanted = EventDefinition { name, pattern: pattern.clone(), captures: Vec::new() };
            recognizer = Recognizer::new(&[wanted]).ok();
        }
        Ok(Filter { query: self.clone(), recognizer, scratch: Scratch::new() })
    }
}

/// A query with its pattern compiled.
#[derive(Debug)]
pub struct Filter {
    query: Query,
    recognizer: Option<Recognizer>,
    scratch: Scratch,
}

impl Filter {
    pub(super) fn wants(&self, kind: EntryKind) -> bool {
        self.query.wants(kind)
    }

    /// Whether an event of this text could be wanted: asked before anything else is made of it.
    pub(super) fn may_take(&self, text: &str) -> bool {
        self.query.text.as_ref().is_none_or(|part| text.contains(part.as_str()))
    }

    /// Whether an entry is wanted.
    pub fn takes(&mut self, entry: &Entry) -> bool {
        let query = &self.query;
        let body = entry.body.as_ref().map_or("", |body| body.get());
        let has = |part: &String| [body, &entry.note, &entry.id].iter().any(|t| t.contains(part.as_str()));
        let identity = || entry.identity.as_deref().and_then(identity_of).unwrap_or(Identity([0; 16]));
        query.wants(entry.kind)
            && query.window.has(entry.at.0)
            && (!query.unmatched || entry.unmatched)
            && query.name.as_ref().is_none_or(|part| entry.name.contains(part.as_str()))
            && query.key.iter().all(|(name, value)| entry.key.get(name) == Some(value))
            && query.id.as_ref().is_none_or(|asked| asked.fit(&entry.id, identity).is_some())
            && query.text.as_ref().is_none_or(has)
            && self.matches(body)
    }

    fn matches(&mut self, text: &str) -> bool {
        let Some(recognizer) = &self.recognizer else { return true };
        recognizer.recognize(text, &mut self.scratch).is_ok_and(|known| known.hits().len() > 0)
    }
}

/// The identity behind its UUID; the six bits that say what kind of UUID it is are those of the UUID.
fn identity_of(uuid: &str) -> Option<Identity> {
    let hex: String = uuid.chars().filter(|c| *c != '-').collect();
    u128::from_str_radix(&hex, 16).ok().map(|bits| Identity(bits.to_be_bytes()))
}
