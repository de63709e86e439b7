//! The specification of patterns written down in the slowest, most obvious way: read the whole text into a tree, list its
//! leaves, multiply the pattern out, try every choice. Compared with the index by the tests and by the fuzz target.
#![allow(dead_code, unused_imports, clippy::allow_attributes, reason = "each test uses its part")]
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a model of valid patterns: anything else is a failed test"
)]

mod compare;
mod ip;
mod json;
mod matcher;
mod number;

use std::collections::BTreeMap;

pub(crate) use compare::compare;
pub(crate) use json::Json;
use matcher::Matcher;

/// A leaf: path, value, and for every array around it the index of its element there.
struct Leaf<'a> {
    path: Path,
    value: &'a Json,
    around: BTreeMap<usize, usize>,
}

/// A path as UTF-16 units, which is the order the specification wants.
type Path = Vec<u16>;
/// The matchers by path.
type Rule = BTreeMap<Path, Vec<Matcher>>;

/// A valid pattern, multiplied out.
pub(crate) struct Model {
    rules: Vec<Rule>,
}

impl Model {
    /// The model of a pattern that is known to be valid.
    pub(crate) fn of(pattern: &str) -> Model {
        let tree = Json::read(pattern).expect("a valid pattern is JSON");
        Model { rules: multiply_out(&tree, None, vec![Rule::new()]) }
    }

    /// Whether an event matches.
    pub(crate) fn matches(&self, event: &Json) -> bool {
        let mut leaves = Vec::new();
        flatten(event, None, &BTreeMap::new(), &mut 0, &mut leaves);
        self.rules.iter().any(|rule| {
            let rule: Vec<_> = rule.iter().collect();
            holds(&rule, &leaves, &BTreeMap::new())
        })
    }
}

/// One step further; `None` is the root, which is not the same as a member with an empty name.
fn join(path: Option<&Path>, name: &str) -> Path {
    let mut joined = Path::new();
    if let Some(path) = path {
        joined.extend(path);
        joined.push(u16::from(b'.'));
    }
    joined.extend(name.encode_utf16());
    joined
}

fn flatten<'a>(
    value: &'a Json,
    path: Option<&Path>,
    around: &BTreeMap<usize, usize>,
    arrays: &mut usize,
    out: &mut Vec<Leaf<'a>>,
) {
    match value {
        Json::Object(members) => {
            for (name, member) in members {
                flatten(member, Some(&join(path, name)), around, arrays, out);
            }
        }
        Json::Array(elements) => {
            let array = *arrays;
            *arrays += 1;
            for (i, element) in elements.iter().enumerate() {
                let mut inside = around.clone();
                if matches!(element, Json::Object(_) | Json::Array(_)) {
                    inside.insert(array, i);
                }
                flatten(element, path, &inside, arrays, out);
            }
        }
        leaf => {
            let path = path.cloned().unwrap_or_default();
            out.push(Leaf { path, value: leaf, around: around.clone() });
        }
    }
}

/// Every alternative of the pattern: one matcher list a path, the last one written.
fn multiply_out(pattern: &Json, path: Option<&Path>, rules: Vec<Rule>) -> Vec<Rule> {
    let Json::Object(members) = pattern else { panic!("a pattern is an object") };
    members.iter().fold(rules, |mut rules, (name, value)| {
        let inner = join(path, name);
        match value {
            Json::Array(branches) if name == "$or" && alternatives(branches) => {
                branches.iter().flat_map(|branch| multiply_out(branch, path, rules.clone())).collect()
            }
            Json::Array(list) => {
                for rule in &mut rules {
                    rule.insert(inner.clone(), list.iter().map(Matcher::of).collect());
                }
                rules
            }
            object => multiply_out(object, Some(&inner), rules),
        }
    })
}

fn alternatives(branches: &[Json]) -> bool {
    branches.len() > 1 && branches.iter().all(|branch| matches!(branch, Json::Object(_)))
}

fn agrees(a: &BTreeMap<usize, usize>, b: &BTreeMap<usize, usize>) -> bool {
    a.iter().all(|(array, i)| b.get(array).is_none_or(|j| i == j))
}

fn holds(rule: &[(&Path, &Vec<Matcher>)], leaves: &[Leaf<'_>], so_far: &BTreeMap<usize, usize>) -> bool {
    let Some(((path, list), rest)) = rule.split_first() else { return true };
    let visible: Vec<&Leaf<'_>> =
        leaves.iter().filter(|leaf| leaf.path == **path && agrees(&leaf.around, so_far)).collect();
    let absent = list.iter().any(|matcher| matches!(matcher, Matcher::Absent));
    (absent && visible.is_empty() && holds(rest, leaves, so_far))
        || visible.iter().any(|leaf| {
            list.iter().any(|matcher| matcher.accepts(leaf.value)) && {
                let mut chosen = so_far.clone();
                chosen.extend(&leaf.around);
                holds(rest, leaves, &chosen)
            }
        })
}
