//! Sending: batches, what a batch refused, bodies that are too large.

use std::sync::atomic::{AtomicUsize, Ordering};

use fanin_event::Span;
use fanin_lambda::limits::{MAX_MESSAGE_BYTES, MAX_SEND_ROUNDS};
use fanin_lambda::{BucketClaims, SqsQueues};
use fanin_state_first::{Claims, Lane, Message, Outgoing, Queue};
use fanin_store::state::StateError;
use serde_json::{Value, json};

use crate::double::{Answer, Asked, Double};

fn queues(double: &Double) -> SqsQueues<BucketClaims> {
    let (clients, config) = (double.clients(), double.config());
    let claims = BucketClaims::new(clients.clone(), &config.bucket);
    SqsQueues::new(clients, &config, claims)
}

fn outgoing(bodies: impl IntoIterator<Item = String>) -> Vec<Outgoing> {
    bodies.into_iter().map(|body| Outgoing { body, delay: Span(0) }).collect()
}

fn entries(asked: &Asked) -> Vec<Value> {
    asked.json()["Entries"].as_array().cloned().unwrap_or_default()
}

/// Takes all but the entries that `refuse` gives a code and whose fault it is.
fn took(asked: &Asked, refuse: impl Fn(&str) -> Option<(&'static str, bool)>) -> Answer {
    if asked.method == "PUT" {
        return Answer(200, vec![], String::new());
    }
    let (mut ok, mut failed) = (Vec::new(), Vec::new());
    for entry in entries(asked) {
        let id = &entry["Id"];
        match refuse(entry["MessageBody"].as_str().unwrap()) {
            None => ok.push(json!({ "Id": id, "MessageId": "m", "MD5OfMessageBody": "x" })),
            Some((code, fault)) => {
                failed.push(json!({ "Id": id, "Code": code, "SenderFault": fault, "Message": "no" }))
            }
        }
    }
    Answer::json(200, &json!({ "Successful": ok, "Failed": failed }))
}

#[tokio::test]
async fn ten_a_request_to_the_right_queue() {
    let double = Double::start(|asked| took(asked, |_| None)).await;
    let messages = outgoing((0..25).map(|n| n.to_string()));
    let outcomes = queues(&double).send(Lane::Rules, messages).await;
    assert_eq!(outcomes, vec![Ok(()); 25]);
    let asked = double.asked();
    let mut sizes: Vec<usize> = asked.iter().map(|one| entries(one).len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [5, 10, 10]);
    for one in &asked {
        assert_eq!(one.operation(), "SendMessageBatch");
        assert_eq!(one.json()["QueueUrl"], double.config().rules_queue);
        assert!(entries(one).iter().all(|entry| entry.get("DelaySeconds").is_none_or(|delay| delay == 0)));
    }
}

#[tokio::test]
async fn nothing_to_send_asks_nothing() {
    let double = Double::start(|asked| took(asked, |_| None)).await;
    assert!(queues(&double).send(Lane::Rules, vec![]).await.is_empty());
    assert!(double.asked().is_empty());
}

#[tokio::test]
async fn delays_in_whole_seconds() {
    let double = Double::start(|asked| took(asked, |_| None)).await;
    let message = |ms| Outgoing { body: "x".to_owned(), delay: Span(ms) };
    queues(&double).send(Lane::Conditions, vec![message(1), message(900_000), message(3_600_000)]).await;
    let delays: Vec<Value> =
        entries(&double.asked()[0]).iter().map(|entry| entry["DelaySeconds"].clone()).collect();
    assert_eq!(delays, [json!(1), json!(900), json!(900)]);
}

#[tokio::test]
async fn only_the_refused_are_sent_again_and_the_answers_keep_their_places() {
    let round = AtomicUsize::new(0);
    let double = Double::start(move |asked| {
        let first = round.fetch_add(1, Ordering::SeqCst) == 0;
        took(asked, |body| match body {
            "b" if first => Some(("InternalError", false)),
            "c" => Some(("InvalidMessageContents", true)),
            _ => None,
        })
    })
    .await;
    let outcomes = queues(&double).send(Lane::Rules, outgoing(["a", "b", "c"].map(str::to_owned))).await;
    assert_eq!((&outcomes[0], &outcomes[1]), (&Ok(()), &Ok(())));
    assert!(
        matches!(&outcomes[2], Err(StateError::Unusable(text)) if text.contains("InvalidMessageContents"))
    );
    let bodies: Vec<Vec<Value>> = double
        .asked()
        .iter()
        .map(|asked| entries(asked).iter().map(|entry| entry["MessageBody"].clone()).collect())
        .collect();
    assert_eq!(bodies, [vec![json!("a"), json!("b"), json!("c")], vec![json!("b")]]);
}

#[tokio::test]
async fn a_refusal_that_stays_ends() {
    let double = Double::start(|asked| took(asked, |_| Some(("InternalError", false)))).await;
    let outcomes = queues(&double).send(Lane::Rules, outgoing(["a".to_owned()])).await;
    assert!(
        matches!(&outcomes[0], Err(StateError::Unknown(text)) if text.contains("InternalError: no")),
        "{outcomes:?}"
    );
    assert_eq!(double.asked().len(), MAX_SEND_ROUNDS as usize);
}

#[tokio::test]
async fn as_large_as_a_message_may_be_and_a_byte_more() {
    let double = Double::start(|asked| took(asked, |_| None)).await;
    let bodies = ["x".repeat(MAX_MESSAGE_BYTES), "y".repeat(MAX_MESSAGE_BYTES + 1)];
    let outcomes = queues(&double).send(Lane::Conditions, outgoing(bodies.clone())).await;
    assert_eq!(outcomes, vec![Ok(()); 2]);
    let (puts, sends): (Vec<Asked>, Vec<Asked>) =
        double.asked().into_iter().partition(|asked| asked.method == "PUT");
    assert_eq!(puts.len(), 1);
    let path = puts[0].uri.path().to_owned();
    let key = path.strip_prefix(&format!("/{}/", double.config().bucket)).unwrap().to_owned();
    assert!(key.starts_with("messages/"), "{key}");
    assert_eq!(sends.len(), 2, "each fills a request");
    let sent: Vec<String> =
        sends.iter().flat_map(entries).map(|e| e["MessageBody"].as_str().unwrap().to_owned()).collect();
    assert!(sent.contains(&bodies[0]));
    assert!(sent.contains(&Message::Claimed { key: key.clone() }.to_text()));
    // The same text again: the same key.
    queues(&double).send(Lane::Conditions, outgoing([bodies[1].clone()])).await;
    assert_eq!(double.asked().iter().filter(|asked| asked.uri.path() == path).count(), 2);
}

#[tokio::test]
async fn a_message_whose_claim_cannot_be_put_fails_alone() {
    let double = Double::start(|asked| match asked.method.as_str() {
        "PUT" => {
            Answer(403, vec![], "<Error><Code>AccessDenied</Code><Message>no</Message></Error>".to_owned())
        }
        _ => took(asked, |_| None),
    })
    .await;
    let bodies = ["y".repeat(MAX_MESSAGE_BYTES + 1), "small".to_owned()];
    let outcomes = queues(&double).send(Lane::Conditions, outgoing(bodies)).await;
    assert!(
        matches!(&outcomes[0], Err(StateError::Unusable(text)) if text.contains("s3:PutObject")),
        "{outcomes:?}"
    );
    assert_eq!(outcomes[1], Ok(()));
}

#[tokio::test]
async fn a_claim_is_put_as_it_is() {
    let double = Double::start(|asked| took(asked, |_| None)).await;
    let claims = BucketClaims::new(double.clients(), "claims");
    claims.put("messages/1", r#"{"a":"ä"}"#).await.unwrap();
    let asked = double.asked().remove(0);
    assert_eq!(asked.uri.path(), "/claims/messages/1");
    let body = String::from_utf8_lossy(&asked.body).into_owned();
    assert!(body.contains(r#"{"a":"ä"}"#), "{body}");
}
