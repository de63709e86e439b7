//! Every provider's payload, as it really comes, to events; and what is refused, on both sides of each limit.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use fanin_event::{Identity, Timestamp};
use fanin_triggers::{
    Context, Decoded, Format, Raw, Rejected, codes, decode, envelope_identity, identity_of_envelope, limits,
};

type Answers = Vec<Result<Decoded, Rejected>>;

const NOW: Timestamp = Timestamp(1_767_323_045_000); // 2026-01-02T03:04:05Z

fn run(raw: &Raw<'_>, key: Option<&str>) -> Answers {
    let mut made = 0;
    let mut fresh = || {
        made += 1;
        format!("fresh-{made}")
    };
    decode(raw, &mut Context { now: NOW, idempotency_key: key, fresh_id: &mut fresh })
}

fn body(text: &str) -> Answers {
    run(&Raw::detect(text.as_bytes()), None)
}

fn json(event: &Decoded) -> serde_json::Value {
    serde_json::from_str(&event.envelope).unwrap()
}

fn refused(text: &str) -> Rejected {
    let [Err(rejected)] = <[_; 1]>::try_from(body(text)).unwrap() else { unreachable!("accepted: {text}") };
    rejected
}

#[test]
fn a_complete_envelope_passes_byte_for_byte() {
    for text in [include_str!("fixtures/eventbridge-ec2.json"), include_str!("fixtures/eventbridge-s3.json")]
    {
        let events = body(text);
        assert_eq!(events[0].as_ref().unwrap().envelope, text.trim());
        assert_eq!(events.len(), 1);
    }
    let event = body(include_str!("fixtures/eventbridge-ec2.json")).remove(0).unwrap();
    assert_eq!(event.identity, envelope_identity("aws.ec2", "6a7e8feb-b491-4cf7-a9f1-bf3703467718"));
    assert!(!event.generated);
}

#[test]
fn both_forms_of_one_upload_are_one_event() {
    let bridge = body(include_str!("fixtures/eventbridge-s3.json")).remove(0).unwrap();
    let notification = body(include_str!("fixtures/s3-put.json")).remove(0).unwrap();
    let carried = body(include_str!("fixtures/sns-in-sqs.json")).remove(0).unwrap();
    assert_eq!(bridge.identity, notification.identity);
    assert_eq!(notification, carried);
    let event = json(&notification);
    assert_eq!(event["detail"]["object"]["key"], "in/café x+y.key");
    assert_eq!(event["detail"]["object"]["size"], 1_305_107);
    assert_eq!(event["detail"]["object"]["sequencer"], "0C0F6F405D6ED209E1");
    assert_eq!(event["detail"]["reason"], "PutObject");
    assert_eq!(event["detail"]["request-id"], "D82B88E5F771F645");
    assert_eq!(event["detail"]["source-ip-address"], "205.255.255.255");
    assert_eq!(event["region"], "us-east-2");
    assert_eq!(event["resources"][0], "arn:aws:s3:::lambda-artifacts-deafc19498e3f2df");
    assert_eq!(event["detail-type"], "Object Created");
}

#[test]
fn deletions_and_unknown_notifications() {
    let answers = body(include_str!("fixtures/s3-delete.json"));
    let deleted = json(answers[0].as_ref().unwrap());
    assert_eq!(deleted["detail-type"], "Object Deleted");
    assert_eq!(deleted["detail"]["deletion-type"], "Permanently Deleted");
    assert_eq!(deleted["detail"]["object"]["version-id"], "096fKKXTRTtl3on89fVO.nfljtsv6qko");
    let unknown = answers[1].as_ref().unwrap_err();
    assert_eq!((unknown.code, unknown.whole), (codes::UNKNOWN_S3_EVENT, false));
    assert_eq!(body(include_str!("fixtures/s3-test-event.json")), vec![]);
}

