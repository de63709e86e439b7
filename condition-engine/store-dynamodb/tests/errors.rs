//! What the service and the network can do to a request, and what the caller is told. The double keeps heads of cells, obeys
//! their conditions and misbehaves as it is told.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Region;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use fanin_store::state::{
    Base, CellKey, CellKind, CellWrite, Change, Chunks, PutIf, Read, Shelf, ShelfEntry, ShelfName,
    StateError, StateStore,
};
use fanin_store_dynamodb::DynamoStore;
use fanin_store_dynamodb::limits::{MAX_ATTEMPTS_BUSY, MAX_ATTEMPTS_UNREACHABLE, MAX_ATTEMPTS_UNSURE};
use serde_json::{Value, json};
use support::{TABLE, anonymous, client, config, url};
use tokio::net::TcpListener;

/// What happens to one request.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// It is refused with this status and code.
    Refuse(u16, &'static str),
    /// It is done, and answered with an error of the server.
    DoneThenFail,
    /// It is done, and the connection cut.
    DoneThenCut,
    /// It is not done, and the connection cut.
    Cut,
    /// It is done, and the answer breaks off.
    DoneThenBroken,
    /// It is done, and never answered.
    DoneThenSilence,
    /// Somebody else writes the same item first, then it is refused with an error of the server.
    OtherThenFail,
}

#[derive(Default)]
struct World {
    items: HashMap<String, Value>,
    acts: VecDeque<Act>,
    always: Option<Act>,
    requests: u32,
}

#[derive(Clone, Default)]
struct Double(Arc<Mutex<World>>);

impl Double {
    async fn start() -> (Double, DynamoStore) {
        let double = Double::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = url(listener.local_addr().unwrap());
        let routes = Router::new().route("/", post(serve)).with_state(double.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        (double, DynamoStore::new(&client(&endpoint), TABLE))
    }

    fn next(&self, acts: &[Act]) {
        self.0.lock().unwrap().acts = acts.iter().copied().collect();
    }

    fn always(&self, act: Act) {
        self.0.lock().unwrap().always = Some(act);
    }

    fn requests(&self) -> u32 {
        std::mem::take(&mut self.0.lock().unwrap().requests)
    }
}

fn error(status: u16, code: &str) -> Response {
    let body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "as told"});
    (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response()
}

/// An answer whose body breaks off.
fn broken() -> Response {
    let body = axum::body::Body::from_stream(futures_util::stream::iter([
        Ok::<_, std::io::Error>(Bytes::from_static(b"{")),
        Err(std::io::Error::other("cut")),
    ]));
    Response::builder().header("content-length", "1000").body(body).unwrap()
}

async fn serve(State(double): State<Double>, headers: HeaderMap, body: Bytes) -> Response {
    let operation = headers["x-amz-target"].to_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let request: Value = serde_json::from_slice(&body).unwrap();
    let (act, answer) = {
        let mut world = double.0.lock().unwrap();
        world.requests += 1;
        let act = world.acts.pop_front().or(world.always);
        let answer = match act {
            Some(Act::Refuse(..) | Act::Cut) => json!({}).to_string().into_response(),
            Some(Act::OtherThenFail) => {
                let item = request["Item"].clone();
                world.items.insert(place(&item), item);
                json!({}).to_string().into_response()
            }
            _ => world.perform(&operation, &request),
        };
        (act, answer)
    };
    match act {
        None => answer,
        Some(Act::Refuse(status, code)) => error(status, code),
        Some(Act::DoneThenFail | Act::OtherThenFail) => error(500, "InternalServerError"),
        // The connection's task ends with it, without a word.
        Some(Act::DoneThenCut | Act::Cut) => std::panic::resume_unwind(Box::new("cut")),
        Some(Act::DoneThenBroken) => broken(),
        Some(Act::DoneThenSilence) => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            answer
        }
    }
}

fn place(item: &Value) -> String {
    format!("{} {}", item["pk"]["S"], item["sk"]["S"])
}

