//! One run of a workflow, and what a collector hears of it.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use fanin_dispatch::Settled;
use fanin_local::{Arrival, HostOptions, Observer, Refused, Service, ServiceOptions, Spent};
use fanin_rule::Action;
use fanin_runtime::{Notice, Origin};
use fanin_telemetry::{Place, Telemetry};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use prost::Message;

/// Anything that is waited for comes within this, or the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

const WORKFLOW: &str = "
version: 1
name: jobs
events:
  part: { match: { source: [t], detail-type: [Part] }, capture: { $.detail.job: '{job}', $.detail.n: '{n}' } }
conditions:
  parts: { count: part, by: job, distinct: n, reach: 2, within: 1h }
rules:
  pack: { when: parts, invoke: packer }
  bill: { when: pack.done, invoke: biller }
functions:
  packer: { respond: { packed: true } }
  biller: { fail: NoMoney }
";

/// Whoever would watch otherwise.
#[derive(Debug, Default)]
struct Nobody;

impl Observer for Nobody {
    fn taken(&self, _: Spent) {}
    fn refused(&self, _: Refused) {}
    fn derived(&self, _: Vec<Notice>) {}
    fn calling(&self, _: &[Action]) {}
    fn called(&self, _: &Settled) {}
}

/// A collector that takes one request a connection; gives its URL and what it was sent.
fn collector() -> (String, Receiver<ExportTraceServiceRequest>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (send, sent) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut head, mut length) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n") {
                let mut line = String::new();
                assert!(stream.read_line(&mut line).unwrap() > 0, "{head}");
                let lower = line.to_ascii_lowercase();
                if let Some(value) = lower.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                head.push_str(&line);
            }
            assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
            assert!(head.to_ascii_lowercase().contains("content-type: application/x-protobuf"), "{head}");
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            // Before the answer: whoever has that finds these.
            if send.send(ExportTraceServiceRequest::decode(body.as_slice()).unwrap()).is_err() {
                return;
            }
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.get_mut().write_all(answer).unwrap();
        }
    });
    (url, sent)
}

fn part(n: u32) -> Arrival {
    let text =
        format!(r#"{{"id":"p{n}","source":"t","detail-type":"Part","detail":{{"job":"42","n":"{n}"}}}}"#);
    Arrival { text, identity: None, origin: Origin::Internal }
}

fn until(what: &str, mut is: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is() {
        assert!(begin.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Plays one job, whose traces go to `url`.
fn play(url: &str) {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let plan = fanin_workflow::compile("jobs.yaml", WORKFLOW).plan.unwrap();
    let telemetry = Telemetry::start(&Place::at(url), runtime.handle().clone()).unwrap();
    let service = runtime.block_on(async {
        let options = ServiceOptions {
            host: HostOptions::at(dir.path().join("state")),
            workflow_dir: dir.path().into(),
        };
        Service::open_watched(&options, &plan, telemetry.before(Arc::new(Nobody))).unwrap().0
    });
    let stranger = Arrival { text: part(1).text.replace("Part", "Else"), ..part(1) };
    for arrival in [part(1), stranger, part(2)] {
        service.handle().submit_wait(vec![arrival]).unwrap();
    }
    until("both calls ended", || runtime.block_on(service.status()).unwrap().stats.failed == 1);
    service.close().unwrap();
    telemetry.end();
}

/// The spans of one job, with the service they are of.
fn spans() -> (Vec<Span>, Vec<String>) {
    let (url, sent) = collector();
    play(&url);
    let mut spans = Vec::new();
    let mut services = Vec::new();
    while let Ok(request) = sent.try_recv() {
        for of in request.resource_spans {
            let named = of.resource.iter().flat_map(|r| &r.attributes).filter(|a| a.key == "service.name");
            services.extend(named.map(|name| format!("{:?}", name.value)));
            spans.extend(of.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    }
    (spans, services)
}

#[test]
fn a_collector_hears_the_road_of_an_event() {
    let (spans, services) = spans();
    let named = |name: &str| -> Vec<&Span> { spans.iter().filter(|span| span.name == name).collect() };
    let only = |name: &str| -> &Span {
        let found = named(name);
        assert_eq!(found.len(), 1, "{name}: {spans:#?}");
        found[0]
    };
    assert!(!services.is_empty() && services.iter().all(|name| name.contains("fanin")), "{services:?}");
    let turns = named("turn");
    assert_eq!(turns.len(), 2, "an event that nobody wants is left out");
    let (firing, pack) = (only("derived parts"), only("action pack"));
    let (packed, bill) = (only("derived pack.done"), only("action bill"));
    let completing = turns.iter().find(|turn| turn.span_id == firing.parent_span_id);
    let completing = completing.expect("the firing is a child of the event that completed it");
    assert!(completing.parent_span_id.is_empty());
    assert_eq!((&pack.parent_span_id, &packed.parent_span_id), (&firing.span_id, &firing.span_id));
    assert_eq!(bill.parent_span_id, packed.span_id);
    for span in [firing, pack, packed, bill] {
        assert_eq!(span.trace_id, completing.trace_id, "{}", span.name);
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano, "{}", span.name);
    }
    let (ok, failed) = (pack.status.clone().unwrap_or_default(), bill.status.clone().unwrap_or_default());
    assert_eq!((ok.code(), failed.code()), (StatusCode::Unset, StatusCode::Error));
    let error = bill.attributes.iter().find(|a| a.key == "error.type").unwrap();
    assert!(format!("{:?}", error.value).contains("NoMoney"));
}

#[test]
fn a_collector_that_is_not_there_keeps_nobody() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("http://{}", taken.local_addr().unwrap());
    drop(taken);
    let begin = Instant::now();
    play(&nowhere);
    assert!(begin.elapsed() < PATIENCE);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let wrong = Telemetry::start(&Place::at("not a url"), runtime.handle().clone());
    assert!(wrong.is_err_and(|error| error.to_string().contains("OTEL_")), "a wrong URL is told at once");
}
