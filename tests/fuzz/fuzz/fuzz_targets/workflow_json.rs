//! `cargo +nightly fuzz run workflow_json` in the folder `tests/fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fanin_tests_fuzz::check("workflow_json", input));
