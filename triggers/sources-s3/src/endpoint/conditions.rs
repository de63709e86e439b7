//! `If-Match` and its kin: whether a request is to be answered at all.

use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3Result, s3_error};

use crate::storage::Found;

/// The four conditions of a request; for a copy they are those on its source.
#[derive(Default)]
pub(super) struct Conditions {
    pub(super) is: Option<ETagCondition>,
    pub(super) is_not: Option<ETagCondition>,
    pub(super) modified_since: Option<Timestamp>,
    pub(super) unmodified_since: Option<Timestamp>,
}

impl Conditions {
    /// Checks them for reading: a tag's condition goes before a time's. What the client has already is `NotModified`.
    pub(super) fn check_read(&self, found: &Found) -> S3Result<()> {
        match self.failing(found) {
            None => Ok(()),
            Some(false) => Err(s3_error!(PreconditionFailed)),
            Some(true) => Err(s3_error!(NotModified)),
        }
    }

    /// Checks them for a copy, where each that fails is `PreconditionFailed`.
    pub(super) fn check_copy(&self, found: &Found) -> S3Result<()> {
        self.failing(found).map_or(Ok(()), |_| Err(s3_error!(PreconditionFailed)))
    }

    /// Nothing when all hold; whether the one that fails asks for a change.
    fn failing(&self, found: &Found) -> Option<bool> {
        // Times in headers have whole seconds.
        let modified = whole_seconds(found);
        let changed = match (&self.is, &self.unmodified_since) {
            (Some(is), _) => !matches(is, found),
            (None, Some(since)) => modified > *since,
            (None, None) => false,
        };
        let same = match (&self.is_not, &self.modified_since) {
            (Some(is_not), _) => matches(is_not, found),
            (None, Some(since)) => modified <= *since,
            (None, None) => false,
        };
        if changed { Some(false) } else { same.then_some(true) }
    }
}

fn whole_seconds(found: &Found) -> Timestamp {
    let since = found.modified.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(since.as_secs()))
}

/// Checks the conditions of a write against what is there, if anything.
pub(super) fn check_write(
    is: Option<&ETagCondition>,
    is_not: Option<&ETagCondition>,
    found: Option<&Found>,
) -> S3Result<()> {
    if let Some(is) = is {
        let Some(found) = found else { return Err(s3_error!(NoSuchKey, "If-Match: the key does not exist")) };
        if !matches(is, found) {
            return Err(s3_error!(PreconditionFailed, "If-Match: the object is another one"));
        }
    }
    if is_not.zip(found).is_some_and(|(is_not, found)| matches(is_not, found)) {
        return Err(s3_error!(PreconditionFailed, "If-None-Match: the object exists"));
    }
    Ok(())
}

fn matches(condition: &ETagCondition, found: &Found) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(ETag::Strong(tag) | ETag::Weak(tag)) => *tag == found.etag,
    }
}
