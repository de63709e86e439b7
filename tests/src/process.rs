//! The real `fanin` as a child process: started, killed, and heard on its standard error.

use std::collections::VecDeque;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::client::Client;

/// Lines of standard error kept in memory; older ones are in the log file only.
const MAX_LINES: usize = 1_000;
/// The line of the banner that tells where events are taken.
const EVENTS_LINE: &str = "events ";

/// Builds `fanin` with the profile of this program and returns its path. `FANIN_BIN` names another one.
///
/// A binary that happens to lie there may be older than the sources: a test against it would prove nothing.
///
/// # Errors
/// When it does not build.
pub fn build() -> anyhow::Result<PathBuf> {
    if let Some(given) = std::env::var_os("FANIN_BIN") {
        return Ok(PathBuf::from(given));
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = std::process::Command::new(cargo);
    command.args(["build", "--quiet", "--locked", "--message-format=json"]);
    command.args(["-p", "fanin-cli", "--bin", "fanin"]);
    // What the outer cargo says of this package is not for the inner one: the build script of `ring` looks at it, and each of the two
    // would build `ring`, and all that stands on it, again and again.
    for (name, _) in std::env::vars_os() {
        let of_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        if name.to_str().is_some_and(of_package) {
            command.env_remove(name);
        }
    }
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().context("cannot start cargo")?;
    if !output.status.success() {
        bail!("`fanin` does not build:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let executable = messages.lines().rev().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message.get("executable")?.as_str().map(PathBuf::from)
    });
    executable.context("cargo built `fanin` and did not say where it lies")
}

/// How to start `fanin dev`.
#[derive(Clone, Debug)]
pub struct Start {
    /// The binary.
    pub fanin: PathBuf,
    /// The workflow file.
    pub workflow: PathBuf,
    /// The directory of the state.
    pub dir: PathBuf,
    /// A snapshot is begun after so many bytes of log.
    pub snapshot_every: Option<u64>,
    /// The largest file it may write, in blocks of 1024 bytes; for a disk that is full.
    pub file_limit: Option<u64>,
    /// Runs as a user without rights; for what the superuser may always do.
    pub as_nobody: bool,
    /// Where what it says goes. Default: beside `dir`, with the ending `log`.
    pub log: Option<PathBuf>,
}

impl Start {
    /// With the usual settings.
    #[must_use]
    pub fn new(fanin: &Path, workflow: &Path, dir: &Path) -> Start {
        let own = Path::to_path_buf;
        Start {
            fanin: own(fanin),
            workflow: own(workflow),
            dir: own(dir),
            snapshot_every: None,
            file_limit: None,
            as_nobody: false,
            log: None,
        }
    }

    fn command(&self) -> Command {
        let mut command = match self.file_limit {
            None if self.as_nobody => {
                let mut other = Command::new("setpriv");
                other.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&self.fanin);
                other
            }
            None => Command::new(&self.fanin),
            Some(blocks) => {
                let mut shell = Command::new("bash");
                // With SIGXFSZ ignored, writing past the limit is an error and not the end.
                shell.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""));
                shell.arg(&self.fanin);
                shell
            }
        };
        command.arg("dev").arg(&self.workflow).arg("--dir").arg(&self.dir);
        command.args(["--port", "0", "--s3-port", "0", "--color", "never"]);
        if let Some(bytes) = self.snapshot_every {
            command.env("FANIN_SNAPSHOT_EVERY", bytes.to_string());
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// Starts it. What it says is added to the log file.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub fn spawn(&self) -> anyhow::Result<Fanin> {
        let mut child =
            self.command().spawn().with_context(|| format!("cannot start {}", self.fanin.display()))?;
        let stderr = child.stderr.take().context("no standard error")?;
        let log = self.log.clone().unwrap_or_else(|| self.dir.with_extension("log"));
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log);
        let file = file.with_context(|| format!("cannot write {}", log.display()))?;
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let (found, base) = watch::channel(None);
        let reader = tokio::spawn(listen(stderr, file, lines.clone(), found));
        Ok(Fanin { child, lines, base, reader })
    }
}

async fn listen(
    stderr: ChildStderr,
    mut file: std::fs::File,
    lines: Arc<Mutex<VecDeque<String>>>,
    found: watch::Sender<Option<String>>,
) {
    let mut reader = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = reader.next_line().await {
        let _ = writeln!(file, "{line}");
        if let Some(url) = line.strip_prefix(EVENTS_LINE).and_then(|url| url.trim().strip_suffix("/events")) {
            found.send_replace(Some(url.to_owned()));
        }
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= MAX_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

/// A running `fanin dev`. Dropping it kills it.
#[derive(Debug)]
pub struct Fanin {
    child: Child,
    lines: Arc<Mutex<VecDeque<String>>>,
    base: watch::Receiver<Option<String>>,
    reader: JoinHandle<()>,
}

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code or signal.
    pub status: ExitStatus,
    /// What it said on standard error.
    pub said: Vec<String>,
}

impl Ended {
    /// Everything it said, as one text.
    #[must_use]
    pub fn text(&self) -> String {
        self.said.join("\n")
    }
}

impl Fanin {
    /// Waits until it answers `GET /health`, and returns its base URL.
    ///
    /// # Errors
    /// When it ends before or does not answer in time, with what it said.
    pub async fn ready(&mut self, client: &Client, within: Duration) -> anyhow::Result<String> {
        let until = Instant::now() + within;
        loop {
            if self.child.try_wait()?.is_some() {
                let _ = tokio::time::timeout(Duration::from_secs(5), &mut self.reader).await;
                bail!("fanin ended before it was ready and said:\n{}", self.said().join("\n"));
            }
            let base = self.base.borrow().clone();
            if let Some(base) = base
                && client.get(&format!("{base}/health")).await.is_ok_and(|answer| answer.status.is_success())
            {
                return Ok(base);
            }
            if Instant::now() > until {
                bail!("fanin was not ready in {within:?} and said:\n{}", self.said().join("\n"));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Whether it has ended by itself.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn has_ended(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Its process number, until it has ended.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it said so far.
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Asks it to stop (SIGTERM).
    pub fn terminate(&self) {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // Gone already is as good.
            let _ = kill_process(pid, Signal::TERM);
        }
    }

    /// Kills it (SIGKILL) and waits until it is gone.
    ///
    /// # Errors
    /// When the system does not let us.
    pub async fn kill(mut self) -> anyhow::Result<Ended> {
        if self.child.try_wait()?.is_none() {
            self.child.start_kill()?;
        }
        self.ended(Duration::from_secs(10)).await
    }

    /// Waits until it has ended.
    ///
    /// # Errors
    /// When it does not end in time; it is killed then.
    pub async fn ended(mut self, within: Duration) -> anyhow::Result<Ended> {
        let waited = tokio::time::timeout(within, self.child.wait()).await;
        let status = waited.with_context(|| {
            format!("fanin did not end in {within:?} and said:\n{}", self.said().join("\n"))
        })??;
        // The pipe ends with the process.
        let _ = tokio::time::timeout(Duration::from_secs(5), &mut self.reader).await;
        Ok(Ended { status, said: self.said() })
    }
}
