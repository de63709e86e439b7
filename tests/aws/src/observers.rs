//! Hears every derived event: each name a workflow can derive gets a rule of ours, and what would start that rule is noted
//! and goes no further. So a firing to which nobody listens is seen as it leaves its instance, on every protocol.

use std::sync::Arc;

use fanin_plan::{NameSource, Names, Plan};
use fanin_rule::{Rule, SendTarget, Target};
use fanin_runtime::Notice;
use fanin_state_first::{Message, StartMessage};

/// What the names of our rules begin with; no workflow may have such a name.
const PREFIX: &str = "observer of ";

/// The plan with a listener for everything it derives.
#[must_use]
pub fn observed(plan: &Plan) -> Plan {
    let mut observed = plan.clone();
    for entry in Names::link(plan).entries {
        let captures = match entry.source {
            NameSource::Event(_) => continue,
            NameSource::Fired(i) | NameSource::Timeout(i) => {
                plan.conditions.get(i).map(|c| c.by.clone()).unwrap_or_default()
            }
            NameSource::Done(i) | NameSource::Failed(i) => {
                plan.rules.get(i).map(|r| r.captures.clone()).unwrap_or_default()
            }
            NameSource::Emitted => {
                let emits = |r: &&Rule| r.catch.iter().any(|c| c.emit == entry.name);
                plan.rules.iter().find(emits).map(|r| r.captures.clone()).unwrap_or_default()
            }
        };
        observed.rules.push(Rule {
            workflow: plan.workflow.clone(),
            name: format!("{PREFIX}{}", entry.name).into(),
            version: 1,
            when: vec![entry.name.clone()],
            captures,
            input: None,
            target: Target::Send(SendTarget::Log("observer".to_owned())),
            map: None,
            retry: Vec::new(),
            catch: Vec::new(),
        });
    }
    observed
}

/// The derived event, if this message is for one of our rules.
#[must_use]
pub fn heard(message: &Message) -> Option<Notice> {
    let Message::Start(start) = message else { return None };
    start.rule.starts_with(PREFIX).then(|| notice(start))
}

fn notice(start: &StartMessage) -> Notice {
    Notice {
        identity: start.cause,
        parent: None,
        name: Arc::clone(&start.name),
        captures: start.captures.clone(),
        at: start.accepted,
        envelope: start.envelope.clone(),
    }
}
