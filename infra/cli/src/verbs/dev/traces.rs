//! Traces for OpenTelemetry, in programs that were built with the feature `otel`.

use std::sync::Arc;

use fanin_local::Observer;
use tokio::runtime::Handle;

/// The export, if there is one.
#[derive(Debug)]
pub(super) struct Traces(#[cfg(feature = "otel")] Option<fanin_telemetry::Telemetry>);

#[cfg(feature = "otel")]
impl Traces {
    /// Begins to export where the environment says to.
    ///
    /// # Errors
    /// When the settings are wrong.
    pub(super) fn start(runtime: &Handle) -> anyhow::Result<Traces> {
        let place = fanin_telemetry::Place::from_env();
        let start = |place| fanin_telemetry::Telemetry::start(&place, runtime.clone());
        Ok(Traces(place.map(start).transpose()?))
    }

    /// Whoever watches the service instead of `observer`.
    pub(super) fn before(&self, observer: Arc<dyn Observer>) -> Arc<dyn Observer> {
        match &self.0 {
            Some(telemetry) => telemetry.before(observer),
            None => observer,
        }
    }

    /// Sends what is left.
    pub(super) fn end(self) {
        self.0.into_iter().for_each(fanin_telemetry::Telemetry::end);
    }
}

#[cfg(not(feature = "otel"))]
impl Traces {
    pub(super) fn start(_: &Handle) -> anyhow::Result<Traces> {
        if std::env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT").is_some() {
            tracing::warn!(
                "OTEL_EXPORTER_OTLP_ENDPOINT is set, but this fanin was built without the feature `otel`: no traces"
            );
        }
        Ok(Traces())
    }

    pub(super) fn before(&self, observer: Arc<dyn Observer>) -> Arc<dyn Observer> {
        observer
    }

    pub(super) fn end(self) {}
}
