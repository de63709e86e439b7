//! One shell in an empty directory, with `fanin` on its path and free ports.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A command takes no longer.
const WITHIN: Duration = Duration::from_secs(60);
/// Ends what a command printed; its exit code follows.
const END: char = '\u{1e}';

pub(crate) struct Shell {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    ports: (u16, u16),
    _dir: tempfile::TempDir,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Shell {
    pub(crate) fn new() -> Shell {
        let dir = tempfile::tempdir().unwrap();
        let work = dir.path().join("work");
        std::fs::create_dir(&work).unwrap();
        let ports = (free_port(), free_port());
        let bin = Path::new(env!("CARGO_BIN_EXE_fanin")).parent().unwrap().display().to_string();
        let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
        let mut child = Command::new("bash")
            .args(["--noprofile", "--norc"])
            .current_dir(&work)
            .env("PATH", path)
            .env("HOME", dir.path())
            .env("USER", "ada")
            .env("HOSTNAME", "workshop")
            .env("NO_COLOR", "1")
            .env("COLUMNS", "100")
            .env("TZ", "UTC")
            .env("FANIN_PORT", ports.0.to_string())
            .env("FANIN_S3_PORT", ports.1.to_string())
            .env_remove("FANIN_URL")
            .env_remove("FANIN_LOG")
            .env_remove("FANIN_SEED")
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_REGION")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = child.stdout.take().unwrap();
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                if send.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    break;
                }
            }
        });
        Shell { child, input, lines, ports, _dir: dir }
    }

    /// Runs a command; gives the lines it printed and its exit code. The ports are shown as the usual ones.
    pub(crate) fn run(&mut self, command: &str) -> (Vec<String>, i32) {
        writeln!(self.input, "{{ {command}\n}} 2>&1 < /dev/null; printf '\\n{END}%d\\n' $?").unwrap();
        let mut printed = Vec::new();
        loop {
            let line = match self.lines.recv_timeout(WITHIN) {
                Ok(line) => line,
                Err(_) => panic!("`{command}` does not end; so far it printed {printed:#?}"),
            };
            if let Some(code) = line.strip_prefix(END) {
                // The line that the end mark begins on its own is not the command's.
                if printed.last().is_some_and(String::is_empty) {
                    printed.pop();
                }
                return (printed, code.parse().unwrap());
            }
            printed.push(self.usual(&line));
        }
    }

    fn usual(&self, line: &str) -> String {
        let (http, s3) = self.ports;
        line.replace(&format!(":{http}"), ":4800").replace(&format!(":{s3}"), ":4801")
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = writeln!(self.input, "kill $(jobs -p) 2>/dev/null; wait; exit");
        std::thread::sleep(Duration::from_millis(100));
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
