//! The roles of the functions: what the workflow names and nothing else. No statement has the resource `*`.

use anyhow::ensure;
use fanin_state_first::Lane;
use fanin_store_dynamodb::table::ACTIONS;
use serde_json::{Value, json};

use super::draft::{Draft, arn};
use super::iam::{self, Statement};
use super::state::{KEPT, PASSING};
use crate::limits::MAX_ROLE_POLICY;
use crate::names::FunctionName;
use crate::settings::Callee;

/// What the shelf of timers needs.
const SHELVES: [&str; 5] = [
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
];
/// What Lambda itself needs, in the function's name, to feed it from a queue.
const RECEIVE: [&str; 3] = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];

/// The role of a function.
pub(super) fn role(draft: &Draft<'_>, function: FunctionName) -> anyhow::Result<Value> {
    let mut statements = vec![logs(function)];
    let queues = vec![draft.queue_arn(Lane::Conditions), draft.queue_arn(Lane::Rules)];
    let table = vec![draft.table_arn()];
    match function {
        FunctionName::Timers => statements.push(Statement::new("Timers", &SHELVES, table)),
        _ => {
            let lane = if function == FunctionName::ConditionEngine { Lane::Conditions } else { Lane::Rules };
            statements.push(Statement::new("State", ACTIONS, table));
            statements.push(Statement::new("Receive", &RECEIVE, vec![draft.queue_arn(lane)]));
            statements.extend(claims(draft));
        }
    }
    statements.push(Statement::new("Send", &["sqs:SendMessage"], queues));
    if function == FunctionName::RuleEngine {
        statements.extend(targets(draft));
    }
    let role = iam::role(function.binary(), &statements);
    let size = role.to_string().len();
    ensure!(
        size <= MAX_ROLE_POLICY,
        "the policy of the role of {} would have {size} bytes and IAM takes {MAX_ROLE_POLICY}: the workflow calls too many different targets, split it",
        function.binary()
    );
    Ok(role)
}

fn logs(function: FunctionName) -> Statement {
    let group = json!({ "Fn::GetAtt": [format!("{}Logs", function.logical()), "Arn"] });
    Statement::new("Logs", &["logs:CreateLogStream", "logs:PutLogEvents"], vec![group])
}

/// Payloads that were put aside, and plans. Without the right to list, S3 says of what is not there that it is forbidden.
fn claims(draft: &Draft<'_>) -> [Statement; 2] {
    let all = || KEPT.iter().chain(&PASSING).map(|prefix| format!("{prefix}*"));
    let objects = all().map(|prefix| draft.bucket_arn(&format!("/{prefix}"))).collect();
    let prefixes: Vec<String> = all().collect();
    let prefix = json!({ "StringLike": { "s3:prefix": prefixes } });
    [
        Statement::new("Claims", &["s3:GetObject", "s3:PutObject"], objects),
        Statement::new("MissingClaims", &["s3:ListBucket"], vec![draft.bucket_arn("")]).only(prefix),
    ]
}

/// Whom the rules call.
fn targets(draft: &Draft<'_>) -> Vec<Statement> {
    let mut functions = Statement::new("Functions", &["lambda:InvokeFunction"], Vec::new());
    let mut queues = Statement::new("Queues", &["sqs:GetQueueUrl", "sqs:SendMessage"], Vec::new());
    let mut topics = Statement::new("Topics", &["sns:Publish"], Vec::new());
    let mut buses = Statement::new("Buses", &["events:PutEvents"], Vec::new());
    let mut machines = Statement::new("StateMachines", &["states:StartExecution"], Vec::new());
    for callee in draft.project.callees() {
        let (statement, resource) = match &callee {
            Callee::Lambda { lambda, .. } => (&mut functions, named("lambda", "function:", lambda)),
            Callee::Queue(queue) => (&mut queues, queue_arn(queue)),
            Callee::Topic(topic) => (&mut topics, named("sns", "", topic)),
            Callee::Bus(bus) => (&mut buses, named("events", "event-bus/", bus)),
            Callee::StateMachine(machine) => (&mut machines, named("states", "stateMachine:", machine)),
            Callee::Http(_) | Callee::Log => continue,
        };
        if !statement.resources.contains(&resource) {
            statement.resources.push(resource);
        }
    }
    vec![functions, queues, topics, buses, machines]
}

/// The ARN of what is named by name or ARN.
fn named(service: &str, before: &str, name: &str) -> Value {
    if name.starts_with("arn:") { json!(name) } else { arn(service, &format!("{before}{name}")) }
}

/// The ARN of a queue that is named by name, URL or ARN. A URL ends in `/ACCOUNT/NAME` and says its region in its host.
fn queue_arn(queue: &str) -> Value {
    let Some((_, rest)) = queue.split_once("://") else { return named("sqs", "", queue) };
    let mut parts = rest.rsplit('/');
    let (name, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let host = rest.split('/').next().unwrap_or_default();
    let region = host.strip_prefix("sqs.").and_then(|h| h.split('.').next()).unwrap_or("${AWS::Region}");
    if account.len() == 12 && account.chars().all(|c| c.is_ascii_digit()) {
        json!({ "Fn::Sub": format!("arn:${{AWS::Partition}}:sqs:{region}:{account}:{name}") })
    } else {
        arn("sqs", name)
    }
}
