//! `cargo +nightly fuzz run s3_request` in the folder `tests/fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fanin_tests_fuzz::check("s3_request", input));
