//! Joins: events accepted, matched, de-duplicated and synced, beside the two bounds nobody can beat: appending and
//! syncing the same bytes, and parsing them on one core.
//!
//! `cargo bench -p fanin-tests --bench joins [-- ROUNDS]`. In-process producers, each waits for the acknowledgement of its
//! batch before it sends the next one.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and ends when something is wrong"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;

use fanin_local::{Arrival, Handle, Host, HostOptions, Outlet};
use fanin_plan::Plan;
use fanin_rule::{Action, Outcome};
use fanin_runtime::{Notice, Origin};
use fanin_tests::measure::{Series, append_and_sync, load, millis, ms, rate, sync_time};
use serde::Deserialize;
use serde_json::value::RawValue;

/// One load: so many keys with so many events each.
#[derive(Clone, Copy)]
struct Load {
    keys: usize,
    each: usize,
    collect: &'static str,
}

fn plan(load: Load) -> Plan {
    let Load { each, collect, .. } = load;
    let text = format!(
        r#"{{"version":1,"name":"joins",
        "events":{{"tick":{{"match":{{"source":["bench"],"detail-type":["Tick"]}},"capture":{{"$.detail.key":"{{key}}"}}}}}},
        "conditions":{{"joined":{{"count":"tick","by":"key","reach":{each},"collect":"{collect}","within":"1h"}}}},
        "rules":{{"call":{{"when":"joined","invoke":"noop","input":{{"key.$":"$.detail.key.key"}}}}}},
        "functions":{{"noop":{{"respond":null}}}}}}"#
    );
    let compiled = fanin_workflow::compile("joins.json", &text);
    assert!(compiled.plan.is_some(), "{:?}", compiled.diagnostics);
    compiled.plan.unwrap()
}

/// Events of about 256 bytes, the keys interleaved.
fn texts(load: Load) -> Vec<String> {
    let mut texts = Vec::with_capacity(load.keys * load.each);
    for n in 0..load.each {
        for key in 0..load.keys {
            texts.push(format!(
                r#"{{"version":"0","id":"7d3f{n:08}-{key:08}-4c1e-9a55-0123456789ab","source":"bench","detail-type":"Tick","account":"000000000000","time":"2026-01-01T00:00:00Z","region":"local","resources":[],"detail":{{"key":"key-{key:06}","n":{n},"v":17.25}}}}"#
            ));
        }
    }
    texts
}

/// Settles every call at once, and notes when which key's call came.
struct Called {
    handle: std::sync::OnceLock<Handle>,
    calls: AtomicU64,
    seen: std::sync::Mutex<Option<Sender<(String, Instant)>>>,
}

struct Out(Arc<Called>);

impl Outlet for Out {
    fn actions(&self, actions: Vec<Action>) {
        let now = Instant::now();
        self.0.calls.fetch_add(actions.len() as u64, Ordering::SeqCst);
        let seen = self.0.seen.lock().unwrap();
        for action in &actions {
            if let Some(seen) = &*seen {
                let _ = seen.send((action.payload.to_string(), now));
            }
            if let Some(handle) = self.0.handle.get() {
                handle.settle(action, Outcome::Done { result: "null".to_owned() });
            }
        }
    }
    fn notices(&self, _: Vec<Notice>) {}
    fn failed(&self, reason: &str) {
        println!("the host failed: {reason}");
    }
}

fn open(load: Load, dir: &std::path::Path) -> (Host, Arc<Called>) {
    let called =
        Arc::new(Called { handle: Default::default(), calls: AtomicU64::new(0), seen: Default::default() });
    let (host, _) = Host::open(&HostOptions::at(dir), &plan(load), Box::new(Out(called.clone()))).unwrap();
    called.handle.set(host.handle()).unwrap();
    (host, called)
}

/// Sends everything: `producers` batches are under way at once. Gives the seconds it took.
fn run(load: Load, batch: usize, producers: usize, dir: &std::path::Path) -> (f64, u64) {
    let mut batches: Vec<Vec<Arrival>> = Vec::new();
    let mut events = texts(load)
        .into_iter()
        .map(|text| Arrival { text, identity: None, origin: Origin::Internal })
        .peekable();
    while events.peek().is_some() {
        batches.push(events.by_ref().take(batch).collect());
    }
    let (host, called) = open(load, dir);
    let handle = host.handle();
    let (done, finished) = channel();
    let syncs = handle.syncs();
    let began = Instant::now();
    let (mut under_way, mut left) = (0, batches.into_iter());
    loop {
        while under_way < producers {
            let Some(events) = left.next() else { break };
            let done = done.clone();
            handle.submit_then(
                events,
                Box::new(move |answer| {
                    let _ = done.send(answer.is_ok());
                }),
            );
            under_way += 1;
        }
        if under_way == 0 {
            break;
        }
        assert!(finished.recv().unwrap(), "refused");
        under_way -= 1;
    }
    let took = began.elapsed().as_secs_f64();
    let syncs = handle.syncs() - syncs;
    handle.flush().unwrap();
    let stats = handle.look(|engine| engine.stats()).unwrap();
    assert_eq!(stats.accepted, (load.keys * load.each) as u64);
    assert_eq!(stats.fired, load.keys as u64);
    assert_eq!(called.calls.load(Ordering::SeqCst), load.keys as u64, "one call a key");
    drop(host);
    (took, syncs.max(1))
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsed, not used: a bound")]
struct Typed<'a> {
    id: &'a str,
    source: &'a str,
    #[serde(rename = "detail-type")]
    detail_type: &'a str,
    time: &'a str,
    #[serde(borrow)]
    detail: &'a RawValue,
}

