//! How a worker, or a courier, is watched: whether it goes on (`health`), what it has done (`metrics`), and where to ask (`server`).
//! Where traces go is `logging`'s. Nothing here names a person, a case or a file: ids are for logs, numbers for metrics.

mod health;
mod metrics;
mod server;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use pipeline::{Backlog, Event, Lane};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::AbortOnDropHandle;

use crate::notify;
use health::Health;
use metrics::Metrics;

/// What is told of a worker, and to whom.
pub struct Watch {
    health: Arc<Health>,
    metrics: Option<Metrics>,
    /// Serves as long as it is kept.
    _server: Option<AbortOnDropHandle<()>>,
}

/// Asked so often, the depth of a queue costs next to nothing and is never old.
const LOOK_AT_QUEUES_EVERY: Duration = Duration::from_secs(10);

impl Watch {
    /// Answers at `listen`, or nowhere.
    ///
    /// # Errors
    /// If the address cannot be had.
    pub async fn start(listen: Option<SocketAddr>) -> anyhow::Result<Self> {
        let health = Arc::new(Health::new());
        let Some(address) = listen else { return Ok(Self { health, metrics: None, _server: None }) };
        let metrics = Metrics::install()?;
        let server = server::start(address, Arc::clone(&health), metrics.clone()).await?;
        Ok(Self { health, metrics: Some(metrics), _server: Some(server) })
    }

    /// Takes note of what a worker does.
    pub fn note(&self, event: &Event) {
        match event {
            Event::Progress { .. } => self.health.progress(),
            Event::Breaker { open } => self.health.trouble(*open),
            Event::Received { .. } | Event::Ended(_) => {}
        }
        if self.metrics.is_some() {
            metrics::note(event);
        }
    }

    /// Takes note of what a courier does.
    pub fn note_courier(&self, event: &notify::Event) {
        match event {
            notify::Event::Progress => self.health.progress(),
            notify::Event::Breaker { open } => self.health.trouble(*open),
            notify::Event::Ended(_) => {}
        }
        if self.metrics.is_some() {
            metrics::note_courier(event);
        }
    }

    /// Tells how full these queues are, as long as the result is kept.
    pub fn queues<Q: Backlog + Send + Sync + 'static>(
        &self,
        queues: Vec<(Lane, Arc<Q>)>,
    ) -> Option<AbortOnDropHandle<()>> {
        let metrics = self.metrics.clone()?;
        Some(AbortOnDropHandle::new(tokio::spawn(async move {
            let mut ticks = interval(LOOK_AT_QUEUES_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                metrics.tidy();
                for (lane, queue) in &queues {
                    // Trouble is told by the worker itself.
                    if let Ok(depth) = queue.backlog().await {
                        metrics::depth(*lane, depth);
                    }
                }
            }
        })))
    }
}

/// Takes note of whether the rules in force are those that lie in their folder.
pub fn note_rules(in_force: bool) {
    metrics::rules(in_force);
}
