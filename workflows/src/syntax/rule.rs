//! A rule: when, whom to call, with what, and what to do when it fails.

use std::sync::Arc;

use fanin_rule::{Catcher, MapSpec, Retrier, SendTarget};

use super::payload::PathText;
use super::{errors, map, path, payload, send};
use crate::codes;
use crate::limits::MAX_MEMBERS;
use crate::read::{At, Fields, reference, text, texts};
use crate::report::{Mistake, Report};
use crate::syntax::condition::Name;
use crate::tree::Node;

const KEYS: [&str; 8] = ["when", "invoke", "send", "input", "map", "retry", "catch", "allow"];

/// A rule, as far as it could be read.
#[derive(Debug)]
pub(crate) struct RuleDraft {
    pub(crate) name: Name,
    pub(crate) when: Vec<Name>,
    pub(crate) target: Option<TargetDraft>,
    pub(crate) input: Option<serde_json::Value>,
    pub(crate) map: Option<MapSpec>,
    /// The paths of `input` and `map`.
    pub(crate) paths: Vec<PathText>,
    pub(crate) retry: Vec<Retrier>,
    pub(crate) catch: Vec<CatchDraft>,
}

/// Whom a rule calls.
#[derive(Debug)]
pub(crate) enum TargetDraft {
    Invoke(Name),
    Send(SendTarget),
}

/// A catcher with the place of the name it emits.
#[derive(Debug)]
pub(crate) struct CatchDraft {
    pub(crate) catcher: Catcher,
    pub(crate) emit: At<Arc<str>>,
}

/// Reads a rule.
pub(crate) fn read(name: Name, node: &Node, report: &mut Report<'_>) -> RuleDraft {
    let what = format!("the rule `{}`", name.value);
    let place = name.place;
    let mut draft = RuleDraft {
        name,
        when: Vec::new(),
        target: None,
        input: None,
        map: None,
        paths: Vec::new(),
        retry: Vec::new(),
        catch: Vec::new(),
    };
    let Some(fields) = Fields::of(node, (&what, place), &KEYS, report) else { return draft };
    let help = "name the event, condition or list of them that triggers it: `when: order`";
    if let Some(node) = fields.require("when", (&what, help), report) {
        let names = texts(node, &format!("`when` of {what}"), MAX_MEMBERS, report).unwrap_or_default();
        draft.when = names.into_iter().map(reference).collect();
        for (i, name) in draft.when.iter().enumerate() {
            if draft.when.iter().take(i).any(|earlier| earlier.value == name.value) {
                let message = format!("`when` of {what} names `{}` twice", name.value);
                report.add(Mistake::new(codes::BAD_MEMBERS, name.place, message).help("name it once"));
            }
        }
    }
    draft.target = target(&what, place, &fields, report);
    draft.map = fields.get("map").and_then(|node| map::read(&what, node, place, report));
    let mapped = fields.get("map").is_some();
    draft.paths = fields.get("input").map(path::of_template).unwrap_or_default();
    if let (Some(map), Some(place)) = (&draft.map, fields.get("map").map(|n| n.at_pointer("/items"))) {
        draft.paths.push(PathText { value: map.items.clone(), place, items: true });
    }
    draft.input = fields.get("input").and_then(|node| payload::read(node, mapped, report));
    draft.retry = fields.get("retry").map(|node| errors::retry(&what, node, report)).unwrap_or_default();
    draft.catch = fields.get("catch").map(|node| errors::catch(&what, node, report)).unwrap_or_default();
    draft
}

fn target(
    what: &str,
    place: crate::tree::Place,
    fields: &Fields<'_>,
    report: &mut Report<'_>,
) -> Option<TargetDraft> {
    match fields.present(&["invoke", "send"]).as_slice() {
        [one] if one.key == "invoke" => {
            text(&one.value, &format!("`invoke` of {what}"), report).map(reference).map(TargetDraft::Invoke)
        }
        [one] => send::read(what, &one.value, place, report).map(TargetDraft::Send),
        [] if fields.misspelled(&["invoke", "send"]) => None,
        [] => {
            let mistake = Mistake::new(codes::RULE_TARGET, place, format!("{what} does nothing"));
            report.add(mistake.help("give it `invoke: FUNCTION` or `send: { sqs: QUEUE }`"));
            None
        }
        [_, second, ..] => {
            let mistake = Mistake::new(
                codes::RULE_TARGET,
                second.place,
                format!("{what} has both `invoke` and `send`"),
            );
            report.add(mistake.help("make two rules with the same `when`"));
            None
        }
    }
}
