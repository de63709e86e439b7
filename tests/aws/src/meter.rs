//! Counts requests and computes what DynamoDB bills for them, at the wire, from the items in requests and answers.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::dynamo::Dynamo;
use crate::units::{Item, item_bytes, read_halves, write_units};
use crate::wire::Service;

/// What was used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Requests by service and operation.
    pub requests: BTreeMap<(Service, String), u64>,
    /// Write units and halves of read units, by the beginning of the partition key: `I` for instances, and so on.
    pub by_kind: BTreeMap<String, (u64, u64)>,
    /// Messages sent, by the entry.
    pub messages: u64,
    /// The largest item written, in bytes.
    pub largest: u64,
    /// Write units and halves of read units as the database itself reports them.
    pub reported: (u64, u64),
    /// Requests whose units we compute otherwise than the database reports them: the first few.
    pub disputed: Vec<String>,
}

/// Disputes kept; one is enough to fail a test.
const MAX_DISPUTED: usize = 20;

impl Used {
    /// Write units and halves of read units of everything.
    #[must_use]
    pub fn units(&self) -> (u64, u64) {
        self.by_kind.values().fold((0, 0), |(w, r), (more_w, more_r)| (w + more_w, r + more_r))
    }

    /// Counts a request to any service but DynamoDB.
    pub fn count(&mut self, service: Service, operation: &str, body: &[u8]) {
        *self.requests.entry((service, operation.to_owned())).or_default() += 1;
        if operation == "SendMessageBatch" {
            let request: Value = serde_json::from_slice(body).unwrap_or_default();
            let entries = request.get("Entries").and_then(Value::as_array).map_or(0, Vec::len);
            self.messages += u64::try_from(entries).unwrap_or(0);
        } else if operation == "SendMessage" {
            self.messages += 1;
        }
    }

    fn charge(&mut self, kind: &str, writes: u64, halves: u64) {
        let charged = self.by_kind.entry(kind.to_owned()).or_default();
        charged.0 += writes;
        charged.1 += halves;
    }
}

