//! Patterns as alternatives of fields, to compare them and to ask what a field can hold. Where something is not certain,
//! nothing is said.

use std::collections::{BTreeMap, BTreeSet};

use fanin_event::capture::simple_path;
use fanin_event::{CaptureRule, EventDefinition, Template};
use serde_json::Value;

use crate::limits::MAX_COMPARED_BRANCHES;

/// One alternative: the matchers of each field, by its path with dots.
type Branch = BTreeMap<String, Vec<Value>>;

/// What an event must look like.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    branches: Vec<Branch>,
    captures: Vec<CaptureRule>,
}

impl Shape {
    /// The shape of a definition; nothing when it has too many alternatives.
    pub(crate) fn of(definition: &EventDefinition) -> Option<Shape> {
        let pattern: Value = serde_json::from_str(&definition.pattern).ok()?;
        let mut branches = vec![Branch::new()];
        grow(&pattern, "", &mut branches)?;
        Some(Shape { branches, captures: definition.captures.clone() })
    }

    /// Whether every event of this shape has the other shape too, as far as can be told.
    pub(super) fn implies(&self, other: &Shape) -> bool {
        let covered = |one: &Branch| other.branches.iter().any(|wider| within(one, wider));
        self.branches.iter().all(covered) && captures_follow(&self.captures, &other.captures)
    }

    /// The few values a capture can have, where they are few.
    pub(super) fn values(&self, capture: &str) -> Option<BTreeSet<String>> {
        self.captures.iter().find_map(|rule| self.values_by(rule, capture))
    }

    fn values_by(&self, rule: &CaptureRule, capture: &str) -> Option<BTreeSet<String>> {
        let template = Template::parse(&rule.template).ok()?;
        let place = template.names().iter().position(|name| **name == *capture)?;
        let literals = self.literals(&simple_path(&rule.path)?.join("."))?;
        let read = |text: &String| template.read(text)?.get(place).map(|value| (*value).to_owned());
        Some(literals.iter().filter_map(read).collect())
    }

    /// The texts a field can hold, where the pattern lists them.
    pub(super) fn literals(&self, path: &str) -> Option<BTreeSet<String>> {
        let mut all = BTreeSet::new();
        for branch in &self.branches {
            for matcher in branch.get(path)? {
                all.extend(literal(matcher)?);
            }
        }
        Some(all)
    }

    /// The sources an event can have, where the pattern lists them.
    pub(crate) fn sources(&self) -> Option<BTreeSet<String>> {
        self.literals("source")
    }

    /// Whether an event of this shape can be one of the other, as far as can be told.
    pub(crate) fn overlaps(&self, other: &Shape) -> bool {
        let apart = |field: &str| match (self.literals(field), other.literals(field)) {
            (Some(ours), Some(theirs)) => ours.is_disjoint(&theirs),
            _ => false,
        };
        !(apart("source") || apart("detail-type"))
    }
}

/// The text that a matcher stands for alone; none for null, which is no text. Nothing for one that stands for many.
fn literal(matcher: &Value) -> Option<Option<String>> {
    match matcher {
        Value::Null => Some(None),
        Value::Bool(value) => Some(Some(value.to_string())),
        // A text that is an address matches other spellings of it; a number too.
        Value::String(text) if !may_be_address(text) => Some(Some(text.clone())),
        Value::Object(operator) => {
            operator.get("exactly").and_then(Value::as_str).map(|text| Some(text.to_owned()))
        }
        _ => None,
    }
}

fn may_be_address(text: &str) -> bool {
    text.contains([':', '.']) && text.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'))
}

/// Adds what an object asks for to every alternative.
fn grow(object: &Value, prefix: &str, branches: &mut Vec<Branch>) -> Option<()> {
    for (name, value) in object.as_object()? {
        match value {
            Value::Array(alternatives)
                if name == "$or" && alternatives.len() > 1 && alternatives.iter().all(Value::is_object) =>
            {
                let before = std::mem::take(branches);
                for alternative in alternatives {
                    let mut grown = before.clone();
                    grow(alternative, prefix, &mut grown)?;
                    branches.append(&mut grown);
                    if branches.len() > MAX_COMPARED_BRANCHES {
                        return None;
                    }
                }
            }
            Value::Array(matchers) => {
                for branch in branches.iter_mut() {
                    branch.insert(format!("{prefix}{name}"), matchers.clone());
                }
            }
            inner => grow(inner, &format!("{prefix}{name}."), branches)?,
        }
    }
    Some(())
}

/// Whether what fits `narrow` fits `wide`: field by field, matcher by matcher.
fn within(narrow: &Branch, wide: &Branch) -> bool {
    wide.iter().all(|(path, wider)| {
        narrow.get(path).is_some_and(|matchers| {
            matchers
                .iter()
                .all(|matcher| wider.iter().any(|wide| *wide == *matcher || follows(matcher, wide)))
        })
    })
}

/// Whether a value that satisfies `matcher` satisfies `wide`, for the plain cases.
fn follows(matcher: &Value, wide: &Value) -> bool {
    let operator = |value: &'_ Value, name: &str| value.get(name).cloned();
    let text = |value: &Value, name: &str| operator(value, name).and_then(|v| v.as_str().map(str::to_owned));
    if operator(wide, "exists") == Some(Value::Bool(true)) {
        return operator(matcher, "exists").is_none();
    }
    match (matcher, text(wide, "prefix"), text(wide, "suffix")) {
        (Value::String(literal), Some(prefix), _) => literal.starts_with(&prefix),
        (Value::String(literal), _, Some(suffix)) => literal.ends_with(&suffix),
        (_, Some(wide), _) => text(matcher, "prefix").is_some_and(|narrow| narrow.starts_with(&wide)),
        (_, _, Some(wide)) => text(matcher, "suffix").is_some_and(|narrow| narrow.ends_with(&wide)),
        _ => false,
    }
}

