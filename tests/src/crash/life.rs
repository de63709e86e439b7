//! One life of the process: started, under load, killed at a moment chosen at random.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use fanin_simulate::random::Random;

use super::chance::millis;
use super::problem::Problem;
use super::producers::World;
use crate::client::Client;
use crate::process::{Ended, Fanin, Start};

/// Recovery may take so long on a busy machine before it counts as hanging.
pub(crate) const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long a life waits for the files of the state to change before it is killed without that.
const CHANGE_WITHIN: Duration = Duration::from_millis(500);

/// When it is killed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment {
    /// So long after it is ready.
    Running(Duration),
    /// So long after it was started: during recovery, if that is not over yet.
    Recovering(Duration),
    /// When a file of the state has come or gone (a segment, a snapshot, its manifest), and so long after that.
    Changing(Duration),
    /// So long after it is ready it is told to stop, and killed so long after that, in its last snapshot.
    Closing(Duration, Duration),
}

impl Moment {
    pub(crate) fn choose(random: &mut Random) -> Moment {
        match random.below(20) {
            0..=3 => Moment::Recovering(millis(random, 0, 60)),
            4..=7 => Moment::Changing(millis(random, 0, 3)),
            8..=9 => Moment::Closing(millis(random, 50, 300), millis(random, 0, 15)),
            // Long enough for deadlines, retries and surely durable answers to fall into one life.
            10 => Moment::Running(millis(random, 1_500, 2_500)),
            _ => Moment::Running(millis(random, 5, 400)),
        }
    }
}

/// What was seen of a life.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// Whether it answered before it was killed.
    pub(crate) ready: bool,
    /// Whether it found the remains of an unacknowledged write.
    pub(crate) torn: bool,
}

/// Lets the process live until `moment`.
pub(crate) async fn live(world: &World, start: &Start, moment: Moment) -> anyhow::Result<Seen> {
    let life = world.functions.next_life().await?;
    let client = Client::new();
    let mut fanin = start.spawn()?;
    let ready = match moment {
        Moment::Recovering(after) => {
            tokio::time::timeout(after, open(world, &mut fanin, &client, life)).await.ok()
        }
        _ => Some(open(world, &mut fanin, &client, life).await),
    };
    let ready = ready.transpose()?.is_some();
    match moment {
        Moment::Running(after) => tokio::time::sleep(after).await,
        Moment::Recovering(_) => {}
        Moment::Changing(after) => {
            changed(&start.dir).await;
            tokio::time::sleep(after).await;
        }
        Moment::Closing(after, then) => {
            tokio::time::sleep(after).await;
            fanin.terminate();
            tokio::time::sleep(then).await;
        }
    }
    let closing = matches!(moment, Moment::Closing(..));
    if !closing && fanin.has_ended()? {
        let said = fanin.said().join("\n");
        world
            .functions
            .calls()
            .problem(Problem::Wrong(format!("the process ended by itself and said:\n{said}")));
    }
    let ended = fanin.kill().await?;
    world.door.send_replace(None);
    Ok(Seen { ready, torn: heard(world, &ended) })
}

/// Waits until it is ready and lets the producers in.
pub(crate) async fn open(
    world: &World,
    fanin: &mut Fanin,
    client: &Client,
    life: u32,
) -> anyhow::Result<String> {
    let base = fanin.ready(client, READY_WITHIN).await.with_context(|| format!("life {life}"))?;
    world.door.send_replace(Some((life, base.clone())));
    Ok(base)
}

/// Looks through what it said. Returns whether it cut a torn write off; anything else that it mended is a problem, for a
/// kill takes nothing from what is written.
pub(crate) fn heard(world: &World, ended: &Ended) -> bool {
    let mut torn = false;
    for line in &ended.said {
        let mended = line.starts_with("repaired:");
        torn |= mended;
        if (mended && line.contains("is damaged")) || line.contains("panicked at") || line.contains("ERROR") {
            world.functions.calls().problem(Problem::Wrong(format!("the process said: {line}")));
        }
    }
    torn
}

/// Waits until the files in `dir` are others than now.
async fn changed(dir: &Path) {
    let before = names(dir);
    let until = Instant::now() + CHANGE_WITHIN;
    while Instant::now() < until && names(dir) == before {
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
}

fn names(dir: &Path) -> BTreeSet<std::ffi::OsString> {
    let entries = std::fs::read_dir(dir).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect()
}