#[test]
fn put_events_gives_ids_and_answers_each_entry() {
    let answers = body(include_str!("fixtures/put-events.json"));
    let first = answers[0].as_ref().unwrap();
    assert!(first.envelope.contains(r#""detail":{ "key1": "value1", "price": 1.10 }"#), "{}", first.envelope);
    let event = json(first);
    assert_eq!(event["time"], "2020-01-01T00:00:00.500Z");
    assert_eq!(event["resources"][1], "resource2");
    assert_eq!((first.id.as_str(), first.generated), ("fresh-1", true));
    assert_eq!(answers[1].as_ref().unwrap_err().code, codes::BAD_DETAIL);
    assert_eq!(json(answers[2].as_ref().unwrap())["time"], "2026-01-02T03:04:05Z");

    let keyed = run(&Raw::detect(include_bytes!("fixtures/put-events.json")), Some("k"));
    assert_eq!(keyed[2].as_ref().unwrap().id, "k/2");
    assert!(!keyed[2].as_ref().unwrap().generated);

    let entry = r#"{"Source":"a","DetailType":"b","Detail":"{}"}"#;
    let entries = |n: usize| format!("{{\"Entries\":[{}]}}", vec![entry; n].join(","));
    assert_eq!(body(&entries(limits::MAX_PUT_EVENTS_ENTRIES)).len(), limits::MAX_PUT_EVENTS_ENTRIES);
    let many = refused(&entries(limits::MAX_PUT_EVENTS_ENTRIES + 1));
    assert_eq!((many.code, many.whole), (codes::TOO_MANY_EVENTS, true));
    for (entry, code) in [
        (r#"{"DetailType":"b","Detail":"{}"}"#, codes::MISSING_FIELD),
        (r#"{"Source":"a","DetailType":"b"}"#, codes::MISSING_FIELD),
        (r#"{"Source":"","DetailType":"b","Detail":"{}"}"#, codes::BAD_FIELD),
        (r#"{"Source":"a","DetailType":"b","Detail":"[]"}"#, codes::BAD_DETAIL),
        (r#"{"Source":"a","DetailType":"b","Detail":{}}"#, codes::BAD_FIELD),
        (r#"{"Source":"a","DetailType":"b","Detail":"{}","Time":"x"}"#, codes::BAD_TIME),
        (r#"{"Source":"a","DetailType":"b","Detail":"{}","Time":1e300}"#, codes::BAD_TIME),
    ] {
        assert_eq!(refused(&format!("{{\"Entries\":[{entry}]}}")).code, code, "{entry}");
    }
}

#[test]
fn cloud_events_keep_their_names_and_numbers() {
    let event = body(include_str!("fixtures/cloudevent.json")).remove(0).unwrap();
    assert!(
        event.envelope.contains(r#""detail":{ "number": 7.0, "nested": { "x": [1, 2] } }"#),
        "{}",
        event.envelope
    );
    assert!(event.envelope.contains(r#""comexampleothervalue":5"#));
    let value = json(&event);
    assert_eq!(value["detail-type"], "com.github.pull_request.opened");
    assert_eq!((&value["subject"], &value["comexampleextension1"]), (&"123".into(), &"value".into()));
    assert_eq!(value.get("specversion"), None);
    assert_eq!(
        event.identity,
        envelope_identity("https://github.com/cloudevents/spec/pull", "A234-1234-1234")
    );

    let batch = body(include_str!("fixtures/cloudevent-batch.json"));
    assert_eq!(json(batch[0].as_ref().unwrap())["detail"]["data_base64"], "AAECAw==");
    assert!(batch[1].as_ref().unwrap().envelope.ends_with(r#""detail":{"a": 1.0}}"#));
    assert_eq!(batch[2].as_ref().unwrap_err().code, codes::CLOUDEVENT_VERSION);
    for (text, code) in [
        (r#"{"specversion":"1.0","type":"t","source":"s"}"#, codes::MISSING_FIELD),
        (r#"{"specversion":"1.0","type":"t","source":"s","id":7}"#, codes::BAD_FIELD),
        (r#"{"specversion":"1.0","type":"t","source":"s","id":"7","id":"8"}"#, codes::BAD_FIELD),
        (r#"{"specversion":"1.0","type":"t","source":"s","id":"7","detail":1}"#, codes::BAD_FIELD),
        (
            r#"{"specversion":"1.0","type":"t","source":"s","id":"7","data":1,"data_base64":""}"#,
            codes::BAD_FIELD,
        ),
        (r#"{"specversion":"1.0","type":"t","source":"s","id":"7","data_base64":"!"}"#, codes::BAD_BASE64),
        (r#"{"specversion":"1.0","type":"t","source":"s","id":"7","time":"now"}"#, codes::BAD_TIME),
    ] {
        assert_eq!(refused(text).code, code, "{text}");
    }
}

#[test]
fn binary_cloud_events_come_in_headers() {
    let headers = |extra: &[(&str, &str)]| -> Vec<(String, String)> {
        let base = [("ce-specversion", "1.0"), ("Ce-Type", "t"), ("ce-source", "/s"), ("ce-id", "1")];
        base.iter().chain(extra).map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    };
    let run = |headers: &[(String, String)], body: &[u8]| {
        run(&Raw { format: Some(Format::CloudEventBinary), headers, body }, None).remove(0)
    };
    let with = headers(&[("content-type", "application/json; charset=utf-8"), ("ce-subject", "caf%C3%A9")]);
    let event = run(&with, br#"{"n":1.50}"#).unwrap();
    assert!(event.envelope.ends_with(r#""detail":{"n":1.50}}"#));
    assert_eq!(json(&event)["subject"], "café");
    assert_eq!(json(&event)["datacontenttype"], "application/json; charset=utf-8");
    assert_eq!(run(&with, b"{").unwrap_err().code, codes::NOT_JSON);
    let text = headers(&[("content-type", "text/plain")]);
    assert_eq!(json(&run(&text, b"hi").unwrap())["detail"], "hi");
    assert_eq!(json(&run(&text, b"\xff").unwrap())["detail"]["data_base64"], "/w==");
    assert_eq!(json(&run(&headers(&[]), b"").unwrap())["detail"], serde_json::json!({}));
    assert_eq!(run(&headers(&[("ce-id", "2")]), b"").unwrap_err().code, codes::BAD_FIELD);
    assert_eq!(run(&headers(&[])[..3], b"").unwrap_err().code, codes::MISSING_FIELD);
    assert_eq!(run(&headers(&[])[1..], b"").unwrap_err().code, codes::CLOUDEVENT_VERSION);
}

#[test]
fn a_queue_gives_its_message_id_and_time() {
    let answers = body(include_str!("fixtures/sqs.json"));
    let first = answers[0].as_ref().unwrap();
    assert_eq!(first.id, "059f36b4-87a3-44ab-83d2-661975830a7d");
    assert_eq!(json(first)["time"], "2018-12-17T21:37:29.183Z");
    assert_eq!(first.identity, envelope_identity("shop", &first.id));
    assert!(!first.generated);
    assert_eq!(answers[1].as_ref().unwrap().id, "2e1424d4-f796-459a-8184-9c92662be6da/0");
    assert_eq!(answers[2].as_ref().unwrap().id, "own");
    let bad = answers[3].as_ref().unwrap_err();
    assert_eq!((bad.code, bad.whole, bad.payload.as_str()), (codes::NOT_JSON, false, "hello"));
    assert_eq!(answers.len(), 4);

    let topic = body(include_str!("fixtures/sns.json")).remove(0).unwrap();
    assert_eq!(topic.id, "dc1e94d9-56c5-5e96-808d-cc7f68faa162");
    assert_eq!(json(&topic)["time"], "2021-02-16T21:41:19.978Z");
}

#[test]
fn a_stream_record_is_its_place() {
    let answers = body(include_str!("fixtures/kinesis.json"));
    let first = answers[0].as_ref().unwrap();
    let sequence = "49590338271490256608559692538361571095921575989136588898";
    let stream = "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream";
    assert_eq!(first.identity, Identity::of(&["stream", stream, "shardId-000000000006", sequence]));
    assert_eq!(first.id, format!("shardId-000000000006:{sequence}"));
    assert_eq!(json(first)["time"], "2018-12-17T22:10:50.987Z");
    assert_eq!(answers[1].as_ref().unwrap_err().payload, "This is only a test.");
}

#[test]
fn what_an_envelope_lacks_is_added_at_its_end() {
    let event = body(r#" { "source" : "a", "detail-type" : "b", "x" : 1.0 } "#).remove(0).unwrap();
    let expected = r#"{ "source" : "a", "detail-type" : "b", "x" : 1.0,"id":"fresh-1","time":"2026-01-02T03:04:05Z","detail":{}}"#;
    assert_eq!(event.envelope, expected);
    assert!(event.generated);
    assert_eq!(identity_of_envelope(&event.envelope).unwrap(), event.identity);
    let keyed = run(
        &Raw::detect(br#"[{"source":"a","detail-type":"b"},{"source":"a","detail-type":"b"}]"#),
        Some("k"),
    );
    assert_eq!(keyed[1].as_ref().unwrap().id, "k/1");
}

#[test]
fn an_envelope_is_refused_with_what_to_write() {
    for (text, code, part) in [
        (r#"{"detail-type":"b"}"#, codes::MISSING_FIELD, r#""source": "shop""#),
        (r#"{"source":"a"}"#, codes::MISSING_FIELD, "detail-type"),
        (r#"{"source":7,"detail-type":"b"}"#, codes::BAD_FIELD, "`source` is 7"),
        (r#"{"source":"","detail-type":"b"}"#, codes::BAD_FIELD, "empty"),
        (r#"{"source":"a","detail-type":"b","id":null}"#, codes::BAD_FIELD, "`id` is null"),
        (r#"{"source":"a","source":"c","detail-type":"b"}"#, codes::BAD_FIELD, "stands twice"),
        (r#"{"source":"a","detail-type":"b","time":"noon"}"#, codes::BAD_TIME, "2026-01-02T03:04:05Z"),
        (r#"{"source":"a","detail-type":"b","detail":"{}"}"#, codes::BAD_DETAIL, "not its JSON in quotes"),
        (r#"{"source":"a","detail-type":"b","detail":[]}"#, codes::BAD_DETAIL, "not an object"),
        (r#"{"source":"a","detail-type":"b"} x"#, codes::NOT_JSON, "after the end"),
        ("", codes::NOT_JSON, "nothing in it"),
    ] {
        let rejected = refused(text);
        assert_eq!(rejected.code, code, "{text}");
        assert!(rejected.reason.contains(part), "{text}: {}", rejected.reason);
        assert!(rejected.payload.starts_with(text.trim_end_matches('}')), "{}", rejected.payload);
    }
    let [Err(binary)] = <[_; 1]>::try_from(run(&Raw::detect(b"\xff{}"), None)).unwrap() else {
        unreachable!()
    };
    assert_eq!((binary.code, binary.whole), (codes::NOT_JSON, true));
    let mixed = body(r#"[{"Entries":[]}, 7, {"source":"a","detail-type":"b"}]"#);
    let outcome: Vec<_> =
        mixed.iter().map(|a| a.as_ref().map_err(|e| (e.code, e.whole)).map(|_| ())).collect();
    assert_eq!(outcome, [Err((codes::UNKNOWN_FORM, false)), Err((codes::UNKNOWN_FORM, false)), Ok(())]);
}

#[test]
fn both_sides_of_each_limit() {
    let sized = |n: usize| {
        let empty =
            r#"{"id":"1","source":"a","detail-type":"b","time":"2026-01-01T00:00:00Z","detail":{"x":""}}"#;
        empty.replace("\"\"", &format!("\"{}\"", "y".repeat(n - empty.len())))
    };
    assert!(body(&sized(limits::MAX_EVENT_BYTES))[0].is_ok());
    let large = refused(&sized(limits::MAX_EVENT_BYTES + 1));
    assert_eq!((large.code, large.payload.len()), (codes::TOO_LARGE, limits::MAX_REJECTED_PAYLOAD_BYTES));

    let many = |n: usize| format!("[{}]", vec![r#"{"source":"a","detail-type":"b"}"#; n].join(","));
    assert_eq!(body(&many(limits::MAX_EVENTS_PER_REQUEST)).len(), limits::MAX_EVENTS_PER_REQUEST);
    assert_eq!(refused(&many(limits::MAX_EVENTS_PER_REQUEST + 1)).code, codes::TOO_MANY_EVENTS);

    let deep = |n: usize| {
        format!(r#"{{"source":"a","detail-type":"b","detail":{{"x":{}{}}}}}"#, "[".repeat(n), "]".repeat(n))
    };
    assert!(body(&deep(limits::MAX_DEPTH - 2))[0].is_ok());
    assert_eq!(refused(&deep(limits::MAX_DEPTH - 1)).code, codes::TOO_DEEP);

    let named = |n: usize| format!(r#"{{"source":"a","detail-type":"b","id":"{}"}}"#, "i".repeat(n));
    assert!(body(&named(limits::MAX_ID_BYTES))[0].is_ok());
    assert_eq!(refused(&named(limits::MAX_ID_BYTES + 1)).code, codes::BAD_FIELD);

    let huge = vec![b' '; limits::MAX_REQUEST_BYTES + 1];
    let [Err(huge)] = <[_; 1]>::try_from(run(&Raw::detect(&huge), None)).unwrap() else { unreachable!() };
    assert_eq!((huge.code, huge.whole), (codes::TOO_LARGE, true));

    let nested = |n: u8| {
        (0..n).fold(r#"{"source":"a","detail-type":"b"}"#.to_owned(), |inner, _| {
            serde_json::json!({ "Records": [{ "messageId": "m", "body": inner }] }).to_string()
        })
    };
    assert!(body(&nested(limits::MAX_NESTING))[0].is_ok());
    assert_eq!(refused(&nested(limits::MAX_NESTING + 1)).code, codes::TOO_DEEP);
}
