//! A moment in a document: RFC 3339 text.

use std::fmt;

use fanin_event::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment that is written as text, `2026-01-02T03:04:05.678Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub Timestamp);

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Moment {
        Moment(at)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let text = String::deserialize(deserializer)?;
        let never = (text == "never").then_some(Timestamp::NEVER);
        let at = never.or_else(|| Timestamp::parse(&text));
        at.map(Moment).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no moment")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_comes_back() {
        for at in [Timestamp(0), Timestamp(1_700_000_000_123), Timestamp::NEVER] {
            let text = serde_json::to_string(&Moment(at)).unwrap();
            assert_eq!(serde_json::from_str::<Moment>(&text).unwrap(), Moment(at), "{text}");
        }
        assert!(serde_json::from_str::<Moment>("\"soon\"").is_err());
    }
}
