//! The user's functions: whether they are there, and the destinations of those that are invoked without waiting.
//!
//! A function has one setting for its destinations. One that leads elsewhere belongs to somebody: it is never changed.

use anyhow::bail;
use aws_sdk_lambda::types::{DestinationConfig, OnFailure, OnSuccess};

use super::{Outcome, Run};
use crate::aws::{code_of, trouble};

/// The tag of a function that belongs to a stack.
const OWNER_TAG: &str = "fanin:stack";

/// A function of the user.
pub(super) struct User {
    /// Its name or ARN.
    pub(super) lambda: String,
    asynchronous: bool,
    /// None: there is no such function.
    role: Option<String>,
    connected: bool,
}

impl User {
    /// The role that writes its answers.
    pub(super) fn answering_role(&self) -> Option<String> {
        self.role.clone().filter(|_| self.asynchronous)
    }
}

/// Looks at the functions the rules call; refuses destinations that would have to be changed and are not ours.
pub(super) async fn look(run: &Run<'_>) -> anyhow::Result<Vec<User>> {
    let mut users = Vec::new();
    for (function, lambda) in run.project.lambdas() {
        let asynchronous = run.project.settings.asynchronous.contains(&*function);
        let there = run.aws.lambda.get_function().function_name(&lambda).send().await;
        let there = match there {
            Ok(there) => there,
            Err(error) if code_of(&error) == "ResourceNotFoundException" => {
                if asynchronous {
                    bail!(
                        "there is no Lambda function `{lambda}` in {}; deploy it first, or name another with --function {function}=NAME",
                        run.aws.place()
                    );
                }
                users.push(User { lambda, asynchronous, role: None, connected: false });
                continue;
            }
            Err(error) => {
                return Err(trouble(
                    &format!("looking at the function {lambda}"),
                    "lambda:GetFunction",
                    &error,
                ));
            }
        };
        let ours =
            there.tags().and_then(|tags| tags.get(OWNER_TAG)).is_some_and(|s| s == run.project.names.stack());
        let connected = asynchronous && connected(run, &lambda, ours).await?;
        let role = there.configuration().and_then(|c| c.role()).map(str::to_owned);
        users.push(User { lambda, asynchronous, role, connected });
    }
    Ok(users)
}

fn queue_arn(run: &Run<'_>) -> String {
    let partition = if run.aws.region.starts_with("cn-") { "aws-cn" } else { "aws" };
    format!("arn:{partition}:sqs:{}:{}:{}", run.aws.region, run.aws.account, run.project.names.rules_queue())
}

/// Whether the destinations are ours already.
async fn connected(run: &Run<'_>, lambda: &str, ours: bool) -> anyhow::Result<bool> {
    let there = run.aws.lambda.get_function_event_invoke_config().function_name(lambda).send().await;
    let destinations = match there {
        Ok(there) => there.destination_config().cloned(),
        Err(error) if code_of(&error) == "ResourceNotFoundException" => None,
        Err(error) => {
            let what = format!("looking at the destinations of {lambda}");
            return Err(trouble(&what, "lambda:GetFunctionEventInvokeConfig", &error));
        }
    };
    let queue = queue_arn(run);
    let success = destinations.as_ref().and_then(|d| d.on_success()).and_then(|d| d.destination());
    let failure = destinations.as_ref().and_then(|d| d.on_failure()).and_then(|d| d.destination());
    if let Some(other) = [success, failure].into_iter().flatten().find(|d| *d != queue) {
        bail!(
            "the function {lambda} answers to {other} already. That is somebody else's: leave out --async for it, or remove its destinations with `aws lambda delete-function-event-invoke-config --function-name {lambda}`"
        );
    }
    if success.is_some() && failure.is_some() {
        return Ok(true);
    }
    if !ours && !run.options.adopt {
        bail!(
            "the function {lambda} is not of this stack: --adopt sets its destinations to {}, or tag it {OWNER_TAG}={}",
            run.project.names.rules_queue(),
            run.project.names.stack()
        );
    }
    Ok(false)
}

/// Sets the destinations. Lambda's own retries are off: how often is tried again says the workflow's `retry`.
pub(super) async fn connect(run: &Run<'_>, user: &User) -> anyhow::Result<Outcome> {
    if user.role.is_none() {
        let why = "there is none yet: calls of it fail until it is deployed";
        return Ok(Outcome::Skipped(why.to_owned()));
    }
    if !user.asynchronous || user.connected {
        return Ok(Outcome::Unchanged);
    }
    let queue = queue_arn(run);
    if run.options.dry {
        return Ok(Outcome::Would(format!("set its destinations to {}", run.project.names.rules_queue())));
    }
    let destinations = DestinationConfig::builder()
        .on_success(OnSuccess::builder().destination(&queue).build())
        .on_failure(OnFailure::builder().destination(&queue).build())
        .build();
    let put = run.aws.lambda.put_function_event_invoke_config().function_name(&user.lambda);
    let put = put.maximum_retry_attempts(0).destination_config(destinations).send().await;
    let what = format!("setting the destinations of {}", user.lambda);
    put.map_err(|error| trouble(&what, "lambda:PutFunctionEventInvokeConfig", &error))?;
    Ok(Outcome::Done(format!(
        "its destinations are {}; Lambda's own retries are off, the workflow has its own",
        run.project.names.rules_queue()
    )))
}
