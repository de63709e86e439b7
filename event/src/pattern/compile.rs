//! Pattern text to sub-rules: the object level, `$or`, and the fallback that reads `$or` as a name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::matchers::matcher;
use super::{Matcher, PathTest, Pattern, PatternError, SubRule};
use crate::json::tree::{Json, Member, Node};
use crate::limits::{MAX_PATHS, MAX_PATTERN_BYTES, MAX_SUB_RULES};

/// Names that make a `$or` branch invalid: more likely a misplaced operator than a field.
const RESERVED: [&str; 24] = [
    "exactly",
    "prefix",
    "suffix",
    "equals-ignore-case",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "date-on-or-before",
    "in-date-range",
    "ip-address-in-range",
    "ip-address-not-in-range",
];

/// A sub-rule under construction: the last list for a path wins.
type Draft = BTreeMap<Arc<str>, PathTest>;

/// Where an object stands.
#[derive(Clone)]
struct Place {
    names: Vec<Arc<str>>,
    in_or: bool,
}

struct Compiler {
    /// Read `$or` as an ordinary name.
    legacy: bool,
    drafts: Vec<Draft>,
}

pub(super) fn compile(text: &str) -> Result<Pattern, PatternError> {
    if text.len() > MAX_PATTERN_BYTES {
        let message = format!("the pattern has {} bytes, more than {MAX_PATTERN_BYTES}", text.len());
        return Err(PatternError::new(MAX_PATTERN_BYTES, message, "split it over several events"));
    }
    let json = Json::parse(text).map_err(PatternError::of_json)?;
    match rules(&json, false) {
        Ok(rules) => Ok(Pattern { rules, or_is_a_field: false }),
        Err(error) if !error.retry => Err(error),
        Err(error) => match rules(&json, true) {
            Ok(rules) => Ok(Pattern { rules, or_is_a_field: true }),
            Err(_) => Err(error),
        },
    }
}

fn rules(json: &Json, legacy: bool) -> Result<Vec<SubRule>, PatternError> {
    let mut compiler = Compiler { legacy, drafts: vec![Draft::new()] };
    let Node::Object(members) = &json.node else {
        let help = "write for example {\"source\": [\"shop\"]}";
        return Err(PatternError::new(json.at, "a pattern is an object", help));
    };
    compiler.object(json.at, members, &Place { names: Vec::new(), in_or: false })?;
    Ok(compiler.drafts.into_iter().map(sub_rule).collect())
}

fn sub_rule(draft: Draft) -> SubRule {
    let mut tests: Vec<PathTest> = draft.into_values().collect();
    tests.sort_by(|a, b| a.path.encode_utf16().cmp(b.path.encode_utf16()));
    SubRule { absent: tests.iter().any(|t| t.absent), tests }
}

impl Compiler {
    /// Adds the members of an object to every draft.
    fn object(&mut self, at: usize, members: &[Member], place: &Place) -> Result<(), PatternError> {
        if members.is_empty() {
            let help = "name a field and a list of the values it may have, or leave the object out";
            return Err(PatternError::new(at, "an empty object matches nothing", help));
        }
        for member in members {
            let name = &member.name.text;
            if member.name.broken {
                return Err(broken(member.at));
            }
            if name == "$or" && !self.legacy {
                self.alternatives(&member.value, place)?;
                continue;
            }
            if place.in_or && !self.legacy && RESERVED.contains(&name.as_str()) {
                let message = format!("`{name}` cannot be a field inside `$or`");
                let help = format!("an operator stands inside a list: [{{\"{name}\": ...}}]");
                return Err(PatternError::new(member.at, message, help));
            }
            let mut inner = place.clone();
            inner.names.push(Arc::from(name.as_str()));
            match &member.value.node {
                Node::Object(members) => self.object(member.value.at, members, &inner)?,
                Node::Array(list) => self.leaf(member.value.at, list, inner)?,
                _ => {
                    let message = format!("`{name}` needs a list of the values it may have");
                    return Err(PatternError::new(
                        member.value.at,
                        message,
                        "put the value into brackets: [ ... ]",
                    ));
                }
            }
        }
        Ok(())
    }

    /// A path with its list: it replaces what any draft said about the path.
    fn leaf(&mut self, at: usize, list: &[Json], place: Place) -> Result<(), PatternError> {
        if list.is_empty() {
            let help = "write the values it may have, or {\"exists\": true}";
            return Err(PatternError::new(at, "an empty list matches nothing", help));
        }
        let matchers: Arc<[Matcher]> = list.iter().map(matcher).collect::<Result<_, _>>()?;
        let path: Arc<str> = place.names.join(".").into();
        let absent = matchers.contains(&Matcher::Absent);
        let test = PathTest { path: path.clone(), names: place.names.into(), matchers, absent };
        for draft in &mut self.drafts {
            draft.insert(path.clone(), test.clone());
            if draft.len() > MAX_PATHS {
                let message = format!("the pattern tests more than {MAX_PATHS} fields at once");
                return Err(PatternError::new(at, message, "test fewer fields"));
            }
        }
        Ok(())
    }

    /// `$or`: each branch goes on from a copy of what stands so far; what follows is added to all of them.
    fn alternatives(&mut self, value: &Json, place: &Place) -> Result<(), PatternError> {
        let Node::Array(branches) = &value.node else {
            return Err(PatternError::new(value.at, "`$or` needs a list of objects", OR_HELP));
        };
        if branches.len() < 2 {
            return Err(PatternError::new(value.at, "`$or` needs at least two alternatives", OR_HELP));
        }
        let before = std::mem::take(&mut self.drafts);
        let inner = Place { in_or: true, ..place.clone() };
        let mut all = Vec::new();
        for branch in branches {
            let Node::Object(members) = &branch.node else {
                return Err(PatternError::new(branch.at, "an alternative of `$or` is an object", OR_HELP));
            };
            self.drafts = before.clone();
            self.object(branch.at, members, &inner)?;
            all.append(&mut self.drafts);
            if all.len() > MAX_SUB_RULES {
                let message = format!("the alternatives multiply to more than {MAX_SUB_RULES}");
                return Err(PatternError::new(
                    value.at,
                    message,
                    "list values of one field in one list instead",
                ));
            }
        }
        self.drafts = all;
        Ok(())
    }
}

const OR_HELP: &str = "write {\"$or\": [{\"a\": [\"x\"]}, {\"b\": [\"y\"]}]}";

/// The error for a string with a lone surrogate, which no text can equal.
pub(super) fn broken(at: usize) -> PatternError {
    PatternError::new(
        at,
        "half of a surrogate pair is no character",
        "write the character, or both \\u halves",
    )
}
