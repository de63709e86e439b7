//! Raw payloads of every provider to events. Pure.
//!
//! The central function is [`decode()`]: a [`Raw`] payload in, and for each event found in it, in order, either a
//! [`Decoded`] event (the text of an EventBridge envelope with its [`Identity`](fanin_event::Identity)) or a
//! [`Rejected`] that says what is wrong and what to write instead. Nothing is dropped in silence: a payload that holds
//! ten events has ten answers.
//!
//! The switch stands in [`decode`](mod@decode); each provider's form has a file of its own. Numbers keep their spelling:
//! a `detail` is carried as text from the wire to the envelope and never passes through a parsed value, because
//! `1.10` and `1.1`, or an integer past 2^53, would not come back as they were. An event that arrives as a complete
//! envelope passes byte for byte.
//!
//! What is not known here is asked for: the time of arrival and a supply of fresh ids come in with the [`Context`], so
//! the same payload and context always give the same answer.
//!
//! ```
//! use fanin_event::Timestamp;
//! use fanin_triggers::{Context, Raw, decode};
//!
//! let body = br#"{"id":"1","source":"shop","detail-type":"Paid","time":"2026-01-02T03:04:05Z","detail":{"order":7}}"#;
//! let mut fresh = || "never asked for".to_owned();
//! let mut context = Context::new(Timestamp(0), &mut fresh);
//! let answers = decode(&Raw::detect(body), &mut context);
//! let [Ok(event)] = answers.as_slice() else { unreachable!("one event, and a good one") };
//! assert_eq!(event.envelope.as_bytes(), body);
//! ```
//!
//! [`schedule`] reads `rate(...)` and `cron(...)` and says when they are next due; the clock that asks is elsewhere.

pub mod codes;
pub mod decode;
pub mod detect;
pub mod identity;
pub mod limits;
pub mod object_event;
pub mod schedule;

mod cloud_event;
mod cloud_event_binary;
mod envelope;
mod kinesis;
mod not_json;
mod put_events;
mod s3_notification;
mod sns;
mod sqs;
mod text;
mod turn;

pub use decode::{Context, Decoded, Format, Raw, Rejected, decode};
pub use detect::detect;
pub use identity::{envelope_identity, identity_of_envelope};
pub use object_event::{ObjectChange, ObjectEvent};
