//! The export from its beginning to its end: where it goes, who is watched, and that the last spans are sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use fanin_local::Observer;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;

use crate::client::Client;
use crate::limits::{ANSWERED_WITHIN, LAST_SENT_WITHIN, MAX_WAITING};
use crate::spans::Spans;
use crate::watch::{Heard, Watch};

/// The collector for everything; `/v1/traces` is put behind it.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// The collector for traces, as it is.
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
/// Milliseconds for the collector to answer, the one for traces before that for everything.
const TIMEOUTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];
/// The name of the service, where `OTEL_SERVICE_NAME` says nothing.
const SERVICE: &str = "fanin";

/// Where traces are sent, and how long an answer may take there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    url: String,
    answered_within: Duration,
}

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The system's certificates cannot be loaded.
    #[error("traces cannot be exported: the system's certificates could not be loaded: {0}")]
    Certificates(#[source] std::io::Error),
    /// The collector's URL or another setting is wrong.
    #[error("traces cannot be exported: {0}; look at the variables that begin with OTEL_")]
    Settings(#[from] opentelemetry_otlp::ExporterBuildError),
    /// No thread could be started.
    #[error("traces cannot be exported: no thread could be started: {0}")]
    Thread(#[source] std::io::Error),
}

impl Place {
    /// As the environment says; none: nothing is exported.
    #[must_use]
    pub fn from_env() -> Option<Place> {
        Place::of(|name| std::env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Place> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let of_all = || set(ENDPOINT).map(|url| Place::at(&url).url);
        let url = set(TRACES_ENDPOINT).or_else(of_all)?;
        let answered_within = TIMEOUTS.into_iter().find_map(|name| milliseconds(name, &set(name)?));
        Some(Place { url, answered_within: answered_within.unwrap_or(ANSWERED_WITHIN) })
    }

    /// The collector at a URL, such as `http://127.0.0.1:4318`; it has [`ANSWERED_WITHIN`] to answer.
    #[must_use]
    pub fn at(collector: &str) -> Place {
        let url = format!("{}/v1/traces", collector.trim_end_matches('/'));
        Place { url, answered_within: ANSWERED_WITHIN }
    }
}

/// What cannot be read counts as not set, and is told, as OpenTelemetry has it.
fn milliseconds(name: &str, value: &str) -> Option<Duration> {
    let read = value.trim().parse().ok().filter(|ms| *ms > 0).map(Duration::from_millis);
    if read.is_none() {
        tracing::warn!("{name}={value} counts as not set: it is no number of milliseconds above 0");
    }
    read
}

/// An export that goes on until [`Telemetry::end`].
#[derive(Debug)]
pub struct Telemetry {
    provider: SdkTracerProvider,
    spans: JoinHandle<()>,
    heard: SyncSender<Heard>,
    /// What was heard and not made into spans, since there was too much of it.
    left_out: Arc<AtomicU64>,
}

impl Telemetry {
    /// Begins to export to `place`, by requests on `runtime`. A collector that does not answer is no error: its spans are lost.
    ///
    /// # Errors
    /// When the settings are wrong, or the system denies what is needed.
    pub fn start(place: &Place, runtime: Handle) -> Result<Telemetry, TelemetryError> {
        let client = Client::new(runtime, place.answered_within).map_err(TelemetryError::Certificates)?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(place.url.clone())
            // Without this the exporter reads the same variables for how long it tries again.
            .with_timeout(place.answered_within)
            .build()?;
        let mut resource = Resource::builder();
        if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
            resource = resource.with_service_name(SERVICE);
        }
        let provider = SdkTracerProvider::builder()
            .with_resource(resource.build())
            .with_batch_exporter(exporter)
            .build();
        let tracer = provider.tracer(SERVICE);
        let (heard, listens) = sync_channel(MAX_WAITING);
        let spans = std::thread::Builder::new()
            .name("fanin-telemetry".to_owned())
            .spawn(move || Spans::new(tracer).make(&listens))
            .map_err(TelemetryError::Thread)?;
        Ok(Telemetry { provider, spans, heard, left_out: Arc::default() })
    }

    /// Whoever is given to a service instead of `observer`: it hears the same, and traces are made of it.
    #[must_use]
    pub fn before(&self, observer: Arc<dyn Observer>) -> Arc<dyn Observer> {
        Arc::new(Watch::new(observer, self.heard.clone(), self.left_out.clone()))
    }

    /// Sends what is left and ends. Blocks until the collector has it, [`LAST_SENT_WITHIN`] at the most; not to be called on
    /// the runtime that sends.
    pub fn end(self) {
        // A thread that is gone has nothing left to make.
        let _ = self.heard.send(Heard::End);
        let _ = self.spans.join();
        let left_out = self.left_out.load(Ordering::Relaxed);
        if left_out > 0 {
            tracing::warn!(left_out, "more happened than could be exported");
        }
        if let Err(error) = self.provider.shutdown_with_timeout(LAST_SENT_WITHIN) {
            tracing::warn!(%error, "the last traces could not be exported");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(set: &[(&str, &str)]) -> Option<Place> {
        Place::of(|name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_environment_says_where() {
        assert_eq!(place(&[]), None);
        assert_eq!(place(&[(ENDPOINT, "")]), None);
        assert_eq!(place(&[(ENDPOINT, "http://c:4318/")]).unwrap().url, "http://c:4318/v1/traces");
        let both = [(ENDPOINT, "http://c:4318"), (TRACES_ENDPOINT, "http://t/in")];
        assert_eq!(place(&both).unwrap().url, "http://t/in");
    }

    #[test]
    fn the_environment_says_how_long() {
        let [of_traces, of_all] = TIMEOUTS;
        let within = |set: &[(&str, &str)]| {
            place(&[&[(ENDPOINT, "http://c:4318")], set].concat()).unwrap().answered_within
        };
        assert_eq!(within(&[]), ANSWERED_WITHIN);
        assert_eq!(within(&[(of_all, "60000")]), Duration::from_secs(60));
        assert_eq!(within(&[(of_all, "60000"), (of_traces, "1")]), Duration::from_millis(1));
        for wrong in ["", "0", "-1", "1s", "1.5"] {
            assert_eq!(within(&[(of_traces, wrong)]), ANSWERED_WITHIN, "{wrong}");
            assert_eq!(within(&[(of_traces, wrong), (of_all, "7")]), Duration::from_millis(7), "{wrong}");
        }
        // So long that no clock ends it.
        assert_eq!(within(&[(of_all, &u64::MAX.to_string())]), Duration::from_millis(u64::MAX));
    }
}
