//! Storage notifications, the older form of object events, to EventBridge's form. Their keys are URL-encoded.

use std::borrow::Cow;

use fanin_event::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::decode::Rejected;
use crate::not_json::not_json;
use crate::object_event::envelope;
use crate::text::{percent_decode, quote, unquote};
use crate::turn::{Answer, Parts, Place, Turn};
use crate::{codes, limits};

#[derive(Deserialize)]
struct Notification<'a> {
    #[serde(borrow, default, rename = "Records")]
    records: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    #[serde(borrow)]
    event_name: Cow<'a, str>,
    #[serde(borrow)]
    event_time: Cow<'a, str>,
    #[serde(borrow, default)]
    aws_region: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    user_identity: Option<Who<'a>>,
    #[serde(borrow, default)]
    request_parameters: Option<From<'a>>,
    #[serde(borrow, default)]
    response_elements: Option<Answered<'a>>,
    #[serde(borrow)]
    s3: Storage<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Who<'a> {
    #[serde(borrow, default)]
    principal_id: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct From<'a> {
    #[serde(borrow, default, rename = "sourceIPAddress")]
    address: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Answered<'a> {
    #[serde(borrow, default, rename = "x-amz-request-id")]
    request: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Storage<'a> {
    #[serde(borrow)]
    bucket: Bucket<'a>,
    #[serde(borrow)]
    object: Object<'a>,
}

#[derive(Deserialize)]
struct Bucket<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow, default)]
    size: Option<&'a RawValue>,
    #[serde(borrow, default)]
    e_tag: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    version_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    sequencer: Option<Cow<'a, str>>,
}

/// All records. The test message of a new configuration has none, and that is no error.
pub(crate) fn decode(body: &str, turn: &mut Turn<'_, '_>) -> Vec<Answer> {
    let records = match serde_json::from_str::<Notification<'_>>(body) {
        Ok(notification) => notification.records.unwrap_or_default(),
        Err(e) => return vec![Err(not_json(&e, body))],
    };
    if let Err(refused) = Turn::check_count(records.len(), limits::MAX_EVENTS_PER_REQUEST, body) {
        return vec![Err(refused)];
    }
    let of = records.len();
    let one = |(index, record): (usize, &RawValue)| decode_record(record.get(), turn, Place { index, of });
    records.into_iter().enumerate().map(one).collect()
}

fn decode_record(body: &str, turn: &Turn<'_, '_>, place: Place) -> Answer {
    let record: Record<'_> =
        serde_json::from_str(body).map_err(|e| Rejected { whole: false, ..not_json(&e, body) })?;
    let Some((detail_type, reason, extra)) = kind(&record.event_name) else {
        let reason = format!(
            "EventBridge has no event for the notification `{}`; subscribe to the creation and deletion of objects",
            record.event_name
        );
        return Err(Rejected::new(codes::UNKNOWN_S3_EVENT, reason, body));
    };
    if Timestamp::parse(&record.event_time).is_none() {
        let reason = format!(
            "`eventTime` is \"{}\"; write it as \"2026-01-02T03:04:05Z\"",
            crate::text::bounded(&record.event_time, 60)
        );
        return Err(Rejected::new(codes::BAD_TIME, reason, body));
    }
    let detail = detail(&record, reason, extra);
    let bucket = record.s3.bucket.name.as_ref();
    let event = envelope(detail_type, bucket, &record.event_time, record.aws_region.as_deref(), &detail);
    let parts = Parts {
        id: &event.id,
        source: crate::identity::OBJECT_SOURCE,
        detail_type,
        detail: &detail,
        generated: false,
    };
    turn.finish(event.envelope, &parts, place)
}

fn detail(record: &Record<'_>, reason: &str, extra: Option<(&str, &str)>) -> String {
    let object = &record.s3.object;
    let mut members = vec![format!("\"key\":{}", quote(&percent_decode(&object.key, true)))];
    let size = object.size.map(RawValue::get).filter(|size| unquote(size).is_none());
    members.extend(size.map(|size| format!("\"size\":{size}")));
    let texts =
        [("etag", &object.e_tag), ("version-id", &object.version_id), ("sequencer", &object.sequencer)];
    for (name, value) in texts {
        let value = value.as_deref().map(|v| v.trim_matches('"')).filter(|v| !v.is_empty());
        members.extend(value.map(|value| format!("\"{name}\":{}", quote(value))));
    }
    let mut out = format!(
        "{{\"version\":\"0\",\"bucket\":{{\"name\":{}}},\"object\":{{{}}}",
        quote(&record.s3.bucket.name),
        members.join(",")
    );
    let request = record.response_elements.as_ref().and_then(|r| r.request.as_deref());
    let requester = record.user_identity.as_ref().and_then(|w| w.principal_id.as_deref());
    let address = record.request_parameters.as_ref().and_then(|p| p.address.as_deref());
    let all = [
        ("request-id", request),
        ("requester", requester),
        ("source-ip-address", address),
        ("reason", Some(reason).filter(|r| !r.is_empty())),
        extra.map_or(("", None), |(name, value)| (name, Some(value))),
    ];
    for (name, value) in all {
        if let Some(value) = value {
            out.push_str(&format!(",\"{name}\":{}", quote(value)));
        }
    }
    out.push('}');
    out
}

/// What EventBridge calls a notification: detail-type, reason, and what it adds to the detail.
#[expect(clippy::type_complexity, reason = "three columns of a table")]
fn kind(event_name: &str) -> Option<(&'static str, &'static str, Option<(&'static str, &'static str)>)> {
    const GONE: Option<(&str, &str)> = Some(("deletion-type", "Permanently Deleted"));
    const MARKED: Option<(&str, &str)> = Some(("deletion-type", "Delete Marker Created"));
    Some(match event_name.strip_prefix("s3:").unwrap_or(event_name) {
        "ObjectCreated:Put" => ("Object Created", "PutObject", None),
        "ObjectCreated:Post" => ("Object Created", "POST Object", None),
        "ObjectCreated:Copy" => ("Object Created", "CopyObject", None),
        "ObjectCreated:CompleteMultipartUpload" => ("Object Created", "CompleteMultipartUpload", None),
        "ObjectRemoved:Delete" => ("Object Deleted", "DeleteObject", GONE),
        "ObjectRemoved:DeleteMarkerCreated" => ("Object Deleted", "DeleteObject", MARKED),
        "LifecycleExpiration:Delete" => ("Object Deleted", "Lifecycle Expiration", GONE),
        "LifecycleExpiration:DeleteMarkerCreated" => ("Object Deleted", "Lifecycle Expiration", MARKED),
        "ObjectRestore:Post" => ("Object Restore Initiated", "", None),
        "ObjectRestore:Completed" => ("Object Restore Completed", "", None),
        "ObjectRestore:Delete" => ("Object Restore Expired", "", None),
        "ObjectTagging:Put" => ("Object Tags Added", "", None),
        "ObjectTagging:Delete" => ("Object Tags Deleted", "", None),
        "ObjectAcl:Put" => ("Object ACL Updated", "", None),
        "LifecycleTransition" => ("Object Storage Class Changed", "", None),
        "IntelligentTiering" => ("Object Access Tier Changed", "", None),
        _ => return None,
    })
}
