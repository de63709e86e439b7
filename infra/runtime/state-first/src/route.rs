//! From a message's body to the instances it touches and the runs it starts: decode, recognize, route. No store here.

use std::sync::Arc;

use fanin_condition::Key;
use fanin_event::{Identity, Scratch, Timestamp};
use fanin_plan::{NameEntry, NameId};
use fanin_runtime::{LetterKind, LoadedPlan};
use fanin_triggers::{Context, Raw, decode};

use crate::dead::DeadRecord;
use crate::happenings::{Happenings, Occurrence, Seen, Telling};
use crate::message::{DerivedMessage, StartMessage};
use crate::plans::PlanSet;
use crate::ports::Received;

/// An event on its way to instances and rules.
#[derive(Debug)]
pub(crate) struct Happened {
    pub(crate) identity: Identity,
    /// The envelope's id.
    pub(crate) id: String,
    pub(crate) accepted: Timestamp,
    /// Its own time.
    pub(crate) time: Timestamp,
    /// It is its own indeed: the same in every delivery.
    pub(crate) own: bool,
    pub(crate) envelope: String,
    pub(crate) hops: u8,
    /// The derived events that led to it, itself included; the newest last.
    pub(crate) chain: Vec<Arc<str>>,
}

impl Happened {
    /// The time that is the same in every delivery, as exact as every way here has it: two channels may cut it differently.
    pub(crate) fn own_time(&self) -> Option<Timestamp> {
        let second = self.time.0.div_euclid(1_000).saturating_mul(1_000);
        self.own.then_some(Timestamp(second))
    }
}

/// An event as one member of one condition in one version.
#[derive(Clone, Debug)]
pub(crate) struct Touch {
    pub(crate) event: Arc<Happened>,
    /// The condition's version.
    pub(crate) version: u64,
    /// Whether that version opens instances.
    pub(crate) opens: bool,
    pub(crate) member: u16,
    pub(crate) values: Vec<String>,
}

/// Which instance: a condition's name and a key.
pub(crate) type Spot = (Arc<str>, String);

/// Everything one event, or a message with several, comes to.
#[derive(Debug, Default)]
pub(crate) struct Routed {
    pub(crate) touches: Vec<(Spot, Touch)>,
    pub(crate) starts: Vec<StartMessage>,
    pub(crate) dead: Vec<DeadRecord>,
    /// Events in it.
    pub(crate) events: usize,
    /// Those that are a named event.
    pub(crate) matched: usize,
    /// How much of them is told.
    pub(crate) telling: Telling,
    /// Of the event that is being read.
    pub(crate) seen: Seen,
    /// What is told of them.
    pub(crate) happened: Happenings,
}

/// An event under one of its names.
struct Named<'a> {
    entry: &'a NameEntry,
    names: &'a [Arc<str>],
    values: &'a [&'a str],
}

/// Takes a raw body apart: each event in it, with what it touches.
///
/// `routed` is where it goes, with how much is told of it.
pub(crate) fn raw(
    plans: &PlanSet,
    (received, body): (&Received, &str),
    scratch: &mut Scratch,
    mut routed: Routed,
) -> Routed {
    let mut fresh = || received.id.clone();
    let mut context = Context::new(received.sent, &mut fresh);
    context.idempotency_key = Some(&received.id);
    for answer in decode(&Raw::detect(body.as_bytes()), &mut context) {
        routed.events += 1;
        match answer {
            Ok(decoded) => {
                let about = (received.sent, decoded.identity, decoded.own_time);
                outside(plans, about, decoded.envelope, (scratch, &mut routed));
            }
            Err(rejected) => {
                let what = (rejected.code, rejected.reason);
                routed.dead.push(DeadRecord::new(received.sent, what, rejected.payload, LetterKind::Refused));
            }
        }
    }
    routed
}

