//! `fanin state drop`, `expire`, `waive`: a person intervenes at one instance. It is asked for before, it is in the log with
//! who and why, and what follows is told.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use clap::Args;
use fanin_condition::{Key, OperateError};
use fanin_local::api::OperateBody;
use fanin_local::{Host, HostOptions, Nobody};
use fanin_runtime::documents::{Followed, NotThere, not_there as near};
use fanin_runtime::{Command, Operation};
use serde_json::json;

use super::ask::{key_text, not_there_of};
use crate::args::{Global, Output};
use crate::console::{Exit, complain, data, say};
use crate::show::confirm::confirmed;
use crate::show::followed;
use crate::source::{Api, At, Keys, Refused, Source};
use crate::verbs::events::query::{Parameters, segment};
use crate::verbs::explain::not_there;

/// Which instance, who, and why.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  fanin state drop job_complete --key job=alpha --why \"it was a test\" --yes
  fanin state expire job_complete --key gamma --why \"nothing more will come\" --yes")]
pub(crate) struct Intervene {
    /// The condition.
    pub(crate) condition: String,
    #[command(flatten)]
    pub(crate) about: About,
}

/// Which member is taken as given.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Captures that decide something, the `distinct` one and that of `reach`, are given with --set; those of the key are known.

Examples:
  fanin state waive job_complete part --key job=gamma --set part=2 --why \"the file is lost\" --yes")]
pub(crate) struct Waive {
    /// The condition.
    pub(crate) condition: String,
    /// The member that is missing.
    pub(crate) member: String,
    /// A value of one of its captures; may be given several times.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) set: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) about: About,
}

