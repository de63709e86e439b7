//! What a person may do to one instance: end its round now, or take a member as given. Checked here, decided by
//! [`apply`](crate::apply()) like everything else.

mod error;

use std::collections::BTreeMap;
use std::sync::Arc;

use fanin_event::{Envelope, Identity, Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::apply::apply;
use crate::condition::{Condition, Kind, Member, Reach};
use crate::input::{Effect, Input, MemberEvent, Verdict};
use crate::instance::{Instance, Phase};
use crate::json::{push_member, push_name};
use crate::key::Key;
use crate::kinds;
use crate::limits::{MAX_OPERATOR_TEXT, MAX_WAIVED_VALUE, MAX_WAIVED_VALUES};
use crate::progress::Progress;

pub use error::OperateError;

/// The source that stands in the envelope of a member that was taken as given.
pub const OPERATOR_SOURCE: &str = "fanin.operator";

/// Who intervenes, and why: part of what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator<'a> {
    /// Who.
    pub by: &'a str,
    /// Why.
    pub why: &'a str,
}

impl Operator<'_> {
    /// Appends `"name":{"by":...,"why":...}`.
    pub(crate) fn push(&self, name: &str, out: &mut String) {
        push_name(out, name);
        out.push('{');
        push_member(out, "by", self.by);
        push_member(out, "why", self.why);
        out.push('}');
    }
}

/// Who took a member as given, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waived {
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
}

/// Checks the texts that say who and why.
///
/// # Errors
/// When one is empty or too long.
pub fn check_operator(operator: Operator<'_>) -> Result<(), OperateError> {
    for (what, text) in [("the name of who does it (by)", operator.by), ("the reason (why)", operator.why)] {
        if text.trim().is_empty() || text.len() > MAX_OPERATOR_TEXT {
            return Err(OperateError::Text { what, limit: MAX_OPERATOR_TEXT });
        }
    }
    Ok(())
}

/// Whether the open round of `instance` can be ended now, by [`Input::Expire`].
///
/// # Errors
/// When nothing is open, or nothing runs out.
pub fn check_expire(condition: &Condition, key: &str, instance: &Instance) -> Result<(), OperateError> {
    check_open(condition, key, instance)?;
    if kinds::has_nothing_to_end(condition, instance) {
        let after = condition.members.get(1).map(|m| m.name.to_string()).unwrap_or_default();
        return Err(OperateError::NothingRuns { condition: condition.name.to_string(), after });
    }
    Ok(())
}

fn check_open(condition: &Condition, key: &str, instance: &Instance) -> Result<(), OperateError> {
    let state = match instance.phase() {
        Phase::Open => return Ok(()),
        Phase::New => "nothing was seen yet",
        Phase::Idle => "it is between rounds, and the next event opens another one",
        Phase::Closed { .. } => "it is closed; `fanin state drop` forgets it, and the next event begins anew",
    };
    Err(OperateError::NotOpen { condition: condition.name.to_string(), key: key.to_owned(), state })
}

/// A member that is taken as given: the event that stands for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiver {
    member: u16,
    identity: Identity,
    id: String,
    accepted: Timestamp,
    time: Timestamp,
    captures: Vec<Arc<str>>,
    envelope: String,
    operator: Waived,
}

impl Waiver {
    /// Takes the member called `name` as given at `at`. Its captures are the key's values and `values`; one that decides
    /// nothing and is not given is an empty text. The same arguments make the same event.
    ///
    /// # Errors
    /// When nothing is open, the member is not missing, or a value it needs was not given.
    pub fn new(
        (condition, key, instance): (&Condition, &str, &Instance),
        name: &str,
        values: &BTreeMap<String, String>,
        operator: Operator<'_>,
        at: Timestamp,
    ) -> Result<Waiver, OperateError> {
        check_open(condition, key, instance)?;
        check_values(values)?;
        let (index, member) = find(condition, instance, name)?;
        let captures = captures((condition, key, instance), member, values)?;
        let mut parts = vec![
            "fanin.waived".to_owned(),
            condition.workflow.to_string(),
            condition.name.to_string(),
            format!("{:016x}", condition.version),
            key.to_owned(),
            format!("{:016x}", instance.generation()),
            instance.round().to_string(),
            at.0.to_string(),
            index.to_string(),
        ];
        parts.extend(captures.iter().map(ToString::to_string));
        let identity = Identity::of(&parts.iter().map(String::as_str).collect::<Vec<_>>());
        let time = own_time(instance, index, at);
        let id = identity.to_uuid();
        let envelope = envelope(member, &captures, (&id, time), operator);
        let operator = Waived { by: operator.by.to_owned(), why: operator.why.to_owned() };
        let waiver = Waiver { member: index, identity, id, accepted: at, time, captures, envelope, operator };
        waiver.would_count(condition, key, instance)?;
        Ok(waiver)
    }

    /// Its identity.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// The envelope, JSON text.
    #[must_use]
    pub fn envelope(&self) -> &str {
        &self.envelope
    }

