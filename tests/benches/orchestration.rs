//! Orchestration: sequences of no-op functions and fan-out/fan-in, every step durable: a call is made only after its cause is
//! synced, and its end is a record of the log like everything else.
//!
//! `cargo bench -p fanin-tests --bench orchestration [-- ROUNDS]`
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and ends when something is wrong"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use fanin_local::{Arrival, HostOptions, Service, ServiceOptions};
use fanin_plan::Plan;
use fanin_runtime::Origin;
use fanin_tests::measure::{Series, load, millis, ms, sync_time};

fn compile(text: &str) -> Plan {
    let compiled = fanin_workflow::compile("bench.json", text);
    assert!(compiled.plan.is_some(), "{:?}", compiled.diagnostics);
    compiled.plan.unwrap()
}

const HEAD: &str = r#""version":1,"name":"bench","functions":{"noop":{"respond":null}},
    "events":{"start":{"match":{"source":["bench"]},"capture":{"$.detail.n":"{n}"}}}"#;

/// `steps` functions one after the other; the last one's completion is what the bench waits for.
fn sequence(steps: usize) -> Plan {
    let mut rules = String::new();
    for step in 0..steps {
        let when = if step == 0 { "start".to_owned() } else { format!("s{}.done", step - 1) };
        let comma = if step == 0 { "" } else { "," };
        write!(rules, r#"{comma}"s{step}":{{"when":"{when}","invoke":"noop","input":{{}}}}"#).unwrap();
    }
    compile(&format!("{{{HEAD},\"rules\":{{{rules}}}}}"))
}

/// One invocation an item, all at once.
fn fan_out(items: usize) -> Plan {
    let rule = format!(
        r#""spread":{{"when":"start","invoke":"noop","map":{{"items":"$.detail.items","max_concurrency":{items}}},"input":{{"item.$":"$$.Map.Item.Value"}}}}"#
    );
    compile(&format!("{{{HEAD},\"rules\":{{{rule}}}}}"))
}

fn start(n: usize, items: usize) -> Arrival {
    let items: Vec<String> = (0..items).map(|i| i.to_string()).collect();
    let text = format!(
        r#"{{"id":"start-{n}","source":"bench","detail-type":"Start","time":"2026-01-01T00:00:00Z","detail":{{"n":"{n}","items":[{}]}}}}"#,
        items.join(",")
    );
    Arrival { text, identity: None, origin: Origin::Internal }
}

/// From the event to the completion of everything it set off.
fn run(plan: &Plan, items: usize, calls: usize, root: &Path) -> (Series, f64) {
    let dir = tempfile::tempdir_in(root).unwrap();
    let options =
        ServiceOptions { host: HostOptions::at(dir.path()), workflow_dir: dir.path().to_path_buf() };
    let (service, _) = Service::open(&options, plan).unwrap();
    let handle = service.handle();
    let mut series = Series::default();
    let mut syncs = 0;
    for n in 0..6 {
        let before = handle.syncs();
        let began = Instant::now();
        handle.submit_wait(vec![start(n, items)]).unwrap();
        let done = ((n + 1) * calls) as u64;
        while handle.look(|engine| engine.stats().done).unwrap() < done {
            std::thread::sleep(Duration::from_micros(20));
        }
        handle.flush().unwrap();
        if n > 0 {
            series.add(ms(began.elapsed()));
            syncs += handle.syncs() - before;
        }
    }
    let stats = handle.look(|engine| engine.stats()).unwrap();
    assert_eq!((stats.failed, stats.dead_letters), (0, 0));
    service.close().unwrap();
    (series, syncs as f64 / 5.0)
}

fn main() {
    let rounds: usize = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(3);
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let _inside = runtime.enter();
    println!(
        "shape                 | median [min-max] of {} | syncs a run | one sync | goal | load",
        rounds * 5
    );
    let cases: [(&str, Plan, usize, usize, &str); 5] = [
        ("sequence of 40", sequence(40), 0, 40, "30 ms"),
        ("sequence of 80", sequence(80), 0, 80, "-"),
        ("fan-out/in of 320", fan_out(320), 320, 320, "30 ms"),
        ("fan-out/in of 1,000", fan_out(1_000), 1_000, 1_000, "-"),
        ("fan-out/in of 10,000", fan_out(10_000), 10_000, 10_000, "600 ms"),
    ];
    for (name, plan, items, calls, goal) in &cases {
        let mut all = Series::default();
        let mut syncs = 0.0;
        let mut sync = Series::default();
        for _ in 0..rounds {
            let (series, a_run) = run(plan, *items, *calls, root.path());
            all.extend(&series);
            syncs = a_run;
            sync.extend(&sync_time(root.path(), 50).unwrap());
        }
        println!(
            "{name:21} | {:>28} | {syncs:11.0} | {:>8} | {goal:6} | {}",
            all.show(millis),
            millis(sync.median()),
            load()
        );
    }
}
