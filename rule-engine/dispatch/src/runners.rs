//! The functions of one workflow, ready to be called. This file keeps the switch; each kind has its own.

mod bootstrap;
mod command;
mod http;
mod lambda;
mod respond;

pub use http::HttpTarget;
pub use lambda::{client_context, function_answer};

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fanin_event::Span;
use fanin_rule::{Action, Function, FunctionKind, Outcome, SendTarget, Target};

use crate::client::Client;
use crate::errors::{UNKNOWN_FUNCTION, failed};
use crate::limits::{
    MAX_BOOTSTRAP_INSTANCES, MAX_RUNNING, MAX_RUNNING_COMMANDS, MAX_RUNNING_REQUESTS, SEND_TIMEOUT,
};
use crate::outbox::{Outbox, OutboxTarget};

/// What runners need beside the functions.
#[derive(Clone, Debug)]
pub struct RunnerOptions {
    /// The directory of the workflow file: processes run in it, relative programs are relative to it.
    pub workflow_dir: PathBuf,
    /// Where sends to AWS targets go. Keep one handle over reloads: one file has one writer.
    pub outbox: Outbox,
}

/// The functions of one workflow. A reload makes a new one; running calls finish under the old one, and with the last of
/// them its bootstrap instances are killed.
#[derive(Debug)]
pub struct Runners {
    functions: HashMap<Arc<str>, Runner>,
    client: Client,
    outbox: Outbox,
}

#[derive(Debug)]
struct Runner {
    kind: Kind,
    timeout: Duration,
}

#[derive(Debug)]
enum Kind {
    Command(command::Command),
    Lambda(lambda::Lambda),
    Bootstrap(bootstrap::Pool),
    Http { url: String },
    Respond(respond::Respond),
}

/// The queue a call waits in, and how many of it run at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lane {
    pub(crate) name: Arc<str>,
    pub(crate) limit: usize,
}

impl Runners {
    /// Makes the functions ready. Nothing is started before the first call.
    #[must_use]
    pub fn new(functions: &[Function], options: &RunnerOptions) -> Runners {
        let runner = |function: &Function| {
            let kind = match &function.kind {
                FunctionKind::Command { argv } => {
                    Kind::Command(command::Command::new(&function.name, argv, &options.workflow_dir))
                }
                FunctionKind::Lambda { url } => Kind::Lambda(lambda::Lambda::new(&function.name, url)),
                FunctionKind::Bootstrap { path } => {
                    Kind::Bootstrap(bootstrap::Pool::new(&function.name, path, &options.workflow_dir))
                }
                FunctionKind::Http { url } => Kind::Http { url: url.clone() },
                FunctionKind::Respond { value, fail, after } => {
                    Kind::Respond(respond::Respond::new(value, fail.as_deref(), *after))
                }
            };
            (function.name.clone(), Runner { kind, timeout: duration(function.timeout) })
        };
        Runners {
            functions: functions.iter().map(runner).collect(),
            client: Client::new(),
            outbox: options.outbox.clone(),
        }
    }

    /// Makes one call and waits for its end. Dropping the future ends the call: its process is killed, its connection
    /// closed.
    pub async fn call(&self, action: &Action) -> Outcome {
        match &action.target {
            Target::Invoke { function } => match self.functions.get(function) {
                Some(runner) => self.invoke(runner, action).await,
                None => unknown(function),
            },
            Target::Send(SendTarget::Http(url)) => {
                within(SEND_TIMEOUT, http::post(&self.client, url, action)).await
            }
            Target::Send(target) => {
                if let SendTarget::Log(label) = target {
                    tracing::info!(target: "fanin::log", label, rule = %action.rule, payload = %action.payload);
                }
                self.outbox.append(action, OutboxTarget::of(target)).await
            }
        }
    }

    async fn invoke(&self, runner: &Runner, action: &Action) -> Outcome {
        match &runner.kind {
            Kind::Command(command) => command.call(action, runner.timeout).await,
            Kind::Lambda(lambda) => within(runner.timeout, lambda.call(&self.client, action)).await,
            Kind::Bootstrap(pool) => pool.call(action, runner.timeout).await,
            Kind::Http { url } => within(runner.timeout, http::post(&self.client, url, action)).await,
            Kind::Respond(respond) => within(runner.timeout, respond.call()).await,
        }
    }

    /// The outcome of a call that needs no waiting at all.
    pub(crate) fn immediate(&self, action: &Action) -> Option<Outcome> {
        let Target::Invoke { function } = &action.target else { return None };
        match self.functions.get(function) {
            Some(Runner { kind: Kind::Respond(respond), .. }) => respond.immediate(),
            Some(_) => None,
            None => Some(unknown(function)),
        }
    }

    /// Where a call queues.
    pub(crate) fn lane(&self, action: &Action) -> Lane {
        match &action.target {
            Target::Invoke { function } => {
                let limit = match self.functions.get(function).map(|runner| &runner.kind) {
                    Some(Kind::Command(_)) => MAX_RUNNING_COMMANDS,
                    Some(Kind::Lambda(_) | Kind::Http { .. }) => MAX_RUNNING_REQUESTS,
                    Some(Kind::Bootstrap(_)) => MAX_BOOTSTRAP_INSTANCES,
                    Some(Kind::Respond(_)) | None => MAX_RUNNING,
                };
                Lane { name: function.clone(), limit }
            }
            // Names of functions have no space.
            Target::Send(SendTarget::Http(url)) => {
                Lane { name: format!("send {url}").into(), limit: MAX_RUNNING_REQUESTS }
            }
            Target::Send(_) => Lane { name: "send to outbox".into(), limit: MAX_RUNNING },
        }
    }
}

fn unknown(function: &str) -> Outcome {
    failed(UNKNOWN_FUNCTION, format!("the workflow has no function `{function}`: add it under `functions`"))
}

fn duration(span: Span) -> Duration {
    Duration::from_millis(span.0)
}

async fn within(timeout: Duration, call: impl Future<Output = Outcome>) -> Outcome {
    tokio::time::timeout(timeout, call).await.unwrap_or_else(|_| crate::errors::timed_out(timeout))
}
