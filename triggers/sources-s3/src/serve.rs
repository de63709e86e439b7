//! Starting the endpoint: storage, keys, buckets, server.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use fanin_sources::Intake;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

use crate::endpoint::Endpoint;
use crate::host::Host;

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
    /// The storage does not open.
    #[error("the object storage in {path} cannot be opened: {reason}", path = .path.display())]
    Storage {
        /// Where.
        path: PathBuf,
        /// Why.
        reason: String,
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
    let folder = |path: PathBuf| move |source| ServeError::Folder { path, source };
    for bucket in &options.buckets {
        let path = options.root.join(bucket);
        std::fs::create_dir_all(&path).map_err(folder(path))?;
    }
    std::fs::create_dir_all(&options.root).map_err(folder(options.root.clone()))?;
    let storage = FileSystem::new(&options.root)
        .map_err(|e| ServeError::Storage { path: options.root.clone(), reason: format!("{e:?}") })?;
    let endpoint = Endpoint::new(storage, options.root, intake);
    let mut builder = S3ServiceBuilder::new(endpoint);
    builder.set_auth(SimpleAuth::from_single(options.access_key, options.secret_key));
    builder.set_host(Host { domain: options.domain });
    fanin_sources::serve(listener, builder.build(), shutdown).await;
    Ok(())
}
