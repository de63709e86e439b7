//! What a rule is: when which event happens, call which target with what.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A compiled rule. A run finishes under the version that started it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Name of the workflow.
    pub workflow: Arc<str>,
    /// Name of the rule: its completion is the event `NAME.done` or `NAME.failed`.
    pub name: Arc<str>,
    /// Fingerprint of the definition.
    pub version: u64,
    /// Any of these event names triggers it.
    pub when: Vec<Arc<str>>,
    /// The captures that every one of `when` has: those of the completion.
    pub captures: Vec<Arc<str>>,
    /// Payload template (Amazon States Language); none: the envelope.
    pub input: Option<serde_json::Value>,
    /// Whom to call.
    pub target: Target,
    /// One call per item.
    pub map: Option<MapSpec>,
    /// Tried in order, the first that names the error decides.
    pub retry: Vec<Retrier>,
    /// Tried in order after the retries are spent.
    pub catch: Vec<Catcher>,
}

/// Whom a rule calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Target {
    /// A function of the workflow.
    Invoke {
        /// Its name under `functions`.
        function: Arc<str>,
    },
    /// Anything else.
    Send(SendTarget),
}

/// The targets of `send`. Without AWS settings the AWS ones go to the local outbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SendTarget {
    /// Queue name or URL.
    Sqs(String),
    /// Topic name or ARN.
    Sns(String),
    /// Event bus name or ARN.
    Eventbridge(String),
    /// State machine name or ARN.
    StepFunctions(String),
    /// URL; POST with `Idempotency-Key`.
    Http(String),
    /// The host's log, with this label.
    Log(String),
}

/// Dynamic fan-out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapSpec {
    /// JSONPath to the list in the triggering envelope.
    pub items: String,
    /// Calls in flight at once, 1 to 10,000; default 40.
    pub max_concurrency: u32,
    /// 0 to 100; default 0.
    pub tolerated_failure_percentage: f64,
}

/// One `retry` entry (ASL). Defaults: 1 s, 3 attempts, rate 2.0, no cap, no jitter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retrier {
    /// Error names; `States.ALL` means any.
    pub errors: Vec<String>,
    /// Seconds before the first retry, at least 1.
    pub interval_seconds: u64,
    /// Retries, 0 for never.
    pub max_attempts: u32,
    /// Factor between intervals, at least 1.0.
    pub backoff_rate: f64,
    /// Cap of an interval, in seconds.
    pub max_delay_seconds: Option<u64>,
    /// Spread of an interval.
    pub jitter: Jitter,
}

/// `JitterStrategy` of ASL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Jitter {
    /// The computed interval.
    #[default]
    None,
    /// Between zero and the computed interval, decided by the action's id and attempt: the same after a crash.
    Full,
}

/// One `catch` entry: emits `emit` instead of `RULE.failed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Catcher {
    /// Error names; `States.ALL` means any.
    pub errors: Vec<String>,
    /// The event name to emit.
    pub emit: Arc<str>,
}
