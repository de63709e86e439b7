//! The turn of the log-first hosts: the only crate that knows both engines.