/// Whether an event with the captures `have` has those of `want`: the same places read the same way, or as any text.
fn captures_follow(have: &[CaptureRule], want: &[CaptureRule]) -> bool {
    let plain = |rules: &[CaptureRule]| {
        let mut names = BTreeSet::new();
        let templates: Option<Vec<Template>> =
            rules.iter().map(|rule| Template::parse(&rule.template).ok()).collect();
        templates
            .is_some_and(|all| all.iter().flat_map(|t| t.names().to_vec()).all(|name| names.insert(name)))
    };
    // Two places that give one name must agree: that cannot be told from the rules alone.
    if !plain(want) {
        return have == want;
    }
    want.iter().all(|wanted| {
        have.iter().any(|rule| rule.path == wanted.path && reads_at_least(&rule.template, &wanted.template))
    })
}

/// Whether a text that fits one template fits the other.
fn reads_at_least(narrow: &str, wide: &str) -> bool {
    let (Some(narrow), Some(wide)) = (nameless(narrow), nameless(wide)) else { return false };
    narrow == wide || (wide == "{...}" && narrow.contains('{'))
}

/// A template without its names: `jobs/{}/part-{}`.
fn nameless(template: &str) -> Option<String> {
    let parsed = Template::parse(template).ok()?;
    let mut text = template.to_owned();
    for name in parsed.names() {
        text = text.replacen(&format!("{{{name}"), "{", 1);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(pattern: &str, captures: &[(&str, &str)]) -> Shape {
        let captures = captures
            .iter()
            .map(|(path, template)| CaptureRule {
                path: (*path).to_owned(),
                template: (*template).to_owned(),
            })
            .collect();
        Shape::of(&EventDefinition { name: "e".into(), pattern: pattern.to_owned(), captures }).unwrap()
    }

    fn implies(one: &str, other: &str) -> bool {
        shape(one, &[]).implies(&shape(other, &[]))
    }

    #[test]
    fn a_narrower_pattern_implies_a_wider_one() {
        let order = r#"{"source":["shop"],"detail-type":["Order"]}"#;
        assert!(implies(order, order) && implies(order, r#"{"source":["shop","web"]}"#));
        assert!(!implies(r#"{"source":["shop"]}"#, order));
        assert!(implies(r#"{"a":["job-7"]}"#, r#"{"a":[{"prefix":"job-"}]}"#));
        assert!(implies(r#"{"a":[{"prefix":"job-7"}]}"#, r#"{"a":[{"prefix":"job-"}]}"#));
        assert!(!implies(r#"{"a":[{"prefix":"job"}]}"#, r#"{"a":[{"prefix":"job-"}]}"#));
        assert!(implies(r#"{"a":["x.csv"]}"#, r#"{"a":[{"suffix":".csv"}]}"#));
        assert!(implies(r#"{"a":[1]}"#, r#"{"a":[{"exists":true}]}"#));
        assert!(!implies(r#"{"a":[{"exists":false}]}"#, r#"{"a":[{"exists":true}]}"#));
        assert!(!implies(r#"{"a":["x"]}"#, r#"{"a":[{"exists":false}]}"#));
        let either = r#"{"$or":[{"a":["x"]},{"b":["y"]}]}"#;
        assert!(implies(r#"{"a":["x"],"c":["z"]}"#, either) && !implies(either, r#"{"a":["x"]}"#));
    }

    #[test]
    fn captures_count_too() {
        let with = |captures: &[(&str, &str)]| shape(r#"{"source":["s"]}"#, captures);
        let one = with(&[("$.detail.k", "jobs/{job}")]);
        assert!(one.implies(&with(&[("$.detail.k", "jobs/{id}")])));
        assert!(
            one.implies(&with(&[("$.detail.k", "{all...}")]))
                && !one.implies(&with(&[("$.detail.k", "{all}")]))
        );
        assert!(one.implies(&with(&[])) && !with(&[]).implies(&one));
        assert!(!one.implies(&with(&[("$.detail.j", "jobs/{job}")])));
        let twice = with(&[("$.a", "{x}"), ("$.b", "{x}")]);
        assert!(twice.implies(&twice) && !with(&[("$.a", "{x}"), ("$.b", "{y}")]).implies(&twice));
    }

    #[test]
    fn values_are_known_where_the_pattern_lists_them() {
        let listed = shape(r#"{"detail":{"role":["legal","finance",null]}}"#, &[("$.detail.role", "{role}")]);
        let expected: BTreeSet<String> = ["finance".to_owned(), "legal".to_owned()].into();
        assert_eq!(listed.values("role"), Some(expected));
        for open in [r#"["a",{"prefix":"b"}]"#, "[7]", r#"["10.0.0.1"]"#] {
            let shape = shape(&format!(r#"{{"detail":{{"role":{open}}}}}"#), &[("$.detail.role", "{role}")]);
            assert_eq!(shape.values("role"), None, "{open}");
        }
    }
}
