//! The last things that happened, for whoever asks: bounded rings, in memory only. The truth is the log.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fanin_dispatch::Settled;
use fanin_rule::Outcome;
use fanin_runtime::Notice;
use fanin_runtime::documents::target_name;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::limits::MAX_RECENT;

/// A derived event that happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Happened {
    /// Its deterministic id.
    pub id: String,
    /// Its name: a condition, `NAME.timeout`, `RULE.done`, `RULE.failed` or what a `catch` emits.
    pub name: String,
    /// When it was decided, RFC 3339.
    pub at: String,
    /// Its captures.
    pub key: serde_json::Map<String, Value>,
}

/// A call that ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Called {
    /// The action's id: the target's idempotency key.
    pub action: String,
    /// Name of the rule.
    pub rule: String,
    /// Name of the function, or the kind of target.
    pub target: String,
    /// 1 for the first call.
    pub attempt: u32,
    /// What it was given.
    pub input: Value,
    /// What it answered; none when it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Why it failed: error name and cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<(String, String)>,
    /// How long it ran, milliseconds.
    pub took_ms: f64,
}

#[derive(Debug, Default)]
struct Rings {
    happened: VecDeque<Happened>,
    called: VecDeque<Called>,
}

/// The rings.
#[derive(Debug, Default)]
pub struct Recent {
    rings: Mutex<Rings>,
}

fn push<T>(ring: &mut VecDeque<T>, item: T) {
    if ring.len() >= MAX_RECENT {
        ring.pop_front();
    }
    ring.push_back(item);
}

impl Recent {
    fn rings(&self) -> MutexGuard<'_, Rings> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn happened(&self, notices: &[Notice]) {
        let skip = notices.len().saturating_sub(MAX_RECENT);
        let mut rings = self.rings();
        for notice in notices.iter().skip(skip) {
            let key =
                notice.captures.iter().map(|(n, v)| (n.to_string(), Value::String(v.to_string()))).collect();
            let (id, name) = (notice.identity.to_uuid(), notice.name.to_string());
            push(&mut rings.happened, Happened { id, name, at: notice.at.to_string(), key });
        }
    }

    pub(crate) fn called(&self, settled: &Settled) {
        let Settled { action, outcome, took } = settled;
        let json = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
        let (result, error) = match outcome {
            Outcome::Done { result } => (Some(json(result)), None),
            Outcome::Failed { error, cause } => (None, Some((error.clone(), cause.clone()))),
        };
        let target = target_name(&action.target);
        let called = Called {
            action: action.id.to_string(),
            rule: action.rule.to_string(),
            target,
            attempt: action.attempt,
            input: json(&action.payload),
            result,
            error,
            took_ms: took.as_secs_f64() * 1e3,
        };
        push(&mut self.rings().called, called);
    }

    /// The latest derived events, the oldest first, at most `most`.
    #[must_use]
    pub fn last_happened(&self, most: usize) -> Vec<Happened> {
        last(&self.rings().happened, most)
    }

    /// The latest calls, the oldest first, at most `most`.
    #[must_use]
    pub fn last_called(&self, most: usize) -> Vec<Called> {
        last(&self.rings().called, most)
    }
}

fn last<T: Clone>(ring: &VecDeque<T>, most: usize) -> Vec<T> {
    ring.iter().skip(ring.len().saturating_sub(most)).cloned().collect()
}
