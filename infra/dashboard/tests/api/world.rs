//! A host with its dashboard on a port, as `fanin dev` puts them together.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fanin_dashboard::{Dashboard, Memory, Place, router, secured};
use fanin_event::Timestamp;
use fanin_local::{Arrival, Clock, HostOptions, Service, ServiceOptions};
use fanin_plan::Plan;
use fanin_runtime::Origin;
use fanin_sources::http::{Guard, guarded};
use fanin_sources::{Intake, SystemClock};
use fanin_sources_s3::S3Options;
use serde_json::Value;
use tokio::sync::watch;

/// Anything that is waited for comes within this, or the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const WORKFLOW: &str = "
version: 1
name: jobs
events:
  upload: { s3: 'files/jobs/{job}/{n}.csv' }
  part: { match: { source: [t], detail-type: [Part] }, capture: { $.detail.job: '{job}', $.detail.n: '{n}' } }
  order: { match: { source: [t], detail-type: [Order] }, capture: { $.detail.id: '{order}' } }
conditions:
  parts: { count: part, by: job, distinct: n, reach: 2, within: 1h }
rules:
  pack: { when: parts, invoke: packer, input: { job.$: $.detail.key.job } }
  bill: { when: order, invoke: biller, retry: 1 }
functions:
  packer: { respond: { packed: true } }
  biller: { fail: NoMoney }
";

pub(crate) struct World {
    _dir: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
    pub(crate) service: Arc<Service>,
    pub(crate) dashboard: Arc<Dashboard>,
    pub(crate) stop: watch::Sender<bool>,
    clock: Clock,
    address: SocketAddr,
}

pub(crate) fn compile(text: &str) -> Plan {
    fanin_workflow::compile("jobs.yaml", text).plan.unwrap()
}

/// An answer.
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    pub(crate) fn code(&self) -> (u16, String) {
        (self.status, self.json()["code"].as_str().unwrap_or_default().to_owned())
    }
}

impl World {
    pub(crate) fn new() -> World {
        let dir = tempfile::tempdir().unwrap();
        let plan = compile(WORKFLOW);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let clock = Clock::standing_at(Timestamp::parse("2026-01-02T03:00:00Z").unwrap());
        let host = HostOptions { clock: clock.clone(), ..HostOptions::at(dir.path().join("state")) };
        let options = ServiceOptions { host, workflow_dir: dir.path().to_path_buf() };
        let (stop, stopped) = watch::channel(false);
        let objects = dir.path().join("objects");
        let at = clock.clone();
        let (service, dashboard, address) = runtime.block_on(async move {
            let memory = Arc::new(Memory::new(at));
            let service = Arc::new(Service::open_watched(&options, &plan, memory.clone()).unwrap().0);
            let intake: Arc<dyn Intake> = Arc::new(service.handle());
            let endpoint = fanin_sources_s3::open(&uploads(objects), intake.clone()).unwrap();
            let place = Place { file: "flows/jobs.yaml".into(), uploads: "http://127.0.0.1:1".to_owned() };
            let text = WORKFLOW.to_owned();
            let watched = (service.clone(), memory);
            let dashboard = Dashboard::new(watched, endpoint, place, (plan, text), stopped).await.unwrap();
            let dashboard = Arc::new(dashboard);
            let routes = fanin_sources::http::router(intake, Arc::new(SystemClock))
                .merge(fanin_local::api::router(service.clone()))
                .merge(router(dashboard.clone()));
            let routes = secured(guarded(routes, Guard::default()));
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let routes = hyper_util::service::TowerToHyperService::new(routes);
            tokio::spawn(fanin_sources::serve(listener, routes, std::future::pending()));
            (service, dashboard, address)
        });
        World { _dir: dir, _runtime: runtime, service, dashboard, stop, clock, address }
    }

    /// Takes an event in.
    pub(crate) fn event(&self, kind: &str, id: &str, detail: &str) {
        self.events(vec![envelope(kind, id, detail)]);
    }

    pub(crate) fn events(&self, texts: Vec<String>) {
        let arrival = |text| Arrival { text, identity: None, origin: Origin::Internal };
        self.service.handle().submit_wait(texts.into_iter().map(arrival).collect()).unwrap();
    }

    /// Lets the time go on.
    pub(crate) fn later(&self, seconds: i64) {
        self.clock.set(Timestamp(self.clock.now().0 + seconds * 1_000));
        self.service.handle().tick().unwrap();
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn connect(&self, request: &str, headers: &str, body: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let host = if headers.contains("Host:") { "" } else { "Host: localhost\r\n" };
        let length = body.len();
        let head = format!(
            "{request} HTTP/1.1\r\n{host}Connection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        // Whoever is refused by the head alone need not read on.
        let _ = stream.write_all(body);
        stream
    }

    pub(crate) fn ask(&self, request: &str, headers: &str, body: &[u8]) -> Said {
        let mut answer = String::new();
        self.connect(request, headers, body).read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Said { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let said = self.ask(&format!("GET {path}"), "", b"");
        assert_eq!(said.status, 200, "{path}: {}", said.body);
        said.json()
    }

    pub(crate) fn refused(&self, path: &str) -> (u16, String) {
        self.ask(&format!("GET {path}"), "", b"").code()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Said {
        self.ask(&format!("POST {path}"), "", body.to_string().as_bytes())
    }

    /// Asks until the answer is as wanted.
    pub(crate) fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let begin = Instant::now();
        loop {
            let told = self.get(path);
            if wanted(&told) {
                return told;
            }
            assert!(begin.elapsed() < PATIENCE, "{path}: {told}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Watches live.
    pub(crate) fn watch(&self, query: &str, headers: &str) -> Live {
        let stream = self.connect(&format!("GET /api/live{query}"), headers, b"");
        let mut lines = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(lines.read_line(&mut head).unwrap() > 0, "{head}");
        }
        Live { lines, head }
    }
}

pub(crate) fn envelope(kind: &str, id: &str, detail: &str) -> String {
    format!(r#"{{"id":"{id}","source":"t","detail-type":"{kind}","detail":{detail}}}"#)
}

fn uploads(root: PathBuf) -> S3Options {
    S3Options {
        root,
        domain: "localhost".to_owned(),
        access_key: "k".to_owned(),
        secret_key: "s".to_owned(),
        buckets: vec!["files".to_owned()],
    }
}

/// A page that watches.
pub(crate) struct Live {
    lines: BufReader<TcpStream>,
    pub(crate) head: String,
}

/// A server-sent event.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) event: String,
    pub(crate) id: String,
    pub(crate) data: Value,
}

impl Live {
    /// The next event of this name, soon.
    pub(crate) fn next(&mut self, event: &str) -> Heard {
        let begin = Instant::now();
        loop {
            assert!(begin.elapsed() < PATIENCE, "nothing of {event}");
            let heard = self.any().unwrap_or_else(|| panic!("the stream ended before {event}"));
            if heard.event == event {
                return heard;
            }
        }
    }

    /// The next event; none: the stream ended.
    pub(crate) fn any(&mut self) -> Option<Heard> {
        let mut heard = Heard::default();
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            let line = line.trim_end();
            // A silent stream says that it is alive: then nothing will come.
            assert!(!line.starts_with(':'), "nothing came in time");
            if let Some(event) = line.strip_prefix("event: ") {
                heard.event = event.to_owned();
            } else if let Some(id) = line.strip_prefix("id: ") {
                heard.id = id.to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                heard.data = serde_json::from_str(data).unwrap();
            } else if line.is_empty() && !heard.event.is_empty() {
                return Some(heard);
            }
        }
    }
}
