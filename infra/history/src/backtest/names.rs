//! Which definition of the new version is which of the old: by name, or by being the same under another name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fanin_plan::Plan;
use serde::Serialize;
use serde_json::{Map, Value};

use super::report::{Definition, DefinitionChange};

/// New names to old ones, where they differ.
#[derive(Clone, Debug, Default)]
pub(super) struct Renames {
    events: BTreeMap<Arc<str>, Arc<str>>,
    conditions: BTreeMap<Arc<str>, Arc<str>>,
    rules: BTreeMap<Arc<str>, Arc<str>>,
}

impl Renames {
    /// The old version's name of a new event.
    pub(super) fn event(&self, name: &Arc<str>) -> Arc<str> {
        self.events.get(name).unwrap_or(name).clone()
    }

    /// The old version's name of a new condition.
    pub(super) fn condition(&self, name: &Arc<str>) -> Arc<str> {
        self.conditions.get(name).unwrap_or(name).clone()
    }

    /// The old version's name of a new rule.
    pub(super) fn rule(&self, name: &Arc<str>) -> Arc<str> {
        self.rules.get(name).unwrap_or(name).clone()
    }

    /// The old version's name of whatever `name` is, with its ending (`.timeout`, `.done`, `.failed`).
    pub(super) fn any(&self, name: &str) -> String {
        let (base, ending) = match name.split_once('.') {
            Some((base, _)) => (base, name.get(base.len()..).unwrap_or_default()),
            None => (name, ""),
        };
        let maps = [&self.events, &self.conditions, &self.rules];
        let old = maps.iter().find_map(|map| map.get(base)).map_or(base, |old| old);
        format!("{old}{ending}")
    }
}

/// A definition as a document, with what is only a name or a fingerprint taken out.
struct Shape {
    name: Arc<str>,
    body: Map<String, Value>,
}

fn shape<T: Serialize>(name: &Arc<str>, of: &T) -> Shape {
    let mut body = match serde_json::to_value(of) {
        Ok(Value::Object(body)) => body,
        _ => Map::new(),
    };
    body.remove("name");
    body.remove("workflow");
    body.remove("version");
    Shape { name: name.clone(), body }
}

fn shapes(plan: &Plan, kind: Kind) -> Vec<Shape> {
    match kind {
        Kind::Event => plan.events.iter().map(|d| shape(&d.name, d)).collect(),
        Kind::Condition => plan.conditions.iter().map(|d| shape(&d.name, d)).collect(),
        Kind::Rule => plan.rules.iter().map(|d| shape(&d.name, d)).collect(),
        Kind::Function => plan.functions.iter().map(|d| shape(&d.name, d)).collect(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Event,
    Condition,
    Rule,
    Function,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Event => "event",
            Kind::Condition => "condition",
            Kind::Rule => "rule",
            Kind::Function => "function",
        }
    }
}

/// Matches the definitions of two versions; says what differs.
pub(super) fn compare(old: &Plan, new: &Plan) -> (Renames, Vec<Definition>) {
    let mut renames = Renames::default();
    // A renamed condition may be a member of another renamed one: as often as a name is found, look again.
    loop {
        let before = renames.events.len() + renames.conditions.len() + renames.rules.len();
        for kind in [Kind::Event, Kind::Condition, Kind::Rule] {
            let found = renamed(&shapes(old, kind), &shapes(new, kind), &renames);
            match kind {
                Kind::Event => renames.events.extend(found),
                Kind::Condition => renames.conditions.extend(found),
                Kind::Rule => renames.rules.extend(found),
                Kind::Function => {}
            }
        }
        if renames.events.len() + renames.conditions.len() + renames.rules.len() == before {
            break;
        }
    }
    let mut definitions = Vec::new();
    for kind in [Kind::Event, Kind::Condition, Kind::Rule, Kind::Function] {
        list(kind, (&shapes(old, kind), &shapes(new, kind)), &renames, &mut definitions);
    }
    (renames, definitions)
}

/// The body of a new definition in the old version's names.
fn in_old_names(body: &Map<String, Value>, renames: &Renames) -> Map<String, Value> {
    let mut body = body.clone();
    if let Some(Value::Array(members)) = body.get_mut("members") {
        for member in members {
            if let Some(Value::String(name)) = member.get_mut("name") {
                *name = renames.any(name);
            }
        }
    }
    if let Some(Value::Array(when)) = body.get_mut("when") {
        for name in when {
            if let Value::String(name) = name {
                *name = renames.any(name);
            }
        }
    }
    body
}

