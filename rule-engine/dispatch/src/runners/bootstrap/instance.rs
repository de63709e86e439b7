//! One running bootstrap: its process, its Runtime API, one call at a time.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fanin_rule::{Action, Outcome};
use tokio::process::Child;

use super::api::Api;
use super::phase::{Invocation, Phase};
use crate::errors::{self, CANNOT_START, failed, timed_out};
use crate::limits::{INIT_TIMEOUT, LAST_WORDS};
use crate::process::{self, Group, Tail};
use crate::runners::lambda::client_context;

/// A bootstrap. Dropping it kills it and closes its API.
#[derive(Debug)]
pub(super) struct Instance {
    child: Child,
    /// Killed on drop.
    _group: Group,
    api: Api,
    tail: Tail,
}

/// How a call of an instance ended.
#[derive(Debug)]
pub(super) enum Invoked {
    /// The instance answered and is good for the next call.
    Answered(Outcome),
    /// The instance is to be thrown away: it is stuck in a call, or it lost one.
    Killed(Outcome),
    /// It never came to ask for the call: it said that it cannot start, or it hangs.
    Unready(Outcome),
    /// The instance is gone.
    Crashed {
        /// Whether it had the call.
        delivered: bool,
        /// Why, for people.
        ending: String,
    },
}

impl Instance {
    pub(super) async fn start(function: &Arc<str>, path: &str, dir: &Path) -> Result<Instance, Outcome> {
        let wrong =
            |error: std::io::Error| failed(CANNOT_START, format!("`{path}` in {}: {error}", dir.display()));
        let api = Api::start(function).await.map_err(wrong)?;
        let mut child = process::command(path, dir)
            .stdin(Stdio::null())
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", &**function)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{function}"))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "local")
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("LAMBDA_TASK_ROOT", dir)
            .env("_HANDLER", "bootstrap")
            .spawn()
            .map_err(wrong)?;
        let tail = Tail::default();
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(process::follow(stdout, function.clone(), Tail::default()));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(process::follow(stderr, function.clone(), tail.clone()));
        }
        Ok(Instance { _group: Group::of(&child), child, api, tail })
    }

    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Gives the call to the bootstrap and waits for its end.
    pub(super) async fn invoke(&mut self, action: &Action, timeout: Duration) -> Invoked {
        let mut phase = self.api.phase.subscribe();
        self.api.phase.send_replace(Phase::Offered(Invocation {
            id: action.id.to_string(),
            payload: Bytes::copy_from_slice(action.payload.as_bytes()),
            context: client_context(action),
            timeout,
        }));
        let taken = async {
            let _ = phase.wait_for(|phase| !matches!(phase, Phase::Offered(_))).await;
        };
        tokio::select! {
            biased;
            () = taken => {}
            _ = self.child.wait() => return self.crashed(false).await,
            () = tokio::time::sleep(INIT_TIMEOUT) => {
                let cause = format!("the bootstrap did not ask for a call within {} s", INIT_TIMEOUT.as_secs());
                return Invoked::Unready(failed(errors::INIT_TIMEOUT, cause));
            }
        }
        let ended = async {
            let _ = phase.wait_for(|phase| matches!(phase, Phase::Settled { .. })).await;
        };
        tokio::select! {
            biased;
            () = ended => {}
            _ = self.child.wait() => {
                // The answer may still be on its way through the socket.
                let last = phase.wait_for(|phase| matches!(phase, Phase::Settled { .. }));
                if tokio::time::timeout(LAST_WORDS, last).await.is_err() {
                    return self.crashed(true).await;
                }
            }
            () = tokio::time::sleep(timeout) => return Invoked::Killed(timed_out(timeout)),
        }
        match self.api.phase.send_replace(Phase::Idle) {
            Phase::Settled { outcome, delivered: false } => Invoked::Unready(outcome),
            Phase::Settled { outcome, .. } if is_lost(&outcome) => Invoked::Killed(outcome),
            Phase::Settled { outcome, .. } => Invoked::Answered(outcome),
            _ => self.crashed(true).await,
        }
    }

    async fn crashed(&mut self, delivered: bool) -> Invoked {
        // Its last output is read by a task of its own.
        tokio::time::sleep(LAST_WORDS / 4).await;
        let ending = match self.child.wait().await {
            Ok(status) => process::ending(status, &self.tail),
            Err(error) => error.to_string(),
        };
        Invoked::Crashed { delivered, ending: format!("the bootstrap exited: {ending}") }
    }
}

/// An instance that asked again and again without answering is not used any more.
fn is_lost(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed { error, .. } if error == errors::NO_RESPONSE)
}
