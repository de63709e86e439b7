//! Intrinsic functions on lists, objects and numbers.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{list, shown, whole};
use crate::limits::MAX_RANGE_ELEMENTS;

pub(super) fn length(arguments: &[Value]) -> Result<Value, String> {
    Ok(Value::from(list(arguments.first())?.len()))
}

pub(super) fn get_item(arguments: &[Value]) -> Result<Value, String> {
    let items = list(arguments.first())?;
    let index = whole(arguments.get(1))?;
    let item = usize::try_from(index).ok().and_then(|index| items.get(index));
    item.cloned().ok_or_else(|| format!("there is no item {index} in a list of {}", items.len()))
}

pub(super) fn contains(arguments: &[Value]) -> Result<Value, String> {
    let items = list(arguments.first())?;
    Ok(Value::Bool(arguments.get(1).is_some_and(|value| items.contains(value))))
}

pub(super) fn unique(arguments: &[Value]) -> Result<Value, String> {
    let mut seen = BTreeSet::new();
    let items = list(arguments.first())?;
    Ok(items.iter().filter(|item| seen.insert(item.to_string())).cloned().collect())
}

/// From the first number to the second, both included where the step meets them.
pub(super) fn range(arguments: &[Value]) -> Result<Value, String> {
    let (first, last, step) = (whole(arguments.first())?, whole(arguments.get(1))?, whole(arguments.get(2))?);
    if step == 0 {
        return Err("the step of a range cannot be 0".to_owned());
    }
    let mut made = Vec::new();
    let mut next = Some(first);
    while let Some(number) = next.filter(|number| if step > 0 { *number <= last } else { *number >= last }) {
        if made.len() == MAX_RANGE_ELEMENTS {
            return Err(format!("a range of more than {MAX_RANGE_ELEMENTS} elements"));
        }
        made.push(Value::from(number));
        next = number.checked_add(step);
    }
    Ok(Value::Array(made))
}

pub(super) fn partition(arguments: &[Value]) -> Result<Value, String> {
    let items = list(arguments.first())?;
    let size = whole(arguments.get(1))?;
    match usize::try_from(size) {
        Ok(size) if size > 0 => Ok(items.chunks(size).map(|chunk| Value::Array(chunk.to_vec())).collect()),
        _ => Err(format!("the size of a part must be at least 1, not {size}")),
    }
}

pub(super) fn add(arguments: &[Value]) -> Result<Value, String> {
    let (a, b) = (whole(arguments.first())?, whole(arguments.get(1))?);
    a.checked_add(b).map(Value::from).ok_or_else(|| format!("{a} + {b} is too large a number"))
}

/// The members of both objects; of a name in both, the second object's value.
pub(super) fn merge(arguments: Vec<Value>) -> Result<Value, String> {
    let mut arguments = arguments.into_iter();
    match (arguments.next(), arguments.next(), arguments.next()) {
        (Some(Value::Object(mut merged)), Some(Value::Object(over)), Some(Value::Bool(false))) => {
            merged.extend(over);
            Ok(Value::Object(merged))
        }
        (Some(a), Some(b), _) => Err(format!(
            "two objects and `false` are needed (a shallow merge), not {} and {}",
            shown(&a),
            shown(&b)
        )),
        _ => Err("an argument is missing".to_owned()),
    }
}
