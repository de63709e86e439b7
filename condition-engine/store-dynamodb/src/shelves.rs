//! Shelves: plain values in order.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, WriteRequest};
use fanin_store::limits::MAX_PAGE;
use fanin_store::state::row::{field, value_bytes};
use fanin_store::state::{PutIf, Read, ShelfEntry, ShelfName, StateError};

use crate::chunks::removal;
use crate::commit::item_if;
use crate::error::Fault;
use crate::layout::{binary, item_bytes, place, value_item, value_of};
use crate::limits::{MAX_BATCH_ROUNDS, MAX_QUERY_PAGES, REMOVALS_A_BATCH};
use crate::requests::{BATCH_WRITE, PUT, QUERY};
use crate::store::DynamoStore;
use crate::table::{PARTITION_KEY, SORT_KEY};

impl DynamoStore {
    pub(crate) async fn put_value(
        &self,
        shelf: &ShelfName,
        entry: &ShelfEntry,
        when: &PutIf,
        expires: Option<i64>,
    ) -> Result<bool, StateError> {
        let (path, sort) = (shelf.checked_path()?, ShelfName::checked_sort(&entry.sort)?);
        let bytes = value_bytes(&path, sort, &entry.value, expires)?;
        let item = value_item(&path, sort, &entry.value, expires);
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item.clone()));
        let request = request.set_return_consumed_capacity(self.billing());
        let request = match when {
            PutIf::Any => request,
            PutIf::Absent => request
                .condition_expression("attribute_not_exists(#p)")
                .expression_attribute_names("#p", PARTITION_KEY),
            PutIf::Is(value) => request
                .condition_expression("#b = :b")
                .expression_attribute_names("#b", field::VALUE)
                .expression_attribute_values(":b", binary(value)),
        };
        let call =
            |unsure| request.clone().set_return_values_on_condition_check_failure(item_if(unsure)).send();
        let sent = self.send(PUT, call).await;
        self.count(|usage| usage.wrote(bytes));
        match sent.outcome {
            Ok(answer) => {
                self.bill(PUT, answer.consumed_capacity.as_slice());
                Ok(true)
            }
            // A value like ours after an attempt that may have happened: ours, or somebody's who put the same.
            Err(Fault::Condition(found))
                if sent.unsure && found.as_ref().is_none_or(|there| *there == item) =>
            {
                Err(StateError::Unknown(format!("the value in place `{sort}` of `{path}` may be this one")))
            }
            Err(Fault::Condition(_)) => {
                self.count(|usage| usage.conflicts = usage.conflicts.saturating_add(1));
                Ok(false)
            }
            Err(fault) => Err(fault.into_error(PUT, sent.unsure)),
        }
    }

    pub(crate) async fn get_value(
        &self,
        shelf: &ShelfName,
        sort: &str,
        read: Read,
    ) -> Result<Option<Vec<u8>>, StateError> {
        let (path, sort) = (shelf.checked_path()?, ShelfName::checked_sort(sort)?);
        let item = self.get_item(&path, sort, read).await?;
        item.map(|item| value_of(&item).map(<[u8]>::to_vec)).transpose()
    }

    pub(crate) async fn list_values(
        &self,
        shelf: &ShelfName,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ShelfEntry>, StateError> {
        let (path, limit) = (shelf.checked_path()?, limit.min(MAX_PAGE));
        let mut request = self.client.query().table_name(&self.table).consistent_read(true);
        request = request
            .expression_attribute_names("#p", PARTITION_KEY)
            .expression_attribute_values(":p", AttributeValue::S(path))
            .set_return_consumed_capacity(self.billing());
        request = match after {
            None => request.key_condition_expression("#p = :p"),
            Some(after) => request
                .key_condition_expression("#p = :p AND #s > :s")
                .expression_attribute_names("#s", SORT_KEY)
                .expression_attribute_values(":s", AttributeValue::S(after.to_owned())),
        };
        let (mut entries, mut from) = (Vec::new(), None);
        for _ in 0..MAX_QUERY_PAGES {
            let left = limit.saturating_sub(entries.len());
            if left == 0 {
                break;
            }
            let page =
                request.clone().limit(i32::try_from(left).unwrap_or(i32::MAX)).set_exclusive_start_key(from);
            let answer = self.send(QUERY, |_| page.clone().send()).await.done()?;
            self.bill(QUERY, answer.consumed_capacity.as_slice());
            let items = answer.items.unwrap_or_default();
            let bytes = items.iter().map(item_bytes).fold(0_usize, usize::saturating_add);
            self.count(|usage| usage.read(bytes, Read::Fresh));
            for item in &items {
                let (sort, value) = (place(item)?.1.to_owned(), value_of(item)?.to_vec());
                entries.push(ShelfEntry { sort, value });
            }
            from = answer.last_evaluated_key;
            if from.is_none() {
                break;
            }
        }
        Ok(entries)
    }

    pub(crate) async fn remove_values(&self, shelf: &ShelfName, sorts: &[String]) -> Result<(), StateError> {
        let path = shelf.checked_path()?;
        let mut distinct = BTreeSet::new();
        for sort in sorts {
            distinct.insert(ShelfName::checked_sort(sort)?);
        }
        let distinct: Vec<&str> = distinct.into_iter().collect();
        for batch in distinct.chunks(REMOVALS_A_BATCH) {
            let removals = batch.iter().filter_map(|sort| removal(&path, sort));
            // How large they are is not known here; a value is mostly smaller than one step.
            self.write_batch(removals.collect(), vec![0; batch.len()]).await?;
        }
        Ok(())
    }

    /// Several removals in one request, what is left of them in another. `bytes`: sizes to count.
    pub(crate) async fn write_batch(
        &self,
        removals: Vec<WriteRequest>,
        bytes: Vec<usize>,
    ) -> Result<(), StateError> {
        self.count(|usage| bytes.iter().for_each(|bytes| usage.wrote(*bytes)));
        let mut left = removals;
        for round in 0..MAX_BATCH_ROUNDS {
            if left.is_empty() {
                return Ok(());
            }
            if round > 0 {
                self.pause(round).await;
            }
            let request = self.client.batch_write_item().set_return_consumed_capacity(self.billing());
            let request = request.set_request_items(Some(HashMap::from([(self.table.clone(), left)])));
            let answer = self.send(BATCH_WRITE, |_| request.clone().send()).await.done()?;
            self.bill(BATCH_WRITE, answer.consumed_capacity());
            left = answer.unprocessed_items.and_then(|mut left| left.remove(&self.table)).unwrap_or_default();
        }
        if left.is_empty() {
            return Ok(());
        }
        Err(StateError::Throttled(format!(
            "{} left removals of table {} undone",
            BATCH_WRITE.name, self.table
        )))
    }
}
