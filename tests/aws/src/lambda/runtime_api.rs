//! The Lambda Runtime API for one process: it asks for its next invocation, and gives back an answer or an error.
//!
//! Each process has an endpoint of its own, so that whoever asks is known. A process may ask several times at once and
//! then gets several invocations at once.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::convert::Infallible;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinHandle;

use crate::limits::INIT_TIMEOUT;

/// How an invocation failed, as Lambda reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Failed {
    /// The error's name.
    pub error_type: String,
    /// What it says.
    pub error_message: String,
}

impl Failed {
    fn new(error_type: &str, error_message: String) -> Failed {
        Failed { error_type: error_type.to_owned(), error_message }
    }
}

type Answered = Result<Bytes, Failed>;

struct Waiting {
    id: String,
    payload: Bytes,
    timeout: Duration,
}

#[derive(Default)]
struct Desk {
    waiting: VecDeque<Waiting>,
    open: HashMap<String, oneshot::Sender<Answered>>,
    ready: bool,
    over: Option<String>,
    next: u64,
}

#[derive(Default)]
struct Shared {
    desk: Mutex<Desk>,
    changed: Notify,
    name: String,
}

/// One process of a function.
pub struct Instance {
    shared: Arc<Shared>,
    kill: Arc<Notify>,
    ended: watch::Receiver<Option<String>>,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for Instance {
    fn drop(&mut self) {
        // The process goes with the task that owns it.
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Instance {
    /// Starts a bootstrap with just this environment and waits until it asks for work.
    ///
    /// # Errors
    /// It could not be started, or it ended or reported an error before it asked.
    pub async fn start(
        name: &str,
        binary: &Path,
        environment: &BTreeMap<String, String>,
        log: &Path,
    ) -> anyhow::Result<Instance> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { name: name.to_owned(), ..Shared::default() });
        let endpoint = tokio::spawn(serve(listener, shared.clone()));
        let log = std::fs::File::options().create(true).append(true).open(log)?;
        let mut child = Command::new(binary)
            .env_clear()
            .envs(environment)
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}"))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "double")
            .env("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let kill = Arc::new(Notify::new());
        let killed = kill.clone();
        let (tell, ended) = watch::channel(None);
        let owner = tokio::spawn(async move {
            let status = tokio::select! {
                status = child.wait() => status,
                () = killed.notified() => {
                    let _ = child.kill().await;
                    child.wait().await
                }
            };
            let _ = tell.send(Some(status.map_or_else(|e| e.to_string(), |s| s.to_string())));
        });
        let instance = Instance { shared, kill, ended, tasks: [endpoint, owner] };
        tokio::select! {
            answer = instance.asked() => answer?,
            status = instance.ended() => bail!("{name} ended before it asked for work: {status}"),
            () = tokio::time::sleep(INIT_TIMEOUT) => bail!("{name} did not ask for work"),
        }
        Ok(instance)
    }

    async fn asked(&self) -> anyhow::Result<()> {
        loop {
            let changed = self.shared.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            {
                let desk = self.shared.desk.lock().unwrap();
                if let Some(over) = &desk.over {
                    bail!("{} reported an error at its start: {over}", self.shared.name);
                }
                if desk.ready {
                    return Ok(());
                }
            }
            changed.await;
        }
    }

    /// Ends when the process has ended, with how it did.
    pub async fn ended(&self) -> String {
        let mut ended = self.ended.clone();
        let status = ended.wait_for(Option::is_some).await;
        status.ok().and_then(|s| s.clone()).unwrap_or_default()
    }

    /// Whether the process is there.
    #[must_use]
    pub fn lives(&self) -> bool {
        self.ended.borrow().is_none()
    }

    /// Hands an invocation to the process and waits for its answer. A process that dies, or takes longer than `timeout`
    /// and is killed for it, has failed.
    ///
    /// # Errors
    /// [`Failed`] as Lambda reports it.
    pub async fn invoke(&self, payload: Bytes, timeout: Duration) -> Answered {
        let (send, receive) = oneshot::channel();
        {
            let mut desk = self.shared.desk.lock().unwrap();
            desk.next += 1;
            let id = format!("00000000-0000-4000-9000-{:012x}", desk.next);
            desk.open.insert(id.clone(), send);
            desk.waiting.push_back(Waiting { id, payload, timeout });
        }
        self.shared.changed.notify_waiters();
        tokio::select! {
            biased;
            answer = receive => {
                answer.unwrap_or_else(|_| Err(Failed::new("Runtime.ExitError", "no answer".to_owned())))
            }
            status = self.ended() => {
                Err(Failed::new("Runtime.ExitError", format!("Runtime exited with error: {status}")))
            }
            () = tokio::time::sleep(timeout) => {
                self.kill();
                self.ended().await;
                let seconds = timeout.as_secs_f64();
                Err(Failed::new("Sandbox.Timedout", format!("Task timed out after {seconds:.2} seconds")))
            }
        }
    }

    /// Kills the process (SIGKILL): nothing in it gets a chance to finish.
    pub fn kill(&self) {
        self.kill.notify_one();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = shared.clone();
        let service = service_fn(move |request| answer(shared.clone(), request));
        let serving =
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            let _ = serving.await;
        });
    }
}

async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let parts: Vec<&str> = path.trim_matches('/').split('/').skip(1).collect();
    if request.method() == Method::GET && parts == ["runtime", "invocation", "next"] {
        return Ok(next(&shared).await);
    }
    let body =
        request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    match parts.as_slice() {
        ["runtime", "invocation", id, "response"] => shared.settle(id, Ok(body)),
        ["runtime", "invocation", id, "error"] => {
            shared.settle(id, Err(serde_json::from_slice(&body).unwrap_or_default()));
        }
        ["runtime", "init", "error"] => {
            shared.desk.lock().unwrap().over = Some(String::from_utf8_lossy(&body).into_owned());
            shared.changed.notify_waiters();
        }
        _ => return Ok(plain(404)),
    }
    Ok(plain(202))
}

fn plain(status: u16) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"{\"status\":\"OK\"}")));
    *response.status_mut() = status.try_into().unwrap();
    response
}

async fn next(shared: &Shared) -> Response<Full<Bytes>> {
    loop {
        let changed = shared.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        let found = {
            let mut desk = shared.desk.lock().unwrap();
            if !desk.ready {
                desk.ready = true;
                shared.changed.notify_waiters();
            }
            desk.waiting.pop_front()
        };
        if let Some(waiting) = found {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            return Response::builder()
                .header("content-type", "application/json")
                .header("lambda-runtime-aws-request-id", waiting.id)
                .header("lambda-runtime-deadline-ms", (now + waiting.timeout).as_millis().to_string())
                .header("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0")
                .header(
                    "lambda-runtime-invoked-function-arn",
                    format!("arn:aws:lambda:us-east-1:123456789012:function:{}", shared.name),
                )
                .body(Full::new(waiting.payload))
                .unwrap();
        }
        changed.await;
    }
}

impl Shared {
    fn settle(&self, id: &str, answer: Answered) {
        if let Some(send) = self.desk.lock().unwrap().open.remove(id) {
            let _ = send.send(answer);
        }
    }
}
