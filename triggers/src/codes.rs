//! The stable codes of rejections: what a client or a dead letter can be sorted by.

/// The payload is not JSON, or not UTF-8.
pub const NOT_JSON: &str = "not-json";
/// The payload is JSON, but of no form that is known here.
pub const UNKNOWN_FORM: &str = "unknown-form";
/// A member that every event needs (`source`, `detail-type`, a CloudEvent's `id`) is missing.
pub const MISSING_FIELD: &str = "missing-field";
/// A member is there but of the wrong type, empty, too long or given twice.
pub const BAD_FIELD: &str = "bad-field";
/// `detail` is not an object.
pub const BAD_DETAIL: &str = "bad-detail";
/// `time` is no moment.
pub const BAD_TIME: &str = "bad-time";
/// Base64 that does not decode, or decodes to something that is no text.
pub const BAD_BASE64: &str = "bad-base64";
/// One event or the whole request has too many bytes.
pub const TOO_LARGE: &str = "too-large";
/// The request holds more events than one request may.
pub const TOO_MANY_EVENTS: &str = "too-many-events";
/// Objects, arrays or carriers are nested too deep.
pub const TOO_DEEP: &str = "too-deep";
/// A CloudEvent of another version than 1.0.
pub const CLOUDEVENT_VERSION: &str = "cloudevent-version";
/// A storage notification about something EventBridge has no event for.
pub const UNKNOWN_S3_EVENT: &str = "unknown-s3-event";

/// All codes, for the reference and its test.
pub const ALL: [&str; 12] = [
    NOT_JSON,
    UNKNOWN_FORM,
    MISSING_FIELD,
    BAD_FIELD,
    BAD_DETAIL,
    BAD_TIME,
    BAD_BASE64,
    TOO_LARGE,
    TOO_MANY_EVENTS,
    TOO_DEEP,
    CLOUDEVENT_VERSION,
    UNKNOWN_S3_EVENT,
];
