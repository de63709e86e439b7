//! Why an instance has, or has not, fired: data for whoever renders it.

use std::collections::BTreeMap;
use std::sync::Arc;

use fanin_event::Timestamp;
use serde::{Deserialize, Serialize};

use crate::collected::{Collected, WAIVED};
use crate::condition::{Condition, Kind, Member, Window};
use crate::instance::{Ending, Instance, Phase};
use crate::key::Key;
use crate::kinds;
use crate::limits::MAX_EXPLAINED;
use crate::missing::Missing;
use crate::operate::{OPERATOR_SOURCE, Waived};
use crate::outline::outline;

/// The state of one instance in the words of its workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// Name of the workflow.
    pub workflow: Arc<str>,
    /// Name of the condition.
    pub condition: Arc<str>,
    /// The condition version it is pinned to, 16 hex digits.
    pub version: String,
    /// What it asks for.
    pub asks: Asks,
    /// `count`: the name that is counted.
    pub counted: Option<Arc<str>>,
    /// `count` with `distinct`: the capture whose values are counted.
    pub distinct: Option<Arc<str>>,
    /// The correlation key by name.
    pub key: BTreeMap<Arc<str>, Arc<str>>,
    /// Where it is in its life.
    pub state: State,
    /// Nonce of this life of the key, 16 hex digits.
    pub generation: String,
    /// Number of the current or last round.
    pub round: u32,
    /// First acceptance of the round.
    #[serde(default, with = "crate::moment::maybe")]
    pub first_at: Option<Timestamp>,
    /// Last acceptance of the round.
    #[serde(default, with = "crate::moment::maybe")]
    pub last_at: Option<Timestamp>,
    /// When it closed.
    #[serde(default, with = "crate::moment::maybe")]
    pub closed_at: Option<Timestamp>,
    /// What the round counts: names, events or values.
    pub count: u64,
    /// The number it needs; `None` while `reach` is unknown, and for `absent`.
    pub needed: Option<u64>,
    /// Where a captured `reach` came from.
    pub reach: Option<ReachSource>,
    /// What is missing.
    pub missing: Missing,
    /// The members that were kept, in order of acceptance.
    pub members: Vec<MemberSeen>,
    /// Members that were kept, too, but are not listed here, or were counted only.
    pub members_not_shown: u64,
    /// For each name how many of its events count.
    pub counts: BTreeMap<Arc<str>, u64>,
    /// Deliveries of an event that was known.
    pub duplicates: u32,
    /// Events after closing, or after a firing in its window.
    pub late: u32,
    /// Events that added nothing: their slot was filled, their value known.
    pub extra: u32,
    /// When it times out, or fires because nothing came, or its window ends.
    #[serde(default, with = "crate::moment::maybe")]
    pub deadline: Option<Timestamp>,
    /// Milliseconds from now to the deadline; 0 when it has passed and the timer is still to come.
    pub deadline_in: Option<u64>,
    /// When it is forgotten, as things are.
    #[serde(default, with = "crate::moment::maybe")]
    pub forgotten_at: Option<Timestamp>,
}

/// What a condition asks for, as far as telling about it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// Every name.
    All,
    /// One of the names.
    Any,
    /// So many of the names.
    AtLeast,
    /// Every name in this order.
    Sequence,
    /// So many events or values.
    Count,
    /// So many within the last while.
    CountSliding,
    /// So many within an aligned window.
    CountTumbling,
    /// That a name does not come for a while after it came last.
    Absent,
    /// That a name does not come for a while after another one.
    AbsentAfter,
}

/// Where an instance is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing seen.
    New,
    /// A round is under way.
    Open,
    /// Between rounds.
    Idle,
    /// Closed by a firing.
    Fired,
    /// Closed by its deadline.
    TimedOut,
    /// Closed because the awaited event came (`absent` with `after`).
    Satisfied,
}

/// A member of the round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberSeen {
    /// Its name in the workflow.
    pub name: Arc<str>,
    /// The envelope's id.
    pub id: String,
    /// When it was accepted.
    #[serde(with = "crate::moment")]
    pub accepted: Timestamp,
    /// Its captures.
    pub captures: BTreeMap<String, String>,
    /// How often it came: the event, or with `distinct` its value.
    pub times: u32,
    /// A person took it as given: no event came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<Waived>,
}

/// The event that brought `reach`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachSource {
    /// The number.
    pub value: u64,
    /// The envelope id of the event.
    pub from: String,
    /// Later events that brought another number, which does not hold.
    pub conflicts: u32,
    /// The last of those: number and envelope id.
    pub conflict: Option<(u64, String)>,
}

