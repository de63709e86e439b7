//! `command`: a program without a shell, JSON on stdin, JSON on stdout.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use fanin_rule::errors::TASK_FAILED;
use fanin_rule::{Action, Outcome};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin};

use crate::errors::{CANNOT_START, failed, timed_out, too_large};
use crate::limits::MAX_RESULT_BYTES;
use crate::output;
use crate::process::{self, Group, Tail};

/// How long a killed process may take to be gone.
const REAP: Duration = Duration::from_secs(1);

/// A program to run for each call.
#[derive(Debug)]
pub(super) struct Command {
    function: Arc<str>,
    argv: Vec<String>,
    dir: PathBuf,
}

/// What a program wrote to stdout.
enum Read {
    All(Vec<u8>),
    TooMuch,
    Broken(std::io::Error),
}

impl Command {
    pub(super) fn new(function: &Arc<str>, argv: &[String], dir: &Path) -> Command {
        Command { function: function.clone(), argv: argv.to_vec(), dir: dir.to_owned() }
    }

    pub(super) async fn call(&self, action: &Action, timeout: Duration) -> Outcome {
        let mut child = match self.spawn(action) {
            Ok(child) => child,
            Err(outcome) => return outcome,
        };
        let group = Group::of(&child);
        let tail = Tail::default();
        match tokio::time::timeout(timeout, self.converse(&mut child, action, (&group, &tail))).await {
            Ok((read, status)) => judge(read, status, &tail),
            Err(_) => {
                group.kill();
                let _ = tokio::time::timeout(REAP, child.wait()).await;
                timed_out(timeout)
            }
        }
    }

    fn spawn(&self, action: &Action) -> Result<Child, Outcome> {
        let Some((program, arguments)) = self.argv.split_first() else {
            return Err(failed(CANNOT_START, format!("function `{}` names no program", self.function)));
        };
        let spawned = process::command(program, &self.dir)
            .args(arguments)
            .env("FANIN_ACTION_ID", action.id.to_string())
            .env("FANIN_ATTEMPT", action.attempt.to_string())
            .env("FANIN_RULE", &*action.rule)
            .spawn();
        spawned
            .map_err(|error| failed(CANNOT_START, format!("`{program}` in {}: {error}", self.dir.display())))
    }

    async fn converse(
        &self,
        child: &mut Child,
        action: &Action,
        (group, tail): (&Group, &Tail),
    ) -> (Read, std::io::Result<ExitStatus>) {
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let read = async {
            let read = read_limited(stdout).await;
            if matches!(read, Read::TooMuch) {
                group.kill();
            }
            read
        };
        let follow = async {
            if let Some(stderr) = stderr {
                process::follow(stderr, self.function.clone(), tail.clone()).await;
            }
        };
        let exit = async {
            let status = child.wait().await;
            // What the program left behind would keep its output open.
            group.kill();
            status
        };
        let ((), read, (), status) = tokio::join!(feed(stdin, &action.payload), read, follow, exit);
        (read, status)
    }
}

/// Writes the payload. A program may end without having read it: that is no error.
async fn feed(stdin: Option<ChildStdin>, payload: &str) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(payload.as_bytes()).await;
        let _ = stdin.shutdown().await;
    }
}

async fn read_limited(stdout: Option<impl AsyncRead + Unpin>) -> Read {
    let mut bytes = Vec::new();
    let Some(stdout) = stdout else { return Read::All(bytes) };
    match stdout.take(MAX_RESULT_BYTES as u64 + 1).read_to_end(&mut bytes).await {
        Ok(_) if bytes.len() > MAX_RESULT_BYTES => Read::TooMuch,
        Ok(_) => Read::All(bytes),
        Err(error) => Read::Broken(error),
    }
}

fn judge(read: Read, status: std::io::Result<ExitStatus>, tail: &Tail) -> Outcome {
    match (read, status) {
        (Read::TooMuch, _) => too_large(),
        (_, Err(error)) => failed(TASK_FAILED, format!("the program was lost: {error}")),
        (_, Ok(status)) if !status.success() => failed(TASK_FAILED, process::ending(status, tail)),
        (Read::Broken(error), _) => failed(TASK_FAILED, format!("its stdout broke off: {error}")),
        (Read::All(bytes), Ok(_)) => output::json(bytes, "stdout"),
    }
}
