//! Small things every part needs: where the repository is, free ports, log files, a request.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// The region of all stacks.
pub(crate) const REGION: &str = "us-east-1";

/// The repository's root.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(3).unwrap_or(here).to_path_buf()
}

/// A directory for what the tests leave behind, under `target`.
pub(crate) fn scratch() -> Result<PathBuf> {
    let dir = root().join("target/test-aws");
    std::fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// A new log file in it.
pub(crate) fn log_file(name: &str) -> Result<File> {
    let path = scratch()?.join(name);
    File::create(&path).with_context(|| format!("{} cannot be written", path.display()))
}

/// A port nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Asks once; an answer of any 2xx is right.
pub(crate) async fn get(url: &str) -> Result<()> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let answer = tokio::time::timeout(Duration::from_secs(2), client.get(url.parse()?)).await??;
    if !answer.status().is_success() {
        bail!("{url} answers {}", answer.status());
    }
    Ok(())
}
