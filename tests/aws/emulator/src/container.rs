//! A container with a LocalStack-compatible emulator, through testcontainers.

use anyhow::{Context, Result};
use testcontainers_modules::localstack::LocalStack;
use testcontainers_modules::testcontainers::core::IntoContainerPort;
use testcontainers_modules::testcontainers::runners::AsyncRunner;
use testcontainers_modules::testcontainers::{ContainerAsync, ImageExt};

/// Ends the container when it goes.
pub(crate) type Held = ContainerAsync<LocalStack>;

/// The image that the tests are told to use: `NAME:TAG` in `FANIN_CONTAINER`. None: there is no container engine to use.
#[must_use]
pub fn image() -> Option<(String, String)> {
    let named = std::env::var("FANIN_CONTAINER").ok()?;
    named.rsplit_once(':').map(|(image, tag)| (image.to_owned(), tag.to_owned()))
}

/// Starts the container; its URL, and what keeps it running.
pub(crate) async fn start() -> Result<(String, Held)> {
    let (image, tag) = image().context("FANIN_CONTAINER names no image: make test-localstack does")?;
    let mut request = LocalStack::default().with_name(image.clone()).with_tag(tag.clone());
    for name in ["LOCALSTACK_AUTH_TOKEN", "DEBUG"] {
        if let Ok(value) = std::env::var(name) {
            request = request.with_env_var(name, value);
        }
    }
    let container = request.start().await.with_context(|| {
        format!("the container {image}:{tag} does not start; is a container engine running?")
    })?;
    // The published port answers on the loopback interface, whatever the engine calls its host.
    let port = container.get_host_port_ipv4(4566.tcp()).await?;
    Ok((format!("http://127.0.0.1:{port}"), container))
}
