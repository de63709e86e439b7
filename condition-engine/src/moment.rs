//! Moments in documents for people and programs: RFC 3339 text.

use fanin_event::Timestamp;
use serde::{Deserialize, Deserializer, Serializer};

const WRONG: &str = "a moment in RFC 3339 form expected, such as 2026-01-02T03:04:05Z";

pub(crate) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(at)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    read(&String::deserialize(from)?)
}

fn read<E: serde::de::Error>(text: &str) -> Result<Timestamp, E> {
    if text == "never" {
        return Ok(Timestamp::NEVER);
    }
    Timestamp::parse(text).ok_or_else(|| E::custom(WRONG))
}

/// A moment or null.
pub(crate) mod maybe {
    use super::{Deserialize, Deserializer, Serializer, Timestamp, read};

    pub(crate) fn serialize<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => to.collect_str(at),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        Option::<String>::deserialize(from)?.map(|text| read(&text)).transpose()
    }
}
