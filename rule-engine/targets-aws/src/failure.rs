//! What a service's refusal, silence or absence means: an outcome whose error name is the service's own, and whose cause
//! names the thing and what mends it.

use std::error::Error;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use fanin_dispatch::errors::CONNECT_FAILED;
use fanin_rule::Outcome;
use fanin_rule::errors::{DATA_LIMIT_EXCEEDED, TIMEOUT};

use crate::names::Home;

/// What was called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thing<'a> {
    /// First part of the error names.
    pub(crate) service: &'static str,
    /// What it is, for people.
    pub(crate) kind: &'static str,
    /// As the workflow names it.
    pub(crate) name: &'a str,
    /// The permission a call of it takes.
    pub(crate) permission: &'static str,
    pub(crate) home: &'a Home,
}

impl Thing<'_> {
    /// The outcome of a call that failed.
    pub(crate) fn failed<E>(&self, error: &SdkError<E, HttpResponse>) -> Outcome
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        match error {
            SdkError::TimeoutError(_) => self.failure(TIMEOUT.to_owned(), "no answer in time"),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                self.failure(TIMEOUT.to_owned(), "no answer in time")
            }
            SdkError::ServiceError(refusal) => {
                let code = refusal.err().code().map(str::to_owned);
                let status = refusal.raw().status().as_u16();
                let message = refusal.err().message().unwrap_or("no reason given").to_owned();
                self.refused(code, status, &message)
            }
            SdkError::ResponseError(response) => {
                let status = response.raw().status().as_u16();
                let error = if status >= 300 { format!("Http.{status}") } else { CONNECT_FAILED.to_owned() };
                self.failure(error, &chain(response))
            }
            SdkError::ConstructionFailure(_) => {
                self.failure(format!("{}.InvalidRequest", self.service), &chain(error))
            }
            _ => self.failure(CONNECT_FAILED.to_owned(), &chain(error)),
        }
    }

    /// The outcome of a refusal by the service.
    pub(crate) fn refused(&self, code: Option<String>, status: u16, message: &str) -> Outcome {
        let Some(code) = code else {
            return self.failure(format!("Http.{status}"), message);
        };
        // Older protocols write a namespace or an address around the name.
        let name = code.rsplit('#').next().unwrap_or(&code);
        let name = name.split(':').next().unwrap_or(name).rsplit('.').next().unwrap_or(name);
        // The older name of the same refusal.
        let name = if name == "NonExistentQueue" { "QueueDoesNotExist" } else { name };
        let hint = self.hint(name);
        let cause = if hint.is_empty() { message.to_owned() } else { format!("{message}; {hint}") };
        self.failure(format!("{}.{name}", self.service), &cause)
    }

    fn hint(&self, name: &str) -> String {
        let Thing { kind, name: what, permission, home, .. } = self;
        let region = &home.region;
        let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
        if has(&["AccessDenied", "AuthorizationError", "NotAuthorized"]) {
            return format!(
                "the rule engine's role may not do {permission} on the {kind} `{what}`: `fanin deploy` gives it that for what the workflow names; a policy of the {kind} itself may forbid it too"
            );
        }
        if has(&["ResourceNotFound", "NotFound", "DoesNotExist"]) {
            return format!(
                "there is no {kind} `{what}` in {region}: create it, or correct its name in the workflow and run `fanin deploy`"
            );
        }
        if has(&["UnrecognizedClient", "InvalidSignature", "ExpiredToken", "InvalidClientTokenId"]) {
            return format!(
                "the credentials are not valid in {region}: check the role and the region of the function"
            );
        }
        String::new()
    }

    /// A failure of this thing.
    pub(crate) fn failure(&self, error: String, cause: &str) -> Outcome {
        Outcome::Failed { error, cause: format!("{} `{}`: {cause}", self.kind, self.name) }
    }

    /// The failure of a payload that the target does not take.
    pub(crate) fn too_large(&self, bytes: usize, max: usize) -> Outcome {
        let cause = format!("{bytes} bytes with what belongs to it; at most {max} are possible");
        self.failure(DATA_LIMIT_EXCEEDED.to_owned(), &cause)
    }

    /// The failure of a name that cannot be completed.
    pub(crate) fn needs_arn(&self) -> Outcome {
        let cause = "the account is not known here: write its ARN into the workflow and run `fanin deploy`";
        self.failure(format!("{}.InvalidName", self.service), cause)
    }
}

/// What every target but a function answers.
pub(crate) fn done() -> Outcome {
    Outcome::Done { result: "null".to_owned() }
}

pub(crate) fn timed_out(after: Duration) -> Outcome {
    Outcome::Failed {
        error: TIMEOUT.to_owned(),
        cause: format!("no answer within {} s", after.as_secs_f64()),
    }
}

/// An error with what it holds: the SDK's own short form says only `dispatch failure`.
fn chain(error: &(impl std::fmt::Debug + ?Sized)) -> String {
    let text = format!("{error:?}");
    let end = text.char_indices().nth(1024).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or_default().to_owned()
}
