//! Whether two engines have the same state: their snapshots, entity by entity, in whatever order these lie.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};

use fanin_runtime::Engine;
use serde_json::Value;

/// Entities of one step of a snapshot.
const SWEEP: usize = 4096;
/// Examples told of each kind.
const EXAMPLES: usize = 5;
/// The section of instances, whose entities begin with a number that has a meaning within its snapshot alone.
const INSTANCES: u8 = 2;
const SECTIONS: [(u8, &str); 3] = [(INSTANCES, "instances"), (3, "runs"), (4, "dead letters")];

/// A snapshot as a value that does not depend on places.
struct Picture {
    header: BTreeMap<String, Value>,
    /// Number of entities and the sum of their fingerprints, by section.
    sums: BTreeMap<u8, (u64, u128)>,
}

/// What differs, for people; empty: nothing does.
pub(super) fn differences(replayed: &mut Engine, present: &mut Engine) -> Vec<String> {
    let (a, b) = (picture(replayed), picture(present));
    let mut found = Vec::new();
    for (name, value) in &a.header {
        let other = b.header.get(name).unwrap_or(&Value::Null);
        if value != other {
            found.push(match name.as_str() {
                "plans" => "the versions of the workflow in use".to_owned(),
                _ => format!("{name}: {value} when replayed, {other} recorded"),
            });
        }
    }
    for (section, name) in SECTIONS {
        let of = |p: &Picture| p.sums.get(&section).copied().unwrap_or_default();
        let ((count, sum), (other_count, other_sum)) = (of(&a), of(&b));
        if (count, sum) == (other_count, other_sum) {
            continue;
        }
        let mut line = if count == other_count {
            format!("{name}: {count} of them, with other contents")
        } else {
            format!("{name}: {count} when replayed, {other_count} recorded")
        };
        if section == INSTANCES {
            line.push_str(&which(replayed, present));
        }
        found.push(line);
    }
    found
}

/// The first few instances that differ.
fn which(a: &Engine, b: &Engine) -> String {
    let mut keys: Vec<String> = Vec::new();
    for (one, other) in [(a, b), (b, a)] {
        for view in one.instances() {
            let name = &view.condition.name;
            let twin = other.instance(name, view.key);
            if twin.is_none_or(|twin| twin.instance != view.instance) {
                let key = format!("{name} [{}]", view.key);
                let place = keys.partition_point(|known| *known < key);
                if place < EXAMPLES && keys.get(place) != Some(&key) {
                    keys.insert(place, key);
                    keys.truncate(EXAMPLES);
                }
            }
        }
    }
    if keys.is_empty() { String::new() } else { format!("; first {}", keys.join(", ")) }
}

fn picture(engine: &mut Engine) -> Picture {
    let (_, header) = engine.begin_snapshot();
    let mut header: BTreeMap<String, Value> = serde_json::from_slice(&header).unwrap_or_default();
    let names: Vec<String> = match header.remove("conditions") {
        Some(Value::Array(names)) => names.iter().map(Value::to_string).collect(),
        _ => Vec::new(),
    };
    if let Some(Value::Object(stats)) = header.remove("stats") {
        header.extend(stats.into_iter().map(|(name, value)| (format!("counter `{name}`"), value)));
    }
    let mut sums: BTreeMap<u8, (u64, u128)> = BTreeMap::new();
    let mut blocks = Vec::new();
    loop {
        let done = engine.sweep(SWEEP, &mut blocks);
        for (section, block) in blocks.drain(..) {
            let (count, sum) = sums.entry(section).or_default();
            let mut rest = block.as_slice();
            while let Some((entity, after)) = entity(rest) {
                *count += 1;
                *sum = sum.wrapping_add(fingerprint(section, entity, &names));
                rest = after;
            }
        }
        if done {
            return Picture { header, sums };
        }
    }
}

fn entity(block: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = block.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

/// 128 bits of an entity; the condition of an instance by its name and version.
fn fingerprint(section: u8, entity: &[u8], names: &[String]) -> u128 {
    let (name, body) = match entity.split_first_chunk::<4>() {
        Some((number, body)) if section == INSTANCES => {
            (names.get(u32::from_le_bytes(*number) as usize).map_or("", String::as_str), body)
        }
        _ => ("", entity),
    };
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(salt);
        hasher.write(name.as_bytes());
        hasher.write_u8(0xff);
        hasher.write(body);
        u128::from(hasher.finish())
    };
    half(1) << 64 | half(2)
}
