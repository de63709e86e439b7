//! Clients and places for the tests.
#![expect(dead_code, reason = "each test binary uses its part of this")]

use std::net::SocketAddr;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_http_client::Builder;
use fanin_store::state::{CellKey, CellKind};
use fanin_store_dynamodb::{DynamoStore, table};
use tokio::net::TcpListener;

/// The table of the tests.
pub(crate) const TABLE: &str = "fanin-test-state";

/// Configuration for an endpoint with credentials that nobody checks.
pub(crate) fn config(endpoint: &str) -> aws_sdk_dynamodb::config::Builder {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(1_500)).build();
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .http_client(Builder::new().build_http())
        .timeout_config(timeouts)
        .endpoint_url(endpoint)
}

pub(crate) fn client(endpoint: &str) -> Client {
    Client::from_conf(config(endpoint).build())
}

/// An empty table in a fresh dynoxide, in this process, on a port of the loopback interface.
pub(crate) async fn dynoxide() -> DynamoStore {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = url(listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
    let client = client(&endpoint);
    table::create(&client, TABLE).await.unwrap();
    DynamoStore::new(&client, TABLE)
}

pub(crate) fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

pub(crate) fn key(key: &str) -> CellKey {
    CellKey { kind: CellKind::Instance, workflow: "orders".into(), name: "joined".into(), key: key.into() }
}
