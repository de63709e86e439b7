//! `fanin doctor --repair`: shows exactly what would be done and lost, and does it when somebody says yes.

use std::io::{BufRead, IsTerminal};
use std::path::Path;

use anyhow::Context;
use fanin_event::Timestamp;
use fanin_runtime::Records;
use fanin_store_embedded::{Diagnosis, FileStore, RepairPlan, RepairReport};
use serde_json::{Value, json};

use super::store::{process, repair_command};
use crate::args::{Global, Output};
use crate::console::{Exit, complain, data, say};

pub(super) fn run(global: &Global, dir: &Path, yes: bool) -> anyhow::Result<Exit> {
    let found = FileStore::diagnose(dir).with_context(|| format!("cannot look into {}", dir.display()))?;
    if let Some(why) = &found.hopeless {
        complain(why);
        return answer(global, dir, &found, None).map(|()| Exit::No);
    }
    let Some(plan) = found.plan.clone() else {
        if global.output == Output::Text {
            data("nothing is damaged, nothing to repair");
        }
        return answer(global, dir, &found, None).map(|()| Exit::Done);
    };
    if global.output == Output::Text {
        data(&announce(dir, &found, &plan));
    }
    if let Some(holder) = FileStore::holder(dir) {
        let who = holder.pid.map_or_else(|| "another process".to_owned(), process);
        complain(&format!("it is in use by {who}, and is not repaired meanwhile; stop that process first"));
        return answer(global, dir, &found, None).map(|()| Exit::No);
    }
    if !yes && !agreed() {
        say(&format!("nothing was done; `{} --yes` does it", repair_command(dir)));
        return answer(global, dir, &found, None).map(|()| Exit::No);
    }
    let report = FileStore::repair(dir, &plan)?;
    answer(global, dir, &found, Some(&report))?;
    if report.after.refusal.is_some() || !report.after.damages.is_empty() {
        complain("something is still wrong; run it once more");
        return Ok(Exit::No);
    }
    Ok(Exit::Done)
}

/// A typed yes, where somebody can type it.
fn agreed() -> bool {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return false;
    }
    say("Type yes to do this:");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).is_ok() && line.trim() == "yes"
}

fn announce(dir: &Path, found: &Diagnosis, plan: &RepairPlan) -> String {
    let mut lines = vec![format!("damaged in {}:", dir.display())];
    lines.extend(found.damages.iter().map(|damage| format!("  {damage}; {}", damage.costs)));
    lines.push("a repair would, deleting nothing:".to_owned());
    lines.extend(plan.steps.iter().map(|step| format!("  {step}")));
    let from = plan.snapshot.map_or_else(|| "frame 1".to_owned(), |at| format!("the snapshot at frame {at}"));
    lines.push(match (plan.last, moment(dir, plan.last)) {
        (0, _) => "afterwards: an empty state".to_owned(),
        (last, Some(at)) => format!("afterwards: the state of {at}, after frame {last}, built from {from}"),
        (last, None) => format!("afterwards: the state after frame {last}, built from {from}"),
    });
    lines.push(match &plan.lost {
        None => "lost of the state: nothing".to_owned(),
        Some(lost) => format!("lost of the state: {lost}"),
    });
    lines.push(match plan.lost_history {
        None => "lost of the history: nothing more".to_owned(),
        Some((first, last)) => format!(
            "lost of the history: frames {first} to {last}; what they did is in the state, the past before frame {} \
             cannot be looked at any more",
            plan.history
        ),
    });
    if plan.lost.is_some() {
        lines.push(
            "send the events since then again: those that are still in the state are recognized by their ids"
                .to_owned(),
        );
    }
    lines.join("\n")
}

/// Of when a frame is: the moment of its last record.
fn moment(dir: &Path, frame: u64) -> Option<Timestamp> {
    let bytes = FileStore::salvage(dir, frame).ok()??;
    Records::of(&bytes).filter_map(Result::ok).last().map(|record| record.at())
}

fn answer(
    global: &Global,
    dir: &Path,
    found: &Diagnosis,
    report: Option<&RepairReport>,
) -> anyhow::Result<()> {
    let document: Value = json!({
        "dir": dir.display().to_string(), "before": found, "plan": found.plan, "done": report.is_some(),
        "aside": report.map(|report| &report.aside), "after": report.map(|report| &report.after),
    });
    match (global.output, report) {
        (Output::Json, _) => data(&serde_json::to_string_pretty(&document)?),
        (Output::Jsonl, _) => data(&document.to_string()),
        (Output::Text, Some(report)) => {
            data(&format!("done; what was taken away or cut lies in {}", report.aside));
            data("the state is whole; start the host again");
        }
        (Output::Text, None) => {}
    }
    Ok(())
}
