//! Child processes in groups of their own: started, followed, and killed with all they started.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use crate::limits::{MAX_LOG_LINE_BYTES, MAX_STDERR_BYTES};

/// A command for `program` in `dir`, in a process group of its own, with all its streams piped.
///
/// A program with a `/` in its name is relative to `dir`; a bare name is looked up in `PATH`.
pub(crate) fn command(program: &str, dir: &Path) -> Command {
    let program = if program.contains('/') { dir.join(program) } else { PathBuf::from(program) };
    let mut command = Command::new(program);
    command
        .current_dir(dir)
        .process_group(0)
        .kill_on_drop(true)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The process group of a child: killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Group {
    leader: Option<Pid>,
    /// The number may belong to somebody else once the group is gone: it is used once.
    killed: AtomicBool,
}

impl Group {
    /// The group that `child` leads.
    pub(crate) fn of(child: &Child) -> Group {
        let leader = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Group { leader, killed: AtomicBool::new(false) }
    }

    /// Kills the child and what it started, as far as it did not leave the group.
    pub(crate) fn kill(&self) {
        if let Some(group) = self.leader
            && !self.killed.swap(true, Ordering::Relaxed)
        {
            // The only error that can come is that nobody is left.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The end of a process's error output.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tail(Arc<Mutex<VecDeque<u8>>>);

impl Tail {
    fn push(&self, bytes: &[u8]) {
        let mut tail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = bytes.get(bytes.len().saturating_sub(MAX_STDERR_BYTES)..).unwrap_or_default();
        let over = tail.len().saturating_add(newest.len()).saturating_sub(MAX_STDERR_BYTES).min(tail.len());
        tail.drain(..over);
        tail.extend(newest);
    }

    /// What there is, as text; characters cut in half are replaced.
    pub(crate) fn text(&self) -> String {
        let mut tail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(tail.make_contiguous()).trim().to_owned()
    }
}

/// Reads an output to its end: into the log line by line, and its end into `tail`.
pub(crate) async fn follow(mut output: impl AsyncRead + Unpin, function: Arc<str>, tail: Tail) {
    let mut chunk = [0_u8; 4096];
    let mut line = Vec::new();
    while let Ok(read @ 1..) = output.read(&mut chunk).await {
        let bytes = chunk.get(..read).unwrap_or_default();
        tail.push(bytes);
        for byte in bytes {
            if *byte != b'\n' {
                line.push(*byte);
            }
            if *byte == b'\n' || line.len() >= MAX_LOG_LINE_BYTES {
                log_line(&function, &mut line);
            }
        }
    }
    log_line(&function, &mut line);
}

fn log_line(function: &str, line: &mut Vec<u8>) {
    if !line.is_empty() {
        tracing::info!(target: "fanin::function", function, "{}", String::from_utf8_lossy(line));
        line.clear();
    }
}

/// How a process ended, for people.
pub(crate) fn ending(status: std::process::ExitStatus, tail: &Tail) -> String {
    let text = tail.text();
    if text.is_empty() { status.to_string() } else { format!("{status}: {text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_keeps_the_newest_bytes() {
        let tail = Tail::default();
        tail.push(b"old ");
        tail.push(&vec![b'a'; MAX_STDERR_BYTES - 4]);
        assert_eq!(tail.text().len(), MAX_STDERR_BYTES);
        assert!(tail.text().starts_with("old"));
        tail.push(b"b");
        assert!(tail.text().starts_with("ld a") && tail.text().ends_with("ab"));
        tail.push(&vec![b'c'; MAX_STDERR_BYTES * 3]);
        assert_eq!(tail.text(), "c".repeat(MAX_STDERR_BYTES));
    }
}
