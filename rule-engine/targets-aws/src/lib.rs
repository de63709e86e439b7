//! The targets that need an SDK, one file each.
