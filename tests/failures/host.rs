//! A host to be troubled: a small workflow, a directory, and events whose acceptance can be counted afterwards.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use fanin_tests::client::Client;
use fanin_tests::process::{Ended, Fanin, Start, build};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a start or a stop may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

const WORKFLOW: &str = "
version: 1
name: failures
events:
  tick: { match: { source: [failures] }, capture: { $.detail.key: \"{key}\" } }
conditions:
  many: { count: tick, by: key, reach: 1000000, within: 1d, collect: none }
";

/// The directory with the workflow and, in `state`, the state.
pub(crate) struct Home {
    pub(crate) dir: TempDir,
    pub(crate) start: Start,
    pub(crate) client: Client,
}

impl Home {
    pub(crate) fn new() -> Home {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let workflow = dir.path().join("failures.yaml");
        std::fs::write(&workflow, WORKFLOW).unwrap();
        let start = Start::new(&build().unwrap(), &workflow, &dir.path().join("state"));
        Home { dir, start, client: Client::new() }
    }

    pub(crate) fn state(&self) -> &Path {
        &self.start.dir
    }

    /// Starts and waits until it answers.
    pub(crate) async fn run(&self) -> (Fanin, String) {
        let mut fanin = self.start.spawn().unwrap();
        let base = fanin.ready(&self.client, PATIENCE).await.unwrap();
        (fanin, base)
    }

    /// Starts it where it cannot run, and returns what it says.
    pub(crate) async fn refused(&self) -> Ended {
        let ended = self.start.spawn().unwrap().ended(PATIENCE).await.unwrap();
        assert!(!ended.status.success(), "it should not have started: {}", ended.text());
        assert!(!ended.text().contains("panicked"), "{}", ended.text());
        ended
    }

    /// Sends events `first` to `first + count - 1`, each with `size` bytes beside; whether they were acknowledged.
    pub(crate) async fn send(&self, base: &str, first: usize, count: usize, size: usize) -> bool {
        let filling = "x".repeat(size);
        let event = |n: usize| {
            json!({
                "id": format!("tick-{n}"), "source": "failures", "detail-type": "Tick",
                "detail": { "key": "k", "filling": filling }
            })
        };
        let events: Vec<Value> = (first..first + count).map(event).collect();
        let answer = self.client.post(&format!("{base}/events"), Value::from(events).to_string()).await;
        answer.is_ok_and(|answer| answer.status.is_success() && answer.body["accepted"] == json!(count))
    }

    pub(crate) async fn status(&self, base: &str) -> Value {
        self.client.get(&format!("{base}/status")).await.unwrap().body
    }

    /// Whether exactly the events up to `count` are in the state: sent again, each is a duplicate.
    pub(crate) async fn holds(&self, base: &str, count: usize) {
        let before = self.status(base).await;
        assert_eq!(before["stats"]["accepted"], json!(count), "{before}");
        assert!(self.send(base, 0, count, 0).await);
        let after = self.status(base).await;
        let duplicates = |status: &Value| status["stats"]["duplicates"].as_u64().unwrap();
        assert_eq!(duplicates(&after) - duplicates(&before), count as u64, "{after}");
    }

    /// The segments of the log, the oldest first.
    pub(crate) fn segments(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.state()).unwrap().map(|entry| entry.unwrap().path());
        let is_segment = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("log-");
        let mut segments: Vec<PathBuf> = entries.filter(is_segment).collect();
        segments.sort();
        segments
    }
}
