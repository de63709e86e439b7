//! What makes two deliveries the same event.
//!
//! For most events it is `source` and `id`. An object event is delivered under a new envelope id each time and in two
//! forms, so there it is what happened to which object: bucket, key, version, sequencer (ETag where there is none) and
//! kind. Only an object event that names neither sequencer nor ETag falls back to `source` and `id`.

use std::borrow::Cow;

use fanin_event::Identity;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::text;

/// The source of object events.
pub(crate) const OBJECT_SOURCE: &str = "aws.s3";

/// Why a text has no identity.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum IdentityError {
    /// The text is not an envelope: not a JSON object with the members of one.
    #[error("not an event envelope ({0}); it needs the text members `id`, `source` and `detail-type`")]
    NotAnEnvelope(String),
}

/// The identity of an event that is not an object event.
#[must_use]
pub fn envelope_identity(source: &str, id: &str) -> Identity {
    Identity::of(&[source, id])
}

/// The identity of any complete envelope, as [`decode`](mod@crate::decode) computes it, except for the records of a
/// stream, whose identity is their place in the stream.
///
/// # Errors
/// [`IdentityError::NotAnEnvelope`] when the text lacks what an envelope has.
pub fn identity_of_envelope(envelope: &str) -> Result<Identity, IdentityError> {
    #[derive(Deserialize)]
    struct Head<'a> {
        #[serde(borrow)]
        id: Cow<'a, str>,
        #[serde(borrow)]
        source: Cow<'a, str>,
        #[serde(borrow, rename = "detail-type")]
        detail_type: Cow<'a, str>,
        #[serde(borrow)]
        detail: Option<&'a RawValue>,
    }
    let head: Head<'_> =
        serde_json::from_str(envelope).map_err(|e| IdentityError::NotAnEnvelope(e.to_string()))?;
    let detail = head.detail.map_or("{}", RawValue::get);
    Ok(identity(&head.source, &head.id, &head.detail_type, detail))
}

/// The identity by its parts.
pub(crate) fn identity(source: &str, id: &str, detail_type: &str, detail: &str) -> Identity {
    object_identity(source, detail_type, detail).unwrap_or_else(|| envelope_identity(source, id))
}

/// The identity of an object event; nothing for other events and for those that do not say which change it was.
pub(crate) fn object_identity(source: &str, detail_type: &str, detail: &str) -> Option<Identity> {
    #[derive(Deserialize)]
    struct Detail<'a> {
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
    struct Object<'a> {
        #[serde(borrow)]
        key: Cow<'a, str>,
        #[serde(borrow, default, rename = "version-id")]
        version: Option<Cow<'a, str>>,
        #[serde(borrow, default)]
        sequencer: Option<&'a RawValue>,
        #[serde(borrow, default)]
        etag: Option<&'a RawValue>,
    }
    if source != OBJECT_SOURCE {
        return None;
    }
    let Detail { bucket, object } = serde_json::from_str(detail).ok()?;
    let (kind, change) = [("sequencer", object.sequencer), ("etag", object.etag)]
        .into_iter()
        .find_map(|(kind, raw)| Some((kind, text::unquote(raw?.get()).filter(|text| !text.is_empty())?)))?;
    let version = object.version.as_deref().unwrap_or_default();
    Some(Identity::of(&[OBJECT_SOURCE, detail_type, &bucket.name, &object.key, version, kind, &change]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(id: &str, detail_type: &str, object: &str) -> Identity {
        let text = format!(
            r#"{{"id":"{id}","source":"aws.s3","detail-type":"{detail_type}","time":"2026-01-01T00:00:00Z",
               "detail":{{"bucket":{{"name":"b"}},"object":{object}}}}}"#
        );
        identity_of_envelope(&text).unwrap()
    }

    #[test]
    fn an_object_event_is_what_happened_and_not_its_envelope_id() {
        let first = object("1", "Object Created", r#"{"key":"k","sequencer":"0A"}"#);
        assert_eq!(
            first,
            object("2", "Object Created", r#"{"key":"k","sequencer":"0A","etag":"e","size":1}"#)
        );
        assert_ne!(first, object("1", "Object Created", r#"{"key":"k","sequencer":"0B"}"#));
        assert_ne!(first, object("1", "Object Created", r#"{"key":"l","sequencer":"0A"}"#));
        assert_ne!(first, object("1", "Object Deleted", r#"{"key":"k","sequencer":"0A"}"#));
        assert_ne!(first, object("1", "Object Created", r#"{"key":"k","sequencer":"0A","version-id":"v"}"#));
    }

    #[test]
    fn the_etag_stands_in_for_the_sequencer_and_then_the_id() {
        let by_etag = object("1", "Object Created", r#"{"key":"k","etag":"0A"}"#);
        assert_eq!(by_etag, object("2", "Object Created", r#"{"key":"k","etag":"0A"}"#));
        assert_ne!(by_etag, object("1", "Object Created", r#"{"key":"k","sequencer":"0A"}"#));
        assert_eq!(object("1", "Object Created", r#"{"key":"k"}"#), envelope_identity("aws.s3", "1"));
    }

    #[test]
    fn other_events_are_source_and_id() {
        let text = r#"{"id":"7","source":"shop","detail-type":"x","detail":{"bucket":{"name":"b"},"object":{"key":"k","sequencer":"0"}}}"#;
        assert_eq!(identity_of_envelope(text).unwrap(), envelope_identity("shop", "7"));
        assert!(identity_of_envelope(r#"{"id":7}"#).is_err());
    }
}
