//! Set-once slots: `all` of different names without a read and without a version.
//!
//! Each member has a slot, which its first event fills and nobody changes; filling commutes. What follows is decided by the
//! *image*, all that is filled: by taking it to a new instance in order of acceptance, so firing, ids and envelope are the
//! core's. An image decides only when it is final: complete, or closed, after which nothing is filled. A deadline
//! therefore closes first (a complete image cannot be closed) and is told by whoever sees what is closed.
//!
//! Who is answerable for what: whoever sees a final image tells what follows from it, each time; receivers drop
//! repetitions. The event that is the first of an image that is not final sees to the deadline before it is acknowledged:
//! of two that fill at once at least one sees that it is first.

use std::collections::BTreeMap;

use fanin_event::{Identity, Timestamp};
use minicbor::{Decode, Encode};

use crate::apply::apply;
use crate::codec::{CodecError, fields};
use crate::condition::{Collect, Condition, Fire, Kind};
use crate::input::{Derived, Effect, Input, MemberEvent, Verdict};
use crate::instance::{Instance, Phase};
use crate::limits::MAX_SLOTS;

/// The format of a slot's value.
const FORMAT: u32 = 1;

/// Whether instances of `condition` may be kept in slots: `all` of different names, once, with members of small form.
#[must_use]
pub fn applies(condition: &Condition) -> bool {
    let mut names: Vec<&str> = condition.members.iter().map(|member| &*member.name).collect();
    names.sort_unstable();
    names.dedup();
    condition.kind == Kind::All
        && condition.fire == Fire::Once
        && condition.collect != Collect::Event
        && names.len() == condition.members.len()
        && (1..=MAX_SLOTS).contains(&names.len())
}

/// What fills a slot.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Filled {
    #[n(0)]
    format: u32,
    /// Version of the condition.
    #[n(1)]
    version: u64,
    #[cbor(n(2), with = "fields::identity")]
    identity: Identity,
    #[cbor(n(3), with = "fields::moment")]
    accepted: Timestamp,
    #[cbor(n(4), with = "fields::moment")]
    time: Timestamp,
    #[n(5)]
    id: String,
    #[n(6)]
    captures: Vec<String>,
    #[n(7)]
    hops: u8,
}

/// The value that `event` fills its slot with.
///
/// # Errors
/// [`CodecError::Unwritable`]; writing to memory does not fail, so this is for completeness.
pub fn value(condition: &Condition, event: &MemberEvent<'_>) -> Result<Vec<u8>, CodecError> {
    let filled = Filled {
        format: FORMAT,
        version: condition.version,
        identity: event.identity,
        accepted: event.accepted,
        time: event.time,
        id: event.id.to_owned(),
        captures: event.captures.iter().map(ToString::to_string).collect(),
        hops: event.hops,
    };
    minicbor::to_vec(filled).map_err(|error| CodecError::Unwritable(error.to_string()))
}

/// The note that closes an image at `now`.
#[must_use]
pub fn note(now: Timestamp) -> Vec<u8> {
    now.0.to_le_bytes().to_vec()
}

/// What an image comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// The instance as it stands, for people too.
    pub instance: Instance,
    /// What follows. To be told if the image is final; nobody may be told otherwise.
    pub derived: Vec<Derived>,
    /// The image is final.
    pub is_final: bool,
    /// Slots of the life that goes on. Where the image is final and `instance` open, the cell has to begin anew with them.
    pub stays: Vec<u16>,
    /// The first event of the image: the one that sees to the deadline.
    pub first: Option<Identity>,
}

impl Decided {
    /// More has happened than an image that is not final may tell: it has to be closed first.
    #[must_use]
    pub fn must_close(&self, filled: usize) -> bool {
        !self.is_final && (!self.derived.is_empty() || self.stays.len() < filled)
    }
}

/// Decides what the image comes to; `closed` is the note it was closed with.
///
/// # Errors
/// [`CodecError`]: a slot of a newer format or of another version of the condition, or bytes that are none.
pub fn decide(
    condition: &Condition,
    key: &str,
    image: &BTreeMap<u16, Vec<u8>>,
    closed: Option<&[u8]>,
) -> Result<Decided, CodecError> {
    let mut slots = Vec::with_capacity(image.len());
    for (member, bytes) in image {
        let filled: Filled = minicbor::decode(bytes)?;
        if filled.format > FORMAT {
            return Err(CodecError::Newer { format: filled.format, min_reader: filled.format });
        }
        if filled.version != condition.version {
            let wrong = "a slot was filled by another version of the condition";
            return Err(minicbor::decode::Error::message(wrong).into());
        }
        slots.push((filled.accepted, *member, filled));
    }
    slots.sort_by_key(|(accepted, member, _)| (*accepted, *member));
    let mut instance = Instance::new(condition);
    let (mut effects, mut stays) = (Vec::new(), Vec::new());
    for (_, member, filled) in &slots {
        let before = instance.generation();
        let captures: Vec<&str> = filled.captures.iter().map(String::as_str).collect();
        let event = MemberEvent {
            member: *member,
            identity: filled.identity,
            id: &filled.id,
            accepted: filled.accepted,
            time: filled.time,
            captures: &captures,
            envelope: "",
            hops: filled.hops,
            waived: None,
        };
        let verdict = apply(condition, key, &mut instance, &Input::Event(event), &mut effects);
        if instance.generation() != before {
            stays.clear();
        }
        if matches!(verdict, Verdict::Waiting | Verdict::Fired) {
            stays.push(*member);
        }
    }
    if let Some(closed) = closed {
        let now = closed.try_into().map(i64::from_le_bytes);
        let now =
            now.map_err(|_| minicbor::decode::Error::message("the note of a closed image is damaged"))?;
        if instance.phase() == Phase::Open && instance.next_due().0 <= now {
            let now = Timestamp(now);
            if apply(condition, key, &mut instance, &Input::Timer { now }, &mut effects) == Verdict::Forgotten
            {
                stays.clear();
            }
        }
    }
    let derived = effects.into_iter().filter_map(|effect| match effect {
        Effect::Derived(derived) => Some(derived),
        Effect::Rejected { .. } => None,
    });
    Ok(Decided {
        derived: derived.collect(),
        is_final: closed.is_some() || image.len() >= condition.members.len(),
        stays,
        first: slots.first().map(|(_, _, filled)| filled.identity),
        instance,
    })
}