/// An event from outside that came as an envelope, with its identity; `own`: its time is its own.
pub(crate) fn outside(
    plans: &PlanSet,
    (accepted, identity, own): (Timestamp, Identity, bool),
    envelope: String,
    (scratch, routed): (&mut Scratch, &mut Routed),
) {
    let refused = |(code, reason): (&str, String), payload| {
        DeadRecord::new(accepted, (code, reason), payload, LetterKind::Refused)
    };
    let head = match plans.newest.recognizer.recognize(&envelope, scratch) {
        Err(error) => {
            routed.dead.push(refused(("not-an-event", error.to_string()), envelope));
            return;
        }
        Ok(recognized) => {
            let header = recognized.header();
            let (id, source) = (header.id.unwrap_or_default(), header.source.unwrap_or_default());
            let time = header.time.and_then(Timestamp::parse).unwrap_or(accepted);
            if routed.telling != Telling::Off {
                let about = format!("{source} {:?}", header.detail_type.unwrap_or_default());
                routed.seen = Seen { at: accepted, id: id.to_owned(), about, ..Seen::default() };
            }
            (!id.is_empty() && !source.is_empty()).then(|| (id.to_owned(), time))
        }
    };
    let Some((id, time)) = head else {
        let reason =
            "the envelope needs a text `id` and a text `source`: together they are its identity".to_owned();
        routed.dead.push(refused(("no-identity", reason), envelope));
        return;
    };
    let event = Happened { identity, id, accepted, time, own, envelope, hops: 0, chain: Vec::new() };
    let event = Arc::new(event);
    let matched = recognized(plans, &event, true, (scratch, routed));
    routed.matched += usize::from(matched);
    let seen = std::mem::take(&mut routed.seen);
    match (routed.telling, matched) {
        (Telling::All, true) => routed.happened.push(seen.line(Occurrence::Accepted)),
        (Telling::Off, _) | (_, true) => {}
        (telling, false) => routed.happened.unmatched(seen, &event.envelope, &plans.newest, telling),
    }
}

/// A derived event on its way back: to the members that name it and to those whose pattern it matches. Its runs were
/// started by whoever sent it.
pub(crate) fn derived(plans: &PlanSet, message: DerivedMessage, scratch: &mut Scratch) -> Routed {
    let mut routed = Routed { events: 1, matched: 1, ..Routed::default() };
    let (names, values): (Vec<Arc<str>>, Vec<Arc<str>>) = message.captures.into_iter().unzip();
    let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
    let event = Arc::new(Happened {
        identity: message.identity,
        id: message.identity.to_uuid(),
        accepted: message.at,
        time: message.at,
        own: true,
        envelope: message.envelope,
        hops: message.hops,
        chain: message.chain,
    });
    for (plan, newest) in each(plans) {
        if let Some(entry) = plan.names.find(&message.name).and_then(|id| plan.names.get(id)) {
            let named = Named { entry, names: &names, values: &values };
            members(plans, (plan, newest), &event, &named, &mut routed);
        }
    }
    recognized(plans, &event, false, (scratch, &mut routed));
    routed
}

/// The plans, and whether it is the newest.
fn each(plans: &PlanSet) -> impl Iterator<Item = (&LoadedPlan, bool)> {
    std::iter::once((&*plans.newest, true)).chain(plans.older.iter().map(|plan| (&**plan, false)))
}

/// Finds the named events it is. True: it is one of the newest plan.
fn recognized(
    plans: &PlanSet,
    event: &Arc<Happened>,
    starts: bool,
    (scratch, routed): (&mut Scratch, &mut Routed),
) -> bool {
    let mut matched = false;
    for (plan, newest) in each(plans) {
        if plan.plan.events.is_empty() {
            continue;
        }
        // The text was read once before, or is one of ours.
        let Ok(recognized) = plan.recognizer.recognize(&event.envelope, scratch) else { continue };
        for hit in recognized.hits() {
            let name = NameId(u32::try_from(hit.definition).unwrap_or(u32::MAX));
            let Some(entry) = plan.names.get(name) else { continue };
            matched |= newest;
            let values: Vec<&str> = hit.captures().collect();
            if newest && routed.telling == Telling::All {
                let names = plan.recognizer.capture_names(hit.definition).iter().map(ToString::to_string);
                routed.seen.names.push(entry.name.clone());
                routed.seen.key.extend(names.zip(values.iter().map(ToString::to_string)));
            }
            let named =
                Named { entry, names: plan.recognizer.capture_names(hit.definition), values: &values };
            members(plans, (plan, newest), event, &named, routed);
            if newest && starts {
                runs(plan, event, &named, &mut routed.starts);
            }
        }
    }
    matched
}

