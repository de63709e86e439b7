//! A project in a directory of its own, with a state, and the binary to ask about it.
#![expect(dead_code, reason = "each test binary uses its part of this")]

use std::io::Read;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Anything that is waited for comes within this, or the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A project made by `fanin init`, whose sample events have been taken in.
pub(crate) struct Project {
    dir: tempfile::TempDir,
}

/// What the binary said.
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: i32,
}

impl Said {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}{}", self.out, self.err))
    }
}

/// A part of a job as an upload.
pub(crate) fn part(id: &str, job: &str, rest: &str) -> String {
    format!(
        r#"{{"id":"{id}","source":"aws.s3","detail-type":"Object Created","detail":{{"bucket":{{"name":"uploads"}},"object":{{"key":"jobs/{job}/part-{rest}","sequencer":"{id}"}}}}}}"#
    ) + "\n"
}

impl Project {
    pub(crate) fn new() -> Project {
        let project = Project { dir: tempfile::tempdir().unwrap() };
        let said = project.fanin(&["init", "."]);
        assert_eq!(said.code, 0, "{}", said.err);
        project.run("events.jsonl");
        project
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fanin"));
        command.args(args).current_dir(self.dir.path()).env("NO_COLOR", "1").env_remove("FANIN_URL");
        command
    }

    pub(crate) fn fanin(&self, args: &[&str]) -> Said {
        let said = self.command(args).stdin(Stdio::null()).output().unwrap();
        Said {
            out: String::from_utf8(said.stdout).unwrap(),
            err: String::from_utf8(said.stderr).unwrap(),
            code: said.status.code().unwrap(),
        }
    }

    /// Takes a file of events in.
    pub(crate) fn run(&self, events: &str) {
        let said = self.fanin(&["run", "workflow.yaml", "--events", events]);
        assert!(matches!(said.code, 0 | 3), "{}", said.err);
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).unwrap();
    }

    /// Starts a host on a free port.
    pub(crate) fn serve(&self) -> Host {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        self.serve_at(free())
    }

    pub(crate) fn serve_at(&self, port: u16) -> Host {
        let s3 = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let ports = (port.to_string(), s3.to_string());
        let mut command = self.command(&["dev", "workflow.yaml", "--port", &ports.0, "--s3-port", &ports.1]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let host = Host { child, port };
        let begun = Instant::now();
        while self.fanin(&["explain", "job_complete", "--key", "gamma", "--to", &host.url()]).code != 3 {
            assert!(begun.elapsed() < PATIENCE, "the host did not come up");
            std::thread::sleep(Duration::from_millis(100));
        }
        host
    }

    /// Sends an event to a host.
    pub(crate) fn emit(&self, host: &Host, event: &str) {
        self.write("emitted.jsonl", event);
        let said = self.fanin(&["emit", "emitted.jsonl", "--to", &host.url()]);
        assert_eq!(said.code, 0, "{}", said.err);
    }

    /// Starts something that goes on.
    pub(crate) fn follow(&self, args: &[&str]) -> Follow {
        let mut command = self.command(args);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let heard = Arc::new(Mutex::new(String::new()));
        let (mut out, into) = (child.stdout.take().unwrap(), heard.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = out.read(&mut bytes) {
                into.lock().unwrap().push_str(&String::from_utf8_lossy(bytes.get(..read).unwrap()));
            }
        });
        Follow { child, heard }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().to_path_buf()
    }
}

/// A running host; it ends with this value, in good order.
pub(crate) struct Host {
    child: Child,
    pub(crate) port: u16,
}

impl Host {
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let begun = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            if begun.elapsed() > PATIENCE {
                let _ = self.child.kill();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Something that goes on.
pub(crate) struct Follow {
    child: Child,
    heard: Arc<Mutex<String>>,
}

impl Follow {
    /// Waits until it has said this.
    pub(crate) fn wait_for(&self, text: &str) {
        let begun = Instant::now();
        while !self.heard.lock().unwrap().contains(text) {
            assert!(begun.elapsed() < PATIENCE, "no {text:?} in {}", self.heard.lock().unwrap());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it, and tells what it has said.
    pub(crate) fn stop(mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.heard.lock().unwrap().clone()
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
