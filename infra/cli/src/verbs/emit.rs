//! `fanin emit`: sends events to a running host.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::args::{Global, Output};
use crate::console::{Exit, data, say};
use crate::source::{At, Source};

/// `fanin emit`
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  fanin emit events.jsonl
  head -1 events.jsonl | fanin emit -
  fanin emit --source shop --type Order --detail '{\"id\": \"o-1\"}' --id order-1
  fanin emit events.jsonl --stack uploads")]
pub(crate) struct Emit {
    /// Files with one event or a list of events, or one a line; `-` is standard input.
    pub(crate) files: Vec<PathBuf>,
    /// Make one event: its source.
    #[arg(long, requires = "detail_type", conflicts_with = "files")]
    pub(crate) source: Option<String>,
    /// Make one event: its detail-type.
    #[arg(long = "type", id = "detail_type", requires = "source")]
    pub(crate) detail_type: Option<String>,
    /// Make one event: its detail, JSON.
    #[arg(long, default_value = "{}")]
    pub(crate) detail: String,
    /// Make one event: its id. Without one the host makes it up, and a repetition counts.
    #[arg(long)]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) at: At,
}

/// Events of one request; a longer list is sent in several.
const EVENTS_A_REQUEST: usize = 500;

pub(crate) fn run(global: &Global, args: &Emit) -> anyhow::Result<Exit> {
    let events = events(args)?;
    #[cfg(feature = "aws")]
    if let Some(stack) = &args.at.stack {
        return on_stack(global, stack, &events);
    }
    let Source::Live(api) = Source::find(&args.at)? else {
        bail!(
            "no host is running here: start one with `fanin dev WORKFLOW`, or give the events to `fanin run`"
        )
    };
    let mut rejected = 0;
    for part in events.chunks(EVENTS_A_REQUEST) {
        let answer = api.post("/events", serde_json::to_vec(part)?)?;
        rejected += answer.get("rejected").and_then(Value::as_u64).unwrap_or(0);
        report(global, &answer);
    }
    Ok(if rejected > 0 { Exit::No } else { Exit::Done })
}

/// The events as their exact texts: a number keeps its spelling on the way.
fn events(args: &Emit) -> anyhow::Result<Vec<Box<RawValue>>> {
    if let (Some(source), Some(detail_type)) = (&args.source, &args.detail_type) {
        let detail: &RawValue = serde_json::from_str(&args.detail).context("--detail is not JSON")?;
        let id = args.id.as_deref();
        let event = Made { id, source, detail_type, detail };
        return Ok(vec![serde_json::value::to_raw_value(&event)?]);
    }
    if args.files.is_empty() {
        bail!("nothing to send: name a file, or `-` for standard input, or --source and --type");
    }
    let mut events = Vec::new();
    for file in &args.files {
        read(file, &mut events).with_context(|| format!("cannot read events from {}", file.display()))?;
    }
    Ok(events)
}

/// An event made from the options.
#[derive(serde::Serialize)]
struct Made<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    source: &'a str,
    #[serde(rename = "detail-type")]
    detail_type: &'a str,
    detail: &'a RawValue,
}

/// One event, a list of events, or one a line.
fn read(file: &Path, events: &mut Vec<Box<RawValue>>) -> anyhow::Result<()> {
    let mut text = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(file)?;
    }
    for value in serde_json::Deserializer::from_str(&text).into_iter::<Box<RawValue>>() {
        let value = value?;
        if value.get().starts_with('[') {
            events.extend(serde_json::from_str::<Vec<Box<RawValue>>>(value.get())?);
        } else {
            events.push(value);
        }
    }
    Ok(())
}

fn report(global: &Global, answer: &Value) {
    if global.output != Output::Text {
        return data(&answer.to_string());
    }
    let text_of = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    for event in answer.get("events").and_then(Value::as_array).into_iter().flatten() {
        let status = text_of(event, "status").unwrap_or_default();
        let text = text_of(event, "id").or_else(|| text_of(event, "reason")).unwrap_or_default();
        data(&format!("{status} {text}"));
        if let Some(warning) = text_of(event, "warning") {
            say(&warning);
        }
    }
    if let (Some(code), Some(reason)) = (text_of(answer, "code"), text_of(answer, "reason")) {
        say(&format!("{code}: {reason}"));
    }
}

/// Sends into the queue of a stack.
#[cfg(feature = "aws")]
fn on_stack(global: &Global, stack: &str, events: &[Box<RawValue>]) -> anyhow::Result<Exit> {
    let texts: Vec<&str> = events.iter().map(|event| event.get()).collect();
    let told = fanin_deploy::stack::Stack::open(stack)?.emit(&texts)?;
    let rejected = told.iter().any(|one| one.status == "rejected");
    report(global, &serde_json::json!({ "events": told }));
    Ok(if rejected { Exit::No } else { Exit::Done })
}
