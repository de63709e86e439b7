//! Patterns that are valid and match no event there can be, by what is known of every envelope and of uploads.

use crate::codes;
use crate::report::{Mistake, Report};
use crate::suggest::{list, nearest};
use crate::tree::{Entry, Node, Place, Value};

/// The members of an envelope.
const ENVELOPE: [&str; 9] =
    ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"];
/// Those that hold texts.
const TEXTS: [&str; 8] = ["version", "id", "detail-type", "source", "account", "time", "region", "resources"];
/// Those that every event has.
const ALWAYS: [&str; 4] = ["id", "source", "detail-type", "time"];
/// The source of uploads.
const UPLOADS: &str = "aws.s3";
/// What EventBridge calls what happens to objects.
const OBJECT_TYPES: [&str; 10] = [
    "Object Created",
    "Object Deleted",
    "Object Restore Initiated",
    "Object Restore Completed",
    "Object Restore Expired",
    "Object Tags Added",
    "Object Tags Deleted",
    "Object ACL Updated",
    "Object Storage Class Changed",
    "Object Access Tier Changed",
];
/// Fields that people expect in the detail of an upload, and where the value is.
const ELSEWHERE: [(&str, &str); 8] = [
    ("bucketname", "bucket: { name: [...] }"),
    ("objectkey", "object: { key: [...] }"),
    ("key", "object: { key: [...] }"),
    ("size", "object: { size: [...] }"),
    ("etag", "object: { etag: [...] }"),
    ("s3", "bucket: { name: [...] }, object: { key: [...] }"),
    ("records", "bucket: { name: [...] }, object: { key: [...] }"),
    ("eventname", "reason: [PutObject]"),
];
const OBJECT_FIELDS: [&str; 5] = ["key", "size", "etag", "version-id", "sequencer"];

/// Reports what in a pattern, whose form is known to be right, no event can match.
pub(crate) fn check(what: &str, pattern: &Node, report: &mut Report<'_>) {
    let Value::Map(members) = &pattern.value else { return };
    let mut found = Found { what, report };
    found.paths(members);
    for entry in members {
        if TEXTS.contains(&entry.key.as_str()) {
            found.text_field(entry);
        } else if !ENVELOPE.contains(&entry.key.as_str())
            && let Some(meant) = ENVELOPE.iter().find(|known| same_letters(known, &entry.key))
        {
            let message = format!("events have no member `{}`", entry.key);
            found.tell(entry.place, message, format!("did you mean `{meant}`?"));
        }
    }
    let literals = |key: &str| texts(get(members, key)?);
    if literals("source").is_some_and(|sources| sources.iter().all(|(text, _)| *text == UPLOADS)) {
        let types = literals("detail-type");
        types.iter().flatten().for_each(|(text, place)| found.object_type(text, *place));
        let uploads = types.is_none_or(|types| types.iter().all(|(text, _)| OBJECT_TYPES.contains(text)));
        if let Some(Node { value: Value::Map(detail), .. }) = get(members, "detail").filter(|_| uploads) {
            found.object_detail(detail);
        }
    }
}

struct Found<'a, 's> {
    what: &'a str,
    report: &'a mut Report<'s>,
}

impl Found<'_, '_> {
    fn tell(&mut self, place: Place, message: String, help: impl Into<String>) {
        let message = format!("the pattern of {} matches nothing: {message}", self.what);
        self.report.add(Mistake::new(codes::MATCHES_NOTHING, place, message).help(help));
    }

    /// A path is no field's name, at any depth.
    fn paths(&mut self, members: &[Entry]) {
        for entry in members {
            if let Some(path) = entry.key.strip_prefix("$.") {
                let nested =
                    path.split('.').rev().fold("[...]".to_owned(), |inner, name| match inner.as_str() {
                        "[...]" => format!("{name}: [...]"),
                        _ => format!("{name}: {{ {inner} }}"),
                    });
                let message =
                    format!("a pattern has names, not paths, and no field is called `{}`", entry.key);
                self.tell(entry.place, message, format!("write the names inside each other: `{nested}`"));
            } else if let Value::Map(inner) = &entry.value.value {
                self.paths(inner);
            }
        }
    }

