//! `fanin emit`: sends events to a running host.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use serde_json::value::RawValue;

use super::host;
use crate::args::{Global, Output};
use crate::console::{Exit, data, say};

/// `fanin emit`
#[derive(Debug, clap::Args)]
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
    /// The running host.
    #[arg(long, default_value = "http://127.0.0.1:4800", env = "FANIN_URL")]
    pub(crate) to: String,
}

/// Events of one request; a longer list is sent in several.
const EVENTS_A_REQUEST: usize = 500;
/// Bytes of an answer that are read.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;
/// An answer takes no longer, or the host is not there.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// A busy host is asked again so often.
const TRIES: u32 = 10;

pub(crate) fn run(global: &Global, args: &Emit) -> anyhow::Result<Exit> {
    let events = events(args)?;
    let runtime = host::runtime()?;
    let mut rejected = 0;
    for part in events.chunks(EVENTS_A_REQUEST) {
        let answer = runtime.block_on(send(&args.to, part))?;
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

async fn send(to: &str, events: &[Box<RawValue>]) -> anyhow::Result<Value> {
    let uri: hyper::Uri =
        format!("{}/events", to.trim_end_matches('/')).parse().context("--to is not a URL")?;
    let body = Bytes::from(serde_json::to_vec(events)?);
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    for _ in 0..TRIES {
        let request = hyper::Request::post(&uri)
            .header("content-type", "application/json")
            .body(Full::new(body.clone()))?;
        let answer = tokio::time::timeout(ANSWER_WITHIN, client.request(request)).await;
        let answer = answer
            .context("the host does not answer")?
            .with_context(|| format!("no host answers at {to}; start one with `fanin dev WORKFLOW`"))?;
        let status = answer.status();
        if status == hyper::StatusCode::SERVICE_UNAVAILABLE {
            let after = answer.headers().get("retry-after").and_then(|v| v.to_str().ok()?.parse().ok());
            tokio::time::sleep(Duration::from_secs(after.unwrap_or(1).clamp(1, 10))).await;
            continue;
        }
        let bytes = Limited::new(answer.into_body(), ANSWER_BYTES).collect().await;
        let bytes = bytes.map_err(|e| anyhow::anyhow!("the answer cannot be read: {e}"))?.to_bytes();
        return serde_json::from_slice(&bytes)
            .with_context(|| format!("the host answered {status}: {}", String::from_utf8_lossy(&bytes)));
    }
    bail!("the host stayed busy; send again later")
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
