//! Asking before something is done that cannot be undone.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::bail;

/// Whether a person agrees. `yes` was said before; without a terminal nobody can be asked.
///
/// # Errors
/// When nobody can be asked and `yes` was not said.
pub(crate) fn confirmed(yes: bool, question: &str) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        bail!("{question} Nobody can be asked here: say it with --yes");
    }
    let mut err = std::io::stderr().lock();
    write!(err, "{question} [y/N] ").and_then(|()| err.flush())?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
