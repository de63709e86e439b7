//! Queues and topics.

use fanin_rule::{SendTarget, Target};
use fanin_targets_aws::limits::MAX_MESSAGE_BYTES;

use crate::double::{ACCOUNT, Double, HOUR, Reply, action, done, failed, id, says, send};

const SENT: &str = r#"{"MessageId":"m","MD5OfMessageBody":"99914b932bd37a50b983c5e7c90ae93b"}"#;

fn found() -> Reply {
    says(200, r#"{"QueueUrl":"https://sqs.eu-west-1.amazonaws.com/123456789012/ops"}"#)
}

fn queue(name: &str) -> SendTarget {
    SendTarget::Sqs(name.into())
}

#[tokio::test]
async fn a_queue_is_looked_up_once() {
    let double = Double::new(&[found(), says(200, SENT), says(200, SENT)]).await;
    let targets = double.targets();
    let action = action(Target::Send(queue("ops")), "{}");
    for _ in 0..2 {
        assert_eq!(targets.send(&queue("ops"), &action, HOUR).await, done("null"));
    }
    let asked = double.asked();
    let what: Vec<&str> = asked.iter().map(|asked| asked.header("x-amz-target")).collect();
    assert_eq!(what, ["AmazonSQS.GetQueueUrl", "AmazonSQS.SendMessage", "AmazonSQS.SendMessage"]);
    assert_eq!(asked[0].json(), serde_json::json!({"QueueName": "ops"}));
    assert_eq!(
        asked[1].json(),
        serde_json::json!({
            "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/ops",
            "MessageBody": "{}",
            "MessageAttributes": {"fanin-action-id": {"StringValue": id(), "DataType": "String"}},
        })
    );
}

#[tokio::test]
async fn a_queue_by_its_arn_or_its_address() {
    let arn = "arn:aws:sqs:eu-west-1:999999999999:theirs";
    let (outcome, asked) = send(queue(arn), "{}", &[found(), says(200, SENT)]).await;
    assert_eq!(outcome, done("null"));
    let lookup = serde_json::json!({"QueueName": "theirs", "QueueOwnerAWSAccountId": "999999999999"});
    assert_eq!(asked[0].json(), lookup);
    let double = Double::new(&[says(200, SENT)]).await;
    let url = format!("{}/{ACCOUNT}/ops.fifo", double.url());
    let action = action(Target::Send(queue(&url)), "{}");
    assert_eq!(double.targets().send(&queue(&url), &action, HOUR).await, done("null"));
    let body = double.only().json();
    assert_eq!(body["MessageDeduplicationId"], id());
    assert_eq!(body["MessageGroupId"], action.run.to_uuid());
}

#[tokio::test]
async fn what_a_queue_refuses() {
    let missing = Reply::Says(
        400,
        &[("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender")],
        r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"it does not exist"}"#.into(),
    );
    let (outcome, _) = send(queue("ops"), "{}", &[missing]).await;
    let (error, cause) = failed(outcome);
    assert_eq!(error, "Sqs.QueueDoesNotExist");
    assert!(cause.contains("no queue `ops` in eu-west-1") && cause.contains("fanin deploy"), "{cause}");
    let denied = says(403, r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"no"}"#);
    let (outcome, _) = send(queue("ops"), "{}", &[found(), denied]).await;
    let (error, cause) = failed(outcome);
    assert_eq!(error, "Sqs.AccessDeniedException");
    assert!(cause.contains("sqs:SendMessage") && cause.contains("`ops`"), "{cause}");
    let slow = says(403, r#"{"__type":"com.amazonaws.sqs#RequestThrottled","message":"slow down"}"#);
    let (outcome, _) = send(queue("ops"), "{}", &[found(), slow]).await;
    assert_eq!(failed(outcome).0, "Sqs.RequestThrottled");
}

#[tokio::test]
async fn a_message_at_the_limit_and_one_past_it() {
    let url = "http://127.0.0.1:1/1/ops";
    let taken = "fanin-action-idString".len() + id().len();
    let payload = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    let (outcome, _) = send(queue(url), &payload(MAX_MESSAGE_BYTES - taken + 1), &[]).await;
    let (error, cause) = failed(outcome);
    assert_eq!(error, "States.DataLimitExceeded");
    assert!(cause.contains("262144"), "{cause}");
    let (outcome, _) = send(queue(url), &payload(MAX_MESSAGE_BYTES - taken), &[]).await;
    assert_ne!(failed(outcome).0, "States.DataLimitExceeded", "it is sent, and the double says 500");
}

const PUBLISHED: &str = r#"<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>
    <MessageId>m</MessageId></PublishResult></PublishResponse>"#;

#[tokio::test]
async fn a_topic_by_its_name() {
    let (outcome, asked) = send(SendTarget::Sns("ops".into()), r#"{"a":1}"#, &[says(200, PUBLISHED)]).await;
    assert_eq!(outcome, done("null"));
    let body = &asked[0].body;
    for part in [
        "Action=Publish",
        "TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3Aops",
        "Message=%7B%22a%22%3A1%7D",
        "MessageAttributes.entry.1.Name=fanin-action-id",
        &format!("MessageAttributes.entry.1.Value.StringValue={}", id()),
    ] {
        assert!(body.split('&').any(|pair| pair == part), "{part} in {body}");
    }
}

#[tokio::test]
async fn what_a_topic_refuses() {
    let refusal = |code: &str| {
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>so</Message></Error></ErrorResponse>"
        )
    };
    let cases = [
        (403, "AuthorizationError", &["sns:Publish", "fanin deploy"][..]),
        (404, "NotFound", &["no topic `ops`"][..]),
        (400, "Throttled", &["so"][..]),
    ];
    for (status, code, words) in cases {
        let (outcome, _) = send(SendTarget::Sns("ops".into()), "{}", &[says(status, &refusal(code))]).await;
        let (error, cause) = failed(outcome);
        assert_eq!(error, format!("Sns.{code}"));
        words.iter().for_each(|word| assert!(cause.contains(word), "{cause}"));
    }
}
