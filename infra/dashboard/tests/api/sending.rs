//! Forms, events by name, uploads, and events sent again.

use fanin_dashboard::limits::{MAX_BODY_BYTES, MAX_UPLOAD_BYTES};
use serde_json::{Value, json};

use crate::world::World;

#[test]
fn a_form_for_each_event_and_what_is_made_of_it() {
    let world = World::new();
    let forms = world.get("/api/forms");
    assert_eq!(forms["buckets"], json!(["files"]));
    let events = forms["events"].as_array().unwrap();
    assert_eq!((&events[0]["kind"], &events[0]["bucket"]), (&json!("upload"), &json!("files")));
    assert_eq!(events[0]["object_key"], "jobs/{job}/{n}.csv");
    let fields: Vec<&Value> = events[1]["fields"].as_array().unwrap().iter().map(|f| &f["name"]).collect();
    assert_eq!((&events[1]["kind"], fields), (&json!("event"), vec![&json!("job"), &json!("n")]));
    assert_eq!(events[1]["example"]["detail"], json!({ "job": "1", "n": "1" }));
    let filled = json!({ "event": "part", "captures": { "job": "42", "n": 1 }, "detail": { "more": true } });
    let made = world.post("/api/compose", &filled).json();
    assert_eq!(made["envelope"]["detail"], json!({ "job": "42", "n": "1", "more": true }));
    assert_eq!(world.get("/api/stream")["newest"], Value::Null);
    let sent = world.post("/api/send", &filled).json();
    assert_eq!((&sent["status"], &sent["id"]), (&json!("accepted"), &sent["envelope"]["id"]));
    let row = &world.get("/api/stream")["rows"][0];
    assert_eq!((&row["id"], &row["names"]), (&sent["id"], &json!(["part"])));
}

#[test]
fn what_cannot_be_made_is_said() {
    let world = World::new();
    let code = |body: Value| world.post("/api/send", &body).code();
    assert_eq!(code(json!({ "event": "nothing" })), (404, "no-such-event".to_owned()));
    assert_eq!(
        code(json!({ "event": "part", "captures": { "job": "1" } })),
        (400, "cannot-compose".to_owned())
    );
    assert_eq!(code(json!({ "event": "part", "capture": {} })), (400, "malformed".to_owned()));
}

#[test]
fn an_upload_is_stored_and_told() {
    let world = World::new();
    let said = world.ask("PUT /api/upload/files/jobs/a%20b/1.csv", "Content-Type: text/csv\r\n", b"a,b,c");
    let told = said.json();
    assert_eq!(
        (&told["bucket"], &told["key"], &told["size"]),
        (&json!("files"), &json!("jobs/a b/1.csv"), &json!(5))
    );
    let row = &world.get("/api/stream")["rows"][0];
    assert_eq!((&row["origin"], &row["names"]), (&json!("store"), &json!(["upload"])));
    assert_eq!(row["captures"], json!({ "job": "a b", "n": "1" }));
    let code =
        |path: &str, headers: &str| world.ask(&format!("PUT /api/upload/{path}"), headers, b"x").code();
    assert_eq!(code("other/k", ""), (404, "no-such-bucket".to_owned()));
    assert_eq!(code("files/a/../b", ""), (400, "bad-key".to_owned()));
    let foreign = "Origin: http://evil.example\r\n";
    assert_eq!(code("files/k", foreign), (403, "foreign-origin".to_owned()));
}

#[test]
fn what_is_too_large_is_refused() {
    let world = World::new();
    let fitting = vec![b' '; MAX_BODY_BYTES];
    assert_eq!(world.ask("POST /api/send", "", &fitting).code(), (400, "malformed".to_owned()));
    let more = vec![b' '; MAX_BODY_BYTES + 1];
    assert_eq!(world.ask("POST /api/send", "", &more).status, 413);
    // The announcement is enough: nobody has to send so much.
    let mut stream = std::net::TcpStream::connect(world.address()).unwrap();
    let length = MAX_UPLOAD_BYTES + 1;
    let head = format!(
        "PUT /api/upload/files/k HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("too-large"), "{answer}");
}

#[test]
fn an_event_sent_again_is_a_duplicate() {
    let world = World::new();
    world.event("Part", "a", r#"{"job":"42","n":"1"}"#);
    let said = world.post("/api/stream/1/resend", &json!(null));
    assert_eq!((said.status, &said.json()["id"]), (200, &json!("a")));
    let rows = world.get("/api/stream");
    assert_eq!((&rows["rows"][0]["kind"], &rows["rows"][0]["id"]), (&json!("duplicate"), &json!("a")));
    assert_eq!(world.get("/status?recent=0")["stats"]["duplicates"], 1);
    world.event("Part", "b", r#"{"job":"42","n":"2"}"#);
    let derived = world.until("/api/stream?kind=derived", |told| told["rows"].as_array().unwrap().len() == 2);
    let seq = &derived["rows"][0]["seq"];
    let code = |seq: &Value| world.post(&format!("/api/stream/{seq}/resend"), &json!(null)).code();
    assert_eq!(code(seq), (409, "not-resendable".to_owned()));
    assert_eq!(code(&json!(999)), (404, "gone".to_owned()));
}
