//! Copies.

use crate::support::{Fixture, HELLO, HELLO_MD5, object};

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_an_event_and_keeps_what_lies_beside_the_bytes() {
    let fixture = Fixture::start().await;
    let put = fixture.request("PUT", &object("from/a b+c")).body(HELLO).header("Content-Type: text/csv");
    put.header("x-amz-meta-owner: alpha").send().await.expect(200);
    let source = format!("x-amz-copy-source: {}", object("from/a b+c"));
    let copy = fixture.request("PUT", &object("to/same")).header(&source).send().await.expect(200);
    assert_eq!(copy.one("ETag"), format!("\"{HELLO_MD5}\""));
    let replace = fixture.request("PUT", &object("to/new")).header(&source);
    let replace = replace.header("x-amz-metadata-directive: REPLACE").header("Content-Type: text/plain");
    replace.header("x-amz-meta-owner: beta").send().await.expect(200);
    for (key, kind, owner) in [("to/same", "text/csv", "alpha"), ("to/new", "text/plain", "beta")] {
        let found = fixture.get(key).await.expect(200);
        assert_eq!(found.body, HELLO);
        assert_eq!(
            (found.headers["content-type"].as_str(), found.headers["x-amz-meta-owner"].as_str()),
            (kind, owner)
        );
    }
    let story = fixture.recorder.story();
    assert_eq!(story[1..], ["Object Created CopyObject to/same", "Object Created CopyObject to/new"]);
    let copied = &fixture.recorder.events()[1]["detail"]["object"];
    assert_eq!((&copied["size"], &copied["etag"]), (&5.into(), &HELLO_MD5.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_nothing_is_refused() {
    let fixture = Fixture::start().await;
    let from =
        |source: &str| fixture.request("PUT", &object("to")).header(&format!("x-amz-copy-source: {source}"));
    from("/uploads/none").send().await.refused(404, "NoSuchKey");
    from("/nowhere/none").send().await.refused(404, "NoSuchBucket");
    from("/uploads/../../outside").send().await.expect(400);
    fixture.get("to").await.refused(404, "NoSuchKey");
    assert_eq!(fixture.recorder.asked(), 0);
}
