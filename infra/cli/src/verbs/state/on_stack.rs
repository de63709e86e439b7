//! Instances of a stack on AWS: listed and operated on.

use anyhow::bail;
use fanin_deploy::stack::{OperateAnswer, Stack};
use fanin_runtime::documents::{Followed, HappenedNow};
use fanin_runtime::{Command, InstanceFilter, Operation};
use serde_json::json;

use super::ask::{Listed, key_text};
use super::intervene::{About, user};
use super::{List, look, show};
use crate::args::{Global, Output};
use crate::console::{Exit, complain, data, say};
use crate::show::confirm::confirmed;
use crate::show::followed;
use crate::source::Keys;
use crate::verbs::explain::not_there;

pub(super) fn list(global: &Global, name: &str, args: &List) -> anyhow::Result<Exit> {
    if args.watch {
        bail!("--watch would read the whole table every second: leave it out with --stack");
    }
    let stack = Stack::open(name)?;
    let keys = Keys::read(&args.key)?;
    let mut filter =
        InstanceFilter { condition: args.condition.clone(), open: args.open(), ..Default::default() };
    match &args.condition {
        Some(condition) => match stack.key_names(condition) {
            Some(names) => filter.key = keys.resolve(&names)?,
            None => return not_there(global, look(global), &stack.near(condition), 0),
        },
        None if keys.alone.is_some() => {
            bail!("--key without a name needs a condition: `fanin state CONDITION --key VALUE`")
        }
        None => filter.key.clone_from(&keys.named),
    }
    let found = stack.instances(&filter, args.limit)?;
    let runs = if args.pending { Some(stack.runs(args.limit)?) } else { None };
    let (runs, more_runs, unread) =
        runs.map_or((None, false, Vec::new()), |r| (Some(r.runs), r.more, r.unread));
    let asked = args.condition.is_some() && !keys.is_empty();
    let nothing = found.instances.is_empty();
    let listed = Listed {
        instances: found.instances,
        runs,
        more: found.more || more_runs,
        now: found.now,
        one_was_asked_for: asked,
    };
    show(global, &listed)?;
    for one in found.unread.iter().chain(&unread) {
        say(&format!("left out is the {}: {}", one.what, one.why));
    }
    Ok(if asked && nothing { Exit::NotFound } else { Exit::Done })
}

/// A person intervenes at one instance.
pub(super) fn operate(
    global: &Global,
    name: &str,
    (condition, about): (&str, &About),
    command: Command,
    (ask, told): (&str, &str),
) -> anyhow::Result<Exit> {
    let stack = Stack::open(name)?;
    let Some(names) = stack.key_names(condition) else {
        return not_there(global, look(global), &stack.near(condition), 0);
    };
    let key = Keys::read(&about.key)?.resolve(&names)?;
    if let Some(lacking) = names.iter().find(|name| !key.contains_key(*name)) {
        bail!(
            "which one? The key of {condition} has the parts {}: give --key {lacking}=VALUE",
            names.join(", ")
        );
    }
    let shown = format!("{condition} {}", key_text(&key));
    let shown = shown.trim_end();
    if !confirmed(about.yes, &format!("{ask} {shown} on the stack {name}?"))? {
        say("nothing was done");
        return Ok(Exit::No);
    }
    let operation = Operation {
        condition: condition.to_owned(),
        key: String::new(),
        command,
        by: about.by.clone().unwrap_or_else(user),
        why: about.why.clone(),
    };
    match stack.operate(operation, &key)? {
        OperateAnswer::NotThere(missing) => not_there(global, look(global), &missing, 0),
        OperateAnswer::Refused(code, reason) => {
            if global.output != Output::Text {
                data(&json!({ "operated": false, "code": code, "reason": reason }).to_string());
            }
            complain(&reason);
            Ok(Exit::No)
        }
        OperateAnswer::Done(operated) => {
            let derived = operated.derived.iter().map(|event| HappenedNow {
                id: event.identity.to_uuid(),
                name: event.name.to_string(),
                at: event.at.to_string(),
                key: event.captures.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect(),
            });
            let followed_by = Followed { derived: derived.collect(), ..Followed::default() };
            if global.output == Output::Text {
                data(&format!("{told} {shown}"));
                followed::lines(&followed_by).iter().for_each(|line| data(line));
            } else {
                data(&json!({ "operated": true, "followed": followed_by }).to_string());
            }
            if !operated.sent {
                say("what follows could not be sent at once: it is kept, and sent within a minute");
            }
            Ok(Exit::Done)
        }
    }
}
