"""What the program and its deployment have agreed on: the names of settings and of metrics.

Manifests, alerts and the dashboard are held against them, so that a name cannot drift."""

# Settings that a deployment may set; for each command, those it cannot do without.
SETTINGS = {
    "VOUCH_QUEUE", "VOUCH_BACKLOG_QUEUE", "VOUCH_VERDICT_QUEUE", "VOUCH_WEBHOOK_QUEUE", "VOUCH_DEAD_LETTER_QUEUE",
    "VOUCH_BUCKET", "VOUCH_UPLOAD_BUCKETS", "VOUCH_REGIONS", "VOUCH_ENDPOINT", "VOUCH_LISTEN", "VOUCH_WORKERS",
    "VOUCH_LEASE", "VOUCH_GRACE", "VOUCH_LOG", "VOUCH_LOG_FORMAT", "VOUCH_ISOLATION", "VOUCH_TRACES",
    "VOUCH_WEBHOOK", "VOUCH_WEBHOOK_SECRET_FILE",
}
NEEDED = {
    "work": {"VOUCH_QUEUE", "VOUCH_VERDICT_QUEUE", "VOUCH_DEAD_LETTER_QUEUE", "VOUCH_BUCKET", "VOUCH_UPLOAD_BUCKETS",
             "VOUCH_REGIONS", "VOUCH_LISTEN", "VOUCH_WORKERS", "VOUCH_LEASE", "VOUCH_GRACE", "VOUCH_ISOLATION"},
    "notify": {"VOUCH_WEBHOOK_QUEUE", "VOUCH_WEBHOOK", "VOUCH_WEBHOOK_SECRET_FILE", "VOUCH_LISTEN", "VOUCH_REGIONS"},
}

# Metrics: kind, and labels with their values (None: any).
LANES = {"live", "backlog"}
METRICS = {
    "vouch_messages_received_total": ("counter", {"lane": LANES}),
    "vouch_message_age_seconds": ("histogram", {"lane": LANES}),
    "vouch_deliveries_total": ("counter", {
        "lane": LANES, "ending": {"verdict", "given_up", "handed_back", "lease_lost", "ignored"}}),
    "vouch_redeliveries_total": ("counter", {"lane": LANES}),
    "vouch_verdicts_total": ("counter", {"type": None, "disposition": {"verified", "review", "resubmit"}}),
    "vouch_stage_seconds": ("histogram", {"stage": {"fetch", "read", "judge", "publish"}}),
    "vouch_reader_seconds": ("histogram", {"step": None}),
    "vouch_in_flight": ("gauge", {"lane": LANES}),
    "vouch_queue_messages": ("gauge", {"lane": LANES, "state": {"visible", "in_flight", "delayed"}}),
    "vouch_breaker_open": ("gauge", {}),
    "vouch_breaker_opened_total": ("counter", {}),
    "vouch_rules_refused": ("gauge", {}),
    "vouch_last_progress_timestamp_seconds": ("gauge", {}),
    "vouch_dead_letters_total": ("counter", {"code": None}),
    "vouch_webhook_deliveries_total": ("counter", {"outcome": {"delivered", "retried", "given_up"}}),
}
# Labels that Prometheus gives to what it scrapes by a PodMonitor.
SCRAPED = {"namespace": None, "pod": None}
