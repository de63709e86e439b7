//! The answer of a backtest as a document: what `-o json` prints.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The whole answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BacktestReport {
    /// Nothing differs.
    pub same: bool,
    /// From when on events were taken, RFC 3339; none: there were none.
    pub since: Option<String>,
    /// Where virtual time ended.
    pub until: Option<String>,
    /// The log does not reach back to what was asked for: it begins here.
    pub known_from: Option<String>,
    /// Events that both versions got.
    pub events: u64,
    /// What of the log was not taken to the versions.
    pub left_out: LeftOut,
    /// The versions.
    pub old: Version,
    /// The version that was asked about.
    pub new: Version,
    /// What is different in the definitions.
    pub definitions: Vec<Definition>,
    /// Conditions with what they gave out, in the order of the old version, then the added ones.
    pub conditions: Vec<ConditionRow>,
    /// Rules with the calls they made.
    pub rules: Vec<RuleRow>,
    /// Named events whose definition differs, with what is one no longer, and what has become one.
    pub named: Vec<NamedRow>,
    /// Dead letters that one version has more of, by code.
    pub dead: Vec<DeadRow>,
    /// Pairs that lay too far apart to be compared: they were counted as `only_old` and `only_new`.
    pub not_paired: u64,
    /// The earliest difference.
    pub first_difference: Option<String>,
}

/// Records of the log that are not taken to the versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Inputs that could not be events at all.
    pub refused: u64,
    /// What people did: redrives and operations on single instances.
    pub by_hand: u64,
}

/// One of the two versions and the state it ended with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Name of the workflow.
    pub workflow: String,
    /// Content hash of the plan.
    pub version: String,
    /// Versions that were in force one after the other; 1 unless the recorded ones are played.
    pub versions: u64,
    /// Events that were no named event.
    pub unmatched: u64,
    /// Instances with a round under way at the end.
    pub open_instances: u64,
    /// Instances held at the end, open and remembered.
    pub instances: u64,
    /// Runs in progress at the end.
    pub open_runs: u64,
    /// Dead letters written.
    pub dead_letters: u64,
    /// Bytes of a snapshot at the end.
    pub state_bytes: u64,
}

/// How a definition differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// `event`, `condition`, `rule`, `function`.
    pub kind: String,
    /// Its name, in the new version if it is there.
    pub name: String,
    /// What happened to it.
    pub change: DefinitionChange,
    /// The name it had.
    pub was: Option<String>,
    /// The parts that differ, by the names of the plan.
    pub fields: Vec<String>,
}

/// What happened to a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefinitionChange {
    /// Only the new version has it.
    Added,
    /// Only the old version has it.
    Removed,
    /// The same under another name.
    Renamed,
    /// Something in it differs.
    Changed,
    /// It is the same, but an event it listens to is not.
    EventsChanged,
}

/// How many agree and how many do not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// In both, alike.
    pub same: u64,
    /// In both, different.
    pub changed: u64,
    /// Only in the old version.
    pub only_old: u64,
    /// Only in the new version.
    pub only_new: u64,
    /// Of the changed ones, how many differ in which field.
    pub fields: BTreeMap<String, u64>,
    /// The earliest difference, RFC 3339.
    pub first_difference: Option<String>,
    /// Up to five of each kind; all of them are told to the visitor.
    pub examples: Vec<Difference>,
}

impl Tally {
    /// Whether nothing differs.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.changed + self.only_old + self.only_new == 0
    }
}

/// A condition in both versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionRow {
    /// Its name in the old version; for an added one in the new.
    pub name: String,
    /// Its name in the new version, where that is another one.
    pub renamed_to: Option<String>,
    /// What it gave out: (firings, timeouts) of the old version.
    pub old: Endings,
    /// The same of the new version.
    pub new: Endings,
    /// The comparison. Of one key, the n-th ending is compared with the n-th.
    pub endings: Tally,
    /// Open instances at the end.
    pub open: Open,
}

/// How often rounds ended, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endings {
    /// Firings.
    pub fired: u64,
    /// Timeouts.
    pub timed_out: u64,
}

