//! Runs of rules: those in progress, from the engine, and those whose calls ended last, from the memory.

use std::collections::HashMap;
use std::sync::Arc;

use fanin_event::Identity;
use fanin_local::HostError;
use fanin_rule::Outcome;
use fanin_runtime::Engine;
use fanin_runtime::documents::{OpenCall, RunRow, run_rows, run_told, target_name};
use serde::Serialize;
use serde_json::Value;

use crate::calls::Ended;
use crate::dashboard::Dashboard;
use crate::limits::{MAX_CALLS_SHOWN, MAX_OFFSET, MAX_SHOWN_BYTES};
use crate::origins::Origin;

/// Where a run is, or a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Running,
    /// For a retry.
    Waiting,
    Done,
    Failed,
}

impl State {
    /// States as they stand in a URL, with commas.
    pub(crate) fn read(text: &str) -> Result<Vec<State>, String> {
        let state = |word: &str| match word {
            "running" => Ok(State::Running),
            "waiting" => Ok(State::Waiting),
            "done" => Ok(State::Done),
            "failed" => Ok(State::Failed),
            _ => Err(format!("{word:?} is no state; the states are running, waiting, done, failed")),
        };
        text.split(',').map(state).collect()
    }
}

/// Why a call failed.
#[derive(Clone, Debug, Serialize)]
struct Failure {
    name: String,
    cause: String,
}

/// A run of a list.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Run {
    run: String,
    pub(crate) rule: String,
    target: String,
    cause: Option<String>,
    event: Option<String>,
    event_id: Option<String>,
    since: Option<String>,
    pub(crate) state: State,
    attempt: u32,
    calls: usize,
    open_calls: usize,
    failed_calls: usize,
    retry_at: Option<String>,
    ended_at: Option<String>,
    took_ms: Option<f64>,
    error: Option<Failure>,
}

/// One run with its calls.
#[derive(Debug, Serialize)]
pub(crate) struct WithCalls {
    #[serde(flatten)]
    run: Run,
    history: Vec<Call>,
}

/// A call of a run.
#[derive(Debug, Serialize)]
struct Call {
    action: String,
    index: u32,
    attempt: u32,
    state: State,
    ended_at: Option<String>,
    took_ms: Option<f64>,
    input: Value,
    result: Option<Value>,
    error: Option<Failure>,
}

/// The calls of each run that are remembered, the oldest first.
type ByRun = HashMap<Identity, Vec<Arc<Ended>>>;

impl Dashboard {
    fn ended(&self) -> ByRun {
        let all = self.memory().calls().all();
        let mut by_run = ByRun::new();
        for ended in all {
            by_run.entry(ended.action.run).or_default().push(ended);
        }
        by_run
    }

    /// All runs that are known, the newest first.
    ///
    /// # Errors
    /// When the host has stopped.
    pub(crate) async fn runs(&self) -> Result<Vec<Run>, HostError> {
        let look = |engine: &Engine| {
            let runs: Vec<Identity> =
                engine.runs().take(MAX_OFFSET).map(|view| view.run.identity()).collect();
            (run_rows(engine, MAX_OFFSET), runs)
        };
        let (rows, active) = self.service().handle().look_async(look).await?;
        self.find_origins().await?;
        let mut ended = self.ended();
        let uuids: HashMap<String, Identity> = active.into_iter().map(|run| (run.to_uuid(), run)).collect();
        let mut runs: Vec<Run> = Vec::with_capacity(rows.len() + ended.len());
        let origins = self.memory().origins();
        for row in rows {
            let run = uuids.get(&row.run);
            let calls = run.and_then(|run| ended.remove(run)).unwrap_or_default();
            runs.push(in_progress(row, &calls, run.and_then(|run| origins.of(*run)).as_deref()));
        }
        runs.extend(ended.iter().filter_map(|(run, calls)| over(calls, origins.of(*run).as_deref())));
        drop(origins);
        runs.sort_by(|a, b| newest(b).cmp(&newest(a)).then_with(|| a.run.cmp(&b.run)));
        Ok(runs)
    }

    /// One run with its calls. None: it is not known.
    ///
    /// # Errors
    /// When the host has stopped.
    pub(crate) async fn run(&self, run: &str) -> Result<Option<WithCalls>, HostError> {
        let Some(asked) = Asked::read(run) else { return Ok(None) };
        let look = move |engine: &Engine| {
            let run = engine.runs().map(|view| view.run.identity()).find(|run| asked.is(*run))?;
            Some((run, run_told(engine, run, MAX_CALLS_SHOWN)?))
        };
        let told = self.service().handle().look_async(look).await?;
        self.find_origins().await?;
        let ended = self.ended().into_iter().find(|(run, _)| asked.is(*run));
        let identity = told.as_ref().map(|(run, _)| *run).or(ended.as_ref().map(|(run, _)| *run));
        let origin = identity.and_then(|run| self.memory().origins().of(run));
        let ended = ended.map(|(_, calls)| calls).unwrap_or_default();
        let mut history: Vec<Call> = ended.iter().map(|call| ended_call(call)).collect();
        let run = match told {
            Some((_, told)) => {
                history.extend(told.open.into_iter().map(open_call));
                in_progress(told.row, &ended, origin.as_deref())
            }
            None => match over(&ended, origin.as_deref()) {
                Some(run) => run,
                None => return Ok(None),
            },
        };
        let surplus = history.len().saturating_sub(MAX_CALLS_SHOWN);
        history.drain(..surplus);
        Ok(Some(WithCalls { run, history }))
    }
}

