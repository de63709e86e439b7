//! ListObjects in both versions, and ListBuckets. A page's token is its last key.

use s3s::S3Result;
use s3s::dto::*;

use super::Endpoint;
use crate::limits::MAX_PAGE;
use crate::storage::list::{Entry, Page, Query};

/// ListObjectsV2.
pub(super) async fn objects_v2(
    endpoint: &Endpoint,
    input: ListObjectsV2Input,
) -> S3Result<ListObjectsV2Output> {
    let after = input.continuation_token.clone().or_else(|| input.start_after.clone());
    let query = query(input.prefix.as_deref(), input.delimiter.as_deref(), after, input.max_keys);
    let limit = query.limit;
    let page = endpoint.storage.list(&input.bucket, query).await?;
    let text = Text(input.encoding_type.as_ref().is_some_and(|e| e.as_str() == EncodingType::URL));
    let next = page.more.then(|| page.entries.keys().next_back().cloned()).flatten();
    let count = page.entries.len();
    let (contents, prefixes) = shown(page, &text);
    Ok(ListObjectsV2Output {
        name: Some(input.bucket),
        is_truncated: Some(next.is_some()),
        next_continuation_token: next,
        key_count: i32::try_from(count).ok(),
        max_keys: i32::try_from(limit).ok(),
        contents,
        common_prefixes: prefixes,
        prefix: input.prefix.map(|prefix| text.show(prefix)),
        delimiter: input.delimiter.map(|delimiter| text.show(delimiter)),
        start_after: input.start_after.map(|key| text.show(key)),
        continuation_token: input.continuation_token,
        encoding_type: input.encoding_type,
        ..Default::default()
    })
}

/// ListObjects, as older clients ask.
pub(super) async fn objects_v1(endpoint: &Endpoint, input: ListObjectsInput) -> S3Result<ListObjectsOutput> {
    let query =
        query(input.prefix.as_deref(), input.delimiter.as_deref(), input.marker.clone(), input.max_keys);
    let limit = query.limit;
    let page = endpoint.storage.list(&input.bucket, query).await?;
    let text = Text(input.encoding_type.as_ref().is_some_and(|e| e.as_str() == EncodingType::URL));
    let next = page.more.then(|| page.entries.keys().next_back().cloned()).flatten();
    let (contents, prefixes) = shown(page, &text);
    Ok(ListObjectsOutput {
        name: Some(input.bucket),
        is_truncated: Some(next.is_some()),
        next_marker: next.map(|next| text.show(next)),
        max_keys: i32::try_from(limit).ok(),
        contents,
        common_prefixes: prefixes,
        prefix: input.prefix.map(|prefix| text.show(prefix)),
        delimiter: input.delimiter.map(|delimiter| text.show(delimiter)),
        marker: input.marker.map(|marker| text.show(marker)),
        encoding_type: input.encoding_type,
        ..Default::default()
    })
}

/// ListBuckets.
pub(super) async fn buckets(endpoint: &Endpoint) -> S3Result<ListBucketsOutput> {
    let bucket = |(name, created): (String, std::time::SystemTime)| Bucket {
        name: Some(name),
        creation_date: Some(created.into()),
        ..Default::default()
    };
    let all = endpoint.storage.buckets().await?.into_iter().map(bucket).collect();
    Ok(ListBucketsOutput { buckets: Some(all), ..Default::default() })
}

fn query(prefix: Option<&str>, delimiter: Option<&str>, after: Option<String>, limit: Option<i32>) -> Query {
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MAX_PAGE).min(MAX_PAGE);
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Query { prefix: text(prefix), delimiter: text(delimiter), after: after.unwrap_or_default(), limit }
}

fn shown(page: Page, text: &Text) -> (Option<ObjectList>, Option<CommonPrefixList>) {
    let (mut objects, mut prefixes) = (Vec::new(), Vec::new());
    for (key, entry) in page.entries {
        let key = Some(text.show(key));
        match entry {
            Entry::Prefix => prefixes.push(CommonPrefix { prefix: key }),
            Entry::Object { size, modified, etag } => objects.push(Object {
                key,
                size: i64::try_from(size).ok(),
                last_modified: Some(modified.into()),
                e_tag: etag.map(ETag::Strong),
                storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
                ..Default::default()
            }),
        }
    }
    (Some(objects), (!prefixes.is_empty()).then_some(prefixes))
}

/// How keys are written: percent-encoded where the client asks for it, which XML needs for some characters.
struct Text(bool);

impl Text {
    fn show(&self, text: String) -> String {
        if !self.0 {
            return text;
        }
        let mut out = String::with_capacity(text.len());
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
        out
    }
}
