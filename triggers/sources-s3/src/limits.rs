//! Named limits of the endpoint. Going past one has the outcome its comment states.

use std::time::Duration;

/// Bytes of a key, as on S3. A longer one is `KeyTooLongError`.
pub const MAX_KEY_BYTES: usize = 1_024;
/// Bytes of one part of a key, between two slashes: file systems end there. A longer one is `KeyTooLongError`.
pub const MAX_NAME_BYTES: usize = 255;
/// Bytes of one object, or of one part of it, as on S3. More are `EntityTooLarge`.
pub const MAX_OBJECT_BYTES: u64 = 5 * 1024 * 1024 * 1024;
/// Bytes of what a client may keep beside an object: user metadata and content headers. More are `MetadataTooLarge`.
pub const MAX_ATTRIBUTES_BYTES: usize = 16 * 1024;
/// Bytes of every part of a multipart upload but the last, at least, as on S3. Fewer are `EntityTooSmall`.
pub const MIN_PART_BYTES: u64 = 5 * 1024 * 1024;
/// The highest part number, as on S3. A higher one is `InvalidArgument`.
pub const MAX_PART_NUMBER: i32 = 10_000;
/// Multipart uploads that were begun and not ended. One more is `SlowDown`.
pub const MAX_UPLOADS: usize = 1_000;
/// How long an upload that nobody ends is kept; older ones are removed when the endpoint starts.
pub const UPLOAD_AGE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Entries of one page of a list, as on S3; a client that asks for more gets this many.
pub const MAX_PAGE: usize = 1_000;
/// Objects named in one DeleteObjects request, as on S3. More are `MalformedXML`.
pub const MAX_DELETES: usize = 1_000;
/// How long a client may send nothing of a body that it began; then `RequestTimeout`.
pub const STALL: Duration = Duration::from_secs(30);
/// Bytes of a request's XML. More are refused by the protocol library.
pub const MAX_XML_BYTES: usize = 8 * 1024 * 1024;
