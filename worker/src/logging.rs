//! Log lines on standard error, and traces where somebody collects them, for the operator: they hold ids, never what an
//! applicant's paper says. What is logged is left to those who log it.

use std::io::{self, IsTerminal as _};

use anyhow::{Context as _, anyhow};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::exit::Exit;
use crate::process;
use crate::settings::{LogFormat, Settings};

/// Logging goes on as long as this is kept; then what is left of the traces is sent.
pub struct Logging(Option<SdkTracerProvider>);

/// Starts logging as the settings say, and sends traces to the collector at `traces`, if anywhere. Called once.
///
/// # Errors
/// If the settings say something that cannot be understood.
pub fn start(settings: &Settings, traces: Option<&str>) -> anyhow::Result<Logging> {
    let filter = EnvFilter::try_new(&settings.log)
        .with_context(|| format!("log filter '{}'", settings.log))
        .context(Exit::Usage)?;
    let provider = traces.map(provider).transpose()?;
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let lines = match settings.log_format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let spans = provider.as_ref().map(|provider| {
        // Of our own work alone: libraries have spans too.
        let ours = Targets::new().with_target("pipeline", tracing::Level::INFO);
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("vouch"))
            .with_location(false)
            .with_threads(false)
            .with_filter(ours)
    });
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(spans)
        .try_init()
        .map_err(|error| anyhow!("cannot start logging: {error}"))?;
    Ok(Logging(provider))
}

/// Sends spans in batches, from a thread of its own.
fn provider(collector: &str) -> anyhow::Result<SdkTracerProvider> {
    let endpoint = format!("{}/v1/traces", collector.trim_end_matches('/'));
    process::choose_encryption();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(endpoint)
        .build()
        .context("cannot send traces")
        .context(Exit::Usage)?;
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder().with_service_name("vouch").with_attribute(version).build();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
    global::set_text_map_propagator(TraceContextPropagator::new());
    Ok(provider)
}

impl Drop for Logging {
    fn drop(&mut self) {
        if let Some(provider) = self.0.take()
            && let Err(error) = provider.shutdown()
        {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}
