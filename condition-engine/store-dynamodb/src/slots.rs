//! Cells of set-once slots: one update each, no version.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use fanin_store::state::row::{SLOTS_SORT, field, seconds, slot_name, slot_total, slots_bytes};
use fanin_store::state::{CellKey, Read, Slots, StateError};

use crate::commit::{decide, item_if};
use crate::error::Fault;
use crate::layout::{Item, binary, item_bytes, key, number, slots_item, slots_of};
use crate::requests::{GET, PUT, Sent, UPDATE, draw};
use crate::store::DynamoStore;
use crate::table::PARTITION_KEY;

/// Slots by the names of their attributes; of two with one number the first counts.
fn named(slots: &[(u16, Vec<u8>)]) -> Result<BTreeMap<String, Vec<u8>>, StateError> {
    let mut named = BTreeMap::new();
    for (slot, value) in slots {
        named.entry(slot_name(*slot)?).or_insert_with(|| value.clone());
    }
    Ok(named)
}

impl DynamoStore {
    pub(crate) async fn fill_slots(
        &self,
        key: &CellKey,
        slots: &[(u16, Vec<u8>)],
        expires: Option<i64>,
    ) -> Result<Slots, StateError> {
        let (path, named) = (key.checked_path()?, named(slots)?);
        let life = draw();
        slots_bytes(&path, life, slots.iter().map(|(slot, value)| (*slot, value.as_slice())), None, expires)?;
        let mut request = self.update(&path).expression_attribute_values(":n", number(life));
        let mut text = "SET #n = if_not_exists(#n, :n)".to_owned();
        for (place, (name, value)) in named.iter().enumerate() {
            text.push_str(&format!(", #s{place} = if_not_exists(#s{place}, :s{place})"));
            request = request
                .expression_attribute_names(format!("#s{place}"), name)
                .expression_attribute_values(format!(":s{place}"), binary(value));
        }
        if let Some(at) = expires {
            text.push_str(", #t = :t");
            request = request
                .expression_attribute_names("#t", field::EXPIRES)
                .expression_attribute_values(":t", number(seconds(at)));
        }
        let request = request
            .expression_attribute_names("#n", field::NONCE)
            .expression_attribute_names("#z", field::CLOSED)
            .update_expression(text)
            .condition_expression("attribute_not_exists(#z)");
        self.image(&path, request).await
    }

    pub(crate) async fn close_slots(
        &self,
        key: &CellKey,
        total: u16,
        note: &[u8],
    ) -> Result<Slots, StateError> {
        let path = key.checked_path()?;
        let mut request = self.update(&path);
        let mut missing = Vec::new();
        for slot in 0..slot_total(total)? {
            missing.push(format!("attribute_not_exists(#s{slot})"));
            request = request.expression_attribute_names(format!("#s{slot}"), slot_name(slot)?);
        }
        if missing.is_empty() {
            // Of none all are filled: nothing to close.
            return Ok(self.read_slots(key, Read::Fresh).await?.unwrap_or_default());
        }
        let condition =
            format!("attribute_exists(#n) AND attribute_not_exists(#z) AND ({})", missing.join(" OR "));
        let request = request
            .expression_attribute_names("#n", field::NONCE)
            .expression_attribute_names("#z", field::CLOSED)
            .expression_attribute_values(":z", binary(note))
            .update_expression("SET #z = :z")
            .condition_expression(condition);
        self.image(&path, request).await
    }

    fn update(&self, path: &str) -> UpdateItemFluentBuilder {
        let request = self.client.update_item().table_name(&self.table).set_key(Some(key(path, SLOTS_SORT)));
        request
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_return_consumed_capacity(self.billing())
    }

    /// The image after an update that either happens or leaves everything as it is. Both may be repeated, so it does not
    /// matter whether an earlier attempt happened.
    async fn image(&self, path: &str, request: UpdateItemFluentBuilder) -> Result<Slots, StateError> {
        let sent = self.send(UPDATE, |_| request.clone().send()).await;
        match sent.outcome {
            Ok(answer) => {
                self.bill(UPDATE, answer.consumed_capacity.as_slice());
                let item = answer.attributes.unwrap_or_default();
                self.count(|usage| usage.wrote(item_bytes(&item)));
                slots_of(&item)
            }
            Err(Fault::Condition(found)) => {
                let bytes = found.as_ref().map_or(0, item_bytes);
                self.count(|usage| {
                    usage.wrote(bytes);
                    usage.conflicts = usage.conflicts.saturating_add(1);
                });
                match found {
                    Some(item) => slots_of(&item),
                    // There is none, or this service does not tell what is there.
                    None => Ok(self.get_slots(path, Read::Fresh).await?.unwrap_or_default()),
                }
            }
            Err(fault) => Err(fault.into_error(UPDATE, sent.unsure)),
        }
    }

    pub(crate) async fn renew_slots(
        &self,
        key: &CellKey,
        life: u64,
        slots: &[(u16, Vec<u8>)],
        expires: Option<i64>,
    ) -> Result<Slots, StateError> {
        let (path, named) = (key.checked_path()?, named(slots)?);
        let item = slots_item(&path, draw(), &named, expires);
        let next = slots_of(&item)?;
        slots_bytes(
            &path,
            next.life,
            next.filled.iter().map(|(slot, value)| (*slot, value.as_slice())),
            None,
            expires,
        )?;
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item.clone()));
        let request = request.set_return_consumed_capacity(self.billing());
        let request = if life == 0 {
            request
                .condition_expression("attribute_not_exists(#p)")
                .expression_attribute_names("#p", PARTITION_KEY)
        } else {
            request
                .condition_expression("#n = :n")
                .expression_attribute_names("#n", field::NONCE)
                .expression_attribute_values(":n", number(life))
        };
        let call =
            |unsure| request.clone().set_return_values_on_condition_check_failure(item_if(unsure)).send();
        let Sent { outcome, unsure, operation } = self.send(PUT, call).await;
        let outcome = outcome.map(|answer| self.bill(PUT, answer.consumed_capacity.as_slice()));
        let refused = matches!(outcome, Err(Fault::Condition(_)));
        self.count(|usage| {
            usage.wrote(item_bytes(&item));
            usage.conflicts = usage.conflicts.saturating_add(u64::from(refused));
        });
        decide(Sent { outcome, unsure, operation }, &item, true)?;
        Ok(next)
    }

    pub(crate) async fn read_slots(&self, key: &CellKey, read: Read) -> Result<Option<Slots>, StateError> {
        self.get_slots(&key.checked_path()?, read).await
    }

    async fn get_slots(&self, path: &str, read: Read) -> Result<Option<Slots>, StateError> {
        self.get_item(path, SLOTS_SORT, read).await?.map(|item| slots_of(&item)).transpose()
    }

    /// The item in a place.
    pub(crate) async fn get_item(
        &self,
        path: &str,
        sort: &str,
        read: Read,
    ) -> Result<Option<Item>, StateError> {
        let request = self.client.get_item().table_name(&self.table).set_key(Some(key(path, sort)));
        let request =
            request.consistent_read(read == Read::Fresh).set_return_consumed_capacity(self.billing());
        let answer = self.send(GET, |_| request.clone().send()).await.done()?;
        self.bill(GET, answer.consumed_capacity.as_slice());
        self.count(|usage| usage.read(answer.item.as_ref().map_or(0, item_bytes), read));
        Ok(answer.item)
    }
}
