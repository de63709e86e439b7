//! Deletions.

use crate::support::{BUCKET, Fixture, HELLO, Mood, object};

#[tokio::test(flavor = "multi_thread")]
async fn only_the_deletion_of_something_is_an_event() {
    let fixture = Fixture::start().await;
    fixture.given("gone/a b", HELLO).await;
    fixture.request("DELETE", &object("never")).send().await.expect(204);
    fixture.request("DELETE", &object("gone")).send().await.expect(204);
    assert_eq!(fixture.recorder.story(), [""; 0]);
    fixture.request("DELETE", &object("gone/a b")).send().await.expect(204);
    fixture.request("DELETE", &object("gone/a b")).send().await.expect(204);
    assert_eq!(fixture.recorder.story(), ["Object Deleted DeleteObject gone/a b"]);
    let object = &fixture.recorder.events()[0]["detail"]["object"];
    assert!(object.get("size").is_none() && object["sequencer"].is_string());
    fixture.get("gone/a b").await.refused(404, "NoSuchKey");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_was_told_to_slow_down_deletes_again() {
    let fixture = Fixture::start().await;
    fixture.given("busy", HELLO).await;
    fixture.recorder.busy();
    fixture.request("DELETE", &object("busy")).send().await.refused(503, "SlowDown");
    fixture.recorder.mood(Mood::Accept);
    fixture.request("DELETE", &object("busy")).send().await.expect(204);
    assert_eq!(fixture.recorder.story(), ["Object Deleted DeleteObject busy"]);
    fixture.get("busy").await.refused(404, "NoSuchKey");
}

fn delete(keys: impl Iterator<Item = String>) -> Vec<u8> {
    let objects: String = keys.map(|key| format!("<Object><Key>{key}</Key></Object>")).collect();
    format!("<Delete>{objects}</Delete>").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_deleted_at_once() {
    let fixture = Fixture::start().await;
    for key in ["m/1", "m/2", "m/3"] {
        fixture.given(key, HELLO).await;
    }
    let keys = ["m/1", "m/none", "m/2"].map(str::to_owned);
    let target = format!("/{BUCKET}?delete=");
    let answer =
        fixture.request("POST", &target).body(&delete(keys.clone().into_iter())).send().await.expect(200);
    assert_eq!(answer.all("Key"), keys);
    let deleted = ["m/1", "m/2"].map(|key| format!("Object Deleted DeleteObject {key}"));
    assert_eq!(fixture.recorder.story(), deleted);
    fixture.get("m/3").await.expect(200);
    let most = (0..1_000).map(|n| n.to_string());
    fixture.request("POST", &target).body(&delete(most)).send().await.expect(200);
    let more = std::iter::once("m/3".to_owned()).chain((0..1_000).map(|n| n.to_string()));
    fixture.request("POST", &target).body(&delete(more)).send().await.refused(400, "MalformedXML");
    fixture.get("m/3").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_with_objects_is_not_deleted() {
    let fixture = Fixture::start().await;
    fixture.given("deep/down/x", HELLO).await;
    let bucket = format!("/{BUCKET}");
    fixture.request("DELETE", &bucket).send().await.refused(409, "BucketNotEmpty");
    fixture.get("deep/down/x").await.expect(200);
    fixture.request("DELETE", &object("deep/down/x")).send().await.expect(204);
    fixture.request("DELETE", &bucket).send().await.expect(204);
    fixture.request("HEAD", &bucket).send().await.expect(404);
    fixture.put("x", HELLO).await.refused(404, "NoSuchBucket");
}
