//! The API as a program sees it: over a socket.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use fanin_event::Timestamp;
use fanin_local::limits::{MAX_BODY_BYTES, MAX_REDRIVEN};
use fanin_local::{Arrival, Clock, HostOptions, Refusal, Service, ServiceOptions};
use fanin_runtime::Origin;
use fanin_sources::http::{Guard, guarded};
use serde_json::{Value, json};

const WORKFLOW: &str = "
version: 1
name: jobs
events:
  part: { match: { source: [t], detail-type: [Part] }, capture: { $.detail.job: '{job}', $.detail.n: '{n}' } }
  pair: { match: { source: [t], detail-type: [Pair] }, capture: { $.detail.a: '{a}', $.detail.b: '{b}' } }
conditions:
  parts: { count: part, by: job, distinct: n, reach: 2, within: 1h }
  pairs: { count: pair, by: [a, b], reach: 2, within: 1h }
";

struct World {
    _dir: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    service: Arc<Service>,
    address: SocketAddr,
}

impl World {
    fn new() -> World {
        let dir = tempfile::tempdir().unwrap();
        let plan = fanin_workflow::compile("test.yaml", WORKFLOW).plan.unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let clock = Clock::standing_at(Timestamp::parse("2026-01-02T03:00:00Z").unwrap());
        let host = HostOptions { clock, ..HostOptions::at(dir.path()) };
        let options = ServiceOptions { host, workflow_dir: dir.path().to_path_buf() };
        let (service, address) = runtime.block_on(async {
            let service = Arc::new(Service::open(&options, &plan).unwrap().0);
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let router = guarded(fanin_local::api::router(service.clone()), Guard::default());
            let router = hyper_util::service::TowerToHyperService::new(router);
            tokio::spawn(fanin_sources::serve(listener, router, std::future::pending()));
            (service, address)
        });
        World { _dir: dir, runtime, service, address }
    }

