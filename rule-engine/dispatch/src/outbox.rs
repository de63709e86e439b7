//! The local outbox: a file of JSON lines that takes what AWS would take. Durable before a send counts as done.

mod read;
mod write;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fanin_rule::{Action, Outcome, SendTarget};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot};

use crate::errors::{OUTBOX_FAILED, failed};
use crate::limits::MAX_OUTBOX_WAITING;

pub use read::{OutboxContents, read_outbox};

/// A handle to the outbox's one writer. Clones share it; the writer ends with the last of them.
#[derive(Clone, Debug)]
pub struct Outbox {
    lines: mpsc::Sender<Line>,
    path: Arc<PathBuf>,
}

/// A line to write and who waits for it.
#[derive(Debug)]
struct Line {
    bytes: Vec<u8>,
    done: oneshot::Sender<Result<(), Trouble>>,
}

/// Why a line was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Trouble {
    Full,
    Io(String),
}

/// One message that was sent.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct OutboxEntry {
    /// The action's id: the same for every repetition.
    pub action: String,
    /// Name of the workflow.
    pub workflow: String,
    /// Name of the rule.
    pub rule: String,
    /// Where it would go.
    pub target: OutboxTarget,
    /// The message, JSON.
    pub payload: Box<RawValue>,
    /// When it was written (RFC 3339).
    pub at: String,
}

/// A target of `send`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct OutboxTarget {
    /// As the workflow writes it: `sqs`, `sns`, `eventbridge`, `step_functions`, `http`, `log`.
    pub kind: String,
    /// Queue, topic, bus, state machine, URL or label.
    pub name: String,
}

impl OutboxTarget {
    /// The target as the workflow writes it.
    #[must_use]
    pub fn of(target: &SendTarget) -> OutboxTarget {
        let (kind, name) = match target {
            SendTarget::Sqs(name) => ("sqs", name),
            SendTarget::Sns(name) => ("sns", name),
            SendTarget::Eventbridge(name) => ("eventbridge", name),
            SendTarget::StepFunctions(name) => ("step_functions", name),
            SendTarget::Http(name) => ("http", name),
            SendTarget::Log(name) => ("log", name),
        };
        OutboxTarget { kind: kind.to_owned(), name: name.clone() }
    }
}

impl Outbox {
    /// Starts the writer of the file at `path`. The file is made at the first send.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Outbox> {
        Outbox::open_limited(path.into(), crate::limits::MAX_OUTBOX_BYTES)
    }

    fn open_limited(path: PathBuf, max_bytes: u64) -> io::Result<Outbox> {
        let (lines, waiting) = mpsc::channel(MAX_OUTBOX_WAITING);
        let writer = write::Writer::new(path.clone(), max_bytes);
        std::thread::Builder::new().name("fanin-outbox".to_owned()).spawn(move || writer.run(waiting))?;
        Ok(Outbox { lines, path: Arc::new(path) })
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a message; done when it is on the disk. The result is null.
    pub(crate) async fn append(&self, action: &Action, target: OutboxTarget) -> Outcome {
        let line = match line(action, target) {
            Ok(line) => line,
            Err(error) => return failed(OUTBOX_FAILED, format!("the payload is not JSON: {error}")),
        };
        let (done, written) = oneshot::channel();
        let ended = || failed(OUTBOX_FAILED, "the outbox's writer has ended");
        if self.lines.send(Line { bytes: line, done }).await.is_err() {
            return ended();
        }
        match written.await {
            Ok(Ok(())) => Outcome::Done { result: "null".to_owned() },
            Ok(Err(Trouble::Full)) => {
                let what = format!("{} has reached its limit: move it away", self.path.display());
                failed(crate::errors::OUTBOX_FULL, what)
            }
            Ok(Err(Trouble::Io(reason))) => {
                failed(OUTBOX_FAILED, format!("{}: {reason}", self.path.display()))
            }
            Err(_) => ended(),
        }
    }
}

fn line(action: &Action, target: OutboxTarget) -> serde_json::Result<Vec<u8>> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let at = fanin_event::Timestamp(i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
    // A payload may be spread over lines; the outbox has one line a message.
    let payload = if action.payload.contains(['\n', '\r']) {
        serde_json::from_str::<serde_json::Value>(&action.payload)?.to_string()
    } else {
        action.payload.to_string()
    };
    let entry = OutboxEntry {
        action: action.id.to_string(),
        workflow: action.workflow.to_string(),
        rule: action.rule.to_string(),
        target,
        payload: RawValue::from_string(payload)?,
        at: at.to_string(),
    };
    let mut line = serde_json::to_vec(&entry)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests;
