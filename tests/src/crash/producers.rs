//! The producers: each sends a request, and sends it again with the same ids until it is acknowledged.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper::StatusCode;
use tokio::sync::watch;

use super::load::Load;
use super::problem::Problem;
use super::server::Functions;
use super::stories::Event;
use crate::client::{Answer, Client};

/// Producers at one time.
pub(crate) const PRODUCERS: usize = 4;
/// Calls that may be owed before the producers wait: the host may be ahead of the functions, not without bound.
const MAX_OWED: usize = 1_500;
/// A pause before a request is sent again.
const PAUSE: Duration = Duration::from_millis(2);

/// The life that takes events now, and its base URL.
pub(crate) type Door = Option<(u32, String)>;

/// What the producers share.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) load: Mutex<Load>,
    pub(crate) functions: Functions,
    pub(crate) door: watch::Sender<Door>,
}

impl World {
    pub(crate) fn load(&self) -> MutexGuard<'_, Load> {
        self.load.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls that are owed and were not answered yet.
    pub(crate) fn open(&self) -> usize {
        let owed = self.load().owed();
        owed.saturating_sub(self.functions.calls().done())
    }
}

/// Sends batches until the load is closed and all of it is acknowledged.
pub(crate) async fn produce(world: Arc<World>) {
    let client = Client::new();
    loop {
        let batch = world.load().batch();
        if batch.is_empty() {
            return;
        }
        deliver(&world, &client, &batch).await;
        while world.open() > MAX_OWED {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Sends one batch until it is acknowledged.
pub(crate) async fn deliver(world: &World, client: &Client, batch: &[Arc<Event>]) {
    let texts: Vec<&str> = batch.iter().map(|event| event.text.as_str()).collect();
    let body = format!("[{}]", texts.join(","));
    let mut door = world.door.subscribe();
    loop {
        let open = door.wait_for(Option::is_some).await.ok().and_then(|open| open.clone());
        let Some((life, base)) = open else { return };
        let sent = Instant::now();
        match client.post(&format!("{base}/events"), body.clone()).await {
            Ok(answer) if answer.status == StatusCode::OK => {
                check(world, &answer, batch.len());
                world.functions.calls().acknowledged(life, sent);
                world.load().acknowledged(batch);
                return;
            }
            Ok(answer) if answer.status == StatusCode::SERVICE_UNAVAILABLE => {}
            Ok(answer) => {
                let what = format!("events were answered with {}: {}", answer.status, answer.body);
                world.functions.calls().problem(Problem::Wrong(what));
            }
            // Killed before it answered: taken or not, it is sent again.
            Err(_) => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn check(world: &World, answer: &Answer, sent: usize) {
    let accepted = answer.body.get("accepted").and_then(serde_json::Value::as_u64);
    if accepted != Some(sent as u64) {
        let what = format!("{sent} events were sent and acknowledged with {}", answer.body);
        world.functions.calls().problem(Problem::Wrong(what));
    }
}
