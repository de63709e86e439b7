//! What every test stands on: an endpoint in a fresh folder, an intake that remembers, and curl as the client.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fanin_sources::intake::Busy;
use fanin_sources::{Inbound, Intake, IntakeError, Origin, Receipt};
use fanin_sources_s3::{S3Options, serve};
use fanin_triggers::Rejected;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The bucket that is there from the beginning.
pub(crate) const BUCKET: &str = "uploads";
/// `hello` and its digests.
pub(crate) const HELLO: &[u8] = b"hello";
pub(crate) const HELLO_MD5: &str = "5d41402abc4b2a76b9719d911017c592";

/// How the intake answers.
#[derive(Clone, Debug)]
pub(crate) enum Mood {
    Accept,
    Reject,
    Fail(IntakeError),
    /// Accepts when the mood has changed.
    Hold,
}

/// An intake that remembers what it accepted.
pub(crate) struct Recorder {
    mood: watch::Sender<Mood>,
    asked: AtomicUsize,
    accepted: Mutex<Vec<Inbound>>,
}

impl Recorder {
    pub(crate) fn mood(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    pub(crate) fn busy(&self) {
        self.mood(Mood::Fail(IntakeError::Busy(Busy { retry_after: Duration::from_millis(20) })));
    }

    /// How many events have come, accepted or not.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn accepted(&self) -> Vec<Inbound> {
        self.accepted.lock().unwrap().clone()
    }

    /// The accepted envelopes.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.accepted().iter().map(|inbound| serde_json::from_str(&inbound.envelope).unwrap()).collect()
    }

    /// The accepted events as "detail-type reason key".
    pub(crate) fn story(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let line = |event: Value| {
            let detail = &event["detail"];
            [&event["detail-type"], &detail["reason"], &detail["object"]["key"]].map(text).join(" ")
        };
        self.events().into_iter().map(line).collect()
    }
}

struct Door(Arc<Recorder>);

impl Intake for Door {
    fn submit(&self, events: Vec<Inbound>) -> BoxFuture<'static, Result<Vec<Receipt>, IntakeError>> {
        let recorder = Arc::clone(&self.0);
        async move {
            recorder.asked.fetch_add(events.len(), Ordering::SeqCst);
            let mut moods = recorder.mood.subscribe();
            let mood = moods.wait_for(|mood| !matches!(mood, Mood::Hold)).await.unwrap().clone();
            match mood {
                Mood::Fail(error) => return Err(error),
                Mood::Reject => {
                    let refused = |_| Receipt::Rejected { code: "event-refused", reason: "no".to_owned() };
                    return Ok(events.iter().map(refused).collect());
                }
                Mood::Accept | Mood::Hold => {}
            }
            assert!(events.iter().all(|event| event.origin == Origin::Store));
            let receipts =
                events.iter().map(|event| Receipt::Accepted { id: event.identity.to_uuid().to_string() });
            let receipts = receipts.collect();
            recorder.accepted.lock().unwrap().extend(events);
            Ok(receipts)
        }
        .boxed()
    }

    fn reject(&self, _: Rejected, _: Origin) -> BoxFuture<'static, Result<(), IntakeError>> {
        panic!("the endpoint decodes nothing, and refuses nothing")
    }
}

/// A running endpoint.
pub(crate) struct Fixture {
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) port: u16,
    /// Holds the folder of the buckets, and must hold nothing else.
    pub(crate) outside: TempDir,
    /// The client's own files.
    client: TempDir,
    calls: AtomicUsize,
    stop: watch::Sender<bool>,
}

impl Fixture {
    pub(crate) async fn start() -> Fixture {
        let outside = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let recorder = Arc::new(Recorder {
            mood: watch::Sender::new(Mood::Accept),
            asked: AtomicUsize::new(0),
            accepted: Mutex::default(),
        });
        let options = S3Options {
            root: outside.path().join("s3"),
            domain: "localhost".to_owned(),
            access_key: "test".to_owned(),
            secret_key: "secret".to_owned(),
            buckets: vec![BUCKET.to_owned(), "archive".to_owned()],
        };
        let (stop, mut stopped) = watch::channel(false);
        let intake = Arc::new(Door(Arc::clone(&recorder)));
        tokio::spawn(serve(listener, options, intake, async move {
            let _ = stopped.wait_for(|stopped| *stopped).await;
        }));
        let client = tempfile::tempdir().unwrap();
        Fixture { recorder, port, outside, client, calls: AtomicUsize::new(0), stop }
    }

    /// The file of an object.
    pub(crate) fn file(&self, key: &str) -> PathBuf {
        self.outside.path().join("s3").join(BUCKET).join(key)
    }

