//! The index against the model on any bytes: `cargo +nightly fuzz run differential` in the folder `event`.
#![no_main]

#[path = "../../tests/model/mod.rs"]
mod model;

libfuzzer_sys::fuzz_target!(|input: &[u8]| model::compare(input));
