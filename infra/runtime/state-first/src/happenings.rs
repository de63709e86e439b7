//! What happened, for logs: a short line a thing, with ids, keys and moments, never a payload. A host without a log of
//! events is looked at by these lines. What comes again may be told again: the same thing has the same line.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use fanin_event::{NearMiss, Recognizer, Timestamp};
use fanin_rule::{Action, Outcome};
use fanin_runtime::documents::target_name;
use fanin_runtime::{LetterKind, LoadedPlan};
use serde::{Deserialize, Serialize};

use crate::dead::DeadRecord;
use crate::limits::{MAX_MISSES_A_BATCH, MAX_TOLD_A_BATCH, MAX_TOLD_TEXT};
use crate::message::DerivedMessage;
use crate::plans::PlanSet;

/// How much is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Telling {
    /// Nothing.
    #[default]
    Off,
    /// What came of events: firings, timeouts, ends of runs, failed calls, late events, near misses, dead letters.
    Outcomes,
    /// Every event and every call too, and of a near miss the value that stands in the way.
    All,
}

impl Telling {
    /// The words for it, as a setting.
    pub const WORDS: [&str; 3] = ["off", "outcomes", "all"];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Telling::Off => "off",
            Telling::Outcomes => "outcomes",
            Telling::All => "all",
        }
    }

    /// The one that a word means; none: it means nothing.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Telling> {
        [Telling::Off, Telling::Outcomes, Telling::All].into_iter().find(|telling| telling.word() == word)
    }
}

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occurrence {
    /// An event from outside is one of the named events.
    Accepted,
    /// An event from outside is none of them.
    Unmatched,
    /// An event that its instance had before.
    Duplicate,
    /// An event that came after its instance had closed.
    Late,
    /// A condition fired.
    Fired,
    /// A condition timed out.
    Timeout,
    /// A run ended and said so.
    Completed,
    /// A call was made.
    Called,
    /// A call was answered with a result.
    Answered,
    /// A call failed; it may be tried again.
    Failed,
    /// Something went to the dead letters.
    Dead,
}

impl Occurrence {
    /// The least telling by which it is told.
    #[must_use]
    pub fn told_by(self) -> Telling {
        use Occurrence::{Accepted, Answered, Called, Duplicate};
        if matches!(self, Accepted | Duplicate | Called | Answered) {
            Telling::All
        } else {
            Telling::Outcomes
        }
    }
}

/// The name that an event almost was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlmostNamed {
    /// The name.
    pub name: String,
    /// The field that stands in the way; empty when it is none in particular.
    pub field: String,
    /// Fields of its pattern that were as asked for.
    pub matched: usize,
    /// Of how many.
    pub of: usize,
    /// Why, as a sentence with the field's value. Only where all is told: the value is a part of the payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One thing that happened: a line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// What kind of thing.
    #[serde(rename = "happened")]
    pub what: Occurrence,
    /// When: the acceptance time of the event, the moment of the decision. Milliseconds since the epoch.
    pub at: i64,
    /// The named events, the condition, the rule, the completion's name, the code of a dead letter.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Captures, or the correlation key, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub key: BTreeMap<String, String>,
    /// The envelope's id; of what was derived its identity, of a call the action's id, of a dead letter its place.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// What else there is to say, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Of an event that is no named event: the one it almost was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<AlmostNamed>,
}

/// The lines of a batch, up to a number of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Happenings {
    /// The lines.
    pub lines: Vec<Happening>,
    /// Things that were not told because there were too many.
    pub more: usize,
    misses: usize,
}

impl Happenings {
    /// Adds a line, as long as there is room.
    pub(crate) fn push(&mut self, line: Happening) {
        if self.lines.len() < MAX_TOLD_A_BATCH {
            self.lines.push(line);
        } else {
            self.more += 1;
        }
    }

    /// Adds those of another.
    pub(crate) fn take(&mut self, other: Happenings) {
        self.more += other.more;
        other.lines.into_iter().for_each(|line| self.push(line));
    }

    /// Adds an event that is none of the named events of `plan`. Why is looked for in the first ones of a batch only: slow.
    pub(crate) fn unmatched(&mut self, seen: Seen, text: &str, plan: &LoadedPlan, telling: Telling) {
        if self.misses >= MAX_MISSES_A_BATCH {
            self.more += 1;
            return;
        }
        self.misses += 1;
        let near = nearest(&plan.recognizer, text, telling);
        self.push(Happening { near, ..seen.line(Occurrence::Unmatched) });
    }
}

/// An event from outside, as far as it is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) at: Timestamp,
    pub(crate) id: String,
    /// Source and detail type.
    pub(crate) about: String,
    pub(crate) names: Vec<Arc<str>>,
    pub(crate) key: BTreeMap<String, String>,
}

impl Seen {
    pub(crate) fn line(self, what: Occurrence) -> Happening {
        let name = self.names.iter().map(|name| &**name).collect::<Vec<_>>().join(", ");
        Happening { name, key: self.key, note: cut(&self.about), ..blank(what, self.at, self.id) }
    }
}

/// The named event that an event almost is: at least one field is as asked for, and the fewest are not.
fn nearest(recognizer: &Recognizer, text: &str, telling: Telling) -> Option<AlmostNamed> {
    // First those of which one field alone fails, then by the part that fits.
    let short = |miss: &NearMiss| {
        let (good, of) = miss.matched;
        (of.saturating_sub(good) > 1, Reverse(good * 1_000 / of.max(1)))
    };
    let misses = recognizer.explain(text).into_iter().filter(|miss| miss.matched.0 > 0);
    let miss = misses.min_by_key(short)?;
    let reason = (telling == Telling::All).then(|| cut(&miss.reason));
    let (matched, of) = miss.matched;
    Some(AlmostNamed { name: miss.name.to_string(), field: cut(&miss.field), matched, of, reason })
}

