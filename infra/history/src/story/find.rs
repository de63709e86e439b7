//! Finding the event that is meant: first among those from outside, which needs no replay.

use std::collections::HashMap;
use std::ops::ControlFlow;

use fanin_event::{Identity, Recognizer, Scratch};
use fanin_runtime::{Origin, Record};
use fanin_store::Seq;

use super::document::{EventKind, EventTold};
use crate::error::HistoryError;
use crate::history::{History, Window};
use crate::ids::{Fit, IdAsked};
use crate::limits::MAX_CANDIDATES;
use crate::moment::Moment;

/// The events that fit, by identity, with how well they do.
#[derive(Debug, Default)]
pub(super) struct Found {
    fits: HashMap<Identity, (Fit, EventTold)>,
    /// There were more than are kept.
    more: bool,
}

impl Found {
    /// Keeps an event that fits, or notes that it came again.
    pub(super) fn add(&mut self, identity: Identity, fit: Fit, told: impl FnOnce() -> EventTold) {
        let whole = self.fits.values().any(|(fit, _)| *fit == Fit::Whole);
        if whole && fit == Fit::Part {
            return;
        }
        if let Some((_, known)) = self.fits.get_mut(&identity) {
            known.times += 1;
        } else {
            if fit == Fit::Whole && !whole {
                self.fits.clear();
                self.more = false;
            }
            if self.fits.len() < MAX_CANDIDATES {
                self.fits.insert(identity, (fit, told()));
            } else {
                self.more = true;
            }
        }
    }

    /// The only one that fits.
    pub(super) fn only(&self) -> Option<(Identity, &EventTold)> {
        let mut all = self.fits.iter();
        match (all.next(), all.next()) {
            (Some((identity, (_, told))), None) if !self.more => Some((*identity, told)),
            _ => None,
        }
    }

    /// Whether one of them fits as a whole.
    pub(super) fn is_certain(&self) -> bool {
        self.fits.values().any(|(fit, _)| *fit == Fit::Whole)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fits.is_empty()
    }

    /// All of them in order of time, and whether there are more.
    pub(super) fn candidates(self) -> (Vec<EventTold>, bool) {
        let mut all: Vec<EventTold> = self.fits.into_values().map(|(_, told)| told).collect();
        all.sort_by(|a, b| (a.at, &a.identity).cmp(&(b.at, &b.identity)));
        (all, self.more)
    }
}

/// Reads the head of envelopes: no pattern is compiled for it.
pub(crate) struct Heads {
    recognizer: Option<Recognizer>,
    scratch: Scratch,
}

/// The head of one envelope.
pub(crate) struct Head<'a> {
    pub(crate) id: &'a str,
    pub(crate) source: &'a str,
    pub(crate) detail_type: &'a str,
}

impl Head<'_> {
    /// The identity that the event has, unless its record says otherwise.
    pub(crate) fn identity(&self, given: Option<Identity>) -> Identity {
        given.unwrap_or_else(|| Identity::of(&[self.source, self.id]))
    }
}

impl Heads {
    pub(crate) fn new() -> Heads {
        Heads { recognizer: Recognizer::new(&[]).ok(), scratch: Scratch::new() }
    }

    /// The head of an envelope; none: it is not an event.
    pub(crate) fn read<'a>(&'a mut self, text: &'a str) -> Option<Head<'a>> {
        let recognized = self.recognizer.as_ref()?.recognize(text, &mut self.scratch).ok()?;
        let header = recognized.header();
        let (id, source) = (header.id?, header.source?);
        let detail_type = header.detail_type.unwrap_or_default();
        (!id.is_empty() && !source.is_empty()).then_some(Head { id, source, detail_type })
    }
}

/// The way an event came in, as a word.
pub(crate) fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Http => "http",
        Origin::Store => "s3",
        Origin::Folder => "folder",
        Origin::Stdin => "stdin",
        Origin::Schedule => "schedule",
        Origin::Internal => "internal",
    }
}

/// Looks through the events from outside, without an engine.
pub(super) fn raw(
    history: &History,
    from: Seq,
    asked: &IdAsked,
    window: Window,
) -> Result<Found, HistoryError> {
    let (mut found, mut heads) = (Found::default(), Heads::new());
    history.scan(from, &mut |frame, record| {
        let Record::Event { at, identity, origin: way, text } = *record else {
            return ControlFlow::Continue(());
        };
        if window.until.is_some_and(|until| at > until) {
            return ControlFlow::Break(());
        }
        if !window.has(at) {
            return ControlFlow::Continue(());
        }
        if let Some(head) = heads.read(text)
            && let Some(fit) = asked.fit(head.id, || head.identity(identity))
        {
            found.add(head.identity(identity), fit, || EventTold {
                id: head.id.to_owned(),
                identity: head.identity(identity).to_uuid(),
                kind: EventKind::Raw,
                at: Moment(at),
                frame,
                names: Vec::new(),
                origin: Some(origin(way).to_owned()),
                source: head.source.to_owned(),
                detail_type: head.detail_type.to_owned(),
                again: Vec::new(),
                times: 1,
                envelope: None,
                operator: None,
            });
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}
