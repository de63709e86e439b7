//! Tools that some functions and deployments use. None of them is needed to run fanin.

use std::path::PathBuf;

use super::report::Check;

/// The program, and what it is for.
const TOOLS: [(&str, &str); 3] = [
    ("python3", "functions with `exec` in Python, the examples"),
    ("cargo-lambda", "building and emulating Lambda functions in Rust"),
    ("aws", "looking at AWS by hand"),
];

pub(super) fn examine() -> Vec<Check> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let find = |name: &str| dirs.iter().map(|dir| dir.join(name)).find(|file| file.is_file());
    let check = |(name, purpose): &(&str, &str)| match find(name) {
        Some(file) => Check::ok("tools", format!("{name}: {}", file.display())),
        None => Check::ok("tools", format!("{name}: not found; it is for {purpose}")),
    };
    TOOLS.iter().map(check).collect()
}