/// What all of them need.
#[derive(Debug, Args)]
pub(crate) struct About {
    /// The correlation key: `--key job=42`; a key of one part also `--key 42`.
    #[arg(short, long, value_name = "NAME=VALUE")]
    pub(crate) key: Vec<String>,
    /// Why; it stands in the log, and in the events that follow.
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: String,
    /// Who. Default: the user on this machine.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) at: At,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

/// What happened to the wish.
enum Ended {
    Done(Box<Followed>),
    Refused(String, String),
    NotThere(Box<NotThere>),
}

pub(super) fn drop(global: &Global, args: &Intervene) -> anyhow::Result<Exit> {
    let words = ("drop", "dropped");
    carry_out(global, (&args.condition, &args.about), Command::Drop, words)
}

pub(super) fn expire(global: &Global, args: &Intervene) -> anyhow::Result<Exit> {
    let words = ("end the open round of", "ended the open round of");
    carry_out(global, (&args.condition, &args.about), Command::Expire, words)
}

pub(super) fn waive(global: &Global, args: &Waive) -> anyhow::Result<Exit> {
    let set: BTreeMap<String, String> = args.set.iter().cloned().collect();
    let command = Command::Waive { member: args.member.clone(), set };
    let (ask, told) =
        (format!("take `{}` as given for", args.member), format!("took `{}` as given for", args.member));
    carry_out(global, (&args.condition, &args.about), command, (&ask, &told))
}

fn carry_out(
    global: &Global,
    (condition, about): (&str, &About),
    command: Command,
    (ask, told): (&str, &str),
) -> anyhow::Result<Exit> {
    #[cfg(feature = "aws")]
    if let Some(stack) = &about.at.stack {
        return super::on_stack::operate(global, stack, (condition, about), command, (ask, told));
    }
    let source = Source::find(&about.at)?;
    let key = match whole_key(&source, condition, &Keys::read(&about.key)?)? {
        Ok(key) => key,
        Err(missing) => return not_there(global, super::look(global), &missing, 0),
    };
    let name = format!("{condition} {}", key_text(&key));
    let name = name.trim_end();
    if !confirmed(about.yes, &format!("{ask} {name}?"))? {
        say("nothing was done");
        return Ok(Exit::No);
    }
    let (by, why) = (about.by.clone().unwrap_or_else(user), about.why.clone());
    let body = OperateBody { key, command, by, why };
    let ended = match &source {
        Source::Live(api) => live(api, condition, &body)?,
        Source::Files(dir) => files(dir, condition, &body)?,
    };
    match ended {
        Ended::NotThere(missing) => not_there(global, super::look(global), &missing, 0),
        Ended::Refused(code, reason) => {
            if global.output != Output::Text {
                data(&json!({ "operated": false, "code": code, "reason": reason }).to_string());
            }
            complain(&reason);
            Ok(Exit::No)
        }
        Ended::Done(told_of) => {
            if global.output == Output::Text {
                data(&format!("{told} {name}"));
                followed::lines(&told_of).iter().for_each(|line| data(line));
            } else {
                data(&json!({ "operated": true, "followed": *told_of }).to_string());
            }
            if matches!(source, Source::Files(_)) && !told_of.calls.is_empty() {
                say("no host runs here: the calls are made by the next `fanin dev` or `fanin run`");
            }
            Ok(Exit::Done)
        }
    }
}

/// `ann@desk`
pub(super) fn user() -> String {
    let name = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let (name, host) = (name.unwrap_or_else(|| "somebody".to_owned()), host.trim());
    if host.is_empty() { name } else { format!("{name}@{host}") }
}

/// All parts of the key by name, or what is near a condition that is not there.
fn whole_key(
    source: &Source,
    condition: &str,
    keys: &Keys,
) -> anyhow::Result<Result<BTreeMap<String, String>, Box<NotThere>>> {
    let names = match source {
        Source::Live(api) => {
            let mut asked = Parameters::default();
            // An instance that cannot be there: the answer names the parts of the key.
            asked.add("misses", "0");
            match api.get(&format!("/instances/{}{}", segment(condition), asked.text())) {
                Ok(_) => Vec::new(),
                Err(error) => {
                    let missing = not_there_of(error)?;
                    if missing.code == "no-such-condition" {
                        return Ok(Err(missing));
                    }
                    missing.key_names
                }
            }
        }
        Source::Files(dir) => {
            let history = fanin_history::History::open(dir)?;
            let present = fanin_history::present::Present::open(&history)?;
            match present.key_names(condition) {
                Some(names) => names,
                None => {
                    let engine = history.present()?.engine;
                    return Ok(Err(Box::new(near(&engine, condition, ""))));
                }
            }
        }
    };
    let key = keys.resolve(&names)?;
    if let Some(lacking) = names.iter().find(|name| !key.contains_key(*name)) {
        bail!(
            "which one? The key of {condition} has the parts {}: give --key {lacking}=VALUE",
            names.join(", ")
        );
    }
    Ok(Ok(key))
}

fn live(api: &Api, condition: &str, body: &OperateBody) -> anyhow::Result<Ended> {
    let path = format!("/instances/{}/operate", segment(condition));
    match api.post(&path, serde_json::to_vec(body)?) {
        Ok(answer) => {
            let told = answer.get("followed").cloned().context("the host did not say what followed")?;
            Ok(Ended::Done(Box::new(serde_json::from_value(told)?)))
        }
        Err(error) => match error.downcast::<Refused>() {
            Ok(refused) if refused.status == 409 => Ok(Ended::Refused(refused.code, refused.reason)),
            Ok(refused) => Ok(Ended::NotThere(not_there_of(refused.into())?)),
            Err(error) => Err(error),
        },
    }
}

fn files(dir: &Path, condition: &str, body: &OperateBody) -> anyhow::Result<Ended> {
    let (host, _) = Host::open_as_it_is(&HostOptions::at(dir), Box::new(Nobody))
        .with_context(|| format!("cannot open the state in {}", dir.display()))?;
    let handle = host.handle();
    let (name, given) = (condition.to_owned(), body.key.clone());
    let key = handle.look(move |engine| {
        let names = engine.key_names(&name).unwrap_or_default();
        let values: Vec<&str> = names.iter().filter_map(|n| given.get(n).map(String::as_str)).collect();
        Key::of(&values).to_string()
    })?;
    let operation = Operation {
        condition: condition.to_owned(),
        key: key.clone(),
        command: body.command.clone(),
        by: body.by.clone(),
        why: body.why.clone(),
    };
    let ended = match handle.operate_wait(operation)? {
        Ok(followed) => Ended::Done(Box::new(followed)),
        Err(OperateError::NoCondition(_) | OperateError::NoInstance { .. }) => {
            let name = condition.to_owned();
            Ended::NotThere(Box::new(handle.look(move |engine| near(engine, &name, &key))?))
        }
        Err(error) => Ended::Refused(error.code().to_owned(), error.to_string()),
    };
    // Everything is in the log: a snapshot would cost more than it saves.
    host.halt();
    Ok(ended)
}
