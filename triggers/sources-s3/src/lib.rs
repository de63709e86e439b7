//! The S3-compatible endpoint whose uploads are events.
//!
//! [`serve`] answers real S3 clients: path and virtual-host style, SigV4, multipart, copy, delete, list. The central type
//! is the [`Endpoint`](endpoint::Endpoint): a write that has succeeded becomes an "Object Created" or "Object Deleted"
//! event, and the client hears of its success only when that event is durable. A host that cannot take it makes the
//! client try again (`SlowDown`), as S3 would; the second write is then an event of its own.
//!
//! The protocol is the `s3s` library's. The [`Storage`](storage::Storage) is plain: a folder per bucket and a file per
//! object under its own name, so that functions and people can read uploads without a client. A file appears whole, by
//! being moved to its name after its bytes and their digests were checked and are on the disk. What S3 keeps beside the
//! bytes lies in a hidden folder. Keys that would leave their bucket's folder are refused; versions, access lists, tags
//! and encryption are not kept.

pub mod endpoint;
pub mod host;
pub mod limits;
mod sequencer;
mod serve;
pub mod storage;
mod upload;

pub use serve::{S3Options, ServeError, open, serve, serve_endpoint, service};
pub use upload::{Upload, UploadError, Uploaded};
