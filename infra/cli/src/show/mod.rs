//! Text for people that more than one verb shows.

pub(crate) mod confirm;
pub(crate) mod entry;
pub(crate) mod explanation;
pub(crate) mod followed;
pub(crate) mod moment;
pub(crate) mod paint;
pub(crate) mod story;
