//! Waiting for a stack, with its progress, and the reasons when it fails.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, bail};
use aws_sdk_cloudformation::types::{Stack, StackEvent, StackStatus};

use super::Run;
use super::stack::find;
use crate::aws::Aws;
use crate::limits::{FIRST_POLL_MS, MAX_POLLS, POLL_MS};

/// Waits until a stack was made or changed.
pub(super) async fn settled(run: &Run<'_>, name: &str) -> anyhow::Result<Stack> {
    let mut seen = BTreeSet::new();
    for look in 0..MAX_POLLS {
        let there = find(run.aws, name).await?.with_context(|| format!("the stack {name} has vanished"))?;
        progress(run.aws, name, &mut seen, run.tell).await;
        match there.stack_status().map_or("", StackStatus::as_str) {
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" => {
                return Ok(there);
            }
            status if status.ends_with("_IN_PROGRESS") => wait(look).await,
            status => {
                let reasons = reasons(run.aws, name).await;
                bail!("the stack {name} is in {status}:\n{reasons}");
            }
        }
    }
    bail!(
        "the stack {name} is not ready: look with `aws cloudformation describe-stack-events --stack-name {name}`"
    )
}

/// Waits until a stack is gone.
pub(crate) async fn gone(aws: &Aws, name: &str, tell: &(dyn Fn(&str) + Sync)) -> anyhow::Result<()> {
    let mut seen = BTreeSet::new();
    for look in 0..MAX_POLLS {
        let Some(there) = find(aws, name).await? else { return Ok(()) };
        progress(aws, name, &mut seen, tell).await;
        if there.stack_status() == Some(&StackStatus::DeleteFailed) {
            let reasons = reasons(aws, name).await;
            bail!("the stack {name} could not be removed:\n{reasons}");
        }
        wait(look).await;
    }
    bail!(
        "the stack {name} is still there: look with `aws cloudformation describe-stack-events --stack-name {name}`"
    )
}

/// Longer from look to look: what is quick is seen at once, what is slow is not asked all the time.
pub(super) async fn wait(look: u32) {
    let wait = FIRST_POLL_MS.saturating_mul(u64::from(look) + 1).min(POLL_MS);
    tokio::time::sleep(Duration::from_millis(wait)).await;
}

async fn events(aws: &Aws, name: &str) -> Vec<StackEvent> {
    // Events are for people only: without the permission to see them the waiting goes on.
    let found = aws.cloudformation.describe_stack_events().stack_name(name).send().await;
    found.map(|found| found.stack_events().to_vec()).unwrap_or_default()
}

async fn progress(aws: &Aws, name: &str, seen: &mut BTreeSet<String>, tell: &(dyn Fn(&str) + Sync)) {
    let first = seen.is_empty();
    let events = events(aws, name).await;
    for event in events.iter().rev() {
        let new = seen.insert(event.event_id().unwrap_or_default().to_owned());
        // What happened before this deployment is not told.
        if new && !first {
            tell(&line(event));
        }
    }
    seen.insert(String::new());
}

fn line(event: &StackEvent) -> String {
    let status = event.resource_status().map_or("", |s| s.as_str());
    let reason = event.resource_status_reason().map_or_else(String::new, |r| format!(": {r}"));
    format!("  {status} {}{reason}", event.logical_resource_id().unwrap_or_default())
}

/// The failures of the last change, the first one first: the others follow from it.
async fn reasons(aws: &Aws, name: &str) -> String {
    let failed = |e: &&StackEvent| e.resource_status().is_some_and(|s| s.as_str().ends_with("_FAILED"));
    let events = events(aws, name).await;
    let mut lines: Vec<String> = events.iter().filter(failed).map(line).collect();
    lines.reverse();
    if lines.is_empty() { "  it does not say why".to_owned() } else { lines.join("\n") }
}
