//! An event from outside as types: the EventBridge envelope, with the detail of an upload.
#![expect(dead_code, reason = "the types are only described, never built")]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::words::{Anything, word};
use fanin_triggers::limits::MAX_ID_BYTES;

/// An event as `fanin` takes it: the envelope of EventBridge. `id` and `time` are added where they are missing.
#[derive(JsonSchema)]
#[schemars(extend("allOf" = object_created()))]
pub(super) struct Envelope {
    /// The version of the envelope: `"0"`.
    version: Option<String>,
    /// What tells this event from others of its source. The same id sent again is the same event and counts once.
    #[schemars(length(max = MAX_ID_BYTES))]
    id: Option<String>,
    /// Who says so: `shop`, `aws.s3`.
    source: String,
    /// What happened: `Order Paid`, `Object Created`.
    #[schemars(rename = "detail-type")]
    detail_type: String,
    /// When it happened, RFC 3339: `2026-01-02T03:04:05Z`.
    time: Option<Moment>,
    /// The AWS account.
    account: Option<Anything>,
    /// The AWS region.
    region: Option<Anything>,
    /// What it is about.
    resources: Option<Anything>,
    /// What is to be said about it; any members.
    detail: Option<BTreeMap<String, Anything>>,
}

word! {
    /// A moment, RFC 3339: `2026-01-02T03:04:05Z`.
    Moment = schemars::json_schema!({ "type": "string", "format": "date-time" })
}

/// The detail of "Object Created": an upload.
#[derive(JsonSchema)]
pub(super) struct ObjectCreated {
    /// The version of the detail: `"0"`.
    version: Option<String>,
    /// Where it was put.
    bucket: Bucket,
    /// What was put there.
    object: Object,
    /// The request that made it.
    #[schemars(rename = "request-id")]
    request_id: Option<String>,
    /// Who asked for it.
    requester: Option<String>,
    /// From where.
    #[schemars(rename = "source-ip-address")]
    source_ip_address: Option<String>,
    /// How: `PutObject`, `CompleteMultipartUpload`, `CopyObject`, `POST Object`.
    reason: Option<String>,
}

/// A bucket.
#[derive(JsonSchema)]
struct Bucket {
    /// Its name.
    name: String,
}

/// An object.
#[derive(JsonSchema)]
struct Object {
    /// Its key, as it is: not URL-encoded.
    key: String,
    /// Its size in bytes.
    size: Option<u64>,
    /// Its entity tag, without quotes.
    etag: Option<String>,
    /// Its version, in a bucket with versions.
    #[schemars(rename = "version-id")]
    version_id: Option<String>,
    /// Orders the changes of one key: hex digits, larger is later. It is part of the event's identity.
    sequencer: Option<String>,
}

/// An upload's detail is described where the event is one.
fn object_created() -> Value {
    json!([{
        "if": {
            "required": ["source", "detail-type"],
            "properties": { "source": { "const": "aws.s3" }, "detail-type": { "const": "Object Created" } },
        },
        "then": { "required": ["detail"], "properties": { "detail": { "$ref": "#/$defs/ObjectCreated" } } },
    }])
}

/// Keeps what is only referred to by name.
#[derive(JsonSchema)]
pub(super) struct Referred {
    object_created: ObjectCreated,
}
