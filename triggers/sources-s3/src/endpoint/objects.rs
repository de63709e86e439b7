//! PutObject, GetObject, HeadObject.

use s3s::dto::*;
use s3s::{S3Response, S3Result, s3_error};

use super::announce::Written;
use super::conditions::{Conditions, check_write};
use super::{Answer, Endpoint};
use crate::storage::{Attributes, Expected, Found};

/// PutObject: received, checked, named, told.
pub(super) async fn put(
    endpoint: &Endpoint,
    input: PutObjectInput,
    mut expected: Expected,
) -> S3Result<PutObjectOutput> {
    let (bucket, key) = (input.bucket.as_str(), input.key.as_str());
    let storage = &endpoint.storage;
    storage.check_bucket(bucket).await?;
    storage.object_path(bucket, key)?;
    let attributes = Attributes {
        content_type: input.content_type,
        content_encoding: content_encoding(input.content_encoding),
        content_disposition: input.content_disposition,
        content_language: input.content_language,
        cache_control: input.cache_control,
        metadata: input.metadata.unwrap_or_default().into_iter().collect(),
    };
    attributes.check()?;
    let body = input.body.ok_or_else(|| s3_error!(IncompleteBody))?;
    let checksum = Checksum {
        checksum_crc32: input.checksum_crc32,
        checksum_crc32c: input.checksum_crc32c,
        checksum_sha1: input.checksum_sha1,
        checksum_sha256: input.checksum_sha256,
        checksum_crc64nvme: input.checksum_crc64nvme,
        ..Default::default()
    };
    expected.algorithm = input.checksum_algorithm.map(|name| name.as_str().to_owned()).or(expected.algorithm);
    (expected.md5, expected.checksum) = (input.content_md5, checksum);
    let received = storage.receive(body, expected).await?;
    let etag = received.etag();
    let _turn = storage.lock(bucket, [key]).await;
    if input.if_match.is_some() || input.if_none_match.is_some() {
        let there = storage.look(bucket, key).await?;
        check_write(input.if_match.as_ref(), input.if_none_match.as_ref(), there.as_ref())?;
    }
    storage.name(&received, (bucket, key), &etag, &attributes).await?;
    let written = Written { reason: "PutObject", bucket, key, size: received.size, etag: &etag };
    endpoint.created(&written).await?;
    let sums = received.checksum.clone();
    Ok(PutObjectOutput {
        e_tag: Some(ETag::Strong(etag)),
        checksum_crc32: sums.checksum_crc32,
        checksum_crc32c: sums.checksum_crc32c,
        checksum_sha1: sums.checksum_sha1,
        checksum_sha256: sums.checksum_sha256,
        checksum_crc64nvme: sums.checksum_crc64nvme,
        ..Default::default()
    })
}

/// `aws-chunked` is how the body was sent, not what it is.
pub(super) fn content_encoding(given: Option<String>) -> Option<String> {
    let rest: Vec<String> = given?.split(',').map(|part| part.trim().to_owned()).collect();
    let rest: Vec<String> =
        rest.into_iter().filter(|part| part != "aws-chunked" && !part.is_empty()).collect();
    (!rest.is_empty()).then(|| rest.join(","))
}

/// GetObject, whole or a range.
pub(super) async fn get(endpoint: &Endpoint, input: GetObjectInput) -> Answer<GetObjectOutput> {
    let found = endpoint.storage.find(&input.bucket, &input.key).await?;
    let conditions = Conditions {
        is: input.if_match,
        is_not: input.if_none_match,
        modified_since: input.if_modified_since,
        unmodified_since: input.if_unmodified_since,
    };
    conditions.check_read(&found)?;
    let (start, length, range) = match input.range {
        None => (0, found.size, None),
        Some(range) => {
            let range = range.check(found.size)?;
            let shown = format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), found.size);
            (range.start, range.end - range.start, Some(shown))
        }
    };
    let body = found.read(start, length).await?;
    let attributes = found.attributes;
    Ok(S3Response::new(GetObjectOutput {
        body: Some(body),
        accept_ranges: Some("bytes".to_owned()),
        content_length: i64::try_from(length).ok(),
        content_range: range,
        content_type: Some(input.response_content_type.or(attributes.content_type).unwrap_or_else(octets)),
        content_encoding: input.response_content_encoding.or(attributes.content_encoding),
        content_disposition: input.response_content_disposition.or(attributes.content_disposition),
        content_language: input.response_content_language.or(attributes.content_language),
        cache_control: input.response_cache_control.or(attributes.cache_control),
        e_tag: Some(ETag::Strong(found.etag)),
        last_modified: Some(found.modified.into()),
        metadata: metadata(attributes.metadata),
        ..Default::default()
    }))
}

/// HeadObject.
pub(super) async fn head(endpoint: &Endpoint, input: HeadObjectInput) -> S3Result<HeadObjectOutput> {
    let found = endpoint.storage.find(&input.bucket, &input.key).await?;
    let conditions = Conditions {
        is: input.if_match,
        is_not: input.if_none_match,
        modified_since: input.if_modified_since,
        unmodified_since: input.if_unmodified_since,
    };
    conditions.check_read(&found)?;
    let Found { size, modified, etag, attributes, .. } = found;
    Ok(HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        content_length: i64::try_from(size).ok(),
        content_type: Some(attributes.content_type.unwrap_or_else(octets)),
        content_encoding: attributes.content_encoding,
        content_disposition: attributes.content_disposition,
        content_language: attributes.content_language,
        cache_control: attributes.cache_control,
        e_tag: Some(ETag::Strong(etag)),
        last_modified: Some(modified.into()),
        metadata: metadata(attributes.metadata),
        ..Default::default()
    })
}

/// What S3 says of an object that nobody gave a type.
fn octets() -> String {
    "binary/octet-stream".to_owned()
}

fn metadata(all: std::collections::BTreeMap<String, String>) -> Option<Metadata> {
    (!all.is_empty()).then(|| all.into_iter().collect())
}
