//! One request: attempts, pauses, counting.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::PoisonError;
use std::time::Duration;

use aws_sdk_dynamodb::config::AsyncSleep;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use fanin_store::state::{StateError, Usage};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;

use crate::error::{Fault, Refusal, Whereabouts, sort};
use crate::limits::{
    FIRST_PAUSE_MS, LONGEST_PAUSE_MS, MAX_ATTEMPTS_BUSY, MAX_ATTEMPTS_UNREACHABLE, MAX_ATTEMPTS_UNSURE,
    MAX_CONCURRENT,
};
use crate::store::{Billed, DynamoStore};

/// An operation of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// Its name there.
    pub(crate) name: &'static str,
    /// It changes nothing.
    pub(crate) reads: bool,
}

pub(crate) const BATCH_GET: Operation = Operation { name: "BatchGetItem", reads: true };
pub(crate) const GET: Operation = Operation { name: "GetItem", reads: true };
pub(crate) const QUERY: Operation = Operation { name: "Query", reads: true };
pub(crate) const SCAN: Operation = Operation { name: "Scan", reads: true };
pub(crate) const PUT: Operation = Operation { name: "PutItem", reads: false };
pub(crate) const UPDATE: Operation = Operation { name: "UpdateItem", reads: false };
pub(crate) const DELETE: Operation = Operation { name: "DeleteItem", reads: false };
pub(crate) const BATCH_WRITE: Operation = Operation { name: "BatchWriteItem", reads: false };

/// What came of a request after all its attempts.
pub(crate) struct Sent<T> {
    pub(crate) outcome: Result<T, Fault>,
    /// An attempt before the last may have happened.
    pub(crate) unsure: bool,
    pub(crate) operation: Operation,
}

impl<T> Sent<T> {
    /// The answer, or the error for the caller.
    pub(crate) fn done(self) -> Result<T, StateError> {
        let Sent { outcome, unsure, operation } = self;
        outcome.map_err(|fault| fault.into_error(operation, unsure))
    }
}

impl DynamoStore {
    /// Sends a request until it is answered or has had its attempts. `call` gets whether an earlier attempt may have happened.
    pub(crate) async fn send<T, E, F>(&self, operation: Operation, call: impl Fn(bool) -> F) -> Sent<T>
    where
        E: Refusal,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let (mut attempt, mut unsure) = (0_u32, false);
        loop {
            attempt = attempt.saturating_add(1);
            self.count(|usage| usage.request(operation.name));
            let fault = match call(unsure).await {
                Ok(answer) => return Sent { outcome: Ok(answer), unsure, operation },
                Err(error) => sort(&error, operation, &self.whereabouts()),
            };
            let attempts = match &fault {
                Fault::Busy(_) => {
                    self.count(|usage| usage.throttled = usage.throttled.saturating_add(1));
                    MAX_ATTEMPTS_BUSY
                }
                Fault::Unsure(_) => MAX_ATTEMPTS_UNSURE,
                Fault::Unreachable(_) => MAX_ATTEMPTS_UNREACHABLE,
                Fault::Condition(_) | Fault::Fatal(_) => 0,
            };
            if attempt >= attempts {
                return Sent { outcome: Err(fault), unsure, operation };
            }
            unsure = unsure || matches!(fault, Fault::Unsure(_));
            self.pause(attempt).await;
        }
    }

    /// Waits before the next attempt: a random part of a time that doubles. By the client's own way to sleep, where it has one.
    pub(crate) async fn pause(&self, attempt: u32) {
        let doubled =
            FIRST_PAUSE_MS.saturating_mul(1_u64.checked_shl(attempt.saturating_sub(1)).unwrap_or(u64::MAX));
        let longest = doubled.clamp(1, LONGEST_PAUSE_MS);
        let time = Duration::from_millis(draw() % longest.saturating_add(1));
        match self.client.config().sleep_impl() {
            Some(sleeper) => sleeper.sleep(time).await,
            None => tokio::time::sleep(time).await,
        }
    }

    /// Counts.
    pub(crate) fn count(&self, what: impl FnOnce(&mut Usage)) {
        what(&mut self.usage.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Whether requests ask what they cost.
    pub(crate) fn billing(&self) -> Option<ReturnConsumedCapacity> {
        self.ask_cost.then_some(ReturnConsumedCapacity::Total)
    }

    /// Adds what the service says a request cost.
    pub(crate) fn bill(&self, operation: Operation, cost: &[ConsumedCapacity]) {
        let units: f64 = cost.iter().filter_map(ConsumedCapacity::capacity_units).sum();
        let mut billed: std::sync::MutexGuard<'_, Billed> =
            self.billed.lock().unwrap_or_else(PoisonError::into_inner);
        if operation.reads {
            billed.read_units += units;
        } else {
            billed.write_units += units;
        }
    }

    pub(crate) fn whereabouts(&self) -> Whereabouts {
        let region = self.client.config().region().map_or("(none)", |region| region.as_ref());
        let endpoint = self.endpoint.get().map_or("the endpoint of the region", String::as_str);
        Whereabouts { table: self.table.clone(), region: region.to_owned(), endpoint: endpoint.to_owned() }
    }
}

/// A random number that is not zero, for nonces and names: the standard library's hasher has 128 random bits.
pub(crate) fn draw() -> u64 {
    #[cfg(feature = "simulation")]
    if let Some(number) = crate::simulation::draw() {
        return number.max(1);
    }
    RandomState::new().build_hasher().finish().max(1)
}

/// Runs futures, some at once; answers in their order.
pub(crate) async fn bounded<T>(futures: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    futures_util::stream::iter(futures).buffered(MAX_CONCURRENT).collect().await
}
