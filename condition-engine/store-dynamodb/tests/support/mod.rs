//! Clients for the tests.

use std::net::SocketAddr;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_http_client::Builder;

/// The table of the tests.
pub(crate) const TABLE: &str = "fanin-test-state";

/// Configuration for an endpoint with credentials that nobody checks.
pub(crate) fn config(endpoint: &str) -> aws_sdk_dynamodb::config::Builder {
    anonymous()
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .endpoint_url(endpoint)
}

/// Configuration without credentials and endpoint.
pub(crate) fn anonymous() -> aws_sdk_dynamodb::config::Builder {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(1_500)).build();
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .http_client(Builder::new().build_http())
        .timeout_config(timeouts)
}

pub(crate) fn client(endpoint: &str) -> Client {
    Client::from_conf(config(endpoint).build())
}

pub(crate) fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}
