//! `fanin run`: takes events in, runs until nothing is left to do, says what happened, and stops.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use fanin_local::Service;
use fanin_local::api::Status;
use fanin_sources::{SystemClock, stdin};
use serde_json::json;

use super::{files, host};
use crate::args::{Global, Output, Place};
use crate::console::{Exit, data, many, say};

/// `fanin run`
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  fanin run workflow.yaml --events events.jsonl
  cat events.jsonl | fanin run workflow.yaml -o jsonl
  fanin run workflow.yaml --events events.jsonl --dir .fanin/trial")]
pub(crate) struct Run {
    /// The workflow file.
    pub(crate) workflow: PathBuf,
    /// Events, one JSON document a line; `-` is standard input.
    #[arg(long, default_value = "-")]
    pub(crate) events: PathBuf,
    #[command(flatten)]
    pub(crate) place: Place,
    /// Also wait for deadlines: run until no instance is open.
    #[arg(long)]
    pub(crate) wait: bool,
}

/// Between two looks at whether everything has ended.
const LOOK: Duration = Duration::from_millis(5);

pub(crate) fn run(global: &Global, args: &Run) -> anyhow::Result<Exit> {
    let Some(plan) = files::compile(global, &args.workflow)? else { return Ok(Exit::No) };
    let runtime = host::runtime()?;
    runtime.block_on(async {
        let (service, _) = host::open(&args.place, &args.workflow, &plan)?;
        let before = service.status().await.map(|s| s.stats.dead_letters).unwrap_or_default();
        let summary = take_in(&service, args).await?;
        let status = until_idle(&service, args.wait).await?;
        report(global, &status);
        say(&format!(
            "{} accepted, {} refused; {}, {}, {}, {}; {} still open",
            many(summary.accepted, "event"),
            summary.rejected,
            many(status.stats.fired, "firing"),
            many(status.stats.timeouts, "timeout"),
            many(status.stats.calls, "call"),
            many(status.dead_letters as u64, "dead letter"),
            many(status.open_instances as u64, "instance")
        ));
        service.close()?;
        Ok(if status.stats.dead_letters > before {
            Exit::No
        } else if status.open_instances > 0 {
            Exit::Pending
        } else {
            Exit::Done
        })
    })
}

async fn take_in(service: &Service, args: &Run) -> anyhow::Result<stdin::Summary> {
    let (intake, clock) = (Arc::new(service.handle()), Arc::new(SystemClock));
    if args.events.as_os_str() == "-" {
        Ok(stdin::read_lines(tokio::io::stdin(), intake, clock).await?)
    } else {
        let file = tokio::fs::File::open(&args.events).await;
        let file = file.with_context(|| format!("cannot read {}", args.events.display()))?;
        Ok(stdin::read_lines(file, intake, clock).await?)
    }
}

/// Waits until no call is open and no run in progress; with `wait` also until no instance is open.
async fn until_idle(service: &Service, wait: bool) -> anyhow::Result<Status> {
    loop {
        if let Some(reason) = service.failure().borrow().clone() {
            anyhow::bail!("{reason}");
        }
        let status = service.status().await.context("the host has stopped")?;
        if status.idle && !(wait && status.open_instances > 0) {
            return Ok(status);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn report(global: &Global, status: &Status) {
    match global.output {
        Output::Json => data(
            &json!({ "firings": status.firings, "calls": status.calls, "stats": status.stats }).to_string(),
        ),
        Output::Jsonl => {
            for firing in &status.firings {
                data(&json!({ "firing": firing }).to_string());
            }
            for call in &status.calls {
                data(&json!({ "call": call }).to_string());
            }
        }
        Output::Text => {
            for firing in &status.firings {
                let key: Vec<String> = firing
                    .key
                    .iter()
                    .map(|(n, v)| format!("{n}={}", v.as_str().unwrap_or_default()))
                    .collect();
                data(&format!("{} {} [{}]", firing.at, firing.name, key.join(", ")));
            }
            for call in &status.calls {
                let end = match (&call.result, &call.error) {
                    (_, Some((error, cause))) => format!("failed with {error}: {cause}"),
                    (result, None) => format!("-> {}", result.clone().unwrap_or_default()),
                };
                data(&format!("{} called {} (attempt {}) {end}", call.rule, call.target, call.attempt));
            }
        }
    }
}
