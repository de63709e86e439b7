//! What brings events to the functions: rules on the buses, the clock, and the event sources.

use fanin_state_first::Lane;
use fanin_triggers::schedule;
use serde_json::{Map, Value, json};

use super::draft::Draft;
use crate::bus::{self, Bus, BusRule, ClockRule};
use crate::limits::RULES_BATCH;
use crate::names::FunctionName;

/// Messages up to which a batch need not wait.
const UNWAITED_BATCH: u32 = 10;

pub(super) fn add(draft: &mut Draft<'_>) -> anyhow::Result<()> {
    for rule in bus::rules(draft.project)? {
        event_rule(draft, &rule);
    }
    for rule in bus::clock_rules(draft.project) {
        clock_rule(draft, &rule);
    }
    sweep(draft);
    source(draft, Lane::Conditions);
    source(draft, Lane::Rules);
    Ok(())
}

fn event_rule(draft: &mut Draft<'_>, rule: &BusRule) {
    let events = rule.events.join(", ");
    let why =
        rule.widened.as_ref().map_or_else(String::new, |why| format!(". Wider than the workflow's: {why}"));
    let mut description = format!("{events} of the workflow {}{why}", draft.project.plan.workflow);
    description.truncate(description.floor_char_boundary(512));
    let mut properties = json!({
        "Name": rule.name,
        "Description": description,
        "EventPattern": rule.pattern,
        "State": "ENABLED",
        "Targets": [to_queue(draft)],
    });
    if let (Value::Object(map), Some(bus)) = (&mut properties, draft.bus_name(rule.bus)) {
        map.insert("EventBusName".to_owned(), json!(bus));
    }
    add_rule(draft, &rule.logical, properties, rule.bus);
}

/// A rule that sends to the queue stands after the policy that lets it.
fn add_rule(draft: &mut Draft<'_>, logical: &str, properties: Value, bus: Bus) {
    draft.resource(logical, "AWS::Events::Rule", properties);
    let mut after: Vec<&str> = ["EventsPolicy", "UndeliveredEventsPolicy"]
        .into_iter()
        .filter(|policy| draft.resources.contains_key(*policy))
        .collect();
    if bus == Bus::Workflow && draft.resources.contains_key("Bus") {
        after.push("Bus");
    }
    let after = json!(after);
    if let Some(Value::Object(rule)) = draft.resources.get_mut(logical).filter(|_| after != json!([])) {
        rule.insert("DependsOn".to_owned(), after);
    }
}

fn to_queue(draft: &Draft<'_>) -> Value {
    json!({
        "Id": "conditions",
        "Arn": draft.queue_arn(Lane::Conditions),
        "DeadLetterConfig": { "Arn": draft.dead_queue_arn(Lane::Conditions) },
    })
}

/// A clock's event as every host of the workflow has it: the same source, type, resource and form of id.
fn clock_rule(draft: &mut Draft<'_>, rule: &ClockRule) {
    let of = format!("{}/{}", draft.project.plan.workflow, rule.event);
    let event = json!({
        "version": "0",
        "id": format!("{of}@<time>"),
        "detail-type": schedule::DETAIL_TYPE,
        "source": schedule::SOURCE,
        "account": "<account>",
        "time": "<time>",
        "region": "<region>",
        "resources": [of],
        "detail": {},
    });
    let mut target = to_queue(draft);
    if let Value::Object(target) = &mut target {
        let paths: Map<String, Value> = ["time", "account", "region"]
            .map(|n| (n.to_owned(), json!(format!("$.{n}"))))
            .into_iter()
            .collect();
        let transformer = json!({ "InputPathsMap": paths, "InputTemplate": event.to_string() });
        target.insert("InputTransformer".to_owned(), transformer);
    }
    let properties = json!({
        "Name": rule.name,
        "Description": format!("{} of the workflow {}", rule.event, draft.project.plan.workflow),
        "ScheduleExpression": rule.expression,
        "State": "ENABLED",
        "Targets": [target],
    });
    add_rule(draft, &rule.logical, properties, Bus::Default);
}

/// Every minute the timers are looked through.
fn sweep(draft: &mut Draft<'_>) {
    let function = draft.function_arn(FunctionName::Timers);
    let rule = format!("{}-sweep", draft.names().stack());
    draft.resource(
        "Sweep",
        "AWS::Events::Rule",
        json!({
            "Name": rule,
            "Description": format!("Every minute: what is due in the workflow {}", draft.project.plan.workflow),
            "ScheduleExpression": "rate(1 minute)",
            "State": "ENABLED",
            "Targets": [{ "Id": "timers", "Arn": function.clone() }],
        }),
    );
    draft.resource(
        "SweepPermission",
        "AWS::Lambda::Permission",
        json!({
            "Action": "lambda:InvokeFunction",
            "FunctionName": function,
            "Principal": "events.amazonaws.com",
            "SourceArn": { "Fn::GetAtt": ["Sweep", "Arn"] },
        }),
    );
}

fn source(draft: &mut Draft<'_>, lane: Lane) {
    let settings = &draft.project.settings;
    let (logical, function, batch, window) = match lane {
        Lane::Conditions => {
            let window =
                if settings.batch > UNWAITED_BATCH { settings.window_s.max(1) } else { settings.window_s };
            ("ConditionsSource", FunctionName::ConditionEngine, settings.batch, window)
        }
        Lane::Rules => ("RulesSource", FunctionName::RuleEngine, RULES_BATCH, 0),
    };
    draft.resource(
        logical,
        "AWS::Lambda::EventSourceMapping",
        json!({
            "EventSourceArn": draft.queue_arn(lane),
            "FunctionName": draft.function_arn(function),
            "BatchSize": batch,
            "MaximumBatchingWindowInSeconds": window,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": { "MaximumConcurrency": settings.concurrency },
            "Enabled": true,
        }),
    );
}
