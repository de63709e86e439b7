//! `cargo +nightly fuzz run json_path` in the folder `tests/fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fanin_tests_fuzz::check("json_path", input));