/// Explains `instance`, which is of `condition` for `key`, as it stands at `now`.
#[must_use]
pub fn explain(condition: &Condition, key: &str, instance: &Instance, now: Timestamp) -> Explanation {
    let outline = outline(condition, instance);
    let deadline = outline.deadline;
    let seen = (!instance.is_new()).then_some(());
    let (members, members_not_shown) = members(condition, instance);
    let mut counts: BTreeMap<Arc<str>, u64> = BTreeMap::new();
    for (member, count) in condition.members.iter().zip(kinds::counts(condition, instance)) {
        let total = counts.entry(Arc::clone(&member.name)).or_default();
        *total = total.saturating_add(count);
    }
    Explanation {
        workflow: Arc::clone(&condition.workflow),
        condition: Arc::clone(&condition.name),
        version: format!("{:016x}", instance.version),
        asks: asks(condition),
        counted: counted(condition).map(|member| Arc::clone(&member.name)),
        distinct: counted(condition).and_then(|m| m.captures.get(usize::from(m.distinct?)).cloned()),
        key: condition.by.iter().cloned().zip(Key::decode(key, condition.by.len())).collect(),
        state: outline.state,
        generation: format!("{:016x}", instance.generation),
        round: instance.round,
        first_at: seen.map(|()| instance.first_at),
        last_at: outline.last_at,
        closed_at: if let Phase::Closed { at, .. } = instance.phase { Some(at) } else { None },
        count: instance.counted,
        needed: outline.needed,
        reach: reach(instance),
        missing: outline.missing,
        members,
        members_not_shown,
        counts,
        duplicates: instance.duplicates,
        late: instance.late,
        extra: instance.extra,
        deadline,
        deadline_in: deadline.map(|at| at.since(now).0),
        forgotten_at: outline.forgotten_at,
    }
}

fn asks(condition: &Condition) -> Asks {
    match &condition.kind {
        Kind::All => Asks::All,
        Kind::Any => Asks::Any,
        Kind::AtLeast { .. } => Asks::AtLeast,
        Kind::Sequence => Asks::Sequence,
        Kind::Count { window: None, .. } => Asks::Count,
        Kind::Count { window: Some(Window::Sliding(_)), .. } => Asks::CountSliding,
        Kind::Count { window: Some(Window::Tumbling(_)), .. } => Asks::CountTumbling,
        Kind::Absent { .. } if condition.follows() => Asks::AbsentAfter,
        Kind::Absent { .. } => Asks::Absent,
    }
}

/// The member that a `count` counts.
fn counted(condition: &Condition) -> Option<&Member> {
    if matches!(condition.kind, Kind::Count { .. }) { condition.members.first() } else { None }
}

pub(crate) fn state(phase: Phase) -> State {
    match phase {
        Phase::New => State::New,
        Phase::Open => State::Open,
        Phase::Idle => State::Idle,
        Phase::Closed { ending: Ending::Complete, .. } => State::Fired,
        Phase::Closed { ending: Ending::Timeout, .. } => State::TimedOut,
        Phase::Closed { ending: Ending::Satisfied, .. } => State::Satisfied,
    }
}

fn reach(instance: &Instance) -> Option<ReachSource> {
    let reach = instance.reach.as_ref()?;
    Some(ReachSource {
        value: reach.value,
        from: reach.from.to_string(),
        conflicts: reach.conflicts,
        conflict: reach.conflict.as_ref().map(|other| (other.value, other.from.to_string())),
    })
}

fn members(condition: &Condition, instance: &Instance) -> (Vec<MemberSeen>, u64) {
    let Some(members) = &instance.members else { return (Vec::new(), 0) };
    let mut records: Vec<&Collected> = members.records().collect();
    records.sort_by_key(|record| record.accepted);
    let hidden = records.len().saturating_sub(MAX_EXPLAINED) as u64;
    records.truncate(MAX_EXPLAINED);
    let seen = records.into_iter().map(|record| member(condition, instance, record));
    (seen.collect(), hidden.saturating_add(members.omitted()))
}

fn member(condition: &Condition, instance: &Instance, record: &Collected) -> MemberSeen {
    let json: serde_json::Value = serde_json::from_str(&record.json).unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let captures = json.get("captures").and_then(|captures| captures.as_object());
    let repeated = instance.repeats.as_ref().and_then(|repeats| repeats.0.get(&record.tag));
    MemberSeen {
        name: condition
            .members
            .get(usize::from(record.member))
            .map_or_else(|| Arc::from(""), |member| Arc::clone(&member.name)),
        id: json.get("id").map(text).unwrap_or_default(),
        accepted: record.accepted,
        captures: captures.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect(),
        times: repeated.copied().unwrap_or(0).saturating_add(1),
        waived: waived(&json),
    }
}

/// Who took the member as given. Our own envelopes say it in their detail; the brief form, which has no source, beside it.
fn waived(json: &serde_json::Value) -> Option<Waived> {
    let told = match json.get("source") {
        Some(source) if source == OPERATOR_SOURCE => json.get("detail")?.get(WAIVED)?,
        Some(_) => return None,
        None => json.get(WAIVED)?,
    };
    Waived::deserialize(told).ok()
}
