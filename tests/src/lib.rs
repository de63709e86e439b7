//! What the project's own tests share: the embedded host as a stage for scenarios, and measuring.

pub mod embedded;
pub mod measure;
