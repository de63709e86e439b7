//! Lists.

use crate::support::{Answer, BUCKET, Fixture, HELLO, HELLO_MD5};

const KEYS: [&str; 7] = ["a", "b/1", "b/2", "b/c/3", "b-x", "d/4", "e+f g%20h"];

async fn filled() -> Fixture {
    let fixture = Fixture::start().await;
    for key in KEYS {
        fixture.given(key, HELLO).await;
    }
    fixture
}

async fn list(fixture: &Fixture, query: &str) -> Answer {
    fixture.request("GET", &format!("/{BUCKET}?{query}")).send().await.expect(200)
}

/// The prefixes of the entries of a page, without that of the request itself.
fn prefixes(page: &Answer) -> Vec<String> {
    let groups = page.all("CommonPrefixes");
    groups.iter().map(|group| group.replace("<Prefix>", "").replace("</Prefix>", "")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_keys_are_listed_in_order_with_size_and_tag() {
    let fixture = filled().await;
    let mut sorted = KEYS;
    sorted.sort_unstable();
    for query in ["", "list-type=2"] {
        let page = list(&fixture, query).await;
        assert_eq!(page.all("Key"), sorted);
        assert_eq!(page.all("Size"), ["5"; KEYS.len()]);
        assert_eq!(page.all("ETag"), vec![format!("\"{HELLO_MD5}\""); KEYS.len()]);
        assert_eq!(page.one("IsTruncated"), "false");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_and_a_delimiter_make_folders() {
    let fixture = filled().await;
    for version in ["", "&list-type=2"] {
        let top = list(&fixture, &format!("delimiter=%2F{version}")).await;
        assert_eq!(top.all("Key"), ["a", "b-x", "e+f g%20h"]);
        assert_eq!(prefixes(&top), ["b/", "d/"]);
        let below = match version {
            "" => "delimiter=%2F&prefix=b%2F",
            _ => "delimiter=%2F&list-type=2&prefix=b%2F",
        };
        let below = list(&fixture, below).await;
        assert_eq!(
            (below.all("Key"), prefixes(&below)),
            (vec!["b/1".into(), "b/2".into()], vec!["b/c/".into()])
        );
        let part = list(&fixture, "list-type=2&prefix=b").await;
        assert_eq!(part.all("Key"), ["b-x", "b/1", "b/2", "b/c/3"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_join_without_gap_or_repeat() {
    let fixture = filled().await;
    let whole = list(&fixture, "delimiter=%2F&list-type=2").await;
    for (version, next, from) in
        [("list-type=2&", "NextContinuationToken", "continuation-token"), ("", "NextMarker", "marker")]
    {
        let (mut keys, mut folders, mut pages) = (Vec::new(), Vec::new(), 0);
        let mut after = String::new();
        loop {
            // Curl signs the parameters as they stand: they have to be in order.
            let query = match version {
                "" => format!("delimiter=%2F&{after}max-keys=2"),
                _ => format!("{after}delimiter=%2F&list-type=2&max-keys=2"),
            };
            let page = list(&fixture, &query).await;
            pages += 1;
            keys.extend(page.all("Key"));
            folders.extend(prefixes(&page));
            assert!(pages <= 3, "{query}");
            if page.one("IsTruncated") == "false" {
                break;
            }
            after = format!(
                "{from}={}&",
                page.one(next).replace('/', "%2F").replace('+', "%2B").replace('=', "%3D")
            );
        }
        assert_eq!((keys, folders, pages), (whole.all("Key"), prefixes(&whole), 3), "{next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_encoded_for_clients_that_ask_for_it() {
    let fixture = filled().await;
    let plain = list(&fixture, "list-type=2&prefix=e").await;
    assert_eq!(plain.all("Key"), ["e+f g%20h"]);
    for query in ["encoding-type=url&list-type=2&prefix=e", "encoding-type=url&prefix=e"] {
        let encoded = list(&fixture, query).await;
        let key = encoded.one("Key");
        assert!(matches!(key.as_str(), "e%2Bf%20g%2520h" | "e%2Bf+g%2520h"), "{key}");
        assert_eq!(encoded.one("EncodingType"), "url");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_buckets_given_at_the_start_are_there() {
    let fixture = Fixture::start().await;
    let buckets = || async { fixture.request("GET", "/").send().await.expect(200).all("Name") };
    assert_eq!(buckets().await, ["archive", "uploads"]);
    fixture.request("PUT", "/later").send().await.expect(200);
    assert_eq!(buckets().await, ["archive", "later", "uploads"]);
    fixture.request("HEAD", "/later").send().await.expect(200);
    assert_eq!(fixture.recorder.asked(), 0);
}
