//! A condition: its kind, its members and its options.

use std::sync::Arc;

use fanin_condition::{Collect, Fire};
use fanin_event::Span;

use super::window::{self, WindowDraft};
use crate::codes;
use crate::limits::{MAX_DURATION, MAX_KEY_CAPTURES, MAX_MEMBERS};
use crate::read::{At, Fields, Range, choice, positive_duration, reference, text, texts, whole, wrong_type};
use crate::report::{Mistake, Report};
use crate::suggest::list;
use crate::tree::{Entry, Node, Place, Value};

/// The largest number of a `reach`.
const MAX_REACH: u64 = fanin_condition::limits::MAX_REACH;

const KINDS: [&str; 6] = ["all", "any", "at_least", "count", "sequence", "absent"];
const KEYS: [&str; 19] = [
    "all", "any", "at_least", "of", "count", "sequence", "absent", "after", "for", "by", "distinct", "reach",
    "within", "fire", "sliding", "tumbling", "collect", "retain", "allow",
];

/// A name with its place.
pub(crate) type Name = At<Arc<str>>;

/// A condition, as far as it could be read.
#[derive(Debug)]
pub(crate) struct ConditionDraft {
    pub(crate) name: Name,
    pub(crate) kind: Option<KindDraft>,
    pub(crate) by: Vec<Name>,
    pub(crate) within: Option<At<Span>>,
    pub(crate) fire: Option<Fire>,
    pub(crate) collect: Option<Collect>,
    pub(crate) retain: Option<At<Span>>,
}

/// The kind with what belongs to it.
#[derive(Debug)]
pub(crate) enum KindDraft {
    All(Vec<Name>),
    Any(Vec<Name>),
    AtLeast { n: At<u64>, of: Vec<Name> },
    Sequence(Vec<Name>),
    Count(CountDraft),
    Absent { of: Name, after: Option<Name>, hold: Span },
}

/// A `count`.
#[derive(Debug)]
pub(crate) struct CountDraft {
    pub(crate) of: Name,
    pub(crate) distinct: Option<Name>,
    pub(crate) reach: Option<ReachDraft>,
    pub(crate) window: Option<WindowDraft>,
}

/// What a `count` has to reach.
#[derive(Debug)]
pub(crate) enum ReachDraft {
    Number(u64),
    Captured { member: Arc<str>, capture: Arc<str>, place: Place },
}

/// Reads a condition.
pub(crate) fn read(name: Name, node: &Node, report: &mut Report<'_>) -> ConditionDraft {
    let what = format!("the condition `{}`", name.value);
    let place = name.place;
    let mut draft = ConditionDraft {
        name,
        kind: None,
        by: Vec::new(),
        within: None,
        fire: None,
        collect: None,
        retain: None,
    };
    let Some(fields) = Fields::of(node, (&what, place), &KEYS, report) else { return draft };
    let of = |key: &str| format!("`{key}` of {what}");
    if let Some(node) = fields.get("by") {
        let by = texts(node, &of("by"), MAX_KEY_CAPTURES, report).unwrap_or_default();
        draft.by = by.into_iter().map(reference).collect();
        repeated(&draft.by, &of("by"), report);
    }
    draft.within =
        fields.get("within").and_then(|n| positive_duration(n, &of("within"), MAX_DURATION, report));
    draft.retain =
        fields.get("retain").and_then(|n| positive_duration(n, &of("retain"), MAX_DURATION, report));
    let words = [("once", Fire::Once), ("every", Fire::Every)];
    draft.fire = fields.get("fire").and_then(|n| choice(n, &of("fire"), &words, report));
    let words = [("event", Collect::Event), ("captures", Collect::Captures), ("none", Collect::None)];
    draft.collect = fields.get("collect").and_then(|n| choice(n, &of("collect"), &words, report));
    draft.kind = kind(&what, place, &fields, report);
    draft
}

