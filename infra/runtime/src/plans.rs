//! Plans in use: the newest opens, the older ones only finish what they opened.

use std::sync::Arc;

use fanin_event::Recognizer;
use fanin_event::limits::MAX_HOPS;
use fanin_plan::{Names, Plan};
use fanin_rule::CompiledRule;

/// A plan made ready: linked, with its recognizer and its rules compiled.
#[derive(Debug)]
pub struct LoadedPlan {
    /// The plan itself.
    pub plan: Plan,
    /// Who listens to what.
    pub names: Names,
    /// Which named events a text is.
    pub recognizer: Recognizer,
    /// The engine's number of each of the plan's conditions.
    pub conditions: Vec<u32>,
    /// The rules, compiled; runs hold on to theirs.
    pub rules: Vec<Arc<CompiledRule>>,
    /// Derived events in one chain. A workflow without a cycle has no longer chain than it has derived names, so it is
    /// never cut; a loop always is.
    pub hop_limit: u8,
}

/// Why a plan cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ActivateError {
    /// The wire form cannot be read.
    #[error(transparent)]
    Plan(#[from] fanin_plan::PlanError),
    /// An event definition does not compile; the compiler would have said so.
    #[error("the plan's events cannot be loaded: {0}")]
    Events(#[from] fanin_event::DefinitionError),
    /// A rule does not compile; the compiler would have said so.
    #[error("rule {rule:?} cannot be loaded: {reason}")]
    Rule {
        /// Its name.
        rule: String,
        /// What is wrong.
        reason: String,
    },
    /// A member counts on captures its event does not have: the plan contradicts itself.
    #[error(
        "condition {condition:?} and event {event:?} do not agree on the captures; compile the workflow again"
    )]
    Captures {
        /// The condition.
        condition: String,
        /// The event.
        event: String,
    },
    /// The workflow is another one than the state's.
    #[error(
        "this store belongs to the workflow {found:?}, not to {wanted:?}: use another directory, or rename the workflow"
    )]
    OtherWorkflow {
        /// The workflow of the state.
        found: String,
        /// The workflow of the plan.
        wanted: String,
    },
    /// Too many older versions still have open instances.
    #[error(
        "{0} older versions of the workflow still have open instances or runs; let them finish or close them, then try again"
    )]
    TooManyDraining(usize),
}

impl LoadedPlan {
    /// Makes `plan` ready. `number` gives the engine's number of a condition.
    ///
    /// # Errors
    /// The plan contradicts itself; the compiler would have said so.
    pub fn load(
        plan: Plan,
        mut number: impl FnMut(&fanin_condition::Condition) -> u32,
    ) -> Result<LoadedPlan, ActivateError> {
        let recognizer = Recognizer::new(&plan.events)?;
        let mut rules = Vec::with_capacity(plan.rules.len());
        for rule in &plan.rules {
            let compiled = CompiledRule::new(rule.clone())
                .map_err(|e| ActivateError::Rule { rule: rule.name.to_string(), reason: e.to_string() })?;
            rules.push(Arc::new(compiled));
        }
        let names = Names::link(&plan);
        check_captures(&plan, &names, &recognizer)?;
        let conditions: Vec<u32> = plan.conditions.iter().map(&mut number).collect();
        let derived = u8::try_from(plan.conditions.len() + plan.rules.len()).unwrap_or(u8::MAX);
        let hop_limit = derived.clamp(MAX_HOPS, u8::MAX - 1);
        Ok(LoadedPlan { plan, names, recognizer, conditions, rules, hop_limit })
    }

    /// Whether a plan that was replaced by `newest` still has to route to a condition: it has a version of its own.
    pub(crate) fn drains(newest: &LoadedPlan, number: u32) -> bool {
        !newest.conditions.contains(&number)
    }

    /// Whether anything of this plan is still needed: an instance of a condition that drains, or a run of a rule.
    pub(crate) fn in_use(&self, newest: &LoadedPlan, live: impl Fn(u32) -> usize) -> bool {
        let instances = self.conditions.iter().any(|c| LoadedPlan::drains(newest, *c) && live(*c) > 0);
        instances || self.rules.iter().any(|rule| Arc::strong_count(rule) > 1)
    }
}

/// The hot path hands captures over by place; here is where the places are made sure of, once.
fn check_captures(plan: &Plan, names: &Names, recognizer: &Recognizer) -> Result<(), ActivateError> {
    for (i, event) in plan.events.iter().enumerate() {
        let Some(entry) = names.find(&event.name).and_then(|id| names.get(id)) else { continue };
        for (condition, member) in &entry.members {
            let Some(condition) = plan.conditions.get(*condition) else { continue };
            let Some(member) = condition.members.get(usize::from(*member)) else { continue };
            if member.captures != recognizer.capture_names(i) {
                return Err(ActivateError::Captures {
                    condition: condition.name.to_string(),
                    event: event.name.to_string(),
                });
            }
        }
    }
    Ok(())
}
