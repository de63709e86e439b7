//! What must survive: table, queues, buckets, bus.

use fanin_condition::{Condition, Kind, Window};
use fanin_event::Span;
use fanin_state_first::Lane;
use fanin_store_dynamodb::table::{BILLING_MODE, PARTITION_KEY, SORT_KEY, STREAM_VIEW, TTL_ATTRIBUTE};
use serde_json::{Value, json};

use super::draft::{Draft, dead_logical, queue_logical};
use crate::bus;
use crate::limits::{
    CONDITIONS_TIMEOUT_S, DEAD_RETENTION_DAYS, MAX_NAMED_SOURCES, MAX_RECEIVES, MIN_CLAIM_DAYS,
    RETENTION_DAYS, VISIBILITY_FACTOR,
};
use crate::names::Names;
use crate::settings::{BusChoice, Project};

/// What the functions put aside and what is over when nothing speaks of it any more: expires.
pub(super) const PASSING: [&str; 4] = ["fanin-claims/", "fanin-outbox/", "fanin-runs/", "messages/"];
/// What stays until somebody removes it: plans, and the payloads of dead letters.
pub(super) const KEPT: [&str; 2] = ["fanin-dead/", "fanin-plans/"];
const DAY_S: u32 = 86_400;
const DAY_MS: u64 = 86_400_000;

pub(super) fn add(draft: &mut Draft<'_>) -> anyhow::Result<()> {
    table(draft);
    for lane in [Lane::Conditions, Lane::Rules] {
        queue(draft, lane);
    }
    sources(draft)?;
    answers(draft);
    claims(draft);
    for name in draft.project.settings.own_buckets.clone() {
        upload_bucket(draft, &name);
    }
    if draft.project.settings.bus == BusChoice::Own {
        let name = draft.names().bus().to_owned();
        draft.resource("Bus", "AWS::Events::EventBus", json!({ "Name": name }));
        draft.output("Bus", "The bus of the workflow's own events", json!({ "Ref": "Bus" }));
    }
    Ok(())
}

/// Encryption at rest is DynamoDB's own key: always on, and without a price for each use.
fn table(draft: &mut Draft<'_>) {
    let properties = json!({
        "TableName": draft.names().table(),
        "BillingMode": BILLING_MODE,
        "AttributeDefinitions": [
            { "AttributeName": PARTITION_KEY, "AttributeType": "S" },
            { "AttributeName": SORT_KEY, "AttributeType": "S" },
        ],
        "KeySchema": [
            { "AttributeName": PARTITION_KEY, "KeyType": "HASH" },
            { "AttributeName": SORT_KEY, "KeyType": "RANGE" },
        ],
        "TimeToLiveSpecification": { "AttributeName": TTL_ATTRIBUTE, "Enabled": true },
        "StreamSpecification": { "StreamViewType": STREAM_VIEW },
        "PointInTimeRecoverySpecification": { "PointInTimeRecoveryEnabled": true },
    });
    draft.lasting("Table", "AWS::DynamoDB::Table", properties);
    draft.output("Table", "The table of the state", json!({ "Ref": "Table" }));
}

fn queue(draft: &mut Draft<'_>, lane: Lane) {
    let name = draft.queue_name(lane);
    let (logical, dead) = (queue_logical(lane), dead_logical(lane));
    draft.resource(
        dead,
        "AWS::SQS::Queue",
        json!({
            "QueueName": Names::dead_of(&name),
            "MessageRetentionPeriod": DEAD_RETENTION_DAYS * DAY_S,
            "SqsManagedSseEnabled": true,
        }),
    );
    let timeout = match lane {
        Lane::Conditions => CONDITIONS_TIMEOUT_S,
        Lane::Rules => draft.project.rules_timeout_s(),
    };
    draft.resource(
        logical,
        "AWS::SQS::Queue",
        json!({
            "QueueName": name,
            "MessageRetentionPeriod": RETENTION_DAYS * DAY_S,
            "VisibilityTimeout": VISIBILITY_FACTOR * timeout,
            "SqsManagedSseEnabled": true,
            "RedrivePolicy": {
                "deadLetterTargetArn": { "Fn::GetAtt": [dead, "Arn"] },
                "maxReceiveCount": MAX_RECEIVES,
            },
        }),
    );
    draft.output(&format!("{logical}Url"), "The URL of the queue", json!({ "Ref": logical }));
    draft.output(&format!("{dead}Url"), "The URL of its dead-letter queue", json!({ "Ref": dead }));
}