fn kind(what: &str, place: Place, fields: &Fields<'_>, report: &mut Report<'_>) -> Option<KindDraft> {
    let kinds = fields.present(&KINDS);
    let kind =
        match kinds.as_slice() {
            [one] => *one,
            [] if fields.misspelled(&KINDS) => return None,
            [] => {
                let mistake = Mistake::new(
                    codes::CONDITION_KIND,
                    place,
                    format!("{what} does not say what must have happened"),
                );
                report.add(mistake.help(
                    "give it one of `all`, `any`, `at_least` with `of`, `count`, `sequence` or `absent`",
                ));
                return None;
            }
            [_, second, ..] => {
                let keys = list(kinds.iter().map(|e| e.key.as_str()));
                let mistake = Mistake::new(
                    codes::CONDITION_KIND,
                    second.place,
                    format!("{what} has more than one kind: {keys}"),
                );
                report.add(mistake.help("make a condition of each and name one as a member of the other"));
                return None;
            }
        };
    let belongs: &[&str] = match kind.key.as_str() {
        "at_least" => &["of"],
        "count" => &["distinct", "reach", "sliding", "tumbling", "within"],
        "absent" => &["after", "for"],
        _ => &[],
    };
    for entry in fields.present(&["of", "distinct", "reach", "sliding", "tumbling", "after", "for"]) {
        if !belongs.contains(&entry.key.as_str()) {
            misplaced(entry, &kind.key, report);
        }
    }
    match kind.key.as_str() {
        "all" => members(kind, what, report).map(KindDraft::All),
        "any" => members(kind, what, report).map(KindDraft::Any),
        "sequence" => members(kind, what, report).map(KindDraft::Sequence),
        "at_least" => at_least(kind, what, fields, report),
        "count" => count(kind, what, fields, report).map(KindDraft::Count),
        _ => absent(kind, what, fields, report),
    }
}

fn misplaced(entry: &Entry, kind: &str, report: &mut Report<'_>) {
    let help = match entry.key.as_str() {
        "of" => "`of` goes with `at_least`; write the names behind the kind itself",
        "after" | "for" => "`for` and `after` go with `absent`; a deadline for other kinds is `within`",
        _ => "it goes with `count`",
    };
    let message = format!("`{}` does not go with `{kind}`", entry.key);
    report.add(Mistake::new(codes::MISPLACED, entry.place, message).help(help));
}

fn members(entry: &Entry, what: &str, report: &mut Report<'_>) -> Option<Vec<Name>> {
    let what = format!("`{}` of {what}", entry.key);
    let names: Vec<Name> =
        texts(&entry.value, &what, MAX_MEMBERS, report)?.into_iter().map(reference).collect();
    repeated(&names, &what, report);
    Some(names)
}

fn repeated(names: &[Name], what: &str, report: &mut Report<'_>) {
    for (i, name) in names.iter().enumerate() {
        if names.iter().take(i).any(|earlier| earlier.value == name.value) {
            let message = format!("{what} names `{}` twice", name.value);
            let help = "name it once; to wait for several events of one name use `count`";
            report.add(Mistake::new(codes::BAD_MEMBERS, name.place, message).help(help));
        }
    }
}

fn at_least(entry: &Entry, what: &str, fields: &Fields<'_>, report: &mut Report<'_>) -> Option<KindDraft> {
    let range = Range(1..=MAX_MEMBERS as u64);
    let n = whole(&entry.value, &format!("`at_least` of {what}"), &range, report);
    let help = "write `at_least: 2` and `of: [a, b, c]`";
    fields.require("of", ("a condition with `at_least`", help), report)?;
    let of = members(fields.entry("of")?, what, report);
    let (n, of) = (n?, of?);
    if n.value > of.len() as u64 {
        let message = format!("at least {} of {} names can never be", n.value, of.len());
        report.add(
            Mistake::new(codes::OUT_OF_RANGE, n.place, message).help("ask for fewer, or name more in `of`"),
        );
        return None;
    }
    Some(KindDraft::AtLeast { n, of })
}

