//! The rules on the event buses: which events are sent to the workflow's queue.
//!
//! A rule lets through at least what the workflow's pattern matches; the functions match again. So a pattern that
//! EventBridge would not take is widened rather than refused, and the note says so.

mod pattern;

use std::collections::BTreeMap;

use fanin_event::Identity;
use serde_json::Value;

use crate::limits::{MAX_BUS_RULE_NAME, MAX_BUS_RULES};
use crate::settings::{BusChoice, Project};

/// Which bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bus {
    /// The account's default bus, on which the services of AWS report.
    Default,
    /// The bus of the workflow's own events.
    Workflow,
}

/// A rule on a bus.
#[derive(Clone, Debug, PartialEq)]
pub struct BusRule {
    /// Its name.
    pub name: String,
    /// Its name within the template.
    pub logical: String,
    /// Where it stands.
    pub bus: Bus,
    /// What it lets through.
    pub pattern: Value,
    /// The named events it is for.
    pub events: Vec<String>,
    /// Why it lets through more than the workflow asks for.
    pub widened: Option<String>,
}

/// A rule that a clock triggers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockRule {
    /// Its name.
    pub name: String,
    /// Its name within the template.
    pub logical: String,
    /// The named event it brings.
    pub event: String,
    /// `rate(...)` or `cron(...)`.
    pub expression: String,
}

/// The rules of the workflow's patterns: one for each distinct pattern and bus, in the order of the events.
///
/// # Errors
/// More than a bus takes.
pub fn rules(project: &Project) -> anyhow::Result<Vec<BusRule>> {
    let scheduled = |name: &str| project.plan.schedules.iter().any(|s| &*s.event == name);
    let mut rules: Vec<BusRule> = Vec::new();
    let mut found: BTreeMap<(Bus, String), usize> = BTreeMap::new();
    for event in project.plan.events.iter().filter(|e| !scheduled(&e.name)) {
        let (compiled, widened) = pattern::for_bus(&event.pattern, project.settings.observe)?;
        for bus in buses(&compiled, &project.settings.bus) {
            let at = found.entry((bus, compiled.to_string())).or_insert(rules.len());
            if let Some(rule) = rules.get_mut(*at) {
                rule.events.push(event.name.to_string());
                continue;
            }
            let suffix =
                if bus == Bus::Default && project.settings.bus == BusChoice::Own { "-aws" } else { "" };
            rules.push(BusRule {
                name: rule_name(project, &format!("{}{suffix}", event.name)),
                logical: logical("On", &format!("{}{suffix}", event.name)),
                bus,
                pattern: compiled.clone(),
                events: vec![event.name.to_string()],
                widened: widened.clone(),
            });
        }
    }
    for bus in [Bus::Default, Bus::Workflow] {
        let count = rules.iter().filter(|r| r.bus == bus).count();
        anyhow::ensure!(
            count <= MAX_BUS_RULES,
            "the workflow needs {count} rules on one event bus and EventBridge takes {MAX_BUS_RULES} by its standard quota; --observe makes one for each source"
        );
    }
    Ok(rules)
}

/// The rules of the workflow's schedules.
#[must_use]
pub fn clock_rules(project: &Project) -> Vec<ClockRule> {
    let rule = |schedule: &fanin_plan::Schedule| ClockRule {
        name: rule_name(project, &schedule.event),
        logical: logical("At", &schedule.event),
        event: schedule.event.to_string(),
        expression: schedule.expression.clone(),
    };
    project.plan.schedules.iter().map(rule).collect()
}

/// The buckets whose uploads the workflow waits for, by the literal names in its patterns.
#[must_use]
pub fn buckets(project: &Project) -> Vec<String> {
    let mut buckets = Vec::new();
    for event in &project.plan.events {
        let Ok(value) = serde_json::from_str::<Value>(&event.pattern) else { continue };
        let texts = |list: Option<&Value>| -> Vec<String> {
            let list = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        if texts(value.get("source")).iter().any(|source| source == "aws.s3") {
            buckets.extend(texts(value.pointer("/detail/bucket/name")));
        }
    }
    buckets.sort();
    buckets.dedup();
    buckets
}

/// Where events that match come in: what a service of AWS reports comes on the default bus.
fn buses(pattern: &Value, choice: &BusChoice) -> Vec<Bus> {
    if *choice == BusChoice::Named("default".to_owned()) {
        return vec![Bus::Default];
    }
    let sources = pattern.get("source").and_then(Value::as_array);
    let literal: Option<Vec<&str>> = sources.and_then(|list| list.iter().map(Value::as_str).collect());
    match literal {
        None => vec![Bus::Default, Bus::Workflow],
        Some(literal) => {
            let of_aws = |source: &&str| source.starts_with("aws.");
            let mut buses = Vec::new();
            if literal.iter().any(of_aws) {
                buses.push(Bus::Default);
            }
            if !literal.iter().all(of_aws) {
                buses.push(Bus::Workflow);
            }
            buses
        }
    }
}

fn rule_name(project: &Project, event: &str) -> String {
    let whole = format!("{}-{event}", project.names.stack());
    if whole.len() <= MAX_BUS_RULE_NAME {
        return whole;
    }
    // Names are ASCII: cutting at a byte cuts at a character.
    let kept: String = whole.chars().take(MAX_BUS_RULE_NAME - 9).collect();
    format!("{kept}-{}", fingerprint(event))
}

/// A name within a template: letters and digits. Names that differ in other characters only stay different.
fn logical(prefix: &str, event: &str) -> String {
    let mut name = String::from(prefix);
    for word in event.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        name.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    let simple = event.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !simple {
        name.push_str(&fingerprint(event));
    }
    name
}

fn fingerprint(text: &str) -> String {
    Identity::of(&[text]).0.iter().take(4).map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logical_names_never_collide() {
        let names = ["a_b", "a-b", "aB", "AB", "ab", "a_B", "ab_", "_ab"];
        let mut logicals: Vec<String> = names.iter().map(|n| logical("On", n)).collect();
        assert_eq!(logical("On", "part"), "OnPart");
        assert!(logicals.iter().all(|l| l.chars().all(|c| c.is_ascii_alphanumeric())));
        logicals.sort();
        logicals.dedup();
        assert_eq!(logicals.len(), names.len());
    }

    #[test]
    fn the_bus_follows_from_the_source() {
        let buses = |text: &str| super::buses(&serde_json::from_str(text).unwrap(), &BusChoice::Own);
        assert_eq!(buses(r#"{"source":["aws.s3"]}"#), [Bus::Default]);
        assert_eq!(buses(r#"{"source":["shop","depot"]}"#), [Bus::Workflow]);
        assert_eq!(buses(r#"{"source":["shop","aws.s3"]}"#), [Bus::Default, Bus::Workflow]);
        assert_eq!(buses(r#"{"source":[{"prefix":"a"}]}"#), [Bus::Default, Bus::Workflow]);
        assert_eq!(buses(r#"{"detail":{"a":[1]}}"#), [Bus::Default, Bus::Workflow]);
        let default = BusChoice::Named("default".to_owned());
        assert_eq!(super::buses(&serde_json::json!({"source": ["shop"]}), &default), [Bus::Default]);
    }
}