fn parse_rate(texts: &[String]) -> f64 {
    let began = Instant::now();
    for text in texts {
        std::hint::black_box(serde_json::from_str::<Typed<'_>>(text).unwrap());
    }
    texts.len() as f64 / began.elapsed().as_secs_f64()
}

/// From the submission of a key's last event to its call, one key after the other.
fn latency(dir: &std::path::Path) {
    let load_ = Load { keys: 500, each: 2, collect: "none" };
    let (host, called) = open(load_, dir);
    let (send, seen) = channel();
    *called.seen.lock().unwrap() = Some(send);
    let handle = host.handle();
    let mut series = Series::default();
    let texts = texts(load_);
    let (first, last) = texts.split_at(load_.keys);
    let one = |text: &String| vec![Arrival { text: text.clone(), identity: None, origin: Origin::Internal }];
    first.iter().for_each(|text| drop(handle.submit_wait(one(text)).unwrap()));
    for text in last {
        let began = Instant::now();
        handle.submit_wait(one(text)).unwrap();
        let (_, at) = seen.recv().unwrap();
        series.add(ms(at.duration_since(began)));
    }
    let sync = sync_time(dir, 200).unwrap();
    println!(
        "last event to call, {} keys: p50 {} p99 {}; one sync p50 {} p99 {}; p99 / p50 sync = {:.1}, p99 / p99 sync = {:.1}   {}",
        load_.keys,
        millis(series.median()),
        millis(series.at(0.99)),
        millis(sync.median()),
        millis(sync.at(0.99)),
        series.at(0.99) / sync.median(),
        series.at(0.99) / sync.at(0.99),
        load()
    );
}

fn main() {
    let rounds = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(5);
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut number = 0;
    let mut fresh = || {
        number += 1;
        let dir = root.path().join(number.to_string());
        std::fs::create_dir_all(&dir).unwrap();
        dir
    };
    for shape in [
        Load { keys: 200, each: 1000, collect: "none" },
        Load { keys: 10_000, each: 100, collect: "none" },
        Load { keys: 10_000, each: 100, collect: "captures" },
    ] {
        let texts = texts(shape);
        let size = texts.iter().map(String::len).sum::<usize>() / texts.len();
        println!("\n{} keys x {} events of {size} bytes, collect: {}", shape.keys, shape.each, shape.collect);
        println!(
            "batch producers |      events/s median [min-max] | syncs | append+sync | parse  | of slower bound | load"
        );
        for (batch, producers) in [
            (1, 1),
            (1, 64),
            (1, 512),
            (64, 8),
            (64, 64),
            (512, 8),
            (1024, 1),
            (4096, 1),
            (4096, 4),
            (4096, 16),
        ] {
            let total = texts.len();
            if batch * producers < 64 && total > 200_000 {
                continue;
            }
            let (mut ours, mut disk, mut parse) = (Series::default(), Series::default(), Series::default());
            let mut syncs = 0;
            for _ in 0..rounds {
                let dir = fresh();
                let (took, groups) = run(shape, batch, producers, &dir);
                std::fs::remove_dir_all(&dir).unwrap();
                ours.add(total as f64 / took);
                syncs = groups;
                let per_group = total * (size + 14) / groups as usize;
                let dir = fresh();
                disk.add(
                    total as f64 / append_and_sync(&dir, groups as usize, per_group).unwrap().as_secs_f64(),
                );
                std::fs::remove_dir_all(&dir).unwrap();
                parse.add(parse_rate(&texts));
            }
            let bound = disk.median().min(parse.median());
            println!(
                "{batch:5} {producers:9} | {:>30} | {syncs:5} | {:>11} | {:>6} | {:15.2} | {}",
                ours.show(rate),
                rate(disk.median()),
                rate(parse.median()),
                ours.median() / bound,
                load()
            );
        }
    }
    println!();
    let dir = fresh();
    latency(&dir);
}
