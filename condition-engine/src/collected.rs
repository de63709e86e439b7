//! The members an instance keeps for its next firing, each already in the JSON form in which it will be sent.

use std::collections::VecDeque;

use fanin_event::Timestamp;
use minicbor::{Decode, Encode};

use crate::codec::fields;
use crate::condition::{Collect, Member};
use crate::input::MemberEvent;
use crate::json::{push_member, push_name};
use crate::limits::{MAX_COLLECTED, MAX_COLLECTED_BYTES, MAX_ENVELOPE_BYTES, MAX_ENVELOPES};
use crate::print::Print;
use crate::round::Arrival;

/// The member of a kept member's JSON, or of its detail, that says who took it as given.
pub(crate) const WAIVED: &str = "waived";

/// A counted member.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Collected {
    /// Its index in the condition.
    #[n(0)]
    pub(crate) member: u16,
    /// When it was accepted.
    #[cbor(n(1), with = "fields::moment")]
    pub(crate) accepted: Timestamp,
    /// What its repetitions are known by: its value with `distinct`, else its identity as this member.
    #[cbor(n(2), with = "fields::print")]
    pub(crate) tag: Print,
    /// An object with `id` and `captures` at least.
    #[n(3)]
    pub(crate) json: Box<str>,
}

/// Members in order of arrival, within their limits.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Collection {
    #[n(0)]
    records: VecDeque<Collected>,
    /// Bytes of all `json`.
    #[n(1)]
    bytes: usize,
    /// Members that were counted but not kept.
    #[n(2)]
    omitted: u64,
}

impl Collection {
    /// Keeps `event` in the form that `collect` and the limits allow.
    pub(crate) fn keep(&mut self, collect: Collect, arrival: &Arrival<'_>) {
        let Arrival { event, member, tag, .. } = *arrival;
        let mut json = None;
        if collect == Collect::Event && self.records.len() < MAX_ENVELOPES {
            json = whole(member, event)
                .filter(|text| self.bytes.saturating_add(text.len()) <= MAX_ENVELOPE_BYTES);
        }
        let json = json.unwrap_or_else(|| brief(member, event));
        let bytes = self.bytes.saturating_add(json.len());
        if self.records.len() >= MAX_COLLECTED || bytes > MAX_COLLECTED_BYTES {
            self.omitted = self.omitted.saturating_add(1);
            return;
        }
        self.bytes = bytes;
        self.records.push_back(Collected {
            member: event.member,
            accepted: event.accepted,
            tag,
            json: json.into_boxed_str(),
        });
    }

    /// In order of arrival.
    pub(crate) fn records(&self) -> impl ExactSizeIterator<Item = &Collected> {
        self.records.iter()
    }

    /// What there is beside the members themselves.
    pub(crate) fn without_records(&self) -> Collection {
        Collection { records: VecDeque::new(), bytes: self.bytes, omitted: self.omitted }
    }

    /// The members that belong to what [`Collection::without_records`] gave.
    pub(crate) fn put_records(&mut self, records: VecDeque<Collected>) {
        self.records = records;
    }

    /// Members that were counted but not kept.
    pub(crate) fn omitted(&self) -> u64 {
        self.omitted
    }

    /// Says how many are missing, where the number changed with the window.
    pub(crate) fn set_omitted(&mut self, omitted: u64) {
        self.omitted = omitted;
    }

    /// Takes members out from the front while `expired` says so.
    pub(crate) fn drop_front_while(&mut self, expired: impl Fn(&Collected) -> bool) {
        while let Some(front) = self.records.front()
            && expired(front)
        {
            self.bytes = self.bytes.saturating_sub(front.json.len());
            self.records.pop_front();
        }
    }

    /// Keeps only what `wanted` says.
    pub(crate) fn retain(&mut self, wanted: impl FnMut(&Collected) -> bool) {
        self.records.retain(wanted);
        self.bytes = self.records.iter().map(|record| record.json.len()).sum();
    }
}

/// The whole envelope with a `captures` member added at its end (the last of two equal names wins with JSON readers, so
/// ours does). `None` if the text is no object: then the brief form has to do.
fn whole(member: &Member, event: &MemberEvent<'_>) -> Option<String> {
    let inside = event.envelope.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut out = String::with_capacity(inside.len() + 64);
    out.push('{');
    out.push_str(inside);
    push_captures(&mut out, member, event);
    out.push('}');
    Some(out)
}

/// `{"id", "time", "captures"}`, and `waived` if a person took it as given.
fn brief(member: &Member, event: &MemberEvent<'_>) -> String {
    let mut out = String::with_capacity(128);
    out.push('{');
    push_member(&mut out, "id", event.id);
    push_member(&mut out, "time", &event.time.to_string());
    push_captures(&mut out, member, event);
    if let Some(operator) = event.waived {
        operator.push(WAIVED, &mut out);
    }
    out.push('}');
    out
}

fn push_captures(out: &mut String, member: &Member, event: &MemberEvent<'_>) {
    push_name(out, "captures");
    out.push('{');
    for (name, value) in member.captures.iter().zip(event.captures) {
        push_member(out, name, value);
    }
    out.push('}');
}

#[cfg(test)]
#[path = "collected/tests.rs"]
mod tests;
