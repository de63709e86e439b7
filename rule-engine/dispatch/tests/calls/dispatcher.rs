//! The dispatcher: limits, every outcome once, reload, shutdown, cheap stubs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fanin_dispatch::{Dispatcher, Limits, Runners, Settled};
use fanin_event::Span;
use fanin_rule::{Function, FunctionKind, SendTarget, Target};
use serde_json::json;
use tempfile::TempDir;

use crate::support::*;

fn runners(dir: &TempDir, kind: FunctionKind) -> Runners {
    let functions = [Function { name: "f".into(), kind, timeout: Span::seconds(20) }];
    Runners::new(&functions, &options(dir.path()))
}

fn respond(value: i32, after: u64) -> FunctionKind {
    FunctionKind::Respond { value: json!(value), fail: None, after: Span(after) }
}

fn sh(script: &str) -> FunctionKind {
    FunctionKind::Command { argv: vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()] }
}

type Kept = Arc<Mutex<Vec<Settled>>>;

fn keeping(runners: Runners, limits: Limits) -> (Dispatcher, Kept) {
    let kept = Kept::default();
    let keeper = kept.clone();
    (Dispatcher::new(runners, limits, move |settled| keeper.lock().unwrap().push(settled)), kept)
}

#[tokio::test]
async fn every_call_is_answered_once() {
    let dir = tempfile::tempdir().unwrap();
    let (dispatcher, kept) = keeping(runners(&dir, respond(1, 5)), Limits::default());
    for n in 0..3000 {
        dispatcher.submit(numbered(n)).unwrap();
    }
    let (running, queued) = dispatcher.load();
    assert_eq!((running, queued), (1024, 3000 - 1024));
    dispatcher.idle().await;
    assert_eq!(dispatcher.load(), (0, 0));
    let mut indexes: Vec<u32> = kept.lock().unwrap().iter().map(|settled| settled.action.index).collect();
    indexes.sort_unstable();
    assert_eq!(indexes, (0..3000).collect::<Vec<_>>());
    let kept = kept.lock().unwrap();
    assert!(
        kept.iter().all(|settled| settled.outcome == done("1") && settled.took >= Duration::from_millis(5))
    );
}

#[tokio::test]
async fn a_stub_that_answers_at_once_needs_no_task() {
    let dir = tempfile::tempdir().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    let dispatcher = Dispatcher::new(runners(&dir, respond(1, 0)), Limits::default(), move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let actions: Vec<_> = (0..10_000).map(numbered).collect();
    let begun = Instant::now();
    for action in actions {
        dispatcher.submit(action).unwrap();
    }
    let took = begun.elapsed();
    assert_eq!(count.load(Ordering::Relaxed), 10_000, "answered inside submit");
    assert!(took < Duration::from_millis(500), "10,000 stubs took {took:?}");
    eprintln!("10,000 stubs: {took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_run_at_once_than_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let script = "mkdir -p on; touch on/$$; ls on | wc -l; sleep 0.05; rm on/$$";
    let limits = Limits { running_per_function: 3, ..Limits::default() };
    let (dispatcher, kept) = keeping(runners(&dir, sh(script)), limits);
    for n in 0..20 {
        dispatcher.submit(numbered(n)).unwrap();
    }
    dispatcher.idle().await;
    let kept = kept.lock().unwrap();
    let seen: Vec<u32> = kept
        .iter()
        .map(|settled| match &settled.outcome {
            fanin_rule::Outcome::Done { result } => result.parse().unwrap(),
            fanin_rule::Outcome::Failed { error, cause } => panic!("{error}: {cause}"),
        })
        .collect();
    assert_eq!(seen.len(), 20);
    assert!(seen.iter().all(|n| *n <= 3) && seen.contains(&3), "{seen:?}");
}

#[tokio::test]
async fn a_slow_function_does_not_hold_up_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let functions = [
        Function { name: "f".into(), kind: respond(1, 10_000), timeout: Span::seconds(20) },
        Function { name: "g".into(), kind: respond(2, 1), timeout: Span::seconds(20) },
    ];
    let limits = Limits { running_per_function: 2, ..Limits::default() };
    let (dispatcher, kept) = keeping(Runners::new(&functions, &options(dir.path())), limits);
    for n in 0..5 {
        dispatcher.submit(numbered(n)).unwrap();
    }
    let quick = fanin_rule::Action { target: Target::Invoke { function: "g".into() }, ..numbered(9) };
    dispatcher.submit(quick).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(kept.lock().unwrap().iter().map(|s| s.action.index).collect::<Vec<_>>(), [9]);
}

#[tokio::test]
async fn a_full_queue_hands_the_call_back() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits { running: 1, queued: 2, ..Limits::default() };
    let (dispatcher, kept) = keeping(runners(&dir, respond(1, 20)), limits);
    for n in 0..3 {
        dispatcher.submit(numbered(n)).unwrap();
    }
    let full = dispatcher.submit(numbered(3)).unwrap_err();
    assert_eq!(full.0.index, 3);
    dispatcher.idle().await;
    dispatcher.submit(*full.0).unwrap();
    dispatcher.idle().await;
    assert_eq!(kept.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn a_reload_lets_running_calls_finish_under_the_old_functions() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits { running: 1, ..Limits::default() };
    let (dispatcher, kept) = keeping(runners(&dir, respond(1, 600)), limits);
    dispatcher.submit(numbered(0)).unwrap();
    dispatcher.submit(numbered(1)).unwrap();
    tokio::time::sleep(Duration::from_millis(30)).await;
    dispatcher.replace(runners(&dir, respond(2, 10)));
    dispatcher.idle().await;
    let outcomes: Vec<_> = kept.lock().unwrap().iter().map(|settled| settled.outcome.clone()).collect();
    assert_eq!(outcomes, [done("1"), done("2")]);
}

#[tokio::test]
async fn dropping_the_dispatcher_ends_what_runs_without_an_answer() {
    let dir = tempfile::tempdir().unwrap();
    let (dispatcher, kept) =
        keeping(runners(&dir, sh("sleep 300 & echo $! > child; wait")), Limits::default());
    dispatcher.submit(numbered(0)).unwrap();
    let pid = content(&dir.path().join("child")).await;
    assert!(is_running(&pid));
    drop(dispatcher);
    assert_ends(&pid).await;
    assert!(kept.lock().unwrap().is_empty());
}

#[tokio::test]
async fn sends_go_through_the_dispatcher_too() {
    let dir = tempfile::tempdir().unwrap();
    let (dispatcher, kept) = keeping(runners(&dir, respond(1, 0)), Limits::default());
    for n in 0..2000 {
        let target = Target::Send(SendTarget::Sqs("q".to_owned()));
        dispatcher.submit(fanin_rule::Action { target, ..numbered(n) }).unwrap();
    }
    dispatcher.idle().await;
    assert_eq!(kept.lock().unwrap().len(), 2000);
    let contents = fanin_dispatch::read_outbox(&dir.path().join("outbox.jsonl")).unwrap();
    assert_eq!((contents.entries.len(), contents.repeated), (2000, 0));
}
