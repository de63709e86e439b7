//! What stands in a URL's query, and how documents are answered.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use fanin_local::api::answer::{Refusal, malformed, stopped};
use serde::Serialize;

use crate::limits::{LISTED, MAX_LISTED, MAX_OFFSET};
use crate::row::{Filter, Kind};

/// Names and values as they stand in the URL.
pub(super) type Asked = Vec<(String, String)>;
/// A document, or a refusal.
pub(super) type Told = Result<Response, Refusal>;

/// The document, written at once: numbers in envelopes keep their spelling.
pub(super) fn tell(document: &impl Serialize) -> Told {
    let text = serde_json::to_string(document).map_err(|_| stopped())?;
    Ok(([(CONTENT_TYPE, "application/json")], text).into_response())
}

pub(super) fn unknown(name: &str) -> Refusal {
    malformed(&format!("`{name}` is not known here"))
}

pub(super) fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_| malformed(&format!("`{name}` is {text:?}; write a whole number")))
}

/// Which part of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub(super) offset: usize,
    pub(super) limit: usize,
}

impl Default for Page {
    fn default() -> Page {
        Page { offset: 0, limit: LISTED }
    }
}

impl Page {
    /// Takes a parameter in. False: it is another one.
    pub(super) fn read(&mut self, name: &str, value: &str) -> Result<bool, Refusal> {
        match name {
            "offset" => self.offset = number::<usize>(name, value)?.min(MAX_OFFSET),
            "limit" => self.limit = number::<usize>(name, value)?.clamp(1, MAX_LISTED),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The part of a list.
    pub(super) fn of<T>(self, all: &[T]) -> &[T] {
        let from = self.offset.min(all.len());
        all.get(from..from.saturating_add(self.limit).min(all.len())).unwrap_or_default()
    }
}

/// Takes a parameter of a filter in. False: it is another one.
pub(super) fn filter(filter: &mut Filter, name: &str, value: &str) -> Result<bool, Refusal> {
    let text = || Some(value.to_owned()).filter(|text| !text.is_empty());
    match name {
        "kind" if value.is_empty() => {}
        "kind" => filter.kinds = Kind::read(value).map_err(|reason| malformed(&reason))?,
        "name" => filter.name = text(),
        "text" => filter.text = text().map(|text| text.to_lowercase()),
        _ => return Ok(false),
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_both_ends() {
        let mut page = Page::default();
        assert_eq!((page.offset, page.limit), (0, LISTED));
        for (asked, limit) in [("0", 1), ("500", MAX_LISTED), ("501", MAX_LISTED)] {
            assert!(page.read("limit", asked).unwrap());
            assert_eq!(page.limit, limit);
        }
        for (asked, offset) in [(MAX_OFFSET, MAX_OFFSET), (MAX_OFFSET + 1, MAX_OFFSET), (3, 3)] {
            assert!(page.read("offset", &asked.to_string()).unwrap());
            assert_eq!(page.offset, offset);
        }
        assert!(!page.read("kind", "1").unwrap() && page.read("limit", "x").is_err());
        assert_eq!(page.of(&[1, 2, 3, 4, 5]), [4, 5]);
        assert_eq!(page.of(&[1, 2]), [0; 0]);
    }
}