impl World {
    fn perform(&mut self, operation: &str, request: &Value) -> Response {
        match operation {
            "PutItem" => {
                let item = request["Item"].clone();
                let there = self.items.get(&place(&item));
                let values = &request["ExpressionAttributeValues"];
                let holds = match request["ConditionExpression"].as_str() {
                    None => true,
                    Some("attribute_not_exists(#p)") => there.is_none(),
                    Some("#n = :n AND #c = :c") => {
                        there.is_some_and(|there| there["n"] == values[":n"] && there["c"] == values[":c"])
                    }
                    Some(other) => panic!("a condition nobody wrote: {other}"),
                };
                if holds {
                    self.items.insert(place(&item), item);
                    return "{}".into_response();
                }
                let mut refusal = json!({
                    "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
                    "message": "The conditional request failed",
                });
                if request["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD" {
                    refusal["Item"] = there.cloned().unwrap_or_default();
                }
                (StatusCode::BAD_REQUEST, refusal.to_string()).into_response()
            }
            "DeleteItem" => match self.items.remove(&place(&request["Key"])) {
                Some(_) => "{}".into_response(),
                None => error(400, "ConditionalCheckFailedException"),
            },
            "BatchGetItem" => {
                let keys = request["RequestItems"][TABLE]["Keys"].as_array().unwrap();
                let found: Vec<&Value> = keys.iter().filter_map(|key| self.items.get(&place(key))).collect();
                json!({"Responses": {TABLE: found}}).to_string().into_response()
            }
            other => panic!("an operation nobody asked for: {other}"),
        }
    }
}

fn key(key: &str) -> CellKey {
    CellKey { kind: CellKind::Instance, workflow: "orders".into(), name: "joined".into(), key: key.into() }
}

fn write(base: Option<&Base>, head: &[u8], chunks: Chunks) -> CellWrite {
    let change = Change::Put { head: head.to_vec(), chunks, outbox: Vec::new(), expires: Some(1) };
    CellWrite { key: key("k"), base: base.cloned(), change }
}

async fn commit(store: &DynamoStore, write: CellWrite) -> Result<Option<Base>, StateError> {
    store.commit(vec![write]).await.remove(0)
}

async fn head(store: &DynamoStore) -> Option<Vec<u8>> {
    store.load(&[key("k")], Read::Fresh).await.unwrap().remove(0).map(|cell| cell.head)
}

const BUSY: [&str; 4] = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TransactionConflictException",
];

#[tokio::test]
async fn throttling_is_waited_for_and_then_told() {
    let (double, store) = Double::start().await;
    for code in BUSY {
        double.next(&[Act::Refuse(400, code); 3]);
        commit(&store, write(None, b"x", Chunks::Keep)).await.unwrap();
        assert_eq!(double.requests(), 4, "{code}");
        double.0.lock().unwrap().items.clear();
        double.always(Act::Refuse(400, code));
        let told = commit(&store, write(None, b"x", Chunks::Keep)).await;
        assert!(matches!(&told, Err(StateError::Throttled(text)) if text.contains(code)), "{told:?}");
        assert_eq!(double.requests(), MAX_ATTEMPTS_BUSY, "{code}");
        let told = store.load(&[key("k")], Read::Stale).await;
        assert!(matches!(&told, Err(StateError::Throttled(_))), "{told:?}");
        double.requests();
        double.0.lock().unwrap().always = None;
    }
    assert_eq!(store.usage().throttled, 4 * (3 + 2 * u64::from(MAX_ATTEMPTS_BUSY)));
}

#[tokio::test]
async fn a_lost_answer_of_a_new_cell_is_found_to_be_our_own() {
    for act in [Act::DoneThenFail, Act::DoneThenCut, Act::DoneThenBroken, Act::DoneThenSilence] {
        let (double, store) = Double::start().await;
        double.next(&[act]);
        let base = commit(&store, write(None, b"mine", Chunks::Keep)).await.unwrap().unwrap();
        assert_eq!((double.requests(), head(&store).await), (2, Some(b"mine".to_vec())), "{act:?}");
        // The base is the right one to go on from.
        commit(&store, write(Some(&base), b"next", Chunks::Keep)).await.unwrap();
    }
}

