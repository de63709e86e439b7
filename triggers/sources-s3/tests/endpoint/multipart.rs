//! Uploads in parts.

use crate::support::{Answer, Fixture, HELLO, object};

const MIN_PART: usize = 5 * 1024 * 1024;

/// Begins an upload.
async fn begin(fixture: &Fixture, key: &str) -> String {
    let begun = fixture.request("POST", &format!("{}?uploads=", object(key)));
    begun.header("Content-Type: text/csv").send().await.expect(200).one("UploadId")
}

/// Sends a part.
async fn part(fixture: &Fixture, upload: &Upload<'_>, number: usize, body: &[u8]) -> Answer {
    let target = format!("{}?partNumber={number}&uploadId={}", object(upload.key), upload.id);
    fixture.request("PUT", &target).body(body).send().await
}

/// Completes with parts of these tags.
async fn complete(fixture: &Fixture, upload: &Upload<'_>, etags: &[String]) -> Answer {
    let part = |(index, etag): (usize, &String)| {
        format!("<Part><PartNumber>{}</PartNumber><ETag>{etag}</ETag></Part>", index + 1)
    };
    let parts: String = etags.iter().enumerate().map(part).collect();
    let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    let target = format!("{}?uploadId={}", object(upload.key), upload.id);
    fixture.request("POST", &target).body(body.as_bytes()).send().await
}

struct Upload<'a> {
    key: &'a str,
    id: String,
}

/// An upload with two parts; their tags.
async fn two_parts<'a>(fixture: &Fixture, key: &'a str) -> (Upload<'a>, Vec<String>) {
    let upload = Upload { key, id: begin(fixture, key).await };
    let mut etags = Vec::new();
    // The second first: parts come in any order.
    for (number, body) in [(2, HELLO.to_vec()), (1, vec![b'x'; MIN_PART])] {
        etags.insert(0, part(fixture, &upload, number, &body).await.expect(200).headers["etag"].clone());
    }
    (upload, etags)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completed_upload_is_one_event() {
    let fixture = Fixture::start().await;
    let (upload, etags) = two_parts(&fixture, "big/file 1").await;
    assert_eq!(fixture.recorder.asked(), 0, "parts are no events");
    fixture.get("big/file 1").await.refused(404, "NoSuchKey");
    let etag = complete(&fixture, &upload, &etags).await.expect(200).one("ETag");
    assert!(etag.ends_with("-2\""), "{etag}");
    assert_eq!(fixture.recorder.story(), ["Object Created CompleteMultipartUpload big/file 1"]);
    let told = &fixture.recorder.events()[0]["detail"]["object"];
    assert_eq!((&told["size"], &told["etag"]), (&(MIN_PART + 5).into(), &etag.trim_matches('"').into()));
    let read = fixture.get("big/file 1").await.expect(200);
    assert_eq!(read.headers["etag"], etag);
    assert_eq!(read.headers["content-type"], "text/csv");
    assert!(read.body.len() == MIN_PART + 5 && read.body.ends_with(b"xxhello"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_was_told_to_slow_down_completes_again() {
    let fixture = Fixture::start().await;
    let (upload, etags) = two_parts(&fixture, "busy").await;
    fixture.recorder.busy();
    complete(&fixture, &upload, &etags).await.refused(503, "SlowDown");
    fixture.recorder.mood(crate::support::Mood::Accept);
    complete(&fixture, &upload, &etags).await.expect(200);
    assert_eq!(fixture.recorder.story(), ["Object Created CompleteMultipartUpload busy"]);
    assert_eq!(fixture.get("busy").await.expect(200).body.len(), MIN_PART + 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aborted_upload_is_no_event() {
    let fixture = Fixture::start().await;
    let (upload, etags) = two_parts(&fixture, "aborted").await;
    let target = format!("{}?uploadId={}", object(upload.key), upload.id);
    fixture.request("DELETE", &target).send().await.expect(204);
    complete(&fixture, &upload, &etags).await.refused(404, "NoSuchUpload");
    part(&fixture, &upload, 3, HELLO).await.refused(404, "NoSuchUpload");
    fixture.request("DELETE", &target).send().await.refused(404, "NoSuchUpload");
    fixture.get("aborted").await.refused(404, "NoSuchKey");
    assert_eq!(fixture.recorder.asked(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_completion_leaves_the_upload_as_it_is() {
    let fixture = Fixture::start().await;
    let (upload, etags) = two_parts(&fixture, "wrong").await;
    let missing = [etags.clone(), vec![etags[0].clone()]].concat();
    complete(&fixture, &upload, &missing).await.refused(400, "InvalidPart");
    let swapped = [etags[1].clone(), etags[0].clone()];
    complete(&fixture, &upload, &swapped).await.refused(400, "InvalidPart");
    let small = part(&fixture, &upload, 1, HELLO).await.expect(200).headers["etag"].clone();
    complete(&fixture, &upload, &[small, etags[1].clone()]).await.refused(400, "EntityTooSmall");
    assert_eq!(fixture.recorder.asked(), 0);
    part(&fixture, &upload, 1, &vec![b'x'; MIN_PART]).await.expect(200);
    complete(&fixture, &upload, &etags).await.expect(200);
    assert_eq!(fixture.recorder.events().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_are_listed_in_order() {
    let fixture = Fixture::start().await;
    let (upload, etags) = two_parts(&fixture, "parts").await;
    let listed =
        fixture.request("GET", &format!("{}?uploadId={}", object(upload.key), upload.id)).send().await;
    let listed = listed.expect(200);
    assert_eq!(listed.all("PartNumber"), ["1", "2"]);
    assert_eq!(listed.all("Size"), [MIN_PART.to_string(), "5".to_owned()]);
    assert_eq!(listed.all("ETag"), etags);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_object_does_not_inherit_the_checksum_of_the_one_before() {
    let fixture = Fixture::start().await;
    let put = fixture.request("PUT", &object("over")).body(HELLO).header("x-amz-checksum-crc32: NhCmhg==");
    put.send().await.expect(200);
    let (upload, etags) = two_parts(&fixture, "over").await;
    complete(&fixture, &upload, &etags).await.expect(200);
    let read = fixture.request("GET", &object("over")).header("x-amz-checksum-mode: ENABLED").send().await;
    assert_eq!(read.expect(200).headers.get("x-amz-checksum-crc32"), None);
}