    /// `source`, `detail-type` and the like are texts.
    fn text_field(&mut self, entry: &Entry) {
        let name = &entry.key;
        let Value::List(matchers) = &entry.value.value else {
            let message = format!("`{name}` of an event is a text and has no members");
            return self.tell(entry.place, message, format!("write the values it may have: `{name}: [...]`"));
        };
        let never = |matcher: &Node| match &matcher.value {
            Value::Number(_) | Value::Bool(_) | Value::Null => true,
            Value::Map(operator) => operator.iter().any(|operator| match operator.key.as_str() {
                "numeric" => true,
                "exists" => {
                    matches!(operator.value.value, Value::Bool(false)) && ALWAYS.contains(&name.as_str())
                }
                _ => false,
            }),
            _ => false,
        };
        if let Some(first) = matchers.first().filter(|_| matchers.iter().all(never)) {
            let written = self.report.slice(first.place);
            let (message, help) = match &first.value {
                Value::Map(_) if written.contains("exists") => {
                    (format!("every event has `{name}`"), "leave the field out".to_owned())
                }
                _ => (
                    format!("`{name}` of an event is a text, and {written} is none"),
                    format!("put it into quotes: `{name}: [\"{written}\"]`"),
                ),
            };
            let help = if first.kind() == "a mapping" && !written.contains("exists") {
                format!("write the texts it may have: `{name}: [...]`")
            } else {
                help
            };
            self.tell(first.place, message, help);
        }
        if !matches!(name.as_str(), "source" | "detail-type") {
            return;
        }
        for matcher in matchers {
            if let Value::Text(text) = &matcher.value
                && text.contains('*')
            {
                let message = format!("`{text}` stands for itself here, star included");
                let help = format!("write an operator: `{name}: [ {{ wildcard: \"{text}\" }} ]`");
                self.tell(matcher.place, message, help);
            }
        }
    }

    fn object_type(&mut self, text: &str, place: Place) {
        let plain = letters(text);
        let plain = plain.strip_prefix("s3").unwrap_or(&plain);
        let known = |known: &&&str| letters(known) == plain || plain.starts_with(&letters(known));
        if OBJECT_TYPES.contains(&text) || text.contains('*') {
            return;
        }
        let meant = OBJECT_TYPES.iter().find(known).copied();
        if text.starts_with("s3:") || text.contains(':') || meant.is_some() {
            let message = format!("EventBridge has no event `{text}` of objects");
            let help = match meant.or_else(|| nearest(text, OBJECT_TYPES)) {
                Some(meant) => format!("did you mean \"{meant}\"? It covers all ways in which that happens"),
                None => format!("write one of {}", list(OBJECT_TYPES)),
            };
            self.tell(place, message, help);
        }
    }

    /// The detail of what happens to objects.
    fn object_detail(&mut self, detail: &[Entry]) {
        for entry in detail {
            let plain = letters(&entry.key);
            match (entry.key.as_str(), &entry.value.value) {
                ("bucket", Value::List(list)) if !asks_for_presence(list) => {
                    let message = "`bucket` of an upload is no text; its name is inside".to_owned();
                    self.tell(entry.place, message, "write `bucket: { name: [...] }`");
                }
                ("object", Value::List(list)) if !asks_for_presence(list) => {
                    let message = "`object` of an upload is no text; its key is inside".to_owned();
                    self.tell(entry.place, message, "write `object: { key: [...] }`");
                }
                ("object", Value::Map(members)) => self.object_fields(members),
                _ => {
                    if let Some((_, right)) = ELSEWHERE.iter().find(|(slip, _)| *slip == plain) {
                        let message = format!("the detail of an upload has no `{}`", entry.key);
                        self.tell(entry.place, message, format!("write `{right}`"));
                    }
                }
            }
        }
    }

    fn object_fields(&mut self, members: &[Entry]) {
        for entry in members.iter().filter(|e| !OBJECT_FIELDS.contains(&e.key.as_str())) {
            if let Some(meant) = OBJECT_FIELDS.iter().find(|known| same_letters(known, &entry.key)) {
                let message = format!("`object` of an upload has no `{}`", entry.key);
                self.tell(entry.place, message, format!("did you mean `{meant}`?"));
            }
        }
        let keys = members.iter().find(|e| e.key == "key").and_then(|e| texts(&e.value)).unwrap_or_default();
        for (text, place) in keys.into_iter().filter(|(text, _)| text.contains('*')) {
            let message = format!("`{text}` stands for itself here, star included");
            let help = format!("write an operator: `key: [ {{ wildcard: \"{text}\" }} ]`");
            self.tell(place, message, help);
        }
    }
}

fn get<'t>(members: &'t [Entry], key: &str) -> Option<&'t Node> {
    members.iter().find(|e| e.key == key).map(|e| &e.value)
}

/// The texts of a list of nothing but texts.
fn texts(node: &Node) -> Option<Vec<(&str, Place)>> {
    let Value::List(nodes) = &node.value else { return None };
    nodes
        .iter()
        .map(|n| match &n.value {
            Value::Text(text) => Some((text.as_str(), n.place)),
            _ => None,
        })
        .collect()
}

fn asks_for_presence(matchers: &[Node]) -> bool {
    let exists = |n: &Node| matches!(&n.value, Value::Map(o) if o.iter().any(|e| e.key == "exists"));
    matchers.iter().any(exists)
}

/// A name without case, dashes and the like.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn same_letters(one: &str, other: &str) -> bool {
    letters(one) == letters(other)
}