/// New names of definitions that the old version has under another name, and only under that.
fn renamed(old: &[Shape], new: &[Shape], known: &Renames) -> Vec<(Arc<str>, Arc<str>)> {
    let old_names: BTreeSet<&str> = old.iter().map(|s| &*s.name).collect();
    let new_names: BTreeSet<&str> = new.iter().map(|s| &*s.name).collect();
    let mut gone: Vec<&Shape> = old.iter().filter(|s| !new_names.contains(&*s.name)).collect();
    let mut found = Vec::new();
    for added in new.iter().filter(|s| !old_names.contains(&*s.name)) {
        let body = in_old_names(&added.body, known);
        if let Some(place) = gone.iter().position(|s| s.body == body) {
            found.push((added.name.clone(), gone.remove(place).name.clone()));
        }
    }
    found
}

fn list(kind: Kind, (old, new): (&[Shape], &[Shape]), renames: &Renames, into: &mut Vec<Definition>) {
    let entry = |name: &str, change, was: Option<&str>, fields| Definition {
        kind: kind.word().to_owned(),
        name: name.to_owned(),
        change,
        was: was.map(str::to_owned),
        fields,
    };
    let mut met = BTreeSet::new();
    for definition in new {
        let name = match kind {
            Kind::Event => renames.event(&definition.name),
            Kind::Condition => renames.condition(&definition.name),
            Kind::Rule => renames.rule(&definition.name),
            Kind::Function => definition.name.clone(),
        };
        let Some(before) = old.iter().find(|s| s.name == name) else {
            into.push(entry(&definition.name, DefinitionChange::Added, None, Vec::new()));
            continue;
        };
        met.insert(name.clone());
        if name != definition.name {
            into.push(entry(&definition.name, DefinitionChange::Renamed, Some(&name), Vec::new()));
            continue;
        }
        let fields = differing(&before.body, &in_old_names(&definition.body, renames));
        if !fields.is_empty() {
            into.push(entry(&name, DefinitionChange::Changed, None, fields));
        } else if kind == Kind::Condition && listens_to_changed(before, into) {
            into.push(entry(&name, DefinitionChange::EventsChanged, None, Vec::new()));
        }
    }
    for gone in old.iter().filter(|s| !met.contains(&s.name)) {
        into.push(entry(&gone.name, DefinitionChange::Removed, None, Vec::new()));
    }
}

/// Whether one of the members is an event that differs; the events stand in the list already.
fn listens_to_changed(condition: &Shape, definitions: &[Definition]) -> bool {
    let members = condition.body.get("members").and_then(Value::as_array).into_iter().flatten();
    let mut names = members.filter_map(|member| member.get("name")?.as_str());
    names.any(|name| {
        let same = |d: &&Definition| d.kind == Kind::Event.word() && d.name == name;
        definitions.iter().find(same).is_some_and(|d| d.change == DefinitionChange::Changed)
    })
}

/// The names of what differs, in the words of a workflow file where the plan has others.
fn differing(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<String> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut fields: Vec<String> = Vec::new();
    for name in names.into_iter().filter(|name| old.get(*name) != new.get(*name)) {
        let shown = match (name.as_str(), new.get(name).or(old.get(name))) {
            ("kind", Some(kind)) => kind_word(kind, old.get(name)),
            ("captures", _) if new.contains_key("pattern") => "capture".to_owned(),
            // It follows from `when`.
            ("captures", _) if new.contains_key("when") && old.get("when") != new.get("when") => continue,
            ("pattern", _) => "match".to_owned(),
            ("target", _) => "invoke or send".to_owned(),
            ("members", Some(Value::Array(list))) => member_word(list, old.get(name)),
            _ => name.clone(),
        };
        fields.push(shown);
    }
    fields.sort();
    fields.dedup();
    fields
}

fn kind_word(new: &Value, old: Option<&Value>) -> String {
    let tag = |v: &Value| match v {
        Value::String(tag) => tag.clone(),
        Value::Object(map) => map.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    };
    let (old_tag, new_tag) = (old.map(tag).unwrap_or_default(), tag(new));
    if old_tag != new_tag {
        return "kind".to_owned();
    }
    let part = |v: Option<&Value>, name: &str| v.and_then(|v| v.get(&new_tag)?.get(name).cloned());
    let parts = [("reach", "reach"), ("window", "window"), ("n", "at_least"), ("hold", "for")];
    let words: Vec<&str> = parts
        .iter()
        .filter(|(name, _)| part(old, name) != part(Some(new), name))
        .map(|(_, word)| *word)
        .collect();
    words.join(", ")
}

fn member_word(new: &[Value], old: Option<&Value>) -> String {
    let old = old.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let all = |list: &[Value], name: &str| list.iter().map(|m| m.get(name).cloned()).collect::<Vec<_>>();
    let same = |name: &str| all(old, name) == all(new, name);
    if same("name") && !same("distinct") {
        return "distinct".to_owned();
    }
    if same("name") && !same("reach") {
        return "reach".to_owned();
    }
    if same("name") && !same("captures") { "the captures of its members" } else { "its members" }.to_owned()
}
