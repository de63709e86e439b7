//! The derived event of a firing or a timeout: its identity and its envelope.

use std::collections::BTreeMap;
use std::sync::Arc;

use fanin_event::{Identity, Timestamp};

use crate::collected::Collected;
use crate::condition::{Collect, Condition};
use crate::input::{Claim, Derived};
use crate::instance::{Ending, Instance};
use crate::json::{push_member, push_name};
use crate::key::Key;
use crate::kinds;
use crate::limits::MAX_INLINE_BYTES;
use crate::round::Turn;

/// The account that stands in the envelopes of derived events.
const ACCOUNT: &str = "000000000000";
/// The region that stands in the envelopes of derived events.
const REGION: &str = "local";

/// The derived event of the round that ends at `at`.
pub(crate) fn build(turn: &Turn<'_>, instance: &Instance, ending: Ending, at: Timestamp) -> Derived {
    let condition = turn.condition;
    let (what, suffix, reason) = match ending {
        Ending::Timeout => ("timeout", ".timeout", "timeout"),
        Ending::Complete | Ending::Satisfied => ("fired", "", "complete"),
    };
    let identity = Identity::of(&[
        &condition.workflow,
        &condition.name,
        &format!("{:016x}", condition.version),
        turn.key,
        &format!("{:016x}", instance.generation),
        &instance.round.to_string(),
        what,
    ]);
    let name: Arc<str> = match ending {
        Ending::Timeout => Arc::from(format!("{}{suffix}", condition.name)),
        _ => Arc::clone(&condition.name),
    };
    let captures = Key::decode(turn.key, condition.by.len());
    let id = identity.to_uuid();
    let (members, claim) = members(condition, instance, &id);
    let mut out = String::with_capacity(512 + members.len());
    out.push('{');
    push_member(&mut out, "version", "0");
    push_member(&mut out, "id", &id);
    push_member(&mut out, "detail-type", &name);
    push_member(&mut out, "source", &format!("fanin.{}", condition.workflow));
    push_member(&mut out, "account", ACCOUNT);
    push_member(&mut out, "time", &at.to_string());
    push_member(&mut out, "region", REGION);
    out.push_str(",\"resources\":[],\"detail\":{");
    push_member(&mut out, "workflow", &condition.workflow);
    push_member(&mut out, "condition", &condition.name);
    out.push_str(",\"key\":{");
    for (name, value) in condition.by.iter().zip(&captures) {
        push_member(&mut out, name, value);
    }
    out.push('}');
    push_member(&mut out, "reason", reason);
    push_number(&mut out, "round", u64::from(instance.round));
    push_member(&mut out, "first_at", &instance.first_at.to_string());
    push_member(&mut out, "last_at", &instance.last_at.to_string());
    push_number(&mut out, "count", instance.counted);
    out.push(',');
    out.push_str(&members);
    push_name(&mut out, "missing");
    kinds::missing(condition, instance).push(&mut out);
    if let Some(operator) = turn.operator {
        operator.push("operator", &mut out);
    }
    out.push_str("}}");
    let hops = instance.hops.saturating_add(1);
    Derived { identity, name, at, captures, hops, envelope: out, claim }
}

fn push_number(out: &mut String, name: &str, number: u64) {
    push_name(out, name);
    out.push_str(&number.to_string());
}

/// `"members":{...}` or what stands in its place, and the claim if they went there.
fn members(condition: &Condition, instance: &Instance, id: &str) -> (String, Option<Claim>) {
    let mut out = String::new();
    if condition.collect == Collect::None {
        out.push_str("\"counts\":");
        counts_object(condition, instance, &mut out);
        return (out, None);
    }
    let body = members_object(condition, instance);
    let mut claim = None;
    out.push_str("\"members\":");
    if body.len() > MAX_INLINE_BYTES {
        let key = format!("fanin-claims/{id}.json");
        out.push('{');
        push_member(&mut out, "$claim", &key);
        push_number(&mut out, "bytes", body.len() as u64);
        out.push('}');
        claim = Some(Claim { key, body });
    } else {
        out.push_str(&body);
    }
    if instance.members.as_ref().is_some_and(|members| members.omitted() > 0) {
        push_name(&mut out, "truncated");
        out.push_str("true");
    }
    (out, claim)
}

/// The place of each member among the different names, and those names in order.
fn groups(condition: &Condition) -> (Vec<usize>, Vec<&str>) {
    let mut places = BTreeMap::new();
    let mut names = Vec::new();
    let groups = condition.members.iter().map(|member| {
        *places.entry(&*member.name).or_insert_with(|| {
            names.push(&*member.name);
            names.len() - 1
        })
    });
    (groups.collect(), names)
}

/// `{name: n}` for all names.
fn counts_object(condition: &Condition, instance: &Instance, out: &mut String) {
    let (groups, names) = groups(condition);
    let mut totals = vec![0_u64; names.len()];
    for (group, count) in groups.iter().zip(kinds::counts(condition, instance)) {
        if let Some(total) = totals.get_mut(*group) {
            *total = total.saturating_add(count);
        }
    }
    out.push('{');
    for (name, total) in names.iter().zip(totals) {
        push_number(out, name, total);
    }
    out.push('}');
}

/// `{name: [...]}` for all names, a name without members has an empty list: a path into it always finds something.
fn members_object(condition: &Condition, instance: &Instance) -> String {
    let (groups, names) = groups(condition);
    let mut records: Vec<&Collected> =
        instance.members.iter().flat_map(|members| members.records()).collect();
    records.sort_by_key(|record| record.accepted);
    let mut lists: Vec<Vec<&str>> = vec![Vec::new(); names.len()];
    let mut bytes = 2_usize;
    for record in records {
        bytes = bytes.saturating_add(record.json.len()).saturating_add(1);
        let group = groups.get(usize::from(record.member)).copied().unwrap_or(usize::MAX);
        if let Some(list) = lists.get_mut(group) {
            list.push(&record.json);
        }
    }
    let mut out = String::with_capacity(bytes.saturating_add(names.len().saturating_mul(32)));
    out.push('{');
    for (name, list) in names.iter().zip(lists) {
        push_name(&mut out, name);
        out.push('[');
        for (i, json) in list.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            out.push_str(json);
        }
        out.push(']');
    }
    out.push('}');
    out
}
