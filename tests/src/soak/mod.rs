//! The soak: the real `fanin dev` with producers faster than it can go, killed now and then.
//!
//! Three stretches: calm, a burst in which HTTP and S3 producers send as fast as they are let, calm again. Measured from
//! outside: resident memory, how often producers were told to come again, how long a single event's acknowledgement took in each
//! stretch, and whether every acknowledged event was called for in the end, each under one id.

mod functions;
mod ledger;
mod producers;
mod report;
mod s3;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;
use tokio::sync::watch;

use crate::client::Client;
use crate::process::{Fanin, Start};
use functions::Functions;
use ledger::Ledger;
pub use report::Report;

/// Parts of the whole time: calm before, and the burst; the rest is calm again.
const CALM: f64 = 0.15;
const BURST: f64 = 0.35;
/// Recovery may take so long on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// What is owed may take so long once nobody sends any more.
const SETTLES_WITHIN: Duration = Duration::from_secs(300);
/// Nothing new for so long while something is owed: it is lost.
const STALLED: Duration = Duration::from_secs(30);
/// How often memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Bytes of log after which a snapshot is taken: several in a run of minutes.
const SNAPSHOT_EVERY: u64 = 64 * 1024 * 1024;

/// What to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// The binary.
    pub fanin: PathBuf,
    /// How long producers send, calm and burst together.
    pub lasts: Duration,
    /// So many kills, spread over the time.
    pub kills: u32,
    /// The state lies in here.
    pub dir: PathBuf,
}

/// The stretch that is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stretch {
    Before,
    Burst,
    /// Calm, with what the burst left still to do.
    After,
    /// Nobody sends.
    Over,
}

impl Stretch {
    fn at(part: f64) -> Stretch {
        match part {
            p if p < CALM => Stretch::Before,
            p if p < CALM + BURST => Stretch::Burst,
            p if p < 1.0 => Stretch::After,
            _ => Stretch::Over,
        }
    }
}

/// Where the process answers: HTTP and S3.
pub(crate) type Door = Option<(String, String)>;

/// What all have in common.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) ledger: Ledger,
    pub(crate) door: watch::Sender<Door>,
    pub(crate) stretch: watch::Sender<Stretch>,
    pub(crate) report: std::sync::Mutex<Report>,
    /// Kills so far: an answer may be missing only when there was one.
    pub(crate) kills: AtomicU64,
    pub(crate) refused: [AtomicUsize; 2],
    /// When the burst ended.
    pub(crate) burst_ended: std::sync::OnceLock<Instant>,
}

impl World {
    pub(crate) fn stretch(&self) -> Stretch {
        *self.stretch.borrow()
    }

    pub(crate) fn report(&self) -> std::sync::MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn new() -> World {
        World {
            ledger: Ledger::default(),
            door: watch::Sender::new(None),
            stretch: watch::Sender::new(Stretch::Before),
            report: std::sync::Mutex::new(Report::default()),
            kills: AtomicU64::new(0),
            refused: Default::default(),
            burst_ended: std::sync::OnceLock::new(),
        }
    }
}

