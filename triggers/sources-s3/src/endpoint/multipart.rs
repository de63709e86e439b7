//! Multipart uploads. The parts stay until the object's event is durable, so that a completion can be repeated.

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use super::Endpoint;
use super::announce::Written;
use super::conditions::check_write;
use super::copy::source;
use super::objects::content_encoding;
use crate::limits::{MAX_PAGE, MAX_PART_NUMBER};
use crate::storage::{Attributes, Expected, PartFile};

/// CreateMultipartUpload.
pub(super) async fn create(
    endpoint: &Endpoint,
    input: CreateMultipartUploadInput,
) -> S3Result<CreateMultipartUploadOutput> {
    if input.key.ends_with('/') {
        return Err(s3_error!(
            InvalidArgument,
            "a key with a slash at its end is a folder here, and has no bytes"
        ));
    }
    let attributes = Attributes {
        content_type: input.content_type,
        content_encoding: content_encoding(input.content_encoding),
        content_disposition: input.content_disposition,
        content_language: input.content_language,
        cache_control: input.cache_control,
        metadata: input.metadata.unwrap_or_default().into_iter().collect(),
    };
    let id = endpoint.storage.begin(&input.bucket, &input.key, attributes).await?;
    Ok(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id),
        ..Default::default()
    })
}

fn check_number(number: i32) -> S3Result<()> {
    if (1..=MAX_PART_NUMBER).contains(&number) {
        return Ok(());
    }
    Err(s3_error!(InvalidArgument, "a part's number is 1 to {}", MAX_PART_NUMBER))
}

/// UploadPart.
pub(super) async fn upload_part(
    endpoint: &Endpoint,
    input: UploadPartInput,
    mut expected: Expected,
) -> S3Result<UploadPartOutput> {
    let storage = &endpoint.storage;
    check_number(input.part_number)?;
    let (folder, _) = storage.upload(&input.upload_id, &input.bucket, &input.key).await?;
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
    storage.keep_part(folder, input.part_number, &received).await?;
    let sums = received.checksum.clone();
    Ok(UploadPartOutput {
        e_tag: Some(ETag::Strong(received.etag())),
        checksum_crc32: sums.checksum_crc32,
        checksum_crc32c: sums.checksum_crc32c,
        checksum_sha1: sums.checksum_sha1,
        checksum_sha256: sums.checksum_sha256,
        checksum_crc64nvme: sums.checksum_crc64nvme,
        ..Default::default()
    })
}

/// UploadPartCopy: a part from an object that is there.
pub(super) async fn upload_part_copy(
    endpoint: &Endpoint,
    input: UploadPartCopyInput,
) -> S3Result<UploadPartCopyOutput> {
    let storage = &endpoint.storage;
    check_number(input.part_number)?;
    let (folder, _) = storage.upload(&input.upload_id, &input.bucket, &input.key).await?;
    let (bucket, key) = source(&input.copy_source)?;
    let found = storage.find(bucket, key).await?;
    let range = match input.copy_source_range.as_deref() {
        Some(text) => Range::parse(text).map_err(|_| s3_error!(InvalidArgument))?.check(found.size)?,
        None => 0..found.size,
    };
    let body = found.read(range.start, range.end - range.start).await?;
    let received = storage.receive(body, Expected::default()).await?;
    storage.keep_part(folder, input.part_number, &received).await?;
    let result = CopyPartResult {
        e_tag: Some(ETag::Strong(received.etag())),
        last_modified: Some(std::time::SystemTime::now().into()),
        ..Default::default()
    };
    Ok(UploadPartCopyOutput { copy_part_result: Some(result), ..Default::default() })
}

/// ListParts, by number.
pub(super) async fn list_parts(endpoint: &Endpoint, input: ListPartsInput) -> S3Result<ListPartsOutput> {
    let (folder, _) = endpoint.storage.upload(&input.upload_id, &input.bucket, &input.key).await?;
    let all = endpoint.storage.parts(folder).await?;
    let limit = input.max_parts.and_then(|n| usize::try_from(n).ok()).unwrap_or(MAX_PAGE).min(MAX_PAGE);
    let after = input.part_number_marker.unwrap_or(0);
    let mut rest = all.into_iter().filter(|(number, _)| *number > after);
    let part = |(number, file): (i32, PartFile)| Part {
        part_number: Some(number),
        e_tag: Some(ETag::Strong(file.md5)),
        size: i64::try_from(file.size).ok(),
        last_modified: Some(file.modified.into()),
        ..Default::default()
    };
    let parts: Vec<Part> = rest.by_ref().take(limit).map(part).collect();
    let more = rest.next().is_some();
    Ok(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        is_truncated: Some(more),
        max_parts: i32::try_from(limit).ok(),
        next_part_number_marker: parts.last().filter(|_| more).and_then(|part| part.part_number),
        parts: Some(parts),
        ..Default::default()
    })
}

/// CompleteMultipartUpload.
pub(super) async fn complete(
    endpoint: &Endpoint,
    input: CompleteMultipartUploadInput,
) -> S3Result<CompleteMultipartUploadOutput> {
    let storage = &endpoint.storage;
    let (bucket, key) = (input.bucket.as_str(), input.key.as_str());
    let (folder, attributes) = storage.upload(&input.upload_id, bucket, key).await?;
    let named = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
    let parts = chosen(storage.parts(folder.clone()).await?, &named)?;
    let (received, etag) = storage.assemble(parts).await?;
    let _turn = storage.lock(bucket, [key]).await;
    if input.if_match.is_some() || input.if_none_match.is_some() {
        let there = storage.look(bucket, key).await?;
        check_write(input.if_match.as_ref(), input.if_none_match.as_ref(), there.as_ref())?;
    }
    storage.name(&received, (bucket, key), &etag, &attributes).await?;
    let written =
        Written { reason: "CompleteMultipartUpload", bucket, key, size: received.size, etag: &etag };
    endpoint.created(&written).await?;
    storage.end(folder).await?;
    Ok(CompleteMultipartUploadOutput {
        location: Some(format!("/{bucket}/{key}")),
        e_tag: Some(ETag::Strong(etag)),
        bucket: Some(input.bucket),
        key: Some(input.key),
        ..Default::default()
    })
}

/// The files of the parts that the client names, which are there, in order, and the ones it means.
fn chosen(
    all: std::collections::BTreeMap<i32, PartFile>,
    named: &[CompletedPart],
) -> S3Result<Vec<PartFile>> {
    if named.is_empty() {
        return Err(s3_error!(MalformedXML, "name at least one part"));
    }
    let mut last = 0;
    let mut parts = Vec::with_capacity(named.len());
    for part in named {
        let number = part.part_number.unwrap_or(0);
        if number <= last {
            return Err(s3_error!(InvalidPartOrder, "name the parts in the order of their numbers"));
        }
        last = number;
        let file =
            all.get(&number).filter(|file| part.e_tag.as_ref().is_none_or(|tag| tag.value() == file.md5));
        let missing = || s3_error!(InvalidPart, "part {} was not uploaded, or is another one", number);
        parts.push(file.ok_or_else(missing)?.clone());
    }
    Ok(parts)
}

/// AbortMultipartUpload.
pub(super) async fn abort(
    endpoint: &Endpoint,
    input: AbortMultipartUploadInput,
) -> S3Result<AbortMultipartUploadOutput> {
    let (folder, _) = endpoint.storage.upload(&input.upload_id, &input.bucket, &input.key).await?;
    endpoint.storage.end(folder).await?;
    Ok(AbortMultipartUploadOutput::default())
}