/// Open instances of one condition at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// In the old version.
    pub old: u64,
    /// In the new version.
    pub new: u64,
    /// Keys open in the old version alone: how many.
    pub only_old: u64,
    /// Keys open in the new version alone: how many.
    pub only_new: u64,
    /// Up to five of the former, the smallest first, canonical text.
    pub only_old_keys: Vec<String>,
    /// Up to five of the latter.
    pub only_new_keys: Vec<String>,
}

/// A rule in both versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRow {
    /// Its name in the old version; for an added one in the new.
    pub name: String,
    /// Its name in the new version, where that is another one.
    pub renamed_to: Option<String>,
    /// Calls, attempts counted one by one, in the old version.
    pub old_calls: u64,
    /// The same in the new version.
    pub new_calls: u64,
    /// The comparison of calls: same run, item and attempt.
    pub calls: Tally,
    /// The comparison of how runs ended.
    pub ends: Tally,
    /// Where the answers came from.
    pub answers: Answered,
}

/// Where the answers to a rule's calls came from, in the new version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// From the log.
    pub recorded: u64,
    /// Of these, answers to a call with another input.
    pub other_input: u64,
    /// From the file of answers.
    pub from_file: u64,
    /// From the stub that the workflow declares.
    pub stub: u64,
    /// Nobody answered: what would follow is not known.
    pub unknown: u64,
    /// The same in the old version.
    pub unknown_old: u64,
    /// Something listens to how the rule ends.
    pub listened: bool,
}

/// A named event whose definition differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedRow {
    /// Its name in the old version; for an added one in the new.
    pub name: String,
    /// Its name in the new version, where that is another one.
    pub renamed_to: Option<String>,
    /// Events that were it in the old version.
    pub old: u64,
    /// Events that were it in the new version.
    pub new: u64,
    /// Of the old ones, those that are it no longer.
    pub lost: u64,
    /// Of the new ones, those that were not it before.
    pub gained: u64,
    /// Up to five of those lost.
    pub lost_examples: Vec<NamedExample>,
    /// Up to five of those gained.
    pub gained_examples: Vec<NamedExample>,
}

/// An event that is a named event in one version alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedExample {
    /// The envelope's id.
    pub id: String,
    /// Acceptance time.
    pub at: String,
    /// The field that fails in the other version; empty when it is none in particular, or the name is not there.
    pub field: String,
    /// Why, as a sentence.
    pub reason: String,
    /// No other name took it either: that version does not know the event at all.
    pub unmatched: bool,
}

/// Dead letters of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadRow {
    /// Code or error name.
    pub code: String,
    /// The rule, the derived event, or `event`.
    pub subject: String,
    /// In the old version.
    pub old: u64,
    /// In the new version.
    pub new: u64,
    /// Why, of one of them.
    pub reason: String,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A firing or a timeout.
    Ending,
    /// A call.
    Call,
    /// The end of a run.
    RunEnd,
}

/// How something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// In both, different.
    Changed,
    /// Only in the old version.
    OnlyOld,
    /// Only in the new version.
    OnlyNew,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// How it differs.
    pub change: Change,
    /// What it is.
    pub what: What,
    /// The condition or the rule, by the old version's name.
    pub name: String,
    /// The correlation key; of a rule the captures of what started the run.
    pub key: BTreeMap<String, String>,
    /// Which ending of that key; which attempt of a call.
    pub nth: u32,
    /// The item of a `map`.
    pub index: u32,
    /// In the old version.
    pub old: Option<Sighting>,
    /// In the new version.
    pub new: Option<Sighting>,
    /// What differs, for changed ones.
    pub fields: Vec<FieldChange>,
}

/// One of the two sides of a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// When.
    pub at: String,
    /// `fired`, `timed out`, `called`, or the event that ends a run.
    pub outcome: String,
    /// The envelope's id, or the action's.
    pub id: String,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// `outcome`, `at`, `count`, `round`, `members`, `missing`, `target`, `input`, `result`.
    pub field: String,
    /// In the old version, as text for people; of members those that the new version does not have.
    pub old: String,
    /// In the new version; of members those that the old version does not have.
    pub new: String,
}
