//! Answers those who watch: `/healthz`, `/readyz`, `/metrics`. Nothing else is served, and nothing is taken.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use super::health::{Answer, Health};
use super::metrics::Metrics;

/// The form of Prometheus's own text.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers at `address` as long as the result is kept.
pub async fn start(
    address: SocketAddr,
    health: Arc<Health>,
    metrics: Metrics,
) -> anyhow::Result<AbortOnDropHandle<()>> {
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen at {address}"))?;
    let address = listener.local_addr()?;
    tracing::info!(%address, "answering /healthz, /readyz and /metrics");
    let ready = Arc::clone(&health);
    let router = Router::new()
        .route("/healthz", get(async move || answer(health.is_alive())))
        .route("/readyz", get(async move || answer(ready.is_ready())))
        .route("/metrics", get(async move || ([(CONTENT_TYPE, PROMETHEUS)], metrics.render())));
    Ok(AbortOnDropHandle::new(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "nobody answers those who watch any more");
        }
    })))
}

fn answer(answer: Answer) -> impl IntoResponse {
    match answer {
        Answer::Yes => (StatusCode::OK, "ok\n".to_owned()),
        Answer::No(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}
