//! Looking at runs, for people: never for a decision.

use std::sync::Arc;

use fanin_event::Timestamp;
use fanin_rule::{CompiledRule, Run};
use fanin_store::state::{Cell, CellKey, CellKind, Shelf, StateError, StateStore};

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

/// Runs that were asked for.
#[derive(Clone, Debug, Default)]
pub struct RunsFound {
    /// Those in progress, in the order in which they began.
    pub runs: Vec<LookedRun>,
    /// Those that cannot be read, and why: whether they are in progress is not known.
    pub unreadable: Vec<(CellKey, String)>,
    /// There are more.
    pub more: bool,
}

/// Up to `limit` runs in progress. Reading ends with the page that has enough, or after `pages` of them, so that these need
/// not be the oldest. A run that cannot be read does not keep the others from being listed.
///
/// # Errors
/// What the store says, or the claims.
pub async fn list_runs<S: StateStore + Shelf, C: Claims>(
    (store, claims): (&S, &C),
    plans: &Plans,
    (limit, pages): (usize, usize),
) -> Result<RunsFound, PlanTrouble> {
    let (mut found, mut after) = (RunsFound::default(), None);
    for _ in 0..pages {
        let page = store.scan(CellKind::Run, plans.workflow(), None, after.take()).await?;
        for (key, cell) in page.cells {
            match read_run((store, claims), plans, &cell).await {
                Ok(looked) => found.runs.extend(looked),
                Err(trouble) if is_of_one_run(&trouble) => found.unreadable.push((key, trouble.to_string())),
                Err(trouble) => return Err(trouble),
            }
        }
        after = page.next;
        if after.is_none() || found.runs.len() > limit {
            break;
        }
    }
    found.runs.sort_by_key(|looked| (looked.run.cause().accepted, looked.run.identity()));
    found.more = after.is_some() || found.runs.len() > limit;
    found.runs.truncate(limit);
    Ok(found)
}

/// Whether others may be read all the same: what is stored is wrong, and not who stores it.
fn is_of_one_run(trouble: &PlanTrouble) -> bool {
    matches!(
        trouble,
        PlanTrouble::Store(StateError::Unreadable(_))
            | PlanTrouble::Missing { .. }
            | PlanTrouble::Damaged { .. }
    )
}
