//! The present of a directory, for questions about one instance: no more of it is loaded than the question needs.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use fanin_condition::{Key, State};
use fanin_event::{Recognizer, Scratch};
use fanin_runtime::documents::{InstanceTold, NotThere, instance_told, near_rows, not_there};
use fanin_runtime::{Engine, NearQuestion, Record, UnmatchedEvent};
use serde::{Deserialize, Serialize};

use crate::error::HistoryError;
use crate::history::{History, Past};
use crate::limits::MISSES_LOOK_BACK_BYTES;
use crate::story::document::Story;
use crate::story::{self, Extent, Heads};

/// A question about one instance.
#[derive(Clone, Debug)]
pub struct InstanceQuestion<'a> {
    /// The condition.
    pub condition: &'a str,
    /// The correlation key by name, all of its parts.
    pub key: &'a BTreeMap<String, String>,
    /// How many of its last ended rounds are told with what led to them; 0: none.
    pub rounds: usize,
    /// How many near misses are listed.
    pub misses: usize,
    /// How much is told of each round.
    pub extent: Extent,
}

/// An instance with its ended rounds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Explained {
    /// How it stands.
    #[serde(flatten)]
    pub told: InstanceTold,
    /// Its last rounds that ended, in order: what led to it, and what it set off.
    #[serde(default)]
    pub rounds: Vec<Story>,
}

impl Explained {
    /// Whether a round of it has ended, so that there is something to tell.
    #[must_use]
    pub fn has_ended(told: &InstanceTold) -> bool {
        told.explanation.round > 1 || !matches!(told.explanation.state, State::New | State::Open)
    }
}

/// The answer.
#[derive(Clone, Debug)]
pub enum InstanceAnswer {
    /// There it is.
    There(Box<Explained>),
    /// It is not there; here is what is near it.
    NotThere(Box<NotThere>),
}

/// The present state, as far as it was loaded.
#[derive(Debug)]
pub struct Present<'a> {
    history: &'a History,
    engine: Engine,
    /// All of it, and not its head alone.
    whole: bool,
}

impl<'a> Present<'a> {
    /// Loads the head of the present state: its plan and counters; more where the log goes on after the newest snapshot.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn open(history: &'a History) -> Result<Present<'a>, HistoryError> {
        let (past, whole) = match history.glance(None)? {
            Some(past) => (past, false),
            None => (history.present()?, true),
        };
        Ok(Present { history, engine: past.engine, whole })
    }

    /// The names of a condition's key, in order; none: there is no such condition.
    #[must_use]
    pub fn key_names(&self, condition: &str) -> Option<Vec<String>> {
        self.engine.key_names(condition)
    }

    /// Answers a question about one instance.
    ///
    /// # Errors
    /// When the state cannot be built.
    pub fn instance(self, question: &InstanceQuestion<'_>) -> Result<InstanceAnswer, HistoryError> {
        let condition = question.condition;
        let Some(names) = self.key_names(condition) else {
            return Ok(InstanceAnswer::NotThere(Box::new(not_there(&self.engine, condition, ""))));
        };
        let values: Vec<&str> =
            names.iter().map(|name| question.key.get(name).map_or("", String::as_str)).collect();
        let key = Key::of(&values);
        let (history, whole) = (self.history, self.whole);
        let engine = if whole {
            self.engine
        } else {
            drop(self.engine);
            let past: Option<Past> = history.glance(Some((condition, &key)))?;
            past.map_or_else(Engine::default, |past| past.engine)
        };
        let near = |engine: &Engine| near(history, engine, (condition, question.misses));
        if let Some(mut told) = instance_told(&engine, condition, &key) {
            told.near_misses = near(&engine)?;
            let ended = question.rounds > 0 && Explained::has_ended(&told);
            let rounds = if ended {
                story::of_instance(history, (condition, &key), question.rounds, question.extent)?
            } else {
                Vec::new()
            };
            return Ok(InstanceAnswer::There(Box::new(Explained { told, rounds })));
        }
        let engine = if whole { engine } else { history.present()?.engine };
        let mut missing = not_there(&engine, condition, &key);
        missing.near_misses = near(&engine)?;
        Ok(InstanceAnswer::NotThere(Box::new(missing)))
    }
}

/// The near misses of a condition. The engine remembers those of the log it has played; where it played none, the end of the
/// log is looked through.
fn near(
    history: &History,
    engine: &Engine,
    (condition, most): (&str, usize),
) -> Result<Vec<fanin_runtime::documents::NearMissRow>, HistoryError> {
    let mut question = engine.near_question(condition);
    if question.lacks_events() {
        question.look_at(unmatched(history, engine)?);
    }
    Ok(near_rows(question.answer(most)))
}

/// Gives a question that lacks events those of the log's end: a host that was just started remembers none.
///
/// # Errors
/// When the log or the head of the newest snapshot cannot be read.
pub fn recall(history: &History, question: &mut NearQuestion) -> Result<(), HistoryError> {
    if question.lacks_events()
        && let Some(base) = history.inspection().bases().last()
    {
        question.look_at(unmatched(history, &history.glance_at(*base, None)?.engine)?);
    }
    Ok(())
}

/// The events at the end of the log that are none of the named ones, the newest first.
fn unmatched(history: &History, engine: &Engine) -> Result<Vec<UnmatchedEvent>, HistoryError> {
    let Some(recognizer) = engine.plan().and_then(|plan| Recognizer::new(&plan.events).ok()) else {
        return Ok(Vec::new());
    };
    let (mut bytes, mut after) = (0, history.last());
    for segment in history.inspection().segments().iter().rev() {
        bytes += segment.bytes;
        after = segment.first.saturating_sub(1);
        if bytes >= MISSES_LOOK_BACK_BYTES && segment.last >= segment.first {
            break;
        }
    }
    let (mut events, mut heads, mut scratch) = (Vec::new(), Heads::new(), Scratch::new());
    history.scan(after, &mut |_, record| {
        if let Record::Event { at, identity, text, .. } = *record
            && recognizer.recognize(text, &mut scratch).is_ok_and(|known| known.hits().len() == 0)
            && let Some(head) = heads.read(text)
        {
            events.push(UnmatchedEvent { at, identity: head.identity(identity), text: text.into() });
        }
        ControlFlow::Continue(())
    })?;
    events.reverse();
    events.truncate(fanin_runtime::limits::MAX_UNMATCHED);
    Ok(events)
}
