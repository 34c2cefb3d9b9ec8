//! Goes on with a trace across queues, in the form of W3C Trace Context. Who collects traces, if anybody, is left to the
//! program: without a collector nothing here has an effect.

use std::collections::HashMap;

use opentelemetry::global;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The header's name in that standard.
const TRACE_PARENT: &str = "traceparent";

/// Makes `span` part of the trace that a message came with.
pub(crate) fn continue_from(span: &Span, trace: Option<&str>) {
    let Some(trace) = trace else { return };
    let carrier = HashMap::from([(TRACE_PARENT.to_owned(), trace.to_owned())]);
    // Fails only where nobody collects traces.
    let _ = span.set_parent(global::get_text_map_propagator(|propagator| propagator.extract(&carrier)));
}

/// What a message that is sent now is part of, if anybody collects traces.
pub fn current_trace() -> Option<String> {
    let mut carrier = HashMap::new();
    let context = Span::current().context();
    global::get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut carrier));
    carrier.remove(TRACE_PARENT)
}
