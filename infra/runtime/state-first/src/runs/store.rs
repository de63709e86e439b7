//! Between a run and its cell: what is too large for it is put aside, and the rules a run needs are found.

use std::sync::Arc;

use fanin_event::{Identity, Timestamp};
use fanin_runtime::LoadedPlan;
use fanin_store::state::{Shelf, StateError, StateStore};

use super::Rules;
use super::cell::{RunCell, Stored};
use super::limits::MAX_RUN_IN_CELL_BYTES;
use super::step::{self, Ruled};
use crate::hex;
use crate::plans::PlanTrouble;
use crate::ports::{Caller, Claims, Queue};

impl<S: StateStore + Shelf, Q: Queue, C: Claims, K: Caller> Rules<S, Q, C, K> {
    /// The head of a cell. A large run is put aside first, under a name made of its content: an attempt that loses its
    /// commit does no harm.
    pub(super) async fn head_of(&self, cell: &RunCell) -> Result<Vec<u8>, StateError> {
        let Some(run) = cell.run_bytes() else { return Ok(cell.encode(None, None)) };
        if run.len() <= MAX_RUN_IN_CELL_BYTES {
            return Ok(cell.encode(Some(run), None));
        }
        let text = hex::encode(&run);
        let key = format!("fanin-runs/{}", Identity::of(&[&text]).to_uuid());
        self.claims.put(&key, &text).await?;
        Ok(cell.encode(None, Some(key)))
    }

    /// What a head says.
    pub(super) async fn cell_of(&self, head: &[u8]) -> Result<RunCell, StateError> {
        read_head(&self.claims, head).await
    }

    /// The rules that a step may need: that of the run, and that under which one would start.
    pub(super) async fn rules(
        &self,
        name: &str,
        cell: Option<&RunCell>,
        starts: bool,
        now: Timestamp,
    ) -> Result<step::Rules, StateError> {
        let mut rules = step::Rules::default();
        let place = (&self.store, &self.claims);
        if let Some(RunCell::Open(open)) = cell {
            let plan = self.plans.version(place, &open.plan).await.map_err(trouble)?;
            let (name, version) = open.run.rule();
            let ruled = ruled(&plan, name, Some(version)).ok_or_else(|| {
                let plan = &open.plan;
                StateError::Unreadable(format!(
                    "the plan {plan} does not have the version of the rule `{name}` that its run needs"
                ))
            })?;
            rules.running = Some(ruled);
        }
        if starts {
            let set = self.plans.at(place, now).await.map_err(trouble)?;
            let mut plans = std::iter::once(&set.newest).chain(&set.older);
            rules.newest = plans.find_map(|plan| ruled(plan, name, None));
        }
        Ok(rules)
    }
}

/// What a head says; a run that was put aside is fetched.
pub(super) async fn read_head<C: Claims>(claims: &C, head: &[u8]) -> Result<RunCell, StateError> {
    match RunCell::decode(head)? {
        Stored::Whole(cell) => Ok(cell),
        Stored::Claimed(key, wire) => {
            let text = claims.get(&key).await?;
            let bytes = text.as_deref().and_then(hex::decode).ok_or_else(|| {
                StateError::Unreadable(format!("the object `{key}` that holds a run is gone or damaged"))
            })?;
            wire.finish(&bytes)
        }
    }
}

pub(super) fn ruled(plan: &Arc<LoadedPlan>, name: &str, version: Option<u64>) -> Option<Ruled> {
    let fits = |rule: &&Arc<fanin_rule::CompiledRule>| {
        *rule.rule().name == *name && version.is_none_or(|version| rule.rule().version == version)
    };
    let rule = plan.rules.iter().find(fits)?.clone();
    Some(Ruled { rule, plan: plan.plan.version.clone() })
}

/// What is wrong with the plan as an error of the turn.
pub(super) fn trouble(trouble: PlanTrouble) -> StateError {
    match trouble {
        PlanTrouble::Store(error) => error,
        other => StateError::Unusable(other.to_string()),
    }
}
