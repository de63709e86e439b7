//! The same join over HTTP: the real process, `POST /events` on loopback, so many connections with so many events a request,
//! each request answered only when its events are synced. Client and server share the machine.
//!
//! `cargo bench -p fanin-tests --bench http [-- ROUNDS]`
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and ends when something is wrong"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fanin_tests::client::Client;
use fanin_tests::measure::{Series, load, rate};
use fanin_tests::process::{Start, build};

const WORKFLOW: &str = "
version: 1
name: joins
events:
  tick: { match: { source: [bench], detail-type: [Tick] }, capture: { $.detail.key: '{key}' } }
conditions:
  joined: { count: tick, by: key, reach: 1000, collect: none, within: 1h }
";

fn body(request: usize, events: usize) -> String {
    let event = |n: usize| {
        let number = request * events + n;
        let key = number % 200;
        format!(
            r#"{{"version":"0","id":"7d3f{number:08}-4c1e-9a55-0123456789ab","source":"bench","detail-type":"Tick","account":"000000000000","time":"2026-01-01T00:00:00Z","region":"local","resources":[],"detail":{{"key":"key-{key:06}","n":{number},"v":17.25}}}}"#
        )
    };
    let events: Vec<String> = (0..events).map(event).collect();
    format!("[{}]", events.join(","))
}

async fn run(fanin: &std::path::Path, events: usize, connections: usize, requests: usize) -> f64 {
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let workflow = root.path().join("workflow.yaml");
    std::fs::write(&workflow, WORKFLOW).unwrap();
    let client = Client::new();
    let mut host = Start::new(fanin, &workflow, &root.path().join("state")).spawn().unwrap();
    let base = host.ready(&client, Duration::from_secs(10)).await.unwrap();
    let url = Arc::new(format!("{base}/events"));
    let bodies: Arc<Vec<String>> = Arc::new((0..requests).map(|r| body(r, events)).collect());
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let (url, bodies, next) = (url.clone(), bodies.clone(), next.clone());
        tasks.push(tokio::spawn(async move {
            let client = Client::new();
            while let Some(body) = bodies.get(next.fetch_add(1, Ordering::SeqCst)) {
                let answer = client.post(&url, body.clone()).await.unwrap();
                assert!(answer.status.is_success(), "{answer:?}");
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    (events * requests) as f64 / began.elapsed().as_secs_f64()
}

fn main() {
    let rounds: usize = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(5);
    let fanin = build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!("events a request | connections | events/s median [min-max] | load");
    for (events, connections, requests) in
        [(1, 1, 2_000), (1, 64, 10_000), (10, 16, 4_000), (100, 8, 1_000), (500, 4, 300)]
    {
        let mut series = Series::default();
        for _ in 0..rounds {
            series.add(runtime.block_on(run(&fanin, events, connections, requests)));
        }
        println!("{events:16} | {connections:11} | {:>25} | {}", series.show(rate), load());
    }
}