/// Runs the whole of it. `tell` hears of the progress.
///
/// # Errors
/// When the harness itself cannot work, or the process does not start or ends by itself.
pub async fn run(options: &Options, tell: &mut dyn FnMut(&str)) -> anyhow::Result<Report> {
    let world = Arc::new(World::new());
    let functions = Functions::start(world.clone()).await?;
    let file = options.dir.join("soak.yaml");
    std::fs::write(&file, workflow(&format!("http://{}", functions.address)))?;
    let state = options.dir.join("state");
    let start = Start { snapshot_every: Some(SNAPSHOT_EVERY), ..Start::new(&options.fanin, &file, &state) };
    let mut fanin = open(&world, &start).await?;
    let sending = producers::start(&world);
    let began = Instant::now();
    let mut killed = 0;
    loop {
        let part = began.elapsed().as_secs_f64() / options.lasts.as_secs_f64();
        let stretch = Stretch::at(part);
        if world.stretch() != stretch {
            let (open, calls) = world.ledger.open();
            tell(&format!(
                "{stretch:?} after {:.0} s: {calls} calls so far, {open} events wait for theirs",
                began.elapsed().as_secs_f64()
            ));
            world.stretch.send_replace(stretch);
            if stretch > Stretch::Burst {
                let _ = world.burst_ended.set(Instant::now());
            }
        }
        if stretch == Stretch::Over {
            break;
        }
        if fanin.has_ended()? {
            anyhow::bail!("the process ended by itself and said:\n{}", fanin.said().join("\n"));
        }
        look(&world, &fanin, stretch);
        // The first falls into the burst, none into the calm before: that is what the rest is compared with.
        let next = CALM + (1.0 - CALM) * (f64::from(killed) + 0.5) / f64::from(options.kills.max(1));
        if killed < options.kills && part > next {
            killed += 1;
            fanin = restart(&world, &start, fanin).await?;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    for one in sending {
        tokio::time::timeout(SETTLES_WITHIN, one).await.context("a producer is not answered any more")??;
    }
    settle(&world, &fanin, tell).await?;
    let ended = fanin.kill().await?;
    let mut report = world.report().clone();
    report.http_refused = world.refused[0].load(Ordering::Relaxed);
    report.s3_refused = world.refused[1].load(Ordering::Relaxed);
    report.kills = killed;
    world.ledger.judge(&mut report);
    let bad = |line: &&String| line.contains("panicked at") || line.contains("ERROR");
    report.said.extend(ended.said.iter().filter(bad).cloned());
    Ok(report)
}

async fn open(world: &World, start: &Start) -> anyhow::Result<Fanin> {
    let mut fanin = start.spawn()?;
    let http = fanin.ready(&Client::new(), READY_WITHIN).await?;
    let said = fanin.said();
    let s3 = said.iter().find_map(|line| line.strip_prefix("s3 ")).context("no S3 endpoint was told of")?;
    world.door.send_replace(Some((http, s3.trim().to_owned())));
    Ok(fanin)
}

/// Kills it and starts it again on the same state.
async fn restart(world: &World, start: &Start, fanin: Fanin) -> anyhow::Result<Fanin> {
    world.kills.fetch_add(1, Ordering::SeqCst);
    world.door.send_replace(None);
    fanin.kill().await?;
    let began = Instant::now();
    let fanin = open(world, start).await?;
    world.report().recovered.add(began.elapsed().as_secs_f64() * 1e3);
    Ok(fanin)
}

/// Notes the memory it has, and how much waits.
fn look(world: &World, fanin: &Fanin, stretch: Stretch) {
    let Some(id) = fanin.id() else { return };
    let text = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kilobytes = line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0);
    let (open, _) = world.ledger.open();
    let mut report = world.report();
    report.memory(stretch, kilobytes / 1024);
    report.backlog = report.backlog.max(open);
}

/// Waits until everything acknowledged was called for, or nothing has come for long.
async fn settle(world: &World, fanin: &Fanin, tell: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    let client = Client::new();
    let began = Instant::now();
    let mut last = (0, Instant::now());
    while began.elapsed() < SETTLES_WITHIN {
        look(world, fanin, Stretch::Over);
        let (open, calls) = world.ledger.open();
        let base = world.door.borrow().clone().map(|(http, _)| http).unwrap_or_default();
        let idle = client.get(&format!("{base}/status")).await.ok();
        let idle = idle.and_then(|answer| answer.body.get("idle").and_then(Value::as_bool)).unwrap_or(false);
        if open == 0 && idle {
            break;
        }
        if calls != last.0 {
            last = (calls, Instant::now());
        } else if last.1.elapsed() > STALLED {
            break;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    world.report().settled = began.elapsed();
    tell(&format!("nothing is left to do after {:.1} s", began.elapsed().as_secs_f64()));
    Ok(())
}

/// The workflow: each order and each upload is one call.
fn workflow(base: &str) -> String {
    format!(
        r#"version: 1
name: soak
events:
  order:  {{ match: {{ source: [soak], detail-type: [Order] }}, capture: {{ $.detail.n: "{{n}}" }} }}
  upload: {{ s3: "soak/{{n}}.csv" }}
rules:
  work:  {{ when: order, invoke: call-work, input: {{ n.$: $.detail.n }} }}
  store: {{ when: upload, invoke: call-store, input: {{ key.$: $.detail.object.key }} }}
functions:
  call-work:  {{ http: "{base}/work" }}
  call-store: {{ http: "{base}/store" }}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workflow_has_no_mistakes() {
        let compiled = fanin_workflow::compile("soak.yaml", &workflow("http://127.0.0.1:1"));
        assert!(compiled.plan.is_some(), "{:?}", compiled.diagnostics);
    }

    #[test]
    fn the_stretches_follow_each_other() {
        let all: Vec<Stretch> = [0.0, 0.2, 0.6, 1.0].into_iter().map(Stretch::at).collect();
        assert_eq!(all, [Stretch::Before, Stretch::Burst, Stretch::After, Stretch::Over]);
    }
}
