//! Writes entries: from the records of the log, and from what an engine says it did.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use fanin_condition::Key;
use fanin_event::{Identity, Recognizer, Scratch, Timestamp};
use fanin_plan::Plan;
use fanin_rule::Outcome;
use fanin_runtime::documents::target_name;
use fanin_runtime::{CommandRef, DeadLetter, Engine, LetterKind, Record, Step};
use fanin_store::Seq;
use serde::Deserialize;

use super::entry::{Entry, EntryKind, body};
use super::query::Filter;
use crate::limits::MAX_NAMED_RUNS;
use crate::moment::Moment;
use crate::story::{by_name, cut, key_told, origin};

/// What entries are made of, and for whom.
pub(super) struct Scribe {
    /// The version of the workflow in force, and what recognizes its events.
    plan: Option<(String, Recognizer)>,
    /// The names of the key of each of its conditions.
    keys: Vec<(Arc<str>, Vec<Arc<str>>)>,
    scratch: Scratch,
    /// Runs, to name them when a call of theirs ends.
    runs: HashMap<Identity, Known>,
    /// Captures of the events of this turn: those of the runs that they start.
    captures: HashMap<Identity, BTreeMap<String, String>>,
}

/// What is known of a run.
struct Known {
    rule: Box<str>,
    key: BTreeMap<String, String>,
    /// The action of each open call.
    open: HashMap<u32, String>,
}

/// Where entries go.
pub(super) type Out<'a> = dyn FnMut(Entry) + 'a;

/// The part of a derived event that an entry tells.
#[derive(Deserialize, Default)]
struct Ending {
    #[serde(default)]
    detail: Detail,
}

#[derive(Deserialize, Default)]
struct Detail {
    #[serde(default)]
    count: u64,
    #[serde(default)]
    round: u64,
    #[serde(default)]
    missing: serde_json::Value,
}

impl Scribe {
    pub(super) fn new(plan: Option<&Plan>) -> Scribe {
        let mut scribe = Scribe {
            plan: None,
            keys: Vec::new(),
            scratch: Scratch::new(),
            runs: HashMap::new(),
            captures: HashMap::new(),
        };
        if let Some(plan) = plan {
            scribe.take_plan(plan);
        }
        scribe
    }

    fn take_plan(&mut self, plan: &Plan) {
        if self.plan.as_ref().is_none_or(|(version, _)| *version != plan.version) {
            self.keys = plan.conditions.iter().map(|c| (c.name.clone(), c.by.clone())).collect();
            self.plan = Recognizer::new(&plan.events).ok().map(|known| (plan.version.clone(), known));
        }
    }

    /// What stands in the log itself.
    pub(super) fn recorded(&mut self, frame: Seq, record: &Record<'_>, filter: &Filter, out: &mut Out<'_>) {
        match *record {
            Record::Event { at, identity, origin: way, text } => {
                let wanted = filter.wants(EntryKind::Event) || filter.wants(EntryKind::Named);
                if wanted && filter.may_take(text) {
                    let entry = blank(frame, at, EntryKind::Event);
                    self.event(Entry { note: origin(way).to_owned(), ..entry }, (identity, text), out);
                }
            }
            Record::Activated { at, plan } => {
                if let Ok(plan) = Plan::from_json(plan) {
                    self.take_plan(&plan);
                    let (name, id) = (plan.workflow.to_string(), plan.version);
                    let note = "became the current version".to_owned();
                    out(Entry { name, id, note, ..blank(frame, at, EntryKind::Activated) });
                }
            }
            Record::Redriven { at, letter } => {
                let (name, id) = ("redrive".to_owned(), letter.to_string());
                let note = format!("dead letter {letter} was tried again");
                out(Entry { name, id, note, ..blank(frame, at, EntryKind::Operated) });
            }
            Record::Operated { at, condition, command, by, why, .. } => {
                let (name, note) = match command {
                    CommandRef::Drop => ("drop", format!("{condition} was dropped by {by}: {why}")),
                    CommandRef::Expire => ("expire", format!("{condition} was ended by {by}: {why}")),
                    CommandRef::Waive { member, .. } => {
                        ("waive", format!("{member} of {condition} was taken as given by {by}: {why}"))
                    }
                };
                let key = self.key_of(record);
                out(Entry { name: name.to_owned(), key, note, ..blank(frame, at, EntryKind::Operated) });
            }
            Record::Tick { .. } | Record::Settled { .. } | Record::Refused { .. } => {}
        }
    }

