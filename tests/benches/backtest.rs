//! Backtests: a million recorded events under two versions of a workflow.
//!
//! `cargo bench -p fanin-tests --bench backtest [-- EVENTS]`. The store is written without a host; each measured run is a
//! process of its own, so that memory is its own.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and ends when something is wrong"
)]

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use fanin_event::Timestamp;
use fanin_history::History;
use fanin_history::backtest::{Question, Watch, backtest};
use fanin_history::replay::{Listener, replay};
use fanin_plan::Plan;
use fanin_runtime::{Engine, Origin, OutcomeRef, Record};
use fanin_store::Journal;
use fanin_store_embedded::{FileStore, Options};
use fanin_tests::measure::{load, resident};

/// 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600_000;
/// Bytes of a frame.
const FRAME: usize = 256 * 1024;

fn plan(reach: usize, min: i64, calls: bool) -> Plan {
    let rules = if calls {
        r#","rules":{"call":{"when":"joined","invoke":"noop","input":{"key.$":"$.detail.key.key"}}},
        "functions":{"noop":{"http":"http://127.0.0.1:1"}}"#
    } else {
        ""
    };
    let text = format!(
        r#"{{"version":1,"name":"joins",
        "events":{{"tick":{{"match":{{"source":["bench"],"detail":{{"v":[{{"numeric":[">",{min}]}}]}}}},"capture":{{"$.detail.key":"{{key}}"}}}}}},
        "conditions":{{"joined":{{"count":"tick","by":"key","reach":{reach},"fire":"every","collect":"captures","within":"1h"}}}}{rules}}}"#
    );
    let compiled = fanin_workflow::compile("joins.json", &text);
    assert!(compiled.plan.is_some(), "{:?}", compiled.diagnostics);
    compiled.plan.unwrap()
}

/// Writes a store: `each` events of each of `keys` keys, the keys interleaved, an event a millisecond; every call is answered
/// at once.
fn write(dir: &Path, keys: usize, each: usize, calls: bool) {
    let (mut journal, checkpoint, _) = FileStore::open(dir, Options::new(fanin_runtime::SEMANTICS)).unwrap();
    let mut engine = Engine::default();
    let mut frame = Vec::new();
    let mut at = Timestamp(START);
    let text = plan(each, 0, calls).to_json().unwrap();
    let mut turn = |record: &Record<'_>, frame: &mut Vec<u8>| {
        record.encode(frame);
        engine.turn(record).unwrap();
        engine.outbox().actions
    };
    turn(&Record::Activated { at, plan: &text }, &mut frame);
    for n in 0..each {
        for key in 0..keys {
            at = Timestamp(at.0 + 1);
            let text = format!(
                r#"{{"version":"0","id":"7d3f{n:08}-{key:08}-4c1e-9a55-0123456789ab","source":"bench","detail-type":"Tick","account":"000000000000","time":"2026-01-01T00:00:00Z","region":"local","resources":[],"detail":{{"key":"key-{key:06}","n":{n},"v":17.25}}}}"#
            );
            let record = Record::Event { at, identity: None, origin: Origin::Internal, text: &text };
            for action in turn(&record, &mut frame) {
                let (run, index, attempt) = (action.run, action.index, action.attempt);
                let outcome = OutcomeRef::Done("null");
                turn(&Record::Settled { at, run, index, attempt, outcome }, &mut frame);
            }
            if frame.len() > FRAME {
                journal.append(&[&frame]).unwrap();
                frame.clear();
            }
        }
    }
    journal.append(&[&frame]).unwrap();
    drop(checkpoint);
}

fn one(dir: &Path, case: &str, each: usize, calls: bool) {
    let history = History::open(dir).unwrap();
    let before = resident();
    let began = Instant::now();
    let said = if case == "replay" {
        let mut heard = 0_u64;
        let mut listener = Listener {
            progress: &mut |_| {},
            each: &mut |_| {
                heard += 1;
                ControlFlow::Continue(())
            },
        };
        let told = replay(&history, None, None, &mut listener).unwrap();
        format!("{} events, {heard} decisions", told.events)
    } else {
        let new = match case {
            "same" => plan(each, 0, calls),
            "reach" => plan(each.div_ceil(2), 0, calls),
            _ => plan(each, -1, calls),
        };
        let mut watch = Watch { progress: &mut |_, _| {}, each: None };
        let report = backtest(&history, &new, &Question::default(), &mut watch).unwrap();
        let ends: u64 = report.conditions.iter().map(|c| c.new.fired + c.new.timed_out).sum();
        format!("{} events, {ends} endings, same: {}", report.events, report.same)
    };
    let took = began.elapsed().as_secs_f64();
    let memory = resident().saturating_sub(before) / 1_000_000;
    println!("{case:8} {took:6.2} s  {memory:5} MB at the end  {said}  {}", load());
}

fn main() {
    if let Ok(case) = std::env::var("FANIN_BACKTEST_CASE") {
        let dir = std::env::var("FANIN_BACKTEST_DIR").unwrap();
        let each = std::env::var("FANIN_BACKTEST_EACH").unwrap().parse().unwrap();
        let calls = std::env::var_os("FANIN_BACKTEST_CALLS").is_some();
        return one(Path::new(&dir), &case, each, calls);
    }
    let events: usize = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(1_000_000);
    let loads = [
        (200, events / 200, false),
        (events / 2, 2, false),
        (200, events / 200, true),
        (events / 2, 2, true),
    ];
    for (keys, each, calls) in loads {
        let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        write(root.path(), keys, each, calls);
        println!(
            "{keys} keys with {each} events each{}",
            if calls { ", a call and its answer for each" } else { "" }
        );
        for case in ["same", "reach", "pattern", "replay"] {
            let mut command = std::process::Command::new(std::env::current_exe().unwrap());
            command
                .env("FANIN_BACKTEST_CASE", case)
                .env("FANIN_BACKTEST_DIR", root.path())
                .env("FANIN_BACKTEST_EACH", each.to_string());
            if calls {
                command.env("FANIN_BACKTEST_CALLS", "1");
            }
            assert!(command.status().unwrap().success());
        }
    }
}
