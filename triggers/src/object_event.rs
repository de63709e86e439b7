//! An object event in EventBridge's form: written here for every way in which word of an object comes.

use fanin_event::{Identity, Timestamp};

use crate::decode::Decoded;
use crate::identity::{OBJECT_SOURCE, object_identity};
use crate::text::quote;

/// What happened to the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectChange {
    /// "Object Created".
    Created,
    /// "Object Deleted".
    Deleted,
}

/// An object that was created or deleted.
#[derive(Clone, Debug)]
pub struct ObjectEvent<'a> {
    /// What happened.
    pub change: ObjectChange,
    /// The operation: `PutObject`, `CompleteMultipartUpload`, `CopyObject`, `DeleteObject`.
    pub reason: &'a str,
    /// The bucket's name.
    pub bucket: &'a str,
    /// The key, decoded.
    pub key: &'a str,
    /// Bytes; nothing for a deletion.
    pub size: Option<u64>,
    /// The entity tag without quotes; nothing for a deletion.
    pub etag: Option<&'a str>,
    /// Orders the changes of one key: hex digits, larger is later. It must not be empty, for it tells this change
    /// from another of the same object.
    pub sequencer: &'a str,
    /// When it happened.
    pub time: Timestamp,
}

impl ObjectEvent<'_> {
    /// The event. Its id follows from its identity: the same change always has the same.
    #[must_use]
    pub fn to_event(&self) -> Decoded {
        let detail_type = match self.change {
            ObjectChange::Created => "Object Created",
            ObjectChange::Deleted => "Object Deleted",
        };
        let mut object = format!("\"key\":{}", quote(self.key));
        if let Some(size) = self.size {
            object.push_str(&format!(",\"size\":{size}"));
        }
        if let Some(etag) = self.etag {
            object.push_str(&format!(",\"etag\":{}", quote(etag)));
        }
        object.push_str(&format!(",\"sequencer\":{}", quote(self.sequencer)));
        let kind = match self.change {
            ObjectChange::Created => "",
            ObjectChange::Deleted => ",\"deletion-type\":\"Permanently Deleted\"",
        };
        let detail = format!(
            "{{\"version\":\"0\",\"bucket\":{{\"name\":{}}},\"object\":{{{object}}},\"reason\":{}{kind}}}",
            quote(self.bucket),
            quote(self.reason),
        );
        envelope(detail_type, self.bucket, &self.time.to_string(), None, &detail)
    }
}

/// The envelope around an object event's detail, with the id that follows from its identity.
pub(crate) fn envelope(
    detail_type: &str,
    bucket: &str,
    time: &str,
    region: Option<&str>,
    detail: &str,
) -> Decoded {
    // Without sequencer and ETag nothing but the moment tells two changes apart.
    let identity = object_identity(OBJECT_SOURCE, detail_type, detail)
        .unwrap_or_else(|| Identity::of(&[OBJECT_SOURCE, detail_type, time, detail]));
    let id = identity.to_uuid();
    let region = region.map(|r| format!("\"region\":{},", quote(r))).unwrap_or_default();
    let envelope = format!(
        "{{\"version\":\"0\",\"id\":\"{id}\",\"detail-type\":{},\"source\":\"{OBJECT_SOURCE}\",\"time\":{},{region}\"resources\":[{}],\"detail\":{detail}}}",
        quote(detail_type),
        quote(time),
        quote(&format!("arn:aws:s3:::{bucket}")),
    );
    let identity = object_identity(OBJECT_SOURCE, detail_type, detail)
        .unwrap_or_else(|| crate::identity::envelope_identity(OBJECT_SOURCE, &id));
    Decoded { envelope, id, identity, generated: false, own_time: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, Raw, decode, identity_of_envelope};

    #[test]
    fn what_is_written_is_what_would_be_read() {
        let event = ObjectEvent {
            change: ObjectChange::Created,
            reason: "PutObject",
            bucket: "uploads",
            key: "a b/\"ü\"+.csv",
            size: Some(3),
            etag: Some("abc"),
            sequencer: "0a",
            time: Timestamp(1_000),
        };
        let written = event.to_event();
        assert_eq!(written.identity, identity_of_envelope(&written.envelope).unwrap());
        let mut fresh = || panic!("it has an id");
        let read =
            decode(&Raw::detect(written.envelope.as_bytes()), &mut Context::new(Timestamp(0), &mut fresh));
        assert_eq!(read, vec![Ok(written.clone())]);
        let deleted =
            ObjectEvent { change: ObjectChange::Deleted, size: None, etag: None, ..event }.to_event();
        assert_ne!(deleted.identity, written.identity);
        assert!(deleted.envelope.contains(r#""deletion-type":"Permanently Deleted""#));
    }
}
