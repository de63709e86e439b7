//! `cargo +nightly fuzz run snapshot` in the folder `tests/fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fanin_tests_fuzz::check("snapshot", input));
