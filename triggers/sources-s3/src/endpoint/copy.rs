//! CopyObject: a copy without a name first, so that a copy onto itself is safe and a reader never sees half of one.

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use super::Endpoint;
use super::announce::Written;
use super::conditions::Conditions;
use super::objects::content_encoding;
use crate::storage::Attributes;

/// CopyObject.
pub(super) async fn copy(endpoint: &Endpoint, input: CopyObjectInput) -> S3Result<CopyObjectOutput> {
    let storage = &endpoint.storage;
    let (from_bucket, from_key) = source(&input.copy_source)?;
    let found = storage.find(from_bucket, from_key).await?;
    let conditions = Conditions {
        is: input.copy_source_if_match,
        is_not: input.copy_source_if_none_match,
        modified_since: input.copy_source_if_modified_since,
        unmodified_since: input.copy_source_if_unmodified_since,
    };
    conditions.check_copy(&found)?;
    let (bucket, key) = (input.bucket.as_str(), input.key.as_str());
    storage.check_bucket(bucket).await?;
    storage.object_path(bucket, key)?;
    let replace = input.metadata_directive.is_some_and(|d| d.as_str() == MetadataDirective::REPLACE);
    if !replace && (from_bucket, from_key) == (bucket, key) {
        return Err(s3_error!(InvalidRequest, "a copy of an object onto itself has to replace its metadata"));
    }
    let attributes = if replace {
        Attributes {
            content_type: input.content_type,
            content_encoding: content_encoding(input.content_encoding),
            content_disposition: input.content_disposition,
            content_language: input.content_language,
            cache_control: input.cache_control,
            metadata: input.metadata.unwrap_or_default().into_iter().collect(),
        }
    } else {
        found.attributes
    };
    attributes.check()?;
    if from_key.ends_with('/') || key.ends_with('/') {
        return Err(s3_error!(
            InvalidArgument,
            "a key with a slash at its end is a folder here, and is not copied"
        ));
    }
    let received = storage.duplicate(&found.path).await?;
    let _turn = storage.lock(bucket, [key]).await;
    storage.name(&received, (bucket, key), &found.etag, &attributes).await?;
    let written = Written { reason: "CopyObject", bucket, key, size: received.size, etag: &found.etag };
    endpoint.created(&written).await?;
    let named = storage.find(bucket, key).await?;
    let result = CopyObjectResult {
        e_tag: Some(ETag::Strong(found.etag)),
        last_modified: Some(named.modified.into()),
        ..Default::default()
    };
    Ok(CopyObjectOutput { copy_object_result: Some(result), ..Default::default() })
}

/// Bucket and key of a source.
pub(super) fn source(source: &CopySource) -> S3Result<(&str, &str)> {
    match source {
        CopySource::Bucket { bucket, key, version_id: None } => Ok((bucket, key)),
        CopySource::Bucket { .. } => Err(s3_error!(NotImplemented, "versions are not kept here")),
        _ => Err(s3_error!(NotImplemented, "a source is named by bucket and key here")),
    }
}
