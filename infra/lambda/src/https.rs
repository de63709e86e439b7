//! The HTTP client under all clients of services: HTTP/1.1 over rustls with ring, one pool of connections.
//!
//! The SDK's own client brings HTTP/2, proxies and a second kind of pool. None of the services here needs them, and each
//! cold start would load them.

use std::error::Error;
use std::future::Future;
use std::io;
use std::iter::successors;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector as SdkConnector, HttpConnectorFuture, HttpConnectorSettings,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use hyper::Uri;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{CaptureConnection, HttpConnector, HttpInfo, capture_connection};
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use tower_service::Service;

use crate::limits::{CONNECT_TIMEOUT, IDLE_TIMEOUT, MAX_IDLE_CONNECTIONS};

type Pool = Client<InTime, SdkBody>;
type BoxError = Box<dyn Error + Send + Sync>;

/// The client; clones share its pool. The system's certificates are not read before the first request.
#[derive(Clone, Debug)]
pub(crate) struct Https(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    tls: ConfigBuilder<ClientConfig, WantsVerifier>,
    trusted: Option<RootCertStore>,
    pool: OnceLock<Pool>,
}

impl Https {
    /// Trusts the system's certificates, or those of one file in their place.
    ///
    /// # Errors
    /// The file cannot be read, or has no certificates.
    pub(crate) fn new(ca_bundle: Option<&str>) -> Result<Https, String> {
        let trusted = ca_bundle.map(bundle).transpose()?;
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?;
        Ok(Https(Arc::new(Shared { tls, trusted, pool: OnceLock::new() })))
    }

    fn pool(&self) -> &Pool {
        self.0.pool.get_or_init(|| {
            let mut plain = HttpConnector::new();
            plain.set_nodelay(true);
            plain.enforce_http(false);
            let connector = HttpsConnectorBuilder::new()
                .with_tls_config(self.0.tls())
                .https_or_http()
                .enable_http1()
                .wrap_connector(plain);
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(IDLE_TIMEOUT)
                .pool_max_idle_per_host(MAX_IDLE_CONNECTIONS)
                .build(InTime(connector))
        })
    }
}

impl Shared {
    /// Without the system's certificates nothing is trusted: `http` works all the same, `https` fails at its first request.
    fn tls(&self) -> ClientConfig {
        let builder = self.tls.clone();
        let trusting = match self.trusted.clone() {
            Some(trusted) => builder.with_root_certificates(trusted),
            None => builder.clone().with_native_roots().unwrap_or_else(|error| {
                tracing::error!(target: "fanin_lambda", "the system's certificates cannot be read: {error}");
                builder.with_root_certificates(RootCertStore::empty())
            }),
        };
        trusting.with_no_client_auth()
    }
}

fn bundle(path: &str) -> Result<RootCertStore, String> {
    let wrong = |why: &str| format!("AWS_CA_BUNDLE names {path}, which {why}: name a PEM file, or unset it");
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(&format!("cannot be read ({error})")))?;
    let mut store = RootCertStore::empty();
    match store.add_parsable_certificates(certificates) {
        (0, _) => Err(wrong("has no certificates")),
        _ => Ok(store),
    }
}

impl HttpClient for Https {
    /// Limits of single clients do not reach here: connecting has one limit for all, and an attempt ends from outside.
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl SdkConnector for Https {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let used = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || connection(&used));
        }
        let answer = self.pool().request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(connector_error)?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// The connection a request went over, so that the client can give it up after a passing error.
fn connection(used: &CaptureConnection) -> Option<ConnectionMetadata> {
    let mut extras = hyper::http::Extensions::new();
    used.connection_metadata().as_ref()?.get_extras(&mut extras);
    let addresses = extras.get::<HttpInfo>();
    let used = used.clone();
    let mut metadata = ConnectionMetadata::builder().proxied(false).poison_fn(move || {
        if let Some(connection) = used.connection_metadata().as_ref() {
            connection.poison();
        }
    });
    metadata.set_local_addr(addresses.map(HttpInfo::local_addr));
    metadata.set_remote_addr(addresses.map(HttpInfo::remote_addr));
    Some(metadata.build())
}

/// What went wrong decides whether the request is made again.
fn connector_error(error: ClientError) -> ConnectorError {
    let io = causes(&error).find_map(|cause| cause.downcast_ref::<io::Error>());
    let http = causes(&error).find_map(|cause| cause.downcast_ref::<hyper::Error>());
    let is = |question: fn(&hyper::Error) -> bool| http.is_some_and(question);
    let timeout = is(hyper::Error::is_timeout) || io.is_some_and(|io| io.kind() == io::ErrorKind::TimedOut);
    let broken =
        io.is_some() || error.is_connect() || is(hyper::Error::is_closed) || is(hyper::Error::is_canceled);
    let (user, half) = (is(hyper::Error::is_user), is(hyper::Error::is_incomplete_message));
    let error = error.into();
    if timeout {
        ConnectorError::timeout(error)
    } else if user {
        ConnectorError::user(error)
    } else if broken {
        ConnectorError::io(error)
    } else {
        ConnectorError::other(error, half.then_some(ErrorKind::TransientError))
    }
}

/// An error, its cause, the cause's cause.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

/// Connects within [`CONNECT_TIMEOUT`], the TLS handshake included.
#[derive(Clone, Debug)]
struct InTime(HttpsConnector<HttpConnector>);

impl Service<Uri> for InTime {
    type Response = <HttpsConnector<HttpConnector> as Service<Uri>>::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connecting = self.0.call(to);
        Box::pin(async move {
            tokio::time::timeout(CONNECT_TIMEOUT, connecting).await.unwrap_or_else(|_| {
                let late = format!("there was no connection within {} ms", CONNECT_TIMEOUT.as_millis());
                Err(io::Error::new(io::ErrorKind::TimedOut, late).into())
            })
        })
    }
}
