//! After the kills: the last life runs until nothing is left to do; then the books are compared, old events are sent
//! again, and a life after a good end must have nothing to do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::task::JoinHandle;

use super::life::{self, heard};
use super::problem::Problem;
use super::producers::{World, deliver};
use super::verdict::judge;
use super::workflow::{PAIR_WITHIN_MS, REMIND_AFTER_MS};
use crate::client::Client;
use crate::process::Start;

/// Nothing new for so long while something is owed: it is lost. Longer than every deadline and retry of the workflow.
const STALLED: Duration = Duration::from_secs(15);
/// The process is told to stop and has so long for its last snapshot.
const STOP_WITHIN: Duration = Duration::from_secs(60);
/// Stories whose events are sent again at the end, and events of one request.
const REPEATED_STORIES: usize = 200;
const REPEATED_BATCH: usize = 50;
/// How often the status is asked.
const PAUSE: Duration = Duration::from_millis(50);

/// Lets everything come to its end and finds what is wrong.
pub(crate) async fn settle(
    world: &Arc<World>,
    start: &Start,
    producers: Vec<JoinHandle<()>>,
) -> anyhow::Result<()> {
    let client = Client::new();
    let life = world.functions.next_life().await?;
    world.load().close();
    let mut fanin = start.spawn()?;
    let base = life::open(world, &mut fanin, &client, life).await?;
    for producer in producers {
        tokio::time::timeout(STALLED * 4, producer)
            .await
            .context("events are not acknowledged any more")??;
    }
    idle(world, &client, &base).await?;
    again(world, &client).await;
    tokio::time::sleep(Duration::from_millis(PAIR_WITHIN_MS.max(REMIND_AFTER_MS) + 200)).await;
    idle(world, &client, &base).await?;
    compare(world);
    let before = status(&client, &base).await?;
    fanin.terminate();
    let ended = fanin.ended(STOP_WITHIN).await?;
    world.door.send_replace(None);
    heard(world, &ended);
    if !ended.status.success() {
        let what =
            format!("told to stop, the process ended with {} and said:\n{}", ended.status, ended.text());
        world.functions.calls().problem(Problem::Wrong(what));
    }
    once_more(world, start, &before).await
}

/// Waits until nothing is left to do, or nothing has happened for long.
async fn idle(world: &World, client: &Client, base: &str) -> anyhow::Result<()> {
    let mut last = (0, Instant::now());
    loop {
        let idle = status(client, base).await?.get("idle").and_then(Value::as_bool).unwrap_or(false);
        let (arrived, _) = world.functions.calls().counts();
        if idle && world.open() == 0 {
            return Ok(());
        }
        if arrived != last.0 {
            last = (arrived, Instant::now());
        } else if last.1.elapsed() > STALLED {
            // What is missing is told by name when the books are compared.
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Sends events again that were acknowledged long ago.
async fn again(world: &World, client: &Client) {
    let events = world.load().repetitions(REPEATED_STORIES);
    for batch in events.chunks(REPEATED_BATCH) {
        deliver(world, client, batch).await;
    }
}

fn compare(world: &World) {
    let problems = judge(&world.load(), &world.functions.calls());
    let mut calls = world.functions.calls();
    problems.into_iter().for_each(|problem| calls.problem(problem));
}

/// A life after a good end finds the same state and calls nobody.
async fn once_more(world: &World, start: &Start, before: &Value) -> anyhow::Result<()> {
    let client = Client::new();
    let life = world.functions.next_life().await?;
    let (arrived, _) = world.functions.calls().counts();
    let mut fanin = start.spawn()?;
    let base = life::open(world, &mut fanin, &client, life).await?;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let after = status(&client, &base).await?;
    for field in ["workflow", "version", "stats", "instances", "runs", "dead_letters", "idle"] {
        if before.get(field) != after.get(field) {
            let (was, is) = (before.get(field), after.get(field));
            let what = format!("after a good end `{field}` of the status is {is:?} and was {was:?}");
            world.functions.calls().problem(Problem::Wrong(what));
        }
    }
    let letters = after.get("dead_letters").and_then(Value::as_u64);
    if letters != Some(0) {
        let what = format!("dead letters, of which there should be none: {letters:?}");
        world.functions.calls().problem(Problem::Wrong(what));
    }
    let ended = fanin.kill().await?;
    world.door.send_replace(None);
    heard(world, &ended);
    if world.functions.calls().counts().0 != arrived {
        world.functions.calls().problem(Problem::Double("calls after a good end".to_owned()));
    }
    Ok(())
}

async fn status(client: &Client, base: &str) -> anyhow::Result<Value> {
    let answer = client.get(&format!("{base}/status")).await?;
    if !answer.status.is_success() {
        bail!("the status was answered with {}: {}", answer.status, answer.body);
    }
    Ok(answer.body)
}
