//! Writing envelopes: every event fanin makes has this form and this order of members.

use std::fmt::Write;

/// The account of events that come from no account.
pub const LOCAL_ACCOUNT: &str = "000000000000";
/// The region of events that come from no region.
pub const LOCAL_REGION: &str = "local";

/// The parts of an EventBridge envelope.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// Its id, unique within its source.
    pub id: &'a str,
    /// What it came from.
    pub source: &'a str,
    /// What kind of event it is.
    pub detail_type: &'a str,
    /// RFC 3339.
    pub time: &'a str,
    /// Names of what it concerns.
    pub resources: &'a [&'a str],
    /// The content: a JSON text, which is put in as it is.
    pub detail: &'a str,
}

impl Envelope<'_> {
    /// The envelope as JSON text, its members in the order `version id detail-type source account time region resources
    /// detail`.
    #[must_use]
    pub fn to_text(&self) -> String {
        let names = self.id.len() + self.source.len() + self.detail_type.len() + self.time.len();
        let mut text = String::with_capacity(160 + names + self.detail.len());
        text.push_str("{\"version\":\"0\",\"id\":");
        push_string(&mut text, self.id);
        text.push_str(",\"detail-type\":");
        push_string(&mut text, self.detail_type);
        text.push_str(",\"source\":");
        push_string(&mut text, self.source);
        text.push_str(",\"account\":");
        push_string(&mut text, LOCAL_ACCOUNT);
        text.push_str(",\"time\":");
        push_string(&mut text, self.time);
        text.push_str(",\"region\":");
        push_string(&mut text, LOCAL_REGION);
        text.push_str(",\"resources\":[");
        for (i, resource) in self.resources.iter().enumerate() {
            if i > 0 {
                text.push(',');
            }
            push_string(&mut text, resource);
        }
        text.push_str("],\"detail\":");
        text.push_str(self.detail);
        text.push('}');
        text
    }
}

/// Appends `value` to a JSON text as a string, with its quotes.
pub fn push_string(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            // Writing into a String cannot fail.
            '\0'..=' ' if c != ' ' => drop(write!(text, "\\u{:04x}", u32::from(c))),
            other => text.push(other),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stand_in_their_order_and_strings_are_escaped() {
        let resources = ["a\"b", "c"];
        let envelope = Envelope {
            id: "i\n\u{1}é",
            source: "shop",
            detail_type: "Order\\",
            time: "2026-01-02T03:04:05Z",
            resources: &resources,
            detail: "{\"n\":1.0}",
        };
        let text = envelope.to_text();
        assert_eq!(
            text,
            "{\"version\":\"0\",\"id\":\"i\\n\\u0001é\",\"detail-type\":\"Order\\\\\",\"source\":\"shop\",\
             \"account\":\"000000000000\",\"time\":\"2026-01-02T03:04:05Z\",\"region\":\"local\",\
             \"resources\":[\"a\\\"b\",\"c\"],\"detail\":{\"n\":1.0}}"
        );
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["id"], "i\n\u{1}é");
    }
}
