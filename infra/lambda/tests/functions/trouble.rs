//! Errors of the services: each names the thing and what mends it.

use std::collections::BTreeMap;
use std::sync::Arc;

use fanin_event::Span;
use fanin_lambda::{BucketClaims, Clients, Config, SqsQueues};
use fanin_state_first::{Lane, Outgoing, Queue};
use fanin_store::state::StateError;

use crate::config::{environment, read};
use crate::double::{Answer, Double};

async fn send(config: Config) -> StateError {
    let clients = Arc::new(Clients::new(config.aws.clone()).unwrap());
    let claims = BucketClaims::new(clients.clone(), &config.bucket);
    let queues = SqsQueues::new(clients, &config, claims);
    let message = Outgoing { body: "x".to_owned(), delay: Span(0) };
    queues.send(Lane::Rules, vec![message]).await.remove(0).unwrap_err()
}

async fn refused(status: u16, code: &'static str) -> StateError {
    let double = Double::start(move |_| Answer::error(status, code, "so it says")).await;
    send(double.config()).await
}

fn says(error: &StateError, parts: &[&str]) {
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
    assert!(!text.contains("very-secret") && !text.contains("secret-token"), "{text}");
}

const QUEUE: &str = "queue https://sqs.eu-central-1.amazonaws.com/123456789012/uploads-rules";

#[tokio::test]
async fn no_permission() {
    for code in ["AccessDenied", "AccessDeniedException"] {
        let error = refused(403, code).await;
        assert!(matches!(error, StateError::Unusable(_)));
        says(&error, &[QUEUE, "its role needs `sqs:SendMessage`", code, "so it says", "fanin deploy"]);
    }
}

#[tokio::test]
async fn no_such_queue() {
    for code in ["com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"] {
        let error = refused(400, code).await;
        assert!(matches!(error, StateError::Unusable(_)));
        says(
            &error,
            &["there is no ", QUEUE, "in eu-central-1", "FANIN_RULES_QUEUE names it", "fanin deploy"],
        );
    }
}

#[tokio::test]
async fn keys_of_somebody_else_or_of_yesterday() {
    for code in ["InvalidClientTokenId", "ExpiredToken", "SignatureDoesNotMatch"] {
        let error = refused(403, code).await;
        says(&error, &[QUEUE, "are not accepted in eu-central-1", code, "fanin deploy"]);
    }
}

#[tokio::test]
async fn the_wrong_region() {
    let error = refused(301, "PermanentRedirect").await;
    says(&error, &[QUEUE, "is not in eu-central-1", "AWS_REGION", "fanin deploy"]);
}

#[tokio::test]
async fn throttled_after_several_attempts() {
    let double = Double::start(|_| Answer::error(400, "ThrottlingException", "slow")).await;
    let error = send(double.config()).await;
    assert!(matches!(&error, StateError::Throttled(_)), "{error:?}");
    assert_eq!(double.asked().len(), 3);
}

#[tokio::test]
async fn a_service_that_fails_may_have_done_it() {
    let error = refused(500, "InternalFailure").await;
    assert!(matches!(&error, StateError::Unknown(_)), "{error:?}");
}

#[tokio::test]
async fn nobody_at_the_endpoint() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", taken.local_addr().unwrap());
    drop(taken);
    let mut environment: BTreeMap<String, String> = environment();
    environment.insert("AWS_ENDPOINT_URL_SQS".to_owned(), url.clone());
    let error = send(read(&environment).unwrap()).await;
    assert!(matches!(error, StateError::Unusable(_)));
    says(&error, &[QUEUE, &url, "cannot be reached", "AWS_ENDPOINT_URL_SQS", "`eu-central-1`"]);
}
