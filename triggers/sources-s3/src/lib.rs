//! The S3-compatible endpoint whose uploads are events.
//!
//! [`serve`] answers real S3 clients: path and virtual-host style, SigV4, multipart, copy, delete, list. The protocol is
//! `s3s`, the storage `s3s-fs` (a folder per bucket); what stands here is the [`Endpoint`](endpoint::Endpoint) around it:
//! a write that has succeeded becomes an "Object Created" or "Object Deleted" event, and the client hears of its success
//! only when that event is durable. A host that cannot take it makes the client try again (`SlowDown`), as S3 would.
//!
//! Keys that would leave their bucket's folder are refused. Object versions are not kept.

pub mod endpoint;
pub mod host;
pub mod limits;
mod paths;
mod sequencer;
mod serve;

pub use serve::{S3Options, ServeError, serve};
