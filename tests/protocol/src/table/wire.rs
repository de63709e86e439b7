//! The way from the store's client to the table: no socket, one effect of the world for each request.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{
    AsyncSleep, BehaviorVersion, Config, Credentials, Region, Sleep, StalledStreamProtectionConfig,
};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use fanin_store::state::StateError;
use fanin_store_dynamodb::DynamoStore;
use serde_json::Value;

use super::Answer;
use super::request::TABLE;
use crate::world::{Effect, Inner, World};

/// Before the name of an operation.
const SERVICE: &str = "DynamoDB_20120810.";
/// Operations that change nothing.
const READS: [&str; 3] = ["GetItem", "BatchGetItem", "Query"];

/// The real store of one process, on the table of this world.
pub(crate) fn store(world: &World) -> DynamoStore {
    let connector = SharedHttpConnector::new(Wire(world.clone()));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("local"))
        .credentials_provider(Credentials::new("sim", "sim", None, None, "simulation"))
        .endpoint_url("http://table")
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .sleep_impl(Sleeper(world.clone()))
        .http_client(http_client_fn(move |_, _| connector.clone()));
    DynamoStore::new(&Client::from_conf(config.build()), TABLE)
}

/// Sleeps in virtual time.
struct Sleeper(World);

impl std::fmt::Debug for Sleeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sleeper")
    }
}

impl AsyncSleep for Sleeper {
    fn sleep(&self, duration: Duration) -> Sleep {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Sleep::new(self.0.line().pause(millis))
    }
}

/// A connection.
struct Wire(World);

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let world = self.0.clone();
        HttpConnectorFuture::new(async move { answer(&world, &request).await })
    }
}

async fn answer(world: &World, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let operation = request.headers().get("x-amz-target").and_then(|target| target.strip_prefix(SERVICE));
    let operation = operation.unwrap_or_default().to_owned();
    let mut body: Value =
        serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    // The client writes members in any order; here it must not be chance of another kind that decides.
    body.sort_all_objects();
    let kind = if READS.contains(&operation.as_str()) { Effect::Read } else { Effect::Write };
    let label = world.label(|| format!("{operation} {}", shown(&body)));
    let op = move |inner: &mut Inner| {
        let undone = if inner.faults.budget > 0 { inner.faults.throttle } else { 0 };
        inner.table.ask(&operation, &body, undone)
    };
    match world.effect(kind, || label.clone(), op).await {
        Ok(answer) => response(&answer),
        Err(StateError::Throttled(_)) => response(&Answer::slow_down()),
        // Nobody knows whether it happened: the service fails inside, or the connection is gone.
        Err(_) if world.with(|inner| inner.chance.one_in(2)) => {
            response(&Answer::error(500, "InternalServerError", "it failed"))
        }
        Err(_) => Err(ConnectorError::io("the connection was closed".into())),
    }
}

fn response(answer: &Answer) -> Result<HttpResponse, ConnectorError> {
    let status = answer.status.try_into().map_err(|error| ConnectorError::user(Box::new(error)))?;
    Ok(HttpResponse::new(status, SdkBody::from(answer.body.to_string())))
}

/// What a request asks for, without the bytes.
fn shown(body: &Value) -> String {
    let parts = ["Key", "RequestItems", "ConditionExpression", "UpdateExpression", "KeyConditionExpression"];
    let mut shown: Vec<String> = parts.iter().filter_map(|part| Some(body.get(part)?.to_string())).collect();
    let item = body.get("Item").map(|item| {
        let text = |name: &str| item.get(name).map(ToString::to_string).unwrap_or_default();
        format!("{} {} n {} c {}", text("pk"), text("sk"), text("n"), text("c"))
    });
    shown.extend(item);
    shown.join(" ")
}