/// The numbers in the envelope of a firing or a timeout.
#[derive(Default, Deserialize)]
struct Ending {
    #[serde(default)]
    detail: Detail,
}

#[derive(Default, Deserialize)]
struct Detail {
    #[serde(default)]
    count: u64,
    #[serde(default)]
    round: u64,
}

/// A derived event that left.
pub(crate) fn derived(plans: &PlanSet, message: &DerivedMessage) -> Happening {
    let is_condition = |name: &str| plans.any_condition(name).is_some();
    let what = if is_condition(&message.name) {
        Occurrence::Fired
    } else if message.name.strip_suffix(".timeout").is_some_and(is_condition) {
        Occurrence::Timeout
    } else {
        Occurrence::Completed
    };
    let note = if what == Occurrence::Completed {
        String::new()
    } else {
        let Detail { count, round } =
            serde_json::from_str::<Ending>(&message.envelope).unwrap_or_default().detail;
        let events = if count == 1 { "event" } else { "events" };
        let round = if round > 1 { format!(", round {round}") } else { String::new() };
        format!("{count} {events}{round}")
    };
    let key = message.captures.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let name = message.name.to_string();
    Happening { name, key, note, ..blank(what, message.at, message.identity.to_uuid()) }
}

/// A dead letter. Why it died stands in the letter, for the reason may quote the payload.
pub(crate) fn dead(record: &DeadRecord) -> Happening {
    let letter = &record.letter;
    let note = match &letter.what {
        LetterKind::Refused => "a payload".to_owned(),
        LetterKind::Event { .. } => "an event".to_owned(),
        LetterKind::Derived { name, .. } => format!("the derived event {name}"),
        LetterKind::Action { rule, attempts, .. } => format!("a call of rule {rule}, attempts: {attempts}"),
    };
    Happening { name: cut(&letter.code), note, ..blank(Occurrence::Dead, letter.at, record.sort()) }
}

/// A call that is made.
pub(crate) fn called(action: &Action, at: Timestamp) -> Happening {
    let note = format!("{}, attempt {}{}", target_name(&action.target), action.attempt, item(action.index));
    Happening { name: action.rule.to_string(), note, ..blank(Occurrence::Called, at, action.id.to_string()) }
}

/// A call that ended; `id` is that of the action, or of its run where only that is known.
pub(crate) fn settled(
    rule: &str,
    id: String,
    (index, attempt): (u32, u32),
    (outcome, at): (&Outcome, Timestamp),
) -> Happening {
    let (what, said) = match outcome {
        Outcome::Done { .. } => (Occurrence::Answered, "done".to_owned()),
        Outcome::Failed { error, .. } => (Occurrence::Failed, format!("failed with {}", cut(error))),
    };
    let note = format!("attempt {attempt}{} {said}", item(index));
    Happening { name: rule.to_owned(), note, ..blank(what, at, id) }
}

/// An event that changed nothing at an instance.
pub(crate) fn passed_over(
    what: Occurrence,
    (name, key): (&str, BTreeMap<String, String>),
    (id, at): (&str, Timestamp),
) -> Happening {
    Happening { name: name.to_owned(), key, ..blank(what, at, cut(id)) }
}

fn blank(what: Occurrence, at: Timestamp, id: String) -> Happening {
    let (name, note) = (String::new(), String::new());
    Happening { what, at: at.0, name, key: BTreeMap::new(), id, note, near: None }
}

fn item(index: u32) -> String {
    if index == 0 { String::new() } else { format!(", item {index}") }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_TOLD_TEXT) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "...",
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_there_and_back() {
        let outcome = Outcome::Failed { error: "States.Timeout".to_owned(), cause: "a secret".to_owned() };
        let line = settled("assembly", "id".to_owned(), (2, 3), (&outcome, Timestamp(7)));
        let text = serde_json::to_string(&line).unwrap();
        assert_eq!(
            text,
            r#"{"happened":"failed","at":7,"name":"assembly","id":"id","note":"attempt 3, item 2 failed with States.Timeout"}"#
        );
        assert_eq!(serde_json::from_str::<Happening>(&text).unwrap(), line);
    }

    #[test]
    fn there_is_room_for_so_many() {
        let mut all = Happenings::default();
        for n in 0..=MAX_TOLD_A_BATCH {
            all.push(blank(Occurrence::Late, Timestamp(0), n.to_string()));
        }
        assert_eq!((all.lines.len(), all.more), (MAX_TOLD_A_BATCH, 1));
        let mut twice = all.clone();
        twice.take(all);
        assert_eq!((twice.lines.len(), twice.more), (MAX_TOLD_A_BATCH, MAX_TOLD_A_BATCH + 2));
    }

    #[test]
    fn texts_are_cut_between_characters() {
        let long = "ä".repeat(MAX_TOLD_TEXT);
        assert_eq!(cut(&long), long);
        assert_eq!(cut(&format!("{long}x")), format!("{long}..."));
    }

    #[test]
    fn every_word_means_something() {
        let meant = Telling::WORDS.map(|word| Telling::of_word(word).unwrap());
        assert_eq!(meant, [Telling::Off, Telling::Outcomes, Telling::All]);
        assert_eq!(Telling::of_word("debug"), None);
    }
}