#[tokio::test]
async fn a_lost_answer_of_a_commit_is_never_assumed() {
    for act in [Act::DoneThenFail, Act::DoneThenCut, Act::DoneThenBroken] {
        let (double, store) = Double::start().await;
        let base = commit(&store, write(None, b"first", Chunks::Keep)).await.unwrap().unwrap();
        double.next(&[act]);
        let told = commit(&store, write(Some(&base), b"second", Chunks::Keep)).await;
        assert!(matches!(told, Err(StateError::Unknown(_))), "{act:?} {told:?}");
        assert_eq!(head(&store).await, Some(b"second".to_vec()));
    }
    // A colleague decided the same, from the same base, between two attempts of ours: his write is not ours.
    let (double, store) = Double::start().await;
    let base = commit(&store, write(None, b"first", Chunks::Keep)).await.unwrap().unwrap();
    double.next(&[Act::OtherThenFail]);
    let told = commit(&store, write(Some(&base), b"same", Chunks::Keep)).await;
    assert!(matches!(told, Err(StateError::Unknown(_))), "{told:?}");
}

#[tokio::test]
async fn a_commit_with_a_chunk_of_its_own_is_found_to_be_our_own() {
    let (double, store) = Double::start().await;
    let base = commit(&store, write(None, b"first", Chunks::Keep)).await.unwrap().unwrap();
    double.requests();
    // The chunk's answer is lost and it is written under another name; then the head's.
    double.next(&[Act::DoneThenFail]);
    let base = commit(&store, write(Some(&base), b"second", Chunks::Append(vec![1]))).await.unwrap().unwrap();
    assert_eq!((double.requests(), base.chunks.len()), (4, 1));
    let cell = store.load(&[key("k")], Read::Fresh).await.unwrap().remove(0).unwrap();
    assert_eq!(cell.chunks, [[1]]);
    let (double, store) = Double::start().await;
    let base = commit(&store, write(None, b"first", Chunks::Keep)).await.unwrap();
    let chunked = write(base.as_ref(), b"second", Chunks::Append(vec![2]));
    double.requests();
    let first = commit(&store, chunked.clone()).await.unwrap().unwrap();
    assert_eq!(double.requests(), 2);
    // From the same base again: the chunk is written, the head refused.
    assert_eq!(commit(&store, chunked).await, Err(StateError::Conflict));
    let cell = store.load(&[key("k")], Read::Fresh).await.unwrap().remove(0).unwrap();
    assert_eq!((cell.base.chunks, cell.chunks), (first.chunks, vec![vec![2]]));
}

#[tokio::test]
async fn what_was_not_done_is_done_by_the_next_attempt() {
    for act in [Act::Cut, Act::Refuse(500, "InternalServerError"), Act::Refuse(503, "ServiceUnavailable")] {
        let (double, store) = Double::start().await;
        let base = commit(&store, write(None, b"first", Chunks::Keep)).await.unwrap().unwrap();
        double.next(&[act]);
        commit(&store, write(Some(&base), b"second", Chunks::Keep)).await.unwrap();
        assert_eq!(head(&store).await, Some(b"second".to_vec()), "{act:?}");
    }
}

