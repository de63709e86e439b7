//! CloudEvents 1.0 in HTTP's binary mode: attributes in `ce-` headers (percent-encoded), the body is the data.

use serde_json::value::RawValue;

use crate::cloud_event::{Attributes, MAX_ATTRIBUTES, VERSION, finish, is_json, missing, wrong_version};
use crate::codes;
use crate::decode::Rejected;
use crate::text::{percent_decode, quote};
use crate::turn::{Answer, Place, Turn};

/// The one event of a request.
pub(crate) fn decode(headers: &[(String, String)], body: &[u8], turn: &mut Turn<'_, '_>) -> Answer {
    let shown = String::from_utf8_lossy(body);
    let mut content_type = None;
    let mut attributes: Vec<(String, String)> = Vec::new();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        if name == "content-type" {
            content_type = Some(value.clone());
        } else if let Some(name) = name.strip_prefix("ce-") {
            if attributes.iter().any(|(known, _)| known == name) {
                let reason = format!("the header `ce-{name}` came twice");
                return Err(Rejected::new(codes::BAD_FIELD, reason, &shown));
            }
            attributes.push((name.to_owned(), percent_decode(value, false)));
        }
    }
    if attributes.len() > MAX_ATTRIBUTES {
        return Err(Rejected::new(
            codes::BAD_FIELD,
            format!("more than {MAX_ATTRIBUTES} attributes"),
            &shown,
        ));
    }
    let mut take = |name: &str| {
        let place = attributes.iter().position(|(known, _)| known == name)?;
        Some(attributes.swap_remove(place).1)
    };
    let version = take("specversion");
    if version.as_deref() != Some(VERSION) {
        return Err(wrong_version(version.as_deref().unwrap_or("missing"), &shown));
    }
    let mut needed = |name: &str| take(name).ok_or_else(|| missing(name, &shown));
    let (id, source, kind) = (needed("id")?, needed("source")?, needed("type")?);
    let time = take("time");
    let detail = detail(body, content_type.as_deref(), &shown)?;
    attributes.sort();
    let mut others: Vec<(String, String)> =
        attributes.into_iter().map(|(name, value)| (name, quote(&value))).collect();
    if let Some(content_type) = content_type.filter(|_| !body.is_empty()) {
        others.push(("datacontenttype".to_owned(), quote(&content_type)));
    }
    finish(&Attributes { id, source, kind, time, others, detail }, &shown, turn, Place::ONLY)
}

/// The body as JSON text: JSON as it is, other text as a JSON string, other bytes as base64.
fn detail(body: &[u8], content_type: Option<&str>, shown: &str) -> Result<String, Rejected> {
    use base64::Engine as _;
    if body.is_empty() {
        return Ok("{}".to_owned());
    }
    if content_type.is_none_or(is_json) {
        return match serde_json::from_slice::<Box<RawValue>>(body) {
            Ok(raw) => Ok(raw.get().to_owned()),
            Err(e) => Err(Rejected::new(
                codes::NOT_JSON,
                format!("the data is not the JSON it says to be: {e}"),
                shown,
            )),
        };
    }
    Ok(match std::str::from_utf8(body) {
        Ok(text) => quote(text),
        Err(_) => {
            let encoded = base64::engine::general_purpose::STANDARD.encode(body);
            format!("{{\"data_base64\":{}}}", quote(&encoded))
        }
    })
}
