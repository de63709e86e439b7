//! Starting the endpoint: storage, keys, buckets, server.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use fanin_sources::Intake;
use s3s::auth::SimpleAuth;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::path::check_bucket_name;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpListener;

use crate::endpoint::Endpoint;
use crate::host::Host;
use crate::limits::MAX_XML_BYTES;
use crate::storage::Storage;

/// How the endpoint is served.
#[derive(Clone, Debug)]
pub struct S3Options {
    /// The folder of the buckets; created if it is missing.
    pub root: PathBuf,
    /// The domain below which host names are buckets, such as `localhost`.
    pub domain: String,
    /// The access key that requests have to be signed with.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// Buckets that are there from the beginning.
    pub buckets: Vec<String>,
}

/// Why the endpoint cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The folder cannot be used.
    #[error("{path}: {source}", path = .path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Serves the endpoint on `listener` until `shutdown` comes; requests in progress end first.
///
/// # Errors
/// [`ServeError`]: the folder of the buckets cannot be used.
pub async fn serve(
    listener: TcpListener,
    options: S3Options,
    intake: Arc<dyn Intake>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let endpoint = open(&options, intake)?;
    serve_endpoint(listener, options, endpoint, shutdown).await;
    Ok(())
}

/// Opens the storage, with its first buckets, and the endpoint over it.
///
/// # Errors
/// [`ServeError`]: the folder of the buckets cannot be used.
pub fn open(options: &S3Options, intake: Arc<dyn Intake>) -> Result<Endpoint, ServeError> {
    let folder = |path: PathBuf| move |source| ServeError::Folder { path, source };
    let storage = Storage::open(&options.root).map_err(folder(options.root.clone()))?;
    for bucket in &options.buckets {
        if !check_bucket_name(bucket) {
            // No client can name it either; the workflow may mean a bucket elsewhere.
            tracing::warn!("{bucket:?} is no name of a bucket, so the endpoint does not have it");
            continue;
        }
        let path = options.root.join(bucket);
        std::fs::create_dir_all(&path).map_err(folder(path))?;
    }
    Ok(Endpoint::new(storage, intake))
}

/// Serves an endpoint that is open on `listener` until `shutdown` comes; requests in progress end first.
pub async fn serve_endpoint(
    listener: TcpListener,
    options: S3Options,
    endpoint: Endpoint,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    fanin_sources::serve(listener, service(options, endpoint), shutdown).await;
}

/// The endpoint as a service over HTTP requests: what [`serve_endpoint`] serves.
#[must_use]
pub fn service(options: S3Options, endpoint: Endpoint) -> S3Service {
    let mut builder = S3ServiceBuilder::new(endpoint);
    let mut config = S3Config::default();
    config.xml_max_body_size = MAX_XML_BYTES;
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
    builder.set_auth(SimpleAuth::from_single(options.access_key, options.secret_key));
    builder.set_host(Host { domain: options.domain });
    builder.build()
}