    /// The key of an operation by name, as the version in force has it.
    fn key_of(&self, record: &Record<'_>) -> BTreeMap<String, String> {
        let Record::Operated { condition, key, .. } = *record else { return BTreeMap::new() };
        let by = self.keys.iter().find(|(name, _)| **name == *condition).map(|(_, by)| by);
        match by {
            Some(by) => by_name(by, Key::decode(key, by.len())),
            None => by_name(["key"], [key]),
        }
    }

    /// An event from outside, and each of its names.
    fn event(&mut self, entry: Entry, (given, text): (Option<Identity>, &str), out: &mut Out<'_>) {
        let mut named = Vec::new();
        let nothing = Recognizer::new(&[]).ok().filter(|_| self.plan.is_none());
        let recognizer = self.plan.as_ref().map(|(_, known)| known).or(nothing.as_ref());
        let Some(Ok(recognized)) = recognizer.map(|r| r.recognize(text, &mut self.scratch)) else { return };
        let header = recognized.header();
        let (id, source) = (header.id.unwrap_or_default(), header.source.unwrap_or_default());
        if id.is_empty() || source.is_empty() {
            return;
        }
        let identity = given.unwrap_or_else(|| Identity::of(&[source, id])).to_uuid();
        let about = format!("{source} {:?} by {}", header.detail_type.unwrap_or_default(), entry.note);
        let mut entry = Entry { id: id.to_owned(), identity: Some(identity), ..entry };
        for hit in recognized.hits() {
            let Some((name, known)) = recognizer.and_then(|r| Some((r.name(hit.definition)?, r))) else {
                continue;
            };
            let key = by_name(known.capture_names(hit.definition), hit.captures());
            named.push((name.to_string(), key));
        }
        entry.unmatched = named.is_empty();
        entry.name = named.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        entry.key = named.iter().flat_map(|(_, key)| key.clone()).collect();
        entry.body = body(text);
        entry.note = about;
        for (name, key) in &named {
            let (name, key) = (name.clone(), key.clone());
            out(Entry { kind: EntryKind::Named, name, key, ..entry.clone() });
        }
        out(entry);
    }

