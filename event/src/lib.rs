//! Events, captures, the event-pattern language and its index. Pure: no async, clock, randomness or environment.
//!
//! The ground floor of the house: every other package speaks of these types and this package speaks of none of theirs.
//!
//! An event is the text of an EventBridge envelope. The central type is the [`Recognizer`]: made of the definitions of a
//! workflow, it says which of them an event is and what the names in their templates stand for, in one pass over the
//! text and without allocating once its [`Scratch`] is warm.
//!
//! ```
//! use fanin_event::{CaptureRule, EventDefinition, Recognizer, Scratch};
//!
//! let part = EventDefinition {
//!     name: "part".into(),
//!     pattern: r#"{"source": ["shop"], "detail": {"size": [{"numeric": [">", 0]}]}}"#.into(),
//!     captures: vec![CaptureRule { path: "$.detail.key".into(), template: "jobs/{job}/part-{part}.csv".into() }],
//! };
//! let recognizer = Recognizer::new(&[part])?;
//! let mut scratch = Scratch::new();
//! let text = r#"{"id": "1", "source": "shop", "detail": {"key": "jobs/42/part-3.csv", "size": 10}}"#;
//! let recognized = recognizer.recognize(text, &mut scratch)?;
//! assert_eq!(recognized.header().source, Some("shop"));
//! let hit = recognized.hits().next().unwrap();
//! assert_eq!(hit.captures().collect::<Vec<_>>(), ["42", "3"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The way of a text: [`json`] scans and validates it and keeps the fields somebody asks for; [`index`] finds the
//! patterns ([`pattern`]) that may match and verifies them; [`capture`] reads the names of those that do. A tree of the
//! whole event is built only for captures with JSONPath queries. Automata over values, as other matchers build, were not
//! taken: hashing exact values and verifying the few candidates is faster and costs no states.

pub mod capture;
pub mod definition;
pub mod envelope;
pub mod identity;
pub mod index;
pub mod json;
pub mod limits;
mod origin;
pub mod pattern;
pub mod recognize;
mod scratch;
pub mod time;

pub use capture::{CaptureError, CapturePart, FillError, Template, capture_names};
pub use definition::{CaptureRule, EventDefinition};
pub use envelope::Envelope;
pub use identity::Identity;
pub use index::{PatternId, PatternIndex, PatternMiss};
pub use json::{JsonError, JsonErrorKind};
pub use origin::Origin;
pub use pattern::{Pattern, PatternError};
pub use recognize::{DefinitionCause, DefinitionError, Header, Hit, NearMiss, Recognized, Recognizer};
pub use scratch::Scratch;
pub use time::{Span, Timestamp};
