//! Functions, actions and a small HTTP server for the tests.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fanin_dispatch::{Outbox, RunnerOptions, Runners};
use fanin_event::{Identity, Span};
use fanin_rule::{Action, ActionId, Function, FunctionKind, Outcome, SendTarget, Target};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Runners with one function `f` of a kind, in a directory of their own.
pub(crate) struct Bench {
    pub(crate) dir: TempDir,
    pub(crate) runners: Runners,
}

impl Bench {
    pub(crate) fn new(kind: FunctionKind) -> Bench {
        Bench::with_timeout(kind, Duration::from_secs(20))
    }

    pub(crate) fn with_timeout(kind: FunctionKind, timeout: Duration) -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let timeout = Span(u64::try_from(timeout.as_millis()).unwrap());
        let functions = [Function { name: "f".into(), kind, timeout }];
        let runners = Runners::new(&functions, &options(dir.path()));
        Bench { dir, runners }
    }

    pub(crate) async fn call(&self, payload: &str) -> Outcome {
        self.runners.call(&action(payload)).await
    }
}

pub(crate) fn options(dir: &Path) -> RunnerOptions {
    RunnerOptions { workflow_dir: dir.to_owned(), outbox: Outbox::open(dir.join("outbox.jsonl")).unwrap() }
}

pub(crate) fn action(payload: &str) -> Action {
    Action {
        id: ActionId(Identity::of(&["action"])),
        run: Identity::of(&["run"]),
        index: 0,
        attempt: 2,
        rule: "assemble".into(),
        workflow: "video".into(),
        target: Target::Invoke { function: "f".into() },
        payload: payload.into(),
    }
}

pub(crate) fn numbered(n: u32) -> Action {
    let id = ActionId(Identity::of(&["action", &n.to_string()]));
    Action { id, index: n, ..action(&n.to_string()) }
}

pub(crate) fn send(target: SendTarget) -> Action {
    Action { target: Target::Send(target), ..action("{\"n\":1}") }
}

pub(crate) fn done(result: &str) -> Outcome {
    Outcome::Done { result: result.to_owned() }
}

/// The error name and the cause of a call that must have failed.
pub(crate) fn failure(outcome: Outcome) -> (String, String) {
    match outcome {
        Outcome::Failed { error, cause } => (error, cause),
        Outcome::Done { result } => panic!("the call succeeded: {result}"),
    }
}

/// Whether a process is there and not a zombie.
pub(crate) fn is_running(pid: &str) -> bool {
    let stat = std::fs::read_to_string(PathBuf::from("/proc").join(pid.trim()).join("stat"));
    stat.is_ok_and(|stat| !stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X'])))
}

/// Waits until a process is gone.
pub(crate) async fn assert_ends(pid: &str) {
    for _ in 0..200 {
        if !is_running(pid) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("process {pid} still runs");
}

/// Waits for a file to have content.
pub(crate) async fn content(path: &Path) -> String {
    for _ in 0..500 {
        match std::fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    panic!("{} stays empty", path.display());
}

/// An HTTP server that gives every request the same answer and keeps what it was asked.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `answer` is the whole response. An empty one closes the connection instead.
    pub(crate) async fn start(answer: String) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = requests.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (answer, kept) = (answer.clone(), kept.clone());
                tokio::spawn(async move {
                    let request = read_request(&mut stream).await;
                    kept.lock().unwrap().push(request);
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Server { url, requests }
    }

    pub(crate) fn only_request(&self) -> String {
        let requests = self.requests.lock().unwrap();
        assert_eq!(requests.len(), 1);
        requests[0].clone()
    }
}

pub(crate) fn response(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}", body.len())
}

/// Head in lower case, an empty line, body.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() >= length.parse::<usize>().unwrap() {
                return format!("{head}\r\n\r\n{body}");
            }
        }
        let read = stream.read(&mut chunk).await.unwrap();
        assert!(read > 0, "the request broke off: {text}");
        bytes.extend_from_slice(&chunk[..read]);
    }
}
