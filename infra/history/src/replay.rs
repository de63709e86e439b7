//! A replay: the log taken through the engine again, to see what it decides, to check that it decides the same, and to
//! copy a part of it into a store of its own.
//!
//! A replay makes no calls: their answers are in the log. It is deterministic, so the state it ends with has to be the one
//! that the newest snapshot and the log after it give; [`replay`] checks that.

mod copy;
mod same;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use fanin_event::Timestamp;
use fanin_runtime::documents::target_name;
use fanin_runtime::{DeadLetter, Engine, LetterKind, Record, Step};
use fanin_store::Seq;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use copy::{Copied, CopyError, CopyRequest, OpenCalls, copy};

use crate::backtest::stretch::Stretch;
use crate::error::HistoryError;
use crate::history::History;

/// Records between two words about the progress.
const PACE: u64 = 4096;

/// Something the engine decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// When, RFC 3339.
    pub at: String,
    /// What it is.
    pub kind: DecisionKind,
    /// The condition; of everything else the rule, or what a dead letter is about.
    pub name: String,
    /// The correlation key of a condition.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub key: BTreeMap<String, String>,
    /// The envelope's id; of a call the action's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whom a call was for: `invoke NAME`, `sqs QUEUE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The item of a `map`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// Which attempt of a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// The event that a run ended with; the code of a dead letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The envelope; of a call its payload. A dead letter's payload is text.
    pub body: Value,
}

/// Kinds of decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    /// A condition was met.
    Fired,
    /// Its deadline passed.
    TimedOut,
    /// A call was to be made.
    Called,
    /// A run of a rule was over.
    Ended,
    /// Something went to the dead letters.
    Died,
}

/// How a replay went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// The log does not reach back to what was asked for: it begins here, RFC 3339.
    pub known_from: Option<String>,
    /// The last moment.
    pub until: Option<String>,
    /// Records of the stretch.
    pub records: u64,
    /// Of these, events.
    pub events: u64,
    /// Firings.
    pub fired: u64,
    /// Timeouts.
    pub timed_out: u64,
    /// Calls, attempts counted one by one.
    pub called: u64,
    /// Runs that ended.
    pub ended: u64,
    /// Dead letters.
    pub died: u64,
    /// Whether the state is the recorded one; none: the replay did not go to the end, or began at the newest snapshot.
    pub check: Option<Check>,
}

/// The state at the end of a replay beside the one that the newest snapshot gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// They are the same.
    pub same: bool,
    /// The frame after which the replay began.
    pub from: Seq,
    /// The frame of the newest snapshot.
    pub snapshot: Seq,
    /// The last frame.
    pub last: Seq,
    /// What differs, for people; a few of everything.
    pub differences: Vec<String>,
}

/// Who hears of it while it runs.
pub struct Listener<'a> {
    /// Records done.
    pub progress: &'a mut dyn FnMut(u64),
    /// Each decision, in order; stop by breaking off.
    pub each: &'a mut dyn FnMut(&Decision) -> ControlFlow<()>,
}

/// Replays the log from `since` (none: from the earliest that is kept) up to and including `until` (none: to its end).
///
/// # Errors
/// When something of the log cannot be read.
pub fn replay(
    history: &History,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    listener: &mut Listener<'_>,
) -> Result<Replayed, HistoryError> {
    let stretch = Stretch::begin(history, since, until)?;
    let mut past = history.base(stretch.base)?;
    past.engine.gather_steps();
    let mut told = Teller {
        since: since.unwrap_or(Timestamp(i64::MIN)),
        until: until.unwrap_or(Timestamp::NEVER),
        moment: past.engine.now(),
        replayed: Replayed { known_from: stretch.known_from.map(|at| at.to_string()), ..Replayed::default() },
    };
    let mut last = None;
    let mut broken_off = false;
    history.play(&mut past, &mut |turned, engine| {
        let at = turned.record.at();
        let flow = told.turn(&turned.record, engine, listener);
        if at <= told.until {
            last = Some(at);
        }
        broken_off = flow.is_break();
        flow
    })?;
    let mut replayed = told.replayed;
    replayed.until = last.map(|at| at.to_string());
    (listener.progress)(replayed.records);
    let newest = history.inspection().bases().last().copied().unwrap_or(0);
    if until.is_none() && !broken_off && newest != stretch.base {
        let mut present = history.present()?;
        let differences = same::differences(&mut past.engine, &mut present.engine);
        let (from, snapshot, last) = (stretch.base, newest, past.at);
        let same = differences.is_empty();
        replayed.check = Some(Check { same, from, snapshot, last, differences });
    }
    Ok(replayed)
}

