//! The three engines, each wired from the services' clients.

use std::sync::Arc;

use fanin_event::Timestamp;
use fanin_state_first::{Conditions, Plans, Received, Rules, sweep};
use fanin_store_dynamodb::DynamoStore;

use crate::caller::AwsCaller;
use crate::claims::BucketClaims;
use crate::deadline::InvocationDeadline;
use crate::queue::SqsQueues;
use crate::serve::{Batch, Report, Setup, Sweep};

type Queues = SqsQueues<BucketClaims>;

/// The engine of `condition-engine`.
pub type ConditionEngine = Conditions<DynamoStore, Queues, BucketClaims>;

/// The engine of `rule-engine`.
pub type RuleEngine = Rules<DynamoStore, Queues, BucketClaims, AwsCaller>;

/// The engine of `timers`.
#[derive(Debug)]
pub struct Timers {
    workflow: Arc<str>,
    store: DynamoStore,
    queue: Queues,
}

/// Makes the engine of `condition-engine`.
#[must_use]
pub fn conditions(setup: &Setup) -> ConditionEngine {
    let engine = Conditions::new(&setup.config.workflow, store(setup), queues(setup), claims(setup));
    engine.telling(setup.config.events)
}

/// Makes the engine of `rule-engine`.
#[must_use]
pub fn rules(setup: &Setup) -> RuleEngine {
    let plans = Arc::new(Plans::new(&setup.config.workflow));
    let caller = AwsCaller::new(setup);
    Rules::new(store(setup), queues(setup), claims(setup), caller, plans).telling(setup.config.events)
}

/// Makes the engine of `timers`.
#[must_use]
pub fn timers(setup: &Setup) -> Timers {
    Timers { workflow: setup.config.workflow.clone(), store: store(setup), queue: queues(setup) }
}

fn store(setup: &Setup) -> DynamoStore {
    DynamoStore::new(setup.clients.dynamodb(), &setup.config.table)
}

fn claims(setup: &Setup) -> BucketClaims {
    BucketClaims::new(setup.clients.clone(), &setup.config.bucket)
}

fn queues(setup: &Setup) -> Queues {
    SqsQueues::new(setup.clients.clone(), &setup.config, claims(setup))
}

impl Batch for ConditionEngine {
    async fn batch(&self, received: &[Received], deadline: &InvocationDeadline) -> Report {
        let told = self.batch_told(received, deadline).await;
        let numbers = [
            ("Accepted", told.accepted),
            ("Matched", told.matched),
            ("Fired", told.fired),
            ("Derived", told.derived),
            ("Duplicates", told.duplicates),
            ("Late", told.late),
            ("DeadLetters", told.dead),
            ("Commits", told.commits),
            ("Conflicts", told.conflicts),
            ("Stopped", usize::from(told.stopped)),
        ];
        let counted = numbers.into_iter().map(|(name, number)| (name, "Count", wide(number)));
        let counted = counted.chain([("OverdueAge", "Milliseconds", told.overdue.0)]);
        Report {
            handled: told.handled,
            numbers: counted.collect(),
            troubles: told.troubles,
            happened: told.happened,
        }
    }
}

impl Batch for RuleEngine {
    async fn batch(&self, received: &[Received], deadline: &InvocationDeadline) -> Report {
        let told = self.batch_told(received, deadline).await;
        let numbers = [
            ("Started", told.started),
            ("Calls", told.calls),
            ("Done", told.done),
            ("Failed", told.failed),
            ("AnsweredLater", told.accepted),
            ("DeadLetters", told.dead),
            ("Commits", told.commits),
            ("Conflicts", told.conflicts),
            ("Stopped", usize::from(told.stopped)),
        ];
        Report {
            handled: told.handled,
            numbers: numbers.into_iter().map(|(name, number)| (name, "Count", wide(number))).collect(),
            troubles: told.troubles,
            happened: told.happened,
        }
    }
}

impl Sweep for Timers {
    async fn sweep(&self, now: Timestamp, deadline: &InvocationDeadline) -> Report {
        match sweep((&self.store, &self.queue), &self.workflow, now, deadline).await {
            Ok(swept) => Report {
                numbers: vec![
                    ("TimersSent", "Count", wide(swept.sent)),
                    ("MinutesSwept", "Count", u64::try_from(swept.minutes).unwrap_or(0)),
                    ("MinutesBehind", "Count", u64::try_from(swept.left).unwrap_or(0)),
                    ("OverdueAge", "Milliseconds", swept.overdue.0),
                ],
                ..Report::default()
            },
            Err(error) => Report { troubles: vec![error.to_string()], ..Report::default() },
        }
    }
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
