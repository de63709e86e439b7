//! `fanin test` run as its users run it, and texts that are shown as they were.

use std::path::Path;
use std::process::{Command, Output};

/// Runs `fanin test` with `args` in `dir`.
pub(crate) fn fanin(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fanin"))
        .arg("test")
        .args(args)
        .current_dir(dir)
        .env_remove("FANIN_SEED")
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What is shown now where it is not what stands in the file, under its name; with `FANIN_REWRITE=1` the file is rewritten.
pub(crate) fn differs(golden: &Path, shown: &str) -> Option<String> {
    if std::env::var_os("FANIN_REWRITE").is_some() {
        std::fs::write(golden, shown).unwrap();
        return None;
    }
    let as_it_was = std::fs::read_to_string(golden).unwrap_or_default() == shown;
    (!as_it_was).then(|| format!("{}\n{shown}", golden.display()))
}
