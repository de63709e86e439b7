//! The plan: put into the table and made the current one.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::anyhow;
use fanin_event::Timestamp;
use fanin_state_first::publish_plan;
use fanin_store::state::{Read, Shelf, ShelfName};
use fanin_store_dynamodb::DynamoStore;

use super::{Outcome, Run};
use crate::bucket::Bucket;

/// Publishes the plan. The functions take it up within seconds; what is open goes on under the plan that opened it.
pub(super) async fn publish(run: &Run<'_>) -> anyhow::Result<Outcome> {
    let plan = &run.project.plan;
    let store = DynamoStore::new(&run.aws.dynamodb, run.project.names.table());
    if run.options.dry {
        let shelf = ShelfName::Plans { workflow: plan.workflow.to_string() };
        // Without the table, or the right to read it, the plan is as good as not there.
        let current = store.get(&shelf, "current", Read::Fresh).await.ok().flatten();
        let current = current.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
        let same = current.is_some_and(|c| c.get("version").and_then(|v| v.as_str()) == Some(&*plan.version));
        return Ok(if same { Outcome::Unchanged } else { Outcome::Would("publish it".to_owned()) });
    }
    let name = run.project.names.bucket(&run.aws.account, &run.aws.region);
    let bucket = Bucket::new(&run.aws.s3, name);
    let published = publish_plan(&store, &bucket, plan, now()).await.map_err(|error| anyhow!("{error}"))?;
    if !published.changed {
        return Ok(Outcome::Unchanged);
    }
    let older = match published.draining.len() {
        0 => String::new(),
        1 => "; 1 older version finishes what it opened".to_owned(),
        n => format!("; {n} older versions finish what they opened"),
    };
    Ok(Outcome::Done(format!("published{older}")))
}

/// The clock of the person who deploys.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
