//! What the service does with a request.

use std::collections::{BTreeMap, BTreeSet};

use fanin_store::state::Read;
use serde_json::{Map, Value, json};

use super::Item;
use super::expression::{Condition, Terms, text, update};
use super::request::{self, TABLE};
use crate::chance::Chance;
use crate::db::Images;
use crate::settings::Sabotage;

/// Keys of one read of many.
const MAX_KEYS: usize = 100;
/// Requests of one write of many.
const MAX_WRITES: usize = 25;
/// Bytes of an item: the service's own limit.
const MAX_ITEM: usize = 400 * 1024;
/// One page in so many ends early.
const SHORT_PAGE_ONE_IN: u64 = 4;
/// The keys' attributes.
const KEYS: [&str; 2] = ["pk", "sk"];

/// An answer of the service.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// One of the service's errors.
    pub(super) fn error(status: u16, code: &str, message: &str) -> Answer {
        let kind = format!("com.amazonaws.dynamodb.v20120810#{code}");
        Answer { status, body: json!({ "__type": kind, "message": message }) }
    }

    /// It is to be asked again.
    pub(super) fn slow_down() -> Answer {
        Answer::error(400, "ProvisionedThroughputExceededException", "slow down")
    }
}

/// Why a request was refused.
enum No {
    /// It is not right.
    Invalid(String),
    /// The condition does not hold; with the item that is there.
    Condition(Option<Value>),
    /// Nothing of a batch was done.
    Busy,
}

type Place = (String, String);
type Done = Result<Value, No>;

/// The table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(super) items: BTreeMap<Place, Images<Item>>,
    chance: Chance,
    stale: u32,
    sabotage: Sabotage,
    /// Batches of which a part was left: of reads and of removals.
    pub(super) half_done: [u64; 2],
    /// What was asked that is not right or not modelled, each once: no right store does.
    pub(crate) refused: BTreeSet<String>,
}

fn invalid(what: impl Into<String>) -> No {
    No::Invalid(what.into())
}

fn place_of(item: &Value) -> Result<Place, No> {
    let mut keys =
        KEYS.iter().map(|key| text(item.get(key)).filter(|key| !key.is_empty()).map(str::to_owned));
    match (keys.next().flatten(), keys.next().flatten()) {
        (Some(partition), Some(sort)) => Ok((partition, sort)),
        _ => Err(invalid("a key is missing or empty")),
    }
}

/// The place that a key names, which has no other attributes.
fn named(key: &Value) -> Result<Place, No> {
    let place = place_of(key)?;
    let alone = key.as_object().is_some_and(|key| key.len() == KEYS.len());
    if alone { Ok(place) } else { Err(invalid("a key has more than its two attributes")) }
}

fn key_of((partition, sort): &Place) -> Value {
    json!({ "pk": { "S": partition }, "sk": { "S": sort } })
}

