//! The outbox: durable lines, group commit, torn lines, repetitions, limits.

use std::io::Write;

use fanin_event::Identity;
use fanin_rule::{ActionId, Target};

use super::*;
use crate::limits::{MAX_OUTBOX_ENTRIES, MAX_OUTBOX_LINE_BYTES};

fn action(id: &str, payload: &str) -> Action {
    Action {
        id: ActionId(Identity::of(&[id])),
        run: Identity::of(&["r"]),
        index: 0,
        attempt: 1,
        rule: "page".into(),
        workflow: "video".into(),
        target: Target::Send(SendTarget::Sqs("ops".to_owned())),
        payload: payload.into(),
    }
}

fn sqs() -> OutboxTarget {
    OutboxTarget::of(&SendTarget::Sqs("ops".to_owned()))
}

fn error_of(outcome: Outcome) -> Option<String> {
    match outcome {
        Outcome::Done { .. } => None,
        Outcome::Failed { error, .. } => Some(error),
    }
}

#[tokio::test]
async fn what_is_done_is_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new/outbox.jsonl");
    let outbox = Outbox::open(&path).unwrap();
    assert_eq!(read_outbox(&path).unwrap().entries.len(), 0, "no file before the first send");
    assert_eq!(error_of(outbox.append(&action("1", "{\"n\":1.0}"), sqs()).await), None);
    assert_eq!(error_of(outbox.append(&action("2", "{\n \"n\": 2}"), sqs()).await), None);
    assert_eq!(error_of(outbox.append(&action("1", "{\"n\":1.0}"), sqs()).await), None);
    let contents = read_outbox(&path).unwrap();
    assert_eq!((contents.entries.len(), contents.repeated, contents.damaged, contents.older), (2, 1, 0, 0));
    let first = &contents.entries[0];
    assert_eq!(first.action, Identity::of(&["1"]).to_uuid());
    assert_eq!((first.target.clone(), first.payload.get()), (sqs(), "{\"n\":1.0}"));
    assert_eq!(contents.entries[1].payload.get(), "{\"n\":2}");
    assert_eq!((first.workflow.as_str(), first.rule.as_str()), ("video", "page"));
    assert!(fanin_event::Timestamp::parse(&first.at).is_some());
    assert_eq!(error_of(outbox.append(&action("3", "{"), sqs()).await).unwrap(), OUTBOX_FAILED);
}

#[tokio::test]
async fn many_waiters_share_syncs() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox.jsonl");
    let outbox = Outbox::open(&path).unwrap();
    let sends = (0..500).map(|n| {
        let outbox = outbox.clone();
        tokio::spawn(async move { outbox.append(&action(&n.to_string(), "1"), sqs()).await })
    });
    for send in sends.collect::<Vec<_>>() {
        assert_eq!(error_of(send.await.unwrap()), None);
    }
    assert_eq!(read_outbox(&path).unwrap().entries.len(), 500);
}

#[tokio::test]
async fn a_torn_line_does_not_swallow_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox.jsonl");
    std::fs::write(&path, b"{\"action\":\"torn").unwrap();
    let outbox = Outbox::open(&path).unwrap();
    assert_eq!(error_of(outbox.append(&action("1", "1"), sqs()).await), None);
    let contents = read_outbox(&path).unwrap();
    assert_eq!((contents.entries.len(), contents.damaged), (1, 1));
}

#[tokio::test]
async fn the_file_is_limited() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox.jsonl");
    let length = line(&action("1", "1"), sqs()).unwrap().len() as u64;
    // The time may be written with or without milliseconds: leave room for the longer form.
    let outbox = Outbox::open_limited(path.clone(), 2 * (length + 4)).unwrap();
    for id in ["1", "2"] {
        assert_eq!(error_of(outbox.append(&action(id, "1"), sqs()).await), None);
    }
    assert_eq!(error_of(outbox.append(&action("3", "1"), sqs()).await).unwrap(), crate::errors::OUTBOX_FULL);
    std::fs::rename(&path, dir.path().join("old.jsonl")).unwrap();
    assert_eq!(
        error_of(outbox.append(&action("3", "1"), sqs()).await),
        None,
        "moved away: a new file begins"
    );
    assert_eq!(read_outbox(&path).unwrap().entries.len(), 1);
}

#[tokio::test]
async fn a_path_that_cannot_be_written_fails_the_send() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), b"").unwrap();
    let outbox = Outbox::open(dir.path().join("file/outbox.jsonl")).unwrap();
    assert_eq!(error_of(outbox.append(&action("1", "1"), sqs()).await).unwrap(), OUTBOX_FAILED);
}

#[test]
fn reading_is_limited() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox.jsonl");
    let mut file = std::fs::File::create(&path).unwrap();
    for n in 0..=MAX_OUTBOX_ENTRIES {
        file.write_all(&line(&action(&n.to_string(), "1"), sqs()).unwrap()).unwrap();
    }
    let overhead = line(&action("long", "\"\""), sqs()).unwrap().len() + 4;
    let fits = format!("\"{}\"", "x".repeat(MAX_OUTBOX_LINE_BYTES - overhead));
    file.write_all(&line(&action("fits", &fits), sqs()).unwrap()).unwrap();
    let long = format!("\"{}\"", "x".repeat(MAX_OUTBOX_LINE_BYTES));
    file.write_all(&line(&action("long", &long), sqs()).unwrap()).unwrap();
    file.write_all(&line(&action("last", "1"), sqs()).unwrap()).unwrap();
    let contents = read_outbox(&path).unwrap();
    assert_eq!((contents.entries.len(), contents.older, contents.damaged), (MAX_OUTBOX_ENTRIES, 3, 1));
    assert_eq!(contents.entries.last().unwrap().action, Identity::of(&["last"]).to_uuid());
}
