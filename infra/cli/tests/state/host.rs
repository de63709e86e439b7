//! Running the program: a verb to its end, a host in the background, a verb whose lines are watched.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Nothing takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a verb ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fanin"));
    command.current_dir(dir).args(arguments).stdin(Stdio::null()).env_remove("FANIN_URL");
    command
}

/// Runs a verb to its end.
pub(crate) fn fanin(dir: &Path, arguments: &[&str]) -> Ran {
    let out = command(dir, arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: out.status.code().unwrap(), out: text(out.stdout), err: text(out.stderr) }
}

/// Runs a verb that has to succeed, and gives its data.
pub(crate) fn ok(dir: &Path, arguments: &[&str]) -> String {
    let ran = fanin(dir, arguments);
    assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
    ran.out
}

/// Lines of a process, as they come.
pub(crate) struct Lines {
    child: Child,
    lines: Receiver<String>,
}

impl Lines {
    fn of(mut child: Child, source: impl std::io::Read + Send + 'static) -> Lines {
        let (send, lines) = channel();
        std::thread::spawn(move || {
            BufReader::new(source).lines().map_while(Result::ok).try_for_each(|line| send.send(line))
        });
        child.stdin.take();
        Lines { child, lines }
    }

    /// The next line with `text` in it.
    pub(crate) fn line_with(&mut self, text: &str) -> String {
        let mut said = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(text) => return line,
                Ok(line) => said.push(line),
                Err(error) => panic!("no line with {text:?} ({error}); it said {said:#?}"),
            }
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A `fanin dev` on free ports.
pub(crate) struct Host(Lines);

impl Host {
    /// Starts it on `workflow.yaml` and waits until it answers.
    pub(crate) fn start(dir: &Path) -> Host {
        let mut child = command(dir, &["dev", "workflow.yaml", "--port", "0", "--s3-port", "0"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = child.stderr.take().unwrap();
        let mut lines = Lines::of(child, said);
        lines.line_with("ready");
        Host(lines)
    }

    /// A verb that goes on while the host runs.
    pub(crate) fn watch(&self, dir: &Path, arguments: &[&str]) -> Lines {
        let mut child = command(dir, arguments).stdout(Stdio::piped()).spawn().unwrap();
        let said = child.stdout.take().unwrap();
        assert!(self.0.child.id() > 0);
        Lines::of(child, said)
    }
}
