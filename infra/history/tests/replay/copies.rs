//! A part of a log as a store of its own.

use std::path::Path;

use fanin_event::Timestamp;
use fanin_history::History;
use fanin_history::replay::{Copied, CopyError, CopyRequest, OpenCalls, copy};
use fanin_runtime::Engine;

use crate::recorder::{Recorder, START};
use crate::telling::record;

/// Every byte of a state in an order that does not depend on places.
fn picture(engine: &mut Engine) -> (String, Vec<Vec<u8>>) {
    let mut blocks = Vec::new();
    let (_, header) = engine.begin_snapshot();
    while !engine.sweep(100, &mut blocks) {}
    let mut entities = Vec::new();
    for (section, block) in &blocks {
        let mut rest = block.as_slice();
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (entity, after) = after.split_at(u32::from_le_bytes(*length) as usize);
            entities.push([&[*section], entity].concat());
            rest = after;
        }
    }
    entities.sort();
    (String::from_utf8(header).unwrap(), entities)
}

fn present(dir: &Path) -> Engine {
    History::open(dir).unwrap().present().unwrap().engine
}

fn request(since: Option<i64>, until: Option<i64>) -> CopyRequest {
    let at = |ms: i64| Timestamp(START + ms);
    CopyRequest { since: since.map(at), until: until.map(at), ..CopyRequest::default() }
}

fn copied(from: &Path, to: &Path, request: &CopyRequest) -> Copied {
    copy(&History::open(from).unwrap(), to, request).unwrap()
}

#[test]
fn a_whole_copy_has_the_same_state() {
    for (snapshot, with_state) in [(false, false), (true, false), (false, true), (true, true)] {
        let (dir, into) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut recorded = record(dir.path(), snapshot);
        let request = CopyRequest { open_calls: OpenCalls::Keep, with_state, ..CopyRequest::default() };
        let told = copied(dir.path(), into.path(), &request);
        assert_eq!((told.events, told.open_calls, told.failed_calls, told.retries), (7, 1, 0, 0));
        assert_eq!(picture(&mut present(into.path())), picture(&mut recorded));
        assert_eq!(History::open(dir.path()).unwrap().last(), History::open(dir.path()).unwrap().last());
    }
}

#[test]
fn with_the_state_of_its_beginning_a_part_ends_as_the_whole() {
    let (dir, into) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut recorded = record(dir.path(), true);
    let request =
        CopyRequest { with_state: true, open_calls: OpenCalls::Keep, ..request(Some(4 * 60_000), None) };
    let told = copied(dir.path(), into.path(), &request);
    assert_eq!((told.events, told.foreign_answers), (3, 0));
    assert_eq!(picture(&mut present(into.path())), picture(&mut recorded));
}

#[test]
fn without_it_the_part_begins_empty() {
    let (dir, into) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    record(dir.path(), true);
    let told = copied(dir.path(), into.path(), &request(Some(60_000), Some(5 * 60_000)));
    // The pair of key 1 was met by its second event; without the first one it is not, and its price has no run.
    assert_eq!((told.events, told.foreign_answers), (5, 1));
    let engine = present(into.path());
    assert_eq!((engine.stats().fired, engine.stats().accepted), (1, 5));
    assert!(engine.instance("pair", "1").unwrap().instance.is_open());
    assert_eq!(engine.now(), Timestamp(START + 5 * 60_000));
}

#[test]
fn open_calls_fail_in_the_copy_unless_they_are_kept() {
    let (dir, into) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    record(dir.path(), false);
    let told = copied(dir.path(), into.path(), &CopyRequest::default());
    assert_eq!((told.failed_calls, told.open_calls), (1, 0));
    let engine = present(into.path());
    assert!(engine.pending_actions().is_empty());
    let letter = engine.dead_letters().iter().last().unwrap();
    assert!(letter.reason.starts_with("Fanin.NotReplayed"), "{}", letter.reason);
}

#[test]
fn failures_that_call_again_are_ended_too_up_to_a_limit() {
    let workflow = r#"
version: 1
name: w
events: { e: { match: { source: [t], detail-type: [e] } } }
rules:
  first:  { when: e, invoke: f, retry: 3 }
  second: { when: first.failed, invoke: f, catch: [ { ErrorEquals: [States.Runtime], emit: gone } ] }
  third:  { when: gone, invoke: f }
functions: { f: { http: "http://127.0.0.1:1" } }
"#;
    let (dir, into) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut host = Recorder::new(dir.path(), workflow);
    host.answer = Box::new(|_| None);
    host.event(0, "e", "1", "{}");
    host.close();
    let told = copied(dir.path(), into.path(), &CopyRequest::default());
    assert_eq!(
        (told.failed_calls, told.open_calls, told.retries),
        (3, 0, 0),
        "no retry, and one after the other"
    );
    assert_eq!(present(into.path()).active_runs(), 0);
}

#[test]
fn a_directory_with_something_in_it_stays_as_it_is() {
    let (dir, into) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    record(dir.path(), false);
    std::fs::write(into.path().join("mine"), "").unwrap();
    let history = History::open(dir.path()).unwrap();
    let refused = copy(&history, into.path(), &CopyRequest::default());
    assert!(matches!(refused, Err(CopyError::NotEmpty(_))), "{refused:?}");
    assert_eq!(std::fs::read_dir(into.path()).unwrap().count(), 1);
    let fresh = into.path().join("a/b");
    assert!(copy(&history, &fresh, &CopyRequest::default()).is_ok(), "what is not there is made");
}

#[test]
fn a_workflow_that_answers_failures_with_calls_comes_to_an_end() {
    let workflow = r#"
version: 1
name: w
events: { e: { match: { source: [t], detail-type: [e] } } }
rules: { again: { when: [e, again.failed], invoke: f } }
functions: { f: { http: "http://127.0.0.1:1" } }
"#;
    let (dir, into) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut host = Recorder::new(dir.path(), workflow);
    host.answer = Box::new(|_| None);
    host.event(0, "e", "1", "{}");
    host.close();
    let told = copied(dir.path(), into.path(), &CopyRequest::default());
    assert!(told.failed_calls > 10 && told.open_calls == 0, "the hop limit ends it: {told:?}");
}
