//! Looking through the whole table, for people: it reads, and costs, everything there is.

use aws_sdk_dynamodb::types::AttributeValue;
use fanin_store::state::row::{HEAD_SORT, SLOTS_SORT};
use fanin_store::state::{CellKey, Read, Scanned, StateError};

use crate::layout::{Item, cell_of, item_bytes, key, place, slots_of};
use crate::limits::SCAN_ITEMS;
use crate::requests::SCAN;
use crate::store::DynamoStore;
use crate::table::{PARTITION_KEY, SORT_KEY};

impl DynamoStore {
    pub(crate) async fn scan_page(&self, prefix: &str, after: Option<&str>) -> Result<Scanned, StateError> {
        let from = after.map(place_of).transpose()?;
        let request = self.client.scan().table_name(&self.table).limit(SCAN_ITEMS);
        let request = request
            .filter_expression("begins_with(#p, :p) AND #s IN (:i, :m)")
            .expression_attribute_names("#p", PARTITION_KEY)
            .expression_attribute_names("#s", SORT_KEY)
            .expression_attribute_values(":p", AttributeValue::S(prefix.to_owned()))
            .expression_attribute_values(":i", AttributeValue::S(HEAD_SORT.to_owned()))
            .expression_attribute_values(":m", AttributeValue::S(SLOTS_SORT.to_owned()))
            .set_exclusive_start_key(from)
            .set_return_consumed_capacity(self.billing());
        let answer = self.send(SCAN, |_| request.clone().send()).await.done()?;
        self.bill(SCAN, answer.consumed_capacity.as_slice());
        let mut page = Scanned {
            next: answer.last_evaluated_key.as_ref().map(text_of).transpose()?,
            ..Scanned::default()
        };
        let items = answer.items.unwrap_or_default();
        // What was looked at and left out is paid too; how large that was is not told.
        let bytes = items.iter().map(item_bytes).fold(0_usize, usize::saturating_add);
        self.count(|usage| usage.read(bytes, Read::Stale));
        for item in &items {
            let (path, sort) = place(item)?;
            let Some(key) = CellKey::from_path(path) else { continue };
            if sort == HEAD_SORT {
                page.cells.push((key, cell_of(item)?));
            } else {
                page.slots.push((key, slots_of(item)?));
            }
        }
        Ok(page)
    }
}

/// A place as text: the length of the sort key, a colon, the sort key, the partition key.
fn text_of(item: &Item) -> Result<String, StateError> {
    let (path, sort) = place(item)?;
    Ok(format!("{}:{sort}{path}", sort.len()))
}

fn place_of(text: &str) -> Result<Item, StateError> {
    let parsed = text.split_once(':').and_then(|(length, rest)| rest.split_at_checked(length.parse().ok()?));
    let (sort, path) = parsed.ok_or_else(|| {
        StateError::Unreadable(format!("`{text}` is no place of a scan: begin again without one"))
    })?;
    Ok(key(path, sort))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_a_scan_go_there_and_back() {
        for (path, sort) in [("I#w#n#3:k", "i"), ("T#1#2", "12:a"), ("p", "\u{e9}")] {
            let item = key(path, sort);
            assert_eq!(place_of(&text_of(&item).unwrap()).unwrap(), item);
        }
        assert!(place_of("9:i").is_err() && place_of("x").is_err());
    }
}
