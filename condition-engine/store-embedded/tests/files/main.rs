//! The store on real files: the suite, openings, damage, full disks, tools that look on.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod conformance;
mod damage;
mod fixture;
mod history;
mod inspect;
mod opening;
mod random;
mod repair;
mod snapshots;
mod space;
mod support;
