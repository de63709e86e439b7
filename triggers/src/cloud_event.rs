//! CloudEvents 1.0 in JSON: `type` is `detail-type`, `data` is `detail`, everything else keeps its name.
//!
//! A CloudEvent's data may be any value, and `detail` takes it as it is. `data_base64` is decoded: JSON becomes the
//! `detail`, anything else is carried as `{"data_base64": "..."}`.

use fanin_event::Timestamp;
use serde::Deserialize;
use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::codes;
use crate::decode::Rejected;
use crate::not_json::not_json;
use crate::text::{from_base64, quote, unquote};
use crate::turn::{Answer, Parts, Place, Turn, Writer};

/// The only version known.
pub(crate) const VERSION: &str = "1.0";
/// Names the envelope needs for itself.
const TAKEN: [&str; 2] = ["detail", "detail-type"];

/// The members of the event in the order they came.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a CloudEvent: a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all: Vec<(String, &'de RawValue)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    if all.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom(format!("duplicate field `{name}`")));
                    }
                    if all.len() >= MAX_ATTRIBUTES {
                        return Err(A::Error::custom(format!("more than {MAX_ATTRIBUTES} attributes")));
                    }
                    all.push((name, value));
                }
                Ok(all)
            }
        }
        deserializer.deserialize_map(Collect).map(Members)
    }
}

/// Attributes of one event; an event with more is rejected (`bad-field`). The specification speaks of few and short.
pub(crate) const MAX_ATTRIBUTES: usize = 128;

/// The attributes of a CloudEvent, whichever way they came, and its data as the JSON text of `detail`.
pub(crate) struct Attributes {
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) kind: String,
    pub(crate) time: Option<String>,
    /// Every other attribute, as JSON text.
    pub(crate) others: Vec<(String, String)>,
    pub(crate) detail: String,
}

/// One structured event.
pub(crate) fn decode(body: &str, turn: &mut Turn<'_, '_>, place: Place) -> Answer {
    let members: Members<'_> =
        serde_json::from_str(body).map_err(|e| Rejected { whole: false, ..not_json(&e, body) })?;
    let attributes = read(members, body)?;
    finish(&attributes, body, turn, place)
}

fn read(members: Members<'_>, body: &str) -> Result<Attributes, Rejected> {
    let find = |name: &str| members.0.iter().find(|(known, _)| known == name).map(|(_, raw)| *raw);
    let version = find("specversion").and_then(|raw| unquote(raw.get()));
    if version.as_deref() != Some(VERSION) {
        return Err(wrong_version(version.as_deref().unwrap_or("no text"), body));
    }
    let attribute = |name: &str| match find(name) {
        Some(raw) => unquote(raw.get()).map(|text| Some(text.into_owned())).ok_or_else(|| {
            let is = crate::text::bounded(raw.get(), 40);
            Rejected::new(
                codes::BAD_FIELD,
                format!("`{name}` is {is}; a CloudEvent has a text there, so put it into quotes"),
                body,
            )
        }),
        None => Ok(None),
    };
    let needed = |name: &str| attribute(name)?.ok_or_else(|| missing(name, body));
    let content_type = attribute("datacontenttype")?;
    let detail = match (find("data"), attribute("data_base64")?) {
        (Some(_), Some(_)) => {
            let reason = "both `data` and `data_base64`; a CloudEvent has one of them: leave one out";
            return Err(Rejected::new(codes::BAD_FIELD, reason, body));
        }
        (Some(data), None) => data.get().to_owned(),
        (None, Some(data)) => binary_detail(&data, content_type.as_deref(), body)?,
        (None, None) => "{}".to_owned(),
    };
    let known = ["id", "source", "type", "time", "specversion", "data", "data_base64"];
    let (id, source, kind, time) = (needed("id")?, needed("source")?, needed("type")?, attribute("time")?);
    let others = members.0.iter().filter(|(name, _)| !known.contains(&name.as_str()));
    let others = others.map(|(name, raw)| (name.clone(), raw.get().to_owned())).collect();
    Ok(Attributes { id, source, kind, time, others, detail })
}

/// Writes the envelope.
pub(crate) fn finish(attributes: &Attributes, body: &str, turn: &Turn<'_, '_>, place: Place) -> Answer {
    let time = match &attributes.time {
        Some(time) if Timestamp::parse(time).is_some() => time.clone(),
        Some(time) => {
            let is = crate::text::bounded(time, 60);
            let reason = format!("`time` is \"{is}\"; write it as \"2026-01-02T03:04:05Z\", or leave it out");
            return Err(Rejected::new(codes::BAD_TIME, reason, body));
        }
        None => turn.missing_time().to_string(),
    };
    if let Some((name, _)) = attributes.others.iter().find(|(name, _)| TAKEN.contains(&name.as_str())) {
        let reason = format!("an extension named `{name}` would hide the event's own; give it another name");
        return Err(Rejected::new(codes::BAD_FIELD, reason, body));
    }
    let parts = Parts {
        id: &attributes.id,
        source: &attributes.source,
        detail_type: &attributes.kind,
        detail: &attributes.detail,
        generated: false,
    };
    let mut writer = Writer::new(&parts, &time);
    for (name, json) in &attributes.others {
        writer.member(name, json);
    }
    turn.finish(writer.end(&attributes.detail), &parts, place)
}

/// Decoded base64: JSON (where the content type says so, or says nothing) becomes the detail, the rest stays wrapped.
fn binary_detail(data: &str, content_type: Option<&str>, body: &str) -> Result<String, Rejected> {
    let Some(bytes) = from_base64(data) else {
        return Err(Rejected::new(
            codes::BAD_BASE64,
            "`data_base64` is no base64; write it with the standard alphabet and padding, or use `data`",
            body,
        ));
    };
    let json = content_type.is_none_or(is_json).then_some(bytes.as_slice());
    let parsed = json.and_then(|bytes| serde_json::from_slice::<Box<RawValue>>(bytes).ok());
    Ok(parsed.map_or_else(|| format!("{{\"data_base64\":{}}}", quote(data)), |raw| raw.get().to_owned()))
}

/// Whether a content type is JSON: `.../json` or `...+json`, parameters aside.
pub(crate) fn is_json(content_type: &str) -> bool {
    let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media.ends_with("/json") || media.ends_with("+json")
}

/// The refusal of another version.
pub(crate) fn wrong_version(is: &str, body: &str) -> Rejected {
    let is = crate::text::bounded(is, 40);
    Rejected::new(
        codes::CLOUDEVENT_VERSION,
        format!("`specversion` is {is}; write \"{VERSION}\", the version that is understood"),
        body,
    )
}

/// The refusal of an event without an attribute that it must have.
pub(crate) fn missing(name: &str, body: &str) -> Rejected {
    Rejected::new(
        codes::MISSING_FIELD,
        format!("a CloudEvent must have `{name}`; write for example \"{name}\": \"...\""),
        body,
    )
}
