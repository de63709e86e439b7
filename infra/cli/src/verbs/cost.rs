//! `fanin cost`: what a workload would cost on AWS.

use std::path::PathBuf;

use fanin_deploy::cost::{Cost, Protocol, Workload, constants, predict};

use super::files;
use crate::args::{Global, Output};
use crate::console::{Exit, data, grouped};

/// `fanin cost`
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "A prediction: logs, free quotas, an idle stack and your own functions are not in it.

Examples:
  fanin cost workflow.yaml --events 1000000
  fanin cost --events 200000 --members 1000 --batch 100   # 200 joins of 1,000 events, 100 of one key in a batch
  fanin cost --events 1000000 --members 1000000 --batch 1000 --rate 500 --disorder 5000   # one hot key
  fanin cost --events 1000000 --size 2000 -o json"
)]
pub(crate) struct Predict {
    /// The workflow file.
    #[arg(default_value = "workflow.yaml")]
    pub(crate) workflow: PathBuf,
    /// Events altogether, shared evenly by the workflow's events.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub(crate) events: u64,
    /// Events that make one firing. Default: what each condition says, 100 where an event says it.
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub(crate) members: Option<u64>,
    /// Events of one key that come in one batch.
    #[arg(long, value_name = "B", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) batch: u64,
    /// Messages of one batch, of all keys.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) messages: u64,
    /// Bytes of an event.
    #[arg(long, value_name = "BYTES", default_value_t = 400)]
    pub(crate) size: usize,
    /// Events of one key that happen in a second; matters for keys of more than some thousand events.
    #[arg(long, value_name = "R", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) rate: u64,
    /// Events of one key that come in any order among each other; matters for the same keys.
    #[arg(long, value_name = "D", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) disorder: u64,
}

pub(crate) fn run(global: &Global, args: &Predict) -> anyhow::Result<Exit> {
    let Some(plan) = files::compile(global, &args.workflow)? else { return Ok(Exit::No) };
    let workload = Workload {
        events: args.events,
        members: args.members,
        batch: args.batch,
        messages: args.messages.max(args.batch),
        event_bytes: args.size,
        rate: args.rate,
        disorder: args.disorder,
    };
    let cost = predict(&plan, &workload);
    match global.output {
        Output::Json => data(&serde_json::to_string_pretty(&cost)?),
        Output::Jsonl => data(&serde_json::to_string(&cost)?),
        Output::Text => text(&cost, args.events),
    }
    Ok(Exit::Done)
}

fn text(cost: &Cost, events: u64) {
    let width = cost.conditions.iter().map(|c| c.condition.len()).max().unwrap_or(0).max("condition".len());
    data(&format!(
        "{:width$}  {:5}  {:>13}  {:>13}  {:>13}  {:>13}",
        "condition", "state", "events", "firings", "write units", "read units"
    ));
    for c in &cost.conditions {
        let state = match c.protocol {
            Protocol::Cell => "cell",
            Protocol::Pages => "pages",
        };
        data(&format!(
            "{:width$}  {state:5}  {:>13}  {:>13}  {:>13}  {:>13}",
            c.condition,
            whole(c.events),
            whole(c.lives),
            whole(c.write_units),
            whole(c.read_units)
        ));
    }
    let runs = &cost.runs;
    data(&format!(
        "{:width$}  {:5}  {:>13}  {:>13}  {:>13}  {:>13}",
        "runs",
        "cell",
        "",
        whole(runs.runs),
        whole(runs.write_units),
        whole(runs.read_units)
    ));
    data("");
    let d = &cost.dollars;
    for (what, dollars) in [
        ("table", d.table),
        ("queues", d.queues),
        ("bus", d.bus),
        ("functions", d.functions),
        ("total", d.total),
    ] {
        data(&format!("{what:9}  ${dollars:.4}"));
    }
    data(&format!(
        "for {} events, by the prices of {} in {}",
        grouped(events),
        constants::AS_OF,
        constants::REGION
    ));
}

/// A figure without its fraction.
fn whole(n: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "figures are positive and small"
    )]
    let n = n.round() as u64;
    grouped(n)
}
