//! What the platform hands a function: a batch of a queue, or a tick of the schedule.

use std::fmt;

use fanin_event::Timestamp;
use fanin_state_first::Received;
use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, de};

use crate::limits::MAX_RECORDS;

/// A batch of a queue as the event source mapping writes it. Tolerant: what is missing is made up from what is there, so
/// that one odd record does not hold up the rest.
#[derive(Debug, Default, Deserialize)]
pub struct SqsBatch {
    #[serde(rename = "Records", default)]
    records: Option<Vec<Record>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    message_id: Option<String>,
    body: Option<String>,
    attributes: Option<Attributes>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct Attributes {
    #[serde(rename = "SentTimestamp", default, deserialize_with = "number")]
    sent: Option<i64>,
    #[serde(rename = "ApproximateFirstReceiveTimestamp", default, deserialize_with = "number")]
    first_received: Option<i64>,
    #[serde(rename = "ApproximateReceiveCount", default, deserialize_with = "number")]
    receive_count: Option<i64>,
}

/// A batch that cannot be taken apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// Not a batch of a queue.
    #[error(
        "the payload has no `Records`: this function is called by the event source mapping of its queue, \
         `fanin deploy WORKFLOW --stack NAME` makes it; send events to the queue or the bus, not to the function"
    )]
    NoRecords,
    /// More than the event source mapping ever sends.
    #[error(
        "the batch has {0} records, at most {MAX_RECORDS} are possible: set a smaller BatchSize on the event source mapping"
    )]
    TooMany(usize),
    /// Without an id no message of the batch can be acknowledged for itself.
    #[error("record {0} of the batch has no `messageId`")]
    NoId(usize),
    /// Not a tick.
    #[error(
        "the payload has no RFC 3339 `time`: this function is called by the schedule rule of its stack, \
         `fanin deploy WORKFLOW --stack NAME` makes it"
    )]
    NoTime,
}

impl SqsBatch {
    /// The messages, in their order. `now` stands in where the queue gave no times at all, which no real queue does.
    ///
    /// # Errors
    /// Not a batch of a queue, or a message without an id.
    pub fn received(self, now: Timestamp) -> Result<Vec<Received>, EventError> {
        let records = self.records.ok_or(EventError::NoRecords)?;
        if records.len() > MAX_RECORDS {
            return Err(EventError::TooMany(records.len()));
        }
        let received = |(index, record): (usize, Record)| {
            let id = record.message_id.filter(|id| !id.is_empty()).ok_or(EventError::NoId(index))?;
            let attributes = record.attributes.unwrap_or_default();
            let sent = attributes.sent.or(attributes.first_received).map_or(now, Timestamp);
            let first = attributes.first_received.map_or(sent, Timestamp);
            Ok(Received {
                id,
                body: record.body.unwrap_or_default(),
                sent,
                received: first.max(sent),
                attempt: attributes
                    .receive_count
                    .and_then(|count| u32::try_from(count).ok())
                    .unwrap_or(1)
                    .max(1),
            })
        };
        records.into_iter().enumerate().map(received).collect()
    }
}

/// A tick of the schedule.
#[derive(Debug, Default, Deserialize)]
pub struct Tick {
    #[serde(default)]
    time: Option<String>,
}

impl Tick {
    /// The moment it was meant for.
    ///
    /// # Errors
    /// It does not say.
    pub fn now(&self) -> Result<Timestamp, EventError> {
        self.time.as_deref().and_then(Timestamp::parse).ok_or(EventError::NoTime)
    }
}

/// Attributes are numbers in text; a number as such, null and nonsense are taken too.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    struct Lenient;

    impl<'de> Visitor<'de> for Lenient {
        type Value = Option<i64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number, or a text of one")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(text.trim().parse().ok())
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
            Ok(Some(number))
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
            Ok(i64::try_from(number).ok())
        }

        fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
            Ok(format!("{number:.0}").parse().ok())
        }

        fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }

    from.deserialize_any(Lenient)
}
