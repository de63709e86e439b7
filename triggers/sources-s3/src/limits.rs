//! Named limits of the endpoint.

/// Bytes of one part of a key, between two slashes: file systems end there. A longer one is `KeyTooLongError`.
pub const MAX_NAME_BYTES: usize = 255;
/// Bytes of a whole key. The storage keeps an object's attributes in a file named after bucket and key in base64, so it is
/// less than S3's 1,024. A longer one is `KeyTooLongError`.
pub const MAX_KEY_BYTES: usize = 130;
/// Objects named in one DeleteObjects request, as on S3. More are `MalformedXML`.
pub const MAX_DELETES: usize = 1_000;
