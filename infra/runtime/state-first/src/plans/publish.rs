//! A new plan becomes the current one.

use fanin_event::Timestamp;
use fanin_plan::Plan;
use fanin_runtime::LoadedPlan;
use fanin_runtime::limits::MAX_DRAINING_PLANS;
use fanin_store::state::{PutIf, Read, Shelf, ShelfEntry};

use super::horizon::horizon;
use super::{CURRENT, Current, PlanTrouble, Stored, Superseded, load, place_of, read_current, shelf_of};
use crate::limits::{MAX_PLAN_ROW_BYTES, MAX_SHELF_ATTEMPTS};
use crate::ports::Claims;

/// What became of a plan that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its version.
    pub version: String,
    /// It is the current one now and was not before.
    pub changed: bool,
    /// The versions before it that still finish what they opened, the latest first.
    pub draining: Vec<String>,
}

/// Puts a plan into the table and makes it the current one. Publishing the current plan again changes nothing.
///
/// # Errors
/// [`PlanTrouble`]: the plan contradicts itself, too many older ones drain, or the store.
pub async fn publish_plan<S: Shelf, C: Claims>(
    shelf: &S,
    claims: &C,
    plan: &Plan,
    now: Timestamp,
) -> Result<Published, PlanTrouble> {
    let workflow = plan.workflow.to_string();
    let damaged = |reason: String| PlanTrouble::Damaged { workflow: workflow.clone(), reason };
    LoadedPlan::load(plan.clone(), |_| 0).map_err(|error| damaged(error.to_string()))?;
    let mut stored = false;
    for _ in 0..MAX_SHELF_ATTEMPTS {
        let value = shelf.get(&shelf_of(&workflow), CURRENT, Read::Fresh).await?;
        let current = value.as_deref().map(|value| read_current(&workflow, value)).transpose()?;
        if let Some(current) = &current
            && current.version == plan.version
        {
            return Ok(published(current, false));
        }
        if !stored {
            store((shelf, claims), plan).await?;
            stored = true;
        }
        let next = follow((shelf, claims), current, plan, now).await?;
        let when = value.map_or(PutIf::Absent, PutIf::Is);
        let bytes = serde_json::to_vec(&next).map_err(|error| damaged(error.to_string()))?;
        let entry = ShelfEntry { sort: CURRENT.to_owned(), value: bytes };
        if shelf.put(&shelf_of(&workflow), entry, when, None).await? {
            return Ok(published(&next, true));
        }
    }
    Err(PlanTrouble::Busy(workflow))
}

fn published(current: &Current, changed: bool) -> Published {
    let draining = current.older.iter().map(|older| older.version.clone()).collect();
    Published { version: current.version.clone(), changed, draining }
}

async fn store<S: Shelf, C: Claims>((shelf, claims): (&S, &C), plan: &Plan) -> Result<(), PlanTrouble> {
    let damaged = |reason: String| PlanTrouble::Damaged { workflow: plan.workflow.to_string(), reason };
    let text = plan.to_json().map_err(|error| damaged(error.to_string()))?;
    let stored = if text.len() > MAX_PLAN_ROW_BYTES {
        let key = format!("fanin-plans/{}/{}.json", plan.workflow, plan.version);
        claims.put(&key, &text).await?;
        Stored { plan: None, claim: Some(key) }
    } else {
        let raw =
            serde_json::value::RawValue::from_string(text).map_err(|error| damaged(error.to_string()))?;
        Stored { plan: Some(raw), claim: None }
    };
    let value = serde_json::to_vec(&stored).map_err(|error| damaged(error.to_string()))?;
    let entry = ShelfEntry { sort: place_of(&plan.version), value };
    shelf.put(&shelf_of(&plan.workflow), entry, PutIf::Any, None).await?;
    Ok(())
}

/// What stands under `current` once `plan` does.
async fn follow<S: Shelf, C: Claims>(
    (shelf, claims): (&S, &C),
    current: Option<Current>,
    plan: &Plan,
    now: Timestamp,
) -> Result<Current, PlanTrouble> {
    let workflow = plan.workflow.to_string();
    let mut before = Vec::new();
    if let Some(current) = current {
        before.push(Superseded { version: current.version, superseded_ms: now.0 });
        before.extend(current.older);
    }
    before.retain(|older| older.version != plan.version);
    let (mut older, mut first) = (Vec::new(), Timestamp::NEVER);
    for superseded in before {
        let over = match load((shelf, claims), &workflow, &superseded.version).await {
            Ok(old) => horizon(&old, plan, Timestamp(superseded.superseded_ms)),
            // A plan that is gone or cannot be read routes nothing.
            Err(PlanTrouble::Missing { .. } | PlanTrouble::Damaged { .. }) => continue,
            Err(error) => return Err(error),
        };
        if over > now {
            first = first.min(over);
            older.push(superseded);
        }
    }
    if older.len() > MAX_DRAINING_PLANS {
        let (count, max) = (older.len(), MAX_DRAINING_PLANS);
        return Err(PlanTrouble::TooManyDraining { workflow, count, max, over: first });
    }
    Ok(Current { version: plan.version.clone(), activated_ms: now.0, older })
}
