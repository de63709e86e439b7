//! What the long runs (`crash`, `soak`) have in common: which binary, where the state lies, how they speak and how they end.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::process;

/// The arguments of both.
#[derive(Debug, Args)]
pub struct Place {
    /// Where the state lies, and stays if something is wrong. Default: the system's temporary directory.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// The binary. Default: built by cargo, with the profile of this program.
    #[arg(long)]
    fanin: Option<PathBuf>,
}

impl Place {
    /// The binary, and a directory of this run's own, which is made.
    ///
    /// # Errors
    /// The binary does not build, or the directory cannot be made.
    pub fn make(self, name: &str) -> anyhow::Result<(PathBuf, PathBuf)> {
        let fanin = self.fanin.map_or_else(
            || {
                say("`fanin` is built first, which takes minutes when it is new; FANIN_BIN names one that is there");
                process::build()
            },
            Ok,
        )?;
        let own = format!("fanin-{name}-{}", std::process::id());
        let dir = self.dir.unwrap_or_else(std::env::temp_dir).join(own);
        std::fs::create_dir_all(&dir)?;
        Ok((fanin, dir))
    }
}

/// A line on standard output. Who does not listen is not told.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Runs it on two threads.
///
/// # Errors
/// Those of the run, and when the threads cannot be started.
pub fn block_on<T>(run: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(run)
}

/// Says what is wrong; the state is removed if nothing is.
///
/// # Errors
/// When it cannot be removed.
pub fn end(dir: &Path, problems: &[String]) -> anyhow::Result<std::process::ExitCode> {
    problems.iter().for_each(|problem| say(problem));
    if problems.is_empty() {
        std::fs::remove_dir_all(dir)?;
        return Ok(std::process::ExitCode::SUCCESS);
    }
    say(&format!("the state was kept in {}", dir.display()));
    Ok(std::process::ExitCode::FAILURE)
}
