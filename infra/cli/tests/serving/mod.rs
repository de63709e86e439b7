//! `fanin dev` beside a test: what it says, events for it, whom it calls, and its end. Nothing waits without bound, and a host
//! ends with its value.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Anything that is waited for comes within this, or the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The program in a folder, with these settings and none of whoever runs the tests.
fn fanin(dir: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fanin"));
    for (name, _) in std::env::vars_os() {
        if ["FANIN_", "OTEL_"].iter().any(|of| name.to_string_lossy().starts_with(of)) {
            command.env_remove(name);
        }
    }
    command.current_dir(dir).envs(settings.iter().copied()).stdin(Stdio::null());
    command
}

fn ended(child: &mut Child) -> ExitStatus {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if begin.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Runs a verb that says less than a pipe holds, to its end.
pub(crate) fn run(dir: &Path, args: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = fanin(dir, settings);
    let mut child = command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    ended(&mut child);
    child.wait_with_output().unwrap()
}

/// A host.
pub(crate) struct Dev {
    child: Child,
    dir: PathBuf,
    hears: Receiver<String>,
    said: Vec<String>,
    url: String,
}

/// What a line of standard error says: the message of a document, else the line.
fn message(line: &str) -> String {
    let document: Option<serde_json::Value> = serde_json::from_str(line).ok();
    let message = document.as_ref().and_then(|document| document["message"].as_str());
    message.unwrap_or(line).to_owned()
}

impl Dev {
    /// Serves `workflow` from `dir`, and waits until it is ready.
    pub(crate) fn start(dir: &Path, workflow: &str, settings: &[(&str, &str)]) -> Dev {
        std::fs::write(dir.join("workflow.yaml"), workflow).unwrap();
        let mut child = fanin(dir, settings)
            .args(["dev", "workflow.yaml", "--port", "0", "--s3-port", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (says, hears) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| says.send(line)));
        let mut dev = Dev { child, dir: dir.to_owned(), hears, said: Vec::new(), url: String::new() };
        let at = dev.until("events ");
        dev.url = at.split_whitespace().last().unwrap().trim_end_matches("/events").to_owned();
        dev.until("ready: ");
        dev
    }

    /// Waits until something has been said that begins so, since the start, and gives it.
    pub(crate) fn until(&mut self, begins: &str) -> String {
        let begin = Instant::now();
        let mut heard = 0;
        loop {
            let mut told = self.said.iter().skip(heard).map(|line| message(line));
            if let Some(told) = told.find(|told| told.starts_with(begins)) {
                return told;
            }
            heard = self.said.len();
            match self.hears.recv_timeout(PATIENCE.saturating_sub(begin.elapsed())) {
                Ok(line) => self.said.push(line),
                Err(error) => panic!("no {begins:?} ({error}) in {:#?}", self.said),
            }
        }
    }

    /// Sends events, one a line.
    pub(crate) fn emit(&self, events: &str) {
        std::fs::write(self.dir.join("sent.jsonl"), events).unwrap();
        let sent = run(&self.dir, &["emit", "sent.jsonl", "--to", &self.url], &[]);
        assert!(sent.status.success(), "{sent:?}");
    }

    /// Ctrl-C, once; gives every line since the start.
    pub(crate) fn stop(mut self) -> Vec<String> {
        let begin = Instant::now();
        // Nobody has waited for it: the number is its own even if it has ended.
        let number = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &number]).status().unwrap().success());
        loop {
            match self.hears.recv_timeout(PATIENCE.saturating_sub(begin.elapsed())) {
                Ok(line) => self.said.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not stop: {:#?}", self.said),
            }
        }
        assert!(ended(&mut self.child).success(), "{:#?}", self.said);
        std::mem::take(&mut self.said)
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody who takes requests: the URL, and their bodies as they come. Each gets `answer`; without one it is left waiting.
pub(crate) fn listener(answer: Option<String>) -> (String, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (send, sent) = channel();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming().flatten() {
            let mut stream = BufReader::new(stream);
            // Who hangs up midway is nobody's request.
            let Ok(body) = request(&mut stream) else { continue };
            let _ = send.send(body);
            match &answer {
                Some(answer) => drop(stream.get_mut().write_all(answer.as_bytes())),
                None => held.push(stream),
            }
        }
    });
    (url, sent)
}

/// An answer after which the connection is closed.
pub(crate) fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn request(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    stream.get_ref().set_read_timeout(Some(PATIENCE))?;
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let begin = head.len();
        if stream.read_line(&mut head)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = head.get(begin..).unwrap_or_default().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(std::io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}
