//! `fanin match`: what an event is to a workflow, or to a pattern, and if it is nothing, why.

mod cases;
mod named;
mod payloads;
mod single;

use std::path::{Path, PathBuf};

use crate::args::Global;
use crate::console::Exit;

/// `fanin match`
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The event may have any form that fanin takes in: an EventBridge envelope, a PutEvents request, a CloudEvent, an S3 \
notification, the message of a queue, a topic or a stream; one, a list, or one a line.

Exit code 0: an event matches; 1: none does, or one cannot be read.

Examples:
  fanin match events.jsonl                                  # which of the workflow's events they are
  head -1 events.jsonl | fanin match - workflow.yaml
  fanin match events.jsonl --pattern '{\"source\": [{\"prefix\": \"aws.\"}]}'
  fanin match events.jsonl -o json")]
pub(crate) struct Match {
    /// File with the event, or several; `-` is standard input.
    #[arg(required_unless_present = "cases")]
    pub(crate) event: Option<PathBuf>,
    /// The workflow file. Default: `workflow.yaml` in the current directory.
    #[arg(conflicts_with = "pattern")]
    pub(crate) workflow: Option<PathBuf>,
    /// The workflow file, as an option.
    #[arg(long = "workflow", value_name = "FILE", conflicts_with_all = ["workflow", "pattern"])]
    pub(crate) named: Option<PathBuf>,
    /// An event pattern to match instead of a workflow: JSON, or `@` and a file.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) pattern: Option<String>,
    /// Check a file of cases, one a line: `{pattern, event, valid, matches}`, where pattern and event are texts with the exact JSON.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["event", "workflow", "named", "pattern"])]
    pub(crate) cases: Option<PathBuf>,
}

/// The workflow when none is named.
const WORKFLOW: &str = "workflow.yaml";

pub(crate) fn run(global: &Global, args: &Match) -> anyhow::Result<Exit> {
    if let Some(path) = &args.cases {
        return cases::run(global, path);
    }
    let Some(event) = &args.event else { anyhow::bail!("name a file with an event") };
    let payloads = payloads::read(event)?;
    if let Some(pattern) = &args.pattern {
        return single::run(global, pattern, &payloads);
    }
    let workflow = args.workflow.as_deref().or(args.named.as_deref());
    let workflow = workflow.unwrap_or(Path::new(WORKFLOW));
    anyhow::ensure!(
        workflow.exists(),
        "there is no file {}; name the workflow: `fanin match EVENT.json WORKFLOW.yaml`",
        workflow.display()
    );
    named::run(global, workflow, &payloads)
}

/// What the exit code says.
fn exit(matched: bool, refused: bool) -> Exit {
    if matched && !refused { Exit::Done } else { Exit::No }
}
