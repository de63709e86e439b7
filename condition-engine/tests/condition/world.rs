//! A condition, one instance of it, and what came of the inputs.

use std::sync::Arc;

use fanin_condition::{
    Collect, Condition, Derived, Effect, Fire, Input, Instance, Key, Kind, Member, MemberEvent, OperateError,
    Operator, Reach, Verdict, Waiver, Window, apply,
};
use fanin_event::{Identity, Span, Timestamp};
use serde_json::{Value, json};

pub(crate) const SECOND: i64 = 1_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;
/// Every test begins here: 2026-01-02T03:00:00Z.
pub(crate) const START: i64 = 1_767_322_800_000;

/// Who intervenes in tests.
pub(crate) const OPERATOR: Operator<'static> = Operator { by: "ann@desk", why: "lost in \"transit\"" };

pub(crate) fn span(ms: i64) -> Span {
    Span(u64::try_from(ms).unwrap())
}

/// A condition over `members`, each `name` or `name capture capture ...`, of workflow `video` and named `done`.
pub(crate) fn condition(kind: Kind, members: &[&str]) -> Condition {
    Condition {
        workflow: Arc::from("video"),
        name: Arc::from("done"),
        version: 0xabc,
        kind,
        members: members.iter().map(|text| member(text)).collect(),
        by: vec![Arc::from("job")],
        within: None,
        fire: Fire::Once,
        collect: Collect::Event,
        retain: Span::days(5),
    }
}

fn member(text: &str) -> Member {
    let mut words = text.split(' ').map(Arc::from);
    let name = words.next().unwrap();
    Member { name, captures: words.collect(), key: vec![], distinct: None, reach: None }
}

/// A count of `part`, its number written in the workflow or, with `None`, brought by `manifest`.
pub(crate) fn count(reach: Option<u64>) -> Condition {
    let reach_kind = reach.map_or(Reach::Captured, Reach::Number);
    let kind = Kind::Count { reach: reach_kind, window: None };
    let mut condition = condition(kind, &["part part", "manifest parts"]);
    match reach {
        Some(_) => condition.members.truncate(1),
        None => condition.members[1].reach = Some(0),
    }
    condition
}

/// A count in a window, round after round.
pub(crate) fn windowed(reach: u64, window: Window) -> Condition {
    let kind = Kind::Count { reach: Reach::Number(reach), window: Some(window) };
    Condition { fire: Fire::Every, ..condition(kind, &["order value"]) }
}

pub(crate) struct World {
    pub(crate) condition: Condition,
    pub(crate) instance: Instance,
    pub(crate) key: Key,
    pub(crate) derived: Vec<Derived>,
    pub(crate) rejected: Vec<&'static str>,
}

/// An event before it is accepted: name, id, and captures in order.
#[derive(Clone, Debug)]
pub(crate) struct Happening {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) captures: Vec<String>,
    /// The event's own time; `None`: when it is accepted.
    pub(crate) time: Option<i64>,
    pub(crate) hops: u8,
}

/// `"part p1 7"`: name, id, captures.
pub(crate) fn happening(text: &str) -> Happening {
    let mut words = text.split(' ').map(str::to_owned);
    let (name, id) = (words.next().unwrap(), words.next().unwrap());
    Happening { name, id, captures: words.collect(), time: None, hops: 0 }
}

impl World {
    pub(crate) fn new(condition: Condition) -> World {
        let instance = Instance::new(&condition);
        let values: Vec<String> = condition.by.iter().map(|name| format!("{name}-1")).collect();
        let key = Key::of(&values.iter().map(String::as_str).collect::<Vec<_>>());
        World { condition, instance, key, derived: vec![], rejected: vec![] }
    }

    /// `happening` is accepted `ms` after the start.
    pub(crate) fn event(&mut self, ms: i64, text: &str) -> Verdict {
        self.happens(ms, &happening(text))
    }

    pub(crate) fn happens(&mut self, ms: i64, what: &Happening) -> Verdict {
        let member = self.condition.members.iter().position(|m| *m.name == *what.name).unwrap();
        self.happens_as(ms, what, u16::try_from(member).unwrap())
    }

    pub(crate) fn happens_as(&mut self, ms: i64, what: &Happening, member: u16) -> Verdict {
        let accepted = Timestamp(START + ms);
        let time = what.time.map_or(accepted, |time| Timestamp(START + time));
        let envelope =
            json!({"id": what.id, "detail-type": what.name, "time": time.to_string(), "detail": {"captures": what.captures}})
                .to_string();
        let captures: Vec<&str> = what.captures.iter().map(String::as_str).collect();
        self.input(&Input::Event(MemberEvent {
            member,
            identity: Identity::of(&["test", &what.id]),
            id: &what.id,
            accepted,
            time,
            captures: &captures,
            envelope: &envelope,
            hops: what.hops,
            waived: None,
        }))
    }

    pub(crate) fn timer(&mut self, ms: i64) -> Verdict {
        self.input(&Input::Timer { now: Timestamp(START + ms) })
    }

    /// Somebody ends the open round.
    pub(crate) fn expire(&mut self, ms: i64) -> Verdict {
        self.input(&Input::Expire { now: Timestamp(START + ms), operator: OPERATOR })
    }

    /// Somebody takes a member as given.
    pub(crate) fn waive(
        &mut self,
        ms: i64,
        member: &str,
        values: &[(&str, &str)],
    ) -> Result<Verdict, OperateError> {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let place = (&self.condition, &*self.key, &self.instance);
        let waiver = Waiver::new(place, member, &values, OPERATOR, Timestamp(START + ms))?;
        Ok(waiver.with_event(|event| self.input(&Input::Event(event))))
    }

    pub(crate) fn input(&mut self, input: &Input<'_>) -> Verdict {
        let mut effects = Vec::new();
        let verdict = apply(&self.condition, &self.key, &mut self.instance, input, &mut effects);
        for effect in effects {
            match effect {
                Effect::Derived(derived) => self.derived.push(derived),
                Effect::Rejected { code, reason } => {
                    assert!(reason.len() > 20, "says what is wrong");
                    self.rejected.push(code);
                }
            }
        }
        verdict
    }

    /// What was derived since the last call: `done#1 x3 at 60000`, with `.timeout` in the name.
    pub(crate) fn fired(&mut self) -> Vec<String> {
        let derived = std::mem::take(&mut self.derived);
        derived
            .iter()
            .map(|derived| {
                let detail = detail(derived);
                format!(
                    "{}#{} x{} at {}",
                    derived.name,
                    detail["round"],
                    detail["count"],
                    derived.at.0 - START
                )
            })
            .collect()
    }

    /// The moment it wants a timer, after the start.
    pub(crate) fn due(&self) -> Option<i64> {
        let due = self.instance.next_due();
        (due != Timestamp::NEVER).then(|| due.0 - START)
    }

    /// The detail of the only derived event so far.
    pub(crate) fn detail(&self) -> Value {
        assert_eq!(self.derived.len(), 1, "one derived event");
        detail(&self.derived[0])
    }
}

/// The envelope of a derived event, parsed.
pub(crate) fn envelope(derived: &Derived) -> Value {
    serde_json::from_str(&derived.envelope).unwrap()
}

/// The detail of a derived event, parsed.
pub(crate) fn detail(derived: &Derived) -> Value {
    envelope(derived)["detail"].clone()
}

/// Captures `part` or `id` of the members of `name` in a detail.
pub(crate) fn ids(detail: &Value, name: &str) -> Vec<String> {
    let list = detail["members"][name].as_array().unwrap();
    list.iter().map(|member| member["id"].as_str().unwrap().to_owned()).collect()
}