/// What has to be known before a request is passed on: the sizes of the items it writes, as they are now.
#[derive(Debug, Default)]
pub struct Before {
    writes: Vec<(Value, Value, u64)>,
    factor: u64,
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn key_of(item: &Value) -> Value {
    json!({ "pk": item.get("pk"), "sk": item.get("sk") })
}

fn kind_of(key: &Value) -> String {
    let pk = key.get("pk").map(|pk| text(pk, "S")).unwrap_or_default();
    pk.split('#').next().unwrap_or_default().to_owned()
}

fn size(item: Option<&Value>) -> u64 {
    item.and_then(Value::as_object).map_or(0, |item: &Item| item_bytes(item))
}

async fn stored(dynamo: &Dynamo, table: &Value, key: &Value) -> u64 {
    let request = json!({ "TableName": table, "Key": key, "ConsistentRead": true });
    size(dynamo.ask("GetItem", &request).await.get("Item"))
}

/// The keys a request writes, with their tables.
fn written(operation: &str, request: &Value) -> Vec<(Value, Value)> {
    let table = || request.get("TableName").cloned().unwrap_or_default();
    match operation {
        "PutItem" => vec![(table(), key_of(request.get("Item").unwrap_or(&Value::Null)))],
        "UpdateItem" | "DeleteItem" => vec![(table(), request.get("Key").cloned().unwrap_or_default())],
        "BatchWriteItem" => {
            let tables = request.get("RequestItems").and_then(Value::as_object).into_iter().flatten();
            let each = tables.flat_map(|(table, writes)| {
                writes.as_array().into_iter().flatten().map(move |write| (table, write))
            });
            each.map(|(table, write)| {
                let put = write.get("PutRequest").and_then(|p| p.get("Item")).map(key_of);
                let delete = || write.get("DeleteRequest").and_then(|d| d.get("Key")).cloned();
                (Value::from(table.as_str()), put.or_else(delete).unwrap_or_default())
            })
            .collect()
        }
        "TransactWriteItems" => {
            let items = request.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
            let each = items.filter_map(|item| item.as_object()?.iter().next());
            each.map(|(kind, write)| {
                let table = write.get("TableName").cloned().unwrap_or_default();
                let key = match kind.as_str() {
                    "Put" => write.get("Item").map(key_of),
                    _ => write.get("Key").cloned(),
                };
                (table, key.unwrap_or_default())
            })
            .collect()
        }
        _ => Vec::new(),
    }
}

/// Looks at what is there before a request is passed on.
pub async fn before(dynamo: &Dynamo, operation: &str, request: &Value) -> Before {
    let mut writes = Vec::new();
    for (table, key) in written(operation, request) {
        let bytes = stored(dynamo, &table, &key).await;
        writes.push((table, key, bytes));
    }
    Before { writes, factor: if operation == "TransactWriteItems" { 2 } else { 1 } }
}

/// Charges a request that was answered.
pub async fn charge(
    used: &std::sync::Mutex<Used>,
    dynamo: &Dynamo,
    asked: (&str, &Value),
    before: Before,
    answer: (u16, &Value),
) {
    let (operation, request) = asked;
    let mut charges: Vec<(String, u64, u64)> = Vec::new();
    let mut largest = 0;
    // A write whose condition does not hold is billed by what is there.
    for (table, key, old) in &before.writes {
        let new = stored(dynamo, table, key).await;
        largest = largest.max(new);
        charges.push((kind_of(key), write_units(new.max(*old)) * before.factor, 0));
    }
    if answer.0 == 200 {
        charges.extend(reads(operation, request, answer.1));
    }
    let mut used = used.lock().unwrap();
    *used.requests.entry((Service::Dynamo, operation.to_owned())).or_default() += 1;
    used.largest = used.largest.max(largest);
    let mut sum = (0, 0);
    for (kind, writes, halves) in charges {
        sum = (sum.0 + writes, sum.1 + halves);
        used.charge(&kind, writes, halves);
    }
    if answer.0 == 200 {
        compare(&mut used, operation, sum, answer.1);
    }
}

/// Notes what the database itself reports.
fn compare(used: &mut Used, operation: &str, ours: (u64, u64), answer: &Value) {
    let reported: Vec<&Value> = match answer.get("ConsumedCapacity") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
        None => return,
    };
    let units: f64 = reported.iter().filter_map(|one| one.get("CapacityUnits")?.as_f64()).sum();
    let reads = ["GetItem", "BatchGetItem", "Query", "Scan"].contains(&operation);
    let (mine, theirs) = if reads { (ours.1, units * 2.0) } else { (ours.0, units) };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "units are small whole numbers"
    )]
    let theirs = theirs.round() as u64;
    let sum = if reads { &mut used.reported.1 } else { &mut used.reported.0 };
    *sum += theirs;
    if mine != theirs && used.disputed.len() < MAX_DISPUTED {
        used.disputed.push(format!("{operation}: we say {mine}, the database says {theirs}"));
    }
}

/// What the reads of a request cost.
fn reads(operation: &str, request: &Value, answer: &Value) -> Vec<(String, u64, u64)> {
    let consistent = |of: &Value| of.get("ConsistentRead").and_then(Value::as_bool).unwrap_or(false);
    match operation {
        "GetItem" => {
            let kind = kind_of(request.get("Key").unwrap_or(&Value::Null));
            vec![(kind, 0, read_halves(size(answer.get("Item")), consistent(request)))]
        }
        "Query" => {
            let items = answer.get("Items").and_then(Value::as_array).into_iter().flatten();
            let bytes: u64 = items.clone().map(|item| size(Some(item))).sum();
            let values = request.get("ExpressionAttributeValues").and_then(Value::as_object);
            // The other values are the beginnings of sort keys, which are shorter.
            let pk = values.into_iter().flatten().map(|(_, v)| text(v, "S")).max_by_key(|v| v.len());
            let kind = pk.and_then(|pk| pk.split('#').next()).unwrap_or_default().to_owned();
            vec![(kind, 0, read_halves(bytes, consistent(request)))]
        }
        "BatchGetItem" => {
            let mut charges = Vec::new();
            let tables = request.get("RequestItems").and_then(Value::as_object).into_iter().flatten();
            for (table, asked) in tables {
                let found = answer.get("Responses").and_then(|r| r.get(table)).and_then(Value::as_array);
                for key in asked.get("Keys").and_then(Value::as_array).into_iter().flatten() {
                    let item = found.into_iter().flatten().find(|item| key_of(item) == *key);
                    charges.push((kind_of(key), 0, read_halves(size(item), consistent(asked))));
                }
            }
            charges
        }
        _ => Vec::new(),
    }
}
