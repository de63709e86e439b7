//! What a request may say. The service knows more; a member that is not modelled here would be believed to have been heeded.

use serde_json::Value;

/// The name of the one table.
pub(super) const TABLE: &str = "sim";
/// Members of each operation, and those which may say one thing only.
const MEMBERS: [(&str, &[&str]); 7] = [
    ("GetItem", &["TableName", "Key", "ConsistentRead"]),
    ("BatchGetItem", &["RequestItems"]),
    ("PutItem", &["TableName", "Item", CONDITION, NAMES, VALUES, TOLD_IF_NOT]),
    ("UpdateItem", &["TableName", "Key", "UpdateExpression", CONDITION, NAMES, VALUES, TOLD, TOLD_IF_NOT]),
    ("DeleteItem", &["TableName", "Key", CONDITION, NAMES, VALUES, TOLD_IF_NOT]),
    (
        "Query",
        &[
            "TableName",
            "KeyConditionExpression",
            NAMES,
            VALUES,
            "ConsistentRead",
            "Limit",
            "ExclusiveStartKey",
        ],
    ),
    ("BatchWriteItem", &["RequestItems"]),
];
const CONDITION: &str = "ConditionExpression";
const NAMES: &str = "ExpressionAttributeNames";
const VALUES: &str = "ExpressionAttributeValues";
const TOLD: &str = "ReturnValues";
const TOLD_IF_NOT: &str = "ReturnValuesOnConditionCheckFailure";
/// What these may ask for.
const ANSWERS: [(&str, &str); 2] = [(TOLD, "ALL_NEW"), (TOLD_IF_NOT, "ALL_OLD")];

/// Refuses what is not modelled: operations, members, answers, other tables.
pub(super) fn check(operation: &str, request: &Value) -> Result<(), String> {
    let known = MEMBERS.iter().find(|(name, _)| *name == operation);
    let (_, members) = known.ok_or_else(|| format!("{operation} is not modelled"))?;
    only(request, members)?;
    for (member, answer) in ANSWERS {
        let wanted = request.get(member).and_then(Value::as_str).unwrap_or(answer);
        if wanted != answer {
            return Err(format!("{member} {wanted} is not modelled"));
        }
    }
    let Some(tables) = request.get("RequestItems") else {
        let name = request.get("TableName").and_then(Value::as_str).unwrap_or_default();
        return if name == TABLE { Ok(()) } else { Err(format!("there is no table `{name}`")) };
    };
    only(tables, &[TABLE])?;
    let wanted = tables.get(TABLE).ok_or("no table is named")?;
    if operation == "BatchGetItem" {
        return only(wanted, &["Keys", "ConsistentRead"]);
    }
    for write in wanted.as_array().into_iter().flatten() {
        only(write, &["DeleteRequest"])?;
        only(write.get("DeleteRequest").unwrap_or(&Value::Null), &["Key"])?;
    }
    Ok(())
}

/// A value has no other members than these.
fn only(value: &Value, members: &[&str]) -> Result<(), String> {
    let given = value.as_object().ok_or_else(|| format!("an object is wanted where {value} is"))?;
    let other = given.keys().find(|member| !members.contains(&member.as_str()));
    other.map_or(Ok(()), |member| Err(format!("{member} is not modelled")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_modelled_is_refused() {
        let key = json!({ "pk": { "S": "p" }, "sk": { "S": "s" } });
        let good = [
            ("GetItem", json!({ "TableName": "sim", "Key": key, "ConsistentRead": true })),
            ("UpdateItem", json!({ "TableName": "sim", "Key": key, "ReturnValues": "ALL_NEW" })),
            ("Query", json!({ "TableName": "sim", "Limit": 1 })),
            ("BatchGetItem", json!({ "RequestItems": { "sim": { "Keys": [key] } } })),
            ("BatchWriteItem", json!({ "RequestItems": { "sim": [{ "DeleteRequest": { "Key": key } }] } })),
        ];
        for (operation, request) in &good {
            assert_eq!(check(operation, request), Ok(()), "{operation} {request}");
            for member in ["ProjectionExpression", "FilterExpression", "ScanIndexForward", "IndexName"] {
                let mut more = request.clone();
                more[member] = json!("x");
                assert_eq!(check(operation, &more), Err(format!("{member} is not modelled")));
            }
        }
        for (operation, request) in [
            ("Scan", json!({ "TableName": "sim" })),
            ("GetItem", json!({ "TableName": "another", "Key": key })),
            ("GetItem", json!({ "Key": key })),
            ("PutItem", json!({ "TableName": "sim", "Item": key, "ReturnValues": "ALL_OLD" })),
            ("UpdateItem", json!({ "TableName": "sim", "Key": key, "ReturnValues": "UPDATED_NEW" })),
            ("BatchGetItem", json!({ "RequestItems": {} })),
            ("BatchGetItem", json!({ "RequestItems": { "sim": { "Keys": [key] }, "another": {} } })),
            ("BatchGetItem", json!({ "RequestItems": { "sim": { "Keys": [key], "AttributesToGet": [] } } })),
            ("BatchWriteItem", json!({ "RequestItems": { "sim": [{ "PutRequest": { "Item": key } }] } })),
        ] {
            assert!(check(operation, &request).is_err(), "{operation} {request}");
        }
    }
}
