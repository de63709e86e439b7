//! Rules and functions as types. Their documentation is what an editor shows.
#![expect(dead_code, reason = "the types are only described, never built")]

use schemars::{JsonSchema, json_schema};

use super::kinds;
use super::words::{
    Allow, Anything, Duration, EventPath, Member, Members, Name, Scalar, Text, Url, Wait, word,
};
use crate::limits::{MAX_ARGUMENTS, MAX_CONCURRENCY, MAX_HANDLERS, MAX_RETRY_NUMBER};
use fanin_rule::limits::MAX_RETRY_DELAY_SECONDS;

/// A rule: when, and either `invoke` or `send`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("oneOf" = kinds::rule()))]
pub(super) struct Rule {
    /// The event, condition or list of them that triggers it.
    when: Members,
    /// One call per item of a list in the event. `RULE.done` comes once, when all have answered.
    map: Option<Map>,
    /// The function to call, a name under `functions`.
    invoke: Option<Member>,
    /// Another target: a queue, a topic, a bus, a state machine, an address or a log.
    send: Option<Send>,
    /// What the function gets: a payload template of Amazon States Language. A key that ends in `.$` takes its value from a
    /// path: `order.$: $.detail.id`. Without it the function gets the whole event.
    input: Option<Anything>,
    /// What to do when a call fails: a number of retries, or a list of retriers as in Amazon States Language.
    retry: Option<Retry>,
    /// Events in place of `RULE.failed`, by the name of the error.
    #[schemars(length(max = MAX_HANDLERS))]
    catch: Option<Vec<Catcher>>,
    /// Warnings that are all right here: the code, and why.
    allow: Option<Allow>,
}

/// One call per item.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Map {
    /// Where the list stands in the event: `$.detail.lines`. At most 10,000 items.
    items: EventPath,
    /// Calls at the same time, at most. Default 40.
    #[schemars(range(min = 1, max = MAX_CONCURRENCY), extend("default" = 40))]
    max_concurrency: Option<u32>,
    /// How many items of a hundred may fail before the whole run fails. Default 0.
    #[schemars(range(min = 0, max = 100), extend("default" = 0))]
    tolerated_failure_percentage: Option<f64>,
}

/// A target other than a function: exactly one.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
struct Send {
    /// The name or ARN of an SQS queue.
    sqs: Option<Text>,
    /// The name or ARN of an SNS topic.
    sns: Option<Text>,
    /// The name or ARN of an EventBridge bus.
    eventbridge: Option<Text>,
    /// The name or ARN of a Step Functions state machine.
    step_functions: Option<Text>,
    /// An address that gets a POST.
    http: Option<Url>,
    /// The name of a log: a line for each.
    log: Option<Text>,
}

word! {
    /// A number of retries for every error (1 s before the first, doubling), or a list of retriers: the first that names the
    /// error decides.
    Retry = json_schema!({
        "type": ["integer", "array"], "minimum": 0, "maximum": MAX_RETRY_NUMBER,
        "items": { "$ref": "#/$defs/Retrier" }, "maxItems": MAX_HANDLERS,
    })
}

/// When and how often to call again, as in Amazon States Language.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Retrier {
    /// The errors it is for. `States.ALL` names every error and stands alone, in the last entry.
    error_equals: Errors,
    /// Seconds before the first retry. Default 1.
    #[schemars(range(min = 1, max = MAX_RETRY_NUMBER), extend("default" = 1))]
    interval_seconds: Option<u64>,
    /// Retries, 0 for never. Default 3.
    #[schemars(range(min = 0, max = MAX_RETRY_NUMBER), extend("default" = 3))]
    max_attempts: Option<u64>,
    /// Factor from interval to interval, at least 1. Default 2.
    #[schemars(range(min = 1), extend("default" = 2))]
    backoff_rate: Option<f64>,
    /// Seconds an interval never exceeds; more than `IntervalSeconds`.
    #[schemars(range(min = 1, max = MAX_RETRY_DELAY_SECONDS))]
    max_delay_seconds: Option<u64>,
    /// `FULL`: anywhere between zero and the interval. Default `NONE`.
    jitter_strategy: Option<Jitter>,
}

/// Whether an interval is random.
#[derive(JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
enum Jitter {
    /// Anywhere between zero and the interval.
    Full,
    /// The interval itself.
    None,
}

/// An event in place of `RULE.failed`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Catcher {
    /// The errors it is for. `States.ALL` names every error and stands alone, in the last entry.
    #[schemars(rename = "ErrorEquals")]
    error_equals: Errors,
    /// The event that tells of it; it has the captures of the event that caused the run.
    emit: Name,
}

word! {
    /// Names of errors: one or a list. `States.ALL` (every error, alone and last), `States.TaskFailed`, `States.Timeout`,
    /// `Http.404`, or a function's own.
    Errors = json_schema!({
        "type": ["string", "array"], "pattern": kinds::error_name(), "minLength": 1,
        "items": { "type": "string", "minLength": 1, "pattern": kinds::error_name() },
        "minItems": 1, "maxItems": MAX_HANDLERS,
        "if": { "type": "array", "contains": { "const": fanin_rule::errors::ALL } }, "then": { "maxItems": 1 },
        "examples": [["States.ALL"]],
    })
}

/// A function: exactly one of `command`, `lambda`, `bootstrap`, `http`, or a stub with `respond` or `fail`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("oneOf" = kinds::function()))]
pub(super) struct Function {
    /// A program with its arguments: `./run.sh`, or `[python3, run.py]`. No shell. The payload comes on standard input, the
    /// result is JSON on standard output.
    command: Option<Command>,
    /// The base URL of a Lambda Invoke API.
    lambda: Option<Url>,
    /// The path of a bootstrap binary, which asks our Lambda Runtime API.
    bootstrap: Option<Text>,
    /// An address that gets the payload as a POST.
    http: Option<Url>,
    /// A stub that answers with this value.
    respond: Option<Anything>,
    /// A stub that fails with this error.
    fail: Option<Text>,
    /// How long a stub takes, at most `15m`.
    after: Option<Wait>,
    /// How long a call may take, at most `15m`. Default `60s`.
    timeout: Option<Duration>,
    /// Warnings that are all right here: the code, and why.
    allow: Option<Allow>,
}

/// A program: a text that is split at spaces, or a list of words.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Command {
    /// A text that is split at spaces; quotes keep words together.
    Line(#[schemars(extend("pattern" = r"\S"))] String),
    /// The program and its arguments.
    Words(#[schemars(length(min = 1, max = MAX_ARGUMENTS))] Vec<Scalar>),
}