    /// A request for `target`, such as `/uploads/key?list-type=2`.
    pub(crate) fn request(&self, method: &str, target: &str) -> Request<'_> {
        let url = format!("http://127.0.0.1:{}{target}", self.port);
        let user = Some("test:secret".to_owned());
        Request { fixture: self, method: method.to_owned(), url, user, body: None, more: Vec::new() }
    }

    pub(crate) async fn put(&self, key: &str, body: &[u8]) -> Answer {
        self.request("PUT", &object(key)).body(body).send().await
    }

    pub(crate) async fn get(&self, key: &str) -> Answer {
        self.request("GET", &object(key)).send().await
    }

    /// Stores an object and forgets the event.
    pub(crate) async fn given(&self, key: &str, body: &[u8]) {
        self.put(key, body).await.expect(200);
        self.recorder.accepted.lock().unwrap().clear();
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// The path of an object of [`BUCKET`], encoded.
pub(crate) fn object(key: &str) -> String {
    let encoded = key.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    });
    format!("/{BUCKET}/{}", encoded.collect::<String>())
}

/// One call of curl.
pub(crate) struct Request<'a> {
    fixture: &'a Fixture,
    method: String,
    pub(crate) url: String,
    user: Option<String>,
    body: Option<Vec<u8>>,
    more: Vec<String>,
}

impl Request<'_> {
    pub(crate) fn body(mut self, body: &[u8]) -> Self {
        self.body = Some(body.to_vec());
        self
    }

    pub(crate) fn header(self, header: &str) -> Self {
        self.option("--header").option(header)
    }

    pub(crate) fn option(mut self, option: &str) -> Self {
        self.more.push(option.to_owned());
        self
    }

    /// `access:secret`, or nobody.
    pub(crate) fn user(mut self, user: Option<&str>) -> Self {
        self.user = user.map(str::to_owned);
        self
    }

    pub(crate) async fn send(self) -> Answer {
        let call = self.fixture.calls.fetch_add(1, Ordering::SeqCst);
        let path = |name: &str| self.fixture.client.path().join(format!("{call}.{name}"));
        let mut curl = tokio::process::Command::new("curl");
        curl.args(["--silent", "--show-error", "--path-as-is", "--max-time", "30"]);
        curl.arg("--dump-header").arg(path("head")).arg("--output").arg(path("body"));
        match self.method.as_str() {
            "HEAD" => curl.arg("--head"),
            method => curl.args(["--request", method]),
        };
        if let Some(user) = &self.user {
            curl.args(["--user", user, "--aws-sigv4", "aws:amz:us-east-1:s3"]);
        }
        let body = self.body.as_deref().unwrap_or_default();
        if !self.more.iter().any(|option| option.starts_with("x-amz-content-sha256")) {
            let hash: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
            curl.arg("--header").arg(format!("x-amz-content-sha256: {hash}"));
        }
        if self.body.is_some() {
            std::fs::write(path("sent"), body).unwrap();
            let mut data = std::ffi::OsString::from("@");
            data.push(path("sent"));
            curl.arg("--data-binary").arg(data);
            if !self.more.iter().any(|option| option.to_ascii_lowercase().starts_with("content-type")) {
                curl.args(["--header", "Content-Type: application/octet-stream"]);
            }
        }
        let done = curl.args(&self.more).arg(&self.url).output().await.unwrap();
        assert!(done.status.success(), "{}: {}", self.url, String::from_utf8_lossy(&done.stderr));
        Answer::read(&path("head"), &path("body"))
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn read(head: &Path, body: &Path) -> Answer {
        let head = String::from_utf8(std::fs::read(head).unwrap()).unwrap();
        // The last block: one of `100 Continue` may come before it.
        let block = head.trim_end().rsplit("\r\n\r\n").next().unwrap();
        let mut lines = block.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header =
            |line: &str| line.split_once(':').map(|(n, v)| (n.to_ascii_lowercase(), v.trim().to_owned()));
        Answer {
            status,
            headers: lines.filter_map(header).collect(),
            body: std::fs::read(body).unwrap_or_default(),
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Fails unless the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Fails unless it is this error.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Answer {
        assert_eq!((self.status, self.all("Code")), (status, vec![code.to_owned()]), "{}", self.text());
        self
    }

    /// The texts of all XML elements of this name.
    pub(crate) fn all(&self, element: &str) -> Vec<String> {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        let text = self.text();
        let inner = text.split(&open).skip(1).filter_map(|rest| rest.split(&close).next());
        inner.map(|text| text.replace("&quot;", "\"").replace("&#34;", "\"").replace("&amp;", "&")).collect()
    }

    /// The text of the only XML element of this name.
    #[track_caller]
    pub(crate) fn one(&self, element: &str) -> String {
        let [one] = self.all(element).try_into().unwrap_or_else(|all| panic!("{element}: {all:?}"));
        one
    }
}
