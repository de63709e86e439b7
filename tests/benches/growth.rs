//! Growth: from a thousand to a million open keys: memory for an open instance and for a seen id, snapshot and recovery
//! time for a million events.
//!
//! `cargo bench -p fanin-tests --bench growth [-- MAX_KEYS]`. Each size runs in a process of its own, so that memory is its own.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and ends when something is wrong"
)]

use std::time::Instant;

use fanin_local::{Arrival, Host, HostOptions, Outlet};
use fanin_plan::Plan;
use fanin_rule::Action;
use fanin_runtime::{Notice, Origin};
use fanin_tests::measure::{load, millis, ms, rate, resident};

struct Nowhere;

impl Outlet for Nowhere {
    fn actions(&self, _: Vec<Action>) {}
    fn notices(&self, _: Vec<Notice>) {}
    fn failed(&self, reason: &str) {
        println!("the host failed: {reason}");
    }
}

fn plan() -> Plan {
    let text = r#"{"version":1,"name":"growth",
        "events":{"tick":{"match":{"source":["bench"]},"capture":{"$.detail.key":"{key}"}}},
        "conditions":{"joined":{"count":"tick","by":"key","reach":1000000,"collect":"none","within":"30d"}}}"#;
    let compiled = fanin_workflow::compile("growth.json", text);
    assert!(compiled.plan.is_some(), "{:?}", compiled.diagnostics);
    compiled.plan.unwrap()
}

fn event(key: usize, n: usize) -> Arrival {
    let text = format!(
        r#"{{"version":"0","id":"7d3f{n:08}-{key:08}-4c1e-9a55-0123456789ab","source":"bench","detail-type":"Tick","account":"000000000000","time":"2026-01-01T00:00:00Z","region":"local","resources":[],"detail":{{"key":"key-{key:06}","n":{n}}}}}"#
    );
    Arrival { text, identity: None, origin: Origin::Internal }
}

fn fill(host: &Host, keys: usize, each: std::ops::Range<usize>) {
    let handle = host.handle();
    for n in each {
        let mut key = 0;
        while key < keys {
            let until = (key + 4096).min(keys);
            handle.submit_wait((key..until).map(|k| event(k, n)).collect()).unwrap();
            key = until;
        }
    }
}

fn one(keys: usize) {
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let options = HostOptions { snapshot_every: u64::MAX, ..HostOptions::at(root.path()) };
    let (host, _) = Host::open(&options, &plan(), Box::new(Nowhere)).unwrap();
    let empty = resident();
    fill(&host, keys, 0..1);
    let opened = resident();
    fill(&host, keys, 1..5);
    let filled = resident();
    let began = Instant::now();
    host.handle().snapshot().unwrap();
    let snapshot = began.elapsed();
    let rest = (1_000_000 / keys).max(1);
    let began = Instant::now();
    fill(&host, keys, 5..5 + rest);
    let took = began.elapsed();
    // Leave without the snapshot of a good shutdown: what a crash leaves behind.
    std::mem::forget(host);
    let copy = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    copy_dir(root.path(), copy.path());
    let options = HostOptions { dir: copy.path().to_path_buf(), ..options };
    let (host, opened_again) = Host::open(&options, &plan(), Box::new(Nowhere)).unwrap();
    assert_eq!(host.handle().look(|e| e.instance_count()).unwrap(), keys);
    let events = keys * rest;
    println!(
        "{keys:8} keys | {:5} B an open instance | {:4} B a further seen id | snapshot {:>9} | recovery: {} records after it in {} = {} per million | {} events/s | {}",
        opened.saturating_sub(empty) / keys as u64,
        filled.saturating_sub(opened) / (4 * keys) as u64,
        millis(ms(snapshot)),
        opened_again.replayed,
        millis(ms(opened_again.took)),
        millis(ms(opened_again.took) * 1e6 / events as f64),
        rate(events as f64 / took.as_secs_f64()),
        load()
    );
    std::mem::forget(host);
}

fn copy_dir(from: &std::path::Path, to: &std::path::Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy_dir(&entry.path(), &target);
        } else {
            // The forgotten host's threads still tidy up: a file may go between the list and the copy, as in a crash.
            let copied = std::fs::copy(entry.path(), target).map_err(|e| e.kind());
            assert!(copied.is_ok() || copied == Err(std::io::ErrorKind::NotFound), "{copied:?}");
        }
    }
}

fn main() {
    if let Ok(keys) = std::env::var("FANIN_GROWTH_KEYS") {
        return one(keys.parse().unwrap());
    }
    let most = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(1_000_000);
    let mut keys = 1_000;
    while keys <= most {
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .env("FANIN_GROWTH_KEYS", keys.to_string())
            .status()
            .unwrap();
        assert!(status.success());
        keys *= 10;
    }
}
