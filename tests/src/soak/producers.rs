//! The producers: a probe that sends single events all the time, and those of the burst, who send as fast as they are let.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use hyper::StatusCode;
use tokio::task::JoinHandle;

use super::ledger::Kind;
use super::s3::Uploader;
use super::{Door, Stretch, World};
use crate::client::Client;

/// Producers of the burst.
const BY_HTTP: usize = 8;
const BY_S3: usize = 4;
/// Events of one request of theirs.
const BATCH: usize = 500;
/// Between two probes.
const PROBE_EVERY: Duration = Duration::from_millis(50);
/// Between two uploads while it is calm.
const CALM_UPLOAD_EVERY: Duration = Duration::from_millis(200);
/// Before a request is sent again. Shorter than the host asks for: the producers are not polite.
const PAUSE: Duration = Duration::from_millis(20);

/// Starts all of them; they end when the time is over and what they have sent is acknowledged.
pub(crate) fn start(world: &Arc<World>) -> Vec<JoinHandle<()>> {
    let mut all = vec![tokio::spawn(probe(world.clone()))];
    all.extend((0..BY_HTTP).map(|_| tokio::spawn(burst(world.clone()))));
    all.extend((0..BY_S3).map(|number| tokio::spawn(uploads(world.clone(), number))));
    all
}

/// Single events, steadily: what a well-behaved producer sees.
async fn probe(world: Arc<World>) {
    let client = Client::new();
    while world.stretch() != Stretch::Over {
        let next = Instant::now() + PROBE_EVERY;
        let stretch = world.stretch();
        let kills = world.kills.load(Ordering::SeqCst);
        let began = Instant::now();
        deliver(&world, &client, 1).await;
        // What waits for a restart is told as the time of recovery.
        if kills == world.kills.load(Ordering::SeqCst) {
            let took = began.elapsed();
            let mut report = world.report();
            report.latency(stretch, took);
            if stretch == Stretch::After
                && let Some(ended) = world.burst_ended.get()
            {
                report.after_burst(ended.elapsed(), took);
            }
        }
        tokio::time::sleep_until(next.into()).await;
    }
}

async fn burst(world: Arc<World>) {
    let client = Client::new();
    let mut stretch = world.stretch.subscribe();
    let _ = stretch.wait_for(|stretch| *stretch >= Stretch::Burst).await;
    while world.stretch() == Stretch::Burst {
        deliver(&world, &client, BATCH).await;
    }
}

/// Sends so many events in one request until they are acknowledged.
async fn deliver(world: &World, client: &Client, count: usize) {
    let numbers = world.ledger.take(Kind::Order, count);
    let events: Vec<String> = numbers.clone().map(event).collect();
    let body = format!("[{}]", events.join(","));
    let mut door = world.door.subscribe();
    loop {
        let open: Door = door.wait_for(Option::is_some).await.ok().and_then(|open| open.clone());
        let Some((base, _)) = open else { return };
        match client.post(&format!("{base}/events"), body.clone()).await {
            Ok(answer) if answer.status == StatusCode::OK => {
                return world.ledger.acknowledged(Kind::Order, numbers);
            }
            Ok(answer) => refused(world, Kind::Order, answer.status, &answer.body.to_string()),
            // Killed before it answered: taken or not, it is sent again.
            Err(_) => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Told to come again is what is asked for; anything else is wrong.
fn refused(world: &World, kind: Kind, status: StatusCode, body: &str) {
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        let place = usize::from(kind == Kind::Upload);
        if let Some(count) = world.refused.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    } else {
        world.report().wrong(format!("{kind:?} was answered with {status}: {body}"));
    }
}

fn event(number: usize) -> String {
    format!(
        r#"{{"id":"order-{number}","source":"soak","detail-type":"Order","time":"2026-01-01T00:00:00Z","detail":{{"n":"{number}"}}}}"#
    )
}

async fn uploads(world: Arc<World>, number: usize) {
    let uploader = Uploader::new();
    loop {
        let stretch = world.stretch();
        if stretch == Stretch::Over {
            return;
        }
        // One of them uploads while it is calm, too.
        if stretch != Stretch::Burst && number > 0 {
            tokio::time::sleep(CALM_UPLOAD_EVERY).await;
            continue;
        }
        let mine = world.ledger.take(Kind::Upload, 1);
        upload(&world, &uploader, mine).await;
        if stretch != Stretch::Burst {
            tokio::time::sleep(CALM_UPLOAD_EVERY).await;
        }
    }
}

async fn upload(world: &World, uploader: &Uploader, number: std::ops::Range<usize>) {
    let mut door = world.door.subscribe();
    loop {
        let open: Door = door.wait_for(Option::is_some).await.ok().and_then(|open| open.clone());
        let Some((_, base)) = open else { return };
        match uploader.put(&base, "soak", &format!("{}.csv", number.start)).await {
            Ok((status, _)) if status.is_success() => return world.ledger.acknowledged(Kind::Upload, number),
            Ok((status, body)) => refused(world, Kind::Upload, status, &body),
            Err(_) => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
}