/// The newest thing that is known of it. Moments of one form sort as texts.
fn newest(run: &Run) -> Option<&String> {
    run.ended_at.as_ref().max(run.since.as_ref())
}

/// A run as it is asked for: by its identity as it is shown, a UUID.
#[derive(Clone, Copy, Debug)]
struct Asked(u128);

impl Asked {
    /// The bits in which a UUID says which form it has; what the identity has there is not shown.
    const FORM: u128 = 0xf000_c000_0000_0000_0000;

    fn read(text: &str) -> Option<Asked> {
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        let number = u128::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 32)?;
        Some(Asked(number | Asked::FORM))
    }

    fn is(self, run: Identity) -> bool {
        u128::from_be_bytes(run.0) | Asked::FORM == self.0
    }
}

fn failure(outcome: &Outcome) -> Option<Failure> {
    match outcome {
        Outcome::Done { .. } => None,
        Outcome::Failed { error, cause } => Some(Failure { name: error.clone(), cause: cause.clone() }),
    }
}

/// A run of which only the calls that ended are known, and the event that started it where it was found.
fn over(calls: &[Arc<Ended>], origin: Option<&Origin>) -> Option<Run> {
    let last = calls.last()?;
    // What an item's last call was, for each item.
    let mut ends: HashMap<u32, bool> = HashMap::new();
    for call in calls {
        ends.insert(call.action.index, failure(&call.outcome).is_some());
    }
    Some(Run {
        run: last.action.run.to_uuid(),
        rule: last.action.rule.to_string(),
        target: target_name(&last.action.target),
        cause: origin.map(|origin| origin.name.clone()),
        event: origin.map(|origin| origin.identity.to_uuid()),
        event_id: origin.and_then(|origin| origin.id.clone()),
        since: origin.map(|origin| origin.at.to_string()),
        state: if ends.values().any(|failed| *failed) { State::Failed } else { State::Done },
        attempt: calls.iter().map(|call| call.action.attempt).max().unwrap_or(0),
        calls: calls.len(),
        open_calls: 0,
        failed_calls: calls.iter().filter(|call| failure(&call.outcome).is_some()).count(),
        retry_at: None,
        ended_at: Some(last.at.to_string()),
        took_ms: Some(last.took),
        error: failure(&last.outcome),
    })
}

fn in_progress(row: RunRow, calls: &[Arc<Ended>], origin: Option<&Origin>) -> Run {
    let before = over(calls, None);
    let waits = row.open_calls == 0 && row.retry_at.is_some();
    Run {
        state: if waits { State::Waiting } else { State::Running },
        attempt: before.as_ref().map_or(0, |run| run.attempt).max(row.attempt),
        calls: calls.len() + row.open_calls,
        failed_calls: before.as_ref().map_or(0, |run| run.failed_calls),
        ended_at: before.as_ref().and_then(|run| run.ended_at.clone()),
        took_ms: before.as_ref().and_then(|run| run.took_ms),
        error: before.and_then(|run| run.error),
        run: row.run,
        rule: row.rule,
        target: row.target,
        cause: Some(row.cause),
        event: Some(row.event),
        event_id: origin.and_then(|origin| origin.id.clone()),
        since: Some(row.since),
        open_calls: row.open_calls,
        retry_at: row.retry_at,
    }
}

/// JSON as it is; what is none, or too large, as text.
fn shown(text: &str) -> Value {
    if text.len() > MAX_SHOWN_BYTES {
        return Value::String(beginning(text).to_owned());
    }
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// As much of a text as is shown.
pub(crate) fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_SHOWN_BYTES)).unwrap_or_default()
}

fn ended_call(call: &Ended) -> Call {
    let result = match &call.outcome {
        Outcome::Done { result } => Some(shown(result)),
        Outcome::Failed { .. } => None,
    };
    let error = failure(&call.outcome);
    Call {
        action: call.action.id.to_string(),
        index: call.action.index,
        attempt: call.action.attempt,
        state: if error.is_some() { State::Failed } else { State::Done },
        ended_at: Some(call.at.to_string()),
        took_ms: Some(call.took),
        input: shown(&call.action.payload),
        result,
        error,
    }
}

fn open_call(call: OpenCall) -> Call {
    Call {
        action: call.action,
        index: call.index,
        attempt: call.attempt,
        state: State::Running,
        ended_at: None,
        took_ms: None,
        input: shown(&call.input),
        result: None,
        error: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_read_as_they_are_shown() {
        for known in [Identity::of(&["a", "b"]), Identity([0; 16]), Identity([255; 16])] {
            assert!(Asked::read(&known.to_uuid()).unwrap().is(known), "{known:?}");
            assert!(!Asked::read(&known.to_uuid()).unwrap().is(Identity::of(&["c"])));
        }
        for bad in ["", "x", "12", &"0".repeat(33), "0000000000000000000000000000000g"] {
            assert!(Asked::read(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_large_text_is_shown_in_part() {
        let text = format!("\"{}\"", "x".repeat(MAX_SHOWN_BYTES - 2));
        assert_eq!(shown(&text).as_str().unwrap().len(), MAX_SHOWN_BYTES - 2);
        let text = format!("\"{}\"", "x".repeat(MAX_SHOWN_BYTES - 1));
        assert_eq!(shown(&text).as_str().unwrap().len(), MAX_SHOWN_BYTES);
        assert_eq!(beginning(&"ü".repeat(MAX_SHOWN_BYTES)).len(), MAX_SHOWN_BYTES);
    }
}