#[tokio::test]
async fn what_stays_uncertain_is_unknown() {
    for act in [Act::Cut, Act::Refuse(500, "InternalServerError")] {
        let (double, store) = Double::start().await;
        double.always(act);
        let told = commit(&store, write(None, b"x", Chunks::Keep)).await;
        assert!(matches!(told, Err(StateError::Unknown(_))), "{act:?} {told:?}");
        assert_eq!(double.requests(), MAX_ATTEMPTS_UNSURE);
        // A throttling after it does not make it certain again.
        double.next(&[act]);
        double.always(Act::Refuse(400, "ThrottlingException"));
        let told = commit(&store, write(None, b"x", Chunks::Keep)).await;
        assert!(matches!(told, Err(StateError::Unknown(_))), "{act:?} {told:?}");
        // A removal whose first attempt may have happened.
        double.0.lock().unwrap().always = None;
        let base = commit(&store, write(None, b"x", Chunks::Keep)).await.unwrap();
        double.next(&[Act::DoneThenFail]);
        let told = commit(&store, CellWrite { key: key("k"), base, change: Change::Remove }).await;
        assert!(matches!(told, Err(StateError::Unknown(_))), "{told:?}");
        assert_eq!(head(&store).await, None);
    }
    // A value on a shelf like the one that is there may be somebody else's.
    let (double, store) = Double::start().await;
    double.next(&[Act::DoneThenFail]);
    let shelf = ShelfName::Notes { workflow: "w".to_owned() };
    let entry = ShelfEntry { sort: "lease".to_owned(), value: b"me".to_vec() };
    let told = store.put(&shelf, entry.clone(), PutIf::Absent, None).await;
    assert!(matches!(told, Err(StateError::Unknown(_))), "{told:?}");
    assert_eq!(store.put(&shelf, entry, PutIf::Absent, None).await, Ok(false));
}

async fn unusable(store: &DynamoStore) -> String {
    match commit(store, write(None, b"secret payload", Chunks::Keep)).await {
        Err(StateError::Unusable(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
    assert!(!text.contains("secret"), "{text}");
}

#[tokio::test]
async fn what_cannot_be_used_says_what_mends_it() {
    let (double, store) = Double::start().await;
    let refused: [(&'static str, &[&str]); 5] = [
        ("AccessDeniedException", &["dynamodb:PutItem", "not allowed", "`fanin deploy`"]),
        (
            "ResourceNotFoundException",
            &["there is no table", "`fanin deploy`", "AWS_REGION", "http://127.0.0.1:"],
        ),
        ("UnrecognizedClientException", &["credentials are not accepted", "aws sts get-caller-identity"]),
        ("ExpiredTokenException", &["credentials are not accepted"]),
        ("ValidationException", &["as told", "`fanin deploy`", "`pk` and `sk`"]),
    ];
    for (code, words) in refused {
        double.always(Act::Refuse(400, code));
        double.requests();
        let text = unusable(&store).await;
        says(&text, words);
        says(&text, &[TABLE, "us-east-1"]);
        assert_eq!(double.requests(), 1, "{code} was tried again");
    }
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = url(listener.local_addr().unwrap());
    drop(listener);
    let store = DynamoStore::new(&client(&endpoint), TABLE);
    says(&unusable(&store).await, &[TABLE, "us-east-1", &endpoint, "AWS_ENDPOINT_URL"]);
    assert_eq!(store.usage().requests["PutItem"], u64::from(MAX_ATTEMPTS_UNREACHABLE));
}

#[tokio::test]
async fn a_region_that_does_not_exist_is_named() {
    let conf =
        config("http://unused").region(Region::new("us-est-1")).endpoint_url("http://db.us-est-1.invalid");
    let store = DynamoStore::new(&Client::from_conf(conf.build()), TABLE);
    says(&unusable(&store).await, &[TABLE, "us-est-1", "cannot be reached", "AWS_REGION"]);
}

#[tokio::test]
async fn a_region_or_credentials_that_are_missing_are_asked_for() {
    let mut conf = config("http://unused");
    conf.set_region(None).set_endpoint_url(None);
    let store = DynamoStore::new(&Client::from_conf(conf.build()), TABLE);
    says(&unusable(&store).await, &[TABLE, "AWS_REGION"]);
    for conf in [anonymous(), anonymous().credentials_provider(Nobody)] {
        let conf = conf.endpoint_url("http://127.0.0.1:1");
        let store = DynamoStore::new(&Client::from_conf(conf.build()), TABLE);
        says(&unusable(&store).await, &[TABLE, "AWS_PROFILE"]);
    }
}

/// Where no credentials are to be had: what the chain of a machine without any says.
#[derive(Debug)]
struct Nobody;

impl ProvideCredentials for Nobody {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("no providers in chain")))
    }
}
