//! Looking at runs, for people: never for a decision.

use std::sync::Arc;

use fanin_event::Timestamp;
use fanin_rule::{CompiledRule, Run};
use fanin_store::state::{Cell, Shelf, StateError};

use super::cell::RunCell;
use super::store::{read_head, ruled};
use crate::plans::{PlanTrouble, Plans};
use crate::ports::Claims;

/// A run in progress as it stands in the store.
#[derive(Clone, Debug)]
pub struct LookedRun {
    /// Its rule, in the version it was started under.
    pub rule: Arc<CompiledRule>,
    /// The run.
    pub run: Run,
    /// Calls that were taken by their target, whose answer comes as a message.
    pub accepted: usize,
    /// When it is woken next; `NEVER`: nothing is to be waited for.
    pub wakes: Timestamp,
}

/// Reads the run in a cell; none: it is over.
///
/// # Errors
/// [`PlanTrouble`]: bytes that are no run of ours, its plan is gone, or the store.
pub async fn read_run<S: Shelf, C: Claims>(
    (shelf, claims): (&S, &C),
    plans: &Plans,
    cell: &Cell,
) -> Result<Option<LookedRun>, PlanTrouble> {
    let RunCell::Open(open) = read_head(claims, &cell.head).await? else { return Ok(None) };
    let plan = plans.version((shelf, claims), &open.plan).await?;
    let (name, version) = open.run.rule();
    let Some(found) = ruled(&plan, name, Some(version)) else {
        let why =
            format!("the plan {} does not have the version of the rule `{name}` that a run needs", open.plan);
        return Err(StateError::Unreadable(why).into());
    };
    let (accepted, wakes) = (open.accepted.len(), open.run.next_due());
    Ok(Some(LookedRun { rule: found.rule, run: open.run, accepted, wakes }))
}