/// The workflow's rules on the buses may send to the queue of events, and nobody else; what they cannot deliver goes to
/// its dead-letter queue.
fn sources(draft: &mut Draft<'_>) -> anyhow::Result<()> {
    let rules = bus::rules(draft.project)?;
    let clocks = bus::clock_rules(draft.project);
    let mut arns: Vec<Value> = rules.iter().map(|rule| draft.rule_arn(rule.bus, &rule.name)).collect();
    arns.extend(clocks.iter().map(|rule| draft.rule_arn(bus::Bus::Default, &rule.name)));
    if arns.is_empty() {
        return Ok(());
    }
    let test = if arns.len() > MAX_NAMED_SOURCES {
        let any = format!("{}-*", draft.names().stack());
        arns = [bus::Bus::Default, bus::Bus::Workflow].map(|bus| draft.rule_arn(bus, &any)).to_vec();
        "ArnLike"
    } else {
        "ArnEquals"
    };
    for (logical, queue) in
        [("Events", queue_logical(Lane::Conditions)), ("UndeliveredEvents", dead_logical(Lane::Conditions))]
    {
        let statement = json!({
            "Sid": "RulesOfTheWorkflow",
            "Effect": "Allow",
            "Principal": { "Service": "events.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": { "Fn::GetAtt": [queue, "Arn"] },
            "Condition": { test: { "aws:SourceArn": arns } },
        });
        queue_policy(draft, &format!("{logical}Policy"), queue, statement);
    }
    Ok(())
}

/// Lambda writes the answer of an asynchronous call with the role of the function that was called.
fn answers(draft: &mut Draft<'_>) {
    if draft.project.settings.asynchronous.is_empty() {
        return;
    }
    draft.parameters.insert(
        "AnsweringRoles".to_owned(),
        json!({
            "Type": "CommaDelimitedList",
            "Description": "ARNs of the roles of the functions that are invoked asynchronously: they write their answers to the queue of the rules",
        }),
    );
    let queue = queue_logical(Lane::Rules);
    let statement = json!({
        "Sid": "AnswersOfFunctions",
        "Effect": "Allow",
        "Principal": { "AWS": { "Ref": "AnsweringRoles" } },
        "Action": "sqs:SendMessage",
        "Resource": { "Fn::GetAtt": [queue, "Arn"] },
    });
    queue_policy(draft, "AnswersPolicy", queue, statement);
}

fn queue_policy(draft: &mut Draft<'_>, logical: &str, queue: &str, statement: Value) {
    draft.resource(
        logical,
        "AWS::SQS::QueuePolicy",
        json!({
            "Queues": [{ "Ref": queue }],
            "PolicyDocument": { "Version": "2012-10-17", "Statement": [statement] },
        }),
    );
}

fn claims(draft: &mut Draft<'_>) {
    let expire = |prefix: &str, days: u32| {
        json!({
            "Id": prefix.trim_end_matches('/'), "Status": "Enabled", "Prefix": prefix, "ExpirationInDays": days,
            "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 1 },
        })
    };
    let mut properties = private_bucket(draft.bucket_name());
    if let Value::Object(map) = &mut properties {
        let days = claim_days(draft.project);
        let rules: Vec<Value> = PASSING.iter().map(|prefix| expire(prefix, days)).collect();
        map.insert("LifecycleConfiguration".to_owned(), json!({ "Rules": rules }));
    }
    draft.lasting("Claims", "AWS::S3::Bucket", properties);
    draft.output("Claims", "The bucket of payloads that were put aside", json!({ "Ref": "Claims" }));
}

/// A bucket whose uploads go to the default bus.
fn upload_bucket(draft: &mut Draft<'_>, name: &str) {
    let mut properties = private_bucket(json!(name));
    if let Value::Object(map) = &mut properties {
        let on = json!({ "EventBridgeConfiguration": { "EventBridgeEnabled": true } });
        map.insert("NotificationConfiguration".to_owned(), on);
    }
    let logical: String = name.split(['-', '.']).flat_map(capitalized).collect();
    draft.lasting(&format!("Bucket{logical}"), "AWS::S3::Bucket", properties);
}

fn capitalized(word: &str) -> Vec<char> {
    let mut letters = word.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn private_bucket(name: Value) -> Value {
    json!({
        "BucketName": name,
        "BucketEncryption": { "ServerSideEncryptionConfiguration": [
            { "ServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" } },
        ] },
        "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] },
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
        },
    })
}

/// Days a payload is kept: as long as a condition may carry it, a queue hold it and somebody look at it after that.
pub(super) fn claim_days(project: &Project) -> u32 {
    let longest = project.plan.conditions.iter().map(life).max().unwrap_or(0);
    let days = u32::try_from(longest / DAY_MS + 1).unwrap_or(u32::MAX);
    days.saturating_add(RETENTION_DAYS + DEAD_RETENTION_DAYS).max(MIN_CLAIM_DAYS)
}

/// Milliseconds an instance may need what it was given.
fn life(condition: &Condition) -> u64 {
    let own = match &condition.kind {
        Kind::Absent { hold } => hold.0,
        Kind::Count { window: Some(Window::Sliding(span) | Window::Tumbling(span)), .. } => span.0,
        _ => 0,
    };
    let within = condition.within.unwrap_or(Span(0)).0;
    own.max(within).saturating_add(condition.retain.0)
}
