//! Commits: chunks first, then the head under its condition.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use fanin_store::state::row::{HEAD_SORT, HeadRow, field};
use fanin_store::state::{Base, CellVersion, CellWrite, Change, StateError};
use futures_util::FutureExt;

use crate::chunks::{Plan, plan};
use crate::error::Fault;
use crate::layout::{Item, head_item, key, number};
use crate::requests::{DELETE, PUT, Sent, bounded, draw};
use crate::store::DynamoStore;
use crate::table::PARTITION_KEY;

/// A condition, as the service wants it.
pub(crate) struct Condition {
    pub(crate) text: &'static str,
    pub(crate) names: HashMap<String, String>,
    pub(crate) values: Option<HashMap<String, AttributeValue>>,
}

/// What is there is just what the commit builds on.
fn unchanged(base: Option<&Base>) -> Condition {
    let name = |short: &str, long: &str| (short.to_owned(), long.to_owned());
    match base {
        None => Condition {
            text: "attribute_not_exists(#p)",
            names: HashMap::from([name("#p", PARTITION_KEY)]),
            values: None,
        },
        Some(Base { version, .. }) => Condition {
            text: "#n = :n AND #c = :c",
            names: HashMap::from([name("#n", field::NONCE), name("#c", field::COUNT)]),
            values: Some(HashMap::from([
                (":n".to_owned(), number(version.nonce)),
                (":c".to_owned(), number(version.count)),
            ])),
        },
    }
}

/// The item that was there, wanted only where an earlier attempt of ours may have made it.
pub(crate) fn item_if(unsure: bool) -> Option<ReturnValuesOnConditionCheckFailure> {
    unsure.then_some(ReturnValuesOnConditionCheckFailure::AllOld)
}

impl DynamoStore {
    pub(crate) async fn commit_all(&self, writes: Vec<CellWrite>) -> Vec<Result<Option<Base>, StateError>> {
        bounded(writes.into_iter().map(|write| self.commit_one(write).boxed()).collect()).await
    }

    async fn commit_one(&self, write: CellWrite) -> Result<Option<Base>, StateError> {
        let path = write.key.checked_path()?;
        let CellWrite { base, change, .. } = write;
        let before = base.as_ref().map_or(0, |base| usize::try_from(base.bytes).unwrap_or(usize::MAX));
        let Change::Put { head, chunks, outbox, expires } = change else {
            self.remove_cell(&path, base.as_ref(), before).await?;
            return Ok(None);
        };
        let mut plan = plan(&path, base.as_ref(), chunks, expires)?;
        let version = base.as_ref().map_or_else(
            || CellVersion { nonce: draw(), count: 1 },
            |base| CellVersion { count: base.version.count.saturating_add(1), ..base.version },
        );
        let row = |plan: &Plan| {
            let row =
                HeadRow { path: &path, version, head: &head, chunks: &plan.refs, outbox: &outbox, expires };
            row.bytes().map(|bytes| (head_item(&row), bytes))
        };
        // Before anything is sent: a head that is too large must not leave chunks behind.
        row(&plan)?;
        let fresh = base.is_none() || plan.writes_new();
        self.write_chunks(&path, &mut plan).await?;
        let (item, bytes) = row(&plan)?;
        let sent = self.put_head(item.clone(), base.as_ref()).await;
        self.count(|usage| usage.wrote(before.max(bytes)));
        let committed = decide(sent, &item, fresh);
        match &committed {
            Ok(()) => self.drop_chunks(&path, &plan, true).await,
            Err(StateError::Conflict) => {
                self.count(|usage| usage.conflicts = usage.conflicts.saturating_add(1));
                self.drop_chunks(&path, &plan, false).await;
            }
            // It may have been written after all: what it lists stays.
            Err(_) => {}
        }
        committed?;
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        Ok(Some(Base { version, chunks: plan.refs, bytes }))
    }

    async fn put_head(&self, item: Item, base: Option<&Base>) -> Sent<()> {
        let condition = unchanged(base);
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let request = request
            .condition_expression(condition.text)
            .set_expression_attribute_names(Some(condition.names))
            .set_expression_attribute_values(condition.values)
            .set_return_consumed_capacity(self.billing());
        let call =
            |unsure| request.clone().set_return_values_on_condition_check_failure(item_if(unsure)).send();
        let Sent { outcome, unsure, operation } = self.send(PUT, call).await;
        let outcome = outcome.map(|answer| self.bill(PUT, answer.consumed_capacity.as_slice()));
        Sent { outcome, unsure, operation }
    }

    async fn remove_cell(&self, path: &str, base: Option<&Base>, before: usize) -> Result<(), StateError> {
        let condition = unchanged(base);
        let request = self.client.delete_item().table_name(&self.table).set_key(Some(key(path, HEAD_SORT)));
        let request = request
            .condition_expression(condition.text)
            .set_expression_attribute_names(Some(condition.names))
            .set_expression_attribute_values(condition.values)
            .set_return_consumed_capacity(self.billing());
        let sent = self.send(DELETE, |_| request.clone().send()).await;
        self.count(|usage| usage.wrote(before));
        let unsure = sent.unsure;
        match sent.done() {
            Ok(answer) => self.bill(DELETE, answer.consumed_capacity.as_slice()),
            Err(StateError::Conflict) if unsure => {
                return Err(StateError::Unknown(format!("the removal of `{path}` may have happened")));
            }
            Err(error) => {
                if error == StateError::Conflict {
                    self.count(|usage| usage.conflicts = usage.conflicts.saturating_add(1));
                }
                return Err(error);
            }
        }
        self.drop_forever(path, base.map_or(&[], |base| base.chunks.as_slice())).await;
        Ok(())
    }
}

/// Reads the outcome of a conditional write of a whole item. A refusal after an attempt that may have happened: if the item
/// that is there has what was drawn for this write alone it is ours; if it is equal without that, a colleague may have decided
/// the same, and nobody knows whose it is.
pub(crate) fn decide(sent: Sent<()>, written: &Item, fresh: bool) -> Result<(), StateError> {
    if sent.unsure {
        match &sent.outcome {
            Err(Fault::Condition(Some(there))) if there == written && fresh => return Ok(()),
            Err(Fault::Condition(Some(there))) if there != written => return Err(StateError::Conflict),
            Err(Fault::Condition(_)) => {
                return Err(StateError::Unknown(
                    "an attempt before may have been the one that counts".to_owned(),
                ));
            }
            _ => {}
        }
    }
    sent.done()
}
