//! The roles of the templates: every permission is one the workflow asks for.

use std::collections::BTreeSet;

use crate::support::{EXAMPLES, compiled, example, project};
use fanin_deploy::Project;
use fanin_deploy::template::{Part, template};
use serde_json::Value;

const ROLES: [&str; 3] = ["ConditionEngineRole", "RuleEngineRole", "TimersRole"];

/// A statement as (action, resource) pairs, its resources written as the ARNs of one account.
fn granted(project: &Project, role: &str) -> BTreeSet<(String, String)> {
    let document = template(project, Part::Functions).unwrap();
    let statements = &document["Resources"][role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"];
    let mut granted = BTreeSet::new();
    for statement in statements.as_array().unwrap_or_else(|| panic!("{role}: {statements}")) {
        assert_eq!(statement["Effect"], "Allow");
        assert!(statement.get("NotAction").is_none() && statement.get("NotResource").is_none());
        for action in statement["Action"].as_array().unwrap() {
            for resource in statement["Resource"].as_array().unwrap() {
                granted.insert((action.as_str().unwrap().to_owned(), spelled(&document, resource)));
            }
        }
    }
    granted
}

/// The ARN as CloudFormation would write it for the account 111111111111 in eu-west-1.
fn spelled(document: &Value, resource: &Value) -> String {
    if let Some(text) = resource.as_str() {
        return text.to_owned();
    }
    if let Some(sub) = resource["Fn::Sub"].as_str() {
        return sub
            .replace("${AWS::Partition}", "aws")
            .replace("${AWS::Region}", "eu-west-1")
            .replace("${AWS::AccountId}", "111111111111");
    }
    let logical = resource["Fn::GetAtt"][0].as_str().unwrap_or_else(|| panic!("{resource}"));
    let name = &document["Resources"][logical]["Properties"]["LogGroupName"];
    format!("arn:aws:logs:eu-west-1:111111111111:log-group:{}:*", name.as_str().unwrap())
}

#[test]
fn nothing_is_allowed_everywhere() {
    for name in EXAMPLES {
        for role in ROLES {
            for (action, resource) in granted(&example(name), role) {
                assert!(!action.contains('*'), "{name} {role}: {action}");
                // A star stands for the objects of a prefix or the streams of a log group, nowhere else.
                let inner = resource.trim_end_matches("/*").trim_end_matches(":*");
                assert!(
                    !inner.contains('*') && inner.split(':').count() >= 6,
                    "{name} {role}: {action} {resource}"
                );
                let object = resource.ends_with("/*") && resource.contains(":s3:::");
                assert!(!resource.ends_with('*') || object || resource.contains(":log-group:"), "{resource}");
            }
        }
    }
}

#[test]
fn everything_is_the_stacks_or_named_by_the_workflow() {
    for name in EXAMPLES {
        let project = example(name);
        let named: BTreeSet<String> = project.lambdas().into_values().collect();
        for role in ROLES {
            for (action, resource) in granted(&project, role) {
                let own = [":table/", ":log-group:/aws/lambda/", ":sqs:eu-west-1:111111111111:", ":s3:::"]
                    .iter()
                    .any(|kind| resource.contains(&format!("{kind}{}-", project.names.stack())));
                let called = named.iter().any(|lambda| resource.ends_with(&format!(":function:{lambda}")))
                    && action == "lambda:InvokeFunction"
                    && role == "RuleEngineRole";
                let sent = name == "video" && resource.ends_with(":ops-alerts") && role == "RuleEngineRole";
                assert!(own || called || sent, "{name} {role}: {action} {resource}");
            }
        }
    }
}

/// The whole of what a role may, for a workflow with every kind of target.
#[test]
fn every_kind_of_target_is_one_permission() {
    let text = r#"
version: 1
name: all
events: { e: { match: { source: [s] } } }
rules:
  a: { when: e, invoke: fn }
  b: { when: e, send: { sqs: q1 } }
  c: { when: e, send: { sqs: "https://sqs.us-west-2.amazonaws.com/222222222222/q2.fifo" } }
  d: { when: e, send: { sns: "arn:aws:sns:eu-west-1:333333333333:topic" } }
  e2: { when: e, send: { eventbridge: other } }
  f: { when: e, send: { step_functions: machine } }
  g: { when: e, send: { http: "https://example.com/x" } }
  h: { when: e, send: { log: here } }
  i: { when: e, invoke: web }
  j: { when: e, invoke: far }
functions:
  fn: { command: ./x }
  web: { http: "https://example.com/y" }
  far: { respond: 1 }
"#;
    let mut project = project(compiled(text));
    let far = "arn:aws:lambda:us-east-1:444444444444:function:far:live";
    project.settings.functions.insert("far".to_owned(), far.to_owned());
    let rules = granted(&project, "RuleEngineRole");
    let engine = granted(&project, "ConditionEngineRole");
    let mut more: Vec<String> = rules.difference(&engine).map(|(a, r)| format!("{a} {r}")).collect();
    more.retain(|line| !line.starts_with("logs:") && !line.contains(":all-"));
    assert_eq!(
        more,
        [
            "events:PutEvents arn:aws:events:eu-west-1:111111111111:event-bus/other",
            "lambda:InvokeFunction arn:aws:lambda:eu-west-1:111111111111:function:fn",
            "lambda:InvokeFunction arn:aws:lambda:us-east-1:444444444444:function:far:live",
            "sns:Publish arn:aws:sns:eu-west-1:333333333333:topic",
            "sqs:GetQueueUrl arn:aws:sqs:eu-west-1:111111111111:q1",
            "sqs:GetQueueUrl arn:aws:sqs:us-west-2:222222222222:q2.fifo",
            "sqs:SendMessage arn:aws:sqs:eu-west-1:111111111111:q1",
            "sqs:SendMessage arn:aws:sqs:us-west-2:222222222222:q2.fifo",
            "states:StartExecution arn:aws:states:eu-west-1:111111111111:stateMachine:machine",
        ]
    );
    let timers: BTreeSet<String> = granted(&project, "TimersRole").into_iter().map(|(a, _)| a).collect();
    assert!(!timers.iter().any(|a| a.starts_with("s3:") || a.starts_with("lambda:")), "{timers:?}");
}

#[test]
fn who_may_send_to_the_queues() {
    let mut uploads = example("uploads");
    let policies = |project: &Project| -> Vec<Value> {
        let document = template(project, Part::State).unwrap();
        let resources = document["Resources"].as_object().unwrap();
        let policies = resources.values().filter(|r| r["Type"] == "AWS::SQS::QueuePolicy");
        policies.map(|r| r["Properties"]["PolicyDocument"]["Statement"][0].clone()).collect()
    };
    for statement in policies(&uploads) {
        assert_eq!(statement["Principal"]["Service"], "events.amazonaws.com");
        let sources = &statement["Condition"]["ArnEquals"]["aws:SourceArn"];
        assert_eq!(sources.as_array().unwrap().len(), 1, "its one rule");
        assert!(sources[0]["Fn::Sub"].as_str().unwrap().ends_with(":rule/uploads-part-aws"));
    }
    assert_eq!(policies(&uploads).len(), 2);
    uploads.settings.asynchronous.insert("assemble".to_owned());
    let answers = policies(&uploads).pop().unwrap();
    assert_eq!(answers["Principal"]["AWS"]["Ref"], "AnsweringRoles");
    assert_eq!(answers["Resource"]["Fn::GetAtt"][0], "RulesQueue");
}
