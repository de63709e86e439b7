//! `fanin dev`: serves a workflow until it is told to stop, and reloads it when its file changes.

mod logged;
mod receivers;
mod reload;
mod traces;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use fanin_dashboard::Memory;
use fanin_local::{Clock, Service};
use fanin_plan::Plan;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{files, host};
use crate::args::{Global, Place};
use crate::console::{Exit, say};
use crate::source::Endpoint;
use logged::Logged;
use receivers::{Doors, Receivers};
use traces::Traces;

/// `fanin dev`
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  fanin dev workflow.yaml
  fanin dev workflow.yaml --port 0 --s3-port 0 --dir .fanin/trial
  fanin dev workflow.yaml --watch functions=uploads")]
pub(crate) struct Dev {
    /// The workflow file.
    pub(crate) workflow: PathBuf,
    #[command(flatten)]
    pub(crate) place: Place,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) bind: std::net::IpAddr,
    /// Port of the HTTP receiver; 0: any free one.
    #[arg(long, default_value_t = 4800, env = "FANIN_PORT")]
    pub(crate) port: u16,
    /// Port of the S3 endpoint; 0: any free one.
    #[arg(long, default_value_t = 4801, env = "FANIN_S3_PORT")]
    pub(crate) s3_port: u16,
    /// Access key and secret key of the S3 endpoint, as `KEY:SECRET`.
    #[arg(long, default_value = "test:test", env = "FANIN_S3_KEYS")]
    pub(crate) s3_keys: String,
    /// Watch a folder as if it were a bucket: `FOLDER=BUCKET`. May be given more than once.
    #[arg(long = "watch", value_name = "FOLDER=BUCKET")]
    pub(crate) watch: Vec<String>,
    /// Also take events from standard input, one JSON document a line.
    #[arg(long)]
    pub(crate) stdin: bool,
    /// Host names that requests may be addressed to, beside the loopback's.
    #[arg(long = "host")]
    pub(crate) hosts: Vec<String>,
}

pub(crate) fn run(global: &Global, args: Dev) -> anyhow::Result<Exit> {
    let Some(plan) = files::compile(global, &args.workflow)? else { return Ok(Exit::No) };
    let runtime = host::runtime()?;
    let traces = Traces::start(runtime.handle())?;
    let exit = runtime.block_on(serve(global, &args, &plan, &traces));
    traces.end();
    // A blocked read of standard input cannot be taken back: it must not keep the process.
    runtime.shutdown_background();
    exit
}

async fn serve(global: &Global, args: &Dev, plan: &Plan, traces: &Traces) -> anyhow::Result<Exit> {
    let memory = Arc::new(Memory::new(Clock::Wall));
    let observer = traces.before(Logged::before(memory.clone()));
    let (service, dir) = host::open_watched(&args.place, &args.workflow, plan, observer)?;
    let service = Arc::new(service);
    let http = listen(args, args.port, "--port").await?;
    let s3 = listen(args, args.s3_port, "--s3-port").await?;
    say(&format!("workflow  {} (version {})", plan.workflow, plan.version));
    say(&format!("state     {}", dir.display()));
    say(&format!("events    http://{}/events", http.local_addr()?));
    say(&format!("page      http://{}/", reachable(http.local_addr()?)));
    say(&format!("status    http://{}/status", http.local_addr()?));
    say(&format!("s3        http://{}", s3.local_addr()?));
    let endpoint = Endpoint {
        url: format!("http://{}", reachable(http.local_addr()?)),
        pid: std::process::id(),
        workflow: plan.workflow.to_string(),
    };
    service.answers_at(&endpoint.url);
    // Other verbs find the host by its directory; without the file they have to be told the URL.
    let _announced = endpoint.announce(&dir).inspect_err(|error| {
        say(&format!("{}: cannot say there where this host answers: {error}", dir.display()));
    });
    let doors = Doors { http, s3 };
    let receivers = Receivers::start(args, &service, (doors, memory), &dir, plan).await?;
    // Whoever reads the next line may stop the host at once.
    let stopped = Stopped::listen()?;
    say("ready: stop with Ctrl-C; an edit of the workflow file is taken over at once");
    let mut failure = service.failure();
    let watched = reload::Watched {
        service: service.clone(),
        schedules: receivers.schedules(),
        dashboard: receivers.dashboard(),
    };
    let watch = reload::watch(global.clone(), args.workflow.clone(), watched);
    let failed = tokio::select! {
        () = stopped.wait() => None,
        reason = failure.wait_for(Option::is_some) => reason.map(|reason| reason.clone()).unwrap_or_default(),
        watched = watch => return watched.map(|()| Exit::Usage),
    };
    receivers.stop().await;
    if let Some(reason) = failed {
        anyhow::bail!("{reason}");
    }
    say("stopping: what was accepted is safe, calls in progress are made again at the next start");
    close(service)?;
    Ok(Exit::Done)
}

/// Stops the host in good order once nobody else holds it; a request that still does loses nothing but its answer.
fn close(service: Arc<Service>) -> anyhow::Result<()> {
    match Arc::try_unwrap(service) {
        Ok(service) => Ok(service.close()?),
        Err(_) => Ok(()),
    }
}

async fn listen(args: &Dev, port: u16, option: &str) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::new(args.bind, port);
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; choose another port with {option}"))
}

/// The address as programs on this machine call it: a host that listens everywhere answers on the loopback too.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let loopback: std::net::IpAddr = if address.is_ipv4() {
            std::net::Ipv4Addr::LOCALHOST.into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        };
        address.set_ip(loopback);
    }
    address
}

/// Ctrl-C, and the signal that service managers send.
struct Stopped {
    interrupt: Signal,
    terminate: Signal,
}

impl Stopped {
    /// From now on a signal is waited for and does not end the process.
    fn listen() -> std::io::Result<Stopped> {
        Ok(Stopped {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn wait(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