fn count(entry: &Entry, what: &str, fields: &Fields<'_>, report: &mut Report<'_>) -> Option<CountDraft> {
    let of = if let Value::List(_) = entry.value.value {
        let help = "to count events of several names, count a condition `any` over them with `fire: every`";
        wrong_type(&entry.value, &format!("`count` of {what}"), "one name", report, Some(help));
        None
    } else {
        text(&entry.value, &format!("`count` of {what}"), report).map(reference)
    };
    let distinct = match fields.get("distinct").map(|n| text(n, &format!("`distinct` of {what}"), report)) {
        None => Some(None),
        Some(read) => read.map(|t| Some(reference(t))),
    };
    let help = "say how many: a number such as `reach: 100`, or a capture such as `reach: manifest.parts`";
    let reach = fields
        .require("reach", ("a condition with `count`", help), report)
        .and_then(|n| reach(n, what, report));
    let window = window::read(what, fields, matches!(reach, Some(ReachDraft::Captured { .. })), report);
    Some(CountDraft { of: of?, distinct: distinct?, reach, window })
}

fn reach(node: &Node, what: &str, report: &mut Report<'_>) -> Option<ReachDraft> {
    let form = "write a whole number, or EVENT.CAPTURE such as manifest.parts";
    match &node.value {
        Value::Number(_) => whole(node, &format!("`reach` of {what}"), &Range(1..=MAX_REACH), report)
            .map(|n| ReachDraft::Number(n.value)),
        Value::Text(written) => match written.rsplit_once('.') {
            Some((member, capture)) if !member.is_empty() && !capture.is_empty() => {
                Some(ReachDraft::Captured {
                    member: member.into(),
                    capture: capture.into(),
                    place: node.place,
                })
            }
            _ => {
                let message =
                    format!("`reach` of {what} is neither a number nor a capture of an event: `{written}`");
                let number = written.parse::<u64>().is_ok();
                let help = if number { "write the number without quotes" } else { form };
                report.add(Mistake::new(codes::BAD_REACH, node.place, message).help(help));
                None
            }
        },
        _ => {
            wrong_type(node, &format!("`reach` of {what}"), "a number or a capture", report, Some(form));
            None
        }
    }
}

fn absent(entry: &Entry, what: &str, fields: &Fields<'_>, report: &mut Report<'_>) -> Option<KindDraft> {
    let one = |node: &Node, key: &str, report: &mut Report<'_>| {
        text(node, &format!("`{key}` of {what}"), report).map(reference)
    };
    let of = one(&entry.value, "absent", report);
    let after = fields.entry("after").map(|e| (e, one(&e.value, "after", report)));
    for entry in fields.present(&["within"]) {
        let mistake = Mistake::new(codes::MISPLACED, entry.place, "`within` does not go with `absent`");
        report.add(mistake.help("`for` says how long it must be absent"));
    }
    if after.is_some()
        && let Some(fire) = fields.entry("fire")
        && matches!(&fire.value.value, Value::Text(word) if word == "every")
    {
        let mistake =
            Mistake::new(codes::CONFLICT, fire.place, "`absent` with `after` fires at most once for a key");
        report.add(mistake.help("leave `fire` out"));
    }
    let help = "say how long: `for: 5m`";
    let hold = fields.require("for", ("a condition with `absent`", help), report);
    let hold = hold.and_then(|n| positive_duration(n, &format!("`for` of {what}"), MAX_DURATION, report));
    let after = match after {
        None => None,
        Some((_, name)) => Some(name?),
    };
    let of = of?;
    repeated(&after.iter().cloned().chain([of.clone()]).collect::<Vec<_>>(), what, report);
    Some(KindDraft::Absent { of, after, hold: hold?.value })
}