/// The instances an event of this name touches.
fn members(
    plans: &PlanSet,
    (plan, newest): (&LoadedPlan, bool),
    event: &Arc<Happened>,
    named: &Named<'_>,
    routed: &mut Routed,
) {
    for (condition, member) in &named.entry.members {
        let Some(condition) = plan.plan.conditions.get(*condition) else { continue };
        if !newest && !plans.drains(condition) {
            continue;
        }
        let Some(listener) = condition.members.get(usize::from(*member)) else { continue };
        let Some(values) = values_for(named, &listener.captures) else { continue };
        let parts: Vec<&str> =
            listener.key.iter().filter_map(|place| values.get(usize::from(*place)).copied()).collect();
        let mut key = String::new();
        Key::encode_into(&parts, &mut key);
        let touch = Touch {
            event: event.clone(),
            version: condition.version,
            opens: newest,
            member: *member,
            values: values.iter().map(ToString::to_string).collect(),
        };
        routed.touches.push(((condition.name.clone(), key), touch));
    }
}

/// The runs an event of this name starts; a rule that was started already for another name of the event is left out.
fn runs(plan: &LoadedPlan, event: &Happened, named: &Named<'_>, starts: &mut Vec<StartMessage>) {
    for rule in named.entry.rules.iter().filter_map(|rule| plan.rules.get(*rule)) {
        let name = &rule.rule().name;
        if starts.iter().any(|start| start.rule == *name && start.cause == event.identity) {
            continue;
        }
        let values = named.values.iter().map(|value| Arc::from(*value));
        starts.push(StartMessage {
            rule: name.clone(),
            cause: event.identity,
            name: named.entry.name.clone(),
            captures: named.names.iter().cloned().zip(values).collect(),
            accepted: event.accepted,
            hops: event.hops,
            envelope: event.envelope.clone(),
            again: false,
        });
    }
}

/// The runs a derived event starts, and whether an instance listens to it.
pub(crate) fn relayed(
    plans: &PlanSet,
    message: &DerivedMessage,
    scratch: &mut Scratch,
) -> (Vec<StartMessage>, bool) {
    let routed = derived(plans, message.clone(), scratch);
    let mut starts = Vec::new();
    let plan = &*plans.newest;
    let values: Vec<&str> = message.captures.iter().map(|(_, value)| value.as_ref()).collect();
    let names: Vec<Arc<str>> = message.captures.iter().map(|(name, _)| name.clone()).collect();
    let event = Arc::new(Happened {
        identity: message.identity,
        id: message.identity.to_uuid(),
        accepted: message.at,
        time: message.at,
        own: true,
        envelope: message.envelope.clone(),
        hops: message.hops,
        chain: Vec::new(),
    });
    if let Some(entry) = plan.names.find(&message.name).and_then(|id| plan.names.get(id)) {
        runs(plan, &event, &Named { entry, names: &names, values: &values }, &mut starts);
    }
    let mut matched = Routed { starts, ..Routed::default() };
    recognized(plans, &event, true, (scratch, &mut matched));
    (matched.starts, !routed.touches.is_empty())
}

/// The values a listener asks for, by name. None when one is missing.
fn values_for<'a>(named: &Named<'a>, wanted: &[Arc<str>]) -> Option<Vec<&'a str>> {
    if named.names == wanted {
        return Some(named.values.to_vec());
    }
    let value = |name: &Arc<str>| named.values.get(named.names.iter().position(|n| n == name)?).copied();
    wanted.iter().map(value).collect()
}