fn item_of(value: &Value) -> Item {
    let members = value.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn value_of(item: Item) -> Value {
    Value::Object(item.into_iter().collect::<Map<String, Value>>())
}

fn size(item: &Item) -> usize {
    let data = |value: &Value| {
        let inner = value.as_object().and_then(|kinds| kinds.iter().next());
        inner.map_or(1, |(kind, data)| {
            let len = data.as_str().map_or(1, str::len);
            if kind == "B" { len / 4 * 3 } else { len }
        })
    };
    item.iter().map(|(name, value)| name.len() + data(value)).sum()
}

fn strings<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// What a request of many says of the table.
fn of_table(request: &Value) -> &Value {
    request.get("RequestItems").and_then(|tables| tables.get(TABLE)).unwrap_or(&Value::Null)
}

impl Table {
    /// An empty one; of a thousand stale reads `stale` give something older.
    pub(crate) fn new(chance: Chance, stale: u32, sabotage: Sabotage) -> Table {
        Table { items: BTreeMap::new(), chance, stale, sabotage, half_done: [0; 2], refused: BTreeSet::new() }
    }

    /// Does what it is asked. `undone`: of the parts of a batch so many in a thousand are left.
    pub(crate) fn ask(&mut self, operation: &str, request: &Value, undone: u32) -> Answer {
        match self.answer(operation, request, undone) {
            Ok(body) => Answer { status: 200, body },
            Err(No::Invalid(what)) => {
                self.refused.insert(format!("{operation}: {what}"));
                Answer::error(400, "ValidationException", &what)
            }
            Err(No::Busy) => Answer::slow_down(),
            Err(No::Condition(item)) => {
                let what = "The conditional request failed";
                let mut answer = Answer::error(400, "ConditionalCheckFailedException", what);
                if let (Some(item), Some(body)) = (item, answer.body.as_object_mut()) {
                    body.insert("Item".to_owned(), item);
                }
                answer
            }
        }
    }

    fn answer(&mut self, operation: &str, request: &Value, undone: u32) -> Done {
        request::check(operation, request).map_err(No::Invalid)?;
        match operation {
            "GetItem" => self.get(request),
            "BatchGetItem" => self.batch_get(request, undone),
            "PutItem" => self.put(request),
            "UpdateItem" => self.update(request),
            "DeleteItem" => self.delete(request),
            "Query" => self.query(request),
            "BatchWriteItem" => self.batch_write(request, undone),
            other => Err(invalid(format!("{other} is not modelled"))),
        }
    }

    fn read(&mut self, place: &Place, request: &Value) -> Option<Item> {
        let fresh = request.get("ConsistentRead").and_then(Value::as_bool).unwrap_or(false);
        let read = if fresh && self.sabotage != Sabotage::OldReads { Read::Fresh } else { Read::Stale };
        self.items.get(place)?.read(read, self.stale, &mut self.chance)
    }

    fn now(&self, place: &Place) -> Option<&Item> {
        self.items.get(place).and_then(Images::now)
    }

    fn get(&mut self, request: &Value) -> Done {
        let place = named(request.get("Key").unwrap_or(&Value::Null))?;
        let item = self.read(&place, request);
        Ok(item.map_or_else(|| json!({}), |item| json!({ "Item": value_of(item) })))
    }

    fn batch_get(&mut self, request: &Value, undone: u32) -> Done {
        let wanted = of_table(request);
        let keys = wanted.get("Keys").and_then(Value::as_array).ok_or_else(|| invalid("no keys"))?;
        let places = keys.iter().map(named).collect::<Result<Vec<Place>, No>>()?;
        if keys.is_empty() || keys.len() > MAX_KEYS {
            return Err(invalid(format!("{} keys", keys.len())));
        }
        if places.iter().collect::<BTreeSet<_>>().len() < places.len() {
            return Err(invalid("the same key twice"));
        }
        let (mut found, mut left) = (Vec::new(), Vec::new());
        for place in &places {
            if self.chance.per_mille(undone) {
                left.push(key_of(place));
            } else {
                found.extend(self.read(place, wanted).map(value_of));
            }
        }
        if left.len() == places.len() {
            return Err(No::Busy);
        }
        // In any order, as the service gives them.
        self.chance.shuffle(&mut found);
        self.half_done[0] += u64::from(!left.is_empty());
        let unread = if left.is_empty() {
            json!({})
        } else {
            let fresh = wanted.get("ConsistentRead").cloned().unwrap_or_default();
            json!({ TABLE: { "Keys": left, "ConsistentRead": fresh } })
        };
        Ok(json!({ "Responses": { TABLE: found }, "UnprocessedKeys": unread }))
    }

    /// The condition of a write; what is there if it does not hold.
    fn permitted(&self, request: &Value, terms: &mut Terms<'_>, place: &Place) -> Result<(), No> {
        let Some(condition) = strings(request, "ConditionExpression") else { return Ok(()) };
        let condition = Condition::read(condition, terms).map_err(No::Invalid)?;
        let there = self.now(place);
        let holds = condition.holds(there.unwrap_or(&Item::new()));
        if holds || self.sabotage == Sabotage::Unconditional {
            return Ok(());
        }
        let told = strings(request, "ReturnValuesOnConditionCheckFailure") == Some("ALL_OLD");
        Err(No::Condition(there.filter(|_| told).map(|item| value_of(item.clone()))))
    }

    fn write(&mut self, place: Place, item: Option<Item>) -> Result<(), No> {
        if item.as_ref().is_some_and(|item| size(item) > MAX_ITEM) {
            return Err(invalid("Item size has exceeded the maximum allowed size"));
        }
        self.items.entry(place).or_default().put(item);
        Ok(())
    }

    fn put(&mut self, request: &Value) -> Done {
        let item = request.get("Item").unwrap_or(&Value::Null);
        let (place, mut terms) = (place_of(item)?, Terms::of(request));
        let permitted = self.permitted(request, &mut terms, &place);
        terms.all_used().map_err(No::Invalid)?;
        permitted?;
        self.write(place, Some(item_of(item))).map(|()| json!({}))
    }

    fn delete(&mut self, request: &Value) -> Done {
        let place = named(request.get("Key").unwrap_or(&Value::Null))?;
        let mut terms = Terms::of(request);
        let permitted = self.permitted(request, &mut terms, &place);
        terms.all_used().map_err(No::Invalid)?;
        permitted?;
        self.write(place, None).map(|()| json!({}))
    }

    fn update(&mut self, request: &Value) -> Done {
        let key = request.get("Key").unwrap_or(&Value::Null);
        let (place, mut terms) = (named(key)?, Terms::of(request));
        let permitted = self.permitted(request, &mut terms, &place);
        let mut item = self.now(&place).cloned().unwrap_or_else(|| item_of(key));
        let expression = strings(request, "UpdateExpression").unwrap_or_default();
        update(expression, &mut terms, &mut item).map_err(No::Invalid)?;
        terms.all_used().map_err(No::Invalid)?;
        permitted?;
        self.write(place, Some(item.clone()))?;
        let told = strings(request, "ReturnValues") == Some("ALL_NEW");
        Ok(if told { json!({ "Attributes": value_of(item) }) } else { json!({}) })
    }

    fn query(&mut self, request: &Value) -> Done {
        let mut terms = Terms::of(request);
        let wanted = strings(request, "KeyConditionExpression").unwrap_or_default();
        let wanted = Condition::read(wanted, &mut terms).map_err(No::Invalid)?;
        terms.all_used().map_err(No::Invalid)?;
        let partition = text(wanted.wants("pk")).ok_or_else(|| invalid("no partition key"))?.to_owned();
        let after = request.get("ExclusiveStartKey").map(named).transpose()?;
        let limit = request.get("Limit").and_then(Value::as_u64).unwrap_or(u64::MAX);
        if limit == 0 {
            return Err(invalid("a limit of nothing"));
        }
        let from = after.clone().unwrap_or((partition.clone(), String::new()));
        let places: Vec<Place> = self.items.range(from..).map(|(place, _)| place.clone()).collect();
        let here = places.into_iter().take_while(|place| place.0 == partition);
        let (mut found, mut last) = (Vec::new(), None);
        for place in here.filter(|place| after.as_ref() != Some(place)) {
            let Some(item) = self.read(&place, request).filter(|item| wanted.holds(item)) else { continue };
            found.push(value_of(item));
            let short = self.chance.one_in(SHORT_PAGE_ONE_IN);
            if short || found.len() as u64 >= limit {
                last = Some(key_of(&place));
                break;
            }
        }
        let mut page = json!({ "Count": found.len(), "Items": found });
        if let (Some(last), Some(page)) = (last, page.as_object_mut()) {
            page.insert("LastEvaluatedKey".to_owned(), last);
        }
        Ok(page)
    }

    fn batch_write(&mut self, request: &Value, undone: u32) -> Done {
        let writes = of_table(request).as_array().ok_or_else(|| invalid("no requests"))?;
        if writes.is_empty() || writes.len() > MAX_WRITES {
            return Err(invalid(format!("{} requests", writes.len())));
        }
        let key = |write: &Value| write.get("DeleteRequest").and_then(|delete| delete.get("Key")).cloned();
        let places = writes.iter().map(|write| named(&key(write).unwrap_or_default()));
        let places = places.collect::<Result<Vec<Place>, No>>()?;
        if places.iter().collect::<BTreeSet<_>>().len() < places.len() {
            return Err(invalid("the same key twice"));
        }
        let mut left = Vec::new();
        for (place, write) in places.into_iter().zip(writes) {
            if self.chance.per_mille(undone) {
                left.push(write.clone());
            } else {
                self.write(place, None)?;
            }
        }
        if left.len() == writes.len() {
            return Err(No::Busy);
        }
        self.half_done[1] += u64::from(!left.is_empty());
        let left = if left.is_empty() { json!({}) } else { json!({ TABLE: left }) };
        Ok(json!({ "UnprocessedItems": left }))
    }
}
