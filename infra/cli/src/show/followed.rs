//! What followed at once from what a person did.

use fanin_runtime::documents::Followed;

/// One line each: firings and timeouts, then the calls that are to be made.
pub(crate) fn lines(told: &Followed) -> Vec<String> {
    if told.is_empty() {
        return vec!["  nothing followed at once".to_owned()];
    }
    let mut lines = Vec::new();
    for event in &told.derived {
        let key: Vec<String> = event.key.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let key = if key.is_empty() { String::new() } else { format!(" [{}]", key.join(", ")) };
        lines.push(format!("  then {}{key}", event.name));
    }
    for call in &told.calls {
        lines.push(format!("  then rule {} calls {}", call.rule, call.target));
    }
    if told.more > 0 {
        lines.push(format!("  and {} more", told.more));
    }
    lines
}
