//! The alarms: what waits too long, what was given up, what fails.

use fanin_state_first::Lane;
use serde_json::{Value, json};

use super::draft::Draft;
use crate::limits::{OLD_MESSAGE_S, OVERDUE_S};
use crate::names::{FunctionName, Names};

/// Where the functions write their own metrics.
const METRICS: &str = "fanin";
/// How long the earliest wake-up was due that had not come: so long an instance stayed open past its deadline.
const OVERDUE: &str = "OverdueAge";
/// Their count of events and calls that were given up.
const DEAD_LETTERS: &str = "DeadLetters";
/// The dimensions of these metrics.
const BY: [&str; 2] = ["Workflow", "Function"];

/// What a metric is and when it is too much.
struct Watch<'a> {
    logical: String,
    name: String,
    about: String,
    namespace: &'a str,
    metric: &'a str,
    dimensions: Vec<(&'a str, String)>,
    statistic: &'a str,
    above: u32,
    minutes: u32,
    /// No number at all is as bad as one that is too large.
    silence_is_bad: bool,
}

pub(super) fn add(draft: &mut Draft<'_>) {
    draft.parameters.insert(
        "AlarmTopic".to_owned(),
        json!({ "Type": "String", "Default": "", "Description": "ARN of the SNS topic that is told of alarms; empty: nobody is" }),
    );
    draft.conditions.insert(
        "HasAlarmTopic".to_owned(),
        json!({ "Fn::Not": [{ "Fn::Equals": [{ "Ref": "AlarmTopic" }, ""] }] }),
    );
    for lane in [Lane::Conditions, Lane::Rules] {
        queue(draft, lane);
    }
    for function in FunctionName::ALL {
        for (metric, what) in [("Errors", "fails"), ("Throttles", "is throttled")] {
            let name = draft.names().function(function);
            let watch = Watch {
                logical: format!("{}{metric}", function.logical()),
                about: format!("The function {name} {what}"),
                namespace: "AWS/Lambda",
                metric,
                dimensions: vec![("FunctionName", name.clone())],
                name: format!("{name}-{}", metric.to_ascii_lowercase()),
                statistic: "Sum",
                above: 0,
                minutes: 5,
                silence_is_bad: false,
            };
            alarm(draft, watch);
        }
    }
    for function in [FunctionName::ConditionEngine, FunctionName::RuleEngine] {
        dead_letters(draft, function);
    }
    // The one is where wake-ups are kept, the other where they arrive.
    for function in [FunctionName::Timers, FunctionName::ConditionEngine] {
        overdue(draft, function);
    }
}

fn dead_letters(draft: &mut Draft<'_>, function: FunctionName) {
    let (workflow, stack) = (draft.project.plan.workflow.to_string(), draft.names().stack().to_owned());
    let [by_workflow, by_function] = BY;
    let watch = Watch {
        logical: format!("{}DeadLetters", function.logical()),
        name: format!("{stack}-{}-dead-letters", function.binary()),
        about: format!("The workflow {workflow} gave something up: fanin dead --stack {stack}"),
        namespace: METRICS,
        metric: DEAD_LETTERS,
        dimensions: vec![(by_workflow, workflow), (by_function, function.binary().to_owned())],
        statistic: "Sum",
        above: 0,
        minutes: 5,
        silence_is_bad: false,
    };
    alarm(draft, watch);
}

/// The oldest instance that should be over: nobody knows the oldest one that is open, short of reading the whole table.
fn overdue(draft: &mut Draft<'_>, function: FunctionName) {
    let (workflow, stack) = (draft.project.plan.workflow.to_string(), draft.names().stack().to_owned());
    let [by_workflow, by_function] = BY;
    let sweeps = function == FunctionName::Timers;
    let silence = if sweeps { ", or nobody looks" } else { "" };
    let watch = Watch {
        logical: format!("{}Overdue", function.logical()),
        name: format!("{stack}-{}-overdue", function.binary()),
        about: format!(
            "An instance is open {OVERDUE_S} s past its deadline{silence}: fanin state --stack {stack} --pending"
        ),
        namespace: METRICS,
        metric: OVERDUE,
        dimensions: vec![(by_workflow, workflow), (by_function, function.binary().to_owned())],
        statistic: "Maximum",
        above: OVERDUE_S * 1_000,
        minutes: 5,
        silence_is_bad: sweeps,
    };
    alarm(draft, watch);
}

fn queue(draft: &mut Draft<'_>, lane: Lane) {
    let name = draft.queue_name(lane);
    let prefix = match lane {
        Lane::Conditions => "Conditions",
        Lane::Rules => "Rules",
    };
    let old = Watch {
        logical: format!("{prefix}Old"),
        name: format!("{name}-old"),
        about: format!("A message has waited more than {OLD_MESSAGE_S} s in {name}"),
        namespace: "AWS/SQS",
        metric: "ApproximateAgeOfOldestMessage",
        dimensions: vec![("QueueName", name.clone())],
        statistic: "Maximum",
        above: OLD_MESSAGE_S,
        minutes: 5,
        silence_is_bad: false,
    };
    alarm(draft, old);
    let dead = Names::dead_of(&name);
    let given_up = Watch {
        logical: format!("{prefix}Dead"),
        name: format!("{dead}-messages"),
        about: format!("There are messages in {dead}"),
        namespace: "AWS/SQS",
        metric: "ApproximateNumberOfMessagesVisible",
        dimensions: vec![("QueueName", dead)],
        statistic: "Maximum",
        above: 0,
        minutes: 1,
        silence_is_bad: false,
    };
    alarm(draft, given_up);
}

fn alarm(draft: &mut Draft<'_>, watch: Watch<'_>) {
    let dimensions: Vec<Value> =
        watch.dimensions.into_iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    let told: Value =
        json!({ "Fn::If": ["HasAlarmTopic", [{ "Ref": "AlarmTopic" }], { "Ref": "AWS::NoValue" }] });
    draft.resource(
        &watch.logical,
        "AWS::CloudWatch::Alarm",
        json!({
            "AlarmName": watch.name,
            "AlarmDescription": watch.about,
            "Namespace": watch.namespace,
            "MetricName": watch.metric,
            "Dimensions": dimensions,
            "Statistic": watch.statistic,
            "Period": watch.minutes * 60,
            "EvaluationPeriods": 1,
            "Threshold": watch.above,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": if watch.silence_is_bad { "breaching" } else { "notBreaching" },
            "AlarmActions": told,
        }),
    );
}
