//! Objects that are put and read.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{BUCKET, Fixture, HELLO, HELLO_MD5, Mood, object};

/// The CRC32 of `hello`, in base64.
const HELLO_CRC32: &str = "NhCmhg==";

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_one_event_that_describes_it() {
    let fixture = Fixture::start().await;
    let keys = ["a.csv", "jobs/42/part 1-of-3.csv", "grüße/日本.txt", "a+b%20c&d=e?f#g", "..a/b..", "'\"<>"];
    for key in keys {
        let answer = fixture.put(key, HELLO).await.expect(200);
        assert_eq!(answer.headers["etag"], format!("\"{HELLO_MD5}\""), "{key}");
        assert_eq!(fixture.get(key).await.expect(200).body, HELLO, "{key}");
        assert_eq!(std::fs::read(fixture.file(key)).unwrap(), HELLO, "{key}");
    }
    let events = fixture.recorder.events();
    assert_eq!(events.len(), keys.len());
    for (event, key) in events.iter().zip(keys) {
        assert_eq!(
            (event["source"].as_str(), event["detail-type"].as_str()),
            (Some("aws.s3"), Some("Object Created"))
        );
        let detail = &event["detail"];
        assert_eq!(detail["bucket"]["name"], BUCKET);
        assert_eq!(detail["reason"], "PutObject");
        let object = &detail["object"];
        assert_eq!(
            (&object["key"], &object["size"], &object["etag"]),
            (&key.into(), &5.into(), &HELLO_MD5.into())
        );
    }
    let sequencers: Vec<_> =
        events.iter().map(|e| e["detail"]["object"]["sequencer"].as_str().unwrap()).collect();
    assert!(sequencers.windows(2).all(|pair| pair[0] < pair[1]), "{sequencers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_object_is_one_too() {
    let fixture = Fixture::start().await;
    fixture.put("empty", b"").await.expect(200);
    assert_eq!(fixture.recorder.events()[0]["detail"]["object"]["size"], 0);
    assert_eq!(fixture.get("empty").await.expect(200).body, b"");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_upload_twice_is_two_events() {
    let fixture = Fixture::start().await;
    fixture.put("twice", HELLO).await.expect(200);
    fixture.put("twice", HELLO).await.expect(200);
    let accepted = fixture.recorder.accepted();
    assert_eq!(accepted.len(), 2);
    assert_ne!(accepted[0].identity, accepted[1].identity);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_is_answered_after_the_intake() {
    let fixture = Arc::new(Fixture::start().await);
    fixture.recorder.mood(Mood::Hold);
    let put = tokio::spawn({
        let fixture = Arc::clone(&fixture);
        async move { fixture.put("held", HELLO).await }
    });
    for _ in 0..500 {
        if fixture.recorder.asked() > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(fixture.recorder.asked(), 1);
    assert_eq!(std::fs::read(fixture.file("held")).unwrap(), HELLO, "the object is there before its event");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!put.is_finished(), "nobody may be told of a success that the intake has not confirmed");
    fixture.recorder.mood(Mood::Accept);
    put.await.unwrap().expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_read_whole_and_in_ranges() {
    let fixture = Fixture::start().await;
    let put = fixture.request("PUT", &object("r")).body(b"0123456789").header("Content-Type: text/csv");
    put.header("x-amz-meta-owner: alpha").send().await.expect(200);
    let head = fixture.request("HEAD", &object("r")).send().await.expect(200);
    for (name, value) in [
        ("content-length", "10"),
        ("content-type", "text/csv"),
        ("x-amz-meta-owner", "alpha"),
        ("etag", "\"781e5e245d69b566979b86e28d23f2c7\""),
    ] {
        assert_eq!(head.headers[name], value);
    }
    assert!(head.headers.contains_key("last-modified"));
    for (range, bytes, told) in [
        ("bytes=1-3", "123", "bytes 1-3/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=8-99", "89", "bytes 8-9/10"),
    ] {
        let part =
            fixture.request("GET", &object("r")).header(&format!("Range: {range}")).send().await.expect(206);
        assert_eq!((part.text().as_str(), part.headers["content-range"].as_str()), (bytes, told));
    }
    let beyond = fixture.request("GET", &object("r")).header("Range: bytes=10-12").send().await;
    beyond.refused(416, "InvalidRange");
    fixture.get("other").await.refused(404, "NoSuchKey");
    fixture.request("HEAD", &object("other")).send().await.expect(404);
    assert_eq!(fixture.recorder.asked(), 1, "reading is no event");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_name_can_be_the_bucket() {
    let fixture = Fixture::start().await;
    let port = fixture.port;
    let call = |method| {
        let mut request = fixture.request(method, "");
        request.url = format!("http://{BUCKET}.localhost:{port}/virtual/key");
        request.option("--resolve").option(&format!("{BUCKET}.localhost:{port}:127.0.0.1"))
    };
    call("PUT").body(HELLO).send().await.expect(200);
    assert_eq!(call("GET").send().await.expect(200).body, HELLO);
    assert_eq!(fixture.get("virtual/key").await.expect(200).body, HELLO);
    let event = &fixture.recorder.events()[0]["detail"];
    assert_eq!((&event["bucket"]["name"], &event["object"]["key"]), (&BUCKET.into(), &"virtual/key".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checksum_may_follow_the_body() {
    let fixture = Fixture::start().await;
    let put = |crc: &str| {
        let body = format!("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{crc}\r\n\r\n");
        let put = fixture.request("PUT", &object("trailer")).body(body.as_bytes());
        let put = put.header("x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        put.header("Content-Encoding: aws-chunked")
            .header("x-amz-decoded-content-length: 5")
            .header("x-amz-trailer: x-amz-checksum-crc32")
    };
    put("AAAAAA==").send().await.refused(400, "BadDigest");
    fixture.get("trailer").await.refused(404, "NoSuchKey");
    put("AAAAAA==").header("x-amz-sdk-checksum-algorithm: CRC32").send().await.refused(400, "BadDigest");
    assert_eq!(fixture.recorder.asked(), 0);
    put(HELLO_CRC32).send().await.expect(200);
    put(HELLO_CRC32).header("x-amz-sdk-checksum-algorithm: CRC32").send().await.expect(200);
    let read = fixture.request("GET", &object("trailer")).header("x-amz-checksum-mode: ENABLED").send().await;
    assert_eq!((read.status, read.body.as_slice()), (200, HELLO));
    assert!(read.headers.get("x-amz-checksum-crc32").is_none_or(|crc| crc == HELLO_CRC32), "{read:?}");
    assert_ne!(read.headers.get("content-encoding").map(String::as_str), Some("aws-chunked"));
    assert_eq!(fixture.recorder.events().len(), 2);
    assert_eq!(fixture.recorder.events()[0]["detail"]["object"]["size"], 5);
}
