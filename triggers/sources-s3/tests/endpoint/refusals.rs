//! What is refused, and leaves no trace.

use crate::support::{BUCKET, Fixture, HELLO, object};

#[tokio::test(flavor = "multi_thread")]
async fn only_the_signature_of_the_secret_opens() {
    let fixture = Fixture::start().await;
    let put = || fixture.request("PUT", &object("k")).body(HELLO);
    put().user(Some("test:wrong")).send().await.refused(403, "SignatureDoesNotMatch");
    put().user(Some("nobody:secret")).send().await.expect(403);
    put().user(None).send().await.refused(403, "AccessDenied");
    fixture.request("GET", &format!("/{BUCKET}")).user(None).send().await.refused(403, "AccessDenied");
    fixture.get("k").await.refused(404, "NoSuchKey");
    assert_eq!(fixture.recorder.asked(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_what_was_signed_leaves_the_object_as_it_was() {
    let fixture = Fixture::start().await;
    fixture.given("k", HELLO).await;
    let hash = format!("x-amz-content-sha256: {}", "0".repeat(64));
    let put = fixture.request("PUT", &object("k")).body(b"other").header(&hash).send().await;
    assert_eq!(put.status, 400, "{}", put.text());
    let md5 =
        fixture.request("PUT", &object("k")).body(b"other").header("Content-MD5: XUFAKrxLKna5cZ2REBfFkg==");
    md5.send().await.refused(400, "BadDigest");
    assert_eq!(fixture.recorder.story(), [""; 0]);
    assert_eq!(fixture.get("k").await.expect(200).body, HELLO);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_do_not_leave_their_bucket() {
    let fixture = Fixture::start().await;
    std::fs::write(fixture.outside.path().join("secret"), "s").unwrap();
    for key in ["../x", "a/../../x", "../../secret", "a/./b", ".."] {
        for method in ["PUT", "GET", "DELETE"] {
            let target = format!("/{BUCKET}/{key}");
            let request = fixture.request(method, &target);
            let request = if method == "PUT" { request.body(HELLO) } else { request };
            let answer = request.send().await;
            assert_eq!(answer.status, 400, "{method} {target}: {}", answer.text());
        }
    }
    assert_eq!(fixture.recorder.asked(), 0);
    let names = |folder: &std::path::Path| {
        let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(fixture.outside.path()), ["s3", "secret"]);
    assert_eq!(names(&fixture.file("")), [""; 0], "not even in the bucket");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_have_a_longest_length() {
    let fixture = Fixture::start().await;
    let longest = format!("{}{}", "k/".repeat(447), "n".repeat(130));
    assert_eq!(longest.len(), 1_024);
    fixture.put(&longest, HELLO).await.expect(200);
    assert_eq!(fixture.get(&longest).await.expect(200).body, HELLO);
    fixture.put(&format!("{longest}n"), HELLO).await.refused(400, "KeyTooLongError");
    fixture.put(&"n".repeat(255), HELLO).await.expect(200);
    fixture.put(&"n".repeat(256), HELLO).await.refused(400, "KeyTooLongError");
    assert_eq!(fixture.recorder.events().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_must_be_there() {
    let fixture = Fixture::start().await;
    fixture.request("PUT", "/nowhere/k").body(HELLO).send().await.refused(404, "NoSuchBucket");
    fixture.request("GET", "/nowhere/k").send().await.refused(404, "NoSuchBucket");
    fixture.request("DELETE", "/nowhere/k").send().await.refused(404, "NoSuchBucket");
    fixture.request("GET", "/nowhere?list-type=2").send().await.refused(404, "NoSuchBucket");
    fixture.request("POST", "/nowhere/k?uploads=").send().await.refused(404, "NoSuchBucket");
    assert_eq!(fixture.recorder.asked(), 0);
    fixture.request("HEAD", "/nowhere").send().await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_not_an_object_and_a_folder_at_once() {
    let fixture = Fixture::start().await;
    fixture.given("a/b", HELLO).await;
    for key in ["a", "a/b/c"] {
        let answer = fixture.put(key, HELLO).await;
        assert!((400..500).contains(&answer.status), "{key}: {} {}", answer.status, answer.text());
        fixture.get(key).await.refused(404, "NoSuchKey");
    }
    assert_eq!(fixture.recorder.story(), [""; 0]);
    assert_eq!(fixture.get("a/b").await.expect(200).body, HELLO);
}
