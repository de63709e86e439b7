//! `fanin dev` as the feature `otel` builds it, beside a collector that listens and one that hangs.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod serving;

use std::time::Instant;

use serving::{Dev, PATIENCE, answer, listener};

const WORKFLOW: &str = "
version: 1
name: jobs
events:
  part: { match: { source: [t] }, capture: { $.detail.job: '{job}', $.detail.n: '{n}' } }
conditions:
  parts: { count: part, by: job, distinct: n, reach: 2, within: 1h }
rules:
  pack: { when: parts, invoke: packer }
functions:
  packer: { respond: { packed: true } }
";

/// The two parts of a job.
fn parts() -> String {
    let part =
        |n| format!(r#"{{"id":"p{n}","source":"t","detail-type":"Part","detail":{{"job":"42","n":"{n}"}}}}"#);
    format!("{}\n{}\n", part(1), part(2))
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn a_collector_hears_of_a_running_host() {
    let dir = tempfile::tempdir().unwrap();
    let (url, sent) = listener(Some(answer("200 OK", "")));
    let dev = Dev::start(dir.path(), WORKFLOW, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)]);
    dev.emit(&parts());
    let mut heard = Vec::new();
    let begin = Instant::now();
    // While it runs: a batch goes out every few seconds.
    while !["turn", "derived parts", "action pack"].iter().all(|name| has(&heard, name)) {
        let left = PATIENCE.saturating_sub(begin.elapsed());
        heard.extend(
            sent.recv_timeout(left).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&heard))),
        );
    }
    assert!(has(&heard, "service.name") && has(&heard, "fanin"));
    dev.stop();
}

#[test]
fn a_collector_that_hangs_does_not_hold_the_stop_up() {
    let dir = tempfile::tempdir().unwrap();
    let (url, sent) = listener(None);
    // Twice as long as a stop may take here: whoever waits for the collector fails.
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("OTEL_EXPORTER_OTLP_TIMEOUT", "60000")];
    let dev = Dev::start(dir.path(), WORKFLOW, &settings);
    dev.emit(&parts());
    sent.recv_timeout(PATIENCE).unwrap();
    dev.emit(&parts());
    let said = dev.stop();
    assert!(said.iter().any(|line| line.contains("the last traces could not be exported")), "{said:#?}");
}