/// Makes decisions of steps.
struct Teller {
    since: Timestamp,
    until: Timestamp,
    /// The moment of what is being looked at: calls do not carry one.
    moment: Timestamp,
    replayed: Replayed,
}

impl Teller {
    fn turn(
        &mut self,
        record: &Record<'_>,
        engine: &mut Engine,
        listener: &mut Listener<'_>,
    ) -> ControlFlow<()> {
        let at = record.at();
        if at >= self.since && at <= self.until {
            self.replayed.records += 1;
            self.replayed.events += u64::from(matches!(record, Record::Event { .. }));
            if self.replayed.records.is_multiple_of(PACE) {
                (listener.progress)(self.replayed.records);
            }
        }
        for step in engine.take_steps() {
            let decision = self.decision(step, at);
            if let Some(decision) =
                decision.filter(|_| self.moment >= self.since && self.moment <= self.until)
            {
                self.count(decision.kind);
                (listener.each)(&decision)?;
            }
        }
        self.moment = at;
        if at > self.until { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn count(&mut self, kind: DecisionKind) {
        let replayed = &mut self.replayed;
        *match kind {
            DecisionKind::Fired => &mut replayed.fired,
            DecisionKind::TimedOut => &mut replayed.timed_out,
            DecisionKind::Called => &mut replayed.called,
            DecisionKind::Ended => &mut replayed.ended,
            DecisionKind::Died => &mut replayed.died,
        } += 1;
    }

    /// What is to be said of a step; also sees to the moment.
    fn decision(&mut self, step: Step, record: Timestamp) -> Option<Decision> {
        match step {
            Step::Accepted { derived: false, .. } | Step::Settled { .. } => self.moment = record,
            Step::Woken { at, .. } | Step::Delivered { at, .. } => self.moment = at.moment,
            Step::Fired { at, derived, .. } => {
                self.moment = derived.at;
                let timed_out = derived.name != at.condition;
                let mut decision = self.said(
                    if timed_out { DecisionKind::TimedOut } else { DecisionKind::Fired },
                    &at.condition,
                    parsed(&derived.envelope),
                );
                decision.key = key_of(&decision.body);
                decision.id = Some(derived.identity.to_uuid());
                return Some(decision);
            }
            Step::Called(action) => {
                let mut decision = self.said(DecisionKind::Called, &action.rule, parsed(&action.payload));
                decision.id = Some(action.id.to_string());
                decision.target = Some(target_name(&action.target));
                (decision.index, decision.attempt) = (Some(action.index), Some(action.attempt));
                return Some(decision);
            }
            Step::Completed { rule, emitted, .. } => {
                self.moment = emitted.at;
                let mut decision = self.said(DecisionKind::Ended, &rule, parsed(&emitted.envelope));
                decision.id = Some(emitted.identity.to_uuid());
                decision.outcome = Some(emitted.name.to_string());
                return Some(decision);
            }
            Step::Buried(letter) => {
                self.moment = letter.at;
                let body = Value::String(letter.payload.clone());
                let mut decision = self.said(DecisionKind::Died, &about(&letter), body);
                (decision.outcome, decision.reason) = (Some(letter.code), Some(letter.reason));
                return Some(decision);
            }
            _ => {}
        }
        None
    }

    fn said(&self, kind: DecisionKind, name: &str, body: Value) -> Decision {
        Decision {
            at: self.moment.to_string(),
            kind,
            name: name.to_owned(),
            key: BTreeMap::new(),
            id: None,
            target: None,
            index: None,
            attempt: None,
            outcome: None,
            reason: None,
            body,
        }
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// `detail.key` of a derived event.
fn key_of(envelope: &Value) -> BTreeMap<String, String> {
    let key = envelope.pointer("/detail/key").and_then(Value::as_object);
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    key.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
}

fn about(letter: &DeadLetter) -> String {
    match &letter.what {
        LetterKind::Refused => "input".to_owned(),
        LetterKind::Event { .. } => "event".to_owned(),
        LetterKind::Derived { name, .. } => name.clone(),
        LetterKind::Action { rule, .. } => rule.clone(),
    }
}
