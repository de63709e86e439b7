//! One server for all services: it remembers what it was asked and answers by a script.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Builder as HttpBuilder;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, Response};
use fanin_event::Identity;
use fanin_rule::{Action, ActionId, Outcome, SendTarget, Target};
use fanin_targets_aws::{AwsTargets, Called, Home, Mode, Services};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const ACCOUNT: &str = "123456789012";

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Says(u16, &'static [(&'static str, &'static str)], String),
    Never,
}

pub(crate) fn says(status: u16, body: &str) -> Reply {
    Reply::Says(status, &[], body.to_owned())
}

#[derive(Clone, Default)]
struct Script {
    asked: Arc<Mutex<Vec<Asked>>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

pub(crate) struct Double {
    url: String,
    script: Script,
    server: JoinHandle<()>,
}

impl Drop for Double {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(State(script): State<Script>, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 16 << 20).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    script.asked.lock().unwrap().push(Asked { path: head.uri.to_string(), headers: head.headers, body });
    let reply = script.replies.lock().unwrap().pop_front();
    match reply {
        Some(Reply::Says(status, headers, body)) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(*name, *value);
            }
            response.body(Body::from(body)).unwrap()
        }
        Some(Reply::Never) => std::future::pending().await,
        None => Response::builder().status(500).body(Body::from("nothing is scripted")).unwrap(),
    }
}

impl Double {
    pub(crate) async fn new(replies: &[Reply]) -> Double {
        let script = Script::default();
        script.replies.lock().unwrap().extend(replies.iter().cloned());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(script.clone());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Double { url, script, server }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.script.asked.lock().unwrap())
    }

    /// The only thing that was asked.
    pub(crate) fn only(&self) -> Asked {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked.remove(0)
    }

    pub(crate) fn targets(&self) -> AwsTargets<Clients> {
        targets(&self.url)
    }
}

pub(crate) fn targets(url: &str) -> AwsTargets<Clients> {
    let home = Home { region: "eu-west-1".into(), account: ACCOUNT.into(), ..Home::default() };
    AwsTargets::new(Clients(url.to_owned()), home)
}

pub(crate) struct Clients(pub(crate) String);

macro_rules! client {
    ($service:ident, $url:expr) => {{
        let credentials = Credentials::new("AKIDTEST", "secret", None, None, "test");
        let config = $service::config::Builder::new()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region($service::config::Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(HttpBuilder::new().build_http())
            .retry_config(RetryConfig::standard().with_max_attempts(1))
            .endpoint_url($url)
            .build();
        $service::Client::from_conf(config)
    }};
}

impl Services for Clients {
    fn lambda(&self) -> aws_sdk_lambda::Client {
        client!(aws_sdk_lambda, &self.0)
    }
    fn sqs(&self) -> aws_sdk_sqs::Client {
        client!(aws_sdk_sqs, &self.0)
    }
    fn sns(&self) -> aws_sdk_sns::Client {
        client!(aws_sdk_sns, &self.0)
    }
    fn eventbridge(&self) -> aws_sdk_eventbridge::Client {
        client!(aws_sdk_eventbridge, &self.0)
    }
    fn sfn(&self) -> aws_sdk_sfn::Client {
        client!(aws_sdk_sfn, &self.0)
    }
}

pub(crate) fn action(target: Target, payload: &str) -> Action {
    Action {
        id: ActionId(Identity::of(&["action"])),
        run: Identity::of(&["run"]),
        index: 0,
        attempt: 1,
        rule: "work".into(),
        workflow: "shop".into(),
        target,
        payload: payload.into(),
    }
}

pub(crate) fn id() -> String {
    Identity::of(&["action"]).to_uuid()
}

/// Sends to a target of a double, and gives the outcome and what was asked.
pub(crate) async fn send(target: SendTarget, payload: &str, replies: &[Reply]) -> (Outcome, Vec<Asked>) {
    let double = Double::new(replies).await;
    let action = action(Target::Send(target.clone()), payload);
    let outcome = double.targets().send(&target, &action, HOUR).await;
    (outcome, double.asked())
}

/// Invokes a function of a double.
pub(crate) async fn invoke(payload: &str, mode: Mode, replies: &[Reply]) -> (Called, Asked) {
    let double = Double::new(replies).await;
    let action = action(Target::Invoke { function: "f".into() }, payload);
    let called = double.targets().invoke("f", &action, &mode).await;
    let asked = double.only();
    (called, asked)
}

pub(crate) fn done(result: &str) -> Outcome {
    Outcome::Done { result: result.to_owned() }
}

/// The error name and the cause of a failure.
pub(crate) fn failed(outcome: Outcome) -> (String, String) {
    match outcome {
        Outcome::Failed { error, cause } => (error, cause),
        Outcome::Done { result } => panic!("done: {result}"),
    }
}

pub(crate) fn answered(called: Called) -> Outcome {
    match called {
        Called::Answered(outcome) => outcome,
        Called::Accepted => panic!("accepted"),
    }
}
