//! DeleteObject and DeleteObjects. The deletion of nothing succeeds, and is no event.

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use super::Endpoint;
use super::conditions::check_write;
use crate::limits::MAX_DELETES;

/// DeleteObject.
pub(super) async fn one(endpoint: &Endpoint, input: DeleteObjectInput) -> S3Result<DeleteObjectOutput> {
    let (storage, bucket, key) = (&endpoint.storage, input.bucket.as_str(), input.key.as_str());
    refuse_version(input.version_id.as_deref())?;
    let _turn = storage.lock(bucket, [key]).await;
    let Some(found) = storage.look(bucket, key).await? else { return Ok(DeleteObjectOutput::default()) };
    check_write(input.if_match.as_ref(), None, Some(&found))?;
    endpoint.deleted(bucket, &[key]).await?;
    storage.remove(bucket, key).await?;
    Ok(DeleteObjectOutput::default())
}

/// DeleteObjects: a key that cannot be deleted is told, and the others are deleted.
pub(super) async fn many(endpoint: &Endpoint, input: DeleteObjectsInput) -> S3Result<DeleteObjectsOutput> {
    let (storage, bucket, objects) = (&endpoint.storage, input.bucket.as_str(), input.delete.objects);
    if objects.len() > MAX_DELETES {
        return Err(s3_error!(MalformedXML, "at most {} objects in one request", MAX_DELETES));
    }
    storage.check_bucket(bucket).await?;
    let _turn = storage.lock(bucket, objects.iter().map(|object| object.key.as_str())).await;
    let (mut present, mut errors, mut deleted) = (Vec::new(), Vec::new(), Vec::new());
    for object in &objects {
        let found = match refuse_version(object.version_id.as_deref()) {
            Ok(()) => storage.look(bucket, &object.key).await,
            Err(error) => Err(error),
        };
        match found {
            Ok(found) => {
                if found.is_some() && !present.contains(&object.key.as_str()) {
                    present.push(object.key.as_str());
                }
                deleted.push(DeletedObject { key: Some(object.key.clone()), ..Default::default() });
            }
            Err(error) => errors.push(Error {
                code: Some(error.code().as_str().to_owned()),
                key: Some(object.key.clone()),
                message: error.message().map(str::to_owned),
                version_id: None,
            }),
        }
    }
    endpoint.deleted(bucket, &present).await?;
    for key in present {
        storage.remove(bucket, key).await?;
    }
    let quiet = input.delete.quiet.unwrap_or(false);
    Ok(DeleteObjectsOutput {
        deleted: (!quiet).then_some(deleted),
        errors: (!errors.is_empty()).then_some(errors),
        ..Default::default()
    })
}

fn refuse_version(version: Option<&str>) -> S3Result<()> {
    match version {
        None | Some("" | "null") => Ok(()),
        Some(_) => Err(s3_error!(NoSuchVersion, "versions are not kept here")),
    }
}
