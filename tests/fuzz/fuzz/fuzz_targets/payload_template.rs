//! `cargo +nightly fuzz run payload_template` in the folder `tests/fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fanin_tests_fuzz::check("payload_template", input));
