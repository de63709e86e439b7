//! Workers: the real functions as processes, invoked as AWS invokes them.

use std::path::Path;

use bytes::Bytes;
use fanin_event::{Span, Timestamp};
use fanin_plan::Plan;
use fanin_rule::{Outcome, Target};
use fanin_runtime::DeadLetter;
use fanin_state_first::{Handled, list_dead};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::destinations::record;
use crate::esm;
use crate::lambda::{Bootstraps, Failed, Function};
use crate::queues::Message;
use crate::rig::{Rig, Setup, TABLE};
use crate::stage::Workers;
use crate::sweeper::{self, Sweeper};
use crate::world::{CONDITIONS, Invoked, RULES};

/// Dead letters that are looked at.
const MAX_DEAD: usize = 1_000;

/// The workers.
pub struct Processes {
    runtime: Runtime,
    rig: Rig,
    /// The next batch is killed before its answer is heard.
    doomed: bool,
    crashes: u32,
}

impl Processes {
    /// Functions of a plan, which is current from `at` on.
    ///
    /// # Errors
    /// Something does not start.
    pub fn new(
        built: &Bootstraps,
        plan: &Plan,
        at: Timestamp,
        setup: Setup,
        logs: &Path,
    ) -> anyhow::Result<Processes> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let rig = runtime.block_on(Rig::start(built, plan, at, setup, logs))?;
        Ok(Processes { runtime, rig, doomed: false, crashes: 0 })
    }

    /// The double around them.
    #[must_use]
    pub fn rig(&self) -> &Rig {
        &self.rig
    }

    fn batch(&mut self, function: &Function, queue: &str, batch: &[Message]) -> Vec<Handled> {
        let answer = self.runtime.block_on(function.invoke(Bytes::from(esm::event(queue, batch))));
        if std::mem::take(&mut self.doomed) {
            return batch.iter().map(|_| Handled::Again).collect();
        }
        match answer {
            Ok(response) => esm::handled(batch, &response),
            Err(_) => batch.iter().map(|_| Handled::Again).collect(),
        }
    }
}

/// The minutes for which timers stand in the table.
pub async fn timer_minutes(rig: &Rig) -> Vec<i64> {
    let mut minutes = Vec::new();
    let mut start = Value::Null;
    loop {
        let mut request = json!({
            "TableName": TABLE,
            "ConsistentRead": true,
            "ProjectionExpression": "pk",
            "FilterExpression": "begins_with(pk, :t)",
            "ExpressionAttributeValues": { ":t": { "S": "T#" } },
        });
        if let Some(object) = request.as_object_mut().filter(|_| !start.is_null()) {
            object.insert("ExclusiveStartKey".to_owned(), start);
        }
        let answer = rig.double.dynamo.ask("Scan", &request).await;
        for item in answer.get("Items").and_then(Value::as_array).into_iter().flatten() {
            let pk = item.get("pk").and_then(|pk| pk.get("S")).and_then(Value::as_str).unwrap_or_default();
            minutes.extend(pk.split('#').nth(1).and_then(|minute| minute.parse::<i64>().ok()));
        }
        start = answer.get("LastEvaluatedKey").cloned().unwrap_or_default();
        if start.is_null() {
            return minutes;
        }
    }
}

impl Workers for Processes {
    fn conditions(&mut self, batch: &[Message]) -> Vec<Handled> {
        let function = self.rig.conditions.clone();
        self.batch(&function, CONDITIONS, batch)
    }

    fn rules(&mut self, batch: &[Message]) -> Vec<Handled> {
        let function = self.rig.rules.clone();
        self.batch(&function, RULES, batch)
    }

    fn timers(&mut self, now: Timestamp) {
        let event = Bytes::from(esm::every_minute(now));
        // A sweep that fails is made again a minute later.
        let _ = self.runtime.block_on(self.rig.timers.invoke(event));
    }

    fn sweeper(&self) -> Sweeper {
        self.runtime.block_on(async {
            let minutes = timer_minutes(&self.rig).await;
            sweeper::read(&self.rig.store, &self.rig.workflow, minutes).await
        })
    }

    fn idle_until(&mut self, minute: i64) {
        self.runtime.block_on(sweeper::pass_by(&self.rig.store, &self.rig.workflow, minute));
    }

    fn claim(&self, key: &str) -> Option<String> {
        use fanin_state_first::Claims;
        self.runtime.block_on(self.rig.bucket.get(key)).ok().flatten()
    }

    fn dead_letters(&self) -> Vec<DeadLetter> {
        let ports = (&self.rig.store, &self.rig.bucket);
        let listed = self.runtime.block_on(list_dead(ports, &self.rig.workflow, None, MAX_DEAD));
        listed.unwrap().into_iter().filter_map(|found| Some(found.record?.letter)).collect()
    }

    fn answer(&mut self, now: Timestamp, invoked: &Invoked, outcome: &Outcome) {
        let function = match &invoked.action.target {
            Target::Invoke { function } => function.to_string(),
            Target::Send(_) => return,
        };
        let answer = match outcome.clone() {
            Outcome::Done { result } => Ok(result),
            Outcome::Failed { error, cause } => Err(Failed { error_type: error, error_message: cause }),
        };
        let body = record(&function, now, &invoked.request, 1, &answer);
        self.rig.shared.lock().queue(RULES).send(now, body, Span(0));
    }

    fn crash(&mut self) {
        // Every process dies; a batch that a process had just worked on comes again.
        self.runtime.block_on(async {
            for function in [&self.rig.conditions, &self.rig.rules, &self.rig.timers] {
                function.kill_idle().await;
            }
        });
        self.crashes += 1;
        self.doomed = !self.crashes.is_multiple_of(2);
    }
}