    fn event(&self, kind: &str, id: &str, detail: &str) {
        let text = format!(r#"{{"id":"{id}","source":"t","detail-type":"{kind}","detail":{detail}}}"#);
        let arrival = Arrival { text, identity: None, origin: Origin::Internal };
        self.service.handle().submit_wait(vec![arrival]).unwrap();
    }

    fn ask(&self, request: &str, headers: &str, body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    fn get(&self, path: &str) -> (u16, Value) {
        self.ask(&format!("GET {path}"), "", "")
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask(&format!("POST {path}"), "", &body.to_string())
    }
}

#[test]
fn the_status_says_where_and_what_it_is() {
    let world = World::new();
    world.service.answers_at("http://127.0.0.1:1");
    let (status, told) = world.get("/status?recent=0");
    assert_eq!(status, 200);
    assert_eq!((&told["workflow"], &told["url"]), (&json!("jobs"), &json!("http://127.0.0.1:1")));
    assert_eq!(told["semantics"], json!(fanin_runtime::SEMANTICS));
    assert!(std::path::Path::new(told["dir"].as_str().unwrap()).is_dir());
    assert_eq!(world.get("/runs").1, json!([]));
}

#[test]
fn pages_follow_each_other_and_questions_that_cannot_be_meant_are_refused() {
    let world = World::new();
    for n in 0..5 {
        world.event("Pair", &format!("p{n}"), &format!(r#"{{"a":"{}","b":"{n}"}}"#, n % 2));
    }
    let (_, first) = world.get("/instances?limit=2");
    assert_eq!((first["instances"].as_array().unwrap().len(), &first["next"]), (2, &json!(2)));
    let (_, last) = world.get("/instances?limit=10&after=2");
    assert_eq!((last["instances"].as_array().unwrap().len(), &last["next"]), (3, &json!(null)));
    let row = &first["instances"][0];
    assert_eq!(
        (&row["key"], &row["deadline"]),
        (&json!({"a": "0", "b": "0"}), &json!("2026-01-02T04:00:00Z"))
    );
    let count = |path: &str| world.get(path).1["instances"].as_array().map(Vec::len);
    assert_eq!(count("/instances?condition=pairs&key.a=1"), Some(2));
    assert_eq!(count("/instances?condition=pairs&open=false"), Some(0));
    assert_eq!(count("/instances?due_by=2026-01-02T03:30:00Z"), Some(0));
    assert_eq!(count("/instances?due_by=2026-01-02T04:00:00Z"), Some(5));
    for wrong in [
        "key=1",
        "open=maybe",
        "limit=x",
        "nothing=1",
        "due_by=soon",
        "condition=pairs&key=1",
        "condition=pairs&key.c=1",
    ] {
        let (status, told) = world.get(&format!("/instances?{wrong}"));
        assert_eq!((status, &told["code"]), (400, &json!("malformed")), "{wrong}: {told}");
    }
}

#[test]
fn one_instance_is_explained_and_one_that_is_not_there_too() {
    let world = World::new();
    world.event("Part", "a", r#"{"job":"42","n":"1"}"#);
    world.event("Prat", "b", r#"{"job":"42","n":"2"}"#);
    let (status, told) = world.get("/instances/parts?key=42");
    assert_eq!((status, &told["explanation"]["count"]), (200, &json!(1)), "{told}");
    assert_eq!(told["explanation"]["members"][0]["accepted"], "2026-01-02T03:00:00Z");
    let miss = &told["near_misses"][0];
    assert_eq!(
        (&miss["event"], &miss["field"], &miss["fields"]),
        (&json!("b"), &json!("detail-type"), &json!(2))
    );
    assert_eq!(miss["identity"].as_str().unwrap().len(), 36);
    assert_eq!(world.get("/instances/parts?key=42&misses=0").1["near_misses"], json!([]));
    let (status, told) = world.get("/instances/parts?key.job=43");
    assert_eq!((status, &told["code"]), (404, &json!("no-such-instance")));
    assert_eq!(told["nearest_keys"], json!([{"job": "42"}]));
    let (status, told) = world.get("/instances/parts");
    assert_eq!((status, &told["code"], &told["key_names"]), (404, &json!("key-needed"), &json!(["job"])));
    assert_eq!(world.get("/instances/part?key=1").1["code"], "no-such-condition");
}

#[test]
fn people_intervene_and_hear_what_followed() {
    let world = World::new();
    world.event("Part", "a", r#"{"job":"42","n":"1"}"#);
    let wish = |extra: Value| {
        let mut body = json!({ "key": { "job": "42" }, "by": "ann", "why": "lost" });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        world.post("/instances/parts/operate", &body)
    };
    let (status, told) = wish(json!({ "command": "waive", "member": "part" }));
    assert_eq!((status, &told["code"]), (409, &json!("value-needed")), "{told}");
    let (status, told) = wish(json!({ "command": "waive", "member": "part", "set": { "n": "2" } }));
    assert_eq!((status, &told["followed"]["derived"][0]["name"]), (200, &json!("parts")), "{told}");
    assert_eq!(wish(json!({ "command": "expire" })).1["code"], "not-open");
    assert_eq!(wish(json!({ "command": "drop" })).0, 200);
    assert_eq!(wish(json!({ "command": "drop" })).0, 404);
    let (status, told) = wish(json!({ "command": "explode" }));
    assert_eq!((status, &told["code"]), (400, &json!("malformed")), "{told}");
    assert_eq!(
        world.post("/instances/nothing/operate", &json!({ "command": "drop", "by": "a", "why": "b" })).0,
        404
    );
}

#[test]
fn a_page_of_another_site_may_not_intervene() {
    let world = World::new();
    world.event("Part", "a", r#"{"job":"42","n":"1"}"#);
    let body = json!({ "key": { "job": "42" }, "command": "drop", "by": "a", "why": "b" }).to_string();
    let post = "POST /instances/parts/operate";
    let (status, told) = world.ask(post, "Origin: http://evil.example\r\n", &body);
    assert_eq!((status, &told["code"]), (403, &json!("foreign-origin")));
    assert_eq!(world.ask("POST /dead/redrive", "Sec-Fetch-Site: cross-site\r\n", "{}").0, 403);
    assert_eq!(world.ask(post, "", &body).0, 200);
}

#[test]
fn a_body_may_be_so_large_and_no_larger() {
    let world = World::new();
    let body = |bytes: usize| {
        let frame = r#"{"command":"drop","by":"a","why":""}"#.len();
        format!(r#"{{"command":"drop","by":"a","why":"{}"}}"#, "x".repeat(bytes - frame))
    };
    let post = |bytes: usize| world.ask("POST /instances/pairs/operate", "", &body(bytes)).0;
    assert_eq!(post(MAX_BODY_BYTES), 400, "read, and then the key is missing");
    assert_eq!(post(MAX_BODY_BYTES + 1), 413);
}

#[test]
fn dead_letters_are_listed_shown_and_tried_again_page_by_page() {
    let world = World::new();
    let handle = world.service.handle();
    world.runtime.block_on(async {
        for n in 0..=MAX_REDRIVEN {
            let refusal = Refusal {
                origin: Origin::Internal,
                code: if n % 2 == 0 { "even" } else { "odd" }.to_owned(),
                reason: "no".to_owned(),
                payload: "{".to_owned(),
            };
            let handle = handle.clone();
            tokio::spawn(async move { handle.refuse(refusal).await });
        }
        while handle.look_async(|engine| engine.dead_letters().len()).await.unwrap() <= MAX_REDRIVEN {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    });
    let (_, page) = world.get("/dead?limit=3&code=odd");
    assert_eq!((page["letters"].as_array().unwrap().len(), &page["total"]), (3, &json!(MAX_REDRIVEN + 1)));
    let after = page["next"].as_u64().unwrap();
    let (_, next) = world.get(&format!("/dead?limit=3&code=odd&after={after}"));
    assert!(next["letters"][0]["number"].as_u64().unwrap() > after);
    assert_eq!(world.get("/dead/1").1["payload"], "{");
    assert_eq!(world.get("/dead/5000").1["code"], "no-such-letter");
    let (_, one) = world.post("/dead/1/redrive", &json!({}));
    assert_eq!(one["redriven"], false);
    let (_, all) = world.post("/dead/redrive", &json!({}));
    assert_eq!(all["letters"].as_array().unwrap().len(), MAX_REDRIVEN);
    let (_, rest) = world.post("/dead/redrive", &json!({ "after": all["next"] }));
    assert_eq!((rest["letters"].as_array().unwrap().len(), &rest["next"]), (1, &json!(null)));
    assert_eq!(world.post("/dead/redrive", &json!({ "filter": { "cod": "x" } })).0, 400);
    assert_eq!(world.get("/dead?since=soon").0, 400);
}
