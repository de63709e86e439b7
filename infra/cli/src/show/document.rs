//! Values of the engine as documents for programs: moments as text (RFC 3339).

use fanin_condition::Explanation;
use fanin_event::Timestamp;
use serde_json::Value;

/// Members of an explanation that are moments.
const MOMENTS: [&str; 6] = ["first_at", "last_at", "closed_at", "deadline", "forgotten_at", "accepted"];

/// An explanation with its moments as text.
pub(crate) fn explanation(told: &Explanation) -> Value {
    let mut value = serde_json::to_value(told).unwrap_or_default();
    moments(&mut value);
    if let Some(members) = value.get_mut("members").and_then(Value::as_array_mut) {
        members.iter_mut().for_each(moments);
    }
    value
}

fn moments(value: &mut Value) {
    for name in MOMENTS {
        if let Some(moment) = value.get_mut(name)
            && let Some(ms) = moment.as_i64()
        {
            *moment = Value::from(Timestamp(ms).to_string());
        }
    }
}