    /// Everything that happened in a turn, in order.
    pub(super) fn turned(
        &mut self,
        (frame, record): (Seq, &Record<'_>),
        engine: &mut Engine,
        filter: &Filter,
        out: &mut Out<'_>,
    ) {
        let mut moment = record.at();
        let mut told = false;
        self.captures.clear();
        let steps = engine.take_steps();
        for step in &steps {
            let Some(entry) = self.step((frame, &mut moment), step, engine) else { continue };
            // Whoever was due before the record was woken before it.
            if !told && entry.at.0 >= record.at() {
                told = true;
                self.recorded(frame, record, filter, out);
            }
            out(entry);
        }
        if !told {
            self.recorded(frame, record, filter, out);
        }
    }

    fn step(
        &mut self,
        (frame, moment): (Seq, &mut Timestamp),
        step: &Step,
        engine: &Engine,
    ) -> Option<Entry> {
        match step {
            Step::Woken { at, .. } | Step::Delivered { at, .. } => {
                *moment = at.moment;
                None
            }
            Step::Fired { at, derived, .. } => {
                let fired = derived.name == at.condition;
                let kind = if fired { EntryKind::Fired } else { EntryKind::Timeout };
                let detail = serde_json::from_str::<Ending>(&derived.envelope).unwrap_or_default().detail;
                let key = key_told(&at.condition, &at.key, engine);
                self.captures.insert(derived.identity, key.clone());
                let entry =
                    derived_entry(blank(frame, derived.at, kind), derived.identity, &derived.envelope);
                Some(Entry { name: derived.name.to_string(), key, note: ended(&detail, fired), ..entry })
            }
            Step::Completed { run, rule, emitted } => {
                self.runs.remove(run);
                let by = engine.plan().and_then(|plan| plan.rules.iter().find(|r| r.name == *rule));
                let names = by.map(|rule| rule.captures.clone()).unwrap_or_default();
                let entry = blank(frame, emitted.at, EntryKind::Completed);
                let entry = derived_entry(entry, emitted.identity, &emitted.envelope);
                let key = by_name(&names, &emitted.captures);
                self.captures.insert(emitted.identity, key.clone());
                Some(Entry { name: emitted.name.to_string(), key, note: format!("rule {rule}"), ..entry })
            }
            Step::Named { identity, captures, .. } => {
                let captures = by_name(captures.iter().map(|(n, _)| n), captures.iter().map(|(_, v)| v));
                self.captures.entry(*identity).or_default().extend(captures);
                None
            }
            Step::Triggered { identity, rule, run, known: false } => {
                let key = self.captures.get(identity).cloned().unwrap_or_default();
                self.remember(*run, Known { rule: (**rule).into(), key, open: HashMap::new() });
                None
            }
            Step::Called(action) => {
                let (name, id) = (action.rule.to_string(), action.id.to_string());
                let known = self.runs.get_mut(&action.run);
                let key = known.as_ref().map(|known| known.key.clone()).unwrap_or_default();
                known.into_iter().for_each(|known| drop(known.open.insert(action.index, id.clone())));
                let note = format!(
                    "{}, attempt {}{}",
                    target_name(&action.target),
                    action.attempt,
                    item(action.index)
                );
                let entry = blank(frame, *moment, EntryKind::Called);
                Some(Entry { name, key, id, note, body: body(&action.payload), ..entry })
            }
            Step::Settled { run, index, attempt, outcome } => {
                let known = self.runs.get_mut(run);
                let (name, key, id) = match known {
                    Some(known) => (known.rule.to_string(), known.key.clone(), known.open.remove(index)),
                    None => Default::default(),
                };
                let (said, text) = match &**outcome {
                    Outcome::Done { result } => ("done".to_owned(), body(result)),
                    Outcome::Failed { error, cause } => {
                        (format!("failed with {error}: {}", cut(cause)), None)
                    }
                };
                let note = format!("attempt {attempt}{} {said}", item(*index));
                let entry = blank(frame, engine.now(), EntryKind::Settled);
                Some(Entry { name, key, id: id.unwrap_or_default(), note, body: text, ..entry })
            }
            Step::Buried(letter) => Some(buried(frame, letter)),
            _ => None,
        }
    }

    fn remember(&mut self, run: Identity, known: Known) {
        if self.runs.len() >= MAX_NAMED_RUNS {
            let mut stays = false;
            self.runs.retain(|_, _| {
                stays = !stays;
                stays
            });
        }
        self.runs.insert(run, known);
    }
}

fn blank(frame: Seq, at: Timestamp, kind: EntryKind) -> Entry {
    Entry {
        frame,
        at: Moment(at),
        kind,
        name: String::new(),
        key: BTreeMap::new(),
        id: String::new(),
        identity: None,
        note: String::new(),
        unmatched: false,
        body: None,
    }
}

fn derived_entry(entry: Entry, identity: Identity, envelope: &str) -> Entry {
    let id = identity.to_uuid();
    Entry { id: id.clone(), identity: Some(id), body: body(envelope), ..entry }
}

/// `3 events, round 2` or `missing 1, round 1`.
fn ended(detail: &Detail, fired: bool) -> String {
    let counted = if detail.count == 1 { "1 event".to_owned() } else { format!("{} events", detail.count) };
    let missing = match &detail.missing {
        serde_json::Value::Array(names) => {
            names.iter().filter_map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
        }
        serde_json::Value::Number(number) => format!("{number} more"),
        _ => String::new(),
    };
    let missing = if fired || missing.is_empty() { String::new() } else { format!(", missing {missing}") };
    let round = if detail.round > 1 { format!(", round {}", detail.round) } else { String::new() };
    format!("{counted}{missing}{round}")
}

fn item(index: u32) -> String {
    if index == 0 { String::new() } else { format!(", item {index}") }
}

fn buried(frame: Seq, letter: &DeadLetter) -> Entry {
    let what = match &letter.what {
        LetterKind::Refused => "a payload",
        LetterKind::Event { .. } => "an event",
        LetterKind::Derived { .. } => "a derived event",
        LetterKind::Action { rule, .. } => return dead(frame, letter, &format!("a call of rule {rule}")),
    };
    dead(frame, letter, what)
}

fn dead(frame: Seq, letter: &DeadLetter, what: &str) -> Entry {
    Entry {
        name: letter.code.clone(),
        id: letter.number.to_string(),
        note: format!("{what}: {}", cut(&letter.reason)),
        body: body(&letter.payload),
        ..blank(frame, letter.at, EntryKind::Dead)
    }
}