    /// Hands the event to `take`.
    pub fn with_event<T>(&self, take: impl FnOnce(MemberEvent<'_>) -> T) -> T {
        let captures: Vec<&str> = self.captures.iter().map(AsRef::as_ref).collect();
        take(MemberEvent {
            member: self.member,
            identity: self.identity,
            id: &self.id,
            accepted: self.accepted,
            time: self.time,
            captures: &captures,
            envelope: &self.envelope,
            hops: 0,
            waived: Some(Operator { by: &self.operator.by, why: &self.operator.why }),
        })
    }

    /// Tries it on a copy: what would change nothing is refused.
    fn would_count(&self, condition: &Condition, key: &str, instance: &Instance) -> Result<(), OperateError> {
        let (mut copy, mut effects) = (instance.clone(), Vec::new());
        let verdict =
            self.with_event(|event| apply(condition, key, &mut copy, &Input::Event(event), &mut effects));
        let reason = match verdict {
            Verdict::Waiting | Verdict::Fired | Verdict::Expired | Verdict::Forgotten => return Ok(()),
            Verdict::Ignored => "its place is taken, or its value is counted already".to_owned(),
            Verdict::Duplicate => "it was taken as given at this very moment".to_owned(),
            Verdict::Late => "its window is over".to_owned(),
            Verdict::Rejected => {
                let why = effects.into_iter().find_map(|effect| match effect {
                    Effect::Rejected { reason, .. } => Some(reason),
                    Effect::Derived(_) => None,
                });
                why.unwrap_or_else(|| "it cannot be taken".to_owned())
            }
        };
        let member = condition.members.get(usize::from(self.member));
        Err(OperateError::NotMissing {
            condition: condition.name.to_string(),
            key: key.to_owned(),
            member: member.map(|m| m.name.to_string()).unwrap_or_default(),
            reason,
        })
    }
}

fn check_values(values: &BTreeMap<String, String>) -> Result<(), OperateError> {
    if values.len() > MAX_WAIVED_VALUES {
        return Err(OperateError::TooMany);
    }
    let long = |text: &String| text.is_empty() || text.len() > MAX_WAIVED_VALUE;
    if values.iter().any(|(name, value)| long(name) || long(value)) {
        return Err(OperateError::Text { what: "names and values of --set", limit: MAX_WAIVED_VALUE });
    }
    Ok(())
}

/// The member of this name; of several with one name, in a sequence for example, the first that is not seen yet.
fn find<'a>(
    condition: &'a Condition,
    instance: &Instance,
    name: &str,
) -> Result<(u16, &'a Member), OperateError> {
    let counts = kinds::counts(condition, instance);
    let members = (0..=u16::MAX).zip(&condition.members).filter(|(_, member)| *member.name == *name);
    let unseen = |(index, _): &(u16, &Member)| counts.get(usize::from(*index)).is_none_or(|n| *n == 0);
    let first = members.clone().next();
    members.clone().find(unseen).or(first).ok_or_else(|| OperateError::NoMember {
        condition: condition.name.to_string(),
        member: name.to_owned(),
        members: list(condition.members.iter().map(|m| &*m.name)),
    })
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.dedup();
    names.join(", ")
}

/// The values of the member's captures: out of the key, given, known already, or empty.
fn captures(
    (condition, key, instance): (&Condition, &str, &Instance),
    member: &Member,
    values: &BTreeMap<String, String>,
) -> Result<Vec<Arc<str>>, OperateError> {
    let keys = Key::decode(key, condition.by.len());
    let of_key = |place: u16| member.key.iter().position(|p| *p == place).and_then(|n| keys.get(n));
    let free = |place: u16| of_key(place).is_none();
    let places = || (0..=u16::MAX).zip(&member.captures);
    for given in values.keys() {
        if !places().any(|(place, name)| free(place) && **name == **given) {
            let names = list(places().filter(|(p, _)| free(*p)).map(|(_, name)| &**name));
            let free = match (names.is_empty(), member.captures.iter().any(|name| **name == **given)) {
                (_, true) => "it is part of the key, which is given with --key".to_owned(),
                (true, _) => "it has none beside the key".to_owned(),
                (false, _) => format!("it has {names}"),
            };
            let (member, capture) = (member.name.to_string(), given.clone());
            return Err(OperateError::NoValue { member, capture, free });
        }
    }
    let captured = matches!(condition.kind, Kind::Count { reach: Reach::Captured, .. });
    let value = |(place, name): (u16, &Arc<str>)| {
        if let Some(value) = of_key(place) {
            return Ok(Arc::clone(value));
        }
        if let Some(value) = values.get(&**name) {
            return Ok(Arc::from(value.as_str()));
        }
        let reason = if member.distinct == Some(place) {
            "whose different values are counted"
        } else if captured && member.reach == Some(place) {
            if let Some(known) = &instance.reach {
                return Ok(Arc::from(known.value.to_string()));
            }
            "which says how many are needed"
        } else {
            return Ok(Arc::from(""));
        };
        Err(OperateError::NeedsValue { member: member.name.to_string(), capture: name.to_string(), reason })
    };
    places().map(value).collect()
}

/// The event's own time. Only a sequence looks at it: there it fits right after the events before it.
fn own_time(instance: &Instance, member: u16, at: Timestamp) -> Timestamp {
    let Progress::Sequence(candidates) = &instance.progress else { return at };
    let (before, after) = kinds::neighbours(candidates, usize::from(member));
    match (before, after) {
        (Some(before), _) => before,
        (None, Some(after)) => after.minus(Span(1)),
        (None, None) => at,
    }
}

fn envelope(
    member: &Member,
    captures: &[Arc<str>],
    (id, time): (&str, Timestamp),
    operator: Operator<'_>,
) -> String {
    let mut detail = String::from("{");
    operator.push("waived", &mut detail);
    push_name(&mut detail, "captures");
    detail.push('{');
    for (name, value) in member.captures.iter().zip(captures) {
        push_member(&mut detail, name, value);
    }
    detail.push_str("}}");
    Envelope {
        id,
        source: OPERATOR_SOURCE,
        detail_type: &member.name,
        time: &time.to_string(),
        resources: &[],
        detail: &detail,
    }
    .to_text()
}
