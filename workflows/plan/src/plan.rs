//! The plan: a workflow after the compiler.

use std::sync::Arc;

use fanin_condition::Condition;
use fanin_event::EventDefinition;
use fanin_rule::{Function, Rule};
use serde::{Deserialize, Serialize};

/// The wire format this binary writes. A plan of a newer format is refused.
pub const PLAN_FORMAT: u32 = 1;

/// A compiled workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`PLAN_FORMAT`] of the writer.
    pub format: u32,
    /// Name of the workflow.
    pub workflow: Arc<str>,
    /// Content hash of the rest: 32 hex digits.
    pub version: String,
    /// The named events.
    pub events: Vec<EventDefinition>,
    /// The named events that a clock brings.
    pub schedules: Vec<Schedule>,
    /// The conditions.
    pub conditions: Vec<Condition>,
    /// The rules.
    pub rules: Vec<Rule>,
    /// The functions.
    pub functions: Vec<Function>,
}

/// An event that comes by the clock, as EventBridge writes schedules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The event's name; its definition stands in [`Plan::events`] too.
    pub event: Arc<str>,
    /// `rate(5 minutes)` or `cron(0 12 * * ? *)`.
    pub expression: String,
}

/// A plan that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Not the JSON of a plan.
    #[error("this is not a plan: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Written by a newer fanin.
    #[error("the plan has format {found}, this fanin reads up to {PLAN_FORMAT}: upgrade fanin")]
    Newer {
        /// What the plan says.
        found: u32,
    },
}

impl Plan {
    /// The wire form: JSON text.
    ///
    /// # Errors
    /// Never for a plan the compiler made; the type allows numbers that JSON does not have.
    pub fn to_json(&self) -> Result<String, PlanError> {
        Ok(serde_json::to_string(self)?)
    }

    /// Reads the wire form.
    ///
    /// # Errors
    /// [`PlanError`]: not a plan, or of a newer format.
    pub fn from_json(text: &str) -> Result<Plan, PlanError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let head: Head = serde_json::from_str(text)?;
        if head.format > PLAN_FORMAT {
            return Err(PlanError::Newer { found: head.format });
        }
        Ok(serde_json::from_str(text)?)
    }
}
