//! Named limits of the export. Each says what happens past it.

use std::time::Duration;

/// What was heard and waits to be made into spans. Past it what is heard next is left out, and counted.
pub const MAX_WAITING: usize = 1_024;
/// Events and runs whose spans later ones can be children of. Past it the oldest leave, and their children begin traces.
pub const MAX_PARENTS: usize = 10_000;
/// Events among which the cause of a run is looked for. Past it its actions begin traces.
pub const MAX_SEARCHED: usize = 2_000;
/// Time for the collector to answer where `OTEL_EXPORTER_OTLP_TIMEOUT` says nothing. Past it the batch is given up.
pub const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
/// Time for the last spans to reach the collector at the end. Past it they are given up, and that is told.
pub const LAST_SENT_WITHIN: Duration = Duration::from_secs(3);
/// Bytes of a collector's answer. Past it the batch counts as not sent.
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;
