//! Builds the functions with the profile of this program: a binary that happens to lie there may be older than the sources.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, bail};

/// The bootstraps by their names: `condition-engine`, `rule-engine`, `timers`.
pub type Bootstraps = BTreeMap<String, PathBuf>;

/// Builds the three functions. `FANIN_BOOTSTRAPS` names a directory that has them already.
///
/// # Errors
/// When they do not build.
pub fn bootstraps() -> anyhow::Result<Bootstraps> {
    if let Some(given) = std::env::var_os("FANIN_BOOTSTRAPS") {
        let names = ["condition-engine", "rule-engine", "timers"];
        return Ok(names.map(|name| (name.to_owned(), PathBuf::from(&given).join(name))).into());
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = std::process::Command::new(cargo);
    command.args(["build", "--quiet", "--locked", "-p", "fanin-lambda", "--bins", "--message-format=json"]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().context("cannot start cargo")?;
    if !output.status.success() {
        bail!("the functions do not build:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let built = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let path = PathBuf::from(message.get("executable")?.as_str()?);
        Some((path.file_stem()?.to_str()?.to_owned(), path))
    });
    Ok(built.collect())
}
