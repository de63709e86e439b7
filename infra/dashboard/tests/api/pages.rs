//! What is asked for: graph, keys, stream, runs, workflow, metrics, the page's files.

use serde_json::{Value, json};

use crate::world::{WORKFLOW, World, compile, envelope};

fn node<'a>(graph: &'a Value, id: &str) -> &'a Value {
    let nodes = graph["nodes"].as_array().unwrap();
    &nodes.iter().find(|node| node["id"] == id).unwrap()["counts"]
}

#[test]
fn the_graph_counts_what_happened() {
    let world = World::new();
    for (id, n) in [("a", 1), ("b", 2)] {
        world.event("Part", id, &format!(r#"{{"job":"42","n":"{n}"}}"#));
    }
    world.event("Part", "c", r#"{"job":"43","n":"1"}"#);
    world.event("Part", "c", r#"{"job":"43","n":"1"}"#);
    world.until("/api/runs?state=done", |runs| runs["total"] == 1);
    let graph = world.get("/api/graph");
    assert_eq!(graph["workflow"], "jobs");
    assert_eq!(node(&graph, "event.part"), &json!({ "seen": 4 }));
    assert_eq!(node(&graph, "condition.parts"), &json!({ "pending": 1, "fired": 1, "timed_out": 0 }));
    assert_eq!(node(&graph, "rule.pack"), &json!({ "running": 0, "done": 1, "failed": 0 }));
    assert_eq!(node(&graph, "function.packer"), &json!({ "running": 0, "done": 1, "failed": 0 }));
    assert_eq!(node(&graph, "bucket.files"), &json!({}));
    let edges = graph["edges"].as_array().unwrap();
    assert!(edges.iter().any(|e| e["from"] == "event.part" && e["to"] == "condition.parts"));
    world.later(3_600);
    let graph = world.until("/api/graph", |graph| node(graph, "condition.parts")["timed_out"] == 1);
    assert_eq!(node(&graph, "condition.parts")["pending"], 0);
}

#[test]
fn metrics_are_the_same_counters_in_another_form() {
    let world = World::new();
    world.event("Part", "a", r#"{"job":"42","n":"1"}"#);
    world.event("Else", "b", "{}");
    let said = world.ask("GET /metrics", "", b"");
    assert!(said.head.contains("content-type: application/openmetrics-text"), "{}", said.head);
    for line in [
        r#"fanin_events_total{outcome="accepted"} 2"#,
        r#"fanin_events_total{outcome="unmatched"} 1"#,
        r#"fanin_named_events_total{event="part"} 1"#,
        r#"fanin_condition_open_instances{condition="parts"} 1"#,
        "fanin_open_instances 1",
        r#"workflow="jobs""#,
    ] {
        assert!(said.body.contains(line), "{line}: {}", said.body);
    }
    assert!(said.body.ends_with("# EOF\n"));
}

#[test]
fn keys_are_sorted_searched_and_paged() {
    let world = World::new();
    for (n, job) in ["red", "Blue", "green"].iter().enumerate() {
        world.event("Part", &format!("p{n}"), &format!(r#"{{"job":"{job}","n":"1"}}"#));
        world.later(10);
    }
    let keys = |query: &str| -> Vec<String> {
        let told = world.get(&format!("/api/keys?{query}"));
        let rows = told["rows"].as_array().unwrap().iter();
        rows.map(|row| row["key"]["job"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(""), ["red", "Blue", "green"]);
    assert_eq!(keys("sort=deadline&order=desc"), ["green", "Blue", "red"]);
    assert_eq!(keys("sort=key"), ["Blue", "green", "red"]);
    assert_eq!(keys("sort=key&offset=1&limit=1"), ["green"]);
    assert_eq!(keys("search=BLU"), ["Blue"]);
    assert_eq!(keys("search=parts&sort=last&order=desc"), ["green", "Blue", "red"]);
    assert_eq!(keys("condition=other"), [""; 0]);
    assert_eq!(keys("state=closed"), [""; 0]);
    let told = world.get("/api/keys?limit=1");
    assert_eq!((&told["total"], &told["open"], &told["partial"]), (&json!(3), &json!(3), &json!(false)));
    let row = &told["rows"][0];
    assert_eq!((&row["count"], &row["needed"], &row["missing"]), (&json!(1), &json!(2), &json!(1)));
}

#[test]
fn past_ten_thousand_keys_the_answer_is_partial() {
    let world = World::new();
    let part = |n: usize| envelope("Part", &format!("e{n}"), &format!(r#"{{"job":"j{n}","n":"1"}}"#));
    for from in [0, 5_000] {
        world.events((from..from + 5_000).map(part).collect());
    }
    let told = world.get("/api/keys?limit=1");
    assert_eq!((&told["total"], &told["partial"]), (&json!(10_000), &json!(false)));
    world.events(vec![part(10_000)]);
    // An answer may be a second old; another question is not answered with it.
    let told = world.get("/api/keys?limit=1&sort=key");
    assert_eq!((&told["total"], &told["partial"]), (&json!(10_000), &json!(true)));
    assert_eq!(world.get("/api/keys?search=j10000&state=all")["total"], 1);
}

#[test]
fn the_stream_says_what_became_of_each_event() {
    let world = World::new();
    world.event("Part", "a", r#"{"job":"42","n":"1"}"#);
    world.event("Part", "a", r#"{"job":"42","n":"1"}"#);
    world.event("Part", "b", r#"{"job":"42","n":"2"}"#);
    world.until("/api/stream?kind=derived", |told| told["rows"].as_array().unwrap().len() == 2);
    world.event("Part", "c", r#"{"job":"42","n":"3"}"#);
    world.event("Else", "d", "{}");
    world.event("Part", "", "{}");
    assert_eq!(world.ask("POST /events", "", b"no json").status, 400);
    let told = world.get("/api/stream");
    let kinds = |told: &Value| -> Vec<String> {
        let rows = told["rows"].as_array().unwrap().iter();
        rows.map(|row| row["kind"].as_str().unwrap().to_owned()).collect()
    };
    let mut all = kinds(&told);
    all.reverse();
    assert_eq!(
        all,
        [
            "accepted",
            "duplicate",
            "accepted",
            "derived",
            "derived",
            "late",
            "accepted",
            "rejected",
            "rejected"
        ]
    );
    assert_eq!((&told["oldest"], &told["newest"], &told["next"]), (&json!(1), &json!(9), &Value::Null));
    assert_eq!(told["rows"][2]["unmatched"], true);
    assert_eq!(told["rows"][0]["origin"], "http");
    assert!(told["rows"][0]["note"].as_str().unwrap().starts_with("not-json: "));
    let first = &told["rows"][8];
    assert_eq!(first["captures"], json!({ "job": "42", "n": "1" }));
    assert_eq!((&first["names"], &first["id"]), (&json!(["part"]), &json!("a")));
    assert_eq!(kinds(&world.get("/api/stream?kind=late,duplicate")), ["late", "duplicate"]);
    assert_eq!(kinds(&world.get("/api/stream?name=parts")), ["derived"]);
    assert_eq!(kinds(&world.get("/api/stream?text=%22ELSE")), ["accepted"]);
    let page = world.get("/api/stream?limit=2");
    assert_eq!((page["rows"].as_array().unwrap().len(), &page["next"]), (2, &json!(8)));
    let page = world.get("/api/stream?limit=2&before=3");
    assert_eq!((page["rows"][0]["seq"].as_u64(), &page["next"]), (Some(2), &Value::Null));
}

#[test]
fn one_event_whole_keeps_its_spelling() {
    let world = World::new();
    world.event("Part", "a", r#"{"job":"42","n":"1","price":1.50}"#);
    assert_eq!(world.ask("POST /events", "", b"no json").status, 400);
    let said = world.ask("GET /api/stream/1", "", b"");
    assert!(said.body.contains(r#""price":1.50"#), "{}", said.body);
    let refused = world.get("/api/stream/2");
    assert_eq!((&refused["text"], &refused["cut"]), (&json!("no json"), &json!(false)));
    assert_eq!(world.refused("/api/stream/3"), (404, "gone".to_owned()));
}

#[test]
fn runs_have_their_calls_and_dead_letters_are_redriven() {
    let world = World::new();
    world.event("Order", "o", r#"{"id":"7"}"#);
    let waiting = world.until("/api/runs?state=waiting", |runs| runs["total"] == 1);
    let row = &waiting["rows"][0];
    assert_eq!((&row["rule"], &row["failed_calls"]), (&json!("bill"), &json!(1)));
    assert!(row["retry_at"].is_string() && row["error"]["name"] == "NoMoney", "{row}");
    world.later(60);
    let failed = world.until("/api/runs?state=failed", |runs| runs["total"] == 1);
    let run = failed["rows"][0]["run"].as_str().unwrap();
    let told = world.get(&format!("/api/runs/{run}"));
    let calls = told["history"].as_array().unwrap();
    let attempts: Vec<u64> = calls.iter().map(|call| call["attempt"].as_u64().unwrap()).collect();
    assert_eq!(attempts, [1, 2]);
    assert_eq!((&calls[0]["state"], &calls[0]["input"]["detail"]["id"]), (&json!("failed"), &json!("7")));
    let dead = world.until("/dead", |dead| dead["total"] == 1);
    let number = dead["letters"][0]["number"].as_u64().unwrap();
    assert_eq!(world.post(&format!("/dead/{number}/redrive"), &json!({})).json()["redriven"], true);
    assert_eq!(
        world.refused("/api/runs/77aa77aa-77aa-87aa-87aa-77aa77aa77aa"),
        (404, "no-such-run".to_owned())
    );
    assert_eq!(world.get("/api/runs?rule=pack")["total"], 0);
}

#[test]
fn the_workflow_and_what_became_of_its_last_edit() {
    let world = World::new();
    let told = world.get("/api/workflow");
    assert_eq!((&told["file"], &told["text"]), (&json!("jobs.yaml"), &json!(WORKFLOW)));
    assert_eq!(told["reload"], Value::Null);
    let bad = WORKFLOW.replace("count: part", "count: prat");
    let mistakes = fanin_workflow::compile("jobs.yaml", &bad).diagnostics;
    world.dashboard.kept(&bad, "the workflow file has mistakes", &mistakes);
    let told = world.get("/api/workflow");
    let reload = &told["reload"];
    assert_eq!(
        (&told["text"], &reload["ok"], &reload["text"]),
        (&json!(WORKFLOW), &json!(false), &json!(bad))
    );
    let mistake = &reload["diagnostics"][0];
    assert_eq!((&mistake["severity"], &mistake["help"]), (&json!("error"), &json!("did you mean `part`?")));
    assert!(mistake["shown"].as_str().unwrap().contains("count: prat"));
    let good = WORKFLOW.replace("reach: 2", "reach: 3");
    world.service.activate(&compile(&good)).unwrap();
    world.dashboard.reloaded(compile(&good), good.clone(), &[]);
    let told = world.get("/api/workflow");
    assert_eq!((&told["text"], &told["reload"]["ok"]), (&json!(good), &json!(true)));
    assert_eq!(told["version"], compile(&good).version);
}

#[test]
fn the_page_is_served_with_its_headers_and_not_sent_twice() {
    let world = World::new();
    let page = world.ask("GET /", "", b"");
    assert_eq!(page.status, 200);
    for header in [
        "content-type: text/html; charset=utf-8",
        "content-security-policy: default-src 'self';",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "cross-origin-resource-policy: same-origin",
        "cache-control: no-cache",
    ] {
        assert!(page.head.contains(header), "{header}: {}", page.head);
    }
    let tag = page.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let again = world.ask("GET /static/index.html", &format!("If-None-Match: {tag}\r\n"), b"");
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    assert_eq!(world.refused("/static/nothing.js"), (404, "no-such-file".to_owned()));
    assert_eq!(world.refused("/static/..%2Fsrc%2Flib.rs"), (404, "no-such-file".to_owned()));
    let answer = world.ask("GET /api/graph", "", b"");
    assert!(answer.head.contains("cache-control: no-store"), "{}", answer.head);
}
