//! The memory one caller reuses from event to event, so that recognizing allocates nothing once warm.

use crate::capture::Captured;
use crate::index::Matching;
use crate::json::fields::Fields;

/// Reusable working memory. Any index or recognizer can use any scratch; each use overwrites the one before.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) fields: Fields,
    pub(crate) matching: Matching,
    pub(crate) captured: Captured,
}

impl Scratch {
    /// An empty scratch; it grows to what the events need.
    #[must_use]
    pub fn new() -> Scratch {
        Scratch::default()
    }
}
