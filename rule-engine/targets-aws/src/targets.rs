//! The switch over the targets, and the clients they are called with.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fanin_dispatch::HttpTarget;
use fanin_rule::{Action, Outcome, SendTarget, Target};

use crate::lambda::Mode;
use crate::limits::MAX_QUEUES_REMEMBERED;
use crate::names::Home;
use crate::{eventbridge, lambda, sns, sqs, step_functions};

/// Gives the clients, each made when it is first asked for. Their own retries must be off for calls that are not to be
/// repeated: a repetition is the workflow's to decide.
pub trait Services: Send + Sync {
    /// Of functions.
    fn lambda(&self) -> aws_sdk_lambda::Client;
    /// Of queues.
    fn sqs(&self) -> aws_sdk_sqs::Client;
    /// Of topics.
    fn sns(&self) -> aws_sdk_sns::Client;
    /// Of buses.
    fn eventbridge(&self) -> aws_sdk_eventbridge::Client;
    /// Of state machines.
    fn sfn(&self) -> aws_sdk_sfn::Client;
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Called {
    /// The target has answered.
    Answered(Outcome),
    /// The function has been handed the payload; its answer comes by its destination.
    Accepted,
}

/// The targets of one workflow.
#[derive(Debug)]
pub struct AwsTargets<S> {
    services: S,
    home: Home,
    http: HttpTarget,
    queues: Mutex<HashMap<String, String>>,
}

impl<S: Services> AwsTargets<S> {
    /// With these clients. `home` completes names to ARNs where a service takes nothing else.
    #[must_use]
    pub fn new(services: S, home: Home) -> AwsTargets<S> {
        AwsTargets { services, home, http: HttpTarget::new(), queues: Mutex::default() }
    }

    /// Invokes a function: `function` is its name or ARN on AWS, which need not be the workflow's name for it. The caller
    /// ends a call that takes too long, by dropping it.
    pub async fn invoke(&self, function: &str, action: &Action, mode: &Mode) -> Called {
        lambda::call(&self.services.lambda(), (function, &self.home), action, mode).await
    }

    /// Sends to a target. No answer within `timeout` is `States.Timeout`.
    pub async fn send(&self, target: &SendTarget, action: &Action, timeout: Duration) -> Outcome {
        let call = async {
            match target {
                SendTarget::Sqs(queue) => self.queue(queue, action).await,
                SendTarget::Sns(topic) => sns::call(&self.services.sns(), (topic, &self.home), action).await,
                SendTarget::Eventbridge(bus) => {
                    eventbridge::call(&self.services.eventbridge(), (bus, &self.home), action).await
                }
                SendTarget::StepFunctions(machine) => {
                    step_functions::call(&self.services.sfn(), (machine, &self.home), action).await
                }
                SendTarget::Http(url) => self.http.call(url, action, timeout).await,
                SendTarget::Log(label) => {
                    tracing::info!(target: "fanin::log", label, rule = %action.rule, payload = %action.payload);
                    crate::failure::done()
                }
            }
        };
        tokio::time::timeout(timeout, call).await.unwrap_or_else(|_| crate::failure::timed_out(timeout))
    }

    /// Makes a call of any target; a function has the workflow's name.
    pub async fn call(&self, action: &Action, mode: &Mode, timeout: Duration) -> Called {
        match &action.target {
            Target::Invoke { function } => {
                let call = self.invoke(function, action, mode);
                let late = |_| Called::Answered(crate::failure::timed_out(timeout));
                tokio::time::timeout(timeout, call).await.unwrap_or_else(late)
            }
            Target::Send(target) => Called::Answered(self.send(target, action, timeout).await),
        }
    }

    async fn queue(&self, queue: &str, action: &Action) -> Outcome {
        let client = self.services.sqs();
        let known = self.remembered(|queues| queues.get(queue).cloned());
        let url = match known {
            Some(url) => url,
            None => match sqs::address(&client, (queue, &self.home)).await {
                Ok(url) => {
                    self.remembered(|queues| {
                        if queues.len() >= MAX_QUEUES_REMEMBERED {
                            queues.clear();
                        }
                        queues.insert(queue.to_owned(), url.clone());
                    });
                    url
                }
                Err(outcome) => return outcome,
            },
        };
        let outcome = sqs::send(&client, (queue, &self.home), &url, action).await;
        if matches!(&outcome, Outcome::Failed { .. }) {
            // It may have been made anew elsewhere: the next call looks again.
            self.remembered(|queues| queues.remove(queue));
        }
        outcome
    }

    fn remembered<T>(&self, with: impl FnOnce(&mut HashMap<String, String>) -> T) -> T {
        with(&mut self.queues.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
