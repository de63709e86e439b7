//! Starts and stops the receivers of `fanin dev`: HTTP, S3, folders, standard input, schedules.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use fanin_dashboard::{Dashboard, Memory, Place};
use fanin_local::Service;
use fanin_plan::Plan;
use fanin_sources::folder::{self, FolderOptions};
use fanin_sources::http::{self, Guard};
use fanin_sources::schedule::{self, Scheduled};
use fanin_sources::{Intake, SystemClock, stdin};
use fanin_sources_s3::S3Options;
use fanin_triggers::schedule::Schedule;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use super::Dev;
use crate::console::say;
use crate::verbs::files;

/// Everything that runs.
pub(super) struct Receivers {
    stop: watch::Sender<bool>,
    /// End by themselves when told to stop.
    servers: Vec<JoinHandle<()>>,
    /// Are ended.
    others: Vec<JoinHandle<()>>,
    schedules: Schedules,
    dashboard: Arc<Dashboard>,
}

/// Where it listens.
pub(super) struct Doors {
    pub(super) http: TcpListener,
    pub(super) s3: TcpListener,
}

impl Receivers {
    pub(super) async fn start(
        args: &Dev,
        service: &Arc<Service>,
        (Doors { http, s3 }, memory): (Doors, Arc<Memory>),
        dir: &Path,
        plan: &Plan,
    ) -> anyhow::Result<Receivers> {
        let intake: Arc<dyn Intake> = Arc::new(service.handle());
        let (stop, _) = watch::channel(false);
        let mut others = Vec::new();
        for folder in &args.watch {
            let options = folder_options(folder)?;
            let (path, intake) = (options.root.clone(), intake.clone());
            others.push(tokio::spawn(async move {
                if let Err(error) = folder::run(options, intake).await {
                    say(&format!("stopped watching {}: {error}", path.display()));
                }
            }));
        }
        if args.stdin {
            let intake = intake.clone();
            others.push(tokio::spawn(async move {
                match stdin::read_lines(tokio::io::stdin(), intake, Arc::new(SystemClock)).await {
                    Ok(read) => say(&format!(
                        "standard input ended: {} accepted, {} refused",
                        read.accepted, read.rejected
                    )),
                    Err(error) => say(&format!("stopped reading standard input: {error}")),
                }
            }));
        }
        let options = s3_options(args, dir, plan)?;
        let endpoint = fanin_sources_s3::open(&options, intake.clone())?;
        let place = Place {
            file: args.workflow.clone(),
            uploads: format!("http://{}", super::reachable(s3.local_addr()?)),
        };
        let text = files::read(&args.workflow)?;
        let watched = (service.clone(), memory);
        let dashboard =
            Dashboard::new(watched, endpoint.clone(), place, (plan.clone(), text), stop.subscribe()).await?;
        let dashboard = Arc::new(dashboard);
        let router = http::router(intake, Arc::new(SystemClock))
            .merge(fanin_local::api::router(service.clone()))
            .merge(fanin_dashboard::router(dashboard.clone()));
        let guard = Guard { hosts: args.hosts.clone(), origins: Vec::new() };
        let router = fanin_dashboard::secured(http::guarded(router, guard));
        let router = hyper_util::service::TowerToHyperService::new(router);
        let servers = vec![
            tokio::spawn(fanin_sources::serve(http, router, told(&stop))),
            tokio::spawn(fanin_sources_s3::serve_endpoint(s3, options, endpoint, told(&stop))),
        ];
        let schedules = Schedules::default();
        let (first, service, plan) = (schedules.clone(), service.clone(), plan.clone());
        others.push(tokio::spawn(async move { first.replace(&service, &plan).await }));
        Ok(Receivers { stop, servers, others, schedules, dashboard })
    }

    pub(super) fn schedules(&self) -> Schedules {
        self.schedules.clone()
    }

    pub(super) fn dashboard(&self) -> Arc<Dashboard> {
        self.dashboard.clone()
    }

    /// Takes nothing in any more; requests in progress end.
    pub(super) async fn stop(self) {
        self.others.iter().for_each(JoinHandle::abort);
        self.schedules.end().await;
        let _ = self.stop.send(true);
        for server in self.servers {
            let _ = server.await;
        }
    }
}

fn told(stop: &watch::Sender<bool>) -> impl Future<Output = ()> + Send + use<> {
    let mut stop = stop.subscribe();
    async move {
        let _ = stop.wait_for(|stop| *stop).await;
    }
}

fn folder_options(text: &str) -> anyhow::Result<FolderOptions> {
    let Some((folder, bucket)) = text.rsplit_once('=').filter(|(f, b)| !f.is_empty() && !b.is_empty()) else {
        bail!("--watch {text:?}: write FOLDER=BUCKET, such as ./inbox=uploads");
    };
    let root = PathBuf::from(folder);
    if !root.is_dir() {
        bail!("--watch {text:?}: {folder} is not a folder");
    }
    Ok(FolderOptions { root, bucket: bucket.to_owned() })
}

fn s3_options(args: &Dev, dir: &Path, plan: &Plan) -> anyhow::Result<S3Options> {
    let keys = args.s3_keys.split_once(':').context("--s3-keys: write KEY:SECRET")?;
    Ok(S3Options {
        root: dir.join("objects"),
        domain: "localhost".to_owned(),
        access_key: keys.0.to_owned(),
        secret_key: keys.1.to_owned(),
        buckets: buckets(plan),
    })
}

/// The buckets that the workflow's patterns name: they are there from the beginning.
fn buckets(plan: &Plan) -> Vec<String> {
    let mut names = Vec::new();
    for event in &plan.events {
        let pattern: serde_json::Value = serde_json::from_str(&event.pattern).unwrap_or_default();
        for name in pattern.pointer("/detail/bucket/name").and_then(|n| n.as_array()).into_iter().flatten() {
            names.extend(name.as_str().map(str::to_owned));
        }
    }
    names.sort();
    names.dedup();
    names
}

/// The schedules of the current version.
#[derive(Clone, Default)]
pub(super) struct Schedules {
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Schedules {
    /// Ends the schedules of the version before and starts those of `plan`.
    pub(super) async fn replace(&self, service: &Arc<Service>, plan: &Plan) {
        let mut task = self.task.lock().await;
        if let Some(before) = task.take() {
            before.abort();
        }
        let scheduled: Vec<Scheduled> = plan.schedules.iter().filter_map(|s| scheduled(plan, s)).collect();
        if scheduled.is_empty() {
            return;
        }
        let intake: Arc<dyn Intake> = Arc::new(service.handle());
        *task = Some(tokio::spawn(async move {
            if let Err(error) = schedule::run(scheduled, intake, Arc::new(SystemClock)).await {
                say(&format!("the schedules stopped: {error}"));
            }
        }));
    }

    async fn end(&self) {
        if let Some(task) = self.task.lock().await.take() {
            task.abort();
        }
    }
}

fn scheduled(plan: &Plan, entry: &fanin_plan::Schedule) -> Option<Scheduled> {
    // The compiler has checked the expression.
    let schedule = Schedule::parse(&entry.expression).ok()?;
    Some(Scheduled { workflow: plan.workflow.to_string(), event: entry.event.to_string(), schedule })
}
