//! What operators see: log lines as text or JSON, and the registry of metrics behind `/metrics`.
//!
//! Owns the set-up and the names of the metrics. It must never be handed a secret or the body of a mail; addresses and
//! ids are as far as a log line goes.

use std::io::IsTerminal;
use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{LogFormat, Telemetry};

/// The names of the metrics, so that the page of documentation and the code cannot disagree.
pub mod names {
    pub const SMTP_CONNECTIONS: &str = "countersign_smtp_connections";
    pub const SMTP_REFUSED: &str = "countersign_smtp_refused_total";
    pub const MESSAGES_RECEIVED: &str = "countersign_messages_received_total";
    pub const MESSAGES_READ: &str = "countersign_messages_read_total";
    pub const DELIVERIES_SENT: &str = "countersign_deliveries_sent_total";
    pub const DELIVERIES_FAILED: &str = "countersign_deliveries_failed_total";
    pub const DELIVERY_LATENESS: &str = "countersign_delivery_lateness_seconds";
    pub const DELIVERIES_LATE: &str = "countersign_deliveries_late_total";
    pub const DELIVERIES_DUE: &str = "countersign_deliveries_due";
    pub const DELIVERIES_OVERDUE: &str = "countersign_deliveries_overdue";
}

static REGISTRY: OnceLock<PrometheusHandle> = OnceLock::new();

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("telemetry.log: “{given}” is not a filter such as \"info\" or \"countersign=debug,warn\": {source}")]
    BadFilter { given: String, source: tracing_subscriber::filter::ParseError },
}

/// Starts logging to standard error (standard output belongs to what a command prints) and installs the metrics
/// registry. A second call changes nothing, so that tests may each call it.
///
/// # Errors
/// Where the filter cannot be understood.
pub fn start(settings: &Telemetry) -> Result<(), TelemetryError> {
    // PostgreSQL tells every "already exists, skipping" of a migration; who wants to read it names the target.
    let filter = EnvFilter::try_new(format!("sqlx::postgres::notice=warn,{}", settings.log))
        .map_err(|source| TelemetryError::BadFilter { given: settings.log.clone(), source })?;
    let registry = tracing_subscriber::registry().with(filter);
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
    // Already set means that another test of the same program was first; its logger serves as well.
    let _ = match settings.format {
        LogFormat::Text => registry.with(lines.with_target(false)).try_init(),
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init(),
    };
    metrics();
    Ok(())
}

/// The registry; the first call installs it for the process.
///
/// # Panics
/// Where another metrics recorder has been installed in this process, which nothing in this program does.
pub fn metrics() -> &'static PrometheusHandle {
    REGISTRY.get_or_init(|| {
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(
                Matcher::Full(names::DELIVERY_LATENESS.to_owned()),
                &[1.0, 10.0, 60.0, 300.0, 3600.0, 86_400.0],
            )
            .expect("the list of buckets is not empty")
            .install_recorder()
            .expect("this is the only place that installs a recorder");
        describe();
        handle
    })
}

fn describe() {
    metrics::describe_gauge!(names::SMTP_CONNECTIONS, "Connections at the mail door now");
    metrics::describe_counter!(names::SMTP_REFUSED, "Mails refused at the door, by reply code");
    metrics::describe_counter!(names::MESSAGES_RECEIVED, "Messages stored, by channel");
    metrics::describe_counter!(names::MESSAGES_READ, "Messages taken by the worker");
    metrics::describe_counter!(names::DELIVERIES_SENT, "Deliveries handed over");
    metrics::describe_counter!(names::DELIVERIES_FAILED, "Deliveries that failed, by whether they are tried again");
    metrics::describe_counter!(
        names::DELIVERIES_LATE,
        "Deliveries that left more than five minutes after they were due"
    );
    metrics::describe_gauge!(names::DELIVERIES_DUE, "Deliveries that are due now and not sent");
    metrics::describe_gauge!(names::DELIVERIES_OVERDUE, "Of those, due for more than five minutes");
    metrics::describe_histogram!(names::DELIVERY_LATENESS, "Seconds from due to sent");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_thing_shows_up_in_the_text_that_prometheus_reads() {
        let registry = metrics();
        metrics::counter!(names::MESSAGES_RECEIVED, "channel" => "smtp").increment(3);
        let text = registry.render();
        assert!(text.contains("countersign_messages_received_total{channel=\"smtp\"}"), "{text}");
    }

    #[test]
    fn a_filter_that_is_none_is_told_with_an_example() {
        let mut settings = crate::config::Config::defaults().telemetry;
        settings.log = "countersign=loudly".to_owned();
        let said = start(&settings).unwrap_err().to_string();
        assert!(said.contains("loudly") && said.contains("telemetry.log"), "{said}");
    }
}
