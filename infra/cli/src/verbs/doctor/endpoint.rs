//! The running host: whether one answers, with which workflow, and who has the usual ports.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use anyhow::Context;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use super::report::{Check, counted};
use super::store::process;
use crate::verbs::host;

const AREA: &str = "host";
/// Bytes of an answer that are read: a status holds up to 20,000 entries.
const ANSWER_BYTES: usize = 64 * 1024 * 1024;
/// An answer takes no longer, or nobody is there.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// The ports of `fanin dev`, the variable and the option that choose another.
const PORTS: [(u16, &str, &str); 2] = [(4800, "FANIN_PORT", "--port"), (4801, "FANIN_S3_PORT", "--s3-port")];

/// What was found.
pub(super) struct Examined {
    pub(super) checks: Vec<Check>,
    pub(super) facts: Value,
}

pub(super) fn examine(to: &str) -> anyhow::Result<Examined> {
    let runtime = host::runtime()?;
    let answer = runtime.block_on(ask(to));
    runtime.shutdown_background();
    let (check, status) = judge(to, answer);
    let ours = status.is_some();
    let mut checks = vec![check];
    let mut ports = Vec::new();
    for (usual, variable, option) in PORTS {
        let port = std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        let owner = if free { None } else { listener(port) };
        checks.push(port_check(port, free, (owner.as_deref(), ours), option));
        ports.push(json!({ "port": port, "free": free, "owner": owner }));
    }
    let part = |name: &str| status.as_ref().and_then(|status| status.get(name)).cloned();
    let facts = json!({
        "url": to, "answers": ours, "workflow": part("workflow"), "version": part("version"),
        "open_instances": part("open_instances"), "dead_letters": part("dead_letters"), "ports": ports,
    });
    Ok(Examined { checks, facts })
}

fn port_check(port: u16, free: bool, (owner, ours): (Option<&str>, bool), option: &str) -> Check {
    match (free, owner) {
        (true, _) => Check::ok(AREA, format!("port {port} is free")),
        (false, Some(owner)) if owner.contains("(fanin)") => {
            Check::ok(AREA, format!("port {port} is used by {owner}"))
        }
        (false, None) if ours => Check::ok(AREA, format!("port {port} is in use")),
        (false, owner) => {
            let owner = owner.unwrap_or("a process that cannot be seen from here");
            let todo = format!("choose another with `fanin dev {option}`, or stop that process");
            Check::warning(AREA, format!("port {port} is used by {owner}"), todo)
        }
    }
}

/// The status; the error says why there is none.
async fn ask(to: &str) -> anyhow::Result<Value> {
    let uri: hyper::Uri = format!("{}/status", to.trim_end_matches('/')).parse().context("it is no URL")?;
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let answer = tokio::time::timeout(ANSWER_WITHIN, client.get(uri)).await.context("no answer in time")?;
    let answer = answer.context("nobody listens there")?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), ANSWER_BYTES).collect();
    let body = tokio::time::timeout(ANSWER_WITHIN, body).await.context("no whole answer in time")?;
    let body = body.map_err(|e| anyhow::anyhow!("the answer cannot be read: {e}"))?.to_bytes();
    let value: Value = serde_json::from_slice(&body).with_context(|| format!("{status}, and no JSON"))?;
    anyhow::ensure!(value.get("workflow").is_some(), "{status}, and no status of fanin");
    Ok(value)
}

fn judge(to: &str, answer: anyhow::Result<Value>) -> (Check, Option<Value>) {
    match answer {
        Ok(status) => {
            let text = |name: &str| status.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let number = |name: &str| status.get(name).and_then(Value::as_u64).unwrap_or_default();
            let what = format!(
                "{to} answers: workflow {}, version {}, {}, {}",
                text("workflow"),
                text("version"),
                counted(number("open_instances"), "open instance"),
                counted(number("dead_letters"), "dead letter")
            );
            let check = match number("dead_letters") {
                0 => Check::ok(AREA, what),
                _ => Check::warning(AREA, what, "look at what could not be done: `fanin dead list`"),
            };
            (check, Some(status))
        }
        Err(error) if error.to_string() == "nobody listens there" => {
            (Check::ok(AREA, format!("no host runs at {to}; `fanin dev WORKFLOW` starts one")), None)
        }
        Err(error) => {
            let what = format!("{to} is not a host of fanin: {error:#}");
            (Check::warning(AREA, what, "name the host with --to URL or FANIN_URL"), None)
        }
    }
}

/// The process that listens on a port of this machine, as far as this user may see it.
fn listener(port: u16) -> Option<String> {
    let inodes: Vec<String> =
        ["/proc/net/tcp", "/proc/net/tcp6"].iter().flat_map(|file| listening(file, port)).collect();
    let entries = std::fs::read_dir("/proc").ok()?;
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.into_iter().find(|pid| holds(*pid, &inodes)).map(process)
}

/// The sockets that listen on a port, by their inodes.
fn listening(file: &str, port: u16) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let suffix = format!(":{port:04X}");
    let inode = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        // Address, peer, state (0A: listening), and the inode as the tenth field.
        let listens = fields.get(1)?.ends_with(&suffix) && *fields.get(3)? == "0A";
        listens.then(|| fields.get(9).map(|inode| format!("socket:[{inode}]"))).flatten()
    };
    text.lines().filter_map(inode).collect()
}

fn holds(pid: u32, sockets: &[String]) -> bool {
    let Ok(files) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    let targets = files.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
    targets.into_iter().any(|target| sockets.iter().any(|socket| target.as_os_str() == socket.as_str()))
}
