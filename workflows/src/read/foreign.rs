//! Words of other languages, by which people who know those begin: what is said here in their place.

/// A word that is known elsewhere.
pub(super) struct Foreign {
    /// What to write.
    pub(super) help: &'static str,
    /// The keys that are therefore not missing.
    pub(super) meant: &'static [&'static str],
}

/// A construct, words for it, the keys that are meant, and what to write.
type Row = (&'static str, &'static [&'static str], &'static [&'static str], &'static str);

const ROWS: &[Row] = &[
    (
        "a workflow",
        &["AWSTemplateFormatVersion", "Resources", "Transform", "Parameters", "Outputs", "Globals"],
        &["version", "name", "events"],
        "this is a CloudFormation template; a workflow begins with `version: 1`, `name: ...` and `events:`",
    ),
    (
        "a workflow",
        &["StartAt", "States", "Comment", "TimeoutSeconds"],
        &["version", "name", "events"],
        "this is a state machine; a workflow begins with `version: 1`, `name: ...` and `events:`",
    ),
    (
        "the event",
        &["source", "detail-type", "detail", "account", "region", "resources", "detailType", "Source"],
        &["match"],
        "the pattern stands under `match`: `match: { source: [...], detail-type: [...] }`",
    ),
    (
        "the event",
        &["pattern", "event-pattern", "eventPattern", "EventPattern", "filter", "where"],
        &["match"],
        "write `match: { source: [...], detail-type: [...] }`",
    ),
    (
        "the event",
        &["bucket", "key", "prefix", "suffix", "path", "file"],
        &["s3"],
        "write bucket and key in one text: `s3: \"bucket/folder/{file}\"`",
    ),
    (
        "the event",
        &["rate", "cron", "ScheduleExpression", "every", "timer"],
        &["schedule"],
        "write `schedule: rate(5 minutes)` or `schedule: cron(0 12 * * ? *)`",
    ),
    ("the event", &["captures", "extract", "fields"], &[], "write `capture: { $.detail.id: \"{order}\" }`"),
    ("the condition", &["and", "allOf", "all_of", "events"], KINDS, "write `all: [a, b]`"),
    ("the condition", &["or", "anyOf", "any_of", "one_of"], KINDS, "write `any: [a, b]`"),
    ("the condition", &["not", "none", "missing"], KINDS, "write `absent: a` with `for: 5m`"),
    ("the condition", &["then", "order", "steps"], KINDS, "write `sequence: [a, b]`"),
    (
        "the condition",
        &["key", "group_by", "groupBy", "correlate", "correlation", "partition_by", "per"],
        &[],
        "write `by`: the capture, or the list of captures, that says what belongs together",
    ),
    ("the condition", &["timeout", "deadline", "expires", "ttl"], &["within"], "write `within: 1h`"),
    (
        "the condition",
        &["threshold", "n", "times", "min", "size", "total", "expected"],
        &["reach"],
        "write `reach`: a number, or a capture such as `manifest.parts`",
    ),
    (
        "the condition",
        &["window", "last", "over"],
        &[],
        "write `within: 1h` for one firing, or with `fire: every` one of `sliding: 10m` and `tumbling: 1h`",
    ),
    (
        "the condition",
        &["unique", "dedupe", "dedup"],
        &[],
        "write `distinct`: the capture whose values count",
    ),
    ("the condition", &["repeat", "once", "mode"], &[], "write `fire: once` or `fire: every`"),
    (
        "the rule",
        &[
            "MaxAttempts",
            "IntervalSeconds",
            "BackoffRate",
            "MaxDelaySeconds",
            "ErrorEquals",
            "attempts",
            "retries",
        ],
        &[],
        "it stands in an entry of `retry`: `retry: [ { ErrorEquals: [States.ALL], MaxAttempts: 3 } ]`, or short `retry: 3`",
    ),
    (
        "the rule",
        &[
            "Type",
            "Next",
            "End",
            "ResultPath",
            "ResultSelector",
            "InputPath",
            "OutputPath",
            "Comment",
            "Resource",
        ],
        &["invoke"],
        "a rule is no state of a state machine: `when` says what triggers it, `invoke` what it calls; what follows is a rule of its own with `when: RULE.done`",
    ),
    (
        "the rule",
        &["Parameters", "Payload", "payload", "with", "arguments", "args"],
        &[],
        "write `input: { ... }`",
    ),
    (
        "the rule",
        &["on", "if", "event", "trigger", "condition", "after"],
        &["when"],
        "write `when`: the event that triggers it",
    ),
    (
        "the rule",
        &["do", "run", "call", "function", "target", "then", "lambda", "targets"],
        &["invoke"],
        "write `invoke: FUNCTION`, or `send: { sqs: QUEUE }`",
    ),
    (
        "the rule",
        &["timeout", "TimeoutSeconds"],
        &[],
        "the limit of a call stands at the function: `timeout: 30s` under `functions`",
    ),
    (
        "an entry of `catch`",
        &["Next", "ResultPath", "then", "invoke"],
        &["emit"],
        "name an event, and let a rule listen to it: `emit: order_broken`",
    ),
    (
        "`send`",
        &["lambda", "function", "invoke"],
        SENDS,
        "a function is called with `invoke: NAME` in place of `send`",
    ),
    (
        "the function",
        &["arn", "url", "endpoint"],
        CALLS,
        "write `lambda: http://127.0.0.1:9000`, the Invoke API, or `http: URL`",
    ),
    (
        "the function",
        &["run", "exec", "cmd", "script", "path", "handler"],
        CALLS,
        "write `command: ./run.sh`",
    ),
    ("the function", &["returns", "return", "result", "value"], CALLS, "write `respond: { ... }`"),
    ("a test", &["events", "when", "input", "send"], &["given"], "write `given: [ ... ]`"),
    (
        "a test",
        &["then", "should", "assert", "expected", "fires", "calls"],
        &["expect"],
        "write `expect: [ ... ]`",
    ),
    ("a test", &["not", "must_not", "unexpected"], &["expect"], "write `never: [ ... ]`"),
];

const KINDS: &[&str] = &["all", "any", "at_least", "count", "sequence", "absent"];
const CALLS: &[&str] = &["command", "lambda", "bootstrap", "http", "respond", "fail"];
const SENDS: &[&str] = &["sqs", "sns", "eventbridge", "step_functions", "http", "log"];

/// Whether `what` speaks of such a construct: "the event `order`" of "the event".
fn is(what: &str, of: &str) -> bool {
    what.strip_prefix(of)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(" `") || rest.starts_with(" of"))
}

/// What a word of another language stands for in a construct.
pub(super) fn foreign(what: &str, key: &str) -> Option<Foreign> {
    let row = ROWS.iter().find(|(of, words, ..)| is(what, of) && words.contains(&key))?;
    Some(Foreign { help: row.3, meant: row.2 })
}

/// How a construct is written, for one that is no mapping.
pub(super) fn form(what: &str) -> Option<&'static str> {
    const FORMS: &[(&str, &str)] = &[
        ("a workflow", "begin with `version: 1`, `name: ...` and `events:`"),
        (
            "the event",
            "write how it is recognized: `{ s3: \"bucket/{key}\" }`, or `{ match: { source: [shop] } }`",
        ),
        ("the condition", "write what must have happened: `{ all: [order, paid], by: order, within: 1h }`"),
        ("the rule", "write when and what: `{ when: order, invoke: pack }`"),
        ("the function", "write how it is called: `{ command: ./run.sh }`, or a stub: `{ respond: {} }`"),
        ("`send`", "write the target and its name: `send: { log: orders }`"),
        ("`map`", "write `map: { items: $.detail.lines }`"),
        ("a test file", "begin with `workflow: workflow.yaml` and `tests:`"),
        ("a test", "write `- name: ...` and below it `given: [ ... ]` and `expect: [ ... ]`"),
        ("an entry of `retry`", "write `{ ErrorEquals: [States.ALL], MaxAttempts: 3 }`"),
        ("an entry of `catch`", "write `{ ErrorEquals: [States.ALL], emit: order_broken }`"),
    ];
    FORMS.iter().find(|(of, _)| is(what, of)).map(|(_, form)| *form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_means_one_thing_in_a_construct() {
        let mut seen = std::collections::BTreeSet::new();
        for (of, words, ..) in ROWS {
            for word in *words {
                assert!(seen.insert((of, word)), "{of}: {word}");
            }
        }
        assert!(foreign("the rule `a`", "Next").is_some() && foreign("the event `a`", "Next").is_none());
    }
}
