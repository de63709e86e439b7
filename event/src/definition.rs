//! The definition of a named event: a pattern and captures, as texts. Compiled by the recognizer.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What a workflow calls an event, and how it is recognized.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventDefinition {
    /// The workflow's name for it.
    pub name: Arc<str>,
    /// An EventBridge event pattern: the exact JSON text (duplicate keys and number spelling matter).
    pub pattern: String,
    /// What to take out of the event. An event that lacks one of them is not this event.
    pub captures: Vec<CaptureRule>,
}

/// `path: template`: the text found at `path` must fit `template`, whose names take their values from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureRule {
    /// JSONPath (RFC 9535) into the envelope.
    pub path: String,
    /// Text with `{name}` (one or more characters other than `/`) and `{name...}` (one or more of any).
    pub template: String,
}
