//! Calls: which function of the platform a function of the workflow is, whether its answer is waited for, and how long.

use std::sync::Arc;
use std::time::Duration;

use fanin_dispatch::errors::INTERNAL;
use fanin_event::Span;
use fanin_rule::errors::TIMEOUT;
use fanin_rule::{Action, Outcome, SendTarget, Target};
use fanin_state_first::{CallTag, Called, Caller};
use fanin_targets_aws::{AwsTargets, Called as TargetCalled, Home, Mode, Services};
use futures_util::FutureExt;

use crate::clients::Clients;
use crate::config::Config;
use crate::serve::Setup;

/// Calls the targets of a workflow.
#[derive(Debug)]
pub struct AwsCaller {
    config: Arc<Config>,
    targets: AwsTargets<Shared>,
}

/// The process's clients, for the targets.
#[derive(Clone, Debug)]
struct Shared(Arc<Clients>);

impl Services for Shared {
    fn lambda(&self) -> aws_sdk_lambda::Client {
        self.0.lambda().clone()
    }

    fn sqs(&self) -> aws_sdk_sqs::Client {
        self.0.sqs_once().clone()
    }

    fn sns(&self) -> aws_sdk_sns::Client {
        self.0.sns().clone()
    }

    fn eventbridge(&self) -> aws_sdk_eventbridge::Client {
        self.0.eventbridge().clone()
    }

    fn sfn(&self) -> aws_sdk_sfn::Client {
        self.0.sfn().clone()
    }
}

impl AwsCaller {
    /// Nothing is connected before the first call.
    #[must_use]
    pub fn new(setup: &Setup) -> AwsCaller {
        let targets = AwsTargets::new(Shared(setup.clients.clone()), home(&setup.config));
        AwsCaller { config: setup.config.clone(), targets }
    }

    async fn make(&self, action: &Action, tag: &CallTag, timeout: Duration) -> TargetCalled {
        let Target::Invoke { function } = &action.target else {
            return self.targets.call(action, &Mode::Wait, timeout).await;
        };
        let called = self.config.functions.get(&**function).map_or(&**function, String::as_str);
        if called.starts_with("https://") || called.starts_with("http://") {
            let target = SendTarget::Http(called.to_owned());
            return TargetCalled::Answered(self.targets.send(&target, action, timeout).await);
        }
        let asynchronous = [&**function, called].iter().any(|name| self.config.asynchronous.contains(*name));
        let mode = if asynchronous { Mode::Event { plan: tag.plan.clone() } } else { Mode::Wait };
        self.targets.invoke(called, action, &mode).await
    }
}

impl Caller for AwsCaller {
    /// Two ends: the target's limit is an outcome, the worker's own is none. Where panics unwind, one of a target is an outcome
    /// too; in the archives it ends the process, and the message comes again until it is a dead letter.
    async fn call(&self, action: &Action, tag: &CallTag) -> Called {
        let (limit, left) = (duration(tag.timeout), duration(tag.left));
        let made = std::panic::AssertUnwindSafe(self.make(action, tag, limit)).catch_unwind();
        match tokio::time::timeout(limit.min(left), made).await {
            Ok(Ok(TargetCalled::Answered(outcome))) => Called::Answered(outcome),
            Ok(Ok(TargetCalled::Accepted)) => Called::Accepted,
            Ok(Err(_)) => Called::Answered(Outcome::Failed {
                error: INTERNAL.to_owned(),
                cause: "the call crashed inside fanin: see the function's log".to_owned(),
            }),
            Err(_) if limit <= left => Called::Answered(Outcome::Failed {
                error: TIMEOUT.to_owned(),
                cause: format!("no answer within {} s", limit.as_secs_f64()),
            }),
            Err(_) => Called::Unfinished,
        }
    }
}

fn duration(span: Span) -> Duration {
    Duration::from_millis(span.0)
}

/// Where this function runs: the region says the partition, the queues' URL the account.
fn home(config: &Config) -> Home {
    let region = config.aws.region.clone();
    let partition = partition(&region).to_owned();
    Home { partition, account: account(&config.rules_queue).to_owned(), region }
}

fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// The account in a queue's URL; empty where it has none.
fn account(queue: &str) -> &str {
    let is_account = |part: &&str| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit());
    queue.rsplit('/').nth(1).filter(is_account).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions() {
        let of = ["eu-central-1", "cn-north-1", "us-gov-west-1", "us-east-1"].map(partition);
        assert_eq!(of, ["aws", "aws-cn", "aws-us-gov", "aws"]);
    }

    #[test]
    fn accounts() {
        assert_eq!(account("http://127.0.0.1:4566/000000000000/uploads-rules"), "000000000000");
        assert_eq!(account("http://127.0.0.1:4566/queue/uploads-rules"), "");
        assert_eq!(account("uploads-rules"), "");
    }
}
