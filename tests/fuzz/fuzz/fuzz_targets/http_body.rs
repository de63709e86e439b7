//! `cargo +nightly fuzz run http_body` in the folder `tests/fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fanin_tests_fuzz::check("http_body", input));
